/* What the backward kernels of flash1 and flash2 share: the layout of their tiles, and the products that it serves.
 *
 * A block of 256 threads holds D_c keys (K, V, and dK and dV in registers) and visits D_r query rows at a time (Q, dO).
 * P and dS lie transposed in shared memory, a row of D_r numbers a key: then four neighbouring query rows are one
 * access for each product that reads them. The number of row r and key c lies at column r ^ swizzle(c), so that 16 rows
 * of two keys, which a warp writes at a time, meet in 32 different banks.
 */
#ifndef GPU_KERNELS_FLASH_BACKWARD_CUH
#define GPU_KERNELS_FLASH_BACKWARD_CUH
#include "gpu/kernels/tile.cuh"

enum { BACKWARD_THREADS = 256, BACKWARD_WARPS = 8 };

template <int D_, int BR, int BC> struct BackwardTile {
    static constexpr int D = D_, CHUNKS = D / 4; /* chunks of 16 bytes a row */
    /* S and dP: threads stand 16 x 16; thread (x, y) makes rows x + 16 i of keys y + 16 j. */
    static constexpr int ROWS = BR / 16, KEYS = BC / 16;
    /* dK and dV: thread t makes chunk t mod CHUNKS of keys t / CHUNKS + i KEY_STEP, the pieces of linear order. */
    static constexpr int KEY_STEP = BACKWARD_THREADS / CHUNKS, OWN_KEYS = BC / KEY_STEP;
    static_assert(D % 32 == 0 && D <= 128 && (BR == 16 || BR % 32 == 0) && BC % KEY_STEP == 0, "tile");
    __device__ static __forceinline__ int score_at(int row, int key) {
        int swizzle = BR == 16 ? 0 : (key & 1) << 4 | (key & 6) << 1;
        return key * BR + (row ^ swizzle);
    }
};

/* As load_rows; rows after the last are zero up to the next multiple of four. */
template <int D> __device__ __forceinline__ void load_rows_in_fours(float4 *tile, const float *from, int rows) {
    for (int piece = threadIdx.x; piece < (rows + 3) / 4 * D; piece += BACKWARD_THREADS)
        tile[chunk_at<D>(piece / (D / 4), piece % (D / 4))] =
            piece < rows * (D / 4) ? load4(from + (size_t)piece * 4) : make_float4(0, 0, 0, 0);
}

/* S = Q K^T or dP = dO V^T: this thread's numbers. */
template <class T>
__device__ __forceinline__ void backward_product(float (&sum)[T::ROWS][T::KEYS], const float4 *row_tile,
                                                 const float4 *key_tile) {
    int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
    for (int i = 0; i < T::ROWS; i++)
#pragma unroll
        for (int j = 0; j < T::KEYS; j++) sum[i][j] = 0;
    for (int c = 0; c < T::CHUNKS; c++) {
        float4 key[T::KEYS];
#pragma unroll
        for (int j = 0; j < T::KEYS; j++) key[j] = key_tile[chunk_at<T::D>(y + 16 * j, c)];
#pragma unroll
        for (int i = 0; i < T::ROWS; i++) {
            float4 row = row_tile[chunk_at<T::D>(x + 16 * i, c)];
#pragma unroll
            for (int j = 0; j < T::KEYS; j++) sum[i][j] = dot4(row, key[j], sum[i][j]);
        }
    }
}

/* Scores become P = exp(scale S - lse), 0 where no query or key is or may be seen. lse: of this thread's rows. */
template <class T>
__device__ __forceinline__ void backward_softmax(float (&score)[T::ROWS][T::KEYS], const float (&lse)[T::ROWS],
                                                 const AttentionSizes &s, int first_row, int rows, int first_key,
                                                 int cols) {
    int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
    for (int i = 0; i < T::ROWS; i++)
#pragma unroll
        for (int j = 0; j < T::KEYS; j++) {
            int row = x + 16 * i, key = y + 16 * j;
            bool is_seen = row < rows && key < cols && is_visible(s, first_row + row, first_key + key);
            score[i][j] = is_seen ? expf(score[i][j] * s.scale - lse[i]) : 0;
        }
}

/* dP becomes dS = P (dP - D) scale. Where P is 0 there may be no row or key at all, whose dP is nothing. */
template <class T>
__device__ __forceinline__ void backward_softmax_gradient(float (&score)[T::ROWS][T::KEYS], const float *p_tile,
                                                          const float (&delta)[T::ROWS], float scale) {
    int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
    for (int i = 0; i < T::ROWS; i++)
#pragma unroll
        for (int j = 0; j < T::KEYS; j++) {
            float p = p_tile[T::score_at(x + 16 * i, y + 16 * j)];
            score[i][j] = p != 0 ? p * (score[i][j] - delta[i]) * scale : 0;
        }
}

/* This thread's numbers of P or dS into their tile. */
template <class T>
__device__ __forceinline__ void backward_store_scores(float *tile, const float (&score)[T::ROWS][T::KEYS]) {
    int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
    for (int i = 0; i < T::ROWS; i++)
#pragma unroll
        for (int j = 0; j < T::KEYS; j++) tile[T::score_at(x + 16 * i, y + 16 * j)] = score[i][j];
}

/* Adds P^T dO to dV, or dS^T Q to dK. Unseen numbers of P and dS are 0. */
template <class T>
__device__ __forceinline__ void backward_add_keys(float4 (&sum)[T::OWN_KEYS], const float *scores,
                                                  const float4 *row_tile, int rows) {
    int chunk = threadIdx.x % T::CHUNKS, y = threadIdx.x / T::CHUNKS;
    for (int row = 0; row < rows; row += 4) {
        float4 v[4];
#pragma unroll
        for (int r = 0; r < 4; r++) v[r] = row_tile[chunk_at<T::D>(row + r, chunk)];
#pragma unroll
        for (int i = 0; i < T::OWN_KEYS; i++) {
            float4 p = *reinterpret_cast<const float4 *>(scores + T::score_at(row, y + i * T::KEY_STEP));
            add_scaled4(sum[i], p.x, v[0]);
            add_scaled4(sum[i], p.y, v[1]);
            add_scaled4(sum[i], p.z, v[2]);
            add_scaled4(sum[i], p.w, v[3]);
        }
    }
}

/* dK or dV of the block's keys, once. to: the block's first key. */
template <class T>
__device__ __forceinline__ void backward_store_keys(float *to, const float4 (&sum)[T::OWN_KEYS], int cols) {
    int chunk = threadIdx.x % T::CHUNKS, y = threadIdx.x / T::CHUNKS;
#pragma unroll
    for (int i = 0; i < T::OWN_KEYS; i++)
        if (y + i * T::KEY_STEP < cols) store4(to + (size_t)(y + i * T::KEY_STEP) * T::D + 4 * chunk, sum[i]);
}

template <class T> __device__ __forceinline__ void backward_clear(float4 (&sum)[T::OWN_KEYS]) {
#pragma unroll
    for (int i = 0; i < T::OWN_KEYS; i++) sum[i] = make_float4(0, 0, 0, 0);
}
#endif
