/* Key words in prose: what is said is found, and what is not said is not found in the letters of other words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lessons/key_words.h"

static void what_is_said_is_found(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"O is written only once", "o once / written once"},
        {"It is memory-bound.", "memory bound"},
        {"Rescaling by exp(m_old - m_new)", "rescal / factor"},
        {"N^2 of them", "quadratic / n^2"},
        {"each SM waits", "sm / grid"},
        {"all SMs", "sm"},
        {"the running maximum", "max"},
        {"keep m", "max / m"},
        {"the log-sum-exp of a row", "log-sum-exp / lse"},
        {"K and also V are read", "k and v"},
        {"L2 has it", "l2 / cache"},
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++)
        if (!key_words_are_in(rows[i][0], rows[i][1])) fail_msg("'%s' is in '%s'", rows[i][1], rows[i][0]);
}

static void what_is_not_said_is_not_found(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"some small numbers", "max / m"},
        {"smaller tiles", "sm / grid"},
        {"all of it", "sum / l"},
        {"once more it is written", "written once"},
        {"written to memory and then read back at once", "written once"},
        {"", "l2 / cache"},
        {"nothing", ""},
        {"nothing", " / "},
        {"L20", "l2"},
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++)
        if (key_words_are_in(rows[i][0], rows[i][1])) fail_msg("'%s' is not in '%s'", rows[i][1], rows[i][0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_found),
        cmocka_unit_test(what_is_not_said_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
