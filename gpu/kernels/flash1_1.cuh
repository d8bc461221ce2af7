/* flash1, version 1: FlashAttention as first published. What changed from standard 2: the scores never leave the chip.
 * One block a head; the outer loop runs over blocks of K and V, the inner loop over steps of 16 query rows, so O and a
 * statistic a row travel to HBM and back once a K/V block. Thread for thread the simulator's `flash1`
 * (sim/attention/flash1.c).
 *
 *     for j in K blocks: load K_j, V_j                                   (B_c rows, 256, or 128 for d = 128)
 *         for i in Q steps that see K_j: load Q_i; S = Q K^T in registers; load O_i, lse_i; O = O exp(lse_old - lse) +
 * P V; store O_i, lse_i
 *
 * The first visit of a step loads no O, the last writes it to its final place. O is kept divided by the running sum, so
 * one statistic, lse = max + log(sum), is enough. Predicted bytes (H heads, no mask, T_c = ceil(N_k / B_c)): reads H 4
 * (2 N_k d + T_c N_q d + (T_c - 1) N_q (d + 1)), writes H 4 T_c N_q (d + 1). Each of the 4 warps takes 4 of the 16
 * rows; lane l has the scores of keys l + 32 j. For P V a score is handed round by shuffle, for shared memory holds Q,
 * K and V and nothing else. The Q tile's place serves O and lse once Q has been used.
 */
#ifndef GPU_KERNELS_FLASH1_1_CUH
#define GPU_KERNELS_FLASH1_1_CUH
#include "gpu/kernels/tile.cuh"

enum { FLASH1_THREADS = 128, FLASH1_ROWS = 16, FLASH1_WARP_ROWS = 4 };

/* The first Q step that sees key tile j; every step visits tile 0. */
__device__ __forceinline__ int flash1_first_step(const AttentionSizes &s, int key_tile, int tile) {
    if (key_tile == 0) return 0;
    return max(key_tile * tile - (s.key_rows - s.query_rows) - s.keys_after, 0) / FLASH1_ROWS;
}
/* The first Q step that sees a key tile after j, or how many steps there are: those before it are finished with j. */
__device__ __forceinline__ int flash1_next_first_step(const AttentionSizes &s, int key_tile, int tile) {
    int key_tiles = (s.key_rows + tile - 1) / tile, steps = (s.query_rows + FLASH1_ROWS - 1) / FLASH1_ROWS;
    return key_tile + 1 < key_tiles ? flash1_first_step(s, key_tile + 1, tile) : steps;
}

/* This warp's four rows of scores against the K tile, in registers, scaled; what may not be seen is minus infinity. */
template <int D, int BC>
__device__ __forceinline__ void flash1_scores(float (&score)[FLASH1_WARP_ROWS][BC / 32], const float4 *q_tile,
                                              const float4 *k_tile, const AttentionSizes &s, int first_row,
                                              int first_key, int cols) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    for (int r = 0; r < FLASH1_WARP_ROWS; r++)
        for (int j = 0; j < BC / 32; j++) score[r][j] = 0;
    for (int c = 0; c < D / 4; c++) {
        float4 q[FLASH1_WARP_ROWS];
#pragma unroll
        for (int r = 0; r < FLASH1_WARP_ROWS; r++) q[r] = q_tile[chunk_at<D>(warp * FLASH1_WARP_ROWS + r, c)];
#pragma unroll
        for (int j = 0; j < BC / 32; j++) {
            float4 k = k_tile[chunk_at<D>(lane + 32 * j, c)];
#pragma unroll
            for (int r = 0; r < FLASH1_WARP_ROWS; r++) score[r][j] = dot4(q[r], k, score[r][j]);
        }
    }
#pragma unroll
    for (int r = 0; r < FLASH1_WARP_ROWS; r++)
#pragma unroll
        for (int j = 0; j < BC / 32; j++) {
            int col = lane + 32 * j;
            bool is_seen = col < cols && is_visible(s, first_row + warp * FLASH1_WARP_ROWS + r, first_key + col);
            score[r][j] = is_seen ? score[r][j] * s.scale : -INFINITY;
        }
}

/* Moves 16 numbers, one a row, between the first lanes of the block and each warp's registers. */
__device__ __forceinline__ void flash1_load_lse(float (&lse)[FLASH1_WARP_ROWS], float *place, const float *from,
                                                int rows) {
    if ((int)threadIdx.x < rows) place[threadIdx.x] = __ldcg(from + threadIdx.x);
    __syncthreads();
    for (int r = 0; r < FLASH1_WARP_ROWS; r++) lse[r] = place[threadIdx.x / 32 * FLASH1_WARP_ROWS + r];
    __syncthreads();
}
__device__ __forceinline__ void flash1_store_lse(const float (&lse)[FLASH1_WARP_ROWS], float *place, float *to,
                                                 int rows) {
    int lane = threadIdx.x % 32;
    __syncthreads();
#pragma unroll
    for (int r = 0; r < FLASH1_WARP_ROWS; r++)
        if (lane == r) place[threadIdx.x / 32 * FLASH1_WARP_ROWS + r] = lse[r];
    __syncthreads();
    if ((int)threadIdx.x < rows) to[threadIdx.x] = place[threadIdx.x];
}

/* score becomes P = exp(S - lse_new); lse becomes lse_new; keep[r] is the factor of what O was before. */
template <int BC>
__device__ __forceinline__ void flash1_softmax(float (&score)[FLASH1_WARP_ROWS][BC / 32],
                                               float (&lse)[FLASH1_WARP_ROWS], float (&keep)[FLASH1_WARP_ROWS]) {
#pragma unroll
    for (int r = 0; r < FLASH1_WARP_ROWS; r++) {
        float m = -INFINITY, sum = 0;
#pragma unroll
        for (int j = 0; j < BC / 32; j++) m = fmaxf(m, score[r][j]);
        m = fmaxf(warp_max(m), lse[r]);
        float shift = m == -INFINITY ? 0 : m;
#pragma unroll
        for (int j = 0; j < BC / 32; j++) sum += expf(score[r][j] - shift);
        sum = warp_sum(sum) + expf(lse[r] - shift);
        float lse_new = sum > 0 ? shift + logf(sum) : -INFINITY, base = sum > 0 ? lse_new : 0;
        keep[r] = expf(lse[r] - base);
#pragma unroll
        for (int j = 0; j < BC / 32; j++) score[r][j] = expf(score[r][j] - base);
        lse[r] = lse_new;
    }
}

/* WIDTH neighbouring floats of a shared tile by one access: 4, 8 or 16 bytes. */
template <int WIDTH> __device__ __forceinline__ void load_wide(float (&v)[WIDTH], const float *from) {
    if constexpr (WIDTH == 4) {
        float4 x = *reinterpret_cast<const float4 *>(from);
        v[0] = x.x, v[1] = x.y, v[2] = x.z, v[3] = x.w;
    } else if constexpr (WIDTH == 2) {
        float2 x = *reinterpret_cast<const float2 *>(from);
        v[0] = x.x, v[1] = x.y;
    } else {
        v[0] = *from;
    }
}
template <int WIDTH> __device__ __forceinline__ void store_wide(float *to, const float (&v)[WIDTH]) {
    if constexpr (WIDTH == 4)
        *reinterpret_cast<float4 *>(to) = make_float4(v[0], v[1], v[2], v[3]);
    else if constexpr (WIDTH == 2)
        *reinterpret_cast<float2 *>(to) = make_float2(v[0], v[1]);
    else
        *to = v[0];
}

/* o_tile (this step's 16 rows of O, swizzled) = keep O + P V. Lane l makes columns l D/32 .. + D/32 - 1. */
template <int D, int BC>
__device__ __forceinline__ void flash1_values(float *o_tile, const float (&score)[FLASH1_WARP_ROWS][BC / 32],
                                              const float (&keep)[FLASH1_WARP_ROWS], const float *v_tile, int cols,
                                              bool has_old) {
    constexpr int WIDTH = D / 32;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, chunk = lane * WIDTH / 4, inside = lane * WIDTH % 4;
    float sum[FLASH1_WARP_ROWS][WIDTH];
#pragma unroll
    for (int r = 0; r < FLASH1_WARP_ROWS; r++) {
        if (has_old) load_wide<WIDTH>(sum[r], o_tile + 4 * chunk_at<D>(warp * FLASH1_WARP_ROWS + r, chunk) + inside);
#pragma unroll
        for (int w = 0; w < WIDTH; w++) sum[r][w] = has_old ? keep[r] * sum[r][w] : 0;
    }
#pragma unroll
    for (int j = 0; j < BC / 32; j++) {
        int end = min(32, cols - 32 * j);
        for (int k = 0; k < end; k++) {
            float v[WIDTH];
            load_wide<WIDTH>(v, v_tile + 4 * chunk_at<D>(32 * j + k, chunk) + inside);
#pragma unroll
            for (int r = 0; r < FLASH1_WARP_ROWS; r++) {
                float p = __shfl_sync(0xffffffffu, score[r][j], k);
#pragma unroll
                for (int w = 0; w < WIDTH; w++) sum[r][w] = fmaf(p, v[w], sum[r][w]);
            }
        }
    }
    __syncthreads();
#pragma unroll
    for (int r = 0; r < FLASH1_WARP_ROWS; r++)
        store_wide<WIDTH>(o_tile + 4 * chunk_at<D>(warp * FLASH1_WARP_ROWS + r, chunk) + inside, sum[r]);
    __syncthreads();
}

/* Grid (heads). O_partial holds unfinished rows; it is not touched where one K/V block covers all keys. */
template <int D, int BC>
__global__ void __launch_bounds__(FLASH1_THREADS)
    flash1_forward(const float *__restrict__ Q, const float *__restrict__ K, const float *__restrict__ V,
                   float *__restrict__ O, float *__restrict__ O_partial, float *__restrict__ lse_rows,
                   AttentionSizes s) {
    extern __shared__ float4 shared_tiles[];
    float4 *q_tile = shared_tiles, *k_tile = q_tile + FLASH1_ROWS * D / 4, *v_tile = k_tile + BC * D / 4;
    float *o_tile = reinterpret_cast<float *>(q_tile);
    size_t q_base = query_base(s, blockIdx.x, D), k_base = key_base(s, blockIdx.x, D);
    float *lse_base = lse_rows + query_base(s, blockIdx.x, 1);
    int key_tiles = (s.key_rows + BC - 1) / BC, steps = (s.query_rows + FLASH1_ROWS - 1) / FLASH1_ROWS;
    for (int j = 0; j < key_tiles; j++) {
        int cols = min_rows(BC, j, s.key_rows), next_first = flash1_next_first_step(s, j, BC);
        __syncthreads();
        load_rows<D, FLASH1_THREADS>(k_tile, K + k_base + (size_t)j * BC * D, cols);
        load_rows<D, FLASH1_THREADS>(v_tile, V + k_base + (size_t)j * BC * D, cols);
        for (int i = flash1_first_step(s, j, BC); i < steps; i++) {
            int rows = min_rows(FLASH1_ROWS, i, s.query_rows);
            size_t at = q_base + (size_t)i * FLASH1_ROWS * D;
            float score[FLASH1_WARP_ROWS][BC / 32], lse[FLASH1_WARP_ROWS], keep[FLASH1_WARP_ROWS];
            for (int r = 0; r < FLASH1_WARP_ROWS; r++) lse[r] = -INFINITY;
            __syncthreads();
            load_rows<D, FLASH1_THREADS>(q_tile, Q + at, rows);
            __syncthreads();
            flash1_scores<D, BC>(score, q_tile, k_tile, s, i * FLASH1_ROWS, j * BC, cols);
            __syncthreads(); /* Q has been used; its place is free */
            if (j > 0) {
                flash1_load_lse(lse, o_tile, lse_base + i * FLASH1_ROWS, rows);
                load_rows<D, FLASH1_THREADS>(q_tile, O_partial + at, rows);
                __syncthreads();
            }
            flash1_softmax<BC>(score, lse, keep);
            flash1_values<D, BC>(o_tile, score, keep, reinterpret_cast<const float *>(v_tile), cols, j > 0);
            float *out = (i < next_first ? O : O_partial) + at;
            for (int piece = threadIdx.x; piece < rows * (D / 4); piece += FLASH1_THREADS)
                store4(out + 4 * piece, q_tile[chunk_at<D>(piece / (D / 4), piece % (D / 4))]);
            flash1_store_lse(lse, o_tile, lse_base + i * FLASH1_ROWS, rows);
        }
    }
}
#endif
