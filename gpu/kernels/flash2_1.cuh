/* flash2, version 1, fp32: FlashAttention-2. What changed from flash1: the outer loop runs over queries, a block of
 * threads each, so O stays in registers and is written once; K and V are read again by every query block (from L2,
 * mostly). Thread for thread the simulator's `flash2` (sim/attention/flash2.c); B_r x B_c is 128 x 128 (128 x 64 for d
 * = 128) where it fits.
 *
 *     load Q_i
 *     for j in K blocks that rows of i see: load K_j; S = Q K^T; m, l, P; load V_j; O = O exp(m_old - m) + P V
 *     store O_i / l and lse = m + log l
 *
 * Predicted bytes (H heads, no mask, T_r = ceil(N_q / B_r)): reads H 4 (N_q d + 2 T_r N_k d), writes H 4 N_q (d + 1).
 * Warps share nothing but K and V ("split Q"): a warp owns the rows whose pieces of O its lanes write in linear order,
 *
 *     row of the warp's q-th: WARP_GROUP w + q mod WARP_GROUP + ROW_STEP (q / WARP_GROUP),   WARP_GROUP = 32 / (D/4)
 * rows side by side
 *
 * lane q keeps m and l of the q-th row, and hands exp(m_old - m) round by shuffle. Scores lie in shared memory, column
 * c of the q-th row at c ^ swizzle(q): conflict-free both for the 4 x 8 lanes that write them and the 32 rows that read
 * a column.
 */
#ifndef GPU_KERNELS_FLASH2_1_CUH
#define GPU_KERNELS_FLASH2_1_CUH
#include "gpu/kernels/tile.cuh"

enum { FLASH2_THREADS = 128, FLASH2_WARPS = 4 };

template <int D, int BR, int BC> struct Flash2Tile {
    static constexpr int CHUNKS = D / 4;      /* of 16 bytes a row */
    static constexpr int GROUP = 32 / CHUNKS; /* WARP_GROUP */
    static constexpr int ROW_STEP = FLASH2_WARPS * GROUP;
    static constexpr int WARP_ROWS = BR / FLASH2_WARPS;  /* rows a warp owns */
    static constexpr int O_ROWS = BR / ROW_STEP;         /* rows a lane makes a chunk of */
    static constexpr int GROUP_COLS = BC < 64 ? BC : 64; /* columns of S that are in registers at a time */
    static_assert(D % 32 == 0 && D <= 128 && WARP_ROWS <= 32 && WARP_ROWS % 4 == 0 && BC % 32 == 0, "tile");
    __device__ static __forceinline__ int row(int warp, int q) {
        return warp * GROUP + q % GROUP + ROW_STEP * (q / GROUP);
    }
    __device__ static __forceinline__ int score_at(int warp, int q, int col) {
        return row(warp, q) * BC + (col ^ ((q & 3) << 3 | (q >> 2 & 7)));
    }
};

/* This warp's rows of S = scale Q K^T into shared memory. Lanes stand 4 x 8: rows y + 4 i, columns x + 8 j. */
template <int D, int BR, int BC>
__device__ __forceinline__ void flash2_scores(float *s_tile, const float4 *q_tile, const float4 *k_tile,
                                              const AttentionSizes &s, int first_row, int first_key, int cols) {
    typedef Flash2Tile<D, BR, BC> T;
    int warp = threadIdx.x / 32, x = threadIdx.x % 8, y = threadIdx.x % 32 / 8;
    for (int group = 0; group < BC; group += T::GROUP_COLS) {
        float sum[T::WARP_ROWS / 4][T::GROUP_COLS / 8] = {};
        for (int c = 0; c < T::CHUNKS; c++) {
            float4 k[T::GROUP_COLS / 8];
#pragma unroll
            for (int j = 0; j < T::GROUP_COLS / 8; j++) k[j] = k_tile[chunk_at<D>(group + x + 8 * j, c)];
#pragma unroll
            for (int i = 0; i < T::WARP_ROWS / 4; i++) {
                float4 q = q_tile[chunk_at<D>(T::row(warp, y + 4 * i), c)];
#pragma unroll
                for (int j = 0; j < T::GROUP_COLS / 8; j++) sum[i][j] = dot4(q, k[j], sum[i][j]);
            }
        }
#pragma unroll
        for (int i = 0; i < T::WARP_ROWS / 4; i++)
#pragma unroll
            for (int j = 0; j < T::GROUP_COLS / 8; j++) {
                int q = y + 4 * i, col = group + x + 8 * j;
                bool is_seen = col < cols && is_visible(s, first_row + T::row(warp, q), first_key + col);
                s_tile[T::score_at(warp, q, col)] = is_seen ? sum[i][j] * s.scale : -INFINITY;
            }
    }
}

/* Lane q: m and l of the q-th row take in the columns of this tile; S becomes P = exp(S - m). Returns exp(m_old - m).
 */
template <int D, int BR, int BC>
__device__ __forceinline__ float flash2_softmax(float *s_tile, float &m, float &l, int cols) {
    typedef Flash2Tile<D, BR, BC> T;
    int warp = threadIdx.x / 32, q = threadIdx.x % 32;
    if (q >= T::WARP_ROWS) return 1;
    float m_new = m, sum = 0;
    for (int col = 0; col < cols; col++) m_new = fmaxf(m_new, s_tile[T::score_at(warp, q, col)]);
    float shift = m_new == -INFINITY ? 0 : m_new;
    for (int col = 0; col < cols; col++) {
        float p = expf(s_tile[T::score_at(warp, q, col)] - shift);
        s_tile[T::score_at(warp, q, col)] = p;
        sum += p;
    }
    float keep = expf(m - shift);
    l = l * keep + sum;
    m = m_new;
    return keep;
}

/* Grid (query blocks, 1, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(FLASH2_THREADS)
    flash2_forward(const float *__restrict__ Q, const float *__restrict__ K, const float *__restrict__ V,
                   float *__restrict__ O, float *__restrict__ lse_rows, AttentionSizes s) {
    typedef Flash2Tile<D, BR, BC> T;
    extern __shared__ float4 shared_tiles[];
    float4 *q_tile = shared_tiles, *k_tile = q_tile + BR * T::CHUNKS, *v_tile = k_tile + BC * T::CHUNKS;
    float *s_tile = reinterpret_cast<float *>(v_tile + BC * T::CHUNKS);
    int first_row = blockIdx.x * BR, rows = min_rows(BR, blockIdx.x, s.query_rows);
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, chunk = threadIdx.x % T::CHUNKS, y = lane / T::CHUNKS;
    size_t k_base = key_base(s, blockIdx.z, D), o_base = query_base(s, blockIdx.z, D) + (size_t)first_row * D;
    load_rows<D, FLASH2_THREADS>(q_tile, Q + o_base, rows);
    float m = -INFINITY, l = 0;
    float4 o[T::O_ROWS];
    for (int i = 0; i < T::O_ROWS; i++) o[i] = make_float4(0, 0, 0, 0);

    int end_tile = end_key_tile(s, first_row + rows, BC);
    for (int j = first_key_tile(s, first_row, BC); j < end_tile; j++) {
        int cols = min_rows(BC, j, s.key_rows);
        load_rows<D, FLASH2_THREADS>(k_tile, K + k_base + (size_t)j * BC * D, cols);
        load_rows<D, FLASH2_THREADS>(v_tile, V + k_base + (size_t)j * BC * D, cols);
        __syncthreads();
        flash2_scores<D, BR, BC>(s_tile, q_tile, k_tile, s, first_row, j * BC, cols);
        __syncwarp();
        float keep = flash2_softmax<D, BR, BC>(s_tile, m, l, cols);
        __syncwarp();
#pragma unroll
        for (int i = 0; i < T::O_ROWS; i++) o[i] = scaled4(o[i], __shfl_sync(0xffffffffu, keep, y + T::GROUP * i));
        for (int col = 0; col < cols; col++) {
            float4 v = v_tile[chunk_at<D>(col, chunk)];
#pragma unroll
            for (int i = 0; i < T::O_ROWS; i++) add_scaled4(o[i], s_tile[T::score_at(warp, y + T::GROUP * i, col)], v);
        }
        __syncthreads(); /* K, V and the scores have been used */
    }

    float inverse = l > 0 ? 1 / l : 0;
#pragma unroll
    for (int i = 0; i < T::O_ROWS; i++) {
        int q = y + T::GROUP * i;
        float4 done = scaled4(o[i], __shfl_sync(0xffffffffu, inverse, q));
        if (T::row(warp, q) < rows) store4(O + o_base + (size_t)T::row(warp, q) * D + 4 * chunk, done);
    }
    if (lane < T::WARP_ROWS)
        s_tile[T::row(warp, lane)] = l > 0 ? m + logf(l) : -INFINITY; /* in row order, for one store in a row */
    __syncthreads();
    if ((int)threadIdx.x < rows) lse_rows[query_base(s, blockIdx.z, 1) + first_row + threadIdx.x] = s_tile[threadIdx.x];
}
#endif
