/* Where query heads share a K/V head, each makes a dK and a dV of its own; this kernel adds them up. Thread for thread
 * the simulator's (sim/attention/sum_heads.c): a block 64 rows of one K/V head, of dK and then of dV.
 * Predicted bytes (H query heads, H_kv K/V heads over the batch, e bytes an element): reads H 2 e N_k d, writes H_kv 2
 * e N_k d.
 */
#ifndef GPU_KERNELS_SUM_HEADS_CUH
#define GPU_KERNELS_SUM_HEADS_CUH
#include "gpu/kernels/piece.cuh"
#include "gpu/kernels/tile.cuh"

enum { SUM_ROWS = 64, SUM_THREADS = 256 };

/* from: this block's rows of the first query head; the next head's lie matrix_elems on. */
template <int D, class T>
__device__ __forceinline__ void sum_rows(const T *from, T *to, int heads, size_t matrix_elems, int rows) {
    constexpr int ELEMS = wide_elems<T>;
    for (int piece = threadIdx.x; piece < rows * (D / ELEMS); piece += SUM_THREADS) {
        float sum[ELEMS] = {};
        for (int head = 0; head < heads; head++) {
            float one[ELEMS];
            load16(one, from + head * matrix_elems + ELEMS * piece);
#pragma unroll
            for (int e = 0; e < ELEMS; e++) sum[e] += one[e];
        }
        store16(to + ELEMS * piece, sum);
    }
}

/* Grid (blocks of rows, 1, K/V heads over the batch). */
template <int D, class T>
__global__ void __launch_bounds__(SUM_THREADS) sum_heads(const T *__restrict__ dK_head, const T *__restrict__ dV_head,
                                                         T *__restrict__ dK, T *__restrict__ dV, AttentionSizes s) {
    int rows = min_rows(SUM_ROWS, blockIdx.x, s.key_rows);
    size_t matrix_elems = (size_t)s.key_rows * D, first = (size_t)blockIdx.x * SUM_ROWS * D;
    size_t from = blockIdx.z * s.heads_per_kv * matrix_elems + first, to = blockIdx.z * matrix_elems + first;
    sum_rows<D>(dK_head + from, dK + to, s.heads_per_kv, matrix_elems, rows);
    sum_rows<D>(dV_head + from, dV + to, s.heads_per_kv, matrix_elems, rows);
}
#endif
