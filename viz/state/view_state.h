/* View state: all that input can change, and the pure function that changes it.
 *
 *     (ViewState, Event, what is on screen) -> ViewState + what the host must do
 *
 * No clock, no window: time comes in as EVENT_TICK, the pointer is kept here, and what lies under it is asked of the
 * scene that was drawn last. Tab order is the order of the controls in that scene, so nothing on screen is out of
 * the keyboard's reach. A ViewState is a plain value: copying it is a bookmark.
 */
#ifndef VIZ_STATE_VIEW_STATE_H
#define VIZ_STATE_VIEW_STATE_H
#include "viz/state/command.h"
#include "viz/state/control.h"
#include "viz/state/event.h"
#include "viz/state/navigate.h"
#include "viz/state/race.h"
#include "viz/state/shelf.h"
#include "viz/state/slider.h"

/* How near the matrix is looked at: 0 is all of it, each level doubles; then the lens on warps, then on a lane. */
enum { ZOOM_MATRIX_MAX = 20, ZOOM_WARP = ZOOM_MATRIX_MAX + 1, ZOOM_LANE = ZOOM_MATRIX_MAX + 2 };

typedef struct ViewState {
    Scenario scenario;       /* as set; block sizes 0 where chosen by the algorithm */
    Scenario large_scenario; /* what the small one stands in for while the numbers are shown */
    bool is_small;           /* scenario is the small one */
    int width_px, height_px;
    double user_scale;      /* --scale, Ctrl + and - */
    double left_px;         /* of the window's width, taken by something beside the replay (a lesson) */
    const char *note;       /* what lecture mode says at this place; NULL: what the bookmark of the replay says */
    const char *note_place; /* of a lesson: which of its bookmarks this is, and how to go on; NULL without one */
    const Shelf *shelf;     /* lessons that can be begun here; NULL: none */
    bool is_dark, is_lecture, is_playing, is_help_open, is_shelf_open, has_sliders, has_values;

    RaceClock clock_wanted, clock; /* as chosen; as usable: without a model of time, TIME falls back to BYTES */
    int lead;                      /* runner whose step is the position */
    bool is_lead_chosen;           /* else the longest run on the clock leads */
    uint64_t step_index;           /* of the lead */
    int speed_index;
    double units_due; /* played time not yet turned into steps, in units of the speed */

    int plot; /* 0: none; else 1 + number in the table of plots */
    int plot_count;
    int zoom;                  /* 0 .. ZOOM_MATRIX_MAX (as far as a tile), ZOOM_WARP, ZOOM_LANE */
    int zoom_tile_max;         /* the level at which a tile fills the matrix's square */
    double zoom_row, zoom_col; /* centre, 0..1 of the matrix */
    bool is_zoom_fixed;        /* false: the window follows the current tile */
    uint64_t lens_index;       /* which request of the step (ZOOM_WARP); taken modulo their number */
    int lens_lane;             /* which lane (ZOOM_LANE) */

    int formula_counter, formula_runner; /* the open formula; counter -1: none */
    int summed_row, summed_runner;       /* row of a formula whose steps are marked (summed.h); -1: none */
    double pointer_x_px, pointer_y_px;
    Control hover, pressed, focus;
    bool is_focus_visible; /* Tab was used last, not the pointer */
    char message[240];     /* what was saved, what does not fit, what a key needs; "" for none */
} ViewState;

/* What the host must do after an event. */
typedef struct Effects {
    bool is_quit, is_save_png, is_save_svg, is_screen_changed; /* lecture mode: full screen or not */
    bool is_lesson_chosen;                                     /* lesson_index: of the shelf; the shelf's count: none */
    int lesson_index;
    bool is_scenario_changed, is_scenario_settled; /* count anew; settled: the drag is over, count DRAM and time too */
} Effects;

ViewState view_state_make(const Scenario *scenario, const Race *race, int width_px, int height_px, int plot_count);
/* scene: what was drawn last from this state, for the controls in it. */
Effects view_state_apply(ViewState *state, const Race *race, const Scene *scene, const Event *event);
/* Whether every number of the scenario has room on a screen. */
bool view_state_fits_values(const Scenario *scenario);
/* After a new scenario has been counted: the position keeps its share of the clock. */
void view_state_rebase(ViewState *state, const Race *old_race, const Race *new_race);
/* Whether time must be told: something moves by itself. */
static inline bool view_state_is_running(const ViewState *state) { return state->is_playing; }
#endif
