/* Tiles: how a block of threads moves a piece of a matrix, and how tiles lie in shared memory.
 *
 * Linear order: pieces of one lane's width run along row 0, then row 1, ...; piece p is moved by thread
 * p % THREADS in round p / THREADS. So a warp's request is always 32 consecutive pieces, whatever the tile,
 * and the number of requests and sectors follows from rows, columns and addresses alone (sim/memory/warp.h
 * computes the same). Rows of head-dim tensors move 16 bytes a lane, N x N matrices 4 bytes a lane.
 *
 * Loads are __ldcg: they bypass L1, so what they ask of L2 is their sectors times 32 bytes, exactly.
 *
 * Swizzle instead of padding: shared memory holds exactly the tiles' bytes. A row of D floats is D/4 chunks
 * of 16 bytes; chunk c of row r lies at c ^ (r & 7), so that eight lanes that read one chunk of eight
 * neighbouring rows meet in eight different groups of four banks:
 *
 *     row 0   c0 c1 c2 c3 c4 c5 c6 c7
 *     row 1   c1 c0 c3 c2 c5 c4 c7 c6
 *     row 2   c2 c3 c0 c1 c6 c7 c4 c5   ...
 */
#ifndef GPU_KERNELS_TILE_CUH
#define GPU_KERNELS_TILE_CUH
#include <cuda_runtime.h>

/* One launch's sizes. Tensors are dense, one matrix after another over batch and heads. */
struct AttentionSizes {
    int query_rows, key_rows;    /* of one matrix */
    int heads, heads_per_kv;     /* query heads; how many of them share a K/V head */
    float scale;                 /* 1 / sqrt(D) */
    int keys_before, keys_after; /* what a query sees beside the key at its own place, i + key_rows - query_rows: */
};                               /* SEES_ALL twice; causal: SEES_ALL and 0; a window: so many */
enum { SEES_ALL = 1 << 29 };

__device__ __forceinline__ int min_rows(int tile, int index, int total) { return min(tile, total - index * tile); }

/* First element of a query head's matrix, and of the K/V matrix it reads. */
__device__ __forceinline__ size_t query_base(const AttentionSizes &s, int slice, int cols) {
    return (size_t)slice * s.query_rows * cols;
}
__device__ __forceinline__ size_t key_base(const AttentionSizes &s, int slice, int cols) {
    int batch = slice / s.heads, head = slice % s.heads;
    return ((size_t)batch * (s.heads / s.heads_per_kv) + head / s.heads_per_kv) * s.key_rows * cols;
}

/* Whether query row i sees key j. */
__device__ __forceinline__ bool is_visible(const AttentionSizes &s, int i, int j) {
    int own = i + s.key_rows - s.query_rows;
    return j >= own - s.keys_before && j <= own + s.keys_after;
}
/* Key tiles [first, end) that some row of [row_first, row_end) sees. */
__device__ __forceinline__ int first_key_tile(const AttentionSizes &s, int row_first, int tile) {
    return max(row_first + s.key_rows - s.query_rows - s.keys_before, 0) / tile;
}
__device__ __forceinline__ int end_key_tile(const AttentionSizes &s, int row_end, int tile) {
    int end = min(row_end + s.key_rows - s.query_rows + s.keys_after, s.key_rows);
    return (max(end, 0) + tile - 1) / tile;
}

/* Where chunk c of row r lies in a shared tile of D floats a row, as a float4 index. */
template <int D> __device__ __forceinline__ int chunk_at(int row, int chunk) {
    return row * (D / 4) + (chunk ^ (row & 7));
}

__device__ __forceinline__ float4 load4(const float *p) { return __ldcg(reinterpret_cast<const float4 *>(p)); }
__device__ __forceinline__ void store4(float *p, float4 v) { *reinterpret_cast<float4 *>(p) = v; }

/* rows whole rows of D floats, from global memory into a swizzled shared tile. */
template <int D, int THREADS> __device__ __forceinline__ void load_rows(float4 *tile, const float *from, int rows) {
    for (int piece = threadIdx.x; piece < rows * (D / 4); piece += THREADS)
        tile[chunk_at<D>(piece / (D / 4), piece % (D / 4))] = load4(from + (size_t)piece * 4);
}

__device__ __forceinline__ float dot4(float4 a, float4 b, float sum) {
    return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, fmaf(a.x, b.x, sum))));
}
__device__ __forceinline__ void add_scaled4(float4 &sum, float factor, float4 v) {
    sum.x = fmaf(factor, v.x, sum.x);
    sum.y = fmaf(factor, v.y, sum.y);
    sum.z = fmaf(factor, v.z, sum.z);
    sum.w = fmaf(factor, v.w, sum.w);
}
__device__ __forceinline__ float4 scaled4(float4 v, float factor) {
    return make_float4(v.x * factor, v.y * factor, v.z * factor, v.w * factor);
}
__device__ __forceinline__ float warp_max(float v) {
    for (int o = 16; o; o >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, o));
    return v;
}
__device__ __forceinline__ float warp_sum(float v) {
    for (int o = 16; o; o >>= 1) v += __shfl_xor_sync(0xffffffffu, v, o);
    return v;
}
#endif
