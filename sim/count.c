/* Joining program, formula and models into one value: see count.h. */
#include "sim/count.h"

#include "sim/base/checked.h"
#include "sim/memory/starts.h"

/* Per kernel and tensor: leaves times how often they run. */

static CountTensor *tensor_row(CountKernel *kernel, const Program *program, int tensor) {
    for (int i = 0; i < kernel->tensor_count; i++)
        if (kernel->tensors[i].tensor == tensor) return &kernel->tensors[i];
    CountTensor *row = &kernel->tensors[kernel->tensor_count++];
    *row = (CountTensor){
        .name = program->tensors[tensor].name, .tensor_class = program->tensors[tensor].tensor_class, .tensor = tensor};
    return row;
}

static void add_leaves(Count *count, const Program *program, Arena *arena) {
    uint64_t *runs = ARENA_ARRAY(arena, uint64_t, program->node_count);
    program_run_counts(program, runs);
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || !runs[n] || program->leaves[node->leaf].tensor == TENSOR_NONE) continue;
        CountTensor *row = tensor_row(&count->kernels[node->kernel], program, program->leaves[node->leaf].tensor);
        for (int i = 0; i < COUNTER_TREE_COUNT; i++) row->totals.value[i] += node->total.value[i] * runs[n];
    }
}

/* The leaves count tiles that start on a sector; what the others have more is known by kernel and tensor. */
static void add_excesses(Count *count, const Program *program) {
    for (int k = 0; k < program->kernel_count; k++)
        for (const StartStream *stream = program->kernels[k].streams; stream; stream = stream->next) {
            Counters excess = {0};
            starts_add_sectors(&excess, stream,
                               starts_excess_sectors(stream, &program->kernels[k]) * program->scenario.layer_count);
            CountTensor *row = tensor_row(&count->kernels[k], program, program->leaves[stream->leaf].tensor);
            for (int i = 0; i < COUNTER_TREE_COUNT; i++) row->totals.value[i] += excess.value[i];
        }
}

static void add_kernels(Count *count, const Program *program, Arena *arena) {
    uint64_t layer_count = program->scenario.layer_count;
    count->kernel_count = program->kernel_count;
    for (int k = 0; k < program->kernel_count; k++) {
        const Kernel *kernel = &program->kernels[k];
        CountKernel *row = &count->kernels[k];
        *row = (CountKernel){.name = kernel->name,
                             .pass = kernel->pass,
                             .block_count = kernel->block_count * layer_count,
                             .threads_per_block = kernel->threads_per_block,
                             .tensors = ARENA_ARRAY(arena, CountTensor, program->tensor_count)};
        const Counters *one_layer = &program->nodes[kernel->node].total;
        for (int i = 0; i < COUNTER_TREE_COUNT; i++) row->totals.value[i] = one_layer->value[i] * layer_count;
        row->totals.value[COUNTER_SMEM_PER_BLOCK_BYTES] = kernel->smem_per_block_bytes;
        row->totals.value[COUNTER_PEAK_HBM_BYTES] = count_memory_at_kernel_bytes(program, k);
    }
    add_leaves(count, program, arena);
    add_excesses(count, program);
}

/* Memory. */

uint64_t count_memory_at_kernel_bytes(const Program *program, int kernel) {
    uint64_t sum_bytes = 0, layer_count = program->scenario.layer_count;
    for (int t = 0; t < program->tensor_count; t++) {
        const Tensor *tensor = &program->tensors[t];
        bool is_alive = tensor->alloc_kernel <= kernel && kernel <= tensor->free_kernel;
        if (is_alive) sum_bytes += tensor->size_bytes;
        if (tensor->is_saved) sum_bytes += tensor->size_bytes * (layer_count - 1);
    }
    return sum_bytes;
}

static bool check_memory(const Program *program, Err *err) {
    bool has_overflow = false;
    uint64_t sum_bytes = 0;
    for (int t = 0; t < program->tensor_count; t++)
        sum_bytes =
            checked_add(&has_overflow, sum_bytes,
                        checked_mul(&has_overflow, program->tensors[t].size_bytes, program->scenario.layer_count));
    return has_overflow ? err_set(err, ERR_USAGE, "%s: the tensors' bytes do not fit 63 bits; make a size smaller",
                                  program->algorithm)
                        : true;
}

/* The models of L2 and time: one layer, times layers. */

static void add_dram(Totals *totals, const DramTraffic *traffic, uint64_t layer_count) {
    totals->value[COUNTER_DRAM_READ_BYTES] += traffic->read_bytes * layer_count;
    totals->value[COUNTER_DRAM_WRITE_BYTES] += traffic->write_bytes * layer_count;
    totals->value[COUNTER_DRAM_DIRTY_BYTES] += traffic->dirty_bytes;
}

static void add_dram_kernel(Count *count, const DramReport *report, int kernel) {
    uint64_t layer_count = count->program->scenario.layer_count;
    add_dram(&count->kernels[kernel].totals, &report->kernels[kernel], layer_count);
    for (int t = 0; t < count->program->tensor_count; t++) {
        const DramTraffic *traffic = &report->tensors[kernel][t];
        if (traffic->read_bytes || traffic->write_bytes || traffic->dirty_bytes)
            add_dram(&tensor_row(&count->kernels[kernel], count->program, t)->totals, traffic, layer_count);
    }
}

static bool add_models(Count *count, Arena *arena, Err *err) {
    const Program *program = count->program;
    DramReport *report = ARENA_NEW(arena, DramReport);
    ClockKernel *clocks = ARENA_ARRAY(arena, ClockKernel, program->kernel_count);
    if (!dram_count(program, report, err)) return false;
    count->dram_engine = report->engine;
    count->dram = report->engine[0] ? report : NULL;
    count->clocks = clocks;
    for (int k = 0; k < program->kernel_count; k++) {
        clocks[k] = clock_kernel(program, k, count->dram ? &report->kernels[k] : NULL);
        count->kernels[k].totals.time_ns = clocks[k].time_ns * (double)program->scenario.layer_count;
        if (count->dram) add_dram_kernel(count, report, k);
    }
    return true;
}

/* The whole. */

static void add_totals(Count *count, const Program *program) {
    const Counters *total = program_total(program);
    for (int i = 0; i < COUNTER_TREE_COUNT; i++) count->totals.value[i] = total->value[i];
    for (int k = 0; k < count->kernel_count; k++) {
        const Totals *kernel = &count->kernels[k].totals;
        for (int i = COUNTER_TREE_COUNT; i < COUNTER_COUNT; i++) {
            uint64_t *sum = &count->totals.value[i];
            *sum = counter_info[i].counter_class == COUNTER_CLASS_GAUGE ? max_u64(*sum, kernel->value[i])
                                                                        : *sum + kernel->value[i];
        }
        count->totals.time_ns += kernel->time_ns;
    }
    /* What one kernel leaves dirty the next may write back: only the last one's is left at the end. */
    count->totals.value[COUNTER_DRAM_DIRTY_BYTES] =
        count->kernels[count->kernel_count - 1].totals.value[COUNTER_DRAM_DIRTY_BYTES];
}

bool count_program(const Algorithm *algorithm, const Program *program, const Formula *formula, CountOptions options,
                   Count *count, Arena *arena, Err *err) {
    if (!check_memory(program, err)) return false;
    Count made = {.algorithm = algorithm, .program = program, .formula = formula, .dram_engine = ""};
    add_kernels(&made, program, arena);
    if (!options.is_dram_skipped && !add_models(&made, arena, err)) return false;
    add_totals(&made, program);
    *count = made;
    return true;
}

bool count_algorithm(const Algorithm *algorithm, const Scenario *scenario, CountOptions options, Count *count,
                     Arena *arena, Err *err) {
    Program *program = ARENA_NEW(arena, Program);
    Formula *formula = ARENA_NEW(arena, Formula);
    return algorithm_program(algorithm, scenario, program, arena, err) &&
           algorithm_formula(algorithm, scenario, formula, arena, err) &&
           count_program(algorithm, program, formula, options, count, arena, err);
}

bool count_scenario(const Scenario *scenario, CountOptions options, Count *counts, Arena *arena, Err *err) {
    for (int i = 0; i < scenario->algorithm_count; i++)
        if (!count_algorithm(algorithm_find(scenario->algorithms[i]), scenario, options, &counts[i], arena, err))
            return false;
    return true;
}
