/* hbmscope compare: formula, replay, the CUDA kernel on the CPU and hardware, one row a counter; text, JSON
 * (hbmscope.compare/1) or CSV. The rows are filled in comparison.c; whole captures are compare_captures.c's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/parse.h"
#include "sim/units.h"
#include "viz/cli/compare_captures.h"
#include "viz/cli/compare_output.h"
#include "viz/cli/comparison.h"
#include "viz/cli/json_out.h"
#include "viz/cli/scenario_json.h"
#include "viz/cli/table.h"
#include "viz/cli/verbs.h"

typedef struct Request {
    Scenario scenario;
    OutputFormat format;
    ComparisonOptions options;
    bool has_limit;
    double limit;
} Request;

typedef struct Comparing {
    const Request *request;
    Comparison comparison;
    Arena *arena;
} Comparing;

/* Input. */

static bool parse_limit(const char *text, double *limit, Err *err) {
    char number[32];
    size_t length = strlen(text);
    bool is_percent = length && text[length - 1] == '%';
    snprintf(number, sizeof number, "%.*s", (int)(length - is_percent), text);
    if (!parse_real(number, "--expect", 0, 1e9, limit, NULL))
        return err_set(err, ERR_USAGE, "--expect is '%s'; it must be a share such as 5%% or 0.05",
                       parse_quote(text).text);
    if (is_percent) *limit /= 100;
    return true;
}

/* Output. */

static bool is_worth_showing(const CompareRow *row) {
    return row->has[COMPARE_FORMULA] || row->has[COMPARE_KERNEL] || row->has[COMPARE_HARDWARE];
}

static const char *error_text(const CompareRow *row, Arena *arena) {
    return row->has_error ? compare_error_text(row->error, arena) : "";
}

static void text_row(Table *table, const CompareRow *row, const char *previous_kernel, Arena *arena) {
    bool is_new = !previous_kernel || strcmp(previous_kernel, row->kernel) != 0;
    table_cell(table, "%s", !is_new ? "" : *row->kernel ? row->kernel : "all kernels");
    table_cell(table, "%s", row->key);
    for (int road = 0; road < COMPARE_HARDWARE; road++)
        table_cell(table, "%s", row->has[road] ? units_exact(row->exact[road]).text : "-");
    table_cell(table, "%s", row->has[COMPARE_HARDWARE] ? units_exact((uint64_t)llround(row->hardware)).text : "-");
    table_cell(table, "%s", error_text(row, arena));
    table_cell(table, "%s", row->has[COMPARE_HARDWARE] ? row->leaves_out : "");
    table_end_row(table);
}

static void text_algorithm(const Comparing *c, const char *algorithm, Output *output) {
    static const char *const titles[] = {"kernel",        "counter",  "formula", "replay",
                                         "kernel on CPU", "hardware", "error",   "what the model leaves out"};
    Table table;
    const char *previous_kernel = NULL;
    table_begin(&table, c->arena, "llrrrrrl");
    for (int i = 0; i < 8; i++) table_cell(&table, "%s", c->comparison.hardware.name || i < 7 ? titles[i] : "");
    table_end_row(&table);
    for (int i = 0; i < c->comparison.compare.row_count; i++) {
        const CompareRow *row = &c->comparison.compare.rows[i];
        if (strcmp(row->algorithm, algorithm) != 0 || !is_worth_showing(row)) continue;
        text_row(&table, row, previous_kernel, c->arena);
        previous_kernel = row->kernel;
    }
    output_format(output, "\n%s\n", algorithm);
    table_print(&table, 2, output);
}

static void print_text(const Comparing *c, Output *output) {
    char sentence[400];
    scenario_sentence(&c->request->scenario, sentence, sizeof sentence);
    output_format(output, "%s\n", sentence);
    if (c->comparison.hardware.name && !c->request->options.ncu_path)
        output_format(output, "hardware: %s, %s, %s\n", capture_key(&c->comparison.hardware, "device"),
                      capture_key(&c->comparison.hardware, "date"), c->comparison.hardware.name);
    for (int a = 0; a < c->request->scenario.algorithm_count; a++)
        text_algorithm(c, c->request->scenario.algorithms[a], output);
    if (c->comparison.note_count) output_format(output, "\n");
    for (int i = 0; i < c->comparison.note_count; i++) output_format(output, "%s\n", c->comparison.notes[i]);
}

static json_t *count_json(const CompareRow *row, CompareRoad road) {
    return row->has[road] ? json_out_u64(row->exact[road]) : json_null();
}
static json_t *real_json(bool has, double value) { return has && isfinite(value) ? json_real(value) : json_null(); }

static void print_json(const Comparing *c, Output *output) {
    json_t *rows = json_array(), *notes = json_array(), *keys = json_object();
    for (int i = 0; i < c->comparison.compare.row_count; i++) {
        const CompareRow *row = &c->comparison.compare.rows[i];
        bool has = row->has[COMPARE_HARDWARE];
        if (!is_worth_showing(row)) continue;
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "algorithm", row->algorithm,
                      "kernel", row->kernel, "counter", row->key, "unit", row->unit, "formula",
                      count_json(row, COMPARE_FORMULA), "replay", count_json(row, COMPARE_REPLAY), "kernel_on_cpu",
                      count_json(row, COMPARE_KERNEL), "hardware", real_json(has, row->hardware), "hardware_min",
                      real_json(has, row->hardware_min), "hardware_max", real_json(has, row->hardware_max), "error",
                      real_json(row->has_error, row->error), "leaves_out", row->leaves_out));
    }
    for (int i = 0; i < c->comparison.note_count; i++)
        json_array_append_new(notes, json_string(c->comparison.notes[i]));
    for (int i = 0; i < c->comparison.hardware.key_count; i++)
        json_object_set_new(keys, c->comparison.hardware.keys[i].key,
                            json_string(c->comparison.hardware.keys[i].value));
    json_out_document(output,
                      json_pack("{s:s, s:o, s:o, s:o, s:o}", "format", "hbmscope.compare/1", "scenario",
                                scenario_json(&c->request->scenario), "hardware", keys, "rows", rows, "notes", notes));
}

static void csv_count(const CompareRow *row, CompareRoad road, Output *output) {
    if (row->has[road]) output_format(output, "%llu", (unsigned long long)row->exact[road]);
    output_format(output, ",");
}

static void print_csv(const Comparing *c, Output *output) {
    output_format(output, "algorithm,kernel,counter,unit,formula,replay,kernel_on_cpu,hardware,hardware_min,hardware_"
                          "max,error,leaves_out\n");
    for (int i = 0; i < c->comparison.compare.row_count; i++) {
        const CompareRow *row = &c->comparison.compare.rows[i];
        if (!is_worth_showing(row)) continue;
        output_format(output, "%s,\"%s\",%s,%s,", row->algorithm, row->kernel, row->key, row->unit);
        for (int road = 0; road < COMPARE_HARDWARE; road++) csv_count(row, (CompareRoad)road, output);
        if (row->has[COMPARE_HARDWARE])
            output_format(output, "%s,", parse_real_text(row->hardware).text);
        else
            output_format(output, ",");
        if (row->has[COMPARE_HARDWARE])
            output_format(output, "%s,%s,", parse_real_text(row->hardware_min).text,
                          parse_real_text(row->hardware_max).text);
        else
            output_format(output, ",,");
        if (row->has_error && isfinite(row->error)) output_format(output, "%s", parse_real_text(row->error).text);
        output_format(output, ",\"%s\"\n", row->leaves_out);
    }
}

static bool check_limit(const Comparing *c, Err *err) {
    int miss_count;
    const CompareRow *miss = compare_first_miss(&c->comparison.compare, c->request->limit, &miss_count);
    if (!miss) return true;
    return err_set(err, ERR_OTHER, "%d counter%s off by more than %g%%; the first is %s of %s%s%s (%s)", miss_count,
                   miss_count == 1 ? " is" : "s are", 100 * c->request->limit, miss->key, miss->algorithm,
                   *miss->kernel ? ", " : "", miss->kernel, error_text(miss, c->arena));
}

static bool run(const Request *request, Arena *arena, Err *err) {
    Comparing *c = ARENA_NEW(arena, Comparing);
    Output output = {0};
    *c = (Comparing){.request = request, .arena = arena};
    if (!comparison_fill(&request->scenario, request->options, &c->comparison, arena, err)) return false;
    if (request->format == OUTPUT_JSON)
        print_json(c, &output);
    else if (request->format == OUTPUT_CSV)
        print_csv(c, &output);
    else
        print_text(c, &output);
    return output_flush(&output, err) && (!request->has_limit || check_limit(c, err));
}

bool verb_compare(int argc, char **argv, Err *err) {
    if (compare_captures_is_asked(argc, argv)) return compare_captures(argc, argv, err);
    Request request = {0};
    const char *limit = NULL;
    const VerbOption own[] = {{.name = "capture", .value = &request.options.capture_path},
                              {.name = "ncu", .value = &request.options.ncu_path},
                              {.name = "expect", .value = &limit},
                              {.name = "no-kernel", .is_set = &request.options.is_kernel_skipped}};
    if (!verb_parse(argc, argv, own, 4, &request.scenario, &request.format, err)) return false;
    request.has_limit = limit != NULL;
    if (limit && !parse_limit(limit, &request.limit, err)) return false;
    Arena arena = {0};
    bool is_done = run(&request, &arena, err);
    arena_free(&arena);
    return is_done;
}
