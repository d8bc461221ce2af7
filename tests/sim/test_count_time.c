/* Time along a replay: with kernels of given times, moments and steps lead to each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/count_time.h"

/* Standard attention, two layers, whose kernels take 1000, 2000 and 3000 ns a layer. */
static Count count_with_times(Arena *arena) {
    Scenario scenario = scenario_default();
    Count count;
    Err err = {0};
    scenario.batch_count = 1, scenario.head_count = 2, scenario.layer_count = 2;
    assert_true(scenario_finish(&scenario, &err));
    assert_true(count_algorithm(algorithm_find("standard"), &scenario, (CountOptions){.is_dram_skipped = true}, &count,
                                arena, &err));
    assert_int_equal(count.kernel_count, 3);
    count.totals.time_ns = 0;
    for (int k = 0; k < 3; k++) {
        count.kernels[k].totals.time_ns = 2 * 1000.0 * (k + 1);
        count.totals.time_ns += count.kernels[k].totals.time_ns;
    }
    return count;
}

static void moments_lie_in_their_layer_and_kernel(void **state) {
    (void)state;
    static const struct {
        double time_ns;
        uint64_t layer;
        int kernel;
    } cases[] = {{0, 0, 0},    {999, 0, 0},  {1001, 0, 1}, {2999, 0, 1},  {3001, 0, 2},      {5999, 0, 2},
                 {6001, 1, 0}, {7001, 1, 1}, {9001, 1, 2}, {11999, 1, 2}, {11999.9999, 1, 2}};
    Arena arena = {0};
    Count count = count_with_times(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ReplayState at;
        assert_true(count_seek_time(&count, cases[i].time_ns, &at));
        assert_int_equal(at.index[AXIS_LAYER], cases[i].layer);
        assert_int_equal(at.kernel, cases[i].kernel);
        assert_true(count_time_ns(&count, &at) <= cases[i].time_ns);
    }
    arena_free(&arena);
}

static void every_step_is_found_at_its_time(void **state) {
    (void)state;
    Arena arena = {0};
    Count count = count_with_times(&arena);
    double before_ns = -1;
    for (uint64_t step = 0; step < count.totals.value[COUNTER_STEP_COUNT]; step++) {
        ReplayState want, got;
        replay_seek(count.program, step, &want);
        double time_ns = count_time_ns(&count, &want);
        assert_true(time_ns > before_ns && time_ns < count.totals.time_ns);
        assert_true(count_seek_time(&count, time_ns + 1e-3, &got)); /* a picosecond on: clear of rounding */
        assert_int_equal(got.step_index, step);
        before_ns = time_ns;
    }
    arena_free(&arena);
}

static void no_moment_outside_the_run(void **state) {
    (void)state;
    Arena arena = {0};
    Count count = count_with_times(&arena);
    ReplayState at;
    assert_false(count_seek_time(&count, 12000, &at));
    assert_false(count_seek_time(&count, -1, &at));
    assert_false(count_seek_time(&count, 0.0 / 0.0, &at));
    count.totals.time_ns = 0;
    assert_false(count_seek_time(&count, 0, &at));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_lie_in_their_layer_and_kernel),
        cmocka_unit_test(every_step_is_found_at_its_time),
        cmocka_unit_test(no_moment_outside_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
