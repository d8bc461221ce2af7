/* The formula language: values, precedence, functions, and every refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/formula.h"

static Formula with_symbols(void) {
    Formula f = {0};
    Err err;
    assert_true(formula_symbol(&f, "N", 1000, "rows", &err));
    assert_true(formula_symbol(&f, "N_k", 7, "keys", &err));
    assert_true(formula_symbol(&f, "B_r", 128, "tile", &err));
    return f;
}

static void test_values(void **unused) {
    (void)unused;
    Formula f = with_symbols();
    const struct {
        const char *expression;
        uint64_t want;
    } cases[] = {{"2 + 3*4", 14},
                 {"(2 + 3)*4", 20},
                 {"N/B_r", 7},
                 {"ceil(N, B_r)", 8},
                 {"ceil(1024, B_r)", 8},
                 {"min(N, N_k)", 7},
                 {"max(N, N_k)*2", 2000},
                 {"N - N_k - 1", 992},
                 {"4*(N - N_k)*N_k", 4 * 993 * 7},
                 {"0", 0},
                 {"ceil(N - 1, 3) + 1", 334},
                 {"9223372036854775807", 9223372036854775807u}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t got = 0;
        Err err;
        if (!formula_evaluate(&f, cases[i].expression, &got, &err)) fail_msg("%s", err.text);
        assert_int_equal(got, cases[i].want);
    }
}

static void test_refusals(void **unused) {
    (void)unused;
    Formula f = with_symbols();
    const struct {
        const char *expression, *says;
    } cases[] = {{"N +", "expected"},
                 {"M", "unknown symbol"},
                 {"N/0", "division by zero"},
                 {"N_k - N", "below zero"},
                 {"(N", "missing )"},
                 {"sqrt(N, 2)", "unknown function"},
                 {"min(N)", "missing ,"},
                 {"N N", "unexpected"},
                 {"9223372036854775807*2", "63 bits"},
                 {"99999999999999999999", "63 bits"},
                 {"ceil(N, 0)", "division by zero"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t got = 42;
        Err err = {0};
        assert_false(formula_evaluate(&f, cases[i].expression, &got, &err));
        assert_int_equal(got, 42);
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s: got '%s', want '%s' in it", cases[i].expression, err.text, cases[i].says);
    }
}

static void test_rows_and_substitution(void **unused) {
    (void)unused;
    Formula f = with_symbols();
    Err err;
    Arena arena = {0};
    assert_true(formula_row(&f, COUNTER_FLOPS, "k", "", "2*N*N_k", "", &err));
    assert_true(formula_row(&f, COUNTER_FLOPS, "k", "", "N", "", &err));
    assert_true(formula_row(&f, COUNTER_PEAK_HBM_BYTES, "k", "", "N", "", &err));
    assert_true(formula_row(&f, COUNTER_PEAK_HBM_BYTES, "k", "", "N_k", "", &err));
    assert_int_equal(f.total[COUNTER_FLOPS], 15000);
    assert_int_equal(f.total[COUNTER_PEAK_HBM_BYTES], 1000); /* a gauge: the largest */
    assert_false(f.has_counter[COUNTER_EXP_COUNT]);
    assert_string_equal(formula_substitute(&f, "2*(N - N_k)*ceil(N, B_r)", &arena), "2*(1000 - 7)*ceil(1000, 128)");
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_rows_and_substitution)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
