/* standard, version 2, fp16: the products on tensor cores. What changed from fp32: operands of 2 bytes, products by
 * mma.m16n8k16 with fp32 sums, rows of Q, K and V by cp.async; S and P are rounded to fp16 in HBM, as PyTorch's are.
 * Mask and softmax are standard_rows.cuh's. Thread for thread the simulator's `standard`.
 *
 * Eight warps stand 4 x 2 over the result; each makes a quarter of its rows and half of its columns. P comes through
 * registers, for cp.async that bypasses L1 moves 16 bytes a lane and no fewer; eight loads of a thread are under way at
 * a time. Predicted bytes: half of standard_2.cuh's.
 */
#ifndef GPU_KERNELS_STANDARD_FP16_CUH
#define GPU_KERNELS_STANDARD_FP16_CUH
#include "gpu/kernels/half_tile.cuh"
#include "gpu/kernels/standard_rows.cuh"

/* Where a warp's part of a result of ROWS x COLS begins, and how many tiles of 16 x 8 it is. */
template <int ROWS, int COLS> struct WarpPart {
    static constexpr int ROW_TILES = ROWS / 64, COL_TILES = COLS / 16;
    static_assert(ROWS % 64 == 0 && COLS % 32 == 0, "four warps of 16 rows, two of pairs of 8 columns");
    static __device__ __forceinline__ int first_row() { return threadIdx.x / 64 * (ROWS / 4); }
    static __device__ __forceinline__ int first_col() { return threadIdx.x / 32 % 2 * (COLS / 2); }
};

/* sum += left (rows of a tile, INNER halves each) x right, which is (INNER x COLS), or its transpose as a tile. */
template <int INNER, int COLS, bool IS_TRANSPOSED, int ROW_TILES, int COL_TILES>
__device__ __forceinline__ void add_product(float (&sum)[ROW_TILES][COL_TILES][4], const char *left, int first_row,
                                            const char *right, int first_col) {
#pragma unroll 2 /* no more: their addresses would fill the registers */
    for (int step = 0; step < INNER; step += 16) {
        unsigned a[ROW_TILES][4];
#pragma unroll
        for (int i = 0; i < ROW_TILES; i++) left_piece<INNER>(a[i], left, first_row + 16 * i, step);
#pragma unroll
        for (int j = 0; j < COL_TILES; j += 2) {
            unsigned b[4];
            if (IS_TRANSPOSED)
                right_piece_transposed<INNER>(b, right, step, first_col + 8 * j);
            else
                right_piece<COLS>(b, right, step, first_col + 8 * j);
#pragma unroll
            for (int i = 0; i < ROW_TILES; i++) {
                multiply_add(sum[i][j], a[i], b[0], b[1]);
                multiply_add(sum[i][j + 1], a[i], b[2], b[3]);
            }
        }
    }
}

/* This warp's sums, times factor and rounded, into a tile of COLS columns; rows outside [0, end) are left out. */
template <int COLS, int ROW_TILES, int COL_TILES>
__device__ __forceinline__ void put_sums(char *tile, const float (&sum)[ROW_TILES][COL_TILES][4], float factor,
                                         int first_row, int end, int first_col) {
    int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < ROW_TILES; i++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            int row = first_row + 16 * i + lane / 4 + 8 * h;
            if (row < 0 || row >= end) continue;
#pragma unroll
            for (int j = 0; j < COL_TILES; j++)
                *reinterpret_cast<unsigned *>(tile + half_at<COLS>(row, first_col + 8 * j + lane % 4 * 2)) =
                    pack_half2(sum[i][j][2 * h] * factor, sum[i][j][2 * h + 1] * factor);
        }
}

/* rows x cols of an N x N matrix of row_elems columns into a swizzled tile, in linear order. */
template <int COLS, class Piece>
__device__ __forceinline__ void load_score_pieces(char *tile, const __half *from, int rows, int cols, int row_elems) {
    int pieces = cols / piece_elems<Piece>;
    for (int piece = threadIdx.x; piece < rows * pieces; piece += STANDARD2_THREADS) {
        int row = piece / pieces, col = piece % pieces * piece_elems<Piece>;
        *reinterpret_cast<Piece *>(tile + half_at<COLS>(row, col)) =
            __ldcg(reinterpret_cast<const Piece *>(from + (size_t)row * row_elems + col));
    }
}
/* The same where all COLS are there: a thread stays in its column, and eight of its loads are under way at a time. */
template <int COLS, class Piece>
__device__ __forceinline__ void load_whole_rows(char *tile, const __half *from, int rows, int row_elems) {
    constexpr int PIECES = COLS / piece_elems<Piece>, ROW_STEP = STANDARD2_THREADS / PIECES, BATCH = 8;
    int col = threadIdx.x % PIECES * piece_elems<Piece>;
    for (int first = threadIdx.x / PIECES; first < rows; first += BATCH * ROW_STEP) {
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
template <int COLS>
__device__ __forceinline__ void load_score_tile(char *tile, const __half *from, int rows, int cols, int row_elems) {
    bool is_odd = row_elems % 2, is_whole = cols == COLS;
    if (is_whole && !is_odd) load_whole_rows<COLS, __half2>(tile, from, rows, row_elems);
    if (is_whole && is_odd) load_whole_rows<COLS, __half>(tile, from, rows, row_elems);
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

/* The result passes through the shared memory that the operands no longer need (PLACE_BYTES), as many rows at a time as
 * fit, so that it is written in linear order: store(first row of the part, its rows). */
template <int ROWS, int COLS, int PLACE_BYTES, int ROW_TILES, int COL_TILES, class Store>
__device__ __forceinline__ void result_in_parts(char *place, const float (&sum)[ROW_TILES][COL_TILES][4], float factor,
                                                int rows, Store store) {
    constexpr int FIT_ROWS = PLACE_BYTES / (COLS * 2) / 32 * 32; /* a multiple of 32: no request straddles two parts */
    constexpr int PART_ROWS = FIT_ROWS < ROWS ? FIT_ROWS : ROWS;
    typedef WarpPart<ROWS, COLS> Part;
    for (int first = 0; first < rows; first += PART_ROWS) {
        __syncthreads(); /* the operands, or the part before, have been used */
        put_sums<COLS>(place, sum, factor, Part::first_row() - first, PART_ROWS, Part::first_col());
        __syncthreads(); /* the part is whole */
        store(first, min(PART_ROWS, rows - first));
    }
}

/* Grid (key blocks, query blocks, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS, 2)
    standard_fp16_scores(const __half *__restrict__ Q, const __half *__restrict__ K, __half *__restrict__ S,
                         AttentionSizes s) {
    typedef WarpPart<BR, BC> Part;
    extern __shared__ float4 shared_tiles[];
    char *q_tile = reinterpret_cast<char *>(shared_tiles), *k_tile = q_tile + BR * D * 2;
    int rows = min_rows(BR, blockIdx.y, s.query_rows), cols = min_rows(BC, blockIdx.x, s.key_rows);
    copy_rows_async<D, STANDARD2_THREADS>(q_tile, Q + query_base(s, blockIdx.z, D) + (size_t)blockIdx.y * BR * D, rows,
                                          BR);
    copy_rows_async<D, STANDARD2_THREADS>(k_tile, K + key_base(s, blockIdx.z, D) + (size_t)blockIdx.x * BC * D, cols,
                                          BC);
    copy_wait_all();
    __syncthreads(); /* Q and K are there */
    float sum[Part::ROW_TILES][Part::COL_TILES][4] = {};
    add_product<D, BC, true>(sum, q_tile, Part::first_row(), k_tile, Part::first_col());

    __half *out = S + query_base(s, blockIdx.z, s.key_rows) + (size_t)blockIdx.y * BR * s.key_rows + blockIdx.x * BC;
    result_in_parts<BR, BC, (BR + BC) * D * 2>(q_tile, sum, s.scale, rows, [&](int first, int part_rows) {
        store_score_tile<BC>(out + (size_t)first * s.key_rows, q_tile, part_rows, cols, s.key_rows);
    });
}

/* Columns from `cols` on of a tile become zero: 0 x what lay there may be NaN. */
template <int COLS> __device__ __forceinline__ void clear_columns(char *tile, int rows, int cols) {
    int width = COLS - cols;
    for (int i = threadIdx.x; i < rows * width; i += STANDARD2_THREADS)
        *reinterpret_cast<__half *>(tile + half_at<COLS>(i / width, cols + i % width)) = __float2half_rn(0);
}

/* Grid (query blocks, 1, heads). */
template <int D, int BR, int BC>
__global__ void __launch_bounds__(STANDARD2_THREADS, 2)
    standard_fp16_values(const __half *__restrict__ P, const __half *__restrict__ V, __half *__restrict__ O,
                         AttentionSizes s) {
    typedef WarpPart<BR, D> Part;
    extern __shared__ float4 shared_tiles[];
    char *p_tile = reinterpret_cast<char *>(shared_tiles), *v_tile = p_tile + BR * BC * 2;
    int rows = min_rows(BR, blockIdx.x, s.query_rows);
    const __half *p_rows = P + query_base(s, blockIdx.z, s.key_rows) + (size_t)blockIdx.x * BR * s.key_rows;
    const __half *v_rows = V + key_base(s, blockIdx.z, D);
    float sum[Part::ROW_TILES][Part::COL_TILES][4] = {};
    for (int first = 0; first < s.key_rows; first += BC) {
        int cols = min(BC, s.key_rows - first);
        __syncthreads(); /* the tiles before have been used */
        copy_rows_async<D, STANDARD2_THREADS>(v_tile, v_rows + (size_t)first * D, cols, BC);
        load_score_tile<BC>(p_tile, p_rows + first, rows, cols, s.key_rows);
        if (cols < BC) clear_columns<BC>(p_tile, rows, cols);
        copy_wait_all();
        __syncthreads(); /* P and V are there */
        add_product<BC, D, false>(sum, p_tile, Part::first_row(), v_tile, Part::first_col());
    }
    __half *out = O + query_base(s, blockIdx.z, D) + (size_t)blockIdx.x * BR * D;
    result_in_parts<BR, D, (BR + D) * BC * 2>(p_tile, sum, 1, rows, [&](int first, int part_rows) {
        store_half_rows<D, STANDARD2_THREADS>(out + (size_t)first * D, p_tile, part_rows);
    });
}
#endif
