/* What the view `l2` draws, counted: the sweep of a buffer and one head's attention around the L2's size. */
#include <math.h>

#include "sim/memory/l2_curve.h"
#include "viz/views/views.h"

enum { BUFFER_POINTS = 12, LENGTH_POINTS = 9, LENGTH_STEP = 128, CHUNKS_PER_BUFFER = 32 };

/* Buffers from 0.45 to 1.4 of the L2, evenly on a log scale, in whole chunks. */
static bool fill_buffers(const Machine *machine, ViewL2 *l2, Err *err) {
    L2CurveConfig config = l2_curve_config(machine);
    for (int i = 0; i < BUFFER_POINTS; i++) {
        Arena arena = {0};
        L2CurvePoint point;
        double target_bytes = 0.45 * (double)config.l2_bytes * pow(1.4 / 0.45, i / (BUFFER_POINTS - 1.0));
        uint64_t row_bytes = CHUNKS_PER_BUFFER * config.chunk_bytes,
                 rows = (uint64_t)llround(target_bytes / (double)row_bytes);
        bool is_counted = l2_curve_point(config, (rows ? rows : 1) * row_bytes, &point, &arena, err);
        arena_free(&arena);
        if (!is_counted) return false;
        l2->buffer_bytes[i] = point.buffer_bytes;
        l2->dram_fraction[i] = point.dram_fraction;
    }
    l2->buffer_count = BUFFER_POINTS;
    return true;
}

static uint64_t dram_bytes(const Count *count) {
    return count->totals.value[COUNTER_DRAM_READ_BYTES] + count->totals.value[COUNTER_DRAM_WRITE_BYTES];
}

/* One head, forward, alone on the GPU, at one length and under both store policies. */
static void fill_length(const Scenario *scenario, ViewL2 *l2, int point) {
    for (int i = 0; i < scenario->algorithm_count; i++) {
        l2->has_point[i][point] = true;
        for (int policy = 0; policy < 2; policy++) {
            Scenario one = *scenario;
            Arena arena = {0};
            Count count = {0};
            one.batch_count = one.head_count = one.kv_head_count = one.layer_count = 1;
            one.pass = PASS_FORWARD;
            one.query_rows = one.key_rows = l2->tokens[point];
            one.l2_store = policy ? L2_STORE_NEAR : L2_STORE_HOME;
            bool is_counted =
                count_algorithm(algorithm_find(scenario->algorithms[i]), &one, (CountOptions){0}, &count, &arena, NULL);
            l2->has_point[i][point] &= is_counted && count.dram_engine[0] != 0;
            if (is_counted) l2->dram_bytes[policy][i][point] = dram_bytes(&count);
            arena_free(&arena);
        }
    }
}

bool view_l2_fill(const Scenario *scenario, ViewL2 *l2, Err *err) {
    if (!fill_buffers(&scenario->machine, l2, err)) return false;
    uint64_t elem_bytes = dtype_elem_bytes(scenario->dtype);
    for (int i = 0; i < LENGTH_POINTS; i++) {
        double score_bytes = (double)scenario->machine.l2_bytes * pow(2, -2 + 0.5 * i);
        uint64_t tiles = (uint64_t)llround(sqrt(score_bytes / (double)elem_bytes) / LENGTH_STEP);
        l2->tokens[i] = (tiles ? tiles : 1) * LENGTH_STEP;
        l2->score_bytes[i] = l2->tokens[i] * l2->tokens[i] * elem_bytes;
        fill_length(scenario, l2, i);
    }
    l2->length_count = LENGTH_POINTS;
    return true;
}
