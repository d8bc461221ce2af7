/* standard, version 1: the textbook. One thread an element of the result; no tiles, no shared memory.
 *
 *     S = scale Q K^T   2 d loads of 4 bytes a thread. A warp is one query and 32 keys: Q is one address for all (1
 *                       sector a request), K is 32 rows apart (32 sectors): 33 d N_q N_k / 32 sectors a head
 *     P = softmax(S)    a warp a row, three passes over it; P is written where S was
 *     O = P V           a warp is one row and 32 columns: P one address, V 128 bytes in a row: 5 N_k sectors a warp
 *
 * Predicted bytes asked for (H heads, fp32): QK^T 8 d N_q N_k H, softmax 12 N_q N_k H, PV 8 d N_q N_k H; written 4 N_q
 * N_k H twice and 4 N_q d H; in fp16 half as many, sums still in fp32. Most of the sectors hit in L1: these kernels are
 * the only ones here that use it.
 */
#ifndef GPU_KERNELS_STANDARD_1_CUH
#define GPU_KERNELS_STANDARD_1_CUH
#include "gpu/kernels/tile.cuh"

/* Block (32, 8), grid (keys / 32, queries / 8, heads). */
template <class T>
__global__ void standard1_scores(const T *__restrict__ Q, const T *__restrict__ K, T *__restrict__ S, AttentionSizes s,
                                 int d) {
    int j = blockIdx.x * 32 + threadIdx.x, i = blockIdx.y * 8 + threadIdx.y;
    if (i >= s.query_rows || j >= s.key_rows) return;
    const T *q = Q + query_base(s, blockIdx.z, d) + (size_t)i * d;
    const T *k = K + key_base(s, blockIdx.z, d) + (size_t)j * d;
    float sum = 0;
    for (int c = 0; c < d; c++) sum += (float)q[c] * (float)k[c];
    S[query_base(s, blockIdx.z, s.key_rows) + (size_t)i * s.key_rows + j] =
        (T)(is_visible(s, i, j) ? sum * s.scale : -INFINITY);
}

/* Block (32, 8): a warp a row. A row that sees no key at all becomes zeros. P may be S: a lane writes what it alone
 * has read. */
template <class T> __global__ void standard1_softmax(const T *S, T *P, AttentionSizes s, int row_count) {
    int row = blockIdx.x * 8 + threadIdx.y;
    if (row >= row_count) return;
    const T *in = S + (size_t)row * s.key_rows;
    T *out = P + (size_t)row * s.key_rows;
    float m = -INFINITY, l = 0;
    for (int j = threadIdx.x; j < s.key_rows; j += 32) m = fmaxf(m, (float)in[j]);
    for (int o = 16; o; o >>= 1) m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, o));
    if (m == -INFINITY) m = 0;
    for (int j = threadIdx.x; j < s.key_rows; j += 32) l += expf((float)in[j] - m);
    for (int o = 16; o; o >>= 1) l += __shfl_xor_sync(0xffffffffu, l, o);
    for (int j = threadIdx.x; j < s.key_rows; j += 32) out[j] = (T)(l > 0 ? expf((float)in[j] - m) / l : 0.0f);
}

/* Block (32, 8), grid (d / 32, queries / 8, heads). */
template <class T>
__global__ void standard1_values(const T *__restrict__ P, const T *__restrict__ V, T *__restrict__ O, AttentionSizes s,
                                 int d) {
    int c = blockIdx.x * 32 + threadIdx.x, i = blockIdx.y * 8 + threadIdx.y;
    if (i >= s.query_rows || c >= d) return;
    const T *p = P + query_base(s, blockIdx.z, s.key_rows) + (size_t)i * s.key_rows;
    const T *v = V + key_base(s, blockIdx.z, d) + c;
    float sum = 0;
    for (int j = 0; j < s.key_rows; j++) sum += (float)p[j] * (float)v[(size_t)j * d];
    O[query_base(s, blockIdx.z, d) + (size_t)i * d + c] = (T)sum;
}
#endif
