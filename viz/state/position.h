/* Where the replay stands: a step of the leading run, and the clock that says where the others are then. Part of a view
 * state, changed by these functions alone (and by playing: play.h). Pure.
 */
#ifndef VIZ_STATE_POSITION_H
#define VIZ_STATE_POSITION_H
#include "viz/state/view_state.h"

static inline const Runner *position_lead(const ViewState *state, const Race *race) {
    return &race->runners[state->lead];
}
/* To a step of the lead, or to the end where that comes before. */
void position_go(ViewState *state, const Race *race, uint64_t step_index);

/* These stop the playing. direction 1 is forward, -1 back. */
void position_move(ViewState *state, const Race *race, MoveUnit unit, int direction);
/* To the next bookmark; to the end or the start where there is none. */
void position_go_to_mark(ViewState *state, const Race *race, int direction);
/* To the next of the steps that a formula's row sums (1), the one before (-1) or the first of all (0). */
void position_go_to_summed(ViewState *state, const Race *race, int direction);
/* A formula's row is chosen: its steps are marked, the first one is shown, the card goes out of the way. */
void position_mark_summed(ViewState *state, const Race *race, Control row);

/* Another leader, at the place where it stands on the clock. */
void position_choose_lead(ViewState *state, const Race *race, int lead);
void position_set_clock(ViewState *state, const Race *race, RaceClock clock);
/* The next usable clock. */
void position_next_clock(ViewState *state, const Race *race);
#endif
