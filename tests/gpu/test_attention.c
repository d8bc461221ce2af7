/* Our CUDA kernels on the CPU: results against float64, and every count against the simulator's program,
 * equal to the byte, the request and the sector, kernel by kernel and tensor by tensor.
 *
 * Shared memory is compared too: what a block asks for is what the program says its tiles take.
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

typedef struct Case {
    const char *algorithm;
    int version;
    int64_t batch, heads, kv_heads, queries, keys, head_dim, block_q, block_k; /* blocks 0: the program's default */
    int is_causal;
    int64_t window;
    const char *dtype; /* NULL: fp32 */
} Case;

/* Shared memory of a block on the machine that is modelled; 0: the scenario's own. */
static uint64_t smem_limit_bytes;

static GpuCase gpu_case(const Case *c, const Scenario *s, bool has_backward) {
    GpuCase g = {.version = c->version,
                 .batch_count = c->batch,
                 .head_count = c->heads,
                 .kv_head_count = c->kv_heads,
                 .query_rows = c->queries,
                 .key_rows = c->keys,
                 .head_dim_elems = c->head_dim,
                 .block_query_rows = (int64_t)s->block_query_rows,
                 .block_key_rows = (int64_t)s->block_key_rows,
                 .backward_block_query_rows = (int64_t)s->backward_block_query_rows,
                 .backward_block_key_rows = (int64_t)s->backward_block_key_rows,
                 .is_causal = c->is_causal,
                 .window_keys = c->window,
                 .has_backward = has_backward,
                 .smem_per_block_bytes = (int64_t)s->machine.smem_per_block_bytes};
    snprintf(g.algorithm, sizeof g.algorithm, "%s", c->algorithm);
    snprintf(g.dtype, sizeof g.dtype, "%s", c->dtype ? c->dtype : "fp32");
    return g;
}

static Scenario scenario_of(const Case *c, bool has_backward) {
    Scenario s = scenario_default();
    Err err = {0};
    char text[512];
    snprintf(text, sizeof text,
             "algorithm = %s\nbatch = %lld\nheads = %lld\nkv-heads = %lld\nseq = %lld\nkv-seq = %lld\nhead-dim = "
             "%lld\ndtype = %s\n%s",
             c->algorithm, (long long)c->batch, (long long)c->heads, (long long)c->kv_heads, (long long)c->queries,
             (long long)c->keys, (long long)c->head_dim, c->dtype ? c->dtype : "fp32",
             c->is_causal ? "causal = on\n" : "");
    if (smem_limit_bytes) s.machine.smem_per_block_bytes = smem_limit_bytes;
    s.pass = has_backward ? PASS_BOTH : PASS_FORWARD;
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
        bad += compare("load requests", want->name, name, w.value[COUNTER_L1_READ_REQUESTS], g.requests[0]);
        bad += compare("store requests", want->name, name, w.value[COUNTER_L1_WRITE_REQUESTS], g.requests[1]);
        bad += compare("load sectors", want->name, name, w.value[COUNTER_L1_READ_SECTORS], g.sectors[0]);
        bad += compare("store sectors", want->name, name, w.value[COUNTER_L1_WRITE_SECTORS], g.sectors[1]);
    }
    return bad;
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

static int run_case(const Case *c, bool has_backward) {
    Scenario s = scenario_of(c, has_backward);
    Arena arena = {0};
    Err err = {0};
    Count count;
    const Algorithm *algorithm = algorithm_find(c->algorithm);
    if (!count_algorithm(algorithm, &s, (CountOptions){.is_dram_skipped = true}, &count, &arena, &err))
        fail_msg("%s", err.text);
    GpuCase g = gpu_case(c, &count.program->scenario, has_backward);
    double error = 1;
    twin_reset_counts();
    if (!gpu_prepare(&g) || !gpu_verify(&error))
        fail_msg("%s seq %lld: %s", c->algorithm, (long long)c->queries, gpu_error());
    int bad = !(error < (c->dtype ? 2e-3 : 1e-5)); /* fp16 rounds P and O to 11 bits */
    if (bad) fprintf(stderr, "error against float64 %g\n", error);
    for (int i = 0; i < twin_finding_count(); i++, bad++)
        fprintf(stderr, "%s: %s\n", twin_finding(i)->kernel, twin_finding(i)->text);
    for (int k = 0; k < count.kernel_count && c->version != 1; k++) {
        const KernelTally *got = launch(count.kernels[k].name);
        if (got)
            bad += compare_kernel(&count.kernels[k], got, count.program);
        else
            bad += compare("launches", count.kernels[k].name, "", 1, 0);
    }
    if (bad)
        fprintf(stderr, "  in %s, %lld queries, %lld keys, head-dim %lld, %s%s\n", c->algorithm, (long long)c->queries,
                (long long)c->keys, (long long)c->head_dim, c->dtype ? c->dtype : "fp32",
                c->is_causal ? ", causal" : "");
    arena_free(&arena);
    return bad;
}

static void run_cases(const Case *cases, size_t count, bool has_backward) {
    int bad = 0;
    for (size_t i = 0; i < count; i++) bad += run_case(&cases[i], has_backward);
    assert_int_equal(bad, 0);
}
#define RUN(cases) run_cases(cases, sizeof cases / sizeof *cases, false)
#define RUN_BOTH(cases) run_cases(cases, sizeof cases / sizeof *cases, true)

static void test_standard(void **state) {
    (void)state;
    static const Case cases[] = {
        {"standard", 1, 1, 2, 2, 96, 96, 64, 0, 0, 0, 0, NULL},
        {"standard", 1, 1, 1, 1, 75, 90, 32, 0, 0, 1, 0, NULL},
        {"standard", 2, 1, 2, 2, 256, 256, 64, 0, 0, 0, 0, NULL},
        {"standard", 2, 1, 1, 1, 200, 200, 64, 0, 0, 0, 0, NULL},
        {"standard", 2, 2, 2, 1, 96, 130, 32, 64, 32, 0, 0, NULL},
        {"standard", 2, 1, 1, 1, 72, 100, 128, 64, 32, 0, 0, NULL},
        {"standard", 2, 1, 1, 1, 136, 136, 64, 64, 32, 1, 0, NULL},
        {"standard", 2, 1, 1, 1, 50, 75, 32, 64, 32, 0, 0, NULL},
        {"standard", 2, 1, 1, 1, 34, 3100, 32, 64, 32, 0, 0, NULL},
        {"standard", 2, 1, 3, 3, 77, 53, 32, 64, 32, 1, 0, NULL},
        {"standard", 2, 2, 1, 1, 13, 3079, 32, 64, 32, 0, 0, NULL},
    };
    RUN(cases);
}

/* Gradients against float64 too. */
static void test_standard_backward(void **state) {
    (void)state;
    static const Case cases[] = {
        {"standard", 2, 1, 2, 2, 256, 256, 64, 0, 0, 0, 0, NULL},
        {"standard", 2, 2, 1, 1, 77, 131, 32, 64, 32, 0, 0, NULL},
        {"standard", 2, 1, 1, 1, 90, 75, 128, 64, 32, 1, 0, NULL},
        {"standard", 2, 2, 4, 2, 77, 131, 32, 64, 32, 0, 0, NULL},
    };
    RUN_BOTH(cases);
}

/* Softmax, forward and backward, with four, two and one whole rows a block, and streamed where not even one fits. */
static void test_softmax_rows(void **state) {
    (void)state;
    static const Case cases[] = {{"standard", 2, 1, 1, 1, 35, 5003, 32, 64, 32, 0, 0, NULL}};
    /* A row of S is 19.5 KiB, one of P and dP together 39. */
    static const uint64_t limits_bytes[] = {160 << 10, 80 << 10, 40 << 10, 32 << 10, 18 << 10};
    for (size_t i = 0; i < sizeof limits_bytes / sizeof *limits_bytes; i++) {
        smem_limit_bytes = limits_bytes[i];
        run_cases(cases, 1, true);
    }
    smem_limit_bytes = 0;
}

static void test_flash1(void **state) {
    (void)state;
    static const Case cases[] = {
        {"flash1", 0, 1, 2, 2, 256, 256, 64, 0, 0, 0, 0, NULL},
        {"flash1", 0, 1, 1, 1, 300, 300, 32, 0, 128, 0, 0, NULL},
        {"flash1", 0, 2, 2, 1, 100, 290, 64, 0, 64, 0, 0, NULL},
        {"flash1", 0, 1, 1, 1, 200, 200, 128, 0, 0, 0, 0, NULL},
        {"flash1", 0, 1, 1, 1, 333, 333, 64, 0, 64, 1, 0, NULL},
        {"flash1", 0, 1, 1, 1, 90, 333, 32, 0, 128, 1, 0, NULL},
        {"flash1", 0, 2, 3, 3, 37, 301, 32, 0, 128, 0, 0, NULL},
    };
    RUN(cases);
}

static void test_flash1_backward(void **state) {
    (void)state;
    static const Case cases[] = {
        {"flash1", 0, 1, 2, 2, 256, 256, 64, 0, 0, 0, 0, NULL},
        {"flash1", 0, 2, 4, 2, 100, 290, 64, 0, 64, 0, 0, NULL},
        {"flash1", 0, 1, 1, 1, 77, 300, 32, 0, 0, 0, 0, NULL},
        {"flash1", 0, 1, 1, 1, 150, 200, 128, 0, 0, 1, 0, NULL},
        {"flash1", 0, 1, 3, 1, 181, 90, 32, 0, 128, 1, 0, NULL},
        {"flash1", 0, 1, 1, 1, 203, 203, 128, 0, 64, 1, 0, NULL},
    };
    RUN_BOTH(cases);
}

static void test_flash2(void **state) {
    (void)state;
    static const Case cases[] = {
        {"flash2", 0, 1, 2, 2, 256, 256, 64, 0, 0, 0, 0, NULL},
        {"flash2", 0, 1, 1, 1, 300, 300, 32, 64, 32, 0, 0, NULL},
        {"flash2", 0, 2, 4, 2, 100, 290, 64, 64, 32, 0, 0, NULL},
        {"flash2", 0, 1, 1, 1, 130, 200, 128, 0, 0, 0, 0, NULL},
        {"flash2", 0, 1, 1, 1, 333, 333, 64, 64, 32, 1, 0, NULL},
        {"flash2", 0, 1, 1, 1, 333, 90, 32, 64, 32, 1, 0, NULL},
        {"flash2", 0, 1, 1, 1, 1, 77, 64, 0, 0, 0, 0, NULL},
        {"flash2", 0, 3, 3, 1, 75, 131, 32, 64, 32, 1, 0, NULL},
    };
    RUN(cases);
}

/* dQ is added to by atomics, dK and dV are summed where heads share K and V. */
static void test_flash2_backward(void **state) {
    (void)state;
    static const Case cases[] = {
        {"flash2", 0, 1, 2, 2, 256, 256, 64, 0, 0, 0, 0, NULL},
        {"flash2", 0, 1, 1, 1, 130, 131, 32, 0, 0, 0, 0, NULL},
        {"flash2", 0, 1, 1, 1, 130, 200, 128, 0, 0, 1, 0, NULL},
        {"flash2", 0, 2, 1, 1, 77, 131, 32, 64, 32, 0, 0, NULL},
        {"flash2", 0, 1, 3, 1, 141, 90, 64, 64, 32, 1, 0, NULL},
        {"flash2", 0, 2, 4, 2, 90, 75, 128, 64, 32, 0, 0, NULL},
        {"flash2", 0, 1, 1, 1, 1, 77, 64, 0, 0, 0, 0, NULL},
        {"window", 0, 1, 2, 1, 301, 301, 32, 64, 32, 1, 41, NULL},
        {"window", 0, 1, 1, 1, 300, 300, 64, 64, 32, 0, 64, NULL},
        {"window", 0, 1, 1, 1, 100, 333, 128, 64, 32, 0, 7, NULL},
    };
    RUN_BOTH(cases);
}

/* Tensor cores, emulated lane by lane: cp.async counts as a load. */
static void test_flash2_fp16(void **state) {
    (void)state;
    static const Case cases[] = {
        {"flash2", 0, 1, 2, 1, 256, 256, 64, 0, 0, 0, 0, "fp16"},
        {"flash2", 0, 1, 1, 1, 100, 200, 32, 0, 0, 0, 0, "fp16"},
        {"flash2", 0, 1, 1, 1, 130, 90, 128, 0, 0, 1, 0, "fp16"},
        {"flash2", 0, 1, 1, 1, 200, 200, 64, 128, 64, 1, 0, "fp16"},
    };
    RUN(cases);
}

static void test_windows(void **state) {
    (void)state;
    static const Case cases[] = {
        {"window", 0, 1, 1, 1, 300, 300, 64, 64, 32, 0, 64, NULL},
        {"window", 0, 1, 2, 1, 301, 301, 32, 64, 32, 1, 41, NULL},
        {"window", 0, 1, 1, 1, 200, 333, 128, 64, 32, 0, 7, NULL},
        {"window", 0, 1, 1, 1, 400, 400, 64, 128, 64, 0, 129, "fp16"},
    };
    RUN(cases);
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
    snprintf(g.algorithm, sizeof g.algorithm, "none");
    g.head_dim_elems = 64;
    assert_false(gpu_prepare(&g));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_standard),        cmocka_unit_test(test_standard_backward),
                                       cmocka_unit_test(test_softmax_rows),    cmocka_unit_test(test_flash1),
                                       cmocka_unit_test(test_flash1_backward), cmocka_unit_test(test_flash2),
                                       cmocka_unit_test(test_flash2_fp16),     cmocka_unit_test(test_flash2_backward),
                                       cmocka_unit_test(test_windows),         cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
