/* flash2, version 2, fp16: the same loops on tensor cores. What changed from version 1: operands of 2 bytes, products
 * by mma.m16n8k16 with fp32 sums, tiles by cp.async (which bypasses L1 and registers), scores in registers and nowhere
 * else. The V tile travels while S = Q K^T is made, the next K tile while O += P V is. Needs compute capability 8.0.
 *
 * B_r x B_c is 128 x 128 (128 x 64 for d = 128); shared memory holds Q, K and V: 2 d (B_r + 2 B_c) bytes.
 * Predicted bytes (H heads, no mask, T_r = ceil(N_q / B_r)): reads H 2 (N_q d + 2 T_r N_k d), writes H (2 N_q d + 4
 * N_q). cp.async is no global load to a profiler: its requests are sm__sass_inst_executed_op_ldgsts, its sectors reach
 * L2 alike.
 *
 * A warp owns 32 rows, two mma tiles of 16. In a 16 x 8 tile of sums, lane l holds row l/4 (and l/4 + 8), columns 2 (l
 * mod 4) and + 1; the sums of two neighbouring tiles of S are, rounded to fp16, exactly the left operand that P V
 * wants.
 */
#ifndef GPU_KERNELS_FLASH2_2_CUH
#define GPU_KERNELS_FLASH2_2_CUH
#include "gpu/kernels/half_tile.cuh"
#include "gpu/kernels/tile.cuh"

enum { FLASH2_FP16_THREADS = 128, FLASH2_FP16_WARP_ROWS = 32 };

/* This warp's 32 x B_c scores. */
template <int D, int BC>
__device__ __forceinline__ void flash2_fp16_scores(float (&score)[2][BC / 8][4], const char *q_tile,
                                                   const char *k_tile) {
    int warp = threadIdx.x / 32, lane = fresh(threadIdx.x % 32);
#pragma unroll
    for (int step = 0; step < D; step += 16) {
        unsigned q[2][4];
#pragma unroll
        for (int i = 0; i < 2; i++) left_piece<D>(q[i], q_tile, warp * FLASH2_FP16_WARP_ROWS + 16 * i, step, lane);
#pragma unroll
        for (int j = 0; j < BC / 8; j += 2) {
            unsigned k[4];
            right_piece_turned<D>(k, k_tile, step, 8 * j, lane);
#pragma unroll
            for (int i = 0; i < 2; i++) {
                multiply_add(score[i][j], q[i], k[0], k[1]);
                multiply_add(score[i][j + 1], q[i], k[2], k[3]);
            }
        }
    }
}

/* O += P V. */
template <int D, int BC>
__device__ __forceinline__ void flash2_fp16_values(float (&o)[2][D / 8][4], const float (&p)[2][BC / 8][4],
                                                   const char *v_tile) {
    int lane = fresh(threadIdx.x % 32);
#pragma unroll
    for (int step = 0; step < BC / 16; step++) {
        unsigned a[2][4];
#pragma unroll
        for (int i = 0; i < 2; i++) {
            a[i][0] = pack_half2(p[i][2 * step][0], p[i][2 * step][1]);
            a[i][1] = pack_half2(p[i][2 * step][2], p[i][2 * step][3]);
            a[i][2] = pack_half2(p[i][2 * step + 1][0], p[i][2 * step + 1][1]);
            a[i][3] = pack_half2(p[i][2 * step + 1][2], p[i][2 * step + 1][3]);
        }
#pragma unroll
        for (int j = 0; j < D / 8; j += 2) {
            unsigned v[4];
            right_piece<D>(v, v_tile, 16 * step, 8 * j, lane);
#pragma unroll
            for (int i = 0; i < 2; i++) {
                multiply_add(o[i][j], a[i], v[0], v[1]);
                multiply_add(o[i][j + 1], a[i], v[2], v[3]);
            }
        }
    }
}

/* Row l/4 + 8 h of mma tile i: m and l take in this tile's columns, S becomes P = 2^(S - m), O is scaled by 2^(m_old -
 * m). Scores are kept times log2(e), so that one instruction makes an exponential. */
template <int D, int BC>
__device__ __forceinline__ void flash2_fp16_softmax(float (&score)[2][BC / 8][4], float (&o)[2][D / 8][4],
                                                    float (&m)[2][2], float (&l)[2][2], const AttentionSizes &s,
                                                    int first_row, int first_key, int cols) {
    int thread = fresh(threadIdx.x), warp = thread / 32, lane = thread % 32;
    float scale = s.scale * 1.44269504f;
    bool is_all_seen = cols == BC && s.keys_before == SEES_ALL && s.keys_after == SEES_ALL;
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            int row = first_row + warp * FLASH2_FP16_WARP_ROWS + 16 * i + lane / 4 + 8 * h;
            float m_new = m[i][h], sum = 0;
#pragma unroll
            for (int j = 0; j < BC / 8; j++)
#pragma unroll
                for (int e = 2 * h; e < 2 * h + 2; e++) {
                    int col = 8 * j + lane % 4 * 2 + e % 2;
                    bool is_seen = is_all_seen || (col < cols && is_visible(s, row, first_key + col));
                    score[i][j][e] = is_seen ? score[i][j][e] * scale : -INFINITY;
                    m_new = fmaxf(m_new, score[i][j][e]);
                }
            m_new = fmaxf(m_new, __shfl_xor_sync(0xffffffffu, m_new, 1)); /* four lanes share a row */
            m_new = fmaxf(m_new, __shfl_xor_sync(0xffffffffu, m_new, 2));
            float shift = m_new == -INFINITY ? 0 : m_new, keep = exp2f(m[i][h] - shift);
#pragma unroll
            for (int j = 0; j < BC / 8; j++)
#pragma unroll
                for (int e = 2 * h; e < 2 * h + 2; e++) {
                    score[i][j][e] = exp2f(score[i][j][e] - shift);
                    sum += score[i][j][e];
                }
            l[i][h] = l[i][h] * keep + sum; /* this lane's columns; the four are added at the end */
            m[i][h] = m_new;
#pragma unroll
            for (int j = 0; j < D / 8; j++) o[i][j][2 * h] *= keep, o[i][j][2 * h + 1] *= keep;
        }
}

/* O through the Q tile's place, so that it is written in linear order; then lse the same way. */
template <int D>
__device__ __forceinline__ void flash2_fp16_store(char *place, float (&o)[2][D / 8][4], const float (&m)[2][2],
                                                  const float (&l)[2][2], __half *O, float *lse, int rows) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    float log_sum[2][2];
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            float sum = l[i][h];
            sum += __shfl_xor_sync(0xffffffffu, sum, 1);
            sum += __shfl_xor_sync(0xffffffffu, sum, 2);
            float inverse = sum > 0 ? 1 / sum : 0;
            log_sum[i][h] = sum > 0 ? m[i][h] * 0.693147181f + logf(sum) : -INFINITY;
            int row = warp * FLASH2_FP16_WARP_ROWS + 16 * i + lane / 4 + 8 * h;
#pragma unroll
            for (int j = 0; j < D / 8; j++)
                *reinterpret_cast<unsigned *>(place + half_chunk_at<D>(row, j) + lane % 4 * 4) =
                    pack_half2(o[i][j][2 * h] * inverse, o[i][j][2 * h + 1] * inverse);
        }
    __syncthreads();
    store_half_rows<D, FLASH2_FP16_THREADS>(O, place, rows);
    __syncthreads();
    float *row_place = reinterpret_cast<float *>(place);
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
        for (int h = 0; h < 2; h++)
            if (lane % 4 == 0) row_place[warp * FLASH2_FP16_WARP_ROWS + 16 * i + lane / 4 + 8 * h] = log_sum[i][h];
    __syncthreads();
    if ((int)threadIdx.x < rows) lse[threadIdx.x] = row_place[threadIdx.x];
}

/* Grid (query blocks, 1, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(FLASH2_FP16_THREADS)
    flash2_fp16_forward(const __half *__restrict__ Q, const __half *__restrict__ K, const __half *__restrict__ V,
                        __half *__restrict__ O, float *__restrict__ lse_rows, AttentionSizes s) {
    static_assert(BR == FLASH2_FP16_THREADS && BC % 16 == 0 && D % 16 == 0, "tile");
    extern __shared__ __align__(16) char half_tiles[];
    char *q_tile = half_tiles, *k_tile = q_tile + BR * D * 2, *v_tile = k_tile + BC * D * 2;
    int first_row = blockIdx.x * BR, rows = min_rows(BR, blockIdx.x, s.query_rows);
    size_t k_base = key_base(s, blockIdx.z, D), o_base = query_base(s, blockIdx.z, D) + (size_t)first_row * D;
    int tile = first_key_tile(s, first_row, BC), end_tile = end_key_tile(s, first_row + rows, BC);
    float o[2][D / 8][4] = {}, m[2][2] = {{-INFINITY, -INFINITY}, {-INFINITY, -INFINITY}}, l[2][2] = {};

    copy_rows_async<D, FLASH2_FP16_THREADS>(q_tile, Q + o_base, rows, BR);
    if (tile < end_tile)
        copy_rows_async<D, FLASH2_FP16_THREADS>(k_tile, K + k_base + (size_t)tile * BC * D,
                                                min_rows(BC, tile, s.key_rows), BC);
    for (; tile < end_tile; tile++) {
        int cols = min_rows(BC, tile, s.key_rows);
        float score[2][BC / 8][4] = {};
        copy_rows_async<D, FLASH2_FP16_THREADS>(v_tile, V + k_base + (size_t)tile * BC * D, cols, BC);
        copy_wait_but_one(); /* Q and K are here, V on its way */
        __syncthreads();
        flash2_fp16_scores<D, BC>(score, q_tile, k_tile);
        __syncthreads();
        bool has_next = tile + 1 < end_tile;
        if (has_next)
            copy_rows_async<D, FLASH2_FP16_THREADS>(k_tile, K + k_base + (size_t)(tile + 1) * BC * D,
                                                    min_rows(BC, tile + 1, s.key_rows), BC);
        flash2_fp16_softmax<D, BC>(score, o, m, l, s, first_row, tile * BC, cols);
        if (has_next)
            copy_wait_but_one();
        else
            copy_wait_all();
        __syncthreads();
        flash2_fp16_values<D, BC>(o, score, v_tile);
        __syncthreads();
    }
    copy_wait_all();
    flash2_fp16_store<D>(q_tile, o, m, l, O + o_base, lse_rows + query_base(s, blockIdx.z, 1) + first_row, rows);
}
#endif
