/* Scenarios as text: tables of what is read and refused, the way there and back, and bytes that no person typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/attention/algorithm.h"
#include "sim/base/checked.h"
#include "sim/base/random.h"
#include "sim/scenario.h"

static void sets_what_is_said(void **state) {
    (void)state;
    static const struct {
        const char *key, *value, *want; /* want: as scenario_format_value gives it back */
    } cases[] = {
        {"seq", "128K", "131072"},
        {"seq", "16m", "16777216"},
        {"batch", "1", "1"},
        {"kv-heads", "heads", "heads"},
        {"kv-seq", "seq", "seq"},
        {"kv-seq", "77", "77"},
        {"dtype", "fp8", "fp8"},
        {"dtype", "fp32", "fp32"},
        {"pass", "both", "both"},
        {"pass", "forward", "forward"},
        {"causal", "on", "on"},
        {"causal", "off", "off"},
        {"mask", "padding", "padding"},
        {"dropout", "0.1", "0.1"},
        {"dropout", "0", "0"},
        {"dropout", ".5", "0.5"},
        {"dropout", "1e-3", "0.001"},
        {"block-q", "auto", "auto"},
        {"block-k", "64", "64"},
        {"gpu", "h100", "h100"},
        {"l2", "off", "off"},
        {"l2", "on", "on"},
        {"l2", "60M", "62914560"},
        {"accounting", "paper", "paper"},
        {"memory", "kernels", "kernels"},
        {"global-tokens", "0", "0"},
        {"window", "auto", "auto"},
        {"seed", "9223372036854775807", "9223372036854775807"},
        {"algorithm", "flash2,flash1", "flash2,flash1"},
        {"l2-store", "near", "near"},
        {"l2-start", "flushed", "flushed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Scenario scenario = scenario_default();
        Err err = {0};
        char got[256];
        if (!scenario_set(&scenario, cases[i].key, cases[i].value, &err)) fail_msg("%s", err.text);
        scenario_format_value(&scenario, cases[i].key, got, sizeof got);
        assert_string_equal(got, cases[i].want);
    }
}

static void refuses_and_leaves_untouched(void **state) {
    (void)state;
    static const struct {
        const char *key, *value, *part; /* part of the sentence */
    } cases[] = {
        {"seq", "", "seq is ''"},
        {"seq", "0", "from 1 to 16M"},
        {"seq", "-5", "seq is '-5'"},
        {"seq", "1e99", "seq is '1e99'"},
        {"seq", "18446744073709551615", "from 1 to 16M"},
        {"seq", "18014398509481985K", "from 1 to 16M"}, /* 2^64 + 1024: must not wrap to 1 */
        {"seq", "4\n", "seq is '4?'"},
        {"seed", "9223372036854775808", "seed is"},
        {"dropout", "1", "below 1"},
        {"dropout", "0.99999999999999999999", "below 1"},
        {"dropout", "", "below 1"},
        {"dropout", "1e999", "below 1"},
        {"pass", "", "one of forward|backward|both"},
        {"pass", "forward|", "one of forward|backward|both"},
        {"causal", "yes", "on or off"},
        {"gpu", "nosuch", "gpu is 'nosuch'"},
        {"gpu.sm_count", "many", "gpu.sm_count is 'many'"},
        {"gpu.nosuch", "1", "unknown key 'nosuch' of a GPU"},
        {"gpu.", "1", "unknown key"},
        {"l2", "-1", "l2 (on, off or a size)"},
        {"algorithm", "standard,", "algorithm is ''"},
        {"nosuch", "1", "unknown key 'nosuch'"},
        {"", "1", "unknown key ''"},
        {"Seq", "1", "did you mean 'seq'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Scenario scenario = scenario_default(), before = scenario;
        Err err = {0};
        if (scenario_set(&scenario, cases[i].key, cases[i].value, &err))
            fail_msg("%s %s", cases[i].key, cases[i].value);
        if (!strstr(err.text, cases[i].part)) fail_msg("want %s, got %s", cases[i].part, err.text);
        assert_int_equal(err.code, ERR_USAGE);
        assert_null(strchr(err.text, '\n'));
        assert_memory_equal(&scenario, &before, sizeof scenario);
    }
}

static void files_are_refused_by_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"seq = 4\nseq 5\n", "f:2: 'seq 5' is not `key = value`"},
        {"\n\n# nothing\nsqe = 4", "f:4: unknown key 'sqe'; did you mean 'seq'?"},
        {"seq = 4\nheads = 3 # three\nseq = 5", "f:3: seq is given twice"},
        {"gpu.sm_count = 4\ngpu = h100", "f:2: gpu must come before the gpu.KEY that change it"},
        {"algorithm = flash1\nalgorithm = flash1", "f:2: algorithm 'flash1' is given twice"},
        {"causal", "f:1: 'causal' is not `key = value`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Scenario scenario = scenario_default(), before = scenario;
        Err err = {0};
        assert_false(scenario_read_text(&scenario, "f", cases[i].text, &err));
        assert_string_equal(err.text, cases[i].want);
        assert_memory_equal(&scenario, &before, sizeof scenario);
    }
}

static void algorithms_replace_the_default_then_add_up(void **state) {
    (void)state;
    Scenario scenario = scenario_default();
    assert_true(scenario_set(&scenario, "algorithm", "flash2", NULL));
    assert_int_equal(scenario.algorithm_count, 1);
    assert_true(scenario_set(&scenario, "algorithm", "standard", NULL));
    assert_int_equal(scenario.algorithm_count, 2);
    assert_string_equal(scenario.algorithms[1], "standard");
    assert_false(scenario_set(&scenario, "algorithm", "flash2", NULL));
    assert_int_equal(scenario.algorithm_count, 2);
}

static void finish_fills_and_checks(void **state) {
    (void)state;
    Scenario scenario = scenario_default();
    Err err = {0};
    assert_int_equal(scenario.kv_head_count, 0);
    assert_true(scenario_finish(&scenario, &err));
    assert_int_equal(scenario.kv_head_count, 16);
    assert_int_equal(scenario.key_rows, 1024);
    scenario.kv_head_count = 5;
    assert_false(scenario_finish(&scenario, &err));
    assert_non_null(strstr(err.text, "kv-heads is 5; it must divide heads, 16"));
    scenario = scenario_default();
    scenario.batch_count = 1u << 20, scenario.query_rows = 1u << 24, scenario.head_count = 1u << 10;
    assert_false(scenario_finish(&scenario, &err));
    assert_non_null(strstr(err.text, "2^63"));
}

/* What scenario_write prints. */
static char *written(const Scenario *scenario) {
    char *text = NULL;
    size_t length_bytes = 0;
    FILE *out = open_memstream(&text, &length_bytes);
    assert_non_null(out);
    scenario_write(scenario, out);
    fclose(out);
    return text;
}

static void assert_reads_back(const Scenario *scenario) {
    char *text = written(scenario);
    Scenario read = scenario_default();
    Err err = {0};
    if (!scenario_read_text(&read, "written", text, &err)) fail_msg("%s in\n%s", err.text, text);
    char *again = written(&read);
    assert_string_equal(text, again);
    read.has_default_algorithms = scenario->has_default_algorithms; /* not part of the value */
    assert_memory_equal(&read.batch_count, &scenario->batch_count, sizeof read - offsetof(Scenario, batch_count));
    free(again);
    free(text);
}

static uint64_t random_state = 8;

/* One option set to a value that it allows, by the look of its row in the table. */
static void set_any(Scenario *scenario, const ScenarioOption *option) {
    char value[64];
    const char *choices = option->value_help;
    snprintf(value, sizeof value, "%llu", (unsigned long long)(1 + random_below(&random_state, 5000)));
    if (option->is_switch)
        snprintf(value, sizeof value, "%s", random_below(&random_state, 2) ? "on" : "off");
    else if (strcmp(option->key, "algorithm") == 0)
        snprintf(value, sizeof value, "%s",
                 algorithm_table[random_below(&random_state, (uint64_t)algorithm_table_count)]->name);
    else if (strcmp(option->key, "gpu") == 0)
        snprintf(value, sizeof value, "%s",
                 machine_table[random_below(&random_state, (uint64_t)machine_table_count)].name);
    else if (strcmp(option->key, "dropout") == 0)
        snprintf(value, sizeof value, "%.17g", (double)random_below(&random_state, 1000000) / 1000003);
    else if (strcmp(option->key, "l2") == 0)
        snprintf(value, sizeof value, "%s", random_below(&random_state, 2) ? "off" : "40M");
    else if (strchr(choices, '|')) {
        for (uint64_t skip = random_below(&random_state, 4); skip > 0 && strchr(choices, '|'); skip--)
            choices = strchr(choices, '|') + 1;
        snprintf(value, sizeof value, "%.*s", (int)strcspn(choices, "|"), choices);
    }
    Err err = {0};
    if (!scenario_set(scenario, option->key, value, &err) && !strstr(err.text, "twice")) fail_msg("%s", err.text);
}

static void written_scenarios_read_back(void **state) {
    (void)state;
    for (int i = 0; i < 2000; i++) {
        Scenario scenario = scenario_default();
        for (uint64_t n = random_below(&random_state, 20); n > 0; n--)
            set_any(&scenario, &scenario_options[random_below(&random_state, (uint64_t)scenario_option_count)]);
        assert_reads_back(&scenario);
    }
}

static void a_changed_gpu_is_written_whole(void **state) {
    (void)state;
    Scenario scenario = scenario_default();
    assert_true(scenario_has_builtin_gpu(&scenario));
    assert_true(scenario_set(&scenario, "gpu", "h100", NULL));
    assert_true(scenario_set(&scenario, "gpu.l2_bytes", "60M", NULL));
    assert_true(scenario_set(&scenario, "gpu.clock_hz", "1.9870123e9", NULL));
    assert_false(scenario_has_builtin_gpu(&scenario));
    assert_reads_back(&scenario);
    char *text = written(&scenario);
    assert_non_null(strstr(text, "gpu.l2_bytes = 62914560\n"));
    assert_null(strstr(text, "gpu = "));
    free(text);
}

/* Any text is either read or refused in one sentence that leaves the scenario alone. */
static void assert_survives(const char *text) {
    Scenario scenario = scenario_default(), before = scenario;
    Err err = {0};
    if (scenario_read_text(&scenario, "fuzz", text, &err)) {
        scenario_finish(&scenario, &err);
        return;
    }
    assert_true(err.code == ERR_USAGE || err.code == ERR_OTHER);
    assert_true(strlen(err.text) > 10);
    assert_null(strchr(err.text, '\n'));
    assert_memory_equal(&scenario, &before, sizeof scenario);
}

static void any_bytes_are_read_or_refused(void **state) {
    (void)state;
    Scenario scenario = scenario_default();
    assert_true(scenario_set(&scenario, "gpu.l2_bytes", "60M", NULL));
    char *good = written(&scenario);
    size_t length = strlen(good);
    char *text = malloc(length + 1);
    for (size_t cut = 0; cut <= length; cut++) { /* every truncation */
        memcpy(text, good, cut);
        text[cut] = 0;
        assert_survives(text);
    }
    for (int i = 0; i < 20000; i++) { /* a few bytes changed */
        memcpy(text, good, length + 1);
        for (uint64_t n = 1 + random_below(&random_state, 4); n > 0; n--)
            text[random_below(&random_state, length)] = (char)(1 + random_below(&random_state, 255));
        assert_survives(text);
    }
    for (int i = 0; i < 20000; i++) { /* nothing but noise, with signs that matter likelier */
        size_t noise_length = random_below(&random_state, 200);
        for (size_t j = 0; j < noise_length; j++)
            text[j] = random_below(&random_state, 3) ? "=\n# .-_0123456789KMGTseqgpu|,"[random_below(&random_state, 29)]
                                                     : (char)(1 + random_below(&random_state, 255));
        text[noise_length] = 0;
        assert_survives(text);
    }
    free(text);
    free(good);
}

static void names_are_those_of_the_table(void **state) {
    (void)state;
    Scenario scenario = scenario_default();
    char got[64];
    for (int i = 0; i < DTYPE_COUNT; i++) {
        scenario.dtype = (Dtype)i;
        scenario_format_value(&scenario, "dtype", got, sizeof got);
        assert_string_equal(got, dtype_name((Dtype)i));
    }
    for (int i = PASS_FORWARD; i <= PASS_BOTH; i++) {
        scenario.pass = (Pass)i;
        scenario_format_value(&scenario, "pass", got, sizeof got);
        assert_string_equal(got, pass_name((Pass)i));
    }
    for (int i = MASK_NONE; i <= MASK_PADDING; i++) {
        scenario.mask = (MaskKind)i;
        scenario_format_value(&scenario, "mask", got, sizeof got);
        assert_string_equal(got, mask_name((MaskKind)i));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_what_is_said),
        cmocka_unit_test(refuses_and_leaves_untouched),
        cmocka_unit_test(files_are_refused_by_line),
        cmocka_unit_test(algorithms_replace_the_default_then_add_up),
        cmocka_unit_test(finish_fills_and_checks),
        cmocka_unit_test(written_scenarios_read_back),
        cmocka_unit_test(a_changed_gpu_is_written_whole),
        cmocka_unit_test(any_bytes_are_read_or_refused),
        cmocka_unit_test(names_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
