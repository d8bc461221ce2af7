/* Scenario files: `key = value` lines in, the same lines out. */
#include <string.h>

#include "sim/base/key_file.h"
#include "sim/scenario_rules.h"

enum { OPTIONS_MAX = 64 };
_Static_assert(SCENARIO_ALGORITHMS_MAX * 15 < KEY_FILE_VALUE_BYTES, "a line of all algorithms must fit a value");

/* A key twice is more likely a slip than a wish; algorithms add up. A GPU after a figure of it would undo the figure.
 */
static bool check_order(bool *is_given, bool *has_gpu_figure, const char *key, Err *err) {
    int option = scenario_option_find(key);
    if (strncmp(key, "gpu.", 4) == 0) return *has_gpu_figure = true;
    if (strcmp(key, "gpu") == 0 && *has_gpu_figure)
        return err_set(err, ERR_USAGE, "gpu must come before the gpu.KEY that change it");
    if (option < 0 || option >= OPTIONS_MAX || strcmp(key, "algorithm") == 0) return true;
    if (is_given[option]) return err_set(err, ERR_USAGE, "%s is given twice", key);
    return is_given[option] = true;
}

bool scenario_read_text(Scenario *scenario, const char *name, const char *text, Err *err) {
    KeyFile file = {.name = name, .at = text};
    Scenario read = *scenario;
    bool is_given[OPTIONS_MAX] = {0};
    bool has_gpu_figure = false, is_end;
    read.has_default_algorithms = true;
    while (key_file_next(&file, &is_end, err))
        if (!scenario_set(&read, file.key, file.value, err) || !check_order(is_given, &has_gpu_figure, file.key, err))
            return key_file_fail(&file, err);
    if (!is_end) return false;
    *scenario = read;
    return true;
}

bool scenario_read_file(Scenario *scenario, const char *path, Err *err) {
    Arena arena = {0};
    char *text = NULL;
    bool is_read = key_file_load(path, &text, &arena, err);
    if (!is_read)
        err_prefix(err, "scenario file ");
    else
        is_read = scenario_read_text(scenario, path, text, err);
    arena_free(&arena);
    return is_read;
}

bool scenario_has_builtin_gpu(const Scenario *scenario) {
    Machine row;
    bool is_same = false;
    for (int i = 0; i < machine_table_count && !is_same; i++)
        is_same = strcmp(machine_table[i].name, scenario->machine.name) == 0;
    if (!is_same || !machine_find(scenario->machine.name, &row, NULL)) return false;
    for (const char *const *key = machine_keys; *key && is_same; key++) {
        char want[KEY_FILE_VALUE_BYTES], got[KEY_FILE_VALUE_BYTES];
        machine_format_value(&row, *key, want, sizeof want);
        machine_format_value(&scenario->machine, *key, got, sizeof got);
        is_same = strcmp(want, got) == 0;
    }
    return is_same;
}

static void write_gpu_figures(const Machine *machine, FILE *out) {
    for (const char *const *key = machine_keys; *key; key++) {
        char value[KEY_FILE_VALUE_BYTES];
        machine_format_value(machine, *key, value, sizeof value);
        fprintf(out, "gpu.%s = %s\n", *key, value);
    }
}

/* `seq` that nobody gave, so that it is not given to whoever reads the file. */
static bool is_left_out(const Scenario *scenario, int option) {
    return scenario_rules[option].offset_bytes == offsetof(Scenario, query_rows) && !scenario->has_given_rows &&
           scenario->query_rows == scenario_default().query_rows;
}

void scenario_write(const Scenario *scenario, FILE *out) {
    for (int i = 0; i < scenario_option_count; i++) {
        char value[KEY_FILE_VALUE_BYTES];
        if (is_left_out(scenario, i)) continue;
        scenario_format_value(scenario, scenario_options[i].key, value, sizeof value);
        if (scenario_rules[i].kind == OPTION_GPU && !scenario_has_builtin_gpu(scenario))
            write_gpu_figures(&scenario->machine, out);
        else
            fprintf(out, "%s = %s\n", scenario_options[i].key, value);
    }
}
