/* The position of a view state: see position.h. */
#include "viz/state/position.h"

#include <stdio.h>

#include "viz/state/summed.h"

void position_go(ViewState *state, const Race *race, uint64_t step_index) {
    uint64_t end = position_lead(state, race)->step_count;
    state->step_index = step_index < end ? step_index : end;
    state->units_due = 0;
}

void position_move(ViewState *state, const Race *race, MoveUnit unit, int direction) {
    state->is_playing = false;
    position_go(state, race, navigate_move(position_lead(state, race)->program, state->step_index, unit, direction));
}

void position_go_to_mark(ViewState *state, const Race *race, int direction) {
    const RaceMark *mark = runner_mark_next(position_lead(state, race), state->step_index, direction);
    state->is_playing = false;
    if (mark)
        position_go(state, race, mark->step_index);
    else
        position_go(state, race, direction > 0 ? position_lead(state, race)->step_count : 0);
}

/* Another leader, at the place where it stands on the clock. */
static void set_lead(ViewState *state, const Race *race, int lead) {
    if (lead < 0 || lead >= race->runner_count || lead == state->lead) return;
    state->step_index = race_step(race, state->clock, state->lead, state->step_index, lead);
    state->lead = lead;
}

void position_choose_lead(ViewState *state, const Race *race, int lead) {
    state->is_lead_chosen = true;
    set_lead(state, race, lead);
}

void position_go_to_summed(ViewState *state, const Race *race, int direction) {
    Arena arena = {0};
    Summed summed;
    if (state->summed_row < 0) {
        snprintf(state->message, sizeof state->message,
                 "no steps are marked: open a formula (I, or a click on a number) and press a row's steps");
        return;
    }
    position_choose_lead(state, race, state->summed_runner);
    state->is_playing = false;
    if (summed_make(&race->runners[state->summed_runner], state->summed_row, &arena, &summed)) {
        uint64_t rank = summed_rank(&summed, state->step_index + (direction > 0));
        if (direction == 0) rank = 0;
        if (direction < 0 && rank > 0) rank--;
        if (rank < summed.count) position_go(state, race, summed_seek(&summed, rank));
    }
    arena_free(&arena);
}

void position_mark_summed(ViewState *state, const Race *race, Control row) {
    state->summed_row = row.index;
    state->summed_runner = row.runner;
    state->formula_counter = -1;
    position_go_to_summed(state, race, 0);
}

void position_set_clock(ViewState *state, const Race *race, RaceClock clock) {
    state->clock_wanted = clock;
    state->clock = race_usable_clock(race, clock);
    if (!state->is_lead_chosen) set_lead(state, race, race_longest(race, state->clock));
}

void position_next_clock(ViewState *state, const Race *race) {
    RaceClock next = (RaceClock)((state->clock + 1) % RACE_CLOCK_COUNT);
    position_set_clock(state, race, next == RACE_TIME && !race->has_time ? RACE_BYTES : next);
}
