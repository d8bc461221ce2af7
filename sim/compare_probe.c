/* A probe through the L2 model, and a line through its readings: see compare_probe.h. */
#include "sim/compare_probe.h"

#include <string.h>

#include "sim/memory/l2.h"

enum { BLOCK_SECTORS = 16384 / L2_SECTOR_BYTES, LANE_BYTES = 16, WARP_LANES = 32 };

bool compare_is_probe(const CaptureRun *run) { return strncmp(run->algorithm, "probe-", 6) == 0; }

static bool is_store(const CaptureKernel *kernel) { return strcmp(kernel->name, "store") == 0; }

static void run_kernel(L2 *l2, const CaptureRun *run, const CaptureKernel *kernel, const Machine *machine) {
    uint64_t block_count = run->probe_bytes / L2_SECTOR_BYTES / BLOCK_SECTORS;
    bool is_back = strcmp(kernel->name, "read backwards") == 0;
    for (uint64_t b = 0; b < block_count; b++) {
        int side = (int)(b % machine->sm_count % (uint64_t)l2->config.partition_count);
        uint64_t first = (is_back ? block_count - 1 - b : b) * BLOCK_SECTORS;
        if (is_store(kernel))
            l2_write(l2, side, 0, first, BLOCK_SECTORS);
        else
            l2_read(l2, side, 0, first, BLOCK_SECTORS);
    }
}

static void fill_totals(const L2 *l2, Totals *totals) {
    const L2Traffic *t = &l2->traffic[0];
    uint64_t dirty_sectors = 0, *value = totals->value;
    uint64_t sectors_per_request = WARP_LANES * LANE_BYTES / L2_SECTOR_BYTES;
    l2_count_dirty(l2, &dirty_sectors);
    value[COUNTER_ISSUED_READ_BYTES] = value[COUNTER_L2_READ_BYTES] = t->read_sectors * L2_SECTOR_BYTES;
    value[COUNTER_ISSUED_WRITE_BYTES] = value[COUNTER_L2_WRITE_BYTES] = t->write_sectors * L2_SECTOR_BYTES;
    value[COUNTER_L1_READ_SECTORS] = t->read_sectors;
    value[COUNTER_L1_WRITE_SECTORS] = t->write_sectors;
    value[COUNTER_L1_READ_REQUESTS] = t->read_sectors / sectors_per_request;
    value[COUNTER_L1_WRITE_REQUESTS] = t->write_sectors / sectors_per_request;
    value[COUNTER_DRAM_READ_BYTES] = t->dram_read_sectors * L2_SECTOR_BYTES;
    value[COUNTER_DRAM_WRITE_BYTES] = t->dram_write_sectors * L2_SECTOR_BYTES;
    value[COUNTER_DRAM_DIRTY_BYTES] = dirty_sectors * L2_SECTOR_BYTES;
}

bool compare_probe_count(const CaptureRun *run, int kernel, const Machine *machine, L2Store store, Totals *totals,
                         Err *err) {
    Arena arena = {0};
    L2 *l2 = ARENA_NEW(&arena, L2);
    L2Config config = {.size_bytes = machine->l2_bytes, .partition_count = l2_partition_count(machine), .store = store};
    bool is_ok = l2_init(l2, config, &arena, err);
    *totals = (Totals){0};
    if (is_ok && run->probe_bytes) {
        l2_add_region(l2, 0, run->probe_bytes / L2_SECTOR_BYTES);
        for (int i = 0; run->l2 == CAPTURE_L2_WARM && i < run->kernel_count; i++)
            run_kernel(l2, run, &run->kernels[(kernel + i) % run->kernel_count], machine);
        l2_clear_traffic(l2);
        run_kernel(l2, run, &run->kernels[kernel], machine);
        fill_totals(l2, totals);
    }
    arena_free(&arena);
    return is_ok;
}

/* Minimises the sum of ((a + b x - y) / x)^2. */
CompareProbeFit compare_probe_fit(const Capture *capture, CaptureL2 l2, const char *metric) {
    double w = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
    CompareProbeFit fit = {0};
    for (int i = 0; i < capture->run_count; i++) {
        const CaptureRun *run = &capture->runs[i];
        if (strcmp(run->algorithm, "probe-read") != 0 || run->l2 != l2 || !run->kernel_count) continue;
        const CaptureMetric *m = capture_metric(&run->kernels[0], metric);
        if (!m) continue;
        double x = (double)run->probe_bytes, weight = 1 / (x * x);
        w += weight, wx += weight * x, wxx += weight * x * x, wy += weight * m->median, wxy += weight * x * m->median;
        fit.point_count++;
    }
    double determinant = w * wxx - wx * wx;
    if (fit.point_count < 2 || determinant <= 0) return (CompareProbeFit){.point_count = fit.point_count};
    fit.intercept_bytes = (wxx * wy - wx * wxy) / determinant;
    fit.slope = (w * wxy - wx * wy) / determinant;
    return fit;
}
