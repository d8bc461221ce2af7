/* Where query heads share a K/V head, each makes a dK and a dV of its own; this kernel adds them up. Thread for thread
 * the simulator's (sim/attention/sum_heads.c): a block 64 rows of one K/V head, of dK and then of dV.
 * Predicted bytes (H query heads, H_kv K/V heads over the batch): reads H 8 N_k d, writes H_kv 8 N_k d.
 */
#ifndef GPU_KERNELS_SUM_HEADS_CUH
#define GPU_KERNELS_SUM_HEADS_CUH
#include "gpu/kernels/tile.cuh"

enum { SUM_ROWS = 64, SUM_THREADS = 256 };

/* from: this block's rows of the first query head; the next head's lie matrix_elems on. */
template <int D>
__device__ __forceinline__ void sum_rows(const float *from, float *to, int heads, size_t matrix_elems, int rows) {
    for (int piece = threadIdx.x; piece < rows * (D / 4); piece += SUM_THREADS) {
        float4 sum = make_float4(0, 0, 0, 0);
        for (int head = 0; head < heads; head++) add_scaled4(sum, 1, load4(from + head * matrix_elems + 4 * piece));
        store4(to + 4 * piece, sum);
    }
}

/* Grid (blocks of rows, 1, K/V heads over the batch). */
template <int D>
__global__ void __launch_bounds__(SUM_THREADS)
    sum_heads(const float *__restrict__ dK_head, const float *__restrict__ dV_head, float *__restrict__ dK,
              float *__restrict__ dV, AttentionSizes s) {
    int rows = min_rows(SUM_ROWS, blockIdx.x, s.key_rows);
    size_t matrix_elems = (size_t)s.key_rows * D, first = (size_t)blockIdx.x * SUM_ROWS * D;
    size_t from = blockIdx.z * s.heads_per_kv * matrix_elems + first, to = blockIdx.z * matrix_elems + first;
    sum_rows<D>(dK_head + from, dK + to, s.heads_per_kv, matrix_elems, rows);
    sum_rows<D>(dV_head + from, dV + to, s.heads_per_kv, matrix_elems, rows);
}
#endif
