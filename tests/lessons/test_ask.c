/* Numbers asked of the tool: grammar by table, names against count itself, claims, and expressions of noise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/ask.h"
#include "sim/base/random.h"

static AskMemory memory;
static Scenario scenario;

static int set_up(void **state) {
    (void)state;
    Err err;
    scenario = scenario_default();
    return scenario_read_text(
               &scenario, "test",
               "batch = 2\nheads = 4\nkv-heads = 2\nseq = 512\nhead-dim = 64\ndtype = fp16\ngpu = a100-40\n", &err)
               ? 0
               : 1;
}
static int tear_down(void **state) {
    (void)state;
    ask_memory_free(&memory);
    return 0;
}

static Ask ask(void) { return (Ask){.scenario = &scenario, .memory = &memory}; }

static void expressions_are_evaluated(void **state) {
    (void)state;
    const struct {
        const char *text;
        double want;
    } rows[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"2 ^ 10", 1024},
        {"8 / 2 / 2", 2},
        {"10 - 3 - 2", 5},
        {"8K", 8192},
        {"1.5", 1.5},
        {"N", 512},
        {"N[seq=8K]", 8192},
        {"N_k[seq=8K]", 8192},
        {"(N * d)[seq=1K]", 65536},
        {"h / h_k", 2},
        {"e[dtype=fp32]", 4},
        {"B * L", 2},
        {"(N + N[seq=1K])[seq=2K]", 3072},
        {"ceil(7 / 2)", 4},
        {"floor(7 / 2)", 3},
        {"min(3, 2)", 2},
        {"max(3, 2)", 3},
        {"sqrt(16)", 4},
        {"log2(8)", 3},
        {"exp(0)", 1},
        {"gpu.sm_count", 108},
        {"gpu.sm_count[gpu=h100]", 132},
        {"standard.S.size_bytes", 2 * 4 * 512.0 * 512 * 2},
        {"standard.\"S = QK^T\".S.issued_write_bytes", 2 * 4 * 512.0 * 512 * 2},
        {"flash2.symbol.T_r", 4},
        {"flash2.symbol.T_r[block-q=64]", 8},
        {"flash2.block_count", 2 * 4 * 4},
        {"flash2.threads_per_block", 128},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Ask a = ask();
        double value;
        Err err;
        if (!ask_number(&a, rows[i].text, &value, &err)) fail_msg("%s: %s", rows[i].text, err.text);
        if (fabs(value - rows[i].want) > 1e-9 * rows[i].want)
            fail_msg("%s: want %g, got %g", rows[i].text, rows[i].want, value);
    }
}

static void names_are_what_count_says(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario finished;
    Count count;
    Ask a = ask();
    double value;
    assert_true(ask_scenario(&scenario, "seq=1K, pass=both", &finished, NULL));
    assert_true(count_algorithm(algorithm_find("flash1"), &finished, (CountOptions){true}, &count, &arena, NULL));
    for (int id = 0; id < COUNTER_TREE_COUNT; id++) {
        assert_true(
            ask_number(&a, arena_format(&arena, "flash1.%s[seq=1K, pass=both]", counter_info[id].key), &value, NULL));
        assert_true(value == (double)count.totals.value[id]);
    }
    for (int k = 0; k < count.kernel_count; k++)
        for (int t = 0; t < count.kernels[k].tensor_count; t++) {
            const CountTensor *tensor = &count.kernels[k].tensors[t];
            assert_true(ask_number(&a,
                                   arena_format(&arena, "flash1.\"%s\".\"%s\".issued_read_bytes[seq=1K, pass=both]",
                                                count.kernels[k].name, tensor->name),
                                   &value, NULL));
            assert_true(value == (double)tensor->totals.value[COUNTER_ISSUED_READ_BYTES]);
        }
    arena_free(&arena);
}

static void what_cannot_be_asked_is_refused(void **state) {
    (void)state;
    const char *bad[] = {"",
                         "1 +",
                         "(1",
                         "1)",
                         "x",
                         "N[",
                         "N[seq=0]",
                         "N[seq=8K",
                         "N[nonsense=1]",
                         "standard",
                         "standard.nonsense",
                         "standard.X.issued_read_bytes",
                         "gpu.nonsense",
                         "1 / 0",
                         "min(1)",
                         "sqrt(",
                         "standard.\"S",
                         "1 2",
                         "10 ^ 400",
                         "mine.issued_read_bytes",
                         "a.b.c.d.e.f",
                         "((((((((((((((((((((((((((((1))))))))))))))))))))))))))))",
                         "flash2.issued_bytes[block-q=64K]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Ask a = ask();
        double value = 7;
        Err err = {0};
        if (ask_number(&a, bad[i], &value, &err)) fail_msg("'%s' is %g", bad[i], value);
        assert_true(strlen(err.text) > 8);
        assert_true(value == 7);
    }
}

static void texts_are_expanded(void **state) {
    (void)state;
    Arena arena = {0};
    Ask a = ask();
    const char *out;
    Err err;
    const struct {
        const char *text, *want;
    } rows[] = {
        {"no numbers", "no numbers"},
        {"S is {{N * N * e as KiB}}, {{N}} rows", "S is 512 KiB, 512 rows"},
        {"{{1024 * 1024 * 1536 as bytes}}", "1,610,612,736 bytes"},
        {"{{64 as x}} and {{1 / 3 as x}}", "64x and 0.333x"},
        {"{{1 / 8 as %}}", "12.5%"},
        {"{{0.0033 as ms}}", "3.30 ms"},
        {"{{cite 41.7 ms | FlashAttention, Fig. 2}}", "41.7 ms (FlashAttention, Fig. 2)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!ask_expand(&a, rows[i].text, &out, &arena, &err)) fail_msg("%s: %s", rows[i].text, err.text);
        assert_string_equal(out, rows[i].want);
    }
    const char *bad[] = {"{{N", "{{cite 41.7 ms}}", "{{N as parsecs}}", "{{nonsense}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(ask_expand(&a, bad[i], &out, &arena, &err));
    arena_free(&arena);
}

static void claims_are_judged(void **state) {
    (void)state;
    const struct {
        const char *text;
        bool want;
    } rows[] = {{"1 < 2", true},
                {"2 < 1", false},
                {"2 <= 2", true},
                {"2 >= 3", false},
                {"N = 512", true},
                {"N[seq=1K] = 1024", true},
                {"standard.\"S = QK^T\".issued_bytes > standard.softmax.issued_write_bytes", true},
                {"3 > 3", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Ask a = ask();
        bool is_true;
        Err err;
        if (!ask_claim(&a, rows[i].text, &is_true, &err)) fail_msg("%s: %s", rows[i].text, err.text);
        if (is_true != rows[i].want) fail_msg("%s", rows[i].text);
    }
    Ask a = ask();
    bool is_true;
    assert_false(ask_claim(&a, "1 + 1", &is_true, NULL));
}

static void noise_does_no_harm(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "N", "d",  "standard", "flash2", ".", "issued_bytes", "[", "]",  "seq=1K", "(",    ")",  "+", "*", "/", "^",
        "2", "1K", "\"",       "S",      ",", "min(",         " ", "{{", "}}",     " as ", "KiB"};
    uint64_t seed = 3;
    for (int i = 0; i < 20000; i++) {
        char text[300] = "";
        for (int k = 0; k < 12; k++) {
            strcat(text, pieces[random_below(&seed, sizeof pieces / sizeof pieces[0])]);
        }
        Arena arena = {0};
        Ask a = ask();
        double value;
        const char *out;
        Err err = {0};
        if (ask_number(&a, text, &value, &err))
            assert_true(isfinite(value));
        else
            assert_true(strlen(err.text) > 8);
        (void)ask_expand(&a, text, &out, &arena, &err);
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_are_evaluated),
        cmocka_unit_test(names_are_what_count_says),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
        cmocka_unit_test(texts_are_expanded),
        cmocka_unit_test(claims_are_judged),
        cmocka_unit_test(noise_does_no_harm),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
