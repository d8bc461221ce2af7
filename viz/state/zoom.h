/* Looking closer at the score matrix: part of a view state. Pure.
 *
 *     level 0       1        2 ...     zoom_tile_max      ZOOM_WARP          ZOOM_LANE
 *     all of it     half     quarter   about one tile     a warp's request   one lane of it
 */
#ifndef VIZ_STATE_ZOOM_H
#define VIZ_STATE_ZOOM_H
#include "viz/state/view_state.h"

/* The part of the score matrix that a runner's panel shows. */
ScoreWindow zoom_window(const ViewState *state, const Runner *runner, const RunnerAt *at);
/* The level at which about one tile is left, for the smallest tile of the race. */
int zoom_tile_max(const Race *race);
/* A level nearer (1) or farther (-1). */
void zoom_change(ViewState *state, int direction);
/* All of the matrix, following the tile. */
void zoom_reset(ViewState *state);
/* The next request of the step, or at ZOOM_LANE the next lane. */
void zoom_move_lens(ViewState *state, int direction);
/* A level in (steps > 0) or out, the point of the matrix under the pointer staying where it is. box: the matrix's. */
void zoom_at_pointer(ViewState *state, const Runner *runner, Box box, int steps);
#endif
