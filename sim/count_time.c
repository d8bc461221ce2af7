/* Time along a replay: see count_time.h. */
#include "sim/count_time.h"

#include "sim/base/checked.h"

/* The counter that time follows within a kernel. */
static CounterId pace_of(const Count *count) {
    return program_total(count->program)->value[COUNTER_BUSY_PS] ? COUNTER_BUSY_PS : COUNTER_STEP_COUNT;
}

static uint64_t layer_count(const Count *count) { return count->program->scenario.layer_count; }

/* One layer's run of a kernel: its time, and what it adds to the pace. */
static double kernel_time_ns(const Count *count, int kernel) {
    return count->kernels[kernel].totals.time_ns / (double)layer_count(count);
}
static uint64_t kernel_pace(const Count *count, int kernel) {
    return count->kernels[kernel].totals.value[pace_of(count)] / layer_count(count);
}
static uint64_t layer_pace(const Count *count) {
    return program_total(count->program)->value[pace_of(count)] / layer_count(count);
}

double count_time_ns(const Count *count, const ReplayState *state) {
    uint64_t layer = state->index[AXIS_LAYER];
    uint64_t done = state->before.value[pace_of(count)] - layer * layer_pace(count);
    double time_ns = (double)layer * (count->totals.time_ns / (double)layer_count(count));
    for (int k = 0; k < state->kernel; k++) {
        done -= kernel_pace(count, k);
        time_ns += kernel_time_ns(count, k);
    }
    uint64_t all = kernel_pace(count, state->kernel);
    return all ? time_ns + kernel_time_ns(count, state->kernel) * ((double)done / (double)all) : time_ns;
}

bool count_seek_time(const Count *count, double time_ns, ReplayState *state) {
    double layer_ns = count->totals.time_ns / (double)layer_count(count);
    if (!(time_ns >= 0) || !(time_ns < count->totals.time_ns)) return false;
    uint64_t layer = min_u64((uint64_t)(time_ns / layer_ns), layer_count(count) - 1);
    double rest_ns = time_ns - (double)layer * layer_ns;
    uint64_t target = layer * layer_pace(count);
    int kernel = 0;
    for (; kernel + 1 < count->kernel_count && rest_ns >= kernel_time_ns(count, kernel); kernel++) {
        rest_ns -= kernel_time_ns(count, kernel);
        target += kernel_pace(count, kernel);
    }
    uint64_t all = kernel_pace(count, kernel);
    double share = kernel_time_ns(count, kernel) > 0 ? rest_ns / kernel_time_ns(count, kernel) : 0;
    if (all) target += min_u64((uint64_t)(share * (double)all), all - 1);
    return replay_seek_counter(count->program, pace_of(count), target, state);
}
