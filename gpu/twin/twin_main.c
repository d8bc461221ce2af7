/* hbmscope-twin --scenario TEXT [--version V]: our CUDA kernels counted on the CPU, as a capture (sim/capture.h) on
 * stdout.
 *
 * Heads do the same work on different memory, so one is run (a K/V head with its query heads, where the backward pass
 * sums over them) and counts are multiplied, where every head's matrices begin on a sector (rows a multiple of 8); else
 * all are run. Results are checked against float64 first. `hbmscope
 * compare` starts it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gpu/kernels/cases.h"
#include "gpu/twin/tally.h"
#include "gpu/twin/twin.h"

/* Scores x head dimension of what is run: about 4 seconds on one core. A backward pass adds five products to two. */
static const double WORK_MAX = 1 << 28, BACKWARD_WORK = 3.5;

/* One head stands for all where it may; the factor is how many it stands for. */
static bool shrink(GpuCase *c, uint64_t *factor, Err *err) {
    int64_t slices = c->batch_count * c->head_count, heads = c->has_backward ? c->head_count / c->kv_head_count : 1;
    bool is_alike = c->query_rows % 8 == 0 && c->key_rows % 8 == 0;
    *factor = is_alike ? (uint64_t)(slices / heads) : 1;
    if (is_alike) {
        c->head_count = heads;
        c->batch_count = c->kv_head_count = 1;
    }
    double work = (double)(c->batch_count * c->head_count) * (double)c->query_rows * (double)c->key_rows *
                  (double)c->head_dim_elems;
    if (work * (c->has_backward ? BACKWARD_WORK : 1) <= WORK_MAX) return true;
    return err_set(
        err, ERR_OTHER,
        "%s of %lld x %lld scores at head-dim %lld is too much to run on the CPU (scores x head-dim may be %.0f)",
        c->algorithm, (long long)c->query_rows, (long long)c->key_rows, (long long)c->head_dim_elems,
        c->has_backward ? WORK_MAX / BACKWARD_WORK : WORK_MAX);
}

typedef struct Counts {
    uint64_t issued_bytes[2], requests[2], sectors[2], shared_requests[2], wavefronts[2], conflicts[2];
} Counts; /* loads, stores */

static Counts count_kernel(const KernelTally *kernel) {
    Counts sum = {0};
    const ArrayTable *arrays = twin_arrays();
    for (uint32_t i = 0; i < kernel->site_max; i++) {
        const SiteCounts *site = &kernel->sites[i];
        if (!site->request_count) continue;
        unsigned kind = access_site_kind(site->site) == ACCESS_LOAD ? 0 : 1;
        bool is_shared = arrays->arrays[site->array].space == ARRAY_SHARED;
        if (is_shared) {
            sum.shared_requests[kind] += site->request_count;
            sum.wavefronts[kind] += site->wavefront_count;
            sum.conflicts[kind] += site->conflict_count;
        } else {
            uint64_t bytes = site->access_count * access_site_bytes(site->site);
            sum.issued_bytes[kind] += bytes;
            if (access_site_kind(site->site) == ACCESS_ATOMIC) sum.issued_bytes[0] += bytes; /* it reads and writes */
            sum.requests[kind] += site->request_count;
            sum.sectors[kind] += site->sector_count;
        }
    }
    return sum;
}

static void write_count(const char *name, const char *unit, uint64_t count, uint64_t factor) {
    double value = (double)(count * factor);
    capture_write_metric(stdout, name, unit, &value, 1);
}

static void write_kernel(const char *name, const Counts *c, uint64_t factor, bool uses_l1) {
    capture_write_kernel(stdout, name);
    write_count("issued_read_bytes", "bytes", c->issued_bytes[0], factor);
    write_count("issued_write_bytes", "bytes", c->issued_bytes[1], factor);
    write_count("l1_read_sectors", "sectors", c->sectors[0], factor);
    write_count("l1_write_sectors", "sectors", c->sectors[1], factor);
    write_count("l1_read_requests", "requests", c->requests[0], factor);
    write_count("l1_write_requests", "requests", c->requests[1], factor);
    if (!uses_l1) write_count("l2_read_bytes", "bytes", c->sectors[0] * 32, factor); /* loads bypass L1 */
    write_count("l2_write_bytes", "bytes", c->sectors[1] * 32, factor);              /* L1 writes through */
    write_count("l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum", "wavefronts", c->wavefronts[0], factor);
    write_count("l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum", "wavefronts", c->wavefronts[1], factor);
    write_count("l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_ld.sum", "wavefronts", c->conflicts[0], factor);
    write_count("l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_st.sum", "wavefronts", c->conflicts[1], factor);
}

static bool run_case(const Scenario *scenario, int algorithm, int version, Err *err) {
    GpuCase c, whole;
    uint64_t factor;
    double error = -1, error_max;
    if (!case_from_scenario(scenario, algorithm, version, &c, err)) return false;
    whole = c;
    error_max = strcmp(c.dtype, "fp32") == 0 ? 1e-4 : 2e-3; /* fp16 rounds P and O to 11 bits */
    if (!shrink(&c, &factor, err)) return false;
    twin_reset_counts();
    if (!gpu_prepare(&c) || !gpu_verify(&error)) return err_set(err, ERR_OTHER, "%s", gpu_error());
    if (!(error < error_max))
        return err_set(err, ERR_OTHER, "%s computes something wrong on the CPU: error %g against float64", c.algorithm,
                       error);
    CaptureRun run = case_run(&whole, CAPTURE_L2_COLD, error);
    capture_write_run(stdout, &run);
    if (factor > 1) printf("# one K/V head was run; counts are times %llu\n", (unsigned long long)factor);
    for (int k = 0; k < gpu_kernel_count(); k++) { /* each again, alone: one function may serve two kernels */
        twin_reset_counts();
        if (!gpu_launch(k) || twin_kernel_count() != 1) return err_set(err, ERR_OTHER, "%s", gpu_error());
        Counts counts = count_kernel(twin_kernel(0));
        write_kernel(gpu_kernel_name(k), &counts, factor, version == 1);
    }
    return true;
}

static bool parse(int argc, char **argv, Scenario *scenario, int *version, Err *err) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--scenario") == 0) {
            if (!scenario_read_text(scenario, "scenario", argv[i + 1], err)) return false;
        } else if (strcmp(argv[i], "--version") == 0 && argv[i + 1][0] >= '0' && argv[i + 1][0] <= '9' &&
                   !argv[i + 1][1]) {
            *version = argv[i + 1][0] - '0';
        } else {
            return err_set(err, ERR_USAGE,
                           "usage: hbmscope-twin --scenario TEXT [--version V]; hbmscope compare starts it");
        }
    }
    return scenario_finish(scenario, err);
}

int main(int argc, char **argv) {
    Scenario scenario = scenario_default();
    Err err = {0};
    int version = 0;
    bool is_ok = parse(argc, argv, &scenario, &version, &err);
    if (is_ok) {
        capture_write_start(stdout);
        capture_write_key(stdout, "source", "twin");
        capture_write_key(stdout, "device", "CPU, every access counted");
    }
    for (int a = 0; is_ok && a < scenario.algorithm_count; a++) is_ok = run_case(&scenario, a, version, &err);
    if (is_ok) capture_write_end(stdout);
    if (is_ok && fflush(stdout) != 0) is_ok = err_cannot_write(&err, "the output", errno);
    if (is_ok) return 0;
    fprintf(stderr, "hbmscope: %s\n", err.text);
    return (int)err.code;
}
