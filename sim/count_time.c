/* Time along a replay: see count_time.h. */
#include "sim/count_time.h"

static double kernel_time_ns(const Count *count, int kernel) {
    return count->kernels[kernel].totals.time_ns / (double)count->program->scenario.layer_count;
}

static uint64_t kernel_busy_ps(const Count *count, int kernel) {
    return count->kernels[kernel].totals.value[COUNTER_BUSY_PS] / count->program->scenario.layer_count;
}

double count_time_ns(const Count *count, const ReplayState *state) {
    uint64_t layer = state->index[AXIS_LAYER], layers = count->program->scenario.layer_count;
    uint64_t busy_ps =
        state->before.value[COUNTER_BUSY_PS] - layer * (program_total(count->program)->value[COUNTER_BUSY_PS] / layers);
    double time_ns = (double)layer * count->totals.time_ns / (double)layers;
    for (int k = 0; k < state->kernel; k++) {
        busy_ps -= kernel_busy_ps(count, k);
        time_ns += kernel_time_ns(count, k);
    }
    uint64_t all_ps = kernel_busy_ps(count, state->kernel);
    return all_ps ? time_ns + kernel_time_ns(count, state->kernel) * ((double)busy_ps / (double)all_ps) : time_ns;
}

bool count_seek_time(const Count *count, double time_ns, ReplayState *state) {
    uint64_t layers = count->program->scenario.layer_count;
    uint64_t total_ps = program_total(count->program)->value[COUNTER_BUSY_PS];
    double layer_ns = count->totals.time_ns / (double)layers;
    if (time_ns < 0 || time_ns >= count->totals.time_ns || total_ps == 0) return false;
    uint64_t layer = (uint64_t)(time_ns / layer_ns);
    double rest_ns = time_ns - (double)layer * layer_ns;
    uint64_t target_ps = layer * (total_ps / layers);
    int kernel = 0;
    while (kernel + 1 < count->kernel_count && rest_ns >= kernel_time_ns(count, kernel)) {
        rest_ns -= kernel_time_ns(count, kernel);
        target_ps += kernel_busy_ps(count, kernel++);
    }
    double share = kernel_time_ns(count, kernel) > 0 ? rest_ns / kernel_time_ns(count, kernel) : 0;
    uint64_t busy_ps = kernel_busy_ps(count, kernel), within_ps = (uint64_t)(share * (double)busy_ps);
    target_ps += within_ps < busy_ps ? within_ps : busy_ps ? busy_ps - 1 : 0;
    return replay_seek_counter(count->program, COUNTER_BUSY_PS, target_ps < total_ps ? target_ps : total_ps - 1, state);
}
