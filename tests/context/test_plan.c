/* The planner's numbers: exact sizes at 2K and 128K, the order of breaks, ranks, and limits that hold to the token. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/attention/algorithm.h"
#include "sim/context/layers.h"
#include "sim/context/model_table.h"
#include "sim/context/plan_parts.h"

static const PlanOptions usual = {.from_rows = 2 << 10, .to_rows = 128 << 10};

typedef struct Case {
    Model model;
    Machine machine;
    Plan plan;
    Arena arena;
} Case;

static void make(Case *c, const char *model, const char *gpu, PlanOptions options) {
    Err err = {0};
    c->arena = (Arena){0};
    if (!model_find(model, &c->model, &err) || !machine_find(gpu, &c->machine, &err) ||
        !plan_make(&c->model, &c->machine, options, &c->plan, &c->arena, &err))
        fail_msg("%s on %s: %s", model, gpu, err.text);
}

static const PlanRemedy *remedy(const Plan *plan, const char *key) {
    for (int i = 0; i < plan->remedy_count; i++)
        if (strcmp(plan->remedies[i].key, key) == 0) return &plan->remedies[i];
    fail_msg("no remedy %s", key);
    return NULL;
}

/* S of one fp16 head: 8 MiB at 2K, 32 GiB at 128K. Llama-3-8B: 16 GiB of KV cache at 128K. */
static void test_llama_3_8b(void **state) {
    (void)state;
    static Case c;
    make(&c, "llama-3-8b", "h200", usual);
    const PlanPoint *first = &c.plan.points[0], *last = &c.plan.points[c.plan.point_count - 1];
    assert_int_equal(c.plan.point_count, 7);
    assert_int_equal(first->score_head_bytes, 8ull << 20);
    assert_int_equal(last->score_head_bytes, 32ull << 30);
    assert_int_equal(last->score_layer_bytes, 2ull << 40);
    assert_int_equal(last->kv_bytes, 16ull << 30);
    assert_int_equal(last->saved_score_bytes, 32ull << 40);
    assert_int_equal(c.plan.weight_bytes, 2 * 8030261248ull);
    assert_non_null(strstr(c.plan.answer, "16 GiB of KV cache"));
    assert_string_equal(c.plan.breaks[0].what, "positions");
    assert_string_equal(c.plan.breaks[1].what, "score matrix");
    assert_false(c.plan.breaks[2].is_broken);
    assert_string_equal(c.plan.remedies[0].key, "standard");
    assert_string_equal(c.plan.remedies[1].key, "flash");
    assert_int_equal(remedy(&c.plan, "fp8-cache")->kv_bytes, 8ull << 30);
    /* Gemma's pattern: layers 5, 11, 17, 23, 29 of 32 keep all tokens, 27 keep 1024. */
    assert_int_equal(remedy(&c.plan, "window")->kv_bytes, (5ull * (128 << 10) + 27 * 1024) * 4096);
    arena_free(&c.arena);
}

/* Arithmetic by hand: 2 x 7.5 G parameters x 128K, and causal attention of 32 layers x 32 heads x 4 x 128. */
static void test_time_by_hand(void **state) {
    (void)state;
    static Case c;
    make(&c, "llama-3-8b", "h200", usual);
    double n = 131072, active = 8030261248.0 - 128256.0 * 4096;
    double linear_s = 2 * active * n / 989e12, attention_s = 32.0 * 32 * 4 * 128 * n * (n + 1) / 2 / 989e12;
    const PlanPoint *last = &c.plan.points[c.plan.point_count - 1];
    assert_true(fabs(last->flash_ns / 1e9 - (linear_s + attention_s)) < 1e-6);
    double token_s = (2 * active + 16.0 * (1 << 30)) / 4.8e12;
    assert_true(fabs(last->decode_ns / 1e9 - token_s) < 1e-9);
    /* A ring step: 64K rows of K and V of 8 heads of 128; link 450 GB/s. */
    assert_int_equal(c.plan.ring.step_bytes, 65536ull * 2 * 8 * 128 * 2);
    assert_true(fabs(c.plan.ring.step_link_ns - 268435456 / 450e9 * 1e9) < 1);
    arena_free(&c.arena);
}

/* The longest length fits and one token more does not, for both ways of running, on every GPU. */
static void test_limits_hold_to_the_token(void **state) {
    (void)state;
    static Case c;
    for (int g = 0; g < machine_table_count; g++)
        for (int m = 0; m < model_table_count; m++) {
            make(&c, model_table[m].name, machine_table[g].name, usual);
            for (int standard = 0; standard < 2; standard++) {
                PlanWay way = standard ? plan_flash_way(&c.model, c.plan.weight_gpu_count)
                                       : plan_chunked_way(&c.model, c.plan.weight_gpu_count);
                way.is_standard = standard;
                uint64_t longest = plan_longest_rows(&c.model, &way, 1, c.plan.usable_bytes);
                if (longest) assert_true(plan_memory_bytes(&c.model, &way, 1, longest) <= c.plan.usable_bytes);
                if (longest < 1 << 24)
                    assert_true(plan_memory_bytes(&c.model, &way, 1, longest + 1) > c.plan.usable_bytes);
                const PlanGpu *row = &c.plan.gpus[g];
                assert_int_equal(standard ? row->standard_rows : row->flash_rows, longest);
            }
            arena_free(&c.arena);
        }
}

/* Standard attention's memory is what the program of `standard` allocates: S and P beside Q, K, V, O. */
static void test_scores_as_the_program_allocates_them(void **state) {
    (void)state;
    static Case c;
    make(&c, "llama-2-7b", "a100-80", usual);
    for (int i = 0; i < 3; i++) {
        const PlanPoint *p = &c.plan.points[i];
        Err err = {0};
        Formula *f = ARENA_NEW(&c.arena, Formula);
        ModelLayer layer = {.is_global = true};
        LayersOptions options = {1, p->tokens_rows, "standard", true};
        Scenario s = layers_scenario(&c.model, &layer, &options, &c.machine);
        assert_true(algorithm_formula(algorithm_find("standard"), &s, f, &c.arena, &err));
        uint64_t operands = 4 * 32 * p->tokens_rows * 128 * 2;
        assert_int_equal(f->total[COUNTER_PEAK_HBM_BYTES], p->score_layer_bytes + operands);
    }
    arena_free(&c.arena);
}

static void test_ranks(void **state) {
    (void)state;
    static Case c;
    for (int m = 0; m < model_table_count; m++) {
        make(&c, model_table[m].name, "h100", usual);
        for (int i = 2; i < c.plan.remedy_count; i++) {
            const PlanRemedy *a = &c.plan.remedies[i - 1], *b = &c.plan.remedies[i];
            if (b->is_in_model) continue;
            assert_int_equal(b->rank, i);
            assert_true(a->fits >= b->fits);
            if (a->fits == b->fits) assert_true(a->training <= b->training);
            if (a->fits == b->fits && a->training == b->training) assert_true(a->exactness <= b->exactness);
        }
        arena_free(&c.arena);
    }
}

static void test_positions(void **state) {
    (void)state;
    static Case c;
    make(&c, "llama-3.1-8b", "h200", usual);
    assert_false(c.plan.positions.must_extend);
    arena_free(&c.arena);
    make(&c, "gpt2-medium", "h200", usual);
    assert_true(c.plan.positions.must_extend);
    assert_non_null(strstr(c.plan.positions.says, "no way without training"));
    arena_free(&c.arena);
    /* theta 10000, d = 128, 4096 positions: pairs whose period 2 pi 10000^(i/64) is above 4096 start at i = 46. */
    make(&c, "llama-2-7b", "h200", usual);
    assert_int_equal(c.plan.positions.unturned_count, 64 - 46);
    arena_free(&c.arena);
    make(&c, "mistral-7b", "h200", usual);
    assert_non_null(strstr(c.plan.positions.says, "Every layer is local"));
    arena_free(&c.arena);
}

static void test_bad_options(void **state) {
    (void)state;
    static Case c;
    static const struct {
        PlanOptions options;
        const char *says;
    } rows[] = {
        {{.from_rows = 4096, .to_rows = 2048}, "--to must be larger"},
        {{.from_rows = 0, .to_rows = 2048}, "between 1 and 16M"},
        {{.from_rows = 1, .to_rows = 1ull << 30}, "between 1 and 16M"},
        {{.from_rows = 1, .to_rows = 8, .batch_count = 1 << 20}, "--batch is 1048576"},
        {{.from_rows = 1, .to_rows = 1 << 24, .batch_count = 4096}, "63 bits"},
    };
    Err err = {0};
    assert_true(model_find("llama-3-8b", &c.model, &err) && machine_find("h200", &c.machine, &err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(plan_make(&c.model, &c.machine, rows[i].options, &c.plan, &c.arena, &err));
        if (!strstr(err.text, rows[i].says)) fail_msg("want \"%s\" got \"%s\"", rows[i].says, err.text);
    }
    arena_free(&c.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_llama_3_8b),
                                       cmocka_unit_test(test_time_by_hand),
                                       cmocka_unit_test(test_limits_hold_to_the_token),
                                       cmocka_unit_test(test_scores_as_the_program_allocates_them),
                                       cmocka_unit_test(test_ranks),
                                       cmocka_unit_test(test_positions),
                                       cmocka_unit_test(test_bad_options)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
