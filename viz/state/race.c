/* Runners on one clock: see race.h. */
#include "viz/state/race.h"

#include <string.h>

#include "sim/base/parse.h"
#include "sim/count_time.h"

static uint64_t issued_bytes(const Counters *counters) {
    return counters->value[COUNTER_ISSUED_READ_BYTES] + counters->value[COUNTER_ISSUED_WRITE_BYTES];
}

static void fill_curve(Runner *runner) {
    double end_bytes = (double)issued_bytes(program_total(runner->program)), end_ns = runner->count->totals.time_ns;
    for (int i = 0; i < RACE_CURVE_POINTS; i++) {
        uint64_t step = (uint64_t)((double)runner->step_count * i / (RACE_CURVE_POINTS - 1));
        RunnerAt at = runner_at(runner, step < runner->step_count ? step : runner->step_count);
        runner->curve.issued[i] = end_bytes > 0 ? (double)issued_bytes(&at.done) / end_bytes : 0;
        runner->curve.time_ns[i] = end_ns > 0 ? runner_time_ns(runner, &at) / end_ns : 0;
    }
}

static void make_runner(const Count *count, Arena *arena, Runner *runner) {
    runner->count = count;
    runner->program = count->program;
    runner->step_count = program_total(count->program)->value[COUNTER_STEP_COUNT];
    for (int k = 0; k < count->program->kernel_count; k++) {
        score_map_make(count->program, k, arena, &runner->maps[k]);
        runner->memory_at_kernel_bytes[k] = count_memory_at_kernel_bytes(count->program, k);
    }
    race_find_marks(runner, arena);
    fill_curve(runner);
}

void race_make(const Scenario *scenario, const Count *counts, int count, Arena *arena, Race *race) {
    *race = (Race){
        .scenario = scenario, .runner_count = count < RACE_RUNNERS_MAX ? count : RACE_RUNNERS_MAX, .has_time = true};
    for (int i = 0; i < race->runner_count; i++) {
        make_runner(&counts[i], arena, &race->runners[i]);
        race->has_time &= counts[i].totals.time_ns > 0;
    }
}

RunnerAt runner_at(const Runner *runner, uint64_t step_index) {
    RunnerAt at = {.is_finished = step_index >= runner->step_count};
    at.step_index = at.is_finished ? runner->step_count : step_index;
    replay_seek(runner->program, at.is_finished ? runner->step_count - 1 : step_index, &at.state);
    at.done = at.is_finished ? *program_total(runner->program) : at.state.before;
    return at;
}

double runner_time_ns(const Runner *runner, const RunnerAt *at) {
    return at->is_finished ? runner->count->totals.time_ns : count_time_ns(runner->count, &at->state);
}

double runner_clock(const Runner *runner, RaceClock clock, uint64_t step_index) {
    if (clock == RACE_STEPS) return (double)step_index;
    RunnerAt at = runner_at(runner, step_index);
    return clock == RACE_BYTES ? (double)issued_bytes(&at.done) : runner_time_ns(runner, &at);
}

uint64_t runner_seek(const Runner *runner, RaceClock clock, double value) {
    if (value >= runner_clock(runner, clock, runner->step_count)) return runner->step_count;
    uint64_t low = 0, high = runner->step_count; /* the clock at low is at most value, at high above it */
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (runner_clock(runner, clock, middle) <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t race_step(const Race *race, RaceClock clock, int lead, uint64_t lead_step, int runner) {
    if (runner == lead) return lead_step;
    return runner_seek(&race->runners[runner], clock, runner_clock(&race->runners[lead], clock, lead_step));
}

int race_longest(const Race *race, RaceClock clock) {
    int longest = 0;
    double most = -1;
    for (int i = 0; i < race->runner_count; i++) {
        double end = runner_clock(&race->runners[i], clock, race->runners[i].step_count);
        if (end > most) most = end, longest = i;
    }
    return longest;
}

RaceClock race_usable_clock(const Race *race, RaceClock clock) {
    return clock == RACE_TIME && !race->has_time ? RACE_BYTES : clock;
}

const char *race_clock_name(RaceClock clock) {
    static const char *const names[RACE_CLOCK_COUNT] = {"same time", "same bytes", "same step"};
    return names[clock];
}

static const char *const clock_keys[RACE_CLOCK_COUNT] = {"time", "bytes", "steps"};

const char *race_clock_key(RaceClock clock) { return clock_keys[clock]; }

bool race_clock_parse(const char *text, RaceClock *clock, Err *err) {
    for (int i = 0; i < RACE_CLOCK_COUNT; i++)
        if (strcmp(text, clock_keys[i]) == 0) {
            *clock = (RaceClock)i;
            return true;
        }
    return err_set(err, ERR_USAGE, "--clock is '%s'; it must be time, bytes or steps", parse_quote(text).text);
}

const RaceMark *runner_mark_at(const Runner *runner, uint64_t step_index) {
    const RaceMark *found = NULL;
    for (int i = 0; i < runner->mark_count && runner->marks[i].step_index <= step_index; i++) found = &runner->marks[i];
    return found;
}

const RaceMark *runner_mark_next(const Runner *runner, uint64_t step_index, int direction) {
    if (direction > 0) {
        for (int i = 0; i < runner->mark_count; i++)
            if (runner->marks[i].step_index > step_index) return &runner->marks[i];
        return NULL;
    }
    for (int i = runner->mark_count; i-- > 0;)
        if (runner->marks[i].step_index < step_index) return &runner->marks[i];
    return NULL;
}
