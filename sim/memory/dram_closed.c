/* DRAM traffic in closed form. Declared in dram.h.
 *
 * Reads follow from reuse distances (dram_reuse.h). Bytes written in a kernel end in HBM or are still dirty at its end;
 * how many are dirty follows from the last accesses alone, which are simulated (dram_tail.h).
 */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/memory/dram_crowd.h"
#include "sim/memory/dram_reuse.h"
#include "sim/memory/dram_tail.h"

/* The traffic of kernel number `at`, given what is dirty before it. */
static bool report_kernel(const Closed *c, int at, const DramTraffic *before, DramTraffic *tensors) {
    const KernelMoves *m = &c->kernels[at % c->program->kernel_count];
    uint64_t reads[PROGRAM_TENSORS_MAX];
    DramTraffic end[PROGRAM_TENSORS_MAX];
    if (!dram_reuse_sequence(c, at, reads) || !dram_tail_simulate(c, at, end)) return false;
    for (int t = 0; t < c->program->tensor_count; t++) {
        uint64_t all_dirty_bytes =
            m->written_bytes[t] + (c->config.start == L2_START_FLUSHED ? 0 : before[t].dirty_bytes);
        if (end[t].dirty_bytes > all_dirty_bytes && !c->is_estimate) return false;
        end[t].dirty_bytes = min_u64(end[t].dirty_bytes, all_dirty_bytes);
        tensors[t] = (DramTraffic){.read_bytes = reads[t],
                                   .write_bytes = all_dirty_bytes - end[t].dirty_bytes,
                                   .dirty_bytes = end[t].dirty_bytes};
    }
    return true;
}

/* A hit must hold in the set that most meets in: below the capacity by at least a quarter, a half where there are
 * few sets, or by what the fullest set holds beyond its share and one way for what passes through. */
static double hit_margin_bytes(const Program *program, DramConfig config, Arena *arena) {
    uint64_t size_bytes = config.l2.size_bytes;
    DramCrowd crowd = dram_crowd_of(program, config, arena);
    double least = size_bytes < 128 << 10 ? 3. / 4 : size_bytes < 16 << 20 ? 1. / 2 : 1. / 4;
    return (double)size_bytes * fmax(least, (crowd.peak_ways - crowd.mean_ways + 1) / L2_WAYS);
}

bool dram_count_closed(const Program *program, DramConfig config, bool is_estimate, Arena *arena, DramReport *report) {
    Closed c = {.program = program,
                .config = config,
                .capacity_bytes = (double)config.l2.size_bytes,
                .margin_bytes = (double)dram_margin_bytes(config.l2.size_bytes),
                .hit_margin_bytes = hit_margin_bytes(program, config, arena),
                .is_estimate = is_estimate,
                .arena = arena,
                .kernels = ARENA_ARRAY(arena, KernelMoves, program->kernel_count)};
    int count = program->kernel_count;
    bool are_sides_even = config.l2.partition_count == 1 || config.sm_count % 2 == 0;
    if (!are_sides_even && !is_estimate) return false;
    for (int k = 0; k < count; k++)
        if (!dram_reuse_kernel(&c, k, &c.kernels[k])) return false;
    DramReport *result = ARENA_NEW(arena, DramReport);
    DramTraffic none[PROGRAM_TENSORS_MAX] = {{0}};
    const DramTraffic *before = none;
    int run_count = config.start == L2_START_WARM ? 2 : 1;
    for (int at = 0; at < run_count * count; at++) {
        if (!report_kernel(&c, at, before, result->tensors[at % count])) return false;
        before = result->tensors[at % count];
    }
    result->engine = "closed form";
    result->is_exact = !is_estimate;
    *report = *result;
    return true;
}
