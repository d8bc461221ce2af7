/* standard, version 2, fp16: the products of both passes on tensor cores. What changed from fp32: operands of 2 bytes,
 * products by mma.m16n8k16 with fp32 sums (half_product.cuh), rows of Q, K and V by cp.async; S and P are rounded to
 * fp16 in HBM, as PyTorch's are. Mask and softmax are standard_rows.cuh's. Thread for thread the simulator's
 * `standard`.
 *
 * P comes through registers, for cp.async that bypasses L1 moves 16 bytes a lane and no fewer; several loads of a
 * thread are under way at a time. dS does not carry the scale of the scores, for it would be too small for fp16: dQ and
 * dK take it, in fp32. Predicted bytes: half of standard_2.cuh's and standard_backward.cuh's.
 */
#ifndef GPU_KERNELS_STANDARD_FP16_CUH
#define GPU_KERNELS_STANDARD_FP16_CUH
#include "gpu/kernels/half_product.cuh"
#include "gpu/kernels/standard_rows.cuh"

/* rows x cols of an N x N matrix of row_elems columns into a swizzled tile, in linear order. */
template <int COLS, class Piece>
__device__ __forceinline__ void load_score_pieces(char *tile, const __half *from, int rows, int cols, int row_elems) {
    int pieces = cols / piece_elems<Piece>;
    for (int piece = fresh(threadIdx.x); piece < rows * pieces; piece += STANDARD2_THREADS) {
        int row = piece / pieces, col = piece % pieces * piece_elems<Piece>;
        *reinterpret_cast<Piece *>(tile + half_at<COLS>(row, col)) =
            __ldcg(reinterpret_cast<const Piece *>(from + (size_t)row * row_elems + col));
    }
}
/* The same where all COLS are there: a thread stays in its column, and BATCH of its loads are under way at a time. */
template <int COLS, int BATCH, class Piece>
__device__ __forceinline__ void load_whole_rows(char *tile, const __half *from, int rows, int row_elems) {
    constexpr int PIECES = COLS / piece_elems<Piece>, ROW_STEP = STANDARD2_THREADS / PIECES;
    int thread = fresh(threadIdx.x), col = thread % PIECES * piece_elems<Piece>;
    for (int first = thread / PIECES; first < rows; first += BATCH * ROW_STEP) {
        const __half *at = from + (size_t)first * row_elems + col;
        Piece v[BATCH];
#pragma unroll
        for (int i = 0; i < BATCH; i++, at += ROW_STEP * row_elems)
            if (first + i * ROW_STEP < rows) v[i] = __ldcg(reinterpret_cast<const Piece *>(at));
#pragma unroll
        for (int i = 0; i < BATCH; i++)
            if (first + i * ROW_STEP < rows)
                *reinterpret_cast<Piece *>(tile + half_at<COLS>(first + i * ROW_STEP, col)) = v[i];
    }
}
template <int COLS, int BATCH>
__device__ __forceinline__ void load_score_tile(char *tile, const __half *from, int rows, int cols, int row_elems) {
    bool is_odd = row_elems % 2, is_whole = cols == COLS;
    if (is_whole && !is_odd) load_whole_rows<COLS, BATCH, __half2>(tile, from, rows, row_elems);
    if (is_whole && is_odd) load_whole_rows<COLS, BATCH, __half>(tile, from, rows, row_elems);
    if (!is_whole && !is_odd) load_score_pieces<COLS, __half2>(tile, from, rows, cols, row_elems);
    if (!is_whole && is_odd) load_score_pieces<COLS, __half>(tile, from, rows, cols, row_elems);
}
/* And back. */
template <int COLS, class Piece>
__device__ __forceinline__ void store_score_pieces(__half *to, const char *tile, int rows, int cols, int row_elems) {
    int pieces = cols / piece_elems<Piece>;
    for (int piece = threadIdx.x; piece < rows * pieces; piece += STANDARD2_THREADS) {
        int row = piece / pieces, col = piece % pieces * piece_elems<Piece>;
        *reinterpret_cast<Piece *>(to + (size_t)row * row_elems + col) =
            *reinterpret_cast<const Piece *>(tile + half_at<COLS>(row, col));
    }
}
template <int COLS>
__device__ __forceinline__ void store_score_tile(__half *to, const char *tile, int rows, int cols, int row_elems) {
    if (row_elems % 2)
        store_score_pieces<COLS, __half>(to, tile, rows, cols, row_elems);
    else if (cols == COLS)
        store_score_pieces<COLS, __half2>(to, tile, rows, COLS, row_elems); /* divides by a constant */
    else
        store_score_pieces<COLS, __half2>(to, tile, rows, cols, row_elems);
}

/* S = factor Q K^T, or dP = dO V^T. Grid (key blocks, query blocks, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS, 2)
    standard_fp16_scores(const __half *__restrict__ Q, const __half *__restrict__ K, __half *__restrict__ S,
                         AttentionSizes s, float factor) {
    extern __shared__ float4 shared_tiles[];
    char *q_tile = reinterpret_cast<char *>(shared_tiles), *k_tile = q_tile + BR * D * 2;
    int rows = min_rows(BR, blockIdx.y, s.query_rows), cols = min_rows(BC, blockIdx.x, s.key_rows);
    copy_rows_async<D, STANDARD2_THREADS>(q_tile, Q + query_base(s, blockIdx.z, D) + (size_t)blockIdx.y * BR * D, rows,
                                          BR);
    copy_rows_async<D, STANDARD2_THREADS>(k_tile, K + key_base(s, blockIdx.z, D) + (size_t)blockIdx.x * BC * D, cols,
                                          BC);
    copy_wait_all();
    __syncthreads(); /* Q and K are there */
    HalfResult<BR, BC> scores = {};
    add_product<D, false, true>(scores, q_tile, k_tile);

    __half *out = S + query_base(s, blockIdx.z, s.key_rows) + (size_t)blockIdx.y * BR * s.key_rows + blockIdx.x * BC;
    result_in_parts<(BR + BC) * D * 2>(q_tile, scores, factor, rows, [&](int first, int part_rows) {
        store_score_tile<BC>(out + (size_t)first * s.key_rows, q_tile, part_rows, cols, s.key_rows);
    });
}

/* What of a tile lies outside of rows x cols becomes zero: 0 x what lay there may be NaN. */
template <int ROWS, int COLS> __device__ __forceinline__ void clear_outside(char *tile, int rows, int cols) {
    if (rows == ROWS && cols == COLS) return;
    for (int i = threadIdx.x; i < ROWS * COLS; i += STANDARD2_THREADS)
        if (i / COLS >= rows || i % COLS >= cols)
            *reinterpret_cast<__half *>(tile + half_at<COLS>(i / COLS, i % COLS)) = __float2half_rn(0);
}

/* O = P V, or dQ = factor dS K. Grid (query blocks, 1, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS, 2)
    standard_fp16_values(const __half *__restrict__ P, const __half *__restrict__ V, __half *__restrict__ O,
                         AttentionSizes s, float factor) {
    extern __shared__ float4 shared_tiles[];
    char *p_tile = reinterpret_cast<char *>(shared_tiles), *v_tile = p_tile + BR * BC * 2;
    int rows = min_rows(BR, blockIdx.x, s.query_rows);
    const __half *p_rows = P + query_base(s, blockIdx.z, s.key_rows) + (size_t)blockIdx.x * BR * s.key_rows;
    const __half *v_rows = V + key_base(s, blockIdx.z, D);
    constexpr int BATCH = D < 128 ? 8 : 4; /* what registers hold beside O */
    HalfResult<BR, D> o = {};
    for (int first = 0; first < s.key_rows; first += BC) {
        int cols = min(BC, s.key_rows - first);
        __syncthreads(); /* the tiles before have been used */
        copy_rows_async<D, STANDARD2_THREADS>(v_tile, v_rows + (size_t)first * D, cols, BC);
        load_score_tile<BC, BATCH>(p_tile, p_rows + first, rows, cols, s.key_rows);
        clear_outside<BR, BC>(p_tile, rows, cols);
        copy_wait_all();
        __syncthreads(); /* P and V are there */
        add_product<BC, false, false>(o, p_tile, v_tile);
    }
    __half *out = O + query_base(s, blockIdx.z, D) + (size_t)blockIdx.x * BR * D;
    store_result<(BR + D) * BC * 2>(out, p_tile, o, factor, rows);
}

/* dV = P^T dO, or dK = factor dS^T Q; a matrix a query head. Grid (key blocks, 1, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS, 2)
    standard_fp16_values_transposed(const __half *__restrict__ P, const __half *__restrict__ dO,
                                    __half *__restrict__ dV, AttentionSizes s, float factor) {
    extern __shared__ float4 shared_tiles[];
    char *p_tile = reinterpret_cast<char *>(shared_tiles), *do_tile = p_tile + BR * BC * 2;
    int cols = min_rows(BC, blockIdx.x, s.key_rows);
    const __half *p_cols = P + query_base(s, blockIdx.z, s.key_rows) + blockIdx.x * BC;
    const __half *do_rows = dO + query_base(s, blockIdx.z, D);
    constexpr int BATCH = D < 128 ? 8 : 4; /* what registers hold beside dV */
    HalfResult<BC, D> d_v = {};
    for (int first = 0; first < s.query_rows; first += BR) {
        int rows = min(BR, s.query_rows - first);
        __syncthreads(); /* P and dO of the tile before have been used */
        copy_rows_async<D, STANDARD2_THREADS>(do_tile, do_rows + (size_t)first * D, rows, BR);
        load_score_tile<BC, BATCH>(p_tile, p_cols + (size_t)first * s.key_rows, rows, cols, s.key_rows);
        clear_outside<BR, BC>(p_tile, rows, cols);
        copy_wait_all();
        __syncthreads(); /* P and dO are there */
        add_product<BR, true, false>(d_v, p_tile, do_tile);
    }
    __half *out = dV + ((size_t)blockIdx.z * s.key_rows + (size_t)blockIdx.x * BC) * D;
    store_result<(BC + D) * BR * 2>(out, p_tile, d_v, factor, cols);
}
#endif
