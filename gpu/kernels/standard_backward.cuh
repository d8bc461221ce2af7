/* standard, the backward pass in fp32, tiled as version 2. Thread for thread the simulator's
 * (sim/attention/standard.c):
 *
 *     dV = P^T dO       a block B_c keys: tiles of P and rows of dO in shared memory, dV in registers, written once
 *     dP = dO V^T       standard2_scores with dO and V for Q and K
 *     dS = P (dP - D)   standard_rows.cuh
 *     dQ = dS K         standard2_values with dS and K for P and V
 *     dK = dS^T Q       as dV
 *
 * dS carries the scale of the scores, so that dQ and dK need none. A causal mask needs no kernel here: where it hid a
 * score, P is 0 and so is dS.
 * Predicted bytes (H heads): dV and dK read H 4 (N_q N_k + T_c N_q d) each and write H 4 N_k d; dP as QK^T, dQ as PV.
 */
#ifndef GPU_KERNELS_STANDARD_BACKWARD_CUH
#define GPU_KERNELS_STANDARD_BACKWARD_CUH
#include "gpu/kernels/standard_2.cuh"

/* result (key rows x D, a matrix a query head) = scores^T x rows (query rows x D). Thread t makes columns 4 (t mod D/4)
 * .. + 3 of key rows t / (D/4) + i ROW_STEP. Grid (key blocks, 1, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS)
    standard2_values_transposed(const float *__restrict__ scores, const float *__restrict__ rows_in,
                                float *__restrict__ result, AttentionSizes s) {
    extern __shared__ float4 shared_tiles[];
    float *score_tile = reinterpret_cast<float *>(shared_tiles);
    float4 *row_tile = shared_tiles + BR * BC / 4;
    constexpr int CHUNKS = D / 4, ROW_STEP = STANDARD2_THREADS / CHUNKS, ROWS = (BC + ROW_STEP - 1) / ROW_STEP;
    int cols = min_rows(BC, blockIdx.x, s.key_rows), chunk = threadIdx.x % CHUNKS, y = threadIdx.x / CHUNKS;
    const float *from = scores + query_base(s, blockIdx.z, s.key_rows) + blockIdx.x * BC;
    const float *row_from = rows_in + query_base(s, blockIdx.z, D);
    float4 sum[ROWS];
    for (int i = 0; i < ROWS; i++) sum[i] = make_float4(0, 0, 0, 0);
    for (int first = 0; first < s.query_rows; first += BR) {
        int rows = min(BR, s.query_rows - first);
        __syncthreads();
        for (int piece = threadIdx.x; piece < rows * cols; piece += STANDARD2_THREADS)
            score_tile[piece / cols * BC + piece % cols] =
                __ldcg(from + (size_t)(first + piece / cols) * s.key_rows + piece % cols);
        load_rows<D, STANDARD2_THREADS>(row_tile, row_from + (size_t)first * D, rows);
        __syncthreads();
        for (int row = 0; row < rows; row++) {
            float4 v = row_tile[chunk_at<D>(row, chunk)];
#pragma unroll
            for (int i = 0; i < ROWS; i++)
                if (y + i * ROW_STEP < cols) add_scaled4(sum[i], score_tile[row * BC + y + i * ROW_STEP], v);
        }
    }
    float *out = result + ((size_t)blockIdx.z * s.key_rows + (size_t)blockIdx.x * BC) * D;
    for (int i = 0; i < ROWS; i++)
        if (y + i * ROW_STEP < cols) store4(out + (size_t)(y + i * ROW_STEP) * D + 4 * chunk, sum[i]);
}
#endif
