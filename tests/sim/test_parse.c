/* Text that a person wrote: what is cut off, what is read, what is refused with the value and the rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/parse.h"

static void both_ends_are_trimmed(void **state) {
    (void)state;
    const char *rows[][2] = {{"", ""}, {" \t\n", ""}, {"a", "a"}, {"  a b ", "a b"}, {"a\n", "a"}, {"\ta", "a"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[16];
        strcpy(text, rows[i][0]);
        assert_string_equal(parse_trim(text), rows[i][1]);
    }
}

static void sizes_are_read_and_written_back(void **state) {
    (void)state;
    const struct {
        const char *text;
        uint64_t want;
    } rows[] = {{"1", 1}, {"64K", 65536}, {"64k", 65536}, {"3M", 3 << 20}, {"1000", 1000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t got, again;
        Err err;
        if (!parse_size(rows[i].text, "seq", 1, 1 << 24, &got, &err)) fail_msg("%s", err.text);
        assert_int_equal(got, rows[i].want);
        assert_true(parse_size(parse_size_text(got).text, "seq", 1, 1 << 24, &again, &err));
        assert_int_equal(again, got);
    }
}

static void a_bad_size_is_refused_by_value_and_rule(void **state) {
    (void)state;
    const char *bad[] = {"", "-5", "0", "1.5K", "64KB", "K", "17M", "99999999999999999999", "18014398509481984K"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t size = 7;
        Err err;
        if (parse_size(bad[i], "seq", 1, 1 << 24, &size, &err)) fail_msg("taken: '%s'", bad[i]);
        assert_int_equal(size, 7);
        if (!strstr(err.text, "seq is '") || !strstr(err.text, bad[i]) || !strstr(err.text, "1 to 16M"))
            fail_msg("want the value and the rule, got: %s", err.text);
    }
}

static void the_nearest_name_is_offered(void **state) {
    (void)state;
    Nearest near = {.word = "heds"}, far = {.word = "zzzzzz"};
    const char *names[] = {"seq", "heads", "head-dim"};
    for (size_t i = 0; i < 3; i++) nearest_try(&near, names[i]), nearest_try(&far, names[i]);
    assert_string_equal(nearest_hint(&near).text, "; did you mean 'heads'?");
    assert_string_equal(nearest_hint(&far).text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_are_trimmed),
        cmocka_unit_test(sizes_are_read_and_written_back),
        cmocka_unit_test(a_bad_size_is_refused_by_value_and_rule),
        cmocka_unit_test(the_nearest_name_is_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
