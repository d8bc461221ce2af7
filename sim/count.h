/* Count: everything there is to say about one algorithm in one scenario, as a value.
 *
 * Joins the two roads (program totals and formula) and the models of L2 and time. It is what the
 * verbs print, what the views draw and what compare sets beside hardware.
 */
#ifndef SIM_COUNT_H
#define SIM_COUNT_H
#include "sim/attention/algorithm.h"
#include "sim/formula.h"
#include "sim/memory/clock.h"
#include "sim/memory/dram.h"
#include "sim/program.h"

typedef struct CountTensor {
    const char *name;
    TensorClass tensor_class;
    int tensor;    /* in Program.tensors */
    Totals totals; /* issued, l1, l2 and (where modelled) dram of this tensor in this kernel */
} CountTensor;

typedef struct CountKernel {
    const char *name;
    Pass pass;
    uint64_t block_count; /* all layers */
    uint32_t threads_per_block;
    Totals totals; /* all layers */
    CountTensor *tensors;
    int tensor_count;
} CountKernel;

typedef struct Count {
    const Algorithm *algorithm;
    const Program *program; /* in the same arena */
    const Formula *formula;
    Totals totals; /* all layers; PEAK and SMEM are maxima */
    CountKernel kernels[PROGRAM_KERNELS_MAX];
    int kernel_count;
    const DramReport *dram;    /* one layer; NULL where skipped or not modelled */
    const ClockKernel *clocks; /* one layer, by kernel; NULL where skipped */
    const char *dram_engine;   /* which engine counted dram, "" where --l2 off or not modelled */
} Count;

typedef struct CountOptions {
    bool is_dram_skipped; /* leave dram and time out: microseconds instead of up to a second */
} CountOptions;

/* Counts one algorithm. Everything is allocated in arena. */
bool count_algorithm(const Algorithm *algorithm, const Scenario *scenario, CountOptions options, Count *count,
                     Arena *arena, Err *err);
/* Counts a program that has been built already, in arena; formula may be an empty one. */
bool count_program(const Algorithm *algorithm, const Program *program, const Formula *formula, CountOptions options,
                   Count *count, Arena *arena, Err *err);
/* Counts all algorithms of the scenario into counts[scenario->algorithm_count]. */
bool count_scenario(const Scenario *scenario, CountOptions options, Count *counts, Arena *arena, Err *err);

/* The memory timeline: bytes allocated while each kernel runs, one layer's working set plus what training keeps. */
uint64_t count_memory_at_kernel_bytes(const Program *program, int kernel);
#endif
