/* Captures made by the model itself, for tests: what the tools that judge captures say of them is known beforehand.
 * Their source is "model"; they are never kept. */
#ifndef TESTS_SIM_MODEL_CAPTURE_H
#define TESTS_SIM_MODEL_CAPTURE_H
#include <stdlib.h>
#include <string.h>

#include "sim/capture_scenario.h"
#include "sim/compare_probe.h"
#include "sim/count.h"

static const struct {
    int counter;
    const char *metric, *unit;
    double per_unit; /* of the counter's */
} model_metrics[] = {{COUNTER_L1_READ_SECTORS, "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", "sectors", 1},
                     {COUNTER_L1_WRITE_SECTORS, "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum", "sectors", 1},
                     {COUNTER_L2_READ_BYTES, "lts__t_sectors_srcunit_tex_op_read.sum", "sectors", 1.0 / 32},
                     {COUNTER_L2_WRITE_BYTES, "lts__t_sectors_srcunit_tex_op_write.sum", "sectors", 1.0 / 32},
                     {COUNTER_DRAM_READ_BYTES, "dram__bytes_read.sum", "bytes", 1},
                     {COUNTER_DRAM_WRITE_BYTES, "dram__bytes_write.sum", "bytes", 1}};

static void model_write_totals(FILE *out, const char *kernel, const Totals *totals, CaptureL2 l2, double dram_factor) {
    capture_write_kernel(out, kernel);
    for (size_t i = 0; i < sizeof model_metrics / sizeof *model_metrics; i++) {
        int counter = model_metrics[i].counter;
        double value = (double)totals->value[counter];
        if (l2 == CAPTURE_L2_DRAINED && counter == COUNTER_DRAM_WRITE_BYTES)
            value += (double)totals->value[COUNTER_DRAM_DIRTY_BYTES];
        if (counter >= COUNTER_DRAM_READ_BYTES) value *= dram_factor;
        value *= model_metrics[i].per_unit;
        capture_write_metric(out, model_metrics[i].metric, model_metrics[i].unit, &value, 1);
    }
    double time_ns = (double)(uint64_t)(totals->time_ns + 0.5); /* as a replay's row has it */
    if (time_ns > 0) capture_write_metric(out, "gpu__time_duration.sum", "ns", &time_ns, 1);
}

static inline void model_write_start(FILE *out) {
    capture_write_start(out);
    capture_write_key(out, "source", "model");
    capture_write_key(out, "device", "NVIDIA H100 80GB HBM3");
}

/* The run as the model has it under that policy, DRAM times a factor. False where it has no such run. */
static inline bool model_write_run(FILE *out, const CaptureRun *run, L2Store store, double dram_factor) {
    Arena arena = {0};
    Machine machine;
    Scenario scenario;
    Count *count = ARENA_NEW(&arena, Count);
    bool is_ok = machine_find("h100", &machine, NULL) && capture_scenario(run, &machine, store, &scenario, NULL) &&
                 count_scenario(&scenario, (CountOptions){0}, count, &arena, NULL);
    if (is_ok) capture_write_run(out, run);
    for (int k = 0; is_ok && k < count->kernel_count; k++)
        model_write_totals(out, count->kernels[k].name, &count->kernels[k].totals, run->l2, dram_factor);
    arena_free(&arena);
    return is_ok;
}

/* A probe; its kernels are named in the run. */
static inline bool model_write_probe(FILE *out, const CaptureRun *run, L2Store store, double dram_factor) {
    Machine machine;
    bool is_ok = machine_find("h100", &machine, NULL);
    capture_write_run(out, run);
    for (int k = 0; is_ok && k < run->kernel_count; k++) {
        Totals totals;
        is_ok = compare_probe_count(run, k, &machine, store, &totals, NULL);
        if (is_ok) model_write_totals(out, run->kernels[k].name, &totals, run->l2, dram_factor);
    }
    return is_ok;
}
#endif
