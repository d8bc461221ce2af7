/* Sums over visible tiles against counting every (query, key) pair, and floor_sum against a loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/attention/tiles.h"
#include "sim/base/random.h"

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* A tile is visible when one of its pairs is: r + N_k - N_q >= c. */
static int is_visible(const TileShape *s, uint64_t i, uint64_t j) {
    if (!s->is_causal || (j == 0 && s->is_first_column_full)) return 1;
    for (uint64_t r = i * s->tile_query_rows; r < least((i + 1) * s->tile_query_rows, s->query_rows); r++)
        for (uint64_t c = j * s->tile_key_rows; c < least((j + 1) * s->tile_key_rows, s->key_rows); c++)
            if (r + s->key_rows >= c + s->query_rows) return 1;
    return 0;
}

static TileSums by_counting(const TileShape *s) {
    TileSums sums = {0};
    uint64_t rows_count = (s->query_rows + s->tile_query_rows - 1) / s->tile_query_rows;
    uint64_t cols_count = (s->key_rows + s->tile_key_rows - 1) / s->tile_key_rows;
    for (uint64_t i = 0; i < rows_count; i++) {
        uint64_t rows = least(s->tile_query_rows, s->query_rows - i * s->tile_query_rows), seen = 0;
        for (uint64_t j = 0; j < cols_count; j++) {
            uint64_t cols = least(s->tile_key_rows, s->key_rows - j * s->tile_key_rows);
            if (!is_visible(s, i, j)) continue;
            seen++;
            sums.visit_count++;
            sums.query_rows += rows;
            sums.key_rows += cols;
            sums.elem_count += rows * cols;
        }
        sums.query_tile_count += seen > 0;
        sums.seen_query_rows += seen ? rows : 0;
        assert_int_equal(tiles_end_key(s, i), seen);
    }
    for (uint64_t j = 0; j < cols_count; j++) {
        uint64_t first = tiles_first_query(s, j);
        for (uint64_t i = 0; i < rows_count; i++) assert_int_equal(is_visible(s, i, j), i >= first);
    }
    return sums;
}

static void test_sums(void **unused) {
    (void)unused;
    uint64_t state = 5;
    for (int i = 0; i < 20000; i++) {
        uint64_t v[4];
        for (int k = 0; k < 4; k++) {
            v[k] = random_u64(&state);
        }
        TileShape s = {.query_rows = 1 + v[0] % 40,
                       .key_rows = 1 + v[1] % 40,
                       .tile_query_rows = 1 + v[2] % 9,
                       .tile_key_rows = 1 + v[3] % 9,
                       .is_causal = v[0] >> 20 & 1,
                       .is_first_column_full = v[1] >> 20 & 1};
        TileSums want = by_counting(&s), got = tiles_sum(&s);
        assert_int_equal(got.visit_count, want.visit_count);
        assert_int_equal(got.query_rows, want.query_rows);
        assert_int_equal(got.key_rows, want.key_rows);
        assert_int_equal(got.elem_count, want.elem_count);
        assert_int_equal(got.query_tile_count, want.query_tile_count);
        assert_int_equal(got.seen_query_rows, want.seen_query_rows);
    }
}

static void test_floor_sum(void **unused) {
    (void)unused;
    for (uint64_t count = 0; count < 12; count++)
        for (uint64_t m = 1; m < 9; m++)
            for (uint64_t a = 0; a < 20; a++)
                for (uint64_t b = 0; b < 20; b++) {
                    uint64_t want = 0;
                    for (uint64_t i = 0; i < count; i++) want += (a * i + b) / m;
                    assert_int_equal(floor_sum(count, m, a, b), want);
                }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums), cmocka_unit_test(test_floor_sum)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
