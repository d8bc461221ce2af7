/* Windows and global tokens: the tiles a tree visits against a walk over all pairs, and what a mask saves (nothing). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/attention/pattern.h"
#include "sim/base/checked.h"
#include "sim/base/random.h"
#include "tests/context/counting.h"

static uint64_t random_state = 6;

/* The definition, pair by pair: query r stands at key r + N_k - N_q, and is global where that key is. */
static bool is_seen(const Scenario *s, int64_t r, int64_t k, uint64_t global_token_count) {
    int64_t at = r + (int64_t)s->key_rows - (int64_t)s->query_rows, w = (int64_t)s->window_keys;
    if (s->is_causal && k > at) return false;
    if ((at >= 0 && at < (int64_t)global_token_count) || k < (int64_t)global_token_count) return true;
    int64_t behind = s->is_causal ? w : w - w / 2, ahead = s->is_causal ? 0 : w / 2;
    return k >= at - behind && k <= at + ahead;
}

static uint64_t totals_issued_bytes(const Totals *totals) {
    return totals->value[COUNTER_ISSUED_READ_BYTES] + totals->value[COUNTER_ISSUED_WRITE_BYTES];
}

/* K rows read = rows of every tile that holds a visible pair; pairs = the closed form. */
static void test_tiles_by_walking(void **state) {
    (void)state;
    Arena arena = {0};
    for (int round = 0; round < 400; round++) {
        Scenario s = scenario_default();
        s.batch_count = s.head_count = s.kv_head_count = 1;
        s.query_rows = 1 + random_below(&random_state, 90), s.key_rows = 1 + random_below(&random_state, 90);
        s.head_dim_elems = 4, s.is_causal = random_below(&random_state, 2);
        s.block_query_rows = 1 + random_below(&random_state, 20),
        s.block_key_rows = 1 + random_below(&random_state, 20);
        s.window_keys = 1 + random_below(&random_state, 40);
        bool is_longformer = random_below(&random_state, 2);
        s.global_token_count = is_longformer ? random_below(&random_state, 12) : 0;
        uint64_t rows = 0, pairs = 0;
        for (uint64_t i = 0; i * s.block_query_rows < s.query_rows; i++)
            for (uint64_t j = 0; j * s.block_key_rows < s.key_rows; j++) {
                uint64_t seen = 0, cols = min_u64(s.block_key_rows, s.key_rows - j * s.block_key_rows);
                for (uint64_t r = i * s.block_query_rows; r < min_u64((i + 1) * s.block_query_rows, s.query_rows); r++)
                    for (uint64_t c = 0; c < cols; c++)
                        seen += is_seen(&s, (int64_t)r, (int64_t)(j * s.block_key_rows + c), s.global_token_count);
                pairs += seen;
                rows += seen ? cols : 0;
            }
        Count count = count_of(is_longformer ? "longformer" : "window", &s, &arena);
        if (read_bytes(&count, "K") != rows * 4 * 2)
            fail_msg("%s N_q %d N_k %d causal %d B %d x %d w %d g %d: want %d K rows got %d", count.algorithm->name,
                     (int)s.query_rows, (int)s.key_rows, s.is_causal, (int)s.block_query_rows, (int)s.block_key_rows,
                     (int)s.window_keys, (int)s.global_token_count, (int)rows, (int)(read_bytes(&count, "K") / 8));
        assert_int_equal(pattern_pair_count(&s, s.global_token_count), pairs);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

/* ModernBERT's local layer at 8192: 129 keys a query, but three tiles of 128. */
static void test_mask_and_tile_density(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = scenario_default();
    s.batch_count = 1, s.head_count = s.kv_head_count = 12, s.query_rows = s.key_rows = 8192, s.window_keys = 128;
    assert_int_equal(pattern_pair_count(&s, 0), 8192 * 129 - 64 * 65);
    Count count = count_of("window", &s, &arena);
    /* 64 query blocks, 3 key tiles each but the first and the last: 190 tiles of 128 x 128. */
    assert_int_equal(count.totals.value[COUNTER_FLOPS], 12ull * 190 * 128 * 128 * 4 * 64);
    assert_int_equal(read_bytes(&count, "K"), 12ull * 190 * 128 * 64 * 2);
    arena_free(&arena);
}

/* A window as a mask over dense scores costs more than no window at all; as skipped tiles it costs far less. */
static void test_a_mask_saves_nothing(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = scenario_default();
    s.query_rows = s.key_rows = 4096, s.batch_count = 1;
    Count dense = count_of("standard", &s, &arena), masked = count_of("masked", &s, &arena),
          flash = count_of("flash2", &s, &arena), window = count_of("window", &s, &arena);
    assert_true(totals_issued_bytes(&masked.totals) > totals_issued_bytes(&dense.totals));
    assert_int_equal(masked.totals.value[COUNTER_FLOPS], dense.totals.value[COUNTER_FLOPS]);
    assert_true(masked.totals.value[COUNTER_PEAK_HBM_BYTES] > dense.totals.value[COUNTER_PEAK_HBM_BYTES]);
    assert_true(10 * window.totals.value[COUNTER_FLOPS] < flash.totals.value[COUNTER_FLOPS]);
    /* A window that reaches everywhere is flash2, to the byte. */
    s.window_keys = 2 * 4096;
    Count all = count_of("window", &s, &arena);
    assert_int_equal(totals_issued_bytes(&all.totals), totals_issued_bytes(&flash.totals));
    assert_int_equal(all.totals.value[COUNTER_FLOPS], flash.totals.value[COUNTER_FLOPS]);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tiles_by_walking),
                                       cmocka_unit_test(test_mask_and_tile_density),
                                       cmocka_unit_test(test_a_mask_saves_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
