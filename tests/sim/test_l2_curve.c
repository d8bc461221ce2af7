/* The L2 curve against measured ones. */
#include "sim/memory/l2_curve.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct Measured {
    uint64_t buffer_kib;
    double dram_fraction;
} Measured;

static double rms_error(const char *gpu, const Measured *measured, int count) {
    Machine machine;
    assert_true(machine_find(gpu, &machine, NULL));
    double sum = 0;
    for (int i = 0; i < count; i++) {
        Arena arena = {0};
        L2CurvePoint point;
        assert_true(l2_curve_point(l2_curve_config(&machine), measured[i].buffer_kib * 1024, &point, &arena, NULL));
        sum += (point.dram_fraction - measured[i].dram_fraction) * (point.dram_fraction - measured[i].dram_fraction);
        arena_free(&arena);
    }
    double rms = sqrt(sum / count);
    print_message("%s: RMS %.4f\n", gpu, rms);
    return rms;
}

/* DRAM and L2 byte counters of an A100 of 40 MB. */
static void a100_curve_within_5_percent(void **state) {
    (void)state;
    static const Measured measured[] = {{20224, .0002}, {22016, .046}, {24064, .090}, {26368, .135},
                                        {28928, .227},  {31744, .411}, {34816, .648}, {38144, .796},
                                        {41728, .900},  {45824, .952}, {50176, .975}, {55040, .994}};
    assert_true(rms_error("a100-40", measured, 12) <= 0.05);
}

/* gpu-benches publishes bandwidths, no DRAM counters, of these two. Where HBM is the limit, fraction = rate of a
 * buffer far above L2 / rate of this buffer (3888 GB/s on the H200, 846 on the L40). */
static void h200_curve_from_bandwidths_with_the_same_constants(void **state) {
    (void)state;
    static const Measured measured[] = {{48128, 3888 / 7542.5}, {52736, 3888 / 6467.1}, {57856, 3888 / 5053.8},
                                        {63488, 3888 / 4463.9}, {69632, 3888 / 4201.3}, {76288, 3888 / 4017.5}};
    assert_true(rms_error("h200", measured, 6) <= 0.06);
}

static void l40_curve_has_one_partition(void **state) {
    (void)state;
    static const Measured measured[] = {
        {91648, 0}, {110080, 846 / 1075.4}, {120832, 846 / 879.8}, {132608, 846 / 850.5}};
    assert_true(rms_error("l40s", measured, 4) <= 0.05);
}

static void a_size_between_rows_is_an_error(void **state) {
    (void)state;
    Machine machine;
    assert_true(machine_find("a100-40", &machine, NULL));
    Arena arena = {0};
    L2CurvePoint point;
    Err err = {0};
    assert_false(l2_curve_point(l2_curve_config(&machine), 1000, &point, &arena, &err));
    assert_non_null(strstr(err.text, "1000"));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a100_curve_within_5_percent),
        cmocka_unit_test(h200_curve_from_bandwidths_with_the_same_constants),
        cmocka_unit_test(l40_curve_has_one_partition),
        cmocka_unit_test(a_size_between_rows_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
