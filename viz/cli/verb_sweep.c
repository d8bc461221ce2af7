/* hbmscope sweep: totals over a range of sequence lengths, as text, JSON (hbmscope.sweep/1) or CSV. */
#include <stdio.h>
#include <string.h>

#include "sim/base/parse.h"
#include "sim/count.h"
#include "sim/units.h"
#include "viz/cli/count_output.h"
#include "viz/cli/json_out.h"
#include "viz/cli/scenario_json.h"
#include "viz/cli/table.h"
#include "viz/cli/verbs.h"

enum { POINTS_MAX = 64 };
static const uint64_t SEQ_MAX = 1ull << 24; /* as the option seq */

typedef struct Sweep {
    uint64_t seq[POINTS_MAX];
    int point_count;
    const Count *counts[POINTS_MAX]; /* one for each algorithm */
} Sweep;

static bool add_point(Sweep *sweep, uint64_t seq, Err *err) {
    if (sweep->point_count == POINTS_MAX)
        return err_set(err, ERR_USAGE, "--seq gives more than %d lengths; make the list shorter", POINTS_MAX);
    sweep->seq[sweep->point_count++] = seq;
    return true;
}

/* "4K", or "1K..128K" in doublings. */
static bool add_part(Sweep *sweep, const char *part, Err *err) {
    char first_text[64];
    const char *dots = strstr(part, "..");
    uint64_t first, last;
    if (!*part || dots == part || (dots && !dots[2]))
        return err_set(err, ERR_USAGE, "--seq has '%s'; it must be lengths N or ranges A..B with commas between them",
                       parse_quote(part).text);
    snprintf(first_text, sizeof first_text, "%.*s", dots ? (int)(dots - part) : (int)strlen(part), part);
    if (!parse_size(first_text, "--seq", 1, SEQ_MAX, &first, err)) return false;
    last = first;
    if (dots && !parse_size(dots + 2, "--seq", 1, SEQ_MAX, &last, err)) return false;
    if (first > last)
        return err_set(err, ERR_USAGE, "--seq is '%s'; a range must not end below its beginning",
                       parse_quote(part).text);
    for (uint64_t seq = first; seq <= last; seq *= 2)
        if (!add_point(sweep, seq, err)) return false;
    return true;
}

static bool parse_points(Sweep *sweep, const char *text, Err *err) {
    for (const char *at = text;; at++) {
        char part[64];
        int length = (int)strcspn(at, ",");
        snprintf(part, sizeof part, "%.*s", length, at);
        if (!add_part(sweep, part, err)) return false;
        at += length;
        if (!*at) return true;
    }
}

static bool count_points(Sweep *sweep, const Scenario *scenario, CountOptions options, Arena *arena, Err *err) {
    for (int i = 0; i < sweep->point_count; i++) {
        Scenario point = *scenario;
        point.query_rows = sweep->seq[i];
        Count *counts = ARENA_ARRAY(arena, Count, SCENARIO_ALGORITHMS_MAX);
        if (!scenario_finish(&point, err) || !count_scenario(&point, options, counts, arena, err))
            return err_prefix(err, "at seq %llu: ", (unsigned long long)sweep->seq[i]);
        sweep->counts[i] = counts;
    }
    return true;
}

static uint64_t issued_bytes(const Count *count) {
    return count->totals.value[COUNTER_ISSUED_READ_BYTES] + count->totals.value[COUNTER_ISSUED_WRITE_BYTES];
}

static void print_growth(Table *table, uint64_t now, uint64_t before) {
    table_cell(table, "%s", before ? units_ratio((double)now / (double)before).text : "");
}

static void print_text_algorithm(const Sweep *sweep, int algorithm, Arena *arena, Output *output) {
    Table table;
    table_begin(&table, arena, "rrrrrrrr");
    const char *const titles[] = {"N", "issued", "growth", "peak HBM", "growth", "arithmetic", "steps", "time"};
    for (int i = 0; i < 8; i++) table_cell(&table, "%s", titles[i]);
    for (int i = 0; i < sweep->point_count; i++) {
        const Count *count = &sweep->counts[i][algorithm], *before = i ? &sweep->counts[i - 1][algorithm] : NULL;
        table_cell(&table, "%s", units_tokens(sweep->seq[i]).text);
        table_cell(&table, "%s", units_gb(issued_bytes(count)).text);
        print_growth(&table, issued_bytes(count), before ? issued_bytes(before) : 0);
        table_cell(&table, "%s", units_kib(count->totals.value[COUNTER_PEAK_HBM_BYTES]).text);
        print_growth(&table, count->totals.value[COUNTER_PEAK_HBM_BYTES],
                     before ? before->totals.value[COUNTER_PEAK_HBM_BYTES] : 0);
        table_cell(&table, "%s", units_flops(count->totals.value[COUNTER_FLOPS]).text);
        table_cell(&table, "%s", units_count(count->totals.value[COUNTER_STEP_COUNT]).text);
        table_cell(&table, "%s", count->totals.time_ns > 0 ? units_time(count->totals.time_ns).text : "-");
    }
    output_format(output, "\n%s: %s\n", sweep->counts[0][algorithm].algorithm->name,
                  sweep->counts[0][algorithm].algorithm->title);
    table_print(&table, 2, output);
}

static void print_text(const Sweep *sweep, const Scenario *scenario, Arena *arena, Output *output) {
    char sentence[400];
    Scenario first = *scenario;
    first.query_rows = sweep->seq[0];
    scenario_sentence(&first, sentence, sizeof sentence);
    output_format(output, "from %s\n", sentence);
    for (int a = 0; a < scenario->algorithm_count; a++) print_text_algorithm(sweep, a, arena, output);
}

static json_t *point_json(const Sweep *sweep, int point, int algorithm_count) {
    json_t *algorithms = json_array();
    for (int a = 0; a < algorithm_count; a++) {
        const Count *count = &sweep->counts[point][a];
        json_array_append_new(algorithms, json_pack("{s:s, s:o}", "algorithm", count->algorithm->name, "totals",
                                                    count_totals_json(&count->totals, count->dram_engine[0] != 0)));
    }
    return json_pack("{s:o, s:o}", "seq", json_out_u64(sweep->seq[point]), "algorithms", algorithms);
}

static void print_json(const Sweep *sweep, const Scenario *scenario, Output *output) {
    json_t *points = json_array(), *base = scenario_json(scenario);
    json_object_del(base, "seq");
    for (int i = 0; i < sweep->point_count; i++)
        json_array_append_new(points, point_json(sweep, i, scenario->algorithm_count));
    json_out_document(output,
                      json_pack("{s:s, s:o, s:o}", "format", "hbmscope.sweep/1", "scenario", base, "points", points));
}

static void print_csv(const Sweep *sweep, const Scenario *scenario, Output *output) {
    output_format(output, "seq,algorithm");
    count_print_csv_keys(output);
    for (int i = 0; i < sweep->point_count; i++)
        for (int a = 0; a < scenario->algorithm_count; a++) {
            const Count *count = &sweep->counts[i][a];
            output_format(output, "%llu,%s", (unsigned long long)sweep->seq[i], count->algorithm->name);
            count_print_csv_values(&count->totals, count->dram_engine[0] != 0, output);
        }
}

static bool run(const Scenario *scenario, const char *seq, bool has_dram, OutputFormat format, Arena *arena, Err *err) {
    Sweep *sweep = ARENA_NEW(arena, Sweep);
    Output output = {0};
    if (!parse_points(sweep, seq, err)) return false;
    if (!count_points(sweep, scenario, (CountOptions){.is_dram_skipped = !has_dram}, arena, err)) return false;
    if (format == OUTPUT_JSON)
        print_json(sweep, scenario, &output);
    else if (format == OUTPUT_CSV)
        print_csv(sweep, scenario, &output);
    else
        print_text(sweep, scenario, arena, &output);
    return output_flush(&output, err);
}

bool verb_sweep(int argc, char **argv, Err *err) {
    const char *seq = "1K..128K";
    bool has_dram = false;
    const VerbOption own[] = {{"seq", &seq, NULL}, {"dram", NULL, &has_dram}};
    Scenario scenario;
    OutputFormat format;
    if (!verb_parse_unfinished(argc, argv, own, 2, &scenario, &format, err)) return false;
    Arena arena = {0};
    bool is_done = run(&scenario, seq, has_dram, format, &arena, err);
    arena_free(&arena);
    return is_done;
}
