/* Choosing an engine: see dram.h. */
#include "sim/memory/dram.h"

DramConfig dram_config(const Scenario *scenario) {
    uint64_t size_bytes = scenario->l2_mode == L2_SIZE ? scenario->l2_size_bytes : scenario->machine.l2_bytes;
    return (DramConfig){.l2 = {.size_bytes = size_bytes,
                               .partition_count = l2_partition_count(&scenario->machine),
                               .store = scenario->l2_store},
                        .start = scenario->l2_start,
                        .sm_count = scenario->machine.sm_count};
}

static void add_totals(const Program *program, DramReport *report) {
    for (int k = 0; k < program->kernel_count; k++)
        for (int t = 0; t < program->tensor_count; t++) {
            report->kernels[k].read_bytes += report->tensors[k][t].read_bytes;
            report->kernels[k].write_bytes += report->tensors[k][t].write_bytes;
            report->kernels[k].dirty_bytes += report->tensors[k][t].dirty_bytes;
        }
}

/* Sectors that the sector engine may spend: some tens of milliseconds. */
static const uint64_t SECTORS_MAX = 4000000;

bool dram_count(const Program *program, Arena *arena, DramReport *report, Err *err) {
    DramConfig config = dram_config(&program->scenario);
    const uint64_t *total = program_total(program)->value;
    *report = (DramReport){.engine = ""};
    if ((total[COUNTER_L1_READ_SECTORS] + total[COUNTER_L1_WRITE_SECTORS]) / program->scenario.layer_count >
        SECTORS_MAX)
        return true;
    if (!dram_count_sectors(program, config, arena, report, err)) return false;
    add_totals(program, report);
    return true;
}
