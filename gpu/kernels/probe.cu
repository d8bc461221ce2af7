/* Probes: see probe.h. State is the process's own, as the driver's is. */
#include "gpu/kernels/probe.cuh"

#include <string.h>

#include "gpu/kernels/driver.h"

enum { KERNELS_MAX = 3 };
struct ProbeKind {
    const char *name;
    const char *kernels[KERNELS_MAX];
    int kernel_count;
};
static const ProbeKind kinds[] = {{"empty", {"empty: one warp", "empty: every SM", "empty: 64 KiB of code"}, 3},
                                  {"read", {"read"}, 1},
                                  {"write", {"store"}, 1},
                                  {"pair", {"store", "read"}, 2},
                                  {"pair-back", {"store", "read backwards"}, 2}};

static struct Probe {
    const ProbeKind *kind;
    uint4 *bytes;
    unsigned *seen;
    unsigned block_count, sm_count;
} probe;

static bool allocate(uint64_t bytes) {
    int device, sm_count;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&sm_count, cudaDevAttrMultiProcessorCount, device));
    probe.sm_count = (unsigned)sm_count;
    CUDA_CHECK(cudaMalloc(&probe.seen, sizeof *probe.seen));
    CUDA_CHECK(cudaMemset(probe.seen, 0, sizeof *probe.seen));
    if (!bytes) return true;
    CUDA_CHECK(cudaMalloc(&probe.bytes, bytes));
    CUDA_CHECK(cudaMemset(probe.bytes, (int)(PROBE_FILL & 0xff), bytes));
    return true;
}

extern "C" bool probe_prepare(const char *name, uint64_t bytes) {
    cudaFree(probe.bytes);
    cudaFree(probe.seen);
    probe = Probe();
    for (const ProbeKind &kind : kinds)
        if (strcmp(kind.name, name) == 0) probe.kind = &kind;
    if (!probe.kind) return driver_fail("there is no probe %s; there are empty, read, write, pair and pair-back", name);
    if (bytes % PROBE_BLOCK_BYTES != 0 || (bytes == 0) != (probe.kind == &kinds[0]))
        return driver_fail("probe %s of %llu bytes: they must be a multiple of %d, and only the empty one has none",
                           name, (unsigned long long)bytes, (int)PROBE_BLOCK_BYTES);
    probe.block_count = (unsigned)(bytes / PROBE_BLOCK_BYTES);
    return allocate(bytes);
}

extern "C" int probe_kernel_count(void) { return probe.kind->kernel_count; }
extern "C" const char *probe_kernel_name(int kernel) { return probe.kind->kernels[kernel]; }

extern "C" bool probe_launch(int kernel) {
    const char *name = probe_kernel_name(kernel);
    if (strcmp(name, "empty: one warp") == 0) {
        probe_empty<<<1, 32>>>();
    } else if (strcmp(name, "empty: every SM") == 0) {
        probe_empty<<<2 * probe.sm_count, PROBE_THREADS>>>();
    } else if (strcmp(name, "empty: 64 KiB of code") == 0) {
        probe_code<<<1, 32>>>(probe.seen, 0.5f);
    } else if (strcmp(name, "store") == 0) {
        probe_write<<<probe.block_count, PROBE_THREADS>>>(probe.bytes);
    } else {
        probe_read<<<probe.block_count, PROBE_THREADS>>>(probe.bytes, probe.seen, strcmp(name, "read") != 0);
    }
    return driver_check(cudaGetLastError(), name);
}

/* Three words, each of another lane: the first, one in between, the last. */
enum { MARKS = 3 };
static uint64_t marked_word(int mark) {
    uint64_t words = (uint64_t)probe.block_count * PROBE_BLOCK_BYTES / sizeof(unsigned);
    return mark == 0 ? 0 : mark == 1 ? words / 3 : words - 1;
}

static bool mark_words(unsigned value) {
    for (int i = 0; i < MARKS; i++)
        CUDA_CHECK(cudaMemcpy((unsigned *)probe.bytes + marked_word(i), &value, sizeof value, cudaMemcpyHostToDevice));
    return true;
}

/* Readers must see all marks, writers must write over them. One launch a kernel, as attention's check has. */
static bool check_kernel(int kernel, double *error) {
    unsigned seen = 0, filled_count = 0;
    if (!mark_words(PROBE_MARK) || !probe_launch(kernel) || !gpu_synchronize()) return false;
    CUDA_CHECK(cudaMemcpy(&seen, probe.seen, sizeof seen, cudaMemcpyDeviceToHost));
    CUDA_CHECK(cudaMemset(probe.seen, 0, sizeof *probe.seen));
    for (int i = 0; i < MARKS; i++) {
        unsigned value = 0;
        CUDA_CHECK(cudaMemcpy(&value, (unsigned *)probe.bytes + marked_word(i), sizeof value, cudaMemcpyDeviceToHost));
        filled_count += value == PROBE_FILL;
    }
    bool is_reader = strncmp(probe_kernel_name(kernel), "read", 4) == 0;
    if (is_reader ? seen != MARKS : filled_count != MARKS) *error = 1;
    return mark_words(PROBE_FILL);
}

extern "C" bool probe_verify(double *error) {
    *error = 0;
    for (int kernel = 0; kernel < probe_kernel_count(); kernel++)
        if (probe.bytes ? !check_kernel(kernel, error) : !probe_launch(kernel) || !gpu_synchronize()) return false;
    return true;
}
