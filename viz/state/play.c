/* Playing: see play.h. */
#include "viz/state/play.h"

#include "viz/state/position.h"

const SpeedInfo speed_table[] = {
    {"1 step in 4 s", MOVE_STEP, 0.25, false},
    {"1 step in 2 s", MOVE_STEP, 0.5, false},
    {"1 step/s", MOVE_STEP, 1, false},
    {"2 steps/s", MOVE_STEP, 2, false},
    {"4 steps/s", MOVE_STEP, 4, false},
    {"8 steps/s", MOVE_STEP, 8, false},
    {"2 tiles/s", MOVE_TILE, 2, false},
    {"8 tiles/s", MOVE_TILE, 8, false},
    {"2 rows/s", MOVE_ROW, 2, false},
    {"8 rows/s", MOVE_ROW, 8, false},
    {"2 heads/s", MOVE_HEAD, 2, false},
    {"1 kernel in 20 s", MOVE_KERNEL, 0.05, true},
    {"1 kernel in 5 s", MOVE_KERNEL, 0.2, true},
    {"1 kernel/s", MOVE_KERNEL, 1, true},
};
enum { SPEED_COUNT = sizeof speed_table / sizeof speed_table[0] };

/* A pause in the host (a dragged window, a slow disk) must not become a jump. */
enum { TICK_MAX_NS = 100 * 1000 * 1000 };
static uint64_t played_to(ViewState *state, const Runner *runner) {
    const SpeedInfo *speed = &speed_table[state->speed_index];
    uint64_t step = state->step_index;
    if (!speed->is_smooth) {
        for (; state->units_due >= 1 && step < runner->step_count; state->units_due -= 1)
            step = navigate_move(runner->program, step, speed->unit, 1);
        return step;
    }
    RunnerAt at = runner_at(runner, step);
    double unit_steps = (double)navigate_unit_span(runner->program, &at.state, speed->unit).count;
    uint64_t steps = (uint64_t)(state->units_due * unit_steps);
    state->units_due -= (double)steps / unit_steps;
    return step + steps < runner->step_count ? step + steps : runner->step_count;
}

void play_tick(ViewState *state, const Race *race, uint64_t elapsed_ns) {
    if (!state->is_playing) return;
    const Runner *runner = position_lead(state, race);
    uint64_t from = state->step_index;
    state->units_due +=
        speed_table[state->speed_index].per_s * 1e-9 * (double)(elapsed_ns < TICK_MAX_NS ? elapsed_ns : TICK_MAX_NS);
    state->step_index = played_to(state, runner);
    const RaceMark *mark = runner_mark_next(runner, from, 1);
    if (mark && state->step_index >= mark->step_index && !speed_table[state->speed_index].is_smooth) {
        position_go(state, race, mark->step_index);
        state->is_playing = false;
    }
    if (state->step_index == runner->step_count) state->is_playing = false;
}

void play_toggle(ViewState *state, const Race *race) {
    if (!state->is_playing && state->step_index == position_lead(state, race)->step_count) position_go(state, race, 0);
    state->is_playing = !state->is_playing;
    state->units_due = 0;
}

void play_change_speed(ViewState *state, int direction) {
    int next = state->speed_index + direction;
    state->speed_index = next < 0 ? 0 : next >= SPEED_COUNT ? SPEED_COUNT - 1 : next;
    state->units_due = 0;
}
