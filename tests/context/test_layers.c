/* Sums over layers: ModernBERT's pattern against an all-global model, to the published ratios. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/context/layers.h"
#include "sim/context/model_table.h"

static LayersSum sum_of(const char *name, uint64_t tokens_rows, bool is_all_global) {
    Model model;
    Machine machine;
    LayersSum sum = {0};
    Arena arena = {0};
    Err err = {0};
    if (!model_find(name, &model, &err) || !machine_find("a100-40", &machine, &err) ||
        !layers_count(&model, (LayersOptions){1, tokens_rows, "flash2", is_all_global}, &machine, &sum, &arena, &err))
        fail_msg("%s", err.text);
    arena_free(&arena);
    return sum;
}

static int percent(uint64_t a, uint64_t b) { return (int)((double)a / (double)b * 100 + 0.5); }

static void test_modernbert_base(void **state) {
    (void)state;
    LayersSum pattern = sum_of("modernbert-base", 8192, false), all = sum_of("modernbert-base", 8192, true);
    assert_int_equal(pattern.group_count, 2);
    assert_int_equal(pattern.groups[0].count, 8);
    assert_int_equal(pattern.groups[1].count, 14);
    assert_int_equal(percent(all.pair_count, pattern.pair_count), 268);
    /* Tiles of 128 x 128: 4096 a global layer, 190 a local one; the saving in work is a little less than in pairs. */
    assert_int_equal(all.score_count, 22ull * 8192 * 8192);
    assert_int_equal(pattern.score_count, (8ull * 4096 + 14 * 190) * 128 * 128);
    assert_int_equal(percent(all.score_count, pattern.score_count), 254);
    LayersSum short_pattern = sum_of("modernbert-base", 512, false), short_all = sum_of("modernbert-base", 512, true);
    assert_int_equal(percent(short_all.pair_count, short_pattern.pair_count), 195);
}

static void test_modernbert_large(void **state) {
    (void)state;
    LayersSum pattern = sum_of("modernbert-large", 8192, false);
    assert_int_equal(pattern.groups[0].count, 10);
    assert_int_equal(pattern.groups[1].count, 18);
    assert_int_equal(pattern.kv_bytes, 0);
}

static void test_llama(void **state) {
    (void)state;
    LayersSum llama = sum_of("llama-3-8b", 128 << 10, false);
    assert_int_equal(llama.group_count, 1);
    assert_int_equal(llama.kv_bytes, 16ull << 30);
    assert_int_equal(llama.issued_bytes, 32 * llama.groups[0].issued_bytes);
    assert_int_equal(llama.pair_count, 32ull * (131072ull * 131073 / 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_modernbert_base), cmocka_unit_test(test_modernbert_large),
                                       cmocka_unit_test(test_llama)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
