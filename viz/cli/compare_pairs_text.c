/* Two profilers, probes' lines and speed as text: see compare_output.h. */
#include <math.h>

#include "sim/base/parse.h"
#include "sim/compare_probe.h"
#include "sim/compare_speed.h"
#include "sim/units.h"
#include "viz/cli/compare_output.h"
#include "viz/cli/table.h"

static void titles(Table *table, Arena *arena, const char *alignment, const char *const *texts) {
    table_begin(table, arena, alignment);
    for (int i = 0; texts[i]; i++) table_cell(table, "%s", texts[i]);
    table_end_row(table);
}

/* Two profilers. */

static void print_all_pairs(const ComparePairs *pairs, Arena *arena, Output *output) {
    static const char *const heads[] = {"run", "kernel", "metric", "first", "second", "second - first", NULL};
    Table table;
    const CaptureRun *previous = NULL;
    titles(&table, arena, "lllrrr", heads);
    for (int i = 0; i < pairs->pair_count; i++) {
        const ComparePair *p = &pairs->pairs[i];
        table_cell(&table, "%s", p->run != previous ? compare_run_text(p->run, arena) : "");
        table_cell(&table, "%s", p->kernel);
        table_cell(&table, "%s", p->metric);
        table_cell(&table, "%s", parse_real_text(p->first).text);
        table_cell(&table, "%s", parse_real_text(p->second).text);
        table_cell(&table, "%s", compare_error_text(p->error, arena));
        table_end_row(&table);
        previous = p->run;
    }
    table_print(&table, 0, output);
    output_format(output, "\n");
}

void compare_print_pairs(const ComparePairs *pairs, bool is_summary, Arena *arena, Output *output) {
    static const char *const heads[] = {"metric", "pairs", "equal", "mean", "worst", "of", NULL};
    Table table;
    if (!is_summary) print_all_pairs(pairs, arena, output);
    titles(&table, arena, "lrrrrl", heads);
    for (int i = 0; i < pairs->summary_count; i++) {
        const ComparePairSummary *s = &pairs->summaries[i];
        table_cell(&table, "%s", s->metric);
        table_cell(&table, "%d", s->pair_count);
        table_cell(&table, "%d", s->equal_count);
        table_cell(&table, "%.2f%%%s", 100 * s->mean_error,
                   s->not_zero_count ? arena_format(arena, ", and %d not 0", s->not_zero_count) : "");
        table_cell(&table, "%s", compare_error_text(s->worst->error, arena));
        table_cell(&table, "%s of %s", s->worst->kernel, compare_run_text(s->worst->run, arena));
        table_end_row(&table);
    }
    table_print(&table, 0, output);
    output_format(output, "%d runs of the first have their like in the second, %d have none\n",
                  pairs->matched_run_count, pairs->unmatched_run_count);
}

/* Probes. */

void compare_print_fits(const CaptureFiles *files, Output *output) {
    static const char *const metrics[] = {"dram__bytes_read.sum", "dram__bytes_write.sum",
                                          "lts__t_sectors_srcunit_tex_op_read.sum", "lts__t_sectors_op_read.sum"};
    output_format(output, "\nReading X bytes once, L2 cold: what the counter shows is intercept + slope X\n");
    for (int f = 0; f < files->count; f++)
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            CompareProbeFit fit = compare_probe_fit(&files->captures[f], CAPTURE_L2_COLD, metrics[m]);
            if (fit.point_count > 1)
                output_format(output, "  %-42s %s + %s X   (%d sizes, %s)\n", metrics[m],
                              parse_real_text(round(fit.intercept_bytes)).text,
                              parse_real_text(round(fit.slope * 1e6) / 1e6).text, fit.point_count,
                              files->captures[f].name);
        }
}

/* Speed. */

static const char *share(double value, Arena *arena) {
    return value > 0 ? arena_format(arena, "%.0f%%", 100 * value) : "-";
}
static const char *times(double value, Arena *arena) { return value > 0 ? arena_format(arena, "%.2fx", value) : "-"; }

static void print_rows(const Speed *speed, Arena *arena, Output *output) {
    static const char *const heads[] = {"N",       "d",    "heads",   "causal", "attention", "dtype", "ms",
                                        "TFLOP/s", "GB/s", "of best", "MHz",    "W",         NULL};
    Table table;
    titles(&table, arena, "rrrlllrrrrrr", heads);
    for (int i = 0; i < speed->row_count; i++) {
        const SpeedRow *r = &speed->rows[i];
        table_cell(&table, "%llu", (unsigned long long)r->run->query_rows);
        table_cell(&table, "%llu", (unsigned long long)r->run->head_dim_elems);
        table_cell(&table, "%llu", (unsigned long long)(r->run->batch_count * r->run->head_count));
        table_cell(&table, "%s", r->run->is_causal ? "yes" : "no");
        table_cell(&table, "%s%s", r->run->algorithm,
                   r->run->version ? arena_format(arena, " %llu", (unsigned long long)r->run->version) : "");
        table_cell(&table, "%s", r->run->dtype);
        table_cell(&table, "%.3f", r->time_ns / 1e6);
        table_cell(&table, "%.1f", r->flops_per_s / 1e12);
        table_cell(&table, "%.0f", r->bytes_per_s / 1e9);
        table_cell(&table, "%s", share(r->part_of_best, arena));
        table_cell(&table, "%s", r->clock_mhz > 0 ? arena_format(arena, "%.0f", r->clock_mhz) : "-");
        table_cell(&table, "%s", r->power_w > 0 ? arena_format(arena, "%.0f", r->power_w) : "-");
        table_end_row(&table);
    }
    table_print(&table, 0, output);
}

void compare_print_speed(const Capture *capture, Arena *arena, Output *output) {
    static const char *const heads[] = {
        "N", "d", "causal", "dtype", "standard over torch-math", "flash over standard", "flash of torch's best", NULL};
    Speed speed = compare_speed(capture, arena);
    Table table;
    print_rows(&speed, arena, output);
    output_format(output, "\nHow many times as fast, our fastest of each kind:\n\n");
    titles(&table, arena, "rrllrrr", heads);
    for (int i = 0; i < speed.goal_count; i++) {
        const SpeedGoals *g = &speed.goals[i];
        table_cell(&table, "%llu", (unsigned long long)g->size->query_rows);
        table_cell(&table, "%llu", (unsigned long long)g->size->head_dim_elems);
        table_cell(&table, "%s", g->size->is_causal ? "yes" : "no");
        table_cell(&table, "%s", g->size->dtype);
        table_cell(&table, "%s", times(g->standard_over_math, arena));
        table_cell(&table, "%s", times(g->flash_over_standard, arena));
        table_cell(&table, "%s", share(g->flash_of_best, arena));
        table_end_row(&table);
    }
    table_print(&table, 0, output);
}
