/* Values: rounding against worked cases, and every algorithm against float64 at every step. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>
#include <string.h>

#include "sim/attention/algorithm.h"
#include "sim/values.h"

static void rounding_by_hand(void **unused) {
    (void)unused;
    static const struct {
        Dtype dtype;
        float x, want;
    } rows[] = {
        {DTYPE_FP32, 0.1f, 0.1f},
        {DTYPE_FP16, 0.1f, 0.0999755859375f},
        {DTYPE_FP16, 1 + 0x1p-11f, 1},               /* a tie goes to even */
        {DTYPE_FP16, 1 + 3 * 0x1p-11f, 1 + 0x1p-9f}, /* up, to even */
        {DTYPE_FP16, 65519, 65504},
        {DTYPE_FP16, 65520, INFINITY},
        {DTYPE_FP16, -70000, -INFINITY},
        {DTYPE_FP16, 0x1p-24f, 0x1p-24f}, /* the smallest subnormal */
        {DTYPE_FP16, 0x1p-26f, 0},
        {DTYPE_BF16, 3.14159274f, 3.140625f},
        {DTYPE_BF16, 1 + 0x1p-8f, 1},
        {DTYPE_BF16, 1e-39f, 0x1.6p-130f},
        {DTYPE_FP8, 0.3f, 0.3125f},
        {DTYPE_FP8, 1000, 448},
        {DTYPE_FP8, 0x1p-10f, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float got = values_round(rows[i].x, rows[i].dtype);
        bool is_near = got == rows[i].want || (rows[i].want != 0 && fabsf(got / rows[i].want - 1) < 1e-6f) ||
                       (rows[i].x == 1e-39f && fabsf(got / 1e-39f - 1) < 0.004f);
        if (!is_near)
            fail_msg("row %zu: %s of %g: want %.9g, got %.9g", i, dtype_name(rows[i].dtype), (double)rows[i].x,
                     (double)rows[i].want, (double)got);
    }
}

typedef struct Case {
    Arena arena;
    Program program;
    ValuesInput input;
} Case;

static void open_case(Case *c, const char *algorithm, const char *text) {
    Err err = {0};
    Scenario s = scenario_default();
    memset(c, 0, sizeof *c);
    if (!scenario_read_text(&s, "test", text, &err) || !scenario_finish(&s, &err) ||
        !algorithm_program(algorithm_find(algorithm), &s, &c->program, &c->arena, &err) ||
        !values_make(&c->program, &c->arena, &c->input, &err))
        fail_msg("%s: %s", algorithm, err.text);
}

static const char *const algorithms[] = {"standard", "flash1", "flash2"};

/* The bound at every step: fp32 sums of N terms; for 16 bits P and O are rounded to 2^-11 or 2^-8 of about 1. */
static double tolerance(Dtype dtype) { return dtype == DTYPE_FP32 ? 2e-6 : dtype == DTYPE_FP16 ? 4e-3 : 3e-2; }

static void every_step_is_exact(const char *text) {
    for (int a = 0; a < 3; a++) {
        Case c;
        open_case(&c, algorithms[a], text);
        uint64_t steps = program_total(&c.program)->value[COUNTER_STEP_COUNT];
        for (uint64_t step = 0; step < steps; step += 1 + (step % 3)) {
            ReplayState state;
            ValuesState values;
            replay_seek(&c.program, step, &state);
            values_at(&c.program, &c.input, &state, &c.arena, &values);
            if (!(values.error_max <= tolerance(c.input.dtype)))
                fail_msg("%s, %s, step %llu: error %g", algorithms[a], text, (unsigned long long)step,
                         values.error_max);
        }
        ReplayState last;
        ValuesState values;
        replay_seek(&c.program, steps - 1, &last);
        values_at(&c.program, &c.input, &last, &c.arena, &values);
        for (uint64_t i = 0; i < c.input.rows; i++) {
            uint64_t visible = c.program.scenario.is_causal ? i + 1 + c.input.keys - c.input.rows : c.input.keys;
            assert_int_equal(values.seen_keys[i], visible);
        }
        arena_free(&c.arena);
    }
}

static void fp32_is_exact_at_every_step(void **unused) {
    (void)unused;
    every_step_is_exact("batch = 1\nheads = 2\nseq = 24\nhead-dim = 8\nblock-q = 8\nblock-k = 4\ndtype = fp32\n");
}
static void fp16_and_bf16_within_their_rounding(void **unused) {
    (void)unused;
    every_step_is_exact("batch = 1\nheads = 1\nseq = 24\nhead-dim = 8\nblock-q = 8\nblock-k = 4\ndtype = fp16\n");
    every_step_is_exact("batch = 1\nheads = 1\nseq = 24\nhead-dim = 8\nblock-q = 8\nblock-k = 4\ndtype = bf16\n");
}
static void causal_and_ragged(void **unused) {
    (void)unused;
    every_step_is_exact("batch = 2\nheads = 1\nseq = 21\nkv-seq = 30\nhead-dim = 8\nblock-q = 8\nblock-k = 4\ncausal = "
                        "on\ndtype = fp32\n");
}

/* The maximum rises and the sum is scaled: m, l after the last tile equal those of the whole row. */
static void statistics_of_flash2_equal_the_whole_row(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, "flash2", "batch = 1\nheads = 1\nseq = 16\nhead-dim = 8\nblock-q = 16\nblock-k = 4\ndtype = fp32\n");
    ReplayState last;
    ValuesState values;
    replay_seek(&c.program, program_total(&c.program)->value[COUNTER_STEP_COUNT] - 1, &last);
    values_at(&c.program, &c.input, &last, &c.arena, &values);
    int rescaled_count = 0;
    for (uint64_t i = 0; i < 16; i++) {
        double m = -INFINITY, l = 0;
        for (uint64_t j = 0; j < 16; j++) m = fmax(m, (double)values.scores[i * 16 + j]);
        for (uint64_t j = 0; j < 16; j++) l += exp((double)values.scores[i * 16 + j] - m);
        assert_float_equal((double)values.row_max[i], m, 1e-7);
        assert_float_equal((double)values.row_sum[i], l, 1e-5);
        assert_true(values.rescale[i] > 0 && values.rescale[i] <= 1);
        rescaled_count += values.rescale[i] < 1;
    }
    assert_true(rescaled_count > 0 && rescaled_count < 16);
    arena_free(&c.arena);
}

static void what_is_not_modelled_is_refused(void **unused) {
    (void)unused;
    const char *texts[] = {"seq = 256\n", "seq = 32\ndropout = 0.1\n", "seq = 32\nmask = additive\n"};
    for (int i = 0; i < 3; i++) {
        Err err = {0};
        Arena arena = {0};
        Scenario s = scenario_default();
        Program program = {0};
        ValuesInput input;
        assert_true(scenario_read_text(&s, "test", texts[i], &err) && scenario_finish(&s, &err));
        assert_true(algorithm_program(algorithm_find("flash2"), &s, &program, &arena, &err));
        assert_false(values_make(&program, &arena, &input, &err));
        assert_int_equal(err.code, ERR_USAGE);
        arena_free(&arena);
    }
}

static void equal_seeds_give_equal_numbers(void **unused) {
    (void)unused;
    Case a, b, other;
    open_case(&a, "flash2", "seq = 16\nhead-dim = 8\nseed = 7\n");
    open_case(&b, "standard", "seq = 16\nhead-dim = 8\nseed = 7\n");
    open_case(&other, "flash2", "seq = 16\nhead-dim = 8\nseed = 8\n");
    assert_memory_equal(a.input.q, b.input.q, sizeof(float) * 16 * 8);
    assert_memory_not_equal(a.input.q, other.input.q, sizeof(float) * 16 * 8);
    arena_free(&a.arena), arena_free(&b.arena), arena_free(&other.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_by_hand),
        cmocka_unit_test(fp32_is_exact_at_every_step),
        cmocka_unit_test(fp16_and_bf16_within_their_rounding),
        cmocka_unit_test(causal_and_ragged),
        cmocka_unit_test(statistics_of_flash2_equal_the_whole_row),
        cmocka_unit_test(what_is_not_modelled_is_refused),
        cmocka_unit_test(equal_seeds_give_equal_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
