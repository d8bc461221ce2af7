/* flash1, version 1, fp16: the same loops on tensor cores, for a K/V block and 16 rows of Q at a time. What changed
 * from fp32: products by mma.m16n8k16 with fp32 sums; K, V and Q come by cp.async; O is fp16 when finished and fp32
 * between visits. Thread for thread the simulator's `flash1` (sim/attention/flash1.c).
 *
 * 16 rows are one tile of an mma, so the warps share its columns: for S each takes a quarter of the keys, for P V a
 * quarter of d. P must pass from the one to the other, and Q, K and V fill shared memory, so everything that warps hand
 * over goes through the place of Q, which is free once S is there (16 d halves):
 *
 *     each warp's largest score and sum of a row, lse so far | P, d keys at a time | O so far, 8 rows at a time | the
 * new O
 *
 * O is kept divided by the running sum, so one statistic, lse = max + log(sum), is enough. Predicted bytes (H heads, no
 * mask, T_c = ceil(N_k / B_c)): reads H (4 N_k d + 2 T_c N_q d + 4 (T_c - 1) N_q (d + 1)), writes H (4 (T_c - 1) N_q d
 * + 2 N_q d + 4 T_c N_q).
 */
#ifndef GPU_KERNELS_FLASH1_FP16_CUH
#define GPU_KERNELS_FLASH1_FP16_CUH
#include "gpu/kernels/flash1_1.cuh"
#include "gpu/kernels/half_tile.cuh"

/* How a warp's quarter of the keys lies: in each round of P, KEYS keys, it has its KEYS / 4, TILES tiles of 8. */
template <int D, int BC> struct Flash1Round {
    static constexpr int KEYS = D < BC ? D : BC, COUNT = BC / KEYS, TILES = KEYS / 32;
    static __device__ __forceinline__ int first_key(int tile) { /* of the block, for one of the warp's COUNT x TILES */
        return tile / TILES * KEYS + threadIdx.x / 32 * (KEYS / 4) + tile % TILES * 8;
    }
};

/* A tile of 16 rows times this warp's keys transposed, 8 from key_of(t) on. */
template <int D, int TILES, class KeyOf>
__device__ __forceinline__ void flash1_fp16_product(float (&sum)[TILES][4], const char *row_tile, const char *key_tile,
                                                    KeyOf key_of) {
    unsigned rows[D / 16][4];
#pragma unroll
    for (int step = 0; step < D / 16; step++) left_piece<D>(rows[step], row_tile, 0, 16 * step);
#pragma unroll
    for (int t = 0; t < TILES; t++) {
#pragma unroll
        for (int e = 0; e < 4; e++) sum[t][e] = 0;
#pragma unroll
        for (int step = 0; step < D / 16; step += 2) {
            unsigned keys[4];
            right_column_turned<D>(keys, key_tile, 16 * step, key_of(t));
            multiply_add(sum[t], rows[step], keys[0], keys[1]);
            multiply_add(sum[t], rows[step + 1], keys[2], keys[3]);
        }
    }
}

/* S of 16 rows and this warp's keys, times scale; what may not be seen is minus infinity. */
template <int D, int BC>
__device__ __forceinline__ void flash1_fp16_scores(float (&score)[BC / 32][4], const char *q_tile, const char *k_tile,
                                                   float scale, const AttentionSizes &s, int first_row, int first_key,
                                                   int cols) {
    int lane = threadIdx.x % 32;
    flash1_fp16_product<D>(score, q_tile, k_tile, [](int t) { return Flash1Round<D, BC>::first_key(t); });
#pragma unroll
    for (int t = 0; t < BC / 32; t++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
            int row = first_row + lane / 4 + e / 2 * 8;
            int col = Flash1Round<D, BC>::first_key(t) + lane % 4 * 2 + e % 2;
            bool is_seen = col < cols && is_visible(s, row, first_key + col);
            score[t][e] = is_seen ? score[t][e] * scale : -INFINITY;
        }
}

/* What warps tell each other of the 16 rows; scores and lse are times log2(e), so that one instruction makes an
 * exponential. */
struct Flash1Rows {
    float largest[4][FLASH1_ROWS], sum[4][FLASH1_ROWS], lse_old[FLASH1_ROWS];
};
/* What follows for a row: P = 2^(S - largest), O = keep O + add P V. */
struct Flash1Row {
    float largest, lse, keep, add;
};

/* Score becomes 2^(score - this warp's largest of the row), which is told together with the sum. */
template <int TILES>
__device__ __forceinline__ void flash1_fp16_tell(Flash1Rows *rows, float (&score)[TILES][4], float (&largest)[2]) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
    for (int h = 0; h < 2; h++) {
        float m = -INFINITY, sum = 0;
#pragma unroll
        for (int t = 0; t < TILES; t++) m = fmaxf(m, fmaxf(score[t][2 * h], score[t][2 * h + 1]));
        m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, 1)); /* four lanes share a row */
        m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, 2));
        float shift = m == -INFINITY ? 0 : m;
#pragma unroll
        for (int t = 0; t < TILES; t++)
#pragma unroll
            for (int e = 2 * h; e < 2 * h + 2; e++) sum += score[t][e] = exp2f(score[t][e] - shift);
        sum += __shfl_xor_sync(0xffffffffu, sum, 1);
        sum += __shfl_xor_sync(0xffffffffu, sum, 2);
        largest[h] = m;
        if (lane % 4 == 0) {
            rows->largest[warp][lane / 4 + 8 * h] = m;
            rows->sum[warp][lane / 4 + 8 * h] = sum;
        }
    }
}
__device__ __forceinline__ Flash1Row flash1_fp16_hear(const Flash1Rows *rows, int row) {
    Flash1Row r = {-INFINITY, -INFINITY, 0, 0};
    for (int warp = 0; warp < 4; warp++) r.largest = fmaxf(r.largest, rows->largest[warp][row]);
    float lse_old = rows->lse_old[row], top = fmaxf(r.largest, lse_old), sum = 0;
    if (top == -INFINITY) return r; /* nothing seen so far */
    for (int warp = 0; warp < 4; warp++) sum += exp2f(rows->largest[warp][row] - top) * rows->sum[warp][row];
    r.lse = top + log2f(sum + exp2f(lse_old - top));
    r.keep = exp2f(lse_old - r.lse);
    r.add = exp2f(r.largest - r.lse);
    return r;
}

/* o (16 rows, this warp's quarter of d) = P V. */
template <int D, int BC>
__device__ __forceinline__ void flash1_fp16_values(float (&o)[D / 32][4], const float (&p)[BC / 32][4],
                                                   const float (&factor)[2], char *place, const char *v_tile) {
    typedef Flash1Round<D, BC> Round;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
    for (int round = 0; round < Round::COUNT; round++) {
        __syncthreads(); /* what was in the place has been used */
#pragma unroll
        for (int t = 0; t < Round::TILES; t++)
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const float(&from)[4] = p[round * Round::TILES + t];
                int col = Round::first_key(t) + lane % 4 * 2;
                *reinterpret_cast<unsigned *>(place + half_at<Round::KEYS>(lane / 4 + 8 * h, col)) =
                    pack_half2(from[2 * h] * factor[h], from[2 * h + 1] * factor[h]);
            }
        __syncthreads(); /* P of this round is whole */
#pragma unroll
        for (int step = 0; step < Round::KEYS; step += 32) {
            unsigned a[2][4];
            left_piece<Round::KEYS>(a[0], place, 0, step);
            left_piece<Round::KEYS>(a[1], place, 0, step + 16);
#pragma unroll
            for (int j = 0; j < D / 32; j++) {
                unsigned v[4];
                right_column<D>(v, v_tile, round * Round::KEYS + step, warp * (D / 4) + 8 * j);
                multiply_add(o[j], a[0], v[0], v[1]);
                multiply_add(o[j], a[1], v[2], v[3]);
            }
        }
    }
    __syncthreads(); /* P has been used */
}

/* O: pieces of 16 bytes, of which a thread moves D / 32, and in the place 8 rows of fp32. */

/* Row and column of this thread's piece i, in linear order. */
template <int D> __device__ __forceinline__ int flash1_o_row(int i) {
    return (threadIdx.x + i * FLASH1_THREADS) / (D / 4);
}
template <int D> __device__ __forceinline__ int flash1_o_col() { return threadIdx.x % (D / 4) * 4; }

template <int D>
__device__ __forceinline__ void flash1_fp16_load_o(float4 (&piece)[D / 32], const float *from, int rows) {
#pragma unroll
    for (int i = 0; i < D / 32; i++)
        if (flash1_o_row<D>(i) < rows) piece[i] = load4(from + flash1_o_row<D>(i) * D + flash1_o_col<D>());
}

/* o += keep (O so far), 8 rows at a time. */
template <int D>
__device__ __forceinline__ void flash1_fp16_merge_o(float (&o)[D / 32][4], const float4 (&so_far)[D / 32],
                                                    const Flash1Row (&row)[2], float *place) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
    for (int h = 0; h < 2; h++) {
#pragma unroll
        for (int i = 0; i < D / 32; i++)
            if (flash1_o_row<D>(i) / 8 == h)
                store4(place + float_at<D>(flash1_o_row<D>(i) % 8, flash1_o_col<D>()), so_far[i]);
        __syncthreads(); /* eight rows are there */
#pragma unroll
        for (int j = 0; j < D / 32; j++) {
            int col = warp * (D / 4) + 8 * j + lane % 4 * 2;
            float2 old = *reinterpret_cast<const float2 *>(place + float_at<D>(lane / 4, col));
            o[j][2 * h] += row[h].keep * old.x;
            o[j][2 * h + 1] += row[h].keep * old.y;
        }
        __syncthreads(); /* and have been used */
    }
}

template <int D>
__device__ __forceinline__ void flash1_fp16_store_partial(float *to, const float (&o)[D / 32][4], float *place,
                                                          int rows) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
    for (int h = 0; h < 2; h++) {
        if (h) __syncthreads(); /* the first eight rows are stored */
#pragma unroll
        for (int j = 0; j < D / 32; j++)
            *reinterpret_cast<float2 *>(place + float_at<D>(lane / 4, warp * (D / 4) + 8 * j + lane % 4 * 2)) =
                make_float2(o[j][2 * h], o[j][2 * h + 1]);
        __syncthreads(); /* eight rows of O are whole */
#pragma unroll
        for (int i = 0; i < D / 32; i++) {
            int row = flash1_o_row<D>(i), col = flash1_o_col<D>();
            if (row / 8 == h && row < rows)
                store4(to + row * D + col, *reinterpret_cast<const float4 *>(place + float_at<D>(row % 8, col)));
        }
    }
}

template <int D>
__device__ __forceinline__ void flash1_fp16_store(__half *to, const float (&o)[D / 32][4], char *place, int rows) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
    for (int h = 0; h < 2; h++)
#pragma unroll
        for (int j = 0; j < D / 32; j++)
            *reinterpret_cast<unsigned *>(place + half_at<D>(lane / 4 + 8 * h, warp * (D / 4) + 8 * j + lane % 4 * 2)) =
                pack_half2(o[j][2 * h], o[j][2 * h + 1]);
    __syncthreads(); /* O is whole */
    store_half_rows<D, FLASH1_THREADS>(to, place, rows);
}

/* One step of Q against the K/V block in shared memory. is_last: O is finished. */
template <int D, int BC>
__device__ __forceinline__ void flash1_fp16_visit(char *q_tile, const char *k_tile, const char *v_tile, const __half *Q,
                                                  __half *O, float *O_partial, float *lse, const AttentionSizes &s,
                                                  int first_row, int first_key, int cols, bool is_first, bool is_last) {
    const float log2_e = 1.44269504f;
    int rows = min(FLASH1_ROWS, s.query_rows - first_row), lane = threadIdx.x % 32;
    float score[BC / 32][4], largest[2], factor[2], o[D / 32][4] = {}, lse_old = -INFINITY;
    float4 so_far[D / 32] = {};
    copy_rows_async<D, FLASH1_THREADS>(q_tile, Q, rows, FLASH1_ROWS);
    if (!is_first) { /* on their way while S is made */
        flash1_fp16_load_o<D>(so_far, O_partial, rows);
        if ((int)threadIdx.x < rows) lse_old = __ldcg(lse + threadIdx.x);
    }
    copy_wait_all();
    __syncthreads(); /* Q is there, and the first time K and V */
    flash1_fp16_scores<D, BC>(score, q_tile, k_tile, s.scale * log2_e, s, first_row, first_key, cols);
    __syncthreads(); /* Q has been used; its place is free */
    Flash1Rows *told = reinterpret_cast<Flash1Rows *>(q_tile);
    flash1_fp16_tell(told, score, largest);
    if (threadIdx.x < FLASH1_ROWS) told->lse_old[threadIdx.x] = lse_old * log2_e;
    __syncthreads(); /* all warps have told */
    Flash1Row row[2] = {flash1_fp16_hear(told, lane / 4), flash1_fp16_hear(told, lane / 4 + 8)};
    if ((int)threadIdx.x < rows) lse[threadIdx.x] = flash1_fp16_hear(told, threadIdx.x).lse * 0.693147181f;
    for (int h = 0; h < 2; h++) factor[h] = largest[h] == -INFINITY ? 0 : exp2f(largest[h] - row[h].largest);
    flash1_fp16_values<D, BC>(o, score, factor, q_tile, v_tile);
    for (int j = 0; j < D / 32; j++)
        for (int e = 0; e < 4; e++) o[j][e] *= row[e / 2].add;
    if (!is_first) flash1_fp16_merge_o<D>(o, so_far, row, reinterpret_cast<float *>(q_tile));
    if (is_last)
        flash1_fp16_store<D>(O, o, q_tile, rows);
    else
        flash1_fp16_store_partial<D>(O_partial, o, reinterpret_cast<float *>(q_tile), rows);
}

/* Grid (heads). O_partial holds unfinished rows; it is not touched where one K/V block covers all keys. */
template <int D, int BC>
__global__ void __launch_bounds__(FLASH1_THREADS)
    flash1_fp16_forward(const __half *__restrict__ Q, const __half *__restrict__ K, const __half *__restrict__ V,
                        __half *__restrict__ O, float *__restrict__ O_partial, float *__restrict__ lse_rows,
                        AttentionSizes s) {
    static_assert(sizeof(Flash1Rows) <= FLASH1_ROWS * D * 2, "what warps tell fits the place of Q");
    extern __shared__ float4 shared_tiles[];
    char *q_tile = reinterpret_cast<char *>(shared_tiles), *k_tile = q_tile + FLASH1_ROWS * D * 2;
    char *v_tile = k_tile + BC * D * 2;
    size_t q_base = query_base(s, blockIdx.x, D), k_base = key_base(s, blockIdx.x, D);
    float *lse_base = lse_rows + query_base(s, blockIdx.x, 1);
    int key_tiles = (s.key_rows + BC - 1) / BC, steps = (s.query_rows + FLASH1_ROWS - 1) / FLASH1_ROWS;
    for (int j = 0; j < key_tiles; j++) {
        int cols = min_rows(BC, j, s.key_rows), next_first = flash1_next_first_step(s, j, BC);
        __syncthreads(); /* K and V have been used; lanes that parted at a last row move pieces together again */
        copy_rows_async<D, FLASH1_THREADS>(k_tile, K + k_base + (size_t)j * BC * D, cols, BC);
        copy_rows_async<D, FLASH1_THREADS>(v_tile, V + k_base + (size_t)j * BC * D, cols, BC);
        for (int i = flash1_first_step(s, j, BC); i < steps; i++) {
            size_t at = q_base + (size_t)i * FLASH1_ROWS * D;
            __syncthreads(); /* the step before is stored */
            flash1_fp16_visit<D, BC>(q_tile, k_tile, v_tile, Q + at, O + at, O_partial + at, lse_base + i * FLASH1_ROWS,
                                     s, i * FLASH1_ROWS, j * BC, cols, j == 0, i < next_first);
        }
    }
}
#endif
