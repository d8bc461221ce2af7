/* standard, version 2 and 3: the kernels that are no products, for fp32 and fp16. Thread for thread the simulator's
 * `standard` (sim/attention/standard.c).
 *
 *     mask              (causal or windowed) a block a tile: read S, write S masked
 *     P = softmax(S)    four rows a block, a warp a row, kept in shared memory and read once; two or one where four do
 *                       not fit; a row that does not fit is streamed twice in chunks of 1024 columns; P is written
 *                       where S was
 *     dS = P (dP - D)   D = rowsum(P dP); rows of P and dP are kept as softmax keeps rows of S, else streamed twice
 *
 * Columns are counted in pieces (piece.cuh), of which a row has a whole number. Predicted bytes (H heads, e bytes an
 * element): mask and softmax read and write H e N_q N_k, dS reads twice as much; where rows are streamed all is read
 * twice.
 */
#ifndef GPU_KERNELS_STANDARD_ROWS_CUH
#define GPU_KERNELS_STANDARD_ROWS_CUH
#include "gpu/kernels/piece.cuh"
#include "gpu/kernels/tile.cuh"

enum { STANDARD2_THREADS = 256, STANDARD2_ROW_THREADS = 128, STANDARD2_ROWS = 4, STANDARD2_CHUNK = 1024 };

/* A block a tile: what a query may not see becomes minus infinity. */
template <class Piece>
__global__ void __launch_bounds__(STANDARD2_THREADS)
    standard2_mask(const Piece *__restrict__ S, Piece *__restrict__ masked, AttentionSizes s, int tile_rows,
                   int tile_cols) {
    constexpr int ELEMS = piece_elems<Piece>;
    int rows = min_rows(tile_rows, blockIdx.y, s.query_rows);
    int pieces = min_rows(tile_cols, blockIdx.x, s.key_rows) / ELEMS;
    size_t base = query_base(s, blockIdx.z, s.key_rows / ELEMS);
    for (int piece = threadIdx.x; piece < rows * pieces; piece += STANDARD2_THREADS) {
        int i = blockIdx.y * tile_rows + piece / pieces, j = blockIdx.x * (tile_cols / ELEMS) + piece % pieces;
        size_t at = base + (size_t)i * (s.key_rows / ELEMS) + j;
        float score[ELEMS];
        unpack(score, __ldcg(S + at));
#pragma unroll
        for (int e = 0; e < ELEMS; e++) score[e] = is_visible(s, i, j * ELEMS + e) ? score[e] : -INFINITY;
        pack(masked[at], score);
    }
}

/* rows x cols pieces of a matrix of row_pieces a row into shared rows of `pitch` pieces, and back. Where the rows are
 * whole they lie one after another in both places, and no division is needed. */
template <class Piece>
__device__ __forceinline__ void load_scores(Piece *to, int pitch, const Piece *from, int rows, int cols,
                                            int row_pieces) {
    if (cols == row_pieces) {
        constexpr int BATCH = 8; /* a thread's loads that are under way at a time */
        for (int first = threadIdx.x; first < rows * cols; first += BATCH * STANDARD2_ROW_THREADS) {
            Piece v[BATCH];
#pragma unroll
            for (int i = 0; i < BATCH; i++)
                if (first + i * STANDARD2_ROW_THREADS < rows * cols)
                    v[i] = __ldcg(from + first + i * STANDARD2_ROW_THREADS);
#pragma unroll
            for (int i = 0; i < BATCH; i++)
                if (first + i * STANDARD2_ROW_THREADS < rows * cols) to[first + i * STANDARD2_ROW_THREADS] = v[i];
        }
        return;
    }
    for (int piece = threadIdx.x; piece < rows * cols; piece += STANDARD2_ROW_THREADS)
        to[piece / cols * pitch + piece % cols] = __ldcg(from + (size_t)(piece / cols) * row_pieces + piece % cols);
}
template <class Piece>
__device__ __forceinline__ void store_scores(Piece *to, const Piece *from, int pitch, int rows, int cols,
                                             int row_pieces) {
    if (cols == row_pieces) {
#pragma unroll 8
        for (int piece = threadIdx.x; piece < rows * cols; piece += STANDARD2_ROW_THREADS) to[piece] = from[piece];
        return;
    }
    for (int piece = threadIdx.x; piece < rows * cols; piece += STANDARD2_ROW_THREADS)
        to[(size_t)(piece / cols) * row_pieces + piece % cols] = from[piece / cols * pitch + piece % cols];
}

/* A warp's row, chunk by chunk: the largest score so far and the sum of exp(S - m). */
template <class Piece> __device__ __forceinline__ void take_chunk(float &m, float &l, const Piece *own, int cols) {
    constexpr int ELEMS = piece_elems<Piece>;
    int lane = threadIdx.x % 32;
    float chunk_max = -INFINITY, sum = 0, score[ELEMS];
    for (int j = lane; j < cols; j += 32) {
        unpack(score, own[j]);
        for (int e = 0; e < ELEMS; e++) chunk_max = fmaxf(chunk_max, score[e]);
    }
    float m_new = fmaxf(m, warp_max(chunk_max));
    if (m_new == -INFINITY) return; /* nothing seen so far: the whole warp agrees */
    for (int j = lane; j < cols; j += 32) {
        unpack(score, own[j]);
        for (int e = 0; e < ELEMS; e++) sum += expf(score[e] - m_new);
    }
    l = l * expf(m - m_new) + warp_sum(sum);
    m = m_new;
}

/* Grid (rows / rows_per_block, 1, heads). chunk_pieces: all columns where the rows are kept, else those of
 * STANDARD2_CHUNK. P may be S: a block reads a score for the last time before it writes there, and no other block's. */
template <class Piece>
__global__ void __launch_bounds__(STANDARD2_ROW_THREADS)
    standard2_softmax(const Piece *S, Piece *P, AttentionSizes s, int rows_per_block, int chunk_pieces) {
    constexpr int ELEMS = piece_elems<Piece>;
    extern __shared__ float4 shared_tiles[];
    Piece *kept = reinterpret_cast<Piece *>(shared_tiles);
    int rows = min_rows(rows_per_block, blockIdx.x, s.query_rows), warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int row_pieces = s.key_rows / ELEMS;
    size_t base = query_base(s, blockIdx.z, row_pieces) + (size_t)blockIdx.x * rows_per_block * row_pieces;
    bool has_row = warp < rows; /* warps without a row help to load and store */
    Piece *own = kept + (has_row ? warp : 0) * chunk_pieces;
    float m = -INFINITY, l = 0;
    for (int first = 0; first < row_pieces; first += chunk_pieces) {
        int cols = min(chunk_pieces, row_pieces - first);
        __syncthreads(); /* the chunk before has been used */
        load_scores(kept, chunk_pieces, S + base + first, rows, cols, row_pieces);
        __syncthreads();
        take_chunk(m, l, own, cols);
    }
    bool is_kept = chunk_pieces >= row_pieces;
    float inverse = l > 0 ? 1 / l : 0;
    for (int first = 0; first < row_pieces; first += chunk_pieces) {
        int cols = min(chunk_pieces, row_pieces - first);
        if (!is_kept) {
            __syncthreads();
            load_scores(kept, chunk_pieces, S + base + first, rows, cols, row_pieces);
        }
        __syncthreads();
        for (int j = lane; j < cols && has_row; j += 32) {
            float p[ELEMS];
            unpack(p, own[j]);
            for (int e = 0; e < ELEMS; e++) p[e] = l > 0 ? expf(p[e] - m) * inverse : 0;
            pack(own[j], p);
        }
        __syncthreads();
        store_scores(P + base + first, kept, chunk_pieces, rows, cols, row_pieces);
    }
}

/* dS = P (dP - D) scale. Grid (rows / rows_per_block, 1, heads). chunk_pieces: all columns where the rows are kept,
 * else those of STANDARD2_CHUNK. */
template <class Piece>
__global__ void __launch_bounds__(STANDARD2_ROW_THREADS)
    standard2_softmax_backward(const Piece *__restrict__ P, const Piece *__restrict__ dP, Piece *__restrict__ dS,
                               AttentionSizes s, int rows_per_block, int chunk_pieces, float scale) {
    constexpr int ELEMS = piece_elems<Piece>;
    extern __shared__ float4 shared_tiles[];
    Piece *p_kept = reinterpret_cast<Piece *>(shared_tiles), *d_kept = p_kept + rows_per_block * chunk_pieces;
    int rows = min_rows(rows_per_block, blockIdx.x, s.query_rows), warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int row_pieces = s.key_rows / ELEMS;
    size_t base = query_base(s, blockIdx.z, row_pieces) + (size_t)blockIdx.x * rows_per_block * row_pieces;
    bool has_row = warp < rows; /* warps without a row help to load and store */
    Piece *own_p = p_kept + (has_row ? warp : 0) * chunk_pieces, *own_d = d_kept + (has_row ? warp : 0) * chunk_pieces;
    float dot = 0, p[ELEMS], d[ELEMS];
    for (int first = 0; first < row_pieces; first += chunk_pieces) {
        int cols = min(chunk_pieces, row_pieces - first);
        __syncthreads();
        load_scores(p_kept, chunk_pieces, P + base + first, rows, cols, row_pieces);
        load_scores(d_kept, chunk_pieces, dP + base + first, rows, cols, row_pieces);
        __syncthreads();
        for (int j = lane; j < cols && has_row; j += 32) {
            unpack(p, own_p[j]);
            unpack(d, own_d[j]);
            for (int e = 0; e < ELEMS; e++) dot = fmaf(p[e], d[e], dot);
        }
    }
    dot = warp_sum(dot);
    bool is_kept = chunk_pieces >= row_pieces;
    for (int first = 0; first < row_pieces; first += chunk_pieces) {
        int cols = min(chunk_pieces, row_pieces - first);
        if (!is_kept) {
            __syncthreads();
            load_scores(p_kept, chunk_pieces, P + base + first, rows, cols, row_pieces);
            load_scores(d_kept, chunk_pieces, dP + base + first, rows, cols, row_pieces);
        }
        __syncthreads();
        for (int j = lane; j < cols && has_row; j += 32) {
            unpack(p, own_p[j]);
            unpack(d, own_d[j]);
            for (int e = 0; e < ELEMS; e++) d[e] = p[e] * (d[e] - dot) * scale;
            pack(own_d[j], d);
        }
        __syncthreads();
        store_scores(dS + base + first, d_kept, chunk_pieces, rows, cols, row_pieces);
    }
}
#endif
