/* Timed passes side by side: see compare_speed.h. */
#include "sim/compare_speed.h"

#include <stdlib.h>
#include <string.h>

static double elem_bytes(const CaptureRun *run) { return strcmp(run->dtype, "fp32") == 0 ? 4 : 2; }

static double metric_of(const CaptureRun *run, const char *name) {
    const CaptureMetric *m = run->kernel_count ? capture_metric(&run->kernels[0], name) : NULL;
    return m ? m->median : 0;
}

static SpeedRow make_row(const CaptureRun *run) {
    double slices = (double)(run->batch_count * run->head_count), d = (double)run->head_dim_elems;
    double queries = (double)run->query_rows, keys = (double)(run->key_rows ? run->key_rows : run->query_rows);
    SpeedRow row = {.run = run,
                    .time_ns = metric_of(run, "event_time"),
                    .clock_mhz = metric_of(run, "clocks_sm"),
                    .power_w = metric_of(run, "power_draw")};
    double flops = 4 * slices * queries * keys * d / (run->is_causal ? 2 : 1);
    double bytes = 2 * slices * (queries + keys) * d * elem_bytes(run);
    row.flops_per_s = flops / row.time_ns * 1e9;
    row.bytes_per_s = bytes / row.time_ns * 1e9;
    return row;
}

static int compare_counts(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

/* By mask, head dimension, length and dtype. */
static int compare_size(const CaptureRun *a, const CaptureRun *b) {
    if (a->is_causal != b->is_causal) return a->is_causal ? 1 : -1;
    int by_dim = compare_counts(a->head_dim_elems, b->head_dim_elems);
    int by_length = compare_counts(a->query_rows, b->query_rows);
    return by_dim ? by_dim : by_length ? by_length : strcmp(a->dtype, b->dtype);
}

static int compare_rows(const void *a, const void *b) {
    const SpeedRow *x = a, *y = b;
    int by_size = compare_size(x->run, y->run);
    return by_size ? by_size : x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

/* Shortest time among rows of this size whose algorithm begins so; 0 where there is none. */
static double fastest_ns(const Speed *speed, const CaptureRun *size, const char *algorithm) {
    for (int i = 0; i < speed->row_count; i++) {
        const CaptureRun *run = speed->rows[i].run;
        if (compare_size(run, size) == 0 && strncmp(run->algorithm, algorithm, strlen(algorithm)) == 0)
            return speed->rows[i].time_ns;
    }
    return 0;
}

/* How many times as fast; 0 where one of them is missing. */
static double over(double ns, double other_ns) { return ns > 0 ? other_ns / ns : 0; }

static SpeedGoals make_goals(const Speed *speed, const CaptureRun *size) {
    double standard = fastest_ns(speed, size, "standard"), flash = fastest_ns(speed, size, "flash");
    return (SpeedGoals){.size = size,
                        .standard_over_math = over(standard, fastest_ns(speed, size, "torch-math")),
                        .flash_over_standard = over(flash, standard),
                        .flash_of_best = over(flash, fastest_ns(speed, size, "torch-"))};
}

Speed compare_speed(const Capture *capture, Arena *arena) {
    Speed speed = {.rows = ARENA_ARRAY(arena, SpeedRow, capture->run_count + 1),
                   .goals = ARENA_ARRAY(arena, SpeedGoals, capture->run_count + 1)};
    for (int i = 0; i < capture->run_count; i++)
        if (metric_of(&capture->runs[i], "event_time") > 0) speed.rows[speed.row_count++] = make_row(&capture->runs[i]);
    qsort(speed.rows, (size_t)speed.row_count, sizeof *speed.rows, compare_rows);
    for (int i = 0; i < speed.row_count; i++) {
        SpeedRow *row = &speed.rows[i];
        row->part_of_best = fastest_ns(&speed, row->run, "") / row->time_ns;
        if (i == 0 || compare_size(row->run, speed.rows[i - 1].run) != 0)
            speed.goals[speed.goal_count++] = make_goals(&speed, row->run);
    }
    return speed;
}
