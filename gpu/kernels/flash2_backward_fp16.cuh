/* flash2, the backward pass, version 1, fp16. What changed from fp32: the five products on tensor cores
 * (half_product.cuh), tiles by cp.async, P and dS rounded to fp16 in shared memory; dQ is summed by atomics in an fp32
 * matrix of its own, which a third kernel rounds. Thread for thread the simulator's (sim/attention/flash_backward.c).
 *
 *     flash2_dot           flash2_backward_1.cuh
 *     flash2_fp16_backward a block D_c keys, as flash2_backward
 *     flash2_convert       a block D_r query rows: dQ from its sum; a warp takes 64 pieces of 16 bytes, 32 of the
 * result
 *
 * dS does not carry the scale of the scores, for it would be too small for fp16; dQ's sums and dK take it, in fp32.
 * S and dP lie in the same lanes, so a lane finds the P that it needs for dS where it has put it. dQ passes through the
 * place of P and dS, as many rows at a time as fit, so that a lane adds one fp32 and 32 lanes are neighbours of a row.
 * Predicted bytes (H heads, no mask, E_c = ceil(N_k / D_c)): flash2_dot reads H 4 N_q d, writes H 4 N_q (d + 1); the
 * main kernel reads H (4 N_k d + E_c N_q (4 d + 8)), adds H 4 E_c N_q d and writes H 4 N_k d; flash2_convert reads H 4
 * N_q d and writes H 2 N_q d.
 */
#ifndef GPU_KERNELS_FLASH2_BACKWARD_FP16_CUH
#define GPU_KERNELS_FLASH2_BACKWARD_FP16_CUH
#include "gpu/kernels/flash2_backward_1.cuh"
#include "gpu/kernels/half_product.cuh"

/* A number a row of this thread's rows of S. */
template <class Scores> struct RowValues {
    float of[Scores::ROW_TILES][2];
    __device__ __forceinline__ void take(const float *place) {
#pragma unroll
        for (int i = 0; i < Scores::ROW_TILES; i++)
#pragma unroll
            for (int h = 0; h < 2; h++) of[i][h] = place[Scores::row(i, h)];
    }
};

/* P = exp(scale S - lse), 0 where no query or key is or may be seen, into its tile. */
template <class Scores>
__device__ __forceinline__ void backward_fp16_softmax(char *p_tile, const Scores &score, const RowValues<Scores> &lse,
                                                      const AttentionSizes &s, int first_row, int rows, int first_key,
                                                      int cols) {
    int lane = fresh(threadIdx.x % 32);
#pragma unroll
    for (int i = 0; i < Scores::ROW_TILES; i++)
#pragma unroll
        for (int h = 0; h < 2; h++)
#pragma unroll
            for (int j = 0; j < Scores::COL_TILES; j++) {
                int row = Scores::row(i, h, lane), col = Scores::col(j, lane);
                float p[2];
#pragma unroll
                for (int e = 0; e < 2; e++) {
                    bool is_seen = row < rows && col + e < cols && is_visible(s, first_row + row, first_key + col + e);
                    p[e] = is_seen ? expf(score.sum[i][j][2 * h + e] * s.scale - lse.of[i][h]) : 0;
                }
                *reinterpret_cast<unsigned *>(p_tile + half_at<Scores::COLS>(row, col)) = pack_half2(p[0], p[1]);
            }
}

/* dS = P (dP - D) into its tile. Where there is no row or key all three are 0. */
template <class Scores>
__device__ __forceinline__ void backward_fp16_softmax_gradient(char *ds_tile, const char *p_tile, const Scores &d_p,
                                                               const RowValues<Scores> &delta) {
    int lane = fresh(threadIdx.x % 32);
#pragma unroll
    for (int i = 0; i < Scores::ROW_TILES; i++)
#pragma unroll
        for (int h = 0; h < 2; h++)
#pragma unroll
            for (int j = 0; j < Scores::COL_TILES; j++) {
                unsigned at = half_at<Scores::COLS>(Scores::row(i, h, lane), Scores::col(j, lane));
                float2 p = __half22float2(*reinterpret_cast<const __half2 *>(p_tile + at));
                float x = p.x * (d_p.sum[i][j][2 * h] - delta.of[i][h]);
                float y = p.y * (d_p.sum[i][j][2 * h + 1] - delta.of[i][h]);
                *reinterpret_cast<unsigned *>(ds_tile + at) = pack_half2(x, y);
            }
}

/* dQ (of this tile's rows, fp32 in global memory) += factor x this tile's. */
template <int PLACE_BYTES, class Result>
__device__ __forceinline__ void backward_fp16_add_queries(float *to, float *place, const Result &d_q, float factor,
                                                          int rows) {
    constexpr int D = Result::COLS, FIT_ROWS = PLACE_BYTES / (D * 4);
    constexpr int PART_ROWS = FIT_ROWS < Result::ROWS ? FIT_ROWS : Result::ROWS;
    for (int first = 0; first < rows; first += PART_ROWS) {
        __syncthreads(); /* Q, dO, P and dS, or the part before, have been used */
        each_pair(d_q, factor, first, first + PART_ROWS, [&](int row, int col, float2 pair) {
            *reinterpret_cast<float2 *>(place + float_at<D>(row, col)) = pair;
        });
        __syncthreads(); /* the part is whole */
        int count = min(PART_ROWS, rows - first) * D;
        for (int i = threadIdx.x; i < count; i += HALF_PRODUCT_THREADS)
            atomicAdd(to + first * D + i, place[float_at<D>(i / D, i % D)]);
    }
}

/* Grid (blocks of D_c keys, 1, heads). dK, dV: a matrix a query head. */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(BACKWARD_THREADS, 1)
    flash2_fp16_backward(const __half *__restrict__ Q, const __half *__restrict__ K, const __half *__restrict__ V,
                         const __half *__restrict__ dO, const float *__restrict__ lse_rows,
                         const float *__restrict__ D_rows, float *__restrict__ dQ_sum, __half *__restrict__ dK,
                         __half *__restrict__ dV, AttentionSizes s) {
    typedef HalfResult<BR, BC> Scores;
    extern __shared__ float4 shared_tiles[];
    char *k_tile = reinterpret_cast<char *>(shared_tiles), *v_tile = k_tile + BC * D * 2;
    char *q_tile = v_tile + BC * D * 2, *do_tile = q_tile + BR * D * 2;
    char *p_tile = do_tile + BR * D * 2, *ds_tile = p_tile + BR * BC * 2;
    float *row_place = reinterpret_cast<float *>(ds_tile); /* lse and D, until dP is made */
    int first_key = blockIdx.x * BC, cols = min_rows(BC, blockIdx.x, s.key_rows);
    size_t k_at = key_base(s, blockIdx.z, D) + (size_t)first_key * D;
    copy_rows_async<D, BACKWARD_THREADS>(k_tile, K + k_at, cols, BC);
    copy_rows_async<D, BACKWARD_THREADS>(v_tile, V + k_at, cols, BC);
    HalfResult<BC, D> d_k = {}, d_v = {};

    int end_tile = end_query_tile(s, first_key + cols, BR);
    for (int tile = first_query_tile(s, first_key, BR); tile < end_tile; tile++) {
        int first_row = tile * BR, rows = min_rows(BR, tile, s.query_rows);
        size_t at = query_base(s, blockIdx.z, 1) + first_row;
        copy_rows_async<D, BACKWARD_THREADS>(q_tile, Q + at * D, rows, BR);
        copy_rows_async<D, BACKWARD_THREADS>(do_tile, dO + at * D, rows, BR);
        float lse_own = (int)threadIdx.x < rows ? __ldcg(lse_rows + at + threadIdx.x) : 0;
        float delta_own = (int)threadIdx.x < rows ? __ldcg(D_rows + at + threadIdx.x) : 0;
        __syncthreads(); /* dQ of the tile before has been added */
        if (threadIdx.x < BR) row_place[threadIdx.x] = lse_own, row_place[BR + threadIdx.x] = delta_own;
        copy_wait_all();
        __syncthreads(); /* the tiles are there */
        RowValues<Scores> lse, delta;
        lse.take(row_place);
        delta.take(row_place + BR);
        Scores score = {};
        add_product<D, false, true>(score, q_tile, k_tile);
        backward_fp16_softmax(p_tile, score, lse, s, first_row, rows, first_key, cols);
        __syncthreads(); /* P is whole; lse and D have been taken */
        add_product<BR, true, false>(d_v, p_tile, do_tile);
        Scores d_p = {};
        add_product<D, false, true>(d_p, do_tile, v_tile);
        backward_fp16_softmax_gradient(ds_tile, p_tile, d_p, delta);
        __syncthreads(); /* dS is whole */
        add_product<BR, true, false>(d_k, ds_tile, q_tile);
        HalfResult<BR, D> d_q = {};
        add_product<BC, false, false>(d_q, ds_tile, k_tile);
        backward_fp16_add_queries<2 * BR * BC * 2>(dQ_sum + at * D, reinterpret_cast<float *>(p_tile), d_q, s.scale,
                                                   rows);
    }

    copy_wait_all(); /* where no tile was visited K and V are still on their way */
    size_t out = ((size_t)blockIdx.z * s.key_rows + first_key) * D;
    store_result<BC * D * 2>(dK + out, k_tile, d_k, s.scale, cols);
    store_result<BC * D * 2>(dV + out, v_tile, d_v, 1, cols);
}

/* Grid (blocks of D_r query rows, 1, heads). A lane reads two pieces of four floats, 32 apart, and writes one of eight
 * halves: its own and a neighbour's, which it is handed. */
template <int D, int BR>
__global__ void __launch_bounds__(FLASH2_ROW_THREADS)
    flash2_convert(const float *__restrict__ sum, __half *__restrict__ dQ, AttentionSizes s) {
    int pieces = min_rows(BR, blockIdx.x, s.query_rows) * (D / 4), lane = threadIdx.x % 32;
    size_t base = query_base(s, blockIdx.z, D) + (size_t)blockIdx.x * BR * D;
    for (int first = threadIdx.x / 32 * 64; first < pieces; first += 2 * FLASH2_ROW_THREADS) {
        unsigned words[2][2] = {};
#pragma unroll
        for (int i = 0; i < 2; i++) {
            int piece = first + 32 * i + lane;
            if (piece >= pieces) continue;
            float4 v = load4(sum + base + (size_t)piece * 4);
            words[i][0] = pack_half2(v.x, v.y);
            words[i][1] = pack_half2(v.z, v.w);
        }
        unsigned out[4];
#pragma unroll
        for (int w = 0; w < 4; w++) { /* of pieces 2 lane and 2 lane + 1 of the 64 */
            int from = (2 * lane + w / 2) % 32;
            unsigned lower = __shfl_sync(0xffffffffu, words[0][w % 2], from);
            unsigned upper = __shfl_sync(0xffffffffu, words[1][w % 2], from);
            out[w] = lane < 16 ? lower : upper;
        }
        if (first / 2 + lane < pieces / 2)
            *reinterpret_cast<uint4 *>(dQ + base + (size_t)(first / 2 + lane) * 8) =
                make_uint4(out[0], out[1], out[2], out[3]);
    }
}
#endif
