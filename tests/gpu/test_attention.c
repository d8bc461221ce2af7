/* Our CUDA kernels on the CPU: results against float64, and every count against the simulator's program,
 * equal to the byte, the request and the sector, kernel by kernel and tensor by tensor.
 *
 * Shared memory is compared too: what a block asks for is what the program says its tiles take. The flash backward
 * kernels have no bank conflict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gpu/kernels/attention.h"
#include "gpu/twin/tally.h"
#include "gpu/twin/twin.h"
#include "sim/attention/algorithm.h"
#include "sim/count.h"

/* Cases of a group share a test. */
typedef enum Group {
    STANDARD,
    STANDARD_BACKWARD, /* gradients against float64 too */
    STANDARD_FP16,     /* its products as flash2's in fp16 */
    SOFTMAX_ROWS,      /* at several sizes of shared memory */
    SOFTMAX_ROWS_FP16,
    FLASH1,
    STANDARD_BACKWARD_FP16,
    FLASH1_BACKWARD_FP16,
    FLASH2_BACKWARD_FP16, /* dQ is rounded from its sum */
    FLASH1_FP16,
    FLASH1_BACKWARD,
    FLASH2,
    FLASH2_BACKWARD, /* dQ is added to by atomics, dK and dV are summed where heads share K and V */
    FLASH2_FP16,     /* tensor cores, emulated lane by lane: cp.async counts as a load */
    FLASH3,          /* Hopper's instructions, emulated */
    WINDOW,
    WINDOW_BACKWARD,
} Group;

static const struct {
    const char *algorithm, *dtype;
    bool has_backward;
} groups[] = {
    [STANDARD] = {"standard", "fp32", false},
    [STANDARD_BACKWARD] = {"standard", "fp32", true},
    [STANDARD_BACKWARD_FP16] = {"standard", "fp16", true},
    [FLASH1_BACKWARD_FP16] = {"flash1", "fp16", true},
    [FLASH2_BACKWARD_FP16] = {"flash2", "fp16", true},
    [FLASH1_FP16] = {"flash1", "fp16", false},
    [STANDARD_FP16] = {"standard", "fp16", false},
    [SOFTMAX_ROWS_FP16] = {"standard", "fp16", false},
    [SOFTMAX_ROWS] = {"standard", "fp32", true},
    [FLASH1] = {"flash1", "fp32", false},
    [FLASH1_BACKWARD] = {"flash1", "fp32", true},
    [FLASH2] = {"flash2", "fp32", false},
    [FLASH2_BACKWARD] = {"flash2", "fp32", true},
    [FLASH2_FP16] = {"flash2", "fp16", false},
    [WINDOW] = {"window", "fp32", false},
    [WINDOW_BACKWARD] = {"window", "fp32", true},
    [FLASH3] = {"flash3", "fp16", false},
};

typedef struct Case {
    Group group;
    int version;                    /* 0: the one that is modelled */
    int64_t batch, heads, kv_heads; /* 0: 1 */
    int64_t queries, keys, dim;
    int64_t block_q, block_k; /* 0: the program's default */
    bool is_causal, is_half;  /* is_half: fp16 in a group of fp32 */
    int64_t window;
} Case;

static const Case cases[] = {
    {STANDARD, .version = 1, .heads = 2, .kv_heads = 2, .queries = 96, .keys = 96, .dim = 64},
    {STANDARD, .version = 1, .queries = 75, .keys = 90, .dim = 32, .is_causal = true},
    {STANDARD, .version = 2, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {STANDARD, .version = 2, .queries = 200, .keys = 200, .dim = 64},
    {STANDARD, .version = 2, .batch = 2, .heads = 2, .queries = 96, .keys = 130, .dim = 32, .block_q = 64,
     .block_k = 32},
    {STANDARD, .version = 2, .queries = 72, .keys = 100, .dim = 128, .block_q = 64, .block_k = 32},
    {STANDARD, .version = 2, .queries = 136, .keys = 136, .dim = 64, .block_q = 64, .block_k = 32, .is_causal = true},
    {STANDARD, .version = 2, .queries = 50, .keys = 75, .dim = 32, .block_q = 64, .block_k = 32},
    {STANDARD, .version = 2, .queries = 34, .keys = 3100, .dim = 32, .block_q = 64, .block_k = 32},
    {STANDARD, .version = 2, .heads = 3, .kv_heads = 3, .queries = 77, .keys = 53, .dim = 32, .block_q = 64,
     .block_k = 32, .is_causal = true},
    {STANDARD, .version = 2, .batch = 2, .queries = 13, .keys = 3079, .dim = 32, .block_q = 64, .block_k = 32},
    {STANDARD_BACKWARD, .version = 2, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {STANDARD_BACKWARD, .version = 2, .batch = 2, .queries = 77, .keys = 131, .dim = 32, .block_q = 64, .block_k = 32},
    {STANDARD_BACKWARD, .version = 2, .queries = 90, .keys = 75, .dim = 128, .block_q = 64, .block_k = 32,
     .is_causal = true},
    {STANDARD_BACKWARD, .version = 2, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 77, .keys = 131, .dim = 32,
     .block_q = 64, .block_k = 32},
    {STANDARD_FP16, .version = 1, .queries = 75, .keys = 90, .dim = 32, .is_causal = true},
    {STANDARD_FP16, .version = 2, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {STANDARD_FP16, .version = 2, .queries = 200, .keys = 200, .dim = 64},
    {STANDARD_FP16, .version = 2, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 96, .keys = 131, .dim = 32,
     .block_q = 64, .block_k = 32},
    {STANDARD_FP16, .version = 2, .queries = 136, .keys = 153, .dim = 128, .is_causal = true},
    {STANDARD_FP16, .version = 2, .queries = 72, .keys = 100, .dim = 128, .block_q = 64, .block_k = 32},
    {STANDARD_FP16, .version = 2, .queries = 142, .keys = 142, .dim = 32, .is_causal = true},
    {STANDARD_FP16, .version = 2, .queries = 80, .keys = 1, .dim = 64, .block_q = 128, .block_k = 64},
    {STANDARD_FP16, .version = 2, .heads = 3, .kv_heads = 3, .queries = 13, .keys = 1079, .dim = 64, .block_q = 64,
     .block_k = 32},
    {SOFTMAX_ROWS_FP16, .version = 2, .queries = 35, .keys = 10006, .dim = 32, .block_q = 64, .block_k = 32},
    {SOFTMAX_ROWS, .version = 2, .queries = 35, .keys = 5003, .dim = 32, .block_q = 64, .block_k = 32},
    {FLASH1, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH1, .queries = 300, .keys = 300, .dim = 32, .block_k = 128},
    {FLASH1, .batch = 2, .heads = 2, .queries = 100, .keys = 290, .dim = 64, .block_k = 64},
    {FLASH1, .queries = 200, .keys = 200, .dim = 128},
    {FLASH1, .queries = 333, .keys = 333, .dim = 64, .block_k = 64, .is_causal = true},
    {FLASH1, .queries = 90, .keys = 333, .dim = 32, .block_k = 128, .is_causal = true},
    {FLASH1, .batch = 2, .heads = 3, .kv_heads = 3, .queries = 37, .keys = 301, .dim = 32, .block_k = 128},
    {FLASH1_FP16, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH1_FP16, .queries = 300, .keys = 300, .dim = 32, .block_k = 128},
    {FLASH1_FP16, .queries = 77, .keys = 513, .dim = 32},
    {FLASH1_FP16, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 100, .keys = 290, .dim = 64, .block_k = 64},
    {FLASH1_FP16, .queries = 200, .keys = 200, .dim = 128},
    {FLASH1_FP16, .queries = 141, .keys = 141, .dim = 128, .block_k = 64, .is_causal = true},
    {FLASH1_FP16, .queries = 333, .keys = 333, .dim = 64, .block_k = 128, .is_causal = true},
    {FLASH1_FP16, .queries = 333, .keys = 90, .dim = 64, .block_k = 64, .is_causal = true},
    {FLASH1_BACKWARD, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH1_BACKWARD, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 100, .keys = 290, .dim = 64, .block_k = 64},
    {FLASH1_BACKWARD, .queries = 77, .keys = 300, .dim = 32},
    {FLASH1_BACKWARD, .queries = 150, .keys = 200, .dim = 128, .is_causal = true},
    {FLASH1_BACKWARD, .heads = 3, .queries = 181, .keys = 90, .dim = 32, .block_k = 128, .is_causal = true},
    {FLASH1_BACKWARD, .queries = 203, .keys = 203, .dim = 128, .block_k = 64, .is_causal = true},
    {FLASH2, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH2, .queries = 300, .keys = 300, .dim = 32, .block_q = 64, .block_k = 32},
    {FLASH2, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 100, .keys = 290, .dim = 64, .block_q = 64,
     .block_k = 32},
    {FLASH2, .queries = 130, .keys = 200, .dim = 128},
    {FLASH2, .queries = 333, .keys = 333, .dim = 64, .block_q = 64, .block_k = 32, .is_causal = true},
    {FLASH2, .queries = 333, .keys = 90, .dim = 32, .block_q = 64, .block_k = 32, .is_causal = true},
    {FLASH2, .queries = 1, .keys = 77, .dim = 64},
    {FLASH2, .batch = 3, .heads = 3, .queries = 75, .keys = 131, .dim = 32, .block_q = 64, .block_k = 32,
     .is_causal = true},
    {FLASH2_BACKWARD, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH2_BACKWARD, .queries = 130, .keys = 131, .dim = 32},
    {FLASH2_BACKWARD, .queries = 130, .keys = 200, .dim = 128, .is_causal = true},
    {FLASH2_BACKWARD, .batch = 2, .queries = 77, .keys = 131, .dim = 32, .block_q = 64, .block_k = 32},
    {FLASH2_BACKWARD, .heads = 3, .queries = 141, .keys = 90, .dim = 64, .block_q = 64, .block_k = 32,
     .is_causal = true},
    {FLASH2_BACKWARD, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 90, .keys = 75, .dim = 128, .block_q = 64,
     .block_k = 32},
    {FLASH2_BACKWARD, .queries = 1, .keys = 77, .dim = 64},
    {FLASH2_FP16, .heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH2_FP16, .queries = 100, .keys = 200, .dim = 32},
    {FLASH2_FP16, .queries = 130, .keys = 90, .dim = 128, .is_causal = true},
    {FLASH2_FP16, .queries = 200, .keys = 200, .dim = 64, .block_q = 128, .block_k = 64, .is_causal = true},
    {FLASH3, .heads = 2, .kv_heads = 2, .queries = 384, .keys = 384, .dim = 64},
    {FLASH3, .queries = 256, .keys = 352, .dim = 128},
    {FLASH3, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 200, .keys = 410, .dim = 64},
    {FLASH3, .heads = 3, .kv_heads = 3, .queries = 77, .keys = 601, .dim = 128},
    {FLASH3, .queries = 400, .keys = 400, .dim = 64, .is_causal = true},
    {FLASH3, .heads = 2, .queries = 301, .keys = 301, .dim = 128, .is_causal = true},
    {FLASH3, .batch = 3, .heads = 2, .queries = 203, .keys = 90, .dim = 64, .is_causal = true},
    {FLASH3, .queries = 150, .keys = 333, .dim = 128, .is_causal = true},
    {FLASH3, .queries = 1, .keys = 77, .dim = 64},
    {FLASH1_BACKWARD_FP16, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH1_BACKWARD_FP16, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 100, .keys = 290, .dim = 64,
     .block_k = 64},
    {FLASH1_BACKWARD_FP16, .queries = 77, .keys = 300, .dim = 32},
    {FLASH1_BACKWARD_FP16, .queries = 150, .keys = 200, .dim = 128, .is_causal = true},
    {FLASH1_BACKWARD_FP16, .heads = 3, .queries = 181, .keys = 90, .dim = 32, .block_k = 128, .is_causal = true},
    {FLASH1_BACKWARD_FP16, .queries = 203, .keys = 203, .dim = 128, .block_k = 64, .is_causal = true},
    {FLASH2_BACKWARD_FP16, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {FLASH2_BACKWARD_FP16, .queries = 131, .keys = 130, .dim = 32},
    {FLASH2_BACKWARD_FP16, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 77, .keys = 131, .dim = 128},
    {FLASH2_BACKWARD_FP16, .heads = 3, .queries = 181, .keys = 90, .dim = 64, .is_causal = true},
    {FLASH2_BACKWARD_FP16, .queries = 1, .keys = 77, .dim = 64},
    {STANDARD_BACKWARD_FP16, .version = 2, .heads = 2, .kv_heads = 2, .queries = 256, .keys = 256, .dim = 64},
    {STANDARD_BACKWARD_FP16, .version = 2, .batch = 2, .heads = 4, .kv_heads = 2, .queries = 77, .keys = 131,
     .dim = 32},
    {STANDARD_BACKWARD_FP16, .version = 2, .queries = 150, .keys = 202, .dim = 128, .is_causal = true},
    {WINDOW, .queries = 300, .keys = 300, .dim = 64, .block_q = 64, .block_k = 32, .window = 64},
    {WINDOW, .heads = 2, .queries = 301, .keys = 301, .dim = 32, .block_q = 64, .block_k = 32, .is_causal = true,
     .window = 41},
    {WINDOW, .queries = 200, .keys = 333, .dim = 128, .block_q = 64, .block_k = 32, .window = 7},
    {WINDOW, .queries = 400, .keys = 400, .dim = 64, .block_q = 128, .block_k = 64, .window = 129, .is_half = true},
    {WINDOW_BACKWARD, .heads = 2, .queries = 301, .keys = 301, .dim = 32, .block_q = 64, .block_k = 32,
     .is_causal = true, .window = 41},
    {WINDOW_BACKWARD, .queries = 300, .keys = 300, .dim = 64, .block_q = 64, .block_k = 32, .window = 64},
    {WINDOW_BACKWARD, .queries = 100, .keys = 333, .dim = 128, .block_q = 64, .block_k = 32, .window = 7},
    {WINDOW_BACKWARD, .queries = 300, .keys = 300, .dim = 64, .window = 41, .is_half = true},
};

static const char *algorithm_of(const Case *c) { return groups[c->group].algorithm; }
static const char *dtype_of(const Case *c) { return c->is_half ? "fp16" : groups[c->group].dtype; }
static int64_t or_one(int64_t count) { return count ? count : 1; }

/* Shared memory of a block on the machine that is modelled; 0: the scenario's own. */
static uint64_t smem_limit_bytes;

static GpuCase gpu_case(const Case *c, const Scenario *s) {
    GpuCase g = {.version = c->version,
                 .batch_count = or_one(c->batch),
                 .head_count = or_one(c->heads),
                 .kv_head_count = or_one(c->kv_heads),
                 .query_rows = c->queries,
                 .key_rows = c->keys,
                 .head_dim_elems = c->dim,
                 .block_query_rows = (int64_t)s->block_query_rows,
                 .block_key_rows = (int64_t)s->block_key_rows,
                 .backward_block_query_rows = (int64_t)s->backward_block_query_rows,
                 .backward_block_key_rows = (int64_t)s->backward_block_key_rows,
                 .is_causal = c->is_causal,
                 .window_keys = c->window,
                 .has_backward = groups[c->group].has_backward,
                 .smem_per_block_bytes = (int64_t)s->machine.smem_per_block_bytes};
    snprintf(g.algorithm, sizeof g.algorithm, "%s", algorithm_of(c));
    snprintf(g.dtype, sizeof g.dtype, "%s", dtype_of(c));
    return g;
}

static Scenario scenario_of(const Case *c) {
    Scenario s = scenario_default();
    Err err = {0};
    char text[512];
    snprintf(text, sizeof text,
             "algorithm = %s\nbatch = %lld\nheads = %lld\nkv-heads = %lld\nseq = %lld\nkv-seq = %lld\nhead-dim = "
             "%lld\ndtype = %s\n%s%s",
             algorithm_of(c), (long long)or_one(c->batch), (long long)or_one(c->heads), (long long)or_one(c->kv_heads),
             (long long)c->queries, (long long)c->keys, (long long)c->dim, dtype_of(c),
             c->is_causal ? "causal = on\n" : "", c->group == FLASH3 ? "gpu = h100\n" : "");
    if (smem_limit_bytes) s.machine.smem_per_block_bytes = smem_limit_bytes;
    s.pass = groups[c->group].has_backward ? PASS_BOTH : PASS_FORWARD;
    s.block_query_rows = (uint64_t)c->block_q; /* 0: the algorithm chooses */
    s.block_key_rows = (uint64_t)c->block_k;
    s.window_keys = (uint64_t)c->window;
    if (!scenario_read_text(&s, "case", text, &err) || !scenario_finish(&s, &err)) fail_msg("%s", err.text);
    return s;
}

typedef struct Counted {
    uint64_t bytes[2], requests[2], sectors[2];
} Counted; /* loads, stores */

static Counted twin_tensor(const KernelTally *kernel, const char *tensor) {
    Counted sum = {0};
    const ArrayTable *arrays = twin_arrays();
    for (uint32_t i = 0; i < kernel->site_max; i++) {
        const SiteCounts *site = &kernel->sites[i];
        if (!site->request_count || arrays->arrays[site->array].space != ARRAY_GLOBAL) continue;
        char name[ARRAY_NAME_BYTES];
        snprintf(name, sizeof name, "%s", arrays->arrays[site->array].name);
        name[strcspn(name, "#")] = 0; /* a later case's array of the same name */
        if (strcmp(gpu_tensor_name(name), tensor) != 0) continue;
        unsigned kind = access_site_kind(site->site) == ACCESS_LOAD ? 0 : 1;
        uint64_t bytes = site->access_count * access_site_bytes(site->site);
        sum.bytes[kind] += bytes;
        if (access_site_kind(site->site) == ACCESS_ATOMIC) sum.bytes[0] += bytes; /* it reads and writes; one request */
        sum.requests[kind] += site->request_count;
        sum.sectors[kind] += site->sector_count;
    }
    return sum;
}

/* What the program counts of a tensor and of those that lie where it does (P where S was), for these are one array. */
static Totals model_tensor(const CountKernel *kernel, const Program *program, int tensor) {
    Totals sum = {0};
    for (int t = 0; t < kernel->tensor_count; t++) {
        const CountTensor *more = &kernel->tensors[t];
        int over = program->tensors[more->tensor].written_over, place = over ? over - 1 : more->tensor;
        for (int c = 0; c < COUNTER_COUNT && place == tensor; c++) sum.value[c] += more->totals.value[c];
    }
    return sum;
}

static int compare(const char *what, const char *kernel, const char *tensor, uint64_t want, uint64_t got) {
    if (want == got) return 0;
    fprintf(stderr, "%s, %s, %s: want %llu, got %llu\n", kernel, tensor, what, (unsigned long long)want,
            (unsigned long long)got);
    return 1;
}

/* Copies by tensor maps are no warps' requests. */
static bool has_load_requests(const Program *program) { return strcmp(program->algorithm, "flash3") != 0; }

static int compare_kernel(const CountKernel *want, const KernelTally *got, const Program *program) {
    int bad = compare("blocks", want->name, "", want->block_count, got->block_count);
    bad += compare("threads", want->name, "", want->threads_per_block, got->threads_per_block);
    for (int k = 0; k < program->kernel_count; k++)
        if (strcmp(program->kernels[k].name, want->name) == 0)
            bad += compare("shared bytes", want->name, "", program->kernels[k].smem_per_block_bytes,
                           got->dynamic_shared_bytes);
    for (int t = 0; t < program->tensor_count; t++) {
        if (program->tensors[t].written_over) continue;
        Totals w = model_tensor(want, program, t);
        const char *name = program->tensors[t].name;
        Counted g = twin_tensor(got, name);
        bad += compare("bytes read", want->name, name, w.value[COUNTER_ISSUED_READ_BYTES], g.bytes[0]);
        bad += compare("bytes written", want->name, name, w.value[COUNTER_ISSUED_WRITE_BYTES], g.bytes[1]);
        if (has_load_requests(program))
            bad += compare("load requests", want->name, name, w.value[COUNTER_L1_READ_REQUESTS], g.requests[0]);
        bad += compare("store requests", want->name, name, w.value[COUNTER_L1_WRITE_REQUESTS], g.requests[1]);
        bad += compare("load sectors", want->name, name, w.value[COUNTER_L1_READ_SECTORS], g.sectors[0]);
        bad += compare("store sectors", want->name, name, w.value[COUNTER_L1_WRITE_SECTORS], g.sectors[1]);
    }
    return bad;
}

static uint64_t bank_conflicts(const KernelTally *kernel) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < kernel->site_max; i++)
        sum += kernel->sites[i].request_count ? kernel->sites[i].conflict_count : 0;
    return sum;
}

/* Launches one kernel alone: one function may serve two kernels. */
static const KernelTally *launch(const char *kernel) {
    for (int k = 0; k < gpu_kernel_count(); k++) {
        if (strcmp(gpu_kernel_name(k), kernel) != 0) continue;
        twin_reset_counts();
        if (!gpu_launch(k)) fail_msg("%s: %s", kernel, gpu_error());
        return twin_kernel(0);
    }
    return NULL;
}

static int run_case(const Case *c) {
    Scenario s = scenario_of(c);
    Arena arena = {0};
    Err err = {0};
    Count count;
    const Algorithm *algorithm = algorithm_find(algorithm_of(c));
    if (!count_algorithm(algorithm, &s, (CountOptions){.is_dram_skipped = true}, &count, &arena, &err))
        fail_msg("%s", err.text);
    GpuCase g = gpu_case(c, &count.program->scenario);
    double error = 1;
    twin_reset_counts();
    if (!gpu_prepare(&g) || !gpu_verify(&error))
        fail_msg("%s seq %lld: %s", algorithm_of(c), (long long)c->queries, gpu_error());
    int bad = !(error < (strcmp(dtype_of(c), "fp16") == 0 ? 2e-3 : 1e-5)); /* fp16 rounds P and O to 11 bits */
    if (bad) fprintf(stderr, "error against float64 %g\n", error);
    for (int i = 0; i < twin_finding_count(); i++, bad++)
        fprintf(stderr, "%s: %s\n", twin_finding(i)->kernel, twin_finding(i)->text);
    for (int k = 0; k < count.kernel_count && c->version != 1; k++) {
        const KernelTally *got = launch(count.kernels[k].name);
        if (got) bad += compare_kernel(&count.kernels[k], got, count.program);
        if (got && count.kernels[k].pass == PASS_BACKWARD && strcmp(algorithm_of(c), "standard") != 0)
            bad += compare("bank conflicts", count.kernels[k].name, "", 0, bank_conflicts(got));
        if (!got) bad += compare("launches", count.kernels[k].name, "", 1, 0);
    }
    if (bad)
        fprintf(stderr, "  in %s, %lld queries, %lld keys, head-dim %lld, %s%s\n", algorithm_of(c),
                (long long)c->queries, (long long)c->keys, (long long)c->dim, dtype_of(c),
                c->is_causal ? ", causal" : "");
    arena_free(&arena);
    return bad;
}

static void run_group(Group group) {
    int bad = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (cases[i].group == group) bad += run_case(&cases[i]);
    assert_int_equal(bad, 0);
}

#define GROUP_TEST(name, group)                                                                                        \
    static void name(void **state) {                                                                                   \
        (void)state;                                                                                                   \
        run_group(group);                                                                                              \
    }
GROUP_TEST(test_standard, STANDARD)
GROUP_TEST(test_standard_backward, STANDARD_BACKWARD)
GROUP_TEST(test_standard_fp16, STANDARD_FP16)
GROUP_TEST(test_flash1, FLASH1)
GROUP_TEST(test_standard_backward_fp16, STANDARD_BACKWARD_FP16)
GROUP_TEST(test_flash1_backward_fp16, FLASH1_BACKWARD_FP16)
GROUP_TEST(test_flash2_backward_fp16, FLASH2_BACKWARD_FP16)
GROUP_TEST(test_flash1_fp16, FLASH1_FP16)
GROUP_TEST(test_flash1_backward, FLASH1_BACKWARD)
GROUP_TEST(test_flash2, FLASH2)
GROUP_TEST(test_flash2_backward, FLASH2_BACKWARD)
GROUP_TEST(test_flash2_fp16, FLASH2_FP16)
GROUP_TEST(test_flash3, FLASH3)
GROUP_TEST(test_windows, WINDOW)
GROUP_TEST(test_window_backward, WINDOW_BACKWARD)

/* Four, two and one whole rows a block, and streamed where not even one fits. */
static void test_softmax_rows(void **state) {
    (void)state;
    /* A row of S is 19.5 KiB, one of P and dP together 39. */
    static const uint64_t limits_bytes[] = {160 << 10, 80 << 10, 40 << 10, 32 << 10, 18 << 10};
    for (size_t i = 0; i < sizeof limits_bytes / sizeof *limits_bytes; i++) {
        smem_limit_bytes = limits_bytes[i];
        run_group(SOFTMAX_ROWS);
        run_group(SOFTMAX_ROWS_FP16);
    }
    smem_limit_bytes = 0;
}

static void test_refusals(void **state) {
    (void)state;
    GpuCase g = {.algorithm = "flash2",
                 .dtype = "fp32",
                 .batch_count = 1,
                 .head_count = 1,
                 .kv_head_count = 1,
                 .query_rows = 64,
                 .key_rows = 64,
                 .head_dim_elems = 64,
                 .block_query_rows = 96,
                 .block_key_rows = 80};
    assert_true(gpu_prepare(&g));
    assert_false(gpu_launch(0));
    assert_string_equal(
        gpu_error(),
        "flash2 has no kernel for tiles of 96 x 80 at head-dim 64; compiled are 128 x 128, 128 x 64, 64 x 32");
    g.head_dim_elems = 80;
    assert_false(gpu_prepare(&g));
    snprintf(g.algorithm, sizeof g.algorithm, "flash3");
    assert_false(gpu_prepare(&g));
    assert_string_equal(gpu_error(), "head-dim is 80; the kernels are compiled for 32, 64 and 128");
    g.head_dim_elems = 64;
    assert_false(gpu_prepare(&g));
    assert_string_equal(gpu_error(), "flash3 has no fp32 kernel");
    snprintf(g.dtype, sizeof g.dtype, "fp16");
    assert_true(gpu_prepare(&g));
    assert_false(gpu_launch(0));
    assert_string_equal(gpu_error(),
                        "flash3 has no kernel for tiles of 96 x 80 at head-dim 64; compiled are 192 x 192, 192 x 128");
    snprintf(g.algorithm, sizeof g.algorithm, "none");
    g.head_dim_elems = 64;
    assert_false(gpu_prepare(&g));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_standard),
                                       cmocka_unit_test(test_standard_backward),
                                       cmocka_unit_test(test_standard_fp16),
                                       cmocka_unit_test(test_flash1_fp16),
                                       cmocka_unit_test(test_standard_backward_fp16),
                                       cmocka_unit_test(test_flash1_backward_fp16),
                                       cmocka_unit_test(test_flash2_backward_fp16),
                                       cmocka_unit_test(test_softmax_rows),
                                       cmocka_unit_test(test_flash1),
                                       cmocka_unit_test(test_flash1_backward),
                                       cmocka_unit_test(test_flash2),
                                       cmocka_unit_test(test_flash2_fp16),
                                       cmocka_unit_test(test_flash2_backward),
                                       cmocka_unit_test(test_windows),
                                       cmocka_unit_test(test_window_backward),
                                       cmocka_unit_test(test_flash3),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
