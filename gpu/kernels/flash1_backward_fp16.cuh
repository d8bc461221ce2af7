/* flash1, the backward pass, version 1, fp16: the loops of flash1_backward_1.cuh on tensor cores. What changed from
 * fp32: tiles by cp.async, P and dS rounded to fp16 in shared memory, dQ fp16 when finished and fp32 between visits.
 * Thread for thread the simulator's `flash1` (sim/attention/flash1.c).
 *
 * The eight warps share the columns of what has 16 rows: of S and dP each takes an eighth of the keys, of dQ an eighth
 * of d (for d = 32 four warps do). dK and dV are whole tiles' products (half_product.cuh) with 16 to add up. A lane
 * keeps P in registers until its dS is made. dQ passes through the place of Q and dO, 16 rows of fp32 to the byte. dS
 * does not carry the scale of the scores, for it would be too small for fp16; dQ and dK take it, in fp32. Predicted
 * bytes (H heads, no mask, T_c = ceil(N_k / B_c)): reads H (4 N_k d + T_c N_q (4 d + 4) + 2 N_q d + (T_c - 1) N_q (4 d
 * + 4)), writes H (4 (T_c - 1) N_q d + 2 N_q d + 4 N_q + 4 N_k d).
 */
#ifndef GPU_KERNELS_FLASH1_BACKWARD_FP16_CUH
#define GPU_KERNELS_FLASH1_BACKWARD_FP16_CUH
#include "gpu/kernels/flash1_fp16.cuh"
#include "gpu/kernels/flash_backward.cuh"
#include "gpu/kernels/half_product.cuh"
#include "gpu/kernels/piece.cuh"

template <int D, int BC> struct Flash1HalfTile {
    static constexpr int KEY_TILES = BC / 64;             /* of 8 keys, a warp's of S and dP */
    static constexpr int COL_TILES = D < 64 ? 1 : D / 64; /* of 8 columns, a warp's of dQ */
    static constexpr int PIECES = D < 64 ? 1 : FLASH1_ROWS * D / 4 / BACKWARD_THREADS; /* of dQ, a thread's */
    static __device__ __forceinline__ int key(int t) { return threadIdx.x / 32 * (BC / 8) + 8 * t; }
    static __device__ __forceinline__ int col(int t) { return threadIdx.x / 32 * (8 * COL_TILES) + 8 * t; }
    static __device__ __forceinline__ bool has_col() { return col(0) < D; }
    /* Row and column of this thread's piece i of dQ, in linear order. */
    static __device__ __forceinline__ int piece_row(int i) { return (threadIdx.x + i * BACKWARD_THREADS) / (D / 4); }
    static __device__ __forceinline__ int piece_col() { return threadIdx.x % (D / 4) * 4; }
};

/* D = rowsum(dO * O) of a step, by the lanes that share a row; into shared memory. */
template <int D>
__device__ __forceinline__ void flash1_fp16_dot(float *sums, const char *do_tile, const float (&o)[8]) {
    int row = threadIdx.x / (D / 8), chunk = threadIdx.x % (D / 8);
    if (row >= FLASH1_ROWS) return; /* whole warps */
    const __half2 *d_o = reinterpret_cast<const __half2 *>(do_tile + half_chunk_at<D>(row, chunk));
    uint4 words = *reinterpret_cast<const uint4 *>(d_o);
    const unsigned pairs[4] = {words.x, words.y, words.z, words.w};
    float sum = 0;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        float2 v = __half22float2(*reinterpret_cast<const __half2 *>(&pairs[i]));
        sum = fmaf(v.x, o[2 * i], fmaf(v.y, o[2 * i + 1], sum));
    }
    for (int far = D / 16; far; far >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, far);
    if (chunk == 0) sums[row] = sum;
}

/* This lane's numbers of P or dS into their tile. */
template <int D, int BC>
__device__ __forceinline__ void flash1_fp16_put_scores(char *tile, const float (&score)[BC / 64][4]) {
    int lane = threadIdx.x % 32;
#pragma unroll
    for (int t = 0; t < BC / 64; t++)
#pragma unroll
        for (int h = 0; h < 2; h++)
            *reinterpret_cast<unsigned *>(tile +
                                          half_at<BC>(lane / 4 + 8 * h, Flash1HalfTile<D, BC>::key(t) + lane % 4 * 2)) =
                pack_half2(score[t][2 * h], score[t][2 * h + 1]);
}

/* dQ of this step = factor dS K, into its place. */
template <int D, int BC>
__device__ __forceinline__ void flash1_fp16_queries(float (&d_q)[Flash1HalfTile<D, BC>::COL_TILES][4],
                                                    const char *ds_tile, const char *k_tile) {
    typedef Flash1HalfTile<D, BC> T;
    if (!T::has_col()) return; /* whole warps */
#pragma unroll 2
    for (int step = 0; step < BC; step += 32) {
        unsigned a[2][4];
        left_piece<BC>(a[0], ds_tile, 0, step);
        left_piece<BC>(a[1], ds_tile, 0, step + 16);
#pragma unroll
        for (int t = 0; t < T::COL_TILES; t++) {
            unsigned k[4];
            right_column<D>(k, k_tile, step, T::col(t));
            multiply_add(d_q[t], a[0], k[0], k[1]);
            multiply_add(d_q[t], a[1], k[2], k[3]);
        }
    }
}
template <int D, int BC>
__device__ __forceinline__ void flash1_fp16_put_queries(float *place, float factor,
                                                        const float (&d_q)[Flash1HalfTile<D, BC>::COL_TILES][4]) {
    typedef Flash1HalfTile<D, BC> T;
    int lane = threadIdx.x % 32;
    if (!T::has_col()) return;
#pragma unroll
    for (int t = 0; t < T::COL_TILES; t++)
#pragma unroll
        for (int h = 0; h < 2; h++)
            *reinterpret_cast<float2 *>(place + float_at<D>(lane / 4 + 8 * h, T::col(t) + lane % 4 * 2)) =
                make_float2(d_q[t][2 * h] * factor, d_q[t][2 * h + 1] * factor);
}

/* What is in the place, rounded, in linear order. */
template <int D> __device__ __forceinline__ void flash1_fp16_store_queries(__half *to, const float *place, int rows) {
    int row = threadIdx.x / (D / 8), chunk = threadIdx.x % (D / 8);
    int flip = threadIdx.x / 4 % 2; /* which of its two chunks of floats a lane reads first: others' banks differ */
    if (row >= rows) return;
    float4 first = *reinterpret_cast<const float4 *>(place + float_at<D>(row, 8 * chunk + 4 * flip));
    float4 second = *reinterpret_cast<const float4 *>(place + float_at<D>(row, 8 * chunk + 4 - 4 * flip));
    float4 low = flip ? second : first, high = flip ? first : second;
    const float v[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
    store16(to + row * D + 8 * chunk, v);
}

/* Rows of this step in global memory. */
struct Flash1BackwardRows {
    const __half *Q, *dO, *O;
    const float *lse;
    float *D;
    __half *dQ;
    float *dQ_partial;
};

/* One step of Q: what it adds to dK and dV, and dQ. is_first: D is made and no dQ is there yet; is_last: dQ is
 * finished. */
template <int D, int BC>
__device__ __forceinline__ void flash1_fp16_backward_visit(HalfResult<BC, D> &d_k, HalfResult<BC, D> &d_v, char *k_tile,
                                                           const Flash1BackwardRows &at, const AttentionSizes &s,
                                                           int first_row, int first_key, int cols, bool is_first,
                                                           bool is_last) {
    typedef Flash1HalfTile<D, BC> T;
    char *v_tile = k_tile + BC * D * 2, *q_tile = v_tile + BC * D * 2, *do_tile = q_tile + FLASH1_ROWS * D * 2;
    char *p_tile = do_tile + FLASH1_ROWS * D * 2;
    float *lse_place = reinterpret_cast<float *>(p_tile), *delta_place = lse_place + FLASH1_ROWS;
    float *dq_place = reinterpret_cast<float *>(q_tile);
    int rows = min(FLASH1_ROWS, s.query_rows - first_row), thread = threadIdx.x, lane = thread % 32;
    float o[8] = {}, lse[2], delta[2], p[T::KEY_TILES][4], d_s[T::KEY_TILES][4], d_q[T::COL_TILES][4] = {};
    float4 so_far[T::PIECES] = {};
    copy_rows_async<D, BACKWARD_THREADS>(q_tile, at.Q, rows, FLASH1_ROWS);
    copy_rows_async<D, BACKWARD_THREADS>(do_tile, at.dO, rows, FLASH1_ROWS);
    if (is_first && thread < rows * (D / 8)) load16(o, at.O + 8 * thread);
    if (thread < FLASH1_ROWS) lse_place[thread] = thread < rows ? __ldcg(at.lse + thread) : 0;
    if (!is_first && thread < FLASH1_ROWS) delta_place[thread] = thread < rows ? __ldcg(at.D + thread) : 0;
#pragma unroll
    for (int i = 0; i < T::PIECES; i++)
        if (!is_first && T::piece_row(i) < rows)
            so_far[i] = load4(at.dQ_partial + T::piece_row(i) * D + T::piece_col());
    copy_wait_all();
    __syncthreads(); /* the tiles are there, and lse */
    if (is_first) flash1_fp16_dot<D>(delta_place, do_tile, o);
    if (is_first) __syncthreads(); /* D is there */
    if (is_first && thread < rows) at.D[thread] = delta_place[thread];
#pragma unroll
    for (int h = 0; h < 2; h++) lse[h] = lse_place[lane / 4 + 8 * h], delta[h] = delta_place[lane / 4 + 8 * h];
    flash1_fp16_product<D>(p, q_tile, k_tile, [](int t) { return T::key(t); });
#pragma unroll
    for (int t = 0; t < T::KEY_TILES; t++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
            int row = lane / 4 + e / 2 * 8, col = T::key(t) + lane % 4 * 2 + e % 2;
            bool is_seen = row < rows && col < cols && is_visible(s, first_row + row, first_key + col);
            p[t][e] = is_seen ? expf(p[t][e] * s.scale - lse[e / 2]) : 0;
        }
    __syncthreads(); /* lse and D have been taken */
    flash1_fp16_put_scores<D, BC>(p_tile, p);
    __syncthreads(); /* P is whole */
    add_product<FLASH1_ROWS, true, false>(d_v, p_tile, do_tile);
    flash1_fp16_product<D>(d_s, do_tile, v_tile, [](int t) { return T::key(t); });
#pragma unroll
    for (int t = 0; t < T::KEY_TILES; t++)
#pragma unroll
        for (int e = 0; e < 4; e++) d_s[t][e] = p[t][e] * (d_s[t][e] - delta[e / 2]);
    __syncthreads(); /* P has been used */
    flash1_fp16_put_scores<D, BC>(p_tile, d_s);
    __syncthreads(); /* dS is whole */
    add_product<FLASH1_ROWS, true, false>(d_k, p_tile, q_tile);
    flash1_fp16_queries<D, BC>(d_q, p_tile, k_tile);
    __syncthreads(); /* K, V, Q, dO and dS have been used */
    flash1_fp16_put_queries<D, BC>(dq_place, s.scale, d_q);
    __syncthreads(); /* dQ is whole */
#pragma unroll
    for (int i = 0; i < T::PIECES; i++) {
        int row = T::piece_row(i), col = T::piece_col();
        if (row >= rows) continue;
        float *own = dq_place + float_at<D>(row, col);
        add_scaled4(so_far[i], 1, *reinterpret_cast<const float4 *>(own));
        store4(is_last ? own : at.dQ_partial + row * D + col, so_far[i]);
    }
    if (!is_last) return;
    __syncthreads(); /* dQ so far has been added */
    flash1_fp16_store_queries<D>(at.dQ, dq_place, rows);
}

/* Grid (heads). dQ_partial holds unfinished rows; it is not touched where one K/V block covers all keys. dK, dV: a
 * matrix a query head. */
template <int D, int BC>
__global__ void __launch_bounds__(BACKWARD_THREADS, 1)
    flash1_fp16_backward(const __half *__restrict__ Q, const __half *__restrict__ K, const __half *__restrict__ V,
                         const __half *__restrict__ O, const __half *__restrict__ dO,
                         const float *__restrict__ lse_rows, float *__restrict__ D_rows, __half *__restrict__ dQ,
                         float *__restrict__ dQ_partial, __half *__restrict__ dK, __half *__restrict__ dV,
                         AttentionSizes s) {
    extern __shared__ float4 shared_tiles[];
    char *k_tile = reinterpret_cast<char *>(shared_tiles), *v_tile = k_tile + BC * D * 2;
    size_t k_base = key_base(s, blockIdx.x, D), row_base = query_base(s, blockIdx.x, 1);
    int key_tiles = (s.key_rows + BC - 1) / BC, steps = (s.query_rows + FLASH1_ROWS - 1) / FLASH1_ROWS;
    for (int j = 0; j < key_tiles; j++) {
        int cols = min_rows(BC, j, s.key_rows), next_first = flash1_next_first_step(s, j, BC);
        HalfResult<BC, D> d_k = {}, d_v = {};
        __syncthreads(); /* dK and dV of the block before are stored */
        copy_rows_async<D, BACKWARD_THREADS>(k_tile, K + k_base + (size_t)j * BC * D, cols, BC);
        copy_rows_async<D, BACKWARD_THREADS>(v_tile, V + k_base + (size_t)j * BC * D, cols, BC);
        for (int i = flash1_first_step(s, j, BC); i < steps; i++) {
            size_t row = row_base + (size_t)i * FLASH1_ROWS;
            Flash1BackwardRows at = {Q + row * D,  dO + row * D, O + row * D,         lse_rows + row,
                                     D_rows + row, dQ + row * D, dQ_partial + row * D};
            __syncthreads(); /* dQ of the step before is stored */
            flash1_fp16_backward_visit<D, BC>(d_k, d_v, k_tile, at, s, i * FLASH1_ROWS, j * BC, cols, j == 0,
                                              i < next_first);
        }
        copy_wait_all(); /* where no step was visited K and V are still on their way */
        size_t out = ((size_t)blockIdx.x * s.key_rows + (size_t)j * BC) * D;
        store_result<BC * D * 2>(dK + out, k_tile, d_k, s.scale, cols);
        store_result<BC * D * 2>(dV + out, v_tile, d_v, 1, cols);
    }
}
#endif
