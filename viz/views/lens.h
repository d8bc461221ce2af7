/* One warp-wide request drawn lane by lane: see lens.c. The window draws the same panel at its deepest zoom. */
#ifndef VIZ_VIEWS_LENS_H
#define VIZ_VIEWS_LENS_H
#include "sim/replay.h"
#include "viz/scene.h"
#include "viz/theme.h"

enum { HIT_LENS_LANE = 60, HIT_LENS_SECTOR, HIT_LENS_BANK, LENS_NO_LANE = -1 };

/* Request number request_index (modulo their number) of a step; the step must move bytes (leaf->tensor).
 * lane: drawn alone and bold, with its address; LENS_NO_LANE: all alike. */
void lens_draw(const Program *program, const ReplayState *state, uint64_t request_index, int lane, const Theme *theme,
               Box box, Scene *scene);
/* The step itself where it moves bytes, else the nearest earlier one that does, else the nearest later. */
void lens_moving_step(const Program *program, uint64_t step_index, ReplayState *state);
#endif
