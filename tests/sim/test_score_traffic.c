/* Standard attention's scores between L2 and HBM: none while |S| is at most half of the L2, all four passes over them
 * where it is clearly larger, whatever a store leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/count.h"

static Count counted(const char *gpu, uint64_t rows, L2Store store, Arena *arena) {
    Scenario s = scenario_default();
    Err err = {0};
    Count count;
    s.batch_count = s.head_count = 1;
    s.query_rows = rows;
    s.l2_store = store;
    if (!machine_find(gpu, &s.machine, &err) || !scenario_finish(&s, &err) ||
        !count_algorithm(algorithm_find("standard"), &s, (CountOptions){0}, &count, arena, &err))
        fail_msg("%s", err.text);
    return count;
}

static uint64_t score_bytes(const Count *count) {
    uint64_t sum = 0;
    for (int k = 0; k < count->kernel_count; k++)
        for (int t = 0; t < count->kernels[k].tensor_count; t++) {
            const CountTensor *row = &count->kernels[k].tensors[t];
            if (strcmp(row->name, "S") == 0 || strcmp(row->name, "P") == 0)
                sum += row->totals.value[COUNTER_DRAM_READ_BYTES] + row->totals.value[COUNTER_DRAM_WRITE_BYTES];
        }
    return sum;
}

static void test_half_the_l2_holds_the_scores(void **unused) {
    (void)unused;
    static const struct { const char *gpu; uint64_t rows; } cases[] = { /* |S| = 2 N^2: 45% to 50% of the L2 */
        {"a100-40", 2048}, {"a100-40", 3072}, {"a100-80", 3200}, {"h100", 3584}, {"h200", 3840}, {"t4", 1024}, {"l40s", 4992}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int store = L2_STORE_HOME; store <= L2_STORE_NEAR; store++) {
            Arena arena = {0};
            Count count = counted(cases[i].gpu, cases[i].rows, (L2Store)store, &arena);
            assert_int_equal(score_bytes(&count), 0);
            arena_free(&arena);
        }
}

static void test_larger_scores_pass_four_times(void **unused) {
    (void)unused;
    static const uint64_t rows[] = {5632, 6144, 8192, 16384}; /* 1.5 to 12.8 times an A100's L2 */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int store = L2_STORE_HOME; store <= L2_STORE_NEAR; store++) {
            Arena arena = {0};
            Count count = counted("a100-40", rows[i], (L2Store)store, &arena);
            const uint64_t *value = count.totals.value;
            double got = (double)(value[COUNTER_DRAM_READ_BYTES] + value[COUNTER_DRAM_WRITE_BYTES] + value[COUNTER_DRAM_DIRTY_BYTES]);
            double want = 4 * 2 * (double)rows[i] * (double)rows[i] + 4 * (double)rows[i] * 128;
            if (got < 0.95 * want || got > 1.05 * want) /* the tolerance for captures: design's 5% */
                fail_msg("N = %llu: want %.0f bytes, got %.0f", (unsigned long long)rows[i], want, got);
            arena_free(&arena);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_half_the_l2_holds_the_scores),
                                       cmocka_unit_test(test_larger_scores_pass_four_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
