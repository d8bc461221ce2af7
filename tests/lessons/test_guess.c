/* Reading and marking guesses: right, nearly right, off by two, 1024 for 1000, a wrong unit, something forgotten. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/guess.h"

#define GIB (1024.0 * 1024 * 1024)

static void reads(const char *text, const char *unit, double want) {
    Guess guess;
    Err err;
    if (!guess_parse(text, guess_unit_find(unit), &guess, &err)) fail_msg("%s: %s", text, err.text);
    if (fabs(guess.value - want) > 1e-9 * fabs(want)) fail_msg("%s: want %.17g, got %.17g", text, want, guess.value);
}

static void guesses_are_read(void **state) {
    (void)state;
    reads("1.5 GiB", "bytes", 1.5 * GIB);
    reads("1.5GB", "bytes", 1.5e9);
    reads(" 1,024 bytes ", "GB", 1024);
    reads("12", "GB", 12e9);
    reads("2*1024*64", "bytes", 2 * 1024 * 64);
    reads("1024 x 1024 x 2 bytes", "GB", 2.0 * 1024 * 1024);
    reads("2^20", "bytes", 1048576);
    reads("128K", "tokens", 131072);
    reads("3 million", "steps", 3e6);
    reads("64x", "x", 64);
    reads("64 times", "x", 64);
    reads("25%", "x", 0.25);
    reads("25", "%", 0.25);
    reads("1e9", "bytes", 1e9);
    reads("1.2e-3 s", "ms", 1.2e-3);
    reads("~ 40 us", "ms", 40e-6);
    reads("4.8 TB/s", "GB/s", 4.8e12);
    reads("10 gib", "bytes", 10 * GIB);
    reads("8 G", "bytes", 8 * GIB);
    reads("1.5 PB", "bytes", 1.5e15);
    reads("12 kB", "bytes", 12e3);
    reads("1/4", "x", 0.25);
    reads("exp(2-3)", "count", exp(-1));
    reads("e^-1", "count", exp(-1));
    reads("1 + exp(-1)", "count", 1 + exp(-1));
    reads("(4 + 2*3) * 2 MiB", "bytes", 20 * 1048576.0);
    reads("2 * (1 - 0.25)", "x", 1.5);
    reads("sqrt(16) x 2^10", "count", 4096);
    reads("7 - 2 GB", "bytes", 5e9);
}

static void one_thing_is_named_in_the_singular(void **state) {
    (void)state;
    const struct {
        const char *unit, *one, *two;
    } rows[] = {{"tokens", "token", "tokens"}, {"GPUs", "GPU", "GPUs"}, {"length", "length", "length"},
                {"bytes", "bytes", "bytes"},   {"x", "x", "x"},         {"ms", "ms", "ms"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const GuessUnit *unit = guess_unit_find(rows[i].unit);
        char one[32], two[32];
        snprintf(one, sizeof one, "%.*s", guess_unit_chars(unit, 1), unit->name);
        snprintf(two, sizeof two, "%.*s", guess_unit_chars(unit, 2), unit->name);
        assert_string_equal(one, rows[i].one);
        assert_string_equal(two, rows[i].two);
        assert_ptr_equal(guess_unit_find(one), unit); /* what is shown can be typed */
    }
    reads("1 token", "tokens", 1);
    reads("1 Warp", "warps", 1);
}

static void nonsense_is_refused_with_a_sentence(void **state) {
    (void)state;
    const char *bad[] = {"",
                         "  ",
                         "lots",
                         "GB",
                         "1..2",
                         "1 GB 2",
                         "3 parsecs",
                         "1 *",
                         "2^",
                         ".",
                         "1e999",
                         "-5 GB",
                         "*4",
                         "1 2",
                         "(1",
                         "exp 2",
                         "exp()",
                         "1 +",
                         "((((((((((1))))))))))",
                         "2 - 3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Guess guess = {.value = 7};
        Err err = {0};
        if (guess_parse(bad[i], guess_unit_find("bytes"), &guess, &err))
            fail_msg("'%s' was read as %g", bad[i], guess.value);
        assert_int_equal(err.code, ERR_USAGE);
        assert_true(strlen(err.text) > 20);
        assert_true(guess.value == 7);
    }
    char longest[400];
    memset(longest, '1', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    Guess guess;
    assert_false(guess_parse(longest, guess_unit_find("bytes"), &guess, NULL));
}

static Verdict verdict(const char *text, const GuessTruth *truth) {
    Guess guess;
    Err err;
    if (!guess_parse(text, truth->unit, &guess, &err)) fail_msg("%s: %s", text, err.text);
    Judgement j = guess_judge(&guess, truth);
    assert_true(strlen(j.text) >= 5);
    return j.verdict;
}

static const char *verdict_name(Verdict verdict) {
    static const char *const names[] = {"right",         "near",           "known slip",    "1024 for 1000",
                                        "factor of two", "bits for bytes", "wrong prefix",  "same order",
                                        "too low",       "too high",       "wrong quantity"};
    return names[verdict];
}

static void marking_names_the_mistake(void **state) {
    (void)state;
    GuessSlip slips[] = {{6e9, "You left out the second read of S."}};
    GuessTruth truth = {4 * GIB, guess_unit_find("GB"), 0.03, slips, 1}; /* 4.295 GB */
    struct {
        const char *text;
        Verdict want;
    } rows[] = {
        {"4 GiB", VERDICT_RIGHT},
        {"4.29 GB", VERDICT_RIGHT},
        {"4.4 GB", VERDICT_RIGHT},
        {"4.5 GB", VERDICT_NEAR},
        {"3.5 GB", VERDICT_NEAR},
        {"6 GB", VERDICT_SLIP},
        {"4 GB", VERDICT_1024},
        {"4.295 GiB", VERDICT_1024},
        {"8 GiB", VERDICT_FACTOR_TWO},
        {"2 GiB", VERDICT_FACTOR_TWO},
        {"32 GiB", VERDICT_BITS},
        {"512 MiB", VERDICT_BITS},
        {"4.29 MB", VERDICT_PREFIX},
        {"4 MiB", VERDICT_PREFIX},
        {"4 TiB", VERDICT_PREFIX},
        {"7 GB", VERDICT_SAME_ORDER},
        {"100 GB", VERDICT_TOO_HIGH},
        {"20 MB", VERDICT_TOO_LOW},
        {"0", VERDICT_TOO_LOW},
        {"4 ms", VERDICT_WRONG_QUANTITY},
        {"4x", VERDICT_WRONG_QUANTITY},
        {"4.29", VERDICT_RIGHT},
        {"4294967296", VERDICT_RIGHT},
        {"6000000000", VERDICT_SLIP},
        {"8589934592", VERDICT_FACTOR_TWO}, /* bare numbers: in the question's unit, or plain bytes */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Verdict got = verdict(rows[i].text, &truth);
        if (got != rows[i].want)
            fail_msg("%s: want %s, got %s", rows[i].text, verdict_name(rows[i].want), verdict_name(got));
    }
}

static void a_known_slip_is_told_in_its_own_words(void **state) {
    (void)state;
    GuessSlip slips[] = {{64, "You doubled only one side."}, {8, "S grows on both sides: 8 x 8."}};
    GuessTruth truth = {4096, guess_unit_find("x"), 0.01, slips, 2};
    Guess guess;
    assert_true(guess_parse("8x", truth.unit, &guess, NULL));
    Judgement j = guess_judge(&guess, &truth);
    assert_string_equal(j.text, "S grows on both sides: 8 x 8.");
    assert_true(j.points == 0);
    assert_true(guess_parse("4096", truth.unit, &guess, NULL));
    assert_true(guess_judge(&guess, &truth).points == 1);
}

static void orders_of_magnitude_are_counted(void **state) {
    (void)state;
    GuessTruth truth = {1e9, guess_unit_find("bytes"), 0.02, NULL, 0};
    Guess guess;
    assert_true(guess_parse("310 GB", truth.unit, &guess, NULL));
    assert_non_null(strstr(guess_judge(&guess, &truth).text, "2 orders"));
    assert_true(guess_parse("4 MB", truth.unit, &guess, NULL));
    assert_non_null(strstr(guess_judge(&guess, &truth).text, "low by a factor of 250"));
    assert_true(guess_parse("531 KB", truth.unit, &guess, NULL));
    assert_non_null(strstr(guess_judge(&guess, &truth).text, "low by a factor of 1,880"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guesses_are_read),
        cmocka_unit_test(one_thing_is_named_in_the_singular),
        cmocka_unit_test(nonsense_is_refused_with_a_sentence),
        cmocka_unit_test(marking_names_the_mistake),
        cmocka_unit_test(a_known_slip_is_told_in_its_own_words),
        cmocka_unit_test(orders_of_magnitude_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
