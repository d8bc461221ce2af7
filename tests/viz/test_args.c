/* verb_parse on hand-made and on random command lines, and the table printer on small tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "viz/cli/table.h"
#include "viz/cli/verb.h"

enum { WORDS_MAX = 8 };

typedef struct Parsed {
    Scenario scenario;
    OutputFormat format;
    const char *out_path;
    bool is_explained, is_accepted;
    Err err;
} Parsed;

/* Words end at NULL. */
static Parsed parse(const char *const *words) {
    char verb[] = "count", *argv[WORDS_MAX + 1] = {verb};
    int argc = 1;
    Parsed parsed = {0};
    while (*words) argv[argc++] = (char *)(uintptr_t)*words++;
    const VerbOption own[] = {{"explain", NULL, &parsed.is_explained}, {"o", &parsed.out_path, NULL}};
    parsed.is_accepted = verb_parse(argc, argv, own, 2, &parsed.scenario, &parsed.format, &parsed.err);
    return parsed;
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void options_in_any_form_and_order(void **state) {
    (void)state;
    Parsed p = PARSE("--seq", "2K", "--json", "--explain", "--dtype=bf16", "-o", "x");
    assert_true(p.is_accepted);
    assert_int_equal(p.scenario.query_rows, 2048);
    assert_int_equal(p.scenario.key_rows, 2048);
    assert_int_equal(p.scenario.dtype, DTYPE_BF16);
    assert_int_equal(p.format, OUTPUT_JSON);
    assert_true(p.is_explained);
    assert_string_equal(p.out_path, "x");
}

static void the_last_of_two_wins_except_algorithms(void **state) {
    (void)state;
    Parsed p = PARSE("--seq", "2K", "--seq=4K", "--algorithm", "flash2", "--algorithm=standard");
    assert_true(p.is_accepted);
    assert_int_equal(p.scenario.query_rows, 4096);
    assert_int_equal(p.scenario.algorithm_count, 2);
    assert_string_equal(p.scenario.algorithms[0], "flash2");
}

static void a_switch_takes_no_word_but_on_and_off(void **state) {
    (void)state;
    Parsed p = PARSE("--causal", "--seq", "64");
    assert_true(p.is_accepted && p.scenario.is_causal);
    p = PARSE("--causal", "on", "--seq", "64");
    assert_true(p.is_accepted && p.scenario.is_causal);
    p = PARSE("--causal", "off");
    assert_true(p.is_accepted && !p.scenario.is_causal);
    p = PARSE("--causal", "/nonexistent/file");
    assert_false(p.is_accepted);
    assert_non_null(strstr(p.err.text, "/nonexistent/file cannot be read"));
}

static uint64_t random_state = 3;

/* Accepted, and then in range; or refused in one sentence. */
static void random_words_are_parsed_or_refused(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "--seq",          "--seq=", "4K",          "-",         "--",         "=",  "--causal", "--gpu",
        "h100",           "--json", "--csv",       "--explain", "0",          "-1", "--l2",     "off",
        "--gpu.l2_bytes", "1e9",    "--algorithm", "flash1",    "--kv-heads", "3",  "",         "--dropout"};
    int accepted_count = 0;
    for (int i = 0; i < 20000; i++) {
        const char *words[WORDS_MAX] = {0};
        char noise[16];
        for (uint64_t n = random_below(&random_state, WORDS_MAX), j = 0; j < n; j++)
            words[j] = pieces[random_below(&random_state, sizeof pieces / sizeof *pieces)];
        for (int j = 0; j < 15; j++) noise[j] = (char)(1 + random_below(&random_state, 255));
        noise[15] = 0;
        if (words[0] && random_below(&random_state, 4) == 0) words[0] = noise;
        Parsed p = parse(words);
        accepted_count += p.is_accepted;
        if (p.is_accepted) {
            assert_true(p.scenario.query_rows > 0 && p.scenario.key_rows > 0 && p.scenario.algorithm_count > 0);
            assert_int_equal(p.scenario.head_count % p.scenario.kv_head_count, 0);
        } else {
            assert_true(p.err.code == ERR_USAGE || p.err.code == ERR_OTHER);
            assert_true(strlen(p.err.text) > 10);
            assert_null(strchr(p.err.text, '\n'));
        }
    }
    assert_in_range(accepted_count, 100, 19900); /* both roads were taken */
}

static void tables_align(void **state) {
    (void)state;
    Arena arena = {0};
    Output output = {0};
    Table table;
    table_begin(&table, &arena, "lrl");
    const char *const cells[] = {"name", "bytes", "", "Q", "12", "=", "long name", "1,234", "", "\xc3\xa9", "5", "x"};
    for (int i = 0; i < 12; i++) table_cell(&table, "%s", cells[i]);
    table_print(&table, 1, &output);
    assert_string_equal(output.text, " name       bytes\n"
                                     " Q             12  =\n"
                                     " long name  1,234\n"
                                     " \xc3\xa9              5  x\n");
    output_free(&output);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_in_any_form_and_order),
        cmocka_unit_test(the_last_of_two_wins_except_algorithms),
        cmocka_unit_test(a_switch_takes_no_word_but_on_and_off),
        cmocka_unit_test(random_words_are_parsed_or_refused),
        cmocka_unit_test(tables_align),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
