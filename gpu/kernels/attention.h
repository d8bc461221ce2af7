/* The kernels behind a plain C interface: one case at a time is prepared, its kernels are launched one by one.
 *
 * Built twice from the same source: by nvcc into libhbmscope-gpu.so, which the capture program opens, and by g++ into
 * the twin. State is the process's own (one device, one case). False means gpu_error() has a sentence.
 */
#ifndef GPU_KERNELS_ATTENTION_H
#define GPU_KERNELS_ATTENTION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct GpuInfo {
    char name[128];
    int device_count, compute_capability, sm_count, runtime_version, driver_version;
    uint64_t l2_bytes, memory_bytes;
    int clock_khz, memory_clock_khz;
} GpuInfo;

/* What is computed. Names and meanings as in sim/scenario.h. */
typedef struct GpuCase {
    char algorithm[16]; /* standard, flash1, flash2, flash3, window (flash2 with window_keys) */
    int version;        /* see gpu/kernels/README.md; 0: the one that the simulator models */
    char dtype[8];      /* fp16; fp32 for all but flash3 */
    int64_t batch_count, head_count, kv_head_count, query_rows, key_rows, head_dim_elems;
    int64_t block_query_rows, block_key_rows;                   /* must be among the compiled tiles */
    int64_t backward_block_query_rows, backward_block_key_rows; /* of flash1's and flash2's backward passes */
    int is_causal;
    int64_t window_keys;
    int64_t smem_per_block_bytes; /* the most a block may use: decides how many rows standard's softmax keeps */
    int has_backward;             /* the backward pass follows the forward one; not for flash3 */
} GpuCase;

/* The sentence of the last function that returned false. */
const char *gpu_error(void);
/* Makes the device current, with a context. */
bool gpu_open(int device, GpuInfo *info);
/* Frees the case before, allocates and fills the inputs (seeded), poisons the outputs with NaN. */
bool gpu_prepare(const GpuCase *c);
/* Kernels of the case in launch order, named as the simulator names them. */
int gpu_kernel_count(void);
const char *gpu_kernel_name(int kernel);
/* Name of the simulator's tensor that an array stands for ("O_partial" is "O fp32"); the array's own where it has none.
 */
const char *gpu_tensor_name(const char *array);
/* Asynchronous; a kernel's own errors show at gpu_synchronize. */
bool gpu_launch(int kernel);
bool gpu_synchronize(void);
/* Reads a buffer of four times the L2: what the caches held is gone, and what they hold is clean. */
bool gpu_flush_l2(void);
/* Runs all kernels, compares O with float64 on sampled rows (and, with a backward pass, the gradients of the first K/V
 * head and its query heads where that is quick): largest error over the largest value. */
bool gpu_verify(double *relative_error);
/* Milliseconds of `repeat_count` launches of one kernel. */
bool gpu_time(int kernel, int repeat_count, double *ms);

#ifdef __cplusplus
}
#endif
#endif
