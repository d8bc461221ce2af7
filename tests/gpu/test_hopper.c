/* Hopper's instructions on the twin, each against a plain reference, and each mistake against what the twin must say.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpu/twin/hopper_matrix.h"
#include "gpu/twin/tally.h"
#include "gpu/twin/twin.h"
#include "tests/gpu/hopper_cases.h"

static void start_case(void) {
    twin_clear_error();
    twin_reset_counts();
}

/* The first thing that the twin found, or "". */
static const char *found(void) { return twin_finding_count() ? twin_finding(0)->text : ""; }

static void fill(uint16_t *halves, size_t count, unsigned seed) {
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        halves[i] = (uint16_t)(0x3400 | (seed >> 16 & 0x83ff)); /* 0.25 to 0.5, both signs, all fractions */
    }
}

/* ---- pure parts ---- */

static void test_half_values(void **state) {
    (void)state;
    for (unsigned h = 0; h < 0x7c00; h++) {
        unsigned exponent = h >> 10, fraction = h & 1023;
        double want = exponent ? ldexp(1024 + fraction, (int)exponent - 25) : ldexp(fraction, -24);
        assert_true(hopper_half_value((uint16_t)h) == (float)want);
        assert_true(hopper_half_value((uint16_t)(h | 0x8000)) == -(float)want);
    }
    assert_true(isinf(hopper_half_value(0x7c00)) && isinf(hopper_half_value(0xfc00)));
    assert_true(isnan(hopper_half_value(0x7e00)) && isnan(hopper_half_value(0xffff)));
}

/* The manual's drawing of the swizzle: rows of eight chunks, chunk c of row r at c ^ r. */
static void test_addresses(void **state) {
    (void)state;
    static const uint8_t drawing[8][8] = {{0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6}, {2, 3, 0, 1, 6, 7, 4, 5},
                                          {3, 2, 1, 0, 7, 6, 5, 4}, {4, 5, 6, 7, 0, 1, 2, 3}, {5, 4, 7, 6, 1, 0, 3, 2},
                                          {6, 7, 4, 5, 2, 3, 0, 1}, {7, 6, 5, 4, 3, 2, 1, 0}};
    for (unsigned row = 0; row < 16; row++)
        for (unsigned chunk = 0; chunk < 8; chunk++)
            assert_int_equal(hopper_swizzle(2048 + row * 128 + chunk * 16 + 6),
                             2048 + row * 128 + drawing[row % 8][chunk] * 16 + 6u);
    /* start 0x2040 (chunk 4), leading 0x5000, stride 0x400, 128-byte swizzle */
    HopperMatrix m = hopper_matrix_decode(0x2040 >> 4 | 0x500ull << 16 | 0x40ull << 32 | 1ull << 62);
    assert_int_equal(m.start, 0x2040);
    assert_int_equal(m.leading_bytes, 0x5000);
    assert_int_equal(m.stride_bytes, 0x400);
    assert_int_equal(m.swizzle, HOPPER_SWIZZLE_128);
    assert_int_equal(m.base_offset, 0);
    /* k along the row: row 11 is row 3 of the second eight; k = 9 is half 1 of the next chunk, 5, at 5 ^ 3 */
    assert_int_equal(hopper_matrix_address(&m, true, 11, 9), 0x2000 + 0x400 + 3 * 128 + (5 ^ 3) * 16 + 2);
    /* k along the rows: column 70 is half 6 of chunk 0 of the next panel, from chunk 4 on; k = 13 is row 5 of the
     * second eight */
    assert_int_equal(hopper_matrix_address(&m, false, 70, 13), 0x2000 + 0x5000 + 0x400 + 5 * 128 + (4 ^ 5) * 16 + 12);
}

/* ---- copies ---- */

enum { COLUMNS = 128, ROWS = 40, MATRICES = 3, BOX_ROWS = 24 };
static uint16_t tensor[MATRICES * ROWS * COLUMNS], box[BOX_ROWS * 64];

static void copy(HopperMistake mistake, int column, int row, int matrix) {
    start_case();
    fill(tensor, sizeof tensor / sizeof *tensor, 5);
    memset(box, 0x11, sizeof box);
    hopper_case_copy(mistake, tensor, COLUMNS, ROWS, MATRICES, BOX_ROWS, column, row, matrix, box);
}

static uint64_t sectors_read(void) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < twin_kernel(0)->site_max; i++) {
        const SiteCounts *site = &twin_kernel(0)->sites[i];
        if (site->request_count && access_site_kind(site->site) == ACCESS_LOAD) sum += site->sector_count;
    }
    return sum;
}

static void test_copies(void **state) {
    (void)state;
    static const int places[][3] = {{0, 0, 0},   {64, 8, 1}, {64, 30, 2}, {0, -5, 1},
                                    {96, 20, 0}, {0, 0, 3},  {64, 40, 1}};
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        int column = places[p][0], row = places[p][1], matrix = places[p][2];
        uint64_t inside_count = 0;
        copy(RIGHT, column, row, matrix);
        assert_string_equal(found(), "");
        for (int i = 0; i < BOX_ROWS * 64; i++) {
            int r = row + i / 64, c = column + i % 64;
            bool is_inside = r >= 0 && r < ROWS && c < COLUMNS && matrix < MATRICES;
            inside_count += is_inside;
            assert_int_equal(box[i], is_inside ? tensor[(matrix * ROWS + r) * COLUMNS + c] : 0);
        }
        assert_int_equal(sectors_read(), inside_count / 16); /* a sector is 16 halves; nothing else is read */
    }
}

/* A mistake and the sentence that tells it, after "block (...), thread (...)". */
typedef struct Told {
    HopperMistake mistake;
    const char *text;
} Told;
static void assert_told(const Told *told) {
    if (!strstr(found(), told->text))
        fail_msg("mistake %d: want \"%s\", got \"%s\"", told->mistake, told->text, found());
    assert_true(twin_error() != 0 || strstr(told->text, "race"));
}

static void test_copy_mistakes(void **state) {
    (void)state;
    static const Told told[] = {
        {TOO_MANY_BYTES, "deadlock: block (0, 0, 0), thread (0, 0, 0) waits for a phase of the barrier at shared "
                         "address 3072, which never comes"},
        {TOO_FEW_BYTES, "which never comes"},
        {NO_INIT_FENCE, "no fence between the making of a barrier and the first copy that completes on it"},
        {NO_BLOCK_BARRIER, "the barrier at shared address 3072 is used before a __syncthreads() after its making"},
        {BARRIER_NOT_MADE, "no barrier was made at shared address 3080"},
        {TOO_MANY_ARRIVALS, "more than 1 threads arrive in one phase of the barrier at shared address 3072"},
        {BOX_OVER_BARRIER, "a box that lands at shared address 128 covers a barrier"},
        {BOX_MISALIGNED, "a box of 24 rows cannot land at shared address 64"},
        {BOX_TWICE, "two copies are on their way to shared address 0"},
        {NOT_A_MAP, "a copy is given what is no tensor map"},
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        copy(told[i].mistake, 0, 0, 0);
        assert_told(&told[i]);
    }
    /* No sentence can tell these, but the numbers are wrong on every run: NaN until the copy lands. */
    static const HopperMistake untold[] = {NO_BARRIER_WAIT, WRONG_PHASE};
    for (size_t i = 0; i < 2; i++) {
        copy(untold[i], 0, 0, 0);
        assert_true(isnan(hopper_half_value(box[0])) || twin_error());
    }
}

/* ---- products ---- */

static double product_error(const float *d, const uint16_t *a, const uint16_t *b, int n, int depth,
                            bool is_b_by_column) {
    double worst = 0;
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < n; j++) {
            double want = 0;
            for (int k = 0; k < depth; k++)
                want += (double)hopper_half_value(a[i * depth + k]) *
                        hopper_half_value(is_b_by_column ? b[j * depth + k] : b[k * n + j]);
            double error = fabs(d[i * n + j] - want);
            if (!(error <= worst) && !isnan(worst)) worst = error;
        }
    return worst;
}

static uint16_t a_halves[64 * 64], b_halves[192 * 64];
static float result[64 * 192];

static void test_products(void **state) {
    (void)state;
    static const int shared[] = {128, 176, 192}, registers[] = {64, 128};
    fill(a_halves, sizeof a_halves / 2, 1);
    fill(b_halves, sizeof b_halves / 2, 2);
    for (int i = 0; i < 3; i++) {
        start_case();
        hopper_case_shared(RIGHT, shared[i], a_halves, b_halves, result);
        assert_string_equal(found(), "");
        assert_true(product_error(result, a_halves, b_halves, shared[i], 64, true) < 1e-5);
    }
    for (int i = 0; i < 2; i++) {
        start_case();
        hopper_case_registers(RIGHT, registers[i], a_halves, b_halves, result);
        assert_string_equal(found(), "");
        assert_true(product_error(result, a_halves, b_halves, registers[i], 32, false) < 1e-5);
    }
}

static void test_stored_operand(void **state) {
    (void)state;
    start_case();
    hopper_case_stored(RIGHT, a_halves, b_halves, result);
    assert_string_equal(found(), "");
    assert_true(product_error(result, a_halves, b_halves, 64, 32, false) < 1e-5);
    static const Told told = {NO_STORES_FENCE, "stored there without a fence or a barrier since"};
    start_case();
    hopper_case_stored(told.mistake, a_halves, b_halves, result);
    assert_told(&told);
}

static void test_product_mistakes(void **state) {
    (void)state;
    static const Told shared[] = {
        {NO_PRODUCT_FENCE, "no fence before a product"},
        {NO_PRODUCT_WAIT, "a block ended and left products of warp 0 on their way"},
        {NOT_COMMITTED, "a block ended and left products of warp 0 on their way"},
        {RESULT_TOO_EARLY, "goes on with registers of a product that it has not waited for"},
        {RESULT_OVERWRITTEN, "a product's result was written before the product was waited for"},
        {LANES_DISAGREE, "lanes of a warp issue different products"},
        {WARPS_DISAGREE, "warps of one warpgroup issue different products"},
        {NO_SWIZZLE, "swizzle mode 0 with base offset 0"},
    };
    static const Told registers[] = {
        {RESULT_TOO_EARLY, "goes on with registers of a product that it has not waited for"},
        {OPERAND_OVERWRITTEN, "a product's left operand was written before the product was waited for"},
    };
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        start_case();
        hopper_case_shared(shared[i].mistake, 128, a_halves, b_halves, result);
        assert_told(&shared[i]);
    }
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        start_case();
        hopper_case_registers(registers[i].mistake, 64, a_halves, b_halves, result);
        assert_told(&registers[i]);
    }
}

/* ---- barriers of some warps, registers ---- */

static void test_turns(void **state) {
    (void)state;
    int order[20];
    start_case();
    hopper_case_turns(RIGHT, order);
    assert_string_equal(found(), ""); /* no race: the barriers order both warps' accesses to one counter */
    for (int i = 0; i < 20; i++) assert_int_equal(order[i], i % 2);
    static const Told told[] = {
        {TOO_FEW_ARRIVE, "waits for the threads of barrier 1, which never comes"},
        {COUNTS_DISAGREE, "barrier 1 is waited at for 96 threads, and for 64"},
        {LEFT_BEHIND, "a block ended and left 32 of 64 threads at barrier 1"},
        {NO_NAMED_BARRIER, "race on shared memory"},
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        start_case();
        hopper_case_turns(told[i].mistake, order);
        assert_told(&told[i]);
    }
}

static void test_registers(void **state) {
    (void)state;
    static int out[384];
    start_case();
    hopper_case_handover(RIGHT, out);
    assert_string_equal(found(), "");
    for (int i = 0; i < 384; i++) assert_int_equal(out[i], 1);
    static const Told told[] = {
        {TOO_MANY_REGISTERS, "waits for registers of other warps, 2304, which never comes"},
        {NOT_FEWER, "168 registers a thread cannot become fewer, 200"},
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        start_case();
        hopper_case_handover(told[i].mistake, out);
        assert_told(&told[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_half_values),    cmocka_unit_test(test_addresses),
                                       cmocka_unit_test(test_copies),         cmocka_unit_test(test_copy_mistakes),
                                       cmocka_unit_test(test_products),       cmocka_unit_test(test_product_mistakes),
                                       cmocka_unit_test(test_stored_operand), cmocka_unit_test(test_turns),
                                       cmocka_unit_test(test_registers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
