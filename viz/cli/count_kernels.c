/* Counts for people, kernel by kernel: what each launch is, and what each tensor moves at every level.
 *
 * Beside a tensor's issued bytes stands its closed form: "=" where that gives the same number, "!=" and its value
 * where it does not.
 */
#include <string.h>

#include "sim/base/checked.h"
#include "sim/units.h"
#include "viz/cli/count_output.h"
#include "viz/cli/table.h"

/* What the formula says about one counter of one tensor in one kernel: several rows add up. */
typedef struct FormulaCell {
    const char *expression; /* "" where there is no row */
    uint64_t value;
} FormulaCell;

static FormulaCell find_formula(const Formula *formula, CounterId counter, const char *kernel, const char *tensor,
                                Arena *arena) {
    FormulaCell cell = {"", 0};
    for (int i = 0; i < formula->row_count; i++) {
        const FormulaRow *row = &formula->rows[i];
        if (row->counter != counter || strcmp(row->kernel, kernel) != 0 || strcmp(row->tensor, tensor) != 0) continue;
        cell.expression =
            cell.expression[0] ? arena_format(arena, "%s + %s", cell.expression, row->expression) : row->expression;
        cell.value += row->value;
    }
    return cell;
}

/* The counters of one direction, level by level. */
typedef struct Direction {
    const char *name;
    CounterId issued, l1, l2, dram;
} Direction;
static const Direction directions[] = {
    {"read", COUNTER_ISSUED_READ_BYTES, COUNTER_L1_READ_SECTORS, COUNTER_L2_READ_BYTES, COUNTER_DRAM_READ_BYTES},
    {"write", COUNTER_ISSUED_WRITE_BYTES, COUNTER_L1_WRITE_SECTORS, COUNTER_L2_WRITE_BYTES, COUNTER_DRAM_WRITE_BYTES},
};

static void formula_cell(Table *table, FormulaCell formula, uint64_t value) {
    if (!formula.expression[0])
        table_cell(table, "%s", "");
    else if (formula.value == value)
        table_cell(table, "= %s", formula.expression);
    else
        table_cell(table, "!= %s = %s", formula.expression, units_exact(formula.value).text);
}

static void tensor_row(Table *table, const Count *count, const CountKernel *kernel, const CountTensor *tensor,
                       const Direction *direction, const char *kernel_label) {
    const uint64_t *value = tensor->totals.value;
    FormulaCell formula = find_formula(count->formula, direction->issued, kernel->name, tensor->name, table->arena);
    if (value[direction->l1] == 0 && !formula.expression[0]) return;
    table_cell(table, "%s", kernel_label);
    table_cell(table, "%s", tensor->name);
    table_cell(table, "%s", direction->name);
    table_cell(table, "%s", units_gb(value[direction->issued]).text);
    table_cell(table, "%s", units_exact(value[direction->issued]).text);
    table_cell(table, "%s", units_count(value[direction->l1]).text);
    table_cell(table, "%s", units_gb(value[direction->l2]).text);
    table_cell(table, "%s", count->dram_engine[0] ? units_gb(value[direction->dram]).text : "-");
    formula_cell(table, formula, value[direction->issued]);
}

static void print_tensors(const Count *count, Arena *arena, Output *output) {
    static const char *const titles[] = {
        "kernel", "tensor", "", "issued", "bytes", "sectors", "L2", "DRAM", "closed form of bytes"};
    Table table;
    table_begin(&table, arena, "lllrrrrrl");
    for (int i = 0; i < 9; i++) table_cell(&table, "%s", titles[i]);
    for (int k = 0; k < count->kernel_count; k++) {
        const CountKernel *kernel = &count->kernels[k];
        int first_cell = table.cell_count;
        for (int t = 0; t < kernel->tensor_count; t++)
            for (int d = 0; d < 2; d++)
                tensor_row(&table, count, kernel, &kernel->tensors[t], &directions[d],
                           table.cell_count == first_cell ? kernel->name : "");
    }
    table_print(&table, 2, output);
}

static void print_launches(const Count *count, Arena *arena, Output *output) {
    static const char *const titles[] = {"kernel", "pass",       "blocks",       "threads", "SRAM",
                                         "issued", "arithmetic", "exponentials", "time"};
    Table table;
    table_begin(&table, arena, "llrrrrrrr");
    for (int i = 0; i < 9; i++) table_cell(&table, "%s", titles[i]);
    for (const CountKernel *kernel = count->kernels; kernel < count->kernels + count->kernel_count; kernel++) {
        const uint64_t *value = kernel->totals.value;
        table_cell(&table, "%s", kernel->name);
        table_cell(&table, "%s", pass_name(kernel->pass));
        table_cell(&table, "%s", units_exact(kernel->block_count).text);
        table_cell(&table, "%u", kernel->threads_per_block);
        table_cell(&table, "%s", units_kib(value[COUNTER_SMEM_PER_BLOCK_BYTES]).text);
        table_cell(&table, "%s", units_gb(value[COUNTER_ISSUED_READ_BYTES] + value[COUNTER_ISSUED_WRITE_BYTES]).text);
        table_cell(&table, "%s", value[COUNTER_FLOPS] ? units_flops(value[COUNTER_FLOPS]).text : "-");
        table_cell(&table, "%s", value[COUNTER_EXP_COUNT] ? units_count(value[COUNTER_EXP_COUNT]).text : "-");
        table_cell(&table, "%s", kernel->totals.time_ns > 0 ? units_time(kernel->totals.time_ns).text : "-");
    }
    table_print(&table, 2, output);
}

/* Tiles as large as the matrices let them be; the blocks' SRAM is laid out for whole ones. */
static void print_tiles(const Scenario *s, const char *what, uint64_t query_rows, uint64_t key_rows, Output *output) {
    uint64_t used_query_rows = min_u64(query_rows, s->query_rows), used_key_rows = min_u64(key_rows, s->key_rows);
    output_format(output, "; %s %s query x %s key row%s", what, units_exact(used_query_rows).text,
                  units_exact(used_key_rows).text, used_key_rows == 1 ? "" : "s");
    if (used_query_rows < query_rows || used_key_rows < key_rows)
        output_format(output, " (SRAM for %s x %s)", units_exact(query_rows).text, units_exact(key_rows).text);
}

static void print_title(const Count *count, Output *output) {
    const Scenario *s = &count->program->scenario;
    output_format(output, "\n%s: %s", count->algorithm->name, count->algorithm->title);
    if (s->pass & PASS_FORWARD) print_tiles(s, "tiles of", s->block_query_rows, s->block_key_rows, output);
    if (s->pass & PASS_BACKWARD)
        print_tiles(s, "backward", s->backward_block_query_rows, s->backward_block_key_rows, output);
    output_format(output, "\n");
}

void count_print_kernels(const Scenario *scenario, const Count *counts, Arena *arena, Output *output) {
    for (const Count *count = counts; count < counts + scenario->algorithm_count; count++) {
        print_title(count, output);
        print_launches(count, arena, output);
        output_format(output, "\n");
        print_tensors(count, arena, output);
    }
}
