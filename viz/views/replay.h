/* The replay panels as scenes: (Race, ViewState, Theme) -> commands. Pure.
 *
 *     up is near   title            thread block, warps
 *                  registers  [ O  ][m,l][  S  ]           capacity to scale
 *                  SRAM       [ Q ][  K  ][  V  ]
 *                                    ^ read K, 16.0 KiB    an arrow's width is its bytes (log)
 *                  L2         [ Q K V ][  S S S S ....]
 *                                    ^
 *     down is far  HBM        Q| K| V| O|  [ N x N ]       area is bytes
 *                  one sentence
 *
 * Used by the view `replay` (a picture), by the window's frame and by recorded films.
 */
#ifndef VIZ_VIEWS_REPLAY_H
#define VIZ_VIEWS_REPLAY_H
#include "viz/state/view_state.h"
#include "viz/theme.h"
#include "viz/views/views.h"

/* All that a part of the picture needs. */
typedef struct ReplayScene {
    const Race *race;
    const ViewState *state;
    const Theme *theme;
    Scene *scene;
    RunnerAt at[RACE_RUNNERS_MAX];
} ReplayScene;
ReplayScene replay_scene(const Race *race, const ViewState *state, const Theme *theme, Scene *scene);

/* What the picture shows where no window says so: input->state, or the step and clock of the input. */
ViewState replay_state(const ViewInput *input);

/* Panels side by side, counters racing under them, the timeline at the bottom. In a box that is low for its type
 * (lecture mode) the essence: SRAM, L2, HBM, issued bytes as a bar under each title, a thin timeline. */
void replay_draw(const ReplayScene *r, Box box);

/* Parts; is_compact: see replay_draw. */
void replay_draw_panel(const ReplayScene *r, int runner, Box box, bool is_compact);
/* Registers (none where their box is empty) and SRAM with their tiles. Returns the middle of the buffer that the step
 * fills or empties. */
double replay_draw_chip(const ReplayScene *r, int runner, Box registers, Box smem);
void replay_draw_l2(const ReplayScene *r, int runner, Box box);
void replay_draw_hbm(const ReplayScene *r, int runner, Box box);
/* The score matrix as tiles, in tensor_class's colour; is_in_hbm false: no such tensor exists, tiles are dotted. */
void replay_draw_matrix(const ReplayScene *r, int runner, Box box, TensorClass tensor_class, bool is_in_hbm);
void replay_draw_values(const ReplayScene *r, int runner, Box box);
void replay_draw_counters(const ReplayScene *r, Box box);
/* Where the position is among the steps that are marked (viz/state/summed.h); NULL where none are. */
const char *replay_summed_text(const ReplayScene *r);
void replay_draw_timeline(const ReplayScene *r, Box box, bool is_compact);
/* Issued bytes so far and at the end, on one scale for all algorithms. */
void replay_draw_race_bar(const ReplayScene *r, int runner, Box box);

/* A region that answers to pointer and keyboard; the focused one gets a ring, one under the pointer a tint. */
void replay_control(const ReplayScene *r, Box box, Control control, const char *text);
static inline const Runner *replay_runner(const ReplayScene *r, int runner) { return &r->race->runners[runner]; }
bool replay_is_score_shaped(const Program *program, const Tensor *tensor);
#endif
