/* flash1, the backward pass, version 1, fp32. What changed from flash2's: one block a head, so nobody else adds to dQ.
 * It travels to HBM and back once a K/V block, as O does in the forward pass, in place of atomics. Thread for thread
 * the simulator's `flash1` (sim/attention/flash1.c).
 *
 *     for j in K blocks: load K_j, V_j                                   (B_c rows, 256, or 128 for d = 128)
 *         for i in Q steps that see K_j: load Q_i, dO_i, lse_i; j = 0: load O_i, D_i = rowsum(dO * O), store it, else
 *             load D_i; S = Q K^T; P = exp(S - lse); dV += P^T dO; dP = dO V^T; dS = P (dP - D); load dQ_i; dQ += dS K;
 *             store dQ_i; dK += dS^T Q
 *         store dK_j, dV_j
 *
 * The first visit of a step loads no dQ, the last writes it to its final place. dS carries the scale of the scores.
 * Predicted bytes (H heads, no mask, T_c = ceil(N_k / B_c)): reads H 4 (2 N_k d + T_c N_q (2 d + 1) + N_q d +
 * (T_c - 1) N_q (d + 1)), writes H 4 (T_c N_q d + N_q + 2 N_k d).
 * P and dS share one tile. lse and D pass through it too, before P is made. With 16 rows a step each K row that is read
 * from shared memory serves two rows of dQ and no more: that product is the slow one.
 */
#ifndef GPU_KERNELS_FLASH1_BACKWARD_1_CUH
#define GPU_KERNELS_FLASH1_BACKWARD_1_CUH
#include "gpu/kernels/flash1_1.cuh"
#include "gpu/kernels/flash_backward.cuh"

template <int D, int BC> struct Flash1BackwardTile : BackwardTile<D, FLASH1_ROWS, BC> {
    /* O and dQ: thread t has chunk t mod CHUNKS of rows t / CHUNKS + i ROW_STEP, the pieces of linear order; for d = 32
     * half of the threads have none. */
    static constexpr int ROW_STEP = BACKWARD_THREADS * 4 / D,
                         OWN_PIECES = ROW_STEP < FLASH1_ROWS ? FLASH1_ROWS / ROW_STEP : 1;
};

/* D = rowsum(dO * O) of a step, by the lanes that share a row; into shared memory. A thread takes those pieces of dO
 * that it has put there itself. */
template <int D, int BC>
__device__ __forceinline__ void flash1_dot(float *sums, const float4 *do_tile, const float *O, int rows) {
    typedef Flash1BackwardTile<D, BC> T;
    int first_row = threadIdx.x / T::CHUNKS, chunk = threadIdx.x % T::CHUNKS;
    float sum[T::OWN_PIECES];
#pragma unroll
    for (int i = 0; i < T::OWN_PIECES; i++) {
        int row = first_row + i * T::ROW_STEP;
        sum[i] = row < rows ? dot4(do_tile[chunk_at<D>(row, chunk)], load4(O + (size_t)row * D + 4 * chunk), 0) : 0;
        for (int o = T::CHUNKS / 2; o; o >>= 1) sum[i] += __shfl_xor_sync(0xffffffffu, sum[i], o);
    }
#pragma unroll
    for (int i = 0; i < T::OWN_PIECES; i++)
        if (chunk == 0 && first_row + i * T::ROW_STEP < rows) sums[first_row + i * T::ROW_STEP] = sum[i];
}

/* dQ of a step += dS K; from: what it was, NULL on the first visit. */
template <int D, int BC>
__device__ __forceinline__ void flash1_add_queries(const float *from, float *to, const float *ds_tile,
                                                   const float4 *k_tile, int rows, int cols) {
    typedef Flash1BackwardTile<D, BC> T;
    int first_row = threadIdx.x / T::CHUNKS, chunk = threadIdx.x % T::CHUNKS;
    float4 sum[T::OWN_PIECES];
#pragma unroll
    for (int i = 0; i < T::OWN_PIECES; i++) {
        int row = first_row + i * T::ROW_STEP;
        sum[i] = from && row < rows ? load4(from + (size_t)row * D + 4 * chunk) : make_float4(0, 0, 0, 0);
    }
    for (int key = 0; key < cols && first_row < FLASH1_ROWS; key++) {
        float4 k = k_tile[chunk_at<D>(key, chunk)];
#pragma unroll
        for (int i = 0; i < T::OWN_PIECES; i++)
            add_scaled4(sum[i], ds_tile[T::score_at(first_row + i * T::ROW_STEP, key)], k);
    }
#pragma unroll
    for (int i = 0; i < T::OWN_PIECES; i++) {
        int row = first_row + i * T::ROW_STEP;
        if (row < rows) store4(to + (size_t)row * D + 4 * chunk, sum[i]);
    }
}

/* One step of Q: what it adds to dK and dV, and dQ. is_first: D is made and no dQ is there yet. */
template <int D, int BC>
__device__ __forceinline__ void
flash1_backward_visit(float4 (&dk)[Flash1BackwardTile<D, BC>::OWN_KEYS],
                      float4 (&dv)[Flash1BackwardTile<D, BC>::OWN_KEYS], float4 *shared_tiles, const float *Q,
                      const float *dO, const float *O, const float *lse_rows, float *D_rows, const float *dQ_old,
                      float *dQ_new, const AttentionSizes &s, int first_row, int first_key, int cols) {
    typedef Flash1BackwardTile<D, BC> T;
    float4 *k_tile = shared_tiles, *v_tile = k_tile + BC * T::CHUNKS, *q_tile = v_tile + BC * T::CHUNKS;
    float4 *do_tile = q_tile + FLASH1_ROWS * T::CHUNKS;
    float *p_tile = reinterpret_cast<float *>(do_tile + FLASH1_ROWS * T::CHUNKS), *delta_place = p_tile + FLASH1_ROWS;
    int rows = min(FLASH1_ROWS, s.query_rows - first_row), thread = threadIdx.x, x = thread % 16;
    bool is_first = first_key == 0;
    load_rows_in_fours<D>(q_tile, Q, rows);
    load_rows_in_fours<D>(do_tile, dO, rows);
    if (thread < rows) p_tile[thread] = __ldcg(lse_rows + thread);
    if (is_first)
        flash1_dot<D, BC>(delta_place, do_tile, O, rows);
    else if (thread < rows)
        delta_place[thread] = __ldcg(D_rows + thread);
    __syncthreads(); /* the tiles are there, lse and D too */
    if (is_first && thread < rows) D_rows[thread] = delta_place[thread];
    float lse[1] = {p_tile[x]}, delta[1] = {delta_place[x]}, score[T::ROWS][T::KEYS];
    backward_product<T>(score, q_tile, k_tile);
    backward_softmax<T>(score, lse, s, first_row, rows, first_key, cols);
    __syncthreads(); /* lse and D have been taken */
    backward_store_scores<T>(p_tile, score);
    __syncthreads(); /* P is whole */
    backward_add_keys<T>(dv, p_tile, do_tile, rows);
    backward_product<T>(score, do_tile, v_tile);
    backward_softmax_gradient<T>(score, p_tile, delta, s.scale);
    __syncthreads(); /* P has been used */
    backward_store_scores<T>(p_tile, score);
    __syncthreads(); /* dS is whole */
    flash1_add_queries<D, BC>(is_first ? nullptr : dQ_old, dQ_new, p_tile, k_tile, rows, cols);
    backward_add_keys<T>(dk, p_tile, q_tile, rows);
    __syncthreads(); /* K, V, Q, dO and dS have been used */
}

/* Grid (heads). dQ_partial holds unfinished rows; it is not touched where one K/V block covers all keys. dK, dV: a
 * matrix a query head. */
template <int D, int BC>
__global__ void __launch_bounds__(BACKWARD_THREADS, 1)
    flash1_backward(const float *__restrict__ Q, const float *__restrict__ K, const float *__restrict__ V,
                    const float *__restrict__ O, const float *__restrict__ dO, const float *__restrict__ lse_rows,
                    float *__restrict__ D_rows, float *__restrict__ dQ, float *__restrict__ dQ_partial,
                    float *__restrict__ dK, float *__restrict__ dV, AttentionSizes s) {
    typedef Flash1BackwardTile<D, BC> T;
    extern __shared__ float4 shared_tiles[];
    size_t k_base = key_base(s, blockIdx.x, D), row_base = query_base(s, blockIdx.x, 1);
    int key_tiles = (s.key_rows + BC - 1) / BC, steps = (s.query_rows + FLASH1_ROWS - 1) / FLASH1_ROWS;
    for (int j = 0; j < key_tiles; j++) {
        int cols = min_rows(BC, j, s.key_rows), next_first = flash1_next_first_step(s, j, BC);
        load_rows<D, BACKWARD_THREADS>(shared_tiles, K + k_base + (size_t)j * BC * D, cols);
        load_rows<D, BACKWARD_THREADS>(shared_tiles + BC * T::CHUNKS, V + k_base + (size_t)j * BC * D, cols);
        float4 dk[T::OWN_KEYS], dv[T::OWN_KEYS];
        backward_clear<T>(dk);
        backward_clear<T>(dv);
        for (int i = flash1_first_step(s, j, BC); i < steps; i++) {
            size_t at = row_base + (size_t)i * FLASH1_ROWS;
            float *dQ_new = (i < next_first ? dQ : dQ_partial) + at * D;
            flash1_backward_visit<D, BC>(dk, dv, shared_tiles, Q + at * D, dO + at * D, O + at * D, lse_rows + at,
                                         D_rows + at, dQ_partial + at * D, dQ_new, s, i * FLASH1_ROWS, j * BC, cols);
        }
        size_t out = ((size_t)blockIdx.x * s.key_rows + (size_t)j * BC) * D;
        backward_store_keys<T>(dK + out, dk, cols);
        backward_store_keys<T>(dV + out, dv, cols);
    }
}
#endif
