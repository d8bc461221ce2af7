/* The twin: a CUDA program's kernels on the CPU, one fiber a thread, every access counted.
 *
 * The source is compiled as C++ with gcc's -fsanitize=thread *instrumentation* and linked without its
 * runtime: each access to memory calls __tsan_readN or __tsan_writeN, which tsan.c defines. This is the C
 * side, called by the stand-in headers in include/. Blocks run one after another, warps of a block in
 * turn, lanes of a warp in turn, each until its next barrier or shuffle. So a kernel that forgets a
 * barrier reads what is not there yet, and its result is wrong on every run.
 *
 * One twin a process: the compiler's calls carry an address and nothing else, so the state they write to
 * is the one mutable global here (tsan.c says so at its definition).
 * Not modelled: time, caches, warps that interleave, independent progress of lanes that spin on a lock.
 */
#ifndef GPU_TWIN_TWIN_H
#define GPU_TWIN_TWIN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TwinDim {
    uint32_t x, y, z;
} TwinDim;

/* Runs body(context) once for every thread of the grid. Returns 0 or a cudaError_t, which also sticks. */
int twin_launch(const char *kernel_name, TwinDim grid, TwinDim block, uint64_t shared_bytes,
                void (*body)(void *context), void *context);

/* 64 KiB for a launch's arguments, beside the threads' stacks. */
void *twin_scratch(void);

/* Of the running thread: x | y << 32 | z << 48 for blocks and grids, 16 bits each for threads. They are
 * constant within a thread, which the attribute lets the compiler use. */
__attribute__((const)) uint64_t twin_thread_index(void);
__attribute__((const)) uint64_t twin_block_index(void);
__attribute__((const)) uint64_t twin_block_size(void);
__attribute__((const)) uint64_t twin_grid_size(void);

/* place: tells barriers of one kernel apart. */
void twin_block_barrier(uint32_t place);
/* __syncthreads_count: how many threads of the block came with a true value. */
uint32_t twin_block_count(int is_true, uint32_t place);
void twin_warp_barrier(uint32_t lane_mask);
/* The value that lane `source` of the warp brought; lanes outside the mask or gone give back one's own. */
uint64_t twin_shuffle(uint32_t lane_mask, uint64_t value, uint32_t source_lane);
/* The values that all 32 lanes brought, by lane. */
void twin_share(uint64_t value, uint64_t *values);
/* sum (4 registers) += A B on tensor cores, of a warp: this lane's pieces as in mma.m16n8k16. */
void twin_multiply_add(float *sum, const uint32_t *a, uint32_t b0, uint32_t b1);
/* A bit for each lane of the mask that brought a true value. */
uint32_t twin_ballot(uint32_t lane_mask, int is_true);
uint32_t twin_active_lanes(void);
uint32_t twin_lane(void);
/* An atomic operation of the running thread; the caller does the arithmetic. */
void twin_atomic(const void *address, uint32_t size_bytes);

/* Device memory, for the stand-ins of the runtime API. */
void *twin_malloc(uint64_t size_bytes, const char *name);
bool twin_free(void *address);
/* Whether the span lies in one live piece of device memory. */
bool twin_is_device_span(const void *address, uint64_t size_bytes);
bool twin_is_device_address(const void *address);
/* The error that stuck, a cudaError_t, and the sentence that explains it ("" for none). */
int twin_error(void);
const char *twin_error_text(void);
void twin_clear_error(void);

#ifdef __cplusplus
}
#endif

/* What has been counted, for reports and tests. */
struct KernelTally;
struct ArrayTable;
typedef struct TwinFinding {
    char kernel[128];
    char text[400];
    uint64_t code_address; /* leads to a source line; 0: none */
} TwinFinding;
enum { TWIN_KERNELS_MAX = 256, TWIN_FINDINGS_MAX = 64 };
#ifdef __cplusplus
extern "C" {
#endif
int twin_kernel_count(void);
const struct KernelTally *twin_kernel(int index);
const struct ArrayTable *twin_arrays(void);
int twin_finding_count(void);
const TwinFinding *twin_finding(int index);
uint64_t twin_code_base(void);
/* Forgets counts and findings, keeps memory and arrays. */
void twin_reset_counts(void);
/* Races between warps on shared memory are looked for unless switched off. */
void twin_check_races(bool is_on);
#ifdef __cplusplus
}
#endif
#endif
