/* Points, their summary and the store policies as text: see compare_output.h. */
#include <math.h>

#include "sim/base/parse.h"
#include "sim/units.h"
#include "viz/cli/compare_output.h"
#include "viz/cli/table.h"

const char *compare_error_text(double error, Arena *arena) {
    if (error == 0) return "equal";
    return isinf(error) ? "not 0" : arena_format(arena, "%+.2f%%", 100 * error);
}

static const char *value_text(double value, Arena *arena) {
    return arena_format(arena, "%s", units_exact((uint64_t)llround(value)).text);
}

static void cells(Table *table, const char *const *texts, int count) {
    for (int i = 0; i < count; i++) table_cell(table, "%s", texts[i]);
    table_end_row(table);
}

void compare_print_sources(const CaptureFiles *files, const char *mark, Arena *arena, Output *output) {
    for (int i = 0; i < files->count; i++) {
        const Capture *c = &files->captures[i];
        const char *date = capture_key(c, "date"), *source = capture_key(c, "source");
        output_format(output, "%s%s%s%s, %s%s\n", mark, capture_key(c, "device"), *date ? ", " : "", date, c->name,
                      capture_files_is(c, "cupti")
                          ? ""
                          : arena_format(arena, " (source = %s: no counters read by CUPTI)", source));
    }
}

void compare_print_points(const ComparePoints *points, bool is_probe, Arena *arena, Output *output) {
    static const char *const titles[] = {"run", "kernel", "counter", "model", "hardware", "error", "goal", ""};
    Table table;
    const CaptureRun *previous = NULL;
    table_begin(&table, arena, "lllrrrrl");
    cells(&table, titles, 8);
    for (int i = 0; i < points->point_count; i++) {
        const ComparePoint *p = &points->points[i];
        if (p->is_probe != is_probe) continue;
        const char *goal = p->limit > 0 ? arena_format(arena, "%g%%", 100 * p->limit) : "-";
        const char *verdict = p->limit <= 0 ? "" : compare_point_is_within(p) ? "within" : "MISSED";
        const char *const row[] = {p->run != previous ? compare_run_text(p->run, arena) : "",
                                   p->kernel,
                                   p->key,
                                   value_text(p->model, arena),
                                   value_text(p->hardware, arena),
                                   compare_error_text(p->error, arena),
                                   goal,
                                   verdict};
        cells(&table, row, 8);
        previous = p->run;
    }
    table_print(&table, 0, output);
}

void compare_print_points_csv(const ComparePoints *points, Arena *arena, Output *output) {
    output_format(output, "run,kernel,counter,model,hardware,error,goal\n");
    for (int i = 0; i < points->point_count; i++) {
        const ComparePoint *p = &points->points[i];
        output_format(output, "\"%s\",\"%s\",%s,%s,", compare_run_text(p->run, arena), p->kernel, p->key,
                      parse_real_text(p->model).text);
        output_format(output, "%s,", parse_real_text(p->hardware).text);
        if (isfinite(p->error)) output_format(output, "%s", parse_real_text(p->error).text);
        output_format(output, p->limit > 0 ? ",%g\n" : ",\n", p->limit);
    }
}

static const char *goal_text(const CompareSummary *s, Arena *arena) {
    if (s->limit_max <= 0) return "none";
    if (s->limit_min == s->limit_max) return arena_format(arena, "%g%%", 100 * s->limit_max);
    return arena_format(arena, "%g%% to %g%%", 100 * s->limit_min, 100 * s->limit_max);
}

static void print_summary_row(const CompareSummary *s, Arena *arena, Output *output) {
    const ComparePoint *w = s->worst;
    const char *not_zero = s->not_zero_count ? arena_format(arena, ", and %d not 0", s->not_zero_count) : "";
    const char *of = w->error == 0 ? "" : arena_format(arena, "%s of %s", w->kernel, compare_run_text(w->run, arena));
    const char *within = s->limit_max > 0 ? arena_format(arena, "%d", s->within_count) : "-";
    output_format(output, "| `%s` | %d | %.2f%%%s | %s | %s | %s | %s |\n", s->key, s->point_count, 100 * s->mean_error,
                  not_zero, compare_error_text(w->error, arena), of, goal_text(s, arena), within);
}

void compare_print_summary(const ComparePoints *points, Arena *arena, Output *output) {
    CompareSummary rows[COUNTER_COUNT + 1];
    int row_count = compare_points_summarise(points, rows);
    if (row_count) {
        output_format(output, "| counter | points | mean error | worst | of | goal | within it |\n");
        output_format(output, "|---|---|---|---|---|---|---|\n");
    }
    for (int i = 0; i < row_count; i++) print_summary_row(&rows[i], arena, output);
    if (points->reason_count) output_format(output, "\nWithout points:\n\n");
    for (int i = 0; i < points->reason_count; i++)
        output_format(output, "- %d run%s: %s\n", points->reasons[i].run_count,
                      points->reasons[i].run_count == 1 ? "" : "s", points->reasons[i].text);
}

/* The store policies. */

/* Of the larger of the two, so that a counter that hardware or model has at 0 counts as wholly missed. */
static double miss_of(const ComparePoint *p) {
    double larger = fmax(p->model, p->hardware);
    return larger > 0 ? fabs(p->model - p->hardware) / larger : 0;
}

static void print_verdict(const ComparePolicyPoint *points, int point_count, Output *output) {
    int nearer_count[2] = {0, 0};
    double error_sum[2] = {0, 0};
    for (int i = 0; i < point_count; i++) {
        nearer_count[points[i].nearer]++;
        for (int p = 0; p < 2; p++) error_sum[p] += miss_of(points[i].of[p]);
    }
    bool is_home = nearer_count[L2_STORE_HOME] > nearer_count[L2_STORE_NEAR];
    bool agrees = is_home == (error_sum[L2_STORE_HOME] < error_sum[L2_STORE_NEAR]);
    output_format(output, "\nhome is nearer on %d of %d points, near on %d; mean miss %.2f%% and %.2f%%\n",
                  nearer_count[L2_STORE_HOME], point_count, nearer_count[L2_STORE_NEAR],
                  100 * error_sum[L2_STORE_HOME] / point_count, 100 * error_sum[L2_STORE_NEAR] / point_count);
    if (agrees && nearer_count[L2_STORE_HOME] != nearer_count[L2_STORE_NEAR])
        output_format(output, "--l2-store %s fits better\n", is_home ? "home" : "near");
    else
        output_format(output, "neither fits better: the count of points and the mean do not agree\n");
}

void compare_print_policies(const ComparePolicyPoint *points, int point_count, Arena *arena, Output *output) {
    static const char *const titles[] = {"run",   "kernel", "counter", "hardware", "home",
                                         "error", "near",   "error",   "nearer"};
    if (!point_count) {
        output_format(output, "no point tells the policies apart: they differ where S has half to 1.1 of the L2\n");
        return;
    }
    Table table;
    const CaptureRun *previous = NULL;
    table_begin(&table, arena, "lllrrrrrl");
    cells(&table, titles, 9);
    for (int i = 0; i < point_count; i++) {
        const ComparePoint *h = points[i].of[L2_STORE_HOME], *n = points[i].of[L2_STORE_NEAR];
        const char *const row[] = {h->run != previous ? compare_run_text(h->run, arena) : "",
                                   h->kernel,
                                   h->key,
                                   value_text(h->hardware, arena),
                                   value_text(h->model, arena),
                                   compare_error_text(h->error, arena),
                                   value_text(n->model, arena),
                                   compare_error_text(n->error, arena),
                                   points[i].nearer == L2_STORE_HOME ? "home" : "near"};
        cells(&table, row, 9);
        previous = h->run;
    }
    table_print(&table, 0, output);
    print_verdict(points, point_count, output);
}
