/* Selection on numbers: the rules by hand, covering everything = dense, published costs, and the .npy reader. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/context/npy.h"
#include "sim/context/select.h"

enum { N = 200, D = 16 };

/* Budgets that reach every key, for each method. */
static SelectOptions covering(SelectMethod method, bool is_causal) {
    return (SelectOptions){.method = method,
                           .is_causal = is_causal,
                           .block_rows = 24,
                           .select_count = N,
                           .window_keys = 2 * N,
                           .global_token_count = 3,
                           .compress_rows = 8,
                           .compress_stride_rows = 4};
}

static void test_covering_everything_is_dense(void **state) {
    (void)state;
    Arena arena = {0};
    SelectInput input = select_seeded_input(N, D, 7, &arena);
    for (int causal = 0; causal < 2; causal++) {
        SelectDense dense = select_dense(&input, causal, &arena);
        for (int m = 0; m < SELECT_METHOD_COUNT; m++) {
            SelectOptions o = covering((SelectMethod)m, causal);
            SelectQuality quality = select_measure(&input, o, &dense, &arena);
            SelectKeys keys = select_run(&input, o, &arena);
            const double *output = select_output(&input, &keys, &arena);
            double worst = 0;
            for (int i = 0; i < N * D; i++) worst = fmax(worst, fabs(output[i] - dense.output[i]));
            if (!(worst < 1e-12) || !(quality.output_error < 1e-13) || fabs(quality.mass_kept - 1) > 1e-12 ||
                quality.key_fraction != 1)
                fail_msg("%s causal %d: worst %g error %g mass %g keys %g", select_method_name((SelectMethod)m), causal,
                         worst, quality.output_error, quality.mass_kept, quality.key_fraction);
        }
    }
    arena_free(&arena);
}

/* A small budget must lose something: the check above can fail. */
static void test_small_budgets_lose_mass(void **state) {
    (void)state;
    Arena arena = {0};
    SelectInput input = select_seeded_input(N, D, 7, &arena);
    SelectDense dense = select_dense(&input, true, &arena);
    for (int m = SELECT_WINDOW; m < SELECT_METHOD_COUNT; m++) {
        SelectOptions o = {.method = (SelectMethod)m,
                           .is_causal = true,
                           .block_rows = 8,
                           .select_count = 4,
                           .window_keys = 8,
                           .compress_rows = 8,
                           .compress_stride_rows = 4};
        SelectQuality quality = select_measure(&input, o, &dense, &arena);
        assert_true(quality.mass_kept > 0.05 && quality.mass_kept < 0.999);
        assert_true(quality.output_error > 1e-4);
        assert_true(quality.key_fraction < 0.5);
    }
    arena_free(&arena);
}

/* Six keys in blocks of two; block 1 points along the last query. MoBA top-2 keeps own block 2 and block 1. */
static void test_moba_and_quest_by_hand(void **state) {
    (void)state;
    Arena arena = {0};
    const double q[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    const double k[12] = {0, 5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0};
    SelectInput input = {6, 2, q, k, k, "by hand"};
    SelectOptions o = {.method = SELECT_MOBA, .is_causal = true, .block_rows = 2, .select_count = 2};
    SelectKeys keys = select_run(&input, o, &arena);
    assert_int_equal(keys.bits[5], 0x3c);
    assert_int_equal(keys.read_rows[5], 4);
    /* Row 2 starts block 1: it sees itself and one of block 0. */
    assert_int_equal(keys.bits[2], 0x07);
    o.method = SELECT_QUEST;
    assert_int_equal(select_run(&input, o, &arena).bits[5], 0x3c);
    /* DSA's two best tokens of the last query are 2 and 3. */
    o.method = SELECT_DSA;
    assert_int_equal(select_run(&input, o, &arena).bits[5], 0x0c);
    arena_free(&arena);
}

static void test_window_and_longformer_by_hand(void **state) {
    (void)state;
    Arena arena = {0};
    SelectInput input = select_seeded_input(8, 2, 1, &arena);
    SelectOptions o = {.method = SELECT_WINDOW, .window_keys = 2};
    assert_int_equal(select_run(&input, o, &arena).bits[4], 0x38);
    o.is_causal = true;
    assert_int_equal(select_run(&input, o, &arena).bits[4], 0x1c);
    o = (SelectOptions){.method = SELECT_LONGFORMER, .window_keys = 2, .global_token_count = 1};
    SelectKeys keys = select_run(&input, o, &arena);
    assert_int_equal(keys.bits[0], 0xff);
    assert_int_equal(keys.bits[4], 0x39);
    assert_int_equal(keys.read_rows[4], 4);
    assert_int_equal(keys.read_rows[1], 3);
    arena_free(&arena);
}

/* NSA at 64K tokens: 65536/16 + 16 x 64 + 512 = 5632, 11.6x fewer. Quest: 1/16 + K/pages. DSA: 132 bytes a token. */
static void test_published_costs(void **state) {
    (void)state;
    SelectCost nsa = select_cost((SelectOptions){.method = SELECT_NSA, .is_causal = true}, 65536, 128, 2);
    assert_true(nsa.chosen_rows == 5632 && nsa.choosing_rows == 0);
    assert_int_equal((int)(65536 / nsa.chosen_rows * 10), 116);
    SelectCost quest = select_cost((SelectOptions){.method = SELECT_QUEST, .select_count = 128}, 32768, 128, 2);
    assert_true((quest.chosen_rows + quest.choosing_rows) / 32768 == 1.0 / 16 + 128.0 / 2048);
    SelectCost moba = select_cost((SelectOptions){.method = SELECT_MOBA}, 8192, 128, 2);
    assert_true(moba.chosen_rows == 1536 && moba.choosing_rows == 8);
    SelectCost dsa = select_cost((SelectOptions){.method = SELECT_DSA}, 65536, 128, 2);
    assert_true(dsa.chosen_rows == 2048 && dsa.choosing_rows * 512 == 65536.0 * 132);
}

static void test_tradeoff_rows(void **state) {
    (void)state;
    Arena arena = {0};
    SelectInput input = select_seeded_input(512, 32, 1, &arena);
    SelectPoint points[80];
    int count = select_tradeoff(&input, true, points, 80, &arena);
    assert_true(count > 30 && count < 80);
    for (int i = 0; i + 1 < count; i++) {
        assert_true(points[i].quality.mass_kept > 0 && points[i].quality.mass_kept < 1 + 1e-9);
        if (points[i].options.method != points[i + 1].options.method)
            assert_true(points[i].quality.mass_kept > 1 - 1e-9 && points[i].quality.output_error < 1e-12);
        else
            assert_true(points[i + 1].quality.key_fraction >= points[i].quality.key_fraction);
    }
    arena_free(&arena);
}

/* A .npy file in memory: header dictionary `text` padded as NumPy pads it, then `data`. */
static uint64_t make_npy(uint8_t *out, const char *text, const void *data, uint64_t data_bytes) {
    uint64_t length = strlen(text) + 1;
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (uint8_t)length, out[9] = (uint8_t)(length >> 8);
    memcpy(out + 10, text, length - 1);
    out[10 + length - 1] = '\n';
    memcpy(out + 10 + length, data, data_bytes);
    return 10 + length + data_bytes;
}

static void test_npy(void **state) {
    (void)state;
    Arena arena = {0};
    uint8_t file[512];
    NpyArray array;
    Err err = {0};
    const float single[6] = {1, 2, 3, 4, 5, -0.5f};
    uint64_t size =
        make_npy(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", single, sizeof single);
    assert_true(npy_read_bytes("a.npy", file, size, &array, &arena, &err));
    assert_int_equal(array.dim_count, 2);
    assert_int_equal(array.shape[1], 3);
    assert_true(array.values[5] == -0.5);
    const uint16_t half[2] = {0x3c00, 0xc001};
    size = make_npy(file, "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", half, sizeof half);
    assert_true(npy_read_bytes("a.npy", file, size, &array, &arena, &err));
    assert_true(array.values[0] == 1 && array.values[1] == -2 - 1.0 / 512);
    for (uint64_t cut = 0; cut < size; cut++) assert_false(npy_read_bytes("a.npy", file, cut, &array, &arena, &err));
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "descr is '>f4'"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "fortran_order"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "shape is empty"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }", "elements"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (8192, 8193), }", "elements"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1), }", "dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "needs 8 bytes of data, the file has 4"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1", "not a list of sizes"},
        {"{}", "no 'descr'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size = make_npy(file, bad[i].text, single, 4);
        assert_false(npy_read_bytes("a.npy", file, size, &array, &arena, &err));
        if (!strstr(err.text, bad[i].says)) fail_msg("want \"%s\" got \"%s\"", bad[i].says, err.text);
    }
    const uint32_t not_a_number = 0x7fc00000;
    size = make_npy(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", &not_a_number, 4);
    assert_false(npy_read_bytes("a.npy", file, size, &array, &arena, &err));
    assert_non_null(strstr(err.text, "not a finite number"));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_covering_everything_is_dense),
        cmocka_unit_test(test_small_budgets_lose_mass),
        cmocka_unit_test(test_moba_and_quest_by_hand),
        cmocka_unit_test(test_window_and_longformer_by_hand),
        cmocka_unit_test(test_published_costs),
        cmocka_unit_test(test_tradeoff_rows),
        cmocka_unit_test(test_npy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
