/* The probes' kernels (probe.h). A block moves PROBE_BLOCK_BYTES, 16 bytes a lane, in linear order. */
#ifndef GPU_KERNELS_PROBE_CUH
#define GPU_KERNELS_PROBE_CUH
#include <cuda_runtime.h>

#include "gpu/kernels/probe.h"

enum { PROBE_THREADS = 256, PROBE_ROUNDS = PROBE_BLOCK_BYTES / PROBE_THREADS / 16 };
/* All words alike, but for one a lane at most: their exclusive or over a lane's pieces is 0, or the two values'. */
enum : unsigned { PROBE_FILL = 0x5a5a5a5au, PROBE_MARK = 0xc3c3c3c3u };

__global__ void probe_empty() {}

/* A straight line of as many multiply-adds, each with a constant of its own: 16 bytes of code apiece from cc 7.0 on. It
 * reads no data, and writes none, for no input of ours gives the sum it asks for. */
enum { PROBE_CODE_STEPS = 4096 };
__global__ void probe_code(unsigned *seen, float x) {
    float sum = x;
#pragma unroll
    for (int i = 0; i < PROBE_CODE_STEPS; i++) sum = fmaf(sum, x, (float)(i + 1));
    if (sum == 0.3f) *seen = 1;
}

__device__ __forceinline__ size_t probe_first_piece(bool is_back) {
    size_t block = is_back ? gridDim.x - 1 - blockIdx.x : blockIdx.x;
    return block * (PROBE_BLOCK_BYTES / 16) + threadIdx.x;
}

/* *seen counts the lanes that meet the mark; nothing is written without one. */
__global__ void probe_read(const uint4 *from, unsigned *seen, bool is_back) {
    size_t first = probe_first_piece(is_back);
    unsigned x = 0;
    for (int i = 0; i < PROBE_ROUNDS; i++) {
        uint4 v = __ldcg(from + first + i * PROBE_THREADS);
        x ^= v.x ^ v.y ^ v.z ^ v.w;
    }
    if (x == (PROBE_FILL ^ PROBE_MARK)) atomicAdd(seen, 1u);
}

__global__ void probe_write(uint4 *to) {
    size_t first = probe_first_piece(false);
    for (int i = 0; i < PROBE_ROUNDS; i++)
        to[first + i * PROBE_THREADS] = make_uint4(PROBE_FILL, PROBE_FILL, PROBE_FILL, PROBE_FILL);
}
#endif
