/* hbmscope count: a scenario's bytes, memory, arithmetic and time, replay beside closed form. */
#include "sim/count.h"
#include "viz/cli/count_output.h"
#include "viz/cli/verbs.h"

static void print(const Scenario *scenario, const Count *counts, OutputFormat format, bool is_explained, Arena *arena,
                  Output *output) {
    if (format == OUTPUT_JSON) {
        count_print_json(scenario, counts, output);
    } else if (format == OUTPUT_CSV) {
        count_print_csv(scenario, counts, output);
    } else {
        count_print_totals(scenario, counts, arena, output);
        if (is_explained) {
            count_print_formulas(scenario, counts, arena, output);
            count_print_times(scenario, counts, arena, output);
        } else
            count_print_kernels(scenario, counts, arena, output);
    }
}

bool verb_count(int argc, char **argv, Err *err) {
    bool is_explained = false;
    const VerbOption own[] = {{"explain", NULL, &is_explained}};
    Scenario scenario;
    OutputFormat format;
    if (!verb_parse(argc, argv, own, 1, &scenario, &format, err)) return false;
    if (is_explained && format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "--explain prints text; it cannot go with --json or --csv");
    Arena arena = {0};
    Output output = {0};
    Count *counts = ARENA_ARRAY(&arena, Count, SCENARIO_ALGORITHMS_MAX);
    bool is_done = count_scenario(&scenario, (CountOptions){0}, counts, &arena, err);
    if (is_done) print(&scenario, counts, format, is_explained, &arena, &output);
    is_done = is_done && output_flush(&output, err);
    output_free(&output);
    arena_free(&arena);
    return is_done;
}

bool verb_summary(Err *err) {
    Scenario scenario = scenario_default();
    Arena arena = {0};
    Output output = {0};
    Count *counts = ARENA_ARRAY(&arena, Count, SCENARIO_ALGORITHMS_MAX);
    bool is_done = scenario_finish(&scenario, err) && count_scenario(&scenario, (CountOptions){0}, counts, &arena, err);
    if (is_done) {
        count_print_totals(&scenario, counts, &arena, &output);
        output_format(&output, "\nA picture of it: hbmscope draw traffic -o traffic.png\n"
                               "The window needs a display: hbmscope show\nAll that it can do: hbmscope help\n");
    }
    is_done = is_done && output_flush(&output, err);
    arena_free(&arena);
    return is_done;
}
