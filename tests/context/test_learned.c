/* Learned sparsity as programs: the published numbers of rows read, tables of choices that obey their rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/attention/choice.h"
#include "sim/base/checked.h"
#include "tests/context/counting.h"

/* One head, d = 128, fp16: a row of K or V is 256 bytes. */
static Scenario step_at(uint64_t key_rows) {
    Scenario s = scenario_default();
    s.batch_count = s.head_count = s.kv_head_count = 1, s.head_dim_elems = 128;
    s.query_rows = 1, s.key_rows = key_rows, s.is_causal = true, s.dtype = DTYPE_FP16;
    return s;
}

/* NSA at 64K: 4096 compressed + 1024 selected + 512 window rows of K and of V: 5632, 11.6x fewer than 65536. */
static void test_nsa_reads_5632_rows(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = step_at(65536);
    for (int is_causal = 0; is_causal < 2; is_causal++) { /* its window looks back either way */
        s.is_causal = is_causal;
        Count count = count_of("nsa", &s, &arena);
        assert_int_equal(read_bytes(&count, "K compressed"), 4096 * 256);
        assert_int_equal(read_bytes(&count, "K") + read_bytes(&count, "K compressed"), 5632 * 256);
        assert_int_equal(read_bytes(&count, "V") + read_bytes(&count, "V compressed"), 5632 * 256);
    }
    assert_int_equal(65536 * 10 / 5632, 116);
    arena_free(&arena);
}

/* MoBA: 3 blocks of 512 and N/512 mean keys. Quest: 64 pages of 16 and 2 bounds a page. DSA: 2048 rows and 132 B a
 * token. */
static void test_others_read_what_the_papers_say(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = step_at(8192);
    Count moba = count_of("moba", &s, &arena);
    assert_int_equal(read_bytes(&moba, "K"), 3 * 512 * 256);
    assert_int_equal(read_bytes(&moba, "mean K"), 16 * 256);
    Count quest = count_of("quest", &s, &arena);
    assert_int_equal(read_bytes(&quest, "V"), 64 * 16 * 256);
    assert_int_equal(read_bytes(&quest, "page bounds"), 8192 / 16 * 2 * 256);
    Count dsa = count_of("dsa", &s, &arena);
    assert_int_equal(read_bytes(&dsa, "K"), 2048 * 256);
    assert_int_equal(read_bytes(&dsa, "index K"), 8192 * 132);
    arena_free(&arena);
}

/* Tables: ascending, no tile twice, own and forced blocks in, never past what causality allows. */
static void test_tables_obey_the_rule(void **state) {
    (void)state;
    Arena arena = {0};
    for (uint64_t seed = 0; seed < 30; seed++) {
        Scenario s = step_at(1000 + 37 * seed);
        s.query_rows = s.key_rows, s.seed = seed, s.block_query_rows = 64, s.is_causal = seed % 2;
        ChoiceRule rule = {.block_rows = 48, .select_count = 5, .first_count = 1, .newest_count = 2, .tile_rows = 16};
        Choice choice = choice_run(&s, rule, &arena);
        for (uint64_t i = 0; i < choice.query_block_count; i++) {
            const uint32_t *tiles = choice.tiles + choice.tile_first[i];
            uint64_t count = choice.tile_first[i + 1] - choice.tile_first[i], end = choice_visible_end(&s, i);
            uint64_t blocks = 0, own = (i + 1) * 64 < s.query_rows ? (i + 1) * 64 - 1 : s.query_rows - 1;
            bool has_own = false;
            for (uint64_t t = 0; t < count; t++) {
                if (t) assert_true(tiles[t] > tiles[t - 1]);
                assert_true(tiles[t] * 16 < end);
                blocks += t == 0 || tiles[t] / 3 != tiles[t - 1] / 3;
                has_own |= tiles[t] / 3 == own / 48;
            }
            assert_int_equal(tiles[0], 0);
            assert_true(has_own);
            assert_true(blocks >= min_u64(5, choice.visible_blocks[i]) && blocks <= choice.kept_max);
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
}

/* Choosing every block moves what flash2 moves of K and V. */
static void test_choosing_everything_is_dense(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = step_at(4096);
    s.query_rows = 4096, s.select_block_rows = 512, s.select_count = 8, s.block_key_rows = 64;
    Count moba = count_of("moba", &s, &arena), flash = count_of("flash2", &s, &arena);
    assert_int_equal(read_bytes(&moba, "V"), read_bytes(&flash, "V"));
    s.seed = 5;
    Count other = count_of("moba", &s, &arena);
    assert_int_equal(read_bytes(&other, "V"), read_bytes(&flash, "V"));
    /* With fewer, another seed chooses other blocks: the same bytes, other tiles. */
    s.select_count = 2;
    Choice a = choice_run(&moba.program->scenario, (ChoiceRule){.block_rows = 512, .select_count = 2, .tile_rows = 64},
                          &arena);
    Choice b = choice_run(&other.program->scenario, (ChoiceRule){.block_rows = 512, .select_count = 2, .tile_rows = 64},
                          &arena);
    assert_true(memcmp(a.tiles, b.tiles, a.tile_first[a.query_block_count] * sizeof *a.tiles) != 0);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nsa_reads_5632_rows), cmocka_unit_test(test_others_read_what_the_papers_say),
        cmocka_unit_test(test_tables_obey_the_rule), cmocka_unit_test(test_choosing_everything_is_dense)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
