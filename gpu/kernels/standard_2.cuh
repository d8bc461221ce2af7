/* standard, version 2, fp32: tiles in shared memory. What changed: each block loads the rows of Q and K that its tile
 * of S needs once, 16 bytes a lane, and every score is made from shared memory. Thread for thread the simulator's
 * `standard` (sim/attention/standard.c); B_r x B_c is 128 x 128 where it fits.
 *
 *     S = scale Q K^T   a block a tile of S: Q B_r x d and K B_c x d in shared memory, the tile of S in registers
 *     mask, softmax     standard_rows.cuh
 *     O = P V           a block B_r rows: P and V tile after tile in shared memory, O in registers, written once
 *
 * Predicted bytes (H heads; T_r = ceil(N_q / B_r), T_c = ceil(N_k / B_c)): QK^T reads H 4 d (N_q T_c + N_k T_r), writes
 * H 4 N_q N_k; PV reads H 4 (N_q N_k + T_r N_k d), writes H 4 N_q d.
 */
#ifndef GPU_KERNELS_STANDARD_2_CUH
#define GPU_KERNELS_STANDARD_2_CUH
#include "gpu/kernels/standard_rows.cuh"

/* Threads stand 16 x 16; thread (x, y) makes the scores of rows y + 16 i and keys x + 16 j. The tile then passes
 * through the shared memory that Q and K no longer need, as many rows at a time as fit, so that it is written in linear
 * order. */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS)
    standard2_scores(const float *__restrict__ Q, const float *__restrict__ K, float *__restrict__ S,
                     AttentionSizes s) {
    extern __shared__ float4 shared_tiles[];
    float4 *q_tile = shared_tiles, *k_tile = shared_tiles + BR * D / 4;
    int rows = min_rows(BR, blockIdx.y, s.query_rows), cols = min_rows(BC, blockIdx.x, s.key_rows);
    load_rows<D, STANDARD2_THREADS>(q_tile, Q + query_base(s, blockIdx.z, D) + (size_t)blockIdx.y * BR * D, rows);
    load_rows<D, STANDARD2_THREADS>(k_tile, K + key_base(s, blockIdx.z, D) + (size_t)blockIdx.x * BC * D, cols);
    __syncthreads();

    int x = threadIdx.x % 16, y = threadIdx.x / 16;
    float sum[BR / 16][BC / 16] = {};
    for (int c = 0; c < D / 4; c++) {
        float4 k[BC / 16];
#pragma unroll
        for (int j = 0; j < BC / 16; j++) k[j] = k_tile[chunk_at<D>(x + 16 * j, c)];
#pragma unroll
        for (int i = 0; i < BR / 16; i++) {
            float4 q = q_tile[chunk_at<D>(y + 16 * i, c)];
#pragma unroll
            for (int j = 0; j < BC / 16; j++) sum[i][j] = dot4(q, k[j], sum[i][j]);
        }
    }

    constexpr int FIT_ROWS = (BR + BC) * D / BC / 32 * 32; /* a multiple of 32: no request straddles two parts */
    constexpr int PART_ROWS = FIT_ROWS < BR ? FIT_ROWS : BR;
    float *part = reinterpret_cast<float *>(shared_tiles);
    float *out = S + query_base(s, blockIdx.z, s.key_rows) + (size_t)blockIdx.y * BR * s.key_rows + blockIdx.x * BC;
    for (int first = 0; first < rows; first += PART_ROWS) {
        __syncthreads();
#pragma unroll
        for (int i = 0; i < BR / 16; i++) {
            int row = y + 16 * i - first;
            if (row < 0 || row >= PART_ROWS) continue;
#pragma unroll
            for (int j = 0; j < BC / 16; j++) part[row * BC + ((x + 16 * j) ^ ((row & 1) << 4))] = sum[i][j] * s.scale;
        }
        __syncthreads();
        int part_rows = min(PART_ROWS, rows - first);
        for (int piece = threadIdx.x; piece < part_rows * cols; piece += STANDARD2_THREADS) {
            int row = piece / cols, col = piece % cols;
            out[(size_t)(first + row) * s.key_rows + col] = part[row * BC + (col ^ ((row & 1) << 4))];
        }
    }
}

/* Thread t makes columns 4 (t mod D/4) .. + 3 of rows t / (D/4) + i ROW_STEP: the pieces it writes in linear order. */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS)
    standard2_values(const float *__restrict__ P, const float *__restrict__ V, float *__restrict__ O,
                     AttentionSizes s) {
    extern __shared__ float4 shared_tiles[];
    float *p_tile = reinterpret_cast<float *>(shared_tiles);
    float4 *v_tile = shared_tiles + BR * BC / 4;
    constexpr int CHUNKS = D / 4, ROW_STEP = STANDARD2_THREADS / CHUNKS, ROWS = (BR + ROW_STEP - 1) / ROW_STEP;
    int rows = min_rows(BR, blockIdx.x, s.query_rows), chunk = threadIdx.x % CHUNKS, y = threadIdx.x / CHUNKS;
    const float *p_rows = P + query_base(s, blockIdx.z, s.key_rows) + (size_t)blockIdx.x * BR * s.key_rows;
    const float *v_rows = V + key_base(s, blockIdx.z, D);
    float4 sum[ROWS];
    for (int i = 0; i < ROWS; i++) sum[i] = make_float4(0, 0, 0, 0);
    for (int first = 0; first < s.key_rows; first += BC) {
        int cols = min(BC, s.key_rows - first);
        __syncthreads();
        for (int piece = threadIdx.x; piece < rows * cols; piece += STANDARD2_THREADS) {
            int row = piece / cols, col = piece % cols;
            p_tile[row * BC + (col ^ (row & 15))] = __ldcg(p_rows + (size_t)row * s.key_rows + first + col);
        }
        load_rows<D, STANDARD2_THREADS>(v_tile, v_rows + (size_t)first * D, cols);
        __syncthreads();
        for (int j = 0; j < cols; j++) {
            float4 v = v_tile[chunk_at<D>(j, chunk)];
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                int row = y + i * ROW_STEP;
                if (row < rows) add_scaled4(sum[i], p_tile[row * BC + (j ^ (row & 15))], v);
            }
        }
    }
    float *out = O + query_base(s, blockIdx.z, D) + (size_t)blockIdx.x * BR * D;
    for (int i = 0; i < ROWS; i++)
        if (y + i * ROW_STEP < rows) store4(out + (size_t)(y + i * ROW_STEP) * D + 4 * chunk, sum[i]);
}
#endif
