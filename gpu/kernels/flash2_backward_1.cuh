/* flash2, the backward pass, version 1, fp32; flash2_dot serves fp16 too. What changed from standard's: no N x N matrix
 * is read or written. S and P are made again from Q, K and lse, and dQ, to which every key block adds, is summed in
 * global memory by atomics. Thread for thread the simulator's (sim/attention/flash_backward.c).
 *
 *     flash2_dot        a block D_r query rows: D = rowsum(dO * O); clears dQ
 *     flash2_backward   a block D_c keys: load K_j, V_j
 *                       for i in Q blocks that see keys of j: load Q_i, dO_i, lse, D; S = Q K^T; P = exp(S - lse);
 *                           dV += P^T dO; dP = dO V^T; dS = P (dP - D); dQ_i += dS K, atomically; dK += dS^T Q
 *                       store dK_j, dV_j
 *
 * dS carries the scale of the scores, so that dQ and dK need none. With fp32 operands dQ is its own sum; the released
 * code keeps an fp32 sum beside a 16-bit dQ and converts it at the end. Like it, a lane adds one fp32, 32 lanes
 * neighbours of a row; nobody asks for the old value, so ptxas makes a reduction of it (REDG), which hardware counts
 * apart from stores. The order of the sum is the blocks' own, so the last bits of dQ may change from run to run.
 * Predicted bytes (H heads, no mask, E_c = ceil(N_k / D_c)): flash2_dot reads H 8 N_q d, writes H 4 N_q (d + 1);
 * flash2_backward reads H 4 (2 N_k d + E_c N_q (2 d + 2)), adds H 4 E_c N_q d (a read and a write each, at L2 one
 * write) and writes H 8 N_k d.
 *
 * lse and D pass through the place of dS, which is free until dP is made.
 */
#ifndef GPU_KERNELS_FLASH2_BACKWARD_1_CUH
#define GPU_KERNELS_FLASH2_BACKWARD_1_CUH
#include "gpu/kernels/flash_backward.cuh"
#include "gpu/kernels/piece.cuh"

enum { FLASH2_ROW_THREADS = 128 };

template <int D, int BR, int BC> struct Flash2BackwardTile : BackwardTile<D, BR, BC> {
    /* dQ: a warp makes 32 neighbouring columns of OWN_ROWS neighbouring rows. */
    static constexpr int COL_GROUPS = D / 32, OWN_ROWS = BR * COL_GROUPS / BACKWARD_WARPS;
    static_assert(BR % 32 == 0 && OWN_ROWS % 4 == 0, "tile");
};

/* Query tiles [first, end) of which some row may see a key of tile j. */
__device__ __forceinline__ int first_query_tile(const AttentionSizes &s, int key_first, int tile) {
    return max(key_first - (s.key_rows - s.query_rows) - s.keys_after, 0) / tile;
}
__device__ __forceinline__ int end_query_tile(const AttentionSizes &s, int key_end, int tile) {
    int end = min(key_end - (s.key_rows - s.query_rows) + s.keys_before, s.query_rows);
    return (max(end, 0) + tile - 1) / tile;
}

/* Grid (blocks of D_r query rows, 1, heads). A warp takes 32 rows, lane l keeps the sum of the l-th; where D_r is 64,
 * half of the warps only clear. dQ_sum: dQ itself in fp32, else an fp32 matrix beside it. */
template <int D, int BR, class T>
__global__ void __launch_bounds__(FLASH2_ROW_THREADS)
    flash2_dot(const T *__restrict__ dO, const T *__restrict__ O, float *__restrict__ D_rows,
               float *__restrict__ dQ_sum, AttentionSizes s) {
    constexpr int ELEMS = wide_elems<T>, CHUNKS = D / ELEMS, GROUP = 32 / CHUNKS; /* rows that a warp reads at a time */
    static_assert(BR <= FLASH2_ROW_THREADS && BR % 32 == 0, "tile");
    int first_row = blockIdx.x * BR, rows = min_rows(BR, blockIdx.x, s.query_rows);
    int lane = threadIdx.x % 32, warp_row = (int)threadIdx.x - lane;
    size_t base = query_base(s, blockIdx.z, D) + (size_t)first_row * D;
    float kept = 0;
    for (int step = 0; step < CHUNKS && warp_row < rows; step++) { /* 32 rows, GROUP at a time */
        int row = warp_row + step * GROUP + lane / CHUNKS;
        size_t at = base + (size_t)row * D + lane % CHUNKS * ELEMS;
        float sum = 0, d_o[ELEMS] = {}, o[ELEMS] = {};
        if (row < rows) {
            load16(d_o, dO + at);
            load16(o, O + at);
        }
#pragma unroll
        for (int e = 0; e < ELEMS; e++) sum = fmaf(d_o[e], o[e], sum);
        for (int far = CHUNKS / 2; far; far >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, far);
        float own = __shfl_sync(0xffffffffu, sum, lane % GROUP * CHUNKS);
        if (lane / GROUP == step) kept = own;
    }
    if ((int)threadIdx.x < rows) D_rows[query_base(s, blockIdx.z, 1) + first_row + threadIdx.x] = kept;
    for (int piece = threadIdx.x; piece < rows * (D / 4); piece += FLASH2_ROW_THREADS)
        store4(dQ_sum + base + (size_t)piece * 4, make_float4(0, 0, 0, 0));
}

/* dQ (of this tile's rows, in global memory) += dS K. */
template <int D, int BR, int BC>
__device__ __forceinline__ void flash2_add_queries(float *dQ, const float *ds_tile, const float4 *k_tile, int rows,
                                                   int cols) {
    typedef Flash2BackwardTile<D, BR, BC> T;
    const float *k_elems = reinterpret_cast<const float *>(k_tile);
    int warp = threadIdx.x / 32, col = warp % T::COL_GROUPS * 32 + threadIdx.x % 32;
    int first = warp / T::COL_GROUPS * T::OWN_ROWS;
    float sum[T::OWN_ROWS] = {};
    for (int key = 0; key < cols; key++) {
        float k = k_elems[4 * chunk_at<D>(key, col / 4) + col % 4];
#pragma unroll
        for (int r = 0; r < T::OWN_ROWS; r += 4) {
            float4 ds = *reinterpret_cast<const float4 *>(ds_tile + T::score_at(first + r, key));
            sum[r] = fmaf(ds.x, k, sum[r]);
            sum[r + 1] = fmaf(ds.y, k, sum[r + 1]);
            sum[r + 2] = fmaf(ds.z, k, sum[r + 2]);
            sum[r + 3] = fmaf(ds.w, k, sum[r + 3]);
        }
    }
#pragma unroll
    for (int r = 0; r < T::OWN_ROWS; r++)
        if (first + r < rows) atomicAdd(dQ + (size_t)(first + r) * D + col, sum[r]);
}

/* Grid (blocks of D_c keys, 1, heads). dK, dV: a matrix a query head. */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(BACKWARD_THREADS, 1)
    flash2_backward(const float *__restrict__ Q, const float *__restrict__ K, const float *__restrict__ V,
                    const float *__restrict__ dO, const float *__restrict__ lse_rows, const float *__restrict__ D_rows,
                    float *__restrict__ dQ, float *__restrict__ dK, float *__restrict__ dV, AttentionSizes s) {
    typedef Flash2BackwardTile<D, BR, BC> T;
    extern __shared__ float4 shared_tiles[];
    float4 *k_tile = shared_tiles, *v_tile = k_tile + BC * T::CHUNKS;
    float4 *q_tile = v_tile + BC * T::CHUNKS, *do_tile = q_tile + BR * T::CHUNKS;
    float *p_tile = reinterpret_cast<float *>(do_tile + BR * T::CHUNKS), *ds_tile = p_tile + BR * BC;
    int first_key = blockIdx.x * BC, cols = min_rows(BC, blockIdx.x, s.key_rows), x = threadIdx.x % 16;
    size_t k_at = key_base(s, blockIdx.z, D) + (size_t)first_key * D;
    load_rows<D, BACKWARD_THREADS>(k_tile, K + k_at, cols);
    load_rows<D, BACKWARD_THREADS>(v_tile, V + k_at, cols);
    float4 dk[T::OWN_KEYS], dv[T::OWN_KEYS];
    backward_clear<T>(dk);
    backward_clear<T>(dv);

    int end_tile = end_query_tile(s, first_key + cols, BR);
    for (int tile = first_query_tile(s, first_key, BR); tile < end_tile; tile++) {
        int first_row = tile * BR, rows = min_rows(BR, tile, s.query_rows);
        size_t at = query_base(s, blockIdx.z, 1) + first_row;
        load_rows_in_fours<D>(q_tile, Q + at * D, rows);
        load_rows_in_fours<D>(do_tile, dO + at * D, rows);
        if ((int)threadIdx.x < rows) ds_tile[threadIdx.x] = __ldcg(lse_rows + at + threadIdx.x);
        if ((int)threadIdx.x < rows) ds_tile[BR + threadIdx.x] = __ldcg(D_rows + at + threadIdx.x);
        __syncthreads(); /* the tiles are there */
        float lse[T::ROWS], delta[T::ROWS], score[T::ROWS][T::KEYS];
#pragma unroll
        for (int i = 0; i < T::ROWS; i++) lse[i] = ds_tile[x + 16 * i], delta[i] = ds_tile[BR + x + 16 * i];
        backward_product<T>(score, q_tile, k_tile);
        backward_softmax<T>(score, lse, s, first_row, rows, first_key, cols);
        backward_store_scores<T>(p_tile, score);
        __syncthreads(); /* P is whole; lse and D have been taken */
        backward_add_keys<T>(dv, p_tile, do_tile, rows);
        backward_product<T>(score, do_tile, v_tile);
        backward_softmax_gradient<T>(score, p_tile, delta, s.scale);
        backward_store_scores<T>(ds_tile, score);
        __syncthreads(); /* dS is whole */
        flash2_add_queries<D, BR, BC>(dQ + at * D, ds_tile, k_tile, rows, cols);
        backward_add_keys<T>(dk, ds_tile, q_tile, rows);
        __syncthreads(); /* Q, dO, P and dS have been used */
    }

    size_t out = ((size_t)blockIdx.z * s.key_rows + first_key) * D;
    backward_store_keys<T>(dK + out, dk, cols);
    backward_store_keys<T>(dV + out, dv, cols);
}
#endif
