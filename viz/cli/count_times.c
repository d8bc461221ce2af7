/* The roofline arithmetic behind modelled times, for count --explain. See count_output.h. */
#include "viz/cli/count_output.h"

static void print_kernels(const Count *count, Arena *arena, Output *output) {
    output_format(output, "\n%s: time, one layer\n", count->algorithm->name);
    if (count->dram_engine[0])
        output_format(output, "DRAM bytes counted by: %s%s\n", count->dram_engine,
                      count->dram && count->dram->is_exact ? ""
                                                           : " (an estimate: reuse distances lie near the L2's size)");
    for (int k = 0; k < count->kernel_count; k++)
        output_format(output, "%s", clock_explain(count->program, k, &count->clocks[k], arena));
}

void count_print_times(const Scenario *scenario, const Count *counts, Arena *arena, Output *output) {
    for (int i = 0; i < scenario->algorithm_count; i++)
        if (counts[i].clocks) print_kernels(&counts[i], arena, output);
    output_format(output, "\nConstants of the clock, the same for every algorithm:\n");
    for (int i = 0; i < CLOCK_CONSTANT_COUNT; i++)
        output_format(output, "  %-22s %6g %s: %s\n", clock_constants[i].name, clock_constants[i].value,
                      clock_constants[i].unit, clock_constants[i].source);
}
