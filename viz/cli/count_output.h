/* What `count` prints: the same Counts as text, JSON and CSV. Pure: values in, text out. */
#ifndef VIZ_CLI_COUNT_OUTPUT_H
#define VIZ_CLI_COUNT_OUTPUT_H
#include <jansson.h>

#include "sim/count.h"
#include "viz/cli/verb.h"

/* The table of totals, algorithms side by side with ratios to the first. */
void count_print_totals(const Scenario *scenario, const Count *counts, Arena *arena, Output *output);
/* Every kernel, and what its tensors move at each level; issued bytes beside their closed forms. */
void count_print_kernels(const Scenario *scenario, const Count *counts, Arena *arena, Output *output);
/* Every formula row: symbols, their values put in, meaning. */
void count_print_formulas(const Scenario *scenario, const Count *counts, Arena *arena, Output *output);
/* Every kernel's time: what each level would take, the bound, and the constants with their sources. */
void count_print_times(const Scenario *scenario, const Count *counts, Arena *arena, Output *output);
/* Format hbmscope.count/1. */
void count_print_json(const Scenario *scenario, const Count *counts, Output *output);
/* A line a total, kernel and tensor. */
void count_print_csv(const Scenario *scenario, const Count *counts, Output *output);

/* The keys of one Totals as JSON; dram and time are null where not modelled. */
json_t *count_totals_json(const Totals *totals, bool has_dram);
/* ",key,key,..." and ",value,value,...", for CSV. */
void count_print_csv_keys(Output *output);
void count_print_csv_values(const Totals *totals, bool has_dram, Output *output);
#endif
