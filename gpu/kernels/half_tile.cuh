/* Tiles of halves in shared memory, and the 16 x 16 pieces of them that tensor cores multiply.
 *
 * A row of COLS halves is COLS / 8 chunks of 16 bytes, which a bijection of the row's number (a swizzle) scatters over
 * the banks: eight lanes that take one chunk of eight neighbouring rows, as ldmatrix does, meet in eight groups of four
 * banks. The tile is exactly its bytes.
 *
 * A product's sum is made of tiles 16 x 8; lane l holds of each rows l/4 (sum[0], sum[1]) and l/4 + 8 (sum[2],
 * sum[3]), columns 2 (l mod 4) and + 1.
 */
#ifndef GPU_KERNELS_HALF_TILE_CUH
#define GPU_KERNELS_HALF_TILE_CUH
#include "gpu/kernels/mma.cuh"

/* Byte offset of 16-byte chunk c of row r: rows of 128 bytes and more as tile.cuh; of 64 bytes two rows share a
 * swizzle. */
template <int COLS> __device__ __forceinline__ unsigned half_chunk_at(int row, int chunk) {
    constexpr int CHUNKS = COLS / 8;
    return (unsigned)(row * CHUNKS + (chunk ^ (CHUNKS >= 8 ? row & 7 : row >> 1 & 3))) * 16;
}
template <int COLS> __device__ __forceinline__ unsigned half_at(int row, int col) {
    return half_chunk_at<COLS>(row, col / 8) + col % 8 * 2;
}

/* Where an fp32 number lies in a place of rows of D, so that lanes of a request meet in different banks. */
template <int D> __device__ __forceinline__ int float_at(int row, int col) {
    return row * D + ((col / 4 ^ (row << 1 & 7)) << 2) + col % 4;
}

/* Starts the copy of rows x COLS halves in linear order. Rows from `rows` to tile_rows become zero: 0 x what lay there
 * may be NaN. */
template <int COLS, int THREADS>
__device__ __forceinline__ void copy_rows_async(char *tile, const __half *from, int rows, int tile_rows) {
    constexpr int CHUNKS = COLS / 8;
    for (int piece = fresh(threadIdx.x); piece < rows * CHUNKS; piece += THREADS)
        copy_async16(shared_address(tile + half_chunk_at<COLS>(piece / CHUNKS, piece % CHUNKS)),
                     from + (size_t)piece * 8);
    for (int piece = rows * CHUNKS + fresh(threadIdx.x); piece < tile_rows * CHUNKS; piece += THREADS)
        *reinterpret_cast<uint4 *>(tile + half_chunk_at<COLS>(piece / CHUNKS, piece % CHUNKS)) = make_uint4(0, 0, 0, 0);
    copy_commit();
}
/* Stores rows x COLS halves in linear order. */
template <int COLS, int THREADS>
__device__ __forceinline__ void store_half_rows(__half *to, const char *tile, int rows) {
    constexpr int CHUNKS = COLS / 8;
    for (int piece = threadIdx.x; piece < rows * CHUNKS; piece += THREADS)
        *reinterpret_cast<uint4 *>(to + (size_t)piece * 8) =
            *reinterpret_cast<const uint4 *>(tile + half_chunk_at<COLS>(piece / CHUNKS, piece % CHUNKS));
}

/* A product's left operand, 16 x 16: rows `row` .., columns `col` .. of the tile; turned: of the tile transposed. */
template <int COLS>
__device__ __forceinline__ void left_piece(unsigned (&a)[4], const char *tile, int row, int col,
                                           int lane = threadIdx.x % 32) {
    load_matrix4(a, shared_address(tile + half_chunk_at<COLS>(row + lane % 16, col / 8 + lane / 16)));
}
template <int COLS>
__device__ __forceinline__ void left_piece_turned(unsigned (&a)[4], const char *tile, int row, int col,
                                                  int lane = threadIdx.x % 32) {
    load_matrix4_transposed(
        a, shared_address(tile + half_chunk_at<COLS>(col + lane / 16 * 8 + lane % 8, row / 8 + lane / 8 % 2)));
}
/* Its right operand, 16 x 16 as two columns of tiles b[0], b[1] and b[2], b[3]. */
template <int COLS>
__device__ __forceinline__ void right_piece(unsigned (&b)[4], const char *tile, int row, int col,
                                            int lane = threadIdx.x % 32) {
    load_matrix4_transposed(b, shared_address(tile + half_chunk_at<COLS>(row + lane % 16, col / 8 + lane / 16)));
}
template <int COLS>
__device__ __forceinline__ void right_piece_turned(unsigned (&b)[4], const char *tile, int row, int col,
                                                   int lane = threadIdx.x % 32) {
    load_matrix4(b, shared_address(tile + half_chunk_at<COLS>(col + lane / 16 * 8 + lane % 8, row / 8 + lane / 8 % 2)));
}
/* Its right operand, 32 x 8: b[0], b[1] belong to the first 16 rows, b[2], b[3] to the second. */
template <int COLS>
__device__ __forceinline__ void right_column(unsigned (&b)[4], const char *tile, int row, int col,
                                             int lane = threadIdx.x % 32) {
    load_matrix4_transposed(b, shared_address(tile + half_chunk_at<COLS>(row + lane, col / 8)));
}
template <int COLS>
__device__ __forceinline__ void right_column_turned(unsigned (&b)[4], const char *tile, int row, int col,
                                                    int lane = threadIdx.x % 32) {
    load_matrix4(b, shared_address(tile + half_chunk_at<COLS>(col + lane % 8, row / 8 + lane / 8)));
}
#endif
