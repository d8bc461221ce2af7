/* Counts for people: totals side by side, and the formulas explained. See count_output.h; kernels: count_kernels.c.
 *
 * A number's mark: "=" where the closed form gives the same, "!=" and the form's value where it does not, blank
 * where there is no closed form. Traffic is in GB (1e9), as papers print it; memory in MiB and KiB (1024).
 */

#include <string.h>

#include "sim/attention/option_users.h"
#include "sim/units.h"
#include "viz/cli/count_output.h"
#include "viz/cli/scenario_json.h"
#include "viz/cli/table.h"

/* A row of the table of totals: one counter, or the sum of two. */
typedef struct TotalRow {
    const char *label;
    int first, second; /* CounterIds; second -1 where there is none */
    UnitText (*format)(uint64_t value);
} TotalRow;

static const TotalRow total_rows[] = {
    {"issued, read", COUNTER_ISSUED_READ_BYTES, -1, units_gb},
    {"issued, written", COUNTER_ISSUED_WRITE_BYTES, -1, units_gb},
    {"issued", COUNTER_ISSUED_READ_BYTES, COUNTER_ISSUED_WRITE_BYTES, units_gb},
    {"L1 sectors, read", COUNTER_L1_READ_SECTORS, -1, units_count},
    {"L1 sectors, written", COUNTER_L1_WRITE_SECTORS, -1, units_count},
    {"L2, read", COUNTER_L2_READ_BYTES, -1, units_gb},
    {"L2, written", COUNTER_L2_WRITE_BYTES, -1, units_gb},
    {"DRAM, read", COUNTER_DRAM_READ_BYTES, -1, units_gb},
    {"DRAM, written", COUNTER_DRAM_WRITE_BYTES, -1, units_gb},
    {"peak HBM", COUNTER_PEAK_HBM_BYTES, -1, units_kib},
    {"SRAM a block", COUNTER_SMEM_PER_BLOCK_BYTES, -1, units_kib},
    {"arithmetic", COUNTER_FLOPS, -1, units_flops},
    {"exponentials", COUNTER_EXP_COUNT, -1, units_count},
    {"steps", COUNTER_STEP_COUNT, -1, units_count},
    {"thread blocks", COUNTER_BLOCK_COUNT, -1, units_count},
};
enum { TOTAL_ROW_COUNT = sizeof total_rows / sizeof total_rows[0] };

static uint64_t row_value(const TotalRow *row, const uint64_t *values) {
    return values[row->first] + (row->second >= 0 ? values[row->second] : 0);
}

static bool row_is_known(const TotalRow *row, const Count *count) {
    return counter_info[row->first].counter_class != COUNTER_CLASS_MODEL || count->dram_engine[0];
}

static bool row_has_formula(const TotalRow *row, const Formula *formula) {
    return formula->has_counter[row->first] && (row->second < 0 || formula->has_counter[row->second]);
}

static void total_cells(Table *table, const TotalRow *row, const Count *count) {
    uint64_t value = row_value(row, count->totals.value), formula_value = row_value(row, count->formula->total);
    if (!row_is_known(row, count)) {
        table_cell(table, "-");
        table_cell(table, "%s", "");
        return;
    }
    table_cell(table, "%s", row->format(value).text);
    if (!row_has_formula(row, count->formula))
        table_cell(table, "%s", "");
    else if (value == formula_value)
        table_cell(table, "=");
    else
        table_cell(table, "!= %s", units_exact(formula_value).text);
}

static void ratio_cell(Table *table, double first, double other) {
    if (first > 0 && other > 0)
        table_cell(table, "%s", units_ratio(first / other).text);
    else
        table_cell(table, "%s", "");
}

static void begin_totals(Table *table, const Count *counts, int count_count, Arena *arena) {
    const char *alignment = "lrl";
    for (int i = 1; i < count_count; i++) alignment = arena_format(arena, "%srlr", alignment);
    table_begin(table, arena, alignment);
    table_cell(table, "%s", "");
    for (int i = 0; i < count_count; i++) {
        table_cell(table, "%s", counts[i].algorithm->name);
        table_cell(table, "%s", "");
        if (i > 0) table_cell(table, "%s/%s", counts[0].algorithm->name, counts[i].algorithm->name);
    }
}

static void time_row(Table *table, const Count *counts, int count_count) {
    table_cell(table, "time (modelled)");
    for (int i = 0; i < count_count; i++) {
        bool is_known = counts[i].totals.time_ns > 0;
        table_cell(table, "%s", is_known ? units_time(counts[i].totals.time_ns).text : "-");
        table_cell(table, "%s", "");
        if (i > 0) ratio_cell(table, counts[0].totals.time_ns, counts[i].totals.time_ns);
    }
}

/* That the paper lists no passes has to be said wherever its 40.3 GB are met. */
static const char *accounting_sentence(const Scenario *scenario) {
    if (scenario->accounting == ACCOUNTING_CODE)
        return "accounting code: every tile that the kernels load or store counts";
    return "accounting paper: the published counts' rules (operands of a product once, no statistics);\n"
           "the paper lists no passes: this reading meets its figures exactly, but it is not the only one that does";
}

/* What a config.json left open, each sentence on its line. */
static void print_assumed(const char *lines, Output *output) {
    for (const char *end; (end = strchr(lines, '\n')); lines = end + 1)
        output_format(output, "assumed: %.*s\n", (int)(end - lines), lines);
}

/* An option given in vain: a window beside algorithms that see every key, say. */
static void print_unused(const Scenario *scenario, Output *output) {
    for (int i = 0; i < option_users_count; i++)
        if (option_is_unused(&option_users[i], scenario))
            output_format(output, "unused: --%s; these use it: %s\n", option_users[i].key, option_users[i].algorithms);
}

void count_print_totals(const Scenario *scenario, const Count *counts, Arena *arena, Output *output) {
    char sentence[400];
    Table table;
    scenario_sentence(scenario, sentence, sizeof sentence);
    output_format(output, "%s\n%s\n", sentence, accounting_sentence(scenario));
    print_assumed(scenario->assumed, output);
    print_unused(scenario, output);
    output_format(output, "\n");
    begin_totals(&table, counts, scenario->algorithm_count, arena);
    for (const TotalRow *row = total_rows; row < total_rows + TOTAL_ROW_COUNT; row++) {
        table_cell(&table, "%s", row->label);
        for (int i = 0; i < scenario->algorithm_count; i++) {
            bool is_known = row_is_known(row, &counts[0]) && row_is_known(row, &counts[i]);
            total_cells(&table, row, &counts[i]);
            if (i > 0)
                ratio_cell(&table, is_known ? (double)row_value(row, counts[0].totals.value) : 0,
                           (double)row_value(row, counts[i].totals.value));
        }
    }
    time_row(&table, counts, scenario->algorithm_count);
    table_print(&table, 0, output);
    output_format(
        output,
        "\n=  the closed form gives the same number, to the byte (--explain: its symbols, values and meaning)\n");
    for (int i = 0; i < scenario->algorithm_count; i++)
        if (counts[i].program->note[0])
            output_format(output, "%s: %s\n", counts[i].algorithm->name, counts[i].program->note);
}

static void print_symbols(const Formula *formula, Arena *arena, Output *output) {
    Table table;
    table_begin(&table, arena, "lrll");
    for (int i = 0; i < formula->symbol_count; i++) {
        const FormulaSymbol *symbol = &formula->symbols[i];
        table_cell(&table, "%s", symbol->name);
        table_cell(&table, "%s", units_exact(symbol->value).text);
        table_cell(&table, "%s", symbol->meaning);
        table_cell(&table, "%s%s", symbol->definition[0] ? "= " : "", symbol->definition);
    }
    table_print(&table, 4, output);
}

static const char *place(const FormulaRow *row, Arena *arena) {
    if (!row->kernel[0]) return "whole run";
    return row->tensor[0] ? arena_format(arena, "%s, %s", row->kernel, row->tensor) : row->kernel;
}

static void print_counter_rows(const Formula *formula, CounterId counter, uint64_t replayed, Arena *arena,
                               Output *output) {
    if (!formula->has_counter[counter]) return;
    output_format(output, "\n  %s (%s)\n", counter_info[counter].key, counter_info[counter].meaning);
    for (int i = 0; i < formula->row_count; i++) {
        const FormulaRow *row = &formula->rows[i];
        if (row->counter != counter) continue;
        output_format(output, "    %s: %s\n      %s\n      = %s\n      = %s\n", place(row, arena), row->why,
                      row->expression, formula_substitute(formula, row->expression, arena),
                      units_exact(row->value).text);
    }
    bool is_gauge = counter_info[counter].counter_class == COUNTER_CLASS_GAUGE;
    output_format(output, "    %s %s; the replay gives %s\n", is_gauge ? "largest" : "sum",
                  units_exact(formula->total[counter]).text,
                  replayed == formula->total[counter] ? "the same" : units_exact(replayed).text);
}

void count_print_formulas(const Scenario *scenario, const Count *counts, Arena *arena, Output *output) {
    for (const Count *count = counts; count < counts + scenario->algorithm_count; count++) {
        output_format(output, "\n%s: %s\n  Source: %s\n  Not modelled: %s\n  Symbols:\n", count->algorithm->name,
                      count->algorithm->title, count->algorithm->source, count->algorithm->not_modelled);
        print_symbols(count->formula, arena, output);
        for (int c = 0; c < COUNTER_COUNT; c++)
            print_counter_rows(count->formula, (CounterId)c, count->totals.value[c], arena, output);
    }
}
