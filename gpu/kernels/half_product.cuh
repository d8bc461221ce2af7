/* Products of whole tiles of halves by a block of eight warps, which stand 4 x 2 over the result: each makes a quarter
 * of its rows and half of its columns, in fp32 registers.
 */
#ifndef GPU_KERNELS_HALF_PRODUCT_CUH
#define GPU_KERNELS_HALF_PRODUCT_CUH
#include "gpu/kernels/half_tile.cuh"
#include "gpu/kernels/tile.cuh"

enum { HALF_PRODUCT_THREADS = 256 };

/* This warp's part of a result. sum[i][j][e]: row(i, e / 2), col(j) + e % 2. */
template <int ROWS_, int COLS_> struct HalfResult {
    static constexpr int ROWS = ROWS_, COLS = COLS_, ROW_TILES = ROWS / 64, COL_TILES = COLS / 16;
    static_assert(ROWS % 64 == 0 && COLS % 32 == 0, "four warps of 16 rows, two of pairs of 8 columns");
    float sum[ROW_TILES][COL_TILES][4];
    static __device__ __forceinline__ int first_row() { return threadIdx.x / 64 * (ROWS / 4); }
    static __device__ __forceinline__ int first_col() { return threadIdx.x / 32 % 2 * (COLS / 2); }
    static __device__ __forceinline__ int row(int i, int h, int lane = threadIdx.x % 32) {
        return first_row() + 16 * i + lane / 4 + 8 * h;
    }
    static __device__ __forceinline__ int col(int j, int lane = threadIdx.x % 32) {
        return first_col() + 8 * j + lane % 4 * 2;
    }
};

/* result += left right. left: a tile ROWS x INNER, or turned: INNER x ROWS; right: INNER x COLS, or turned. */
template <int INNER, bool IS_LEFT_TURNED, bool IS_RIGHT_TURNED, class Result>
__device__ __forceinline__ void add_product(Result &result, const char *left, const char *right) {
    int lane = fresh(threadIdx.x % 32);
#pragma unroll 2
    for (int step = 0; step < INNER; step += 16) {
        unsigned a[Result::ROW_TILES][4];
#pragma unroll
        for (int i = 0; i < Result::ROW_TILES; i++)
            if (IS_LEFT_TURNED)
                left_piece_turned<Result::ROWS>(a[i], left, Result::first_row() + 16 * i, step, lane);
            else
                left_piece<INNER>(a[i], left, Result::first_row() + 16 * i, step, lane);
#pragma unroll
        for (int j = 0; j < Result::COL_TILES; j += 2) {
            unsigned b[4];
            if (IS_RIGHT_TURNED)
                right_piece_turned<INNER>(b, right, step, Result::first_col() + 8 * j, lane);
            else
                right_piece<Result::COLS>(b, right, step, Result::first_col() + 8 * j, lane);
#pragma unroll
            for (int i = 0; i < Result::ROW_TILES; i++) {
                multiply_add(result.sum[i][j], a[i], b[0], b[1]);
                multiply_add(result.sum[i][j + 1], a[i], b[2], b[3]);
            }
        }
    }
}

/* Hands the result's pairs of neighbouring columns to put(row, col, pair), rows from `first` to `end`. */
template <class Result, class Put>
__device__ __forceinline__ void each_pair(const Result &result, float factor, int first, int end, Put put) {
    int lane = fresh(threadIdx.x % 32);
#pragma unroll
    for (int i = 0; i < Result::ROW_TILES; i++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            int row = Result::row(i, h, lane);
            if (row < first || row >= end) continue;
#pragma unroll
            for (int j = 0; j < Result::COL_TILES; j++)
                put(row - first, Result::col(j, lane),
                    make_float2(result.sum[i][j][2 * h] * factor, result.sum[i][j][2 * h + 1] * factor));
        }
}

/* result times factor, rounded, passes through shared memory that is free (PLACE_BYTES), as many rows at a time as fit,
 * so that it is written in linear order: store(first row of the part, its rows). */
template <int PLACE_BYTES, class Result, class Store>
__device__ __forceinline__ void result_in_parts(char *place, const Result &result, float factor, int rows,
                                                Store store) {
    constexpr int COLS = Result::COLS, FIT_ROWS = PLACE_BYTES / (COLS * 2) / 32 * 32; /* no request straddles two */
    constexpr int PART_ROWS = FIT_ROWS < Result::ROWS ? FIT_ROWS : Result::ROWS;
    for (int first = 0; first < rows; first += PART_ROWS) {
        __syncthreads(); /* the operands, or the part before, have been used */
        each_pair(result, factor, first, first + PART_ROWS, [&](int row, int col, float2 pair) {
            *reinterpret_cast<unsigned *>(place + half_at<COLS>(row, col)) = pack_half2(pair.x, pair.y);
        });
        __syncthreads(); /* the part is whole */
        store(first, min(PART_ROWS, rows - first));
    }
}
/* The same into the first `rows` rows of `to`, which lie one after another. */
template <int PLACE_BYTES, class Result>
__device__ __forceinline__ void store_result(__half *to, char *place, const Result &result, float factor, int rows) {
    constexpr int COLS = Result::COLS;
    result_in_parts<PLACE_BYTES>(place, result, factor, rows, [&](int first, int part_rows) {
        store_half_rows<COLS, HALF_PRODUCT_THREADS>(to + (size_t)first * COLS, place, part_rows);
    });
}
#endif
