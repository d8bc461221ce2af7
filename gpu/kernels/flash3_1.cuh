/* flash3, version 1: flash2's loops on Hopper's own instructions (Shah et al. 2024, arXiv 2407.08608). fp16 operands,
 * fp32 sums. What changed from flash2_2: one warpgroup does nothing but start copies, two or three do nothing but
 * compute, and nobody waits for both. Needs compute capability 9.0.
 *
 *     producer       Q, K0, V0, K1, V1, ...   each into its slot, as soon as every reader has left it
 *     consumer 0     S = Q K^T | softmax      | S  , O += P V | softmax      | ...
 *     consumer 1               | S = Q K^T    | softmax       | S  , O += P V| ...
 *
 * Copies: one instruction a box of 64 columns (tensor maps), completing on barriers in shared memory, a ring of two
 * slots for K and two for V. Products: wgmma, 64 rows a consumer, the next tile's scores on their way together with
 * this tile's P V. Turns: the consumers' products are issued one consumer after the other, so that one's softmax runs
 * under the next one's products. P stays in registers, but of the 192 x 192 tile, whose S, P and O are more than they
 * hold: there it goes through shared memory.
 *
 * B_r x B_c: 192 x 192 for d = 64 (192 x 128 where a mask hides keys), 128 x 176 for d = 128 (128 x 128). Shared memory
 * holds Q, two K and two V: 2 d (B_r + 4 B_c) bytes, P of the 192 x 192 tile, and the barriers. A tile is one panel of
 * rows of 128 bytes for every 64 columns. Predicted bytes: flash2's (flash2_2.cuh), with these tiles.
 */
#ifndef GPU_KERNELS_FLASH3_1_CUH
#define GPU_KERNELS_FLASH3_1_CUH
#include "gpu/kernels/hopper.cuh"
#include "gpu/kernels/tile.cuh"

enum {
    WARPGROUP_THREADS = 128,
    WARPGROUP_ROWS = 64,
    WARP_ROWS = 16,
    PANEL_ROW_BYTES = 128, /* 64 halves */
    EIGHT_ROWS_BYTES = 8 * PANEL_ROW_BYTES,
    FLASH3_STAGES = 2,
    FLASH3_TURN_BARRIER = 1,  /* and on: one a consumer */
    FLASH3_GROUP_BARRIER = 8, /* and on */
};

/* Sizes that follow from the tile. Registers: a block has 65,536; a warpgroup gets multiples of 8 a thread. */
template <int D, int BR, int BC> struct Flash3 {
    static constexpr int CONSUMERS = BR / WARPGROUP_ROWS, THREADS = (CONSUMERS + 1) * WARPGROUP_THREADS;
    static constexpr int PRODUCER_REGISTERS = CONSUMERS == 2 ? 24 : 32;
    static constexpr int CONSUMER_REGISTERS = CONSUMERS == 2 ? 240 : 160;
    /* S, P and O of a thread at the same time, and some 30 for the rest: else P goes through shared memory. */
    static constexpr bool HAS_P_IN_SHARED = BC / 2 + BC / 4 + D / 2 + 30 > CONSUMER_REGISTERS;
    static constexpr int Q_BYTES = BR * D * 2, KV_BYTES = BC * D * 2, P_BYTES = HAS_P_IN_SHARED ? BR * BC * 2 : 0;
    static constexpr int TILE_BYTES = Q_BYTES + 2 * FLASH3_STAGES * KV_BYTES + P_BYTES;
    static constexpr int BARRIER_BYTES = 8 * (1 + 4 * FLASH3_STAGES), SHARED_BYTES = TILE_BYTES + BARRIER_BYTES;
    static_assert(BR % WARPGROUP_ROWS == 0 && BC % 16 == 0 && D % TENSOR_MAP_BOX_COLUMNS == 0, "tile");
};

/* Where things lie in shared memory, as addresses of the instructions. A slot of K or V: full when its copy is done,
 * empty when every warp that reads it has left. */
template <int D, int BR, int BC> struct Flash3Shared {
    using T = Flash3<D, BR, BC>;
    unsigned base;
    __device__ __forceinline__ unsigned q() const { return base; }
    __device__ __forceinline__ unsigned k(int slot) const { return base + T::Q_BYTES + slot * T::KV_BYTES; }
    __device__ __forceinline__ unsigned v(int slot) const { return k(slot) + FLASH3_STAGES * T::KV_BYTES; }
    __device__ __forceinline__ unsigned p() const { return v(FLASH3_STAGES); }
    __device__ __forceinline__ unsigned q_full() const { return base + T::TILE_BYTES; }
    __device__ __forceinline__ unsigned k_full(int slot) const { return q_full() + 8 * (1 + slot); }
    __device__ __forceinline__ unsigned k_empty(int slot) const { return k_full(slot) + 8 * FLASH3_STAGES; }
    __device__ __forceinline__ unsigned v_full(int slot) const { return k_full(slot) + 16 * FLASH3_STAGES; }
    __device__ __forceinline__ unsigned v_empty(int slot) const { return k_full(slot) + 24 * FLASH3_STAGES; }
};

/* The block's first query row. Under a causal mask later rows see more: they go first, so that the short ones fill the
 * end of the last wave. */
template <int BR> __device__ __forceinline__ int flash3_first_row(const AttentionSizes &s) {
    return (s.keys_after == SEES_ALL ? blockIdx.x : gridDim.x - 1 - blockIdx.x) * BR;
}

/* The key tiles that a block visits; visit n (from 0) uses slot n % 2, whose barriers are then in phase n / 2. */
struct Flash3Visits {
    int first, end;
    __device__ __forceinline__ int count() const { return max(end - first, 0); }
};
__device__ __forceinline__ int flash3_slot(int visit) { return visit % FLASH3_STAGES; }
__device__ __forceinline__ unsigned flash3_parity(int visit) { return visit / FLASH3_STAGES & 1; }

/* The producer: one thread. */

/* One tile: PANELS boxes of tile_rows x 64. */
template <int D>
__device__ __forceinline__ void flash3_load(unsigned to, const TensorMap &map, unsigned full, int tile_rows, int row,
                                            int matrix) {
    barrier_arrive_expect(full, tile_rows * D * 2);
#pragma unroll
    for (int panel = 0; panel < D / TENSOR_MAP_BOX_COLUMNS; panel++)
        tensor_load(to + panel * tile_rows * PANEL_ROW_BYTES, map, full, panel * TENSOR_MAP_BOX_COLUMNS, row, matrix);
}

template <int D, int BR, int BC>
__device__ __forceinline__ void flash3_produce(const Flash3Shared<D, BR, BC> &at, const TensorMap &q_map,
                                               const TensorMap &k_map, const TensorMap &v_map, Flash3Visits visits,
                                               int first_row, int q_matrix, int kv_matrix) {
    flash3_load<D>(at.q(), q_map, at.q_full(), BR, first_row, q_matrix);
    for (int n = 0; n < visits.count(); n++) {
        int slot = flash3_slot(n), key = (visits.first + n) * BC;
        barrier_wait(at.k_empty(slot), flash3_parity(n) ^ 1); /* at first there is nobody to wait for */
        flash3_load<D>(at.k(slot), k_map, at.k_full(slot), BC, key, kv_matrix);
        barrier_wait(at.v_empty(slot), flash3_parity(n) ^ 1);
        flash3_load<D>(at.v(slot), v_map, at.v_full(slot), BC, key, kv_matrix);
    }
}

/* A consumer: its products. */

/* S = Q K^T of this warpgroup's 64 rows: starts it. */
template <int D, int BR, int BC>
__device__ __forceinline__ void flash3_scores(float (&score)[BC / 2], unsigned q_rows, unsigned k_tile) {
#pragma unroll
    for (int step = 0; step < D / 16; step++) { /* 16 columns: 32 bytes of a panel's row */
        int panel = step / 4, byte = step % 4 * 32;
        product_shared(score, swizzled_matrix(q_rows + panel * BR * PANEL_ROW_BYTES + byte, 16, EIGHT_ROWS_BYTES),
                       swizzled_matrix(k_tile + panel * BC * PANEL_ROW_BYTES + byte, 16, EIGHT_ROWS_BYTES), step > 0);
    }
    product_commit();
}

/* P of a consumer between softmax and product. */
template <int D, int BR, int BC> struct Flash3P {
    static constexpr bool IS_SHARED = Flash3<D, BR, BC>::HAS_P_IN_SHARED;
    unsigned registers[IS_SHARED ? 1 : BC / 16][4];
    unsigned rows; /* IS_SHARED: this warpgroup's, panels of BR rows of 64 keys */

    /* Two neighbouring tiles of S, rounded, are the left operand of 16 keys; in shared memory as four 8 x 8 matrices.
     */
    __device__ __forceinline__ void put(const float (&score)[BC / 2]) {
        int lane = fresh(threadIdx.x) % 32, row = fresh(threadIdx.x) % WARPGROUP_THREADS / 32 * WARP_ROWS + lane % 16;
#pragma unroll
        for (int step = 0; step < BC / 16; step++) {
            unsigned(&p)[4] = registers[IS_SHARED ? 0 : step];
#pragma unroll
            for (int i = 0; i < 4; i++) p[i] = pack_half2(score[8 * step + 2 * i], score[8 * step + 2 * i + 1]);
            if constexpr (IS_SHARED)
                store_matrix4(
                    rows + (step / 4 * BR + row) * PANEL_ROW_BYTES + ((step % 4 * 2 + lane / 16) ^ (row & 7)) * 16, p);
        }
        if constexpr (IS_SHARED) {
            stores_fence();
            __syncwarp(); /* a warp multiplies the rows that it stored */
        }
    }
    /* O += P V: starts it. */
    __device__ __forceinline__ void multiply(float (&o)[D / 2], unsigned v_tile) const {
#pragma unroll
        for (int step = 0; step < BC / 16; step++) { /* 16 keys: two times eight rows of every panel */
            uint64_t v = swizzled_matrix(v_tile + step * 2 * EIGHT_ROWS_BYTES, BC * PANEL_ROW_BYTES, EIGHT_ROWS_BYTES);
            if constexpr (IS_SHARED)
                product_shared_across(
                    o, swizzled_matrix(rows + step / 4 * BR * PANEL_ROW_BYTES + step % 4 * 32, 16, EIGHT_ROWS_BYTES),
                    v);
            else
                product_registers(o, registers[step], v);
        }
        product_commit();
    }
};

/* A consumer: its softmax, in registers. */

/* Rows of a thread: l/4 and l/4 + 8 of its warp's sixteen, here h = 0 and 1. */
struct Flash3Rows {
    float m[2], l[2]; /* maximum so far (not scaled); sum over this thread's columns */
};

/* Scores of keys that a row does not see become -inf. Columns from `low` on, `width` of them, are seen: one unsigned
 * comparison a score, for registers are scarce here. */
template <int BC>
__device__ __forceinline__ void flash3_mask(float (&score)[BC / 2], const AttentionSizes &s, int row, int first_key) {
    int column = first_key + (int)threadIdx.x % 4 * 2;
#pragma unroll
    for (int h = 0; h < 2; h++) {
        int own = row + 8 * h + s.key_rows - s.query_rows, low = own - s.keys_before - column;
        unsigned width = max(min(own + s.keys_after, s.key_rows - 1) - column - low + 1, 0);
#pragma unroll
        for (int i = 2 * h; i < BC / 2; i += 4)
#pragma unroll
            for (int e = 0; e < 2; e++)
                if ((unsigned)(2 * (i - 2 * h) + e - low) >= width) score[i + e] = -INFINITY;
    }
}

/* m and l take in this tile's scores, which become P = 2^((S - m) scale); keep: what O so far is worth. */
template <int BC>
__device__ __forceinline__ void flash3_softmax(float (&score)[BC / 2], Flash3Rows &rows, float (&keep)[2],
                                               float scale) {
#pragma unroll
    for (int h = 0; h < 2; h++) {
        float m = rows.m[h], sum = 0;
#pragma unroll
        for (int i = 2 * h; i < BC / 2; i += 4) m = fmaxf(m, fmaxf(score[i], score[i + 1]));
        m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, 1)); /* four lanes share a row */
        m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, 2));
        float shift = m == -INFINITY ? 0 : m * scale;
        keep[h] = exp2_fast(rows.m[h] * scale - shift);
#pragma unroll
        for (int i = 2 * h; i < BC / 2; i += 4) {
            score[i] = exp2_fast(fmaf(score[i], scale, -shift));
            score[i + 1] = exp2_fast(fmaf(score[i + 1], scale, -shift));
            sum += score[i] + score[i + 1];
        }
        rows.l[h] = rows.l[h] * keep[h] + sum;
        rows.m[h] = m;
    }
}

template <int D> __device__ __forceinline__ void flash3_rescale(float (&o)[D / 2], const float (&keep)[2]) {
#pragma unroll
    for (int i = 0; i < D / 2; i++) o[i] *= keep[i / 2 % 2];
}

/* A consumer: its loop. */

/* What a consumer works with. Turns go round: consumer 0, 1, (2,) 0, ...; the first needs no leave and the last gives
 * none, so that every barrier is left as it was found. */
template <int D, int BR, int BC> struct Flash3Consumer {
    using T = Flash3<D, BR, BC>;
    Flash3Shared<D, BR, BC> at;
    const AttentionSizes &s;
    Flash3Visits visits;
    float scale_log2;     /* 1 / sqrt(D) times log2(e): one instruction makes an exponential */
    int group, first_row; /* first_row: of this warp */

    __device__ __forceinline__ unsigned q_rows() const {
        return at.q() + fresh(group) * WARPGROUP_ROWS * PANEL_ROW_BYTES;
    }
    __device__ __forceinline__ void take_turn(bool is_first) const {
        if (!is_first || group > 0) named_sync(FLASH3_TURN_BARRIER + group, 2 * WARPGROUP_THREADS);
    }
    __device__ __forceinline__ void pass_turn(bool is_last) const {
        int next = group + 1 < T::CONSUMERS ? group + 1 : 0;
        if (!is_last || next > 0) named_arrive(FLASH3_TURN_BARRIER + next, 2 * WARPGROUP_THREADS);
    }
    /* This warp has read what lies in the slot. */
    __device__ __forceinline__ void leave(unsigned empty) const {
        if (threadIdx.x % 32 == 0) barrier_arrive(empty);
    }
    __device__ __forceinline__ void softmax(float (&score)[BC / 2], Flash3Rows &rows, float (&keep)[2], int n) const {
        int row = fresh(first_row), key = (visits.first + n) * BC, own = row + s.key_rows - s.query_rows;
        bool is_all_seen =
            key + BC <= s.key_rows && key + BC - 1 <= own + s.keys_after && key >= own + WARP_ROWS - 1 - s.keys_before;
        if (!is_all_seen) flash3_mask<BC>(score, s, row + (int)threadIdx.x % 32 / 4, key);
        flash3_softmax<BC>(score, rows, keep, scale_log2);
    }
};

/* The scores of tile n + 1 and P V of tile n are on their way together; the softmax runs under P V. */
template <int D, int BR, int BC>
__device__ __forceinline__ void flash3_visit_tiles(const Flash3Consumer<D, BR, BC> &c, float (&o)[D / 2],
                                                   Flash3Rows &rows) {
    float score[BC / 2], keep[2];
    Flash3P<D, BR, BC> p;
    p.rows = c.at.p() + c.group * WARPGROUP_ROWS * PANEL_ROW_BYTES;
    int count = c.visits.count();
    if (count == 0) return;
    barrier_wait(c.at.k_full(0), 0);
    c.take_turn(true);
    product_settle(score);
    product_fence();
    flash3_scores<D, BR, BC>(score, c.q_rows(), c.at.k(0));
    c.pass_turn(false);
    product_wait<0>();
    product_settle(score);
    c.leave(c.at.k_empty(0));
    c.softmax(score, rows, keep, 0);
    p.put(score);
    for (int n = 1; n < count; n++) {
        int slot = flash3_slot(n), before = flash3_slot(n - 1);
        barrier_wait(c.at.k_full(slot), flash3_parity(n));
        barrier_wait(c.at.v_full(before), flash3_parity(n - 1));
        c.take_turn(false);
        product_settle(score);
        product_settle(o);
        product_fence();
        flash3_scores<D, BR, BC>(score, c.q_rows(), c.at.k(slot));
        p.multiply(o, c.at.v(before));
        c.pass_turn(false);
        product_wait<1>();
        product_settle(score);
        c.leave(c.at.k_empty(slot));
        c.softmax(score, rows, keep, n);
        product_wait<0>();
        product_settle(o);
        c.leave(c.at.v_empty(before));
        flash3_rescale<D>(o, keep);
        p.put(score);
    }
    int last = flash3_slot(count - 1);
    barrier_wait(c.at.v_full(last), flash3_parity(count - 1));
    c.take_turn(false);
    product_settle(o);
    product_fence();
    p.multiply(o, c.at.v(last));
    c.pass_turn(true);
    product_wait<0>();
    product_settle(o);
    c.leave(c.at.v_empty(last));
}

/* A consumer: its results. */

/* On their way out, in the Q tile: 16 bytes of O, swizzled, and lse in the first row of its warp's. */
template <int BR> __device__ __forceinline__ char *flash3_o_place(char *q_tile, int row, int chunk) {
    return q_tile + (chunk / 8 * BR + row) * PANEL_ROW_BYTES + ((chunk ^ row) & 7) * 16;
}
__device__ __forceinline__ float *flash3_lse_place(char *q_tile, int row) {
    return reinterpret_cast<float *>(q_tile + row / WARP_ROWS * WARP_ROWS * PANEL_ROW_BYTES) + row % WARP_ROWS;
}

/* O and lse through this warp's rows of the Q tile, so that they are written in linear order: O 16 bytes a lane by the
 * warp itself, lse 32 rows a request by half of the warpgroup. first: of the warp's rows, within the tile. */
template <int D, int BR, int BC>
__device__ __forceinline__ void flash3_store(const Flash3Consumer<D, BR, BC> &c, char *q_tile, const float (&o)[D / 2],
                                             const Flash3Rows &rows, __half *O, float *lse, int row_count, int first) {
    constexpr int CHUNKS = D / 8;
    int lane = threadIdx.x % 32;
    float log_sum[2];
    named_sync(FLASH3_GROUP_BARRIER + c.group, WARPGROUP_THREADS); /* nobody reads Q any more */
#pragma unroll
    for (int h = 0; h < 2; h++) {
        float sum = rows.l[h];
        sum += __shfl_xor_sync(0xffffffffu, sum, 1);
        sum += __shfl_xor_sync(0xffffffffu, sum, 2);
        float inverse = sum > 0 ? 1 / sum : 0;
        log_sum[h] = sum > 0 ? rows.m[h] * c.s.scale + logf(sum) : -INFINITY;
#pragma unroll
        for (int j = 0; j < CHUNKS; j++)
            *reinterpret_cast<unsigned *>(flash3_o_place<BR>(q_tile, first + lane / 4 + 8 * h, j) + lane % 4 * 4) =
                pack_half2(o[4 * j + 2 * h] * inverse, o[4 * j + 2 * h + 1] * inverse);
    }
    __syncwarp();
    int end = min(row_count - first, (int)WARP_ROWS);
    for (int piece = lane; piece < end * CHUNKS; piece += 32)
        *reinterpret_cast<uint4 *>(O + (size_t)first * D + piece * 8) =
            *reinterpret_cast<const uint4 *>(flash3_o_place<BR>(q_tile, first + piece / CHUNKS, piece % CHUNKS));
    __syncwarp();
#pragma unroll
    for (int h = 0; h < 2; h++)
        if (lane % 4 == 0) *flash3_lse_place(q_tile, first + lane / 4 + 8 * h) = log_sum[h];
    named_sync(FLASH3_GROUP_BARRIER + c.group, WARPGROUP_THREADS); /* the warpgroup's lse is there */
    int thread = threadIdx.x % WARPGROUP_THREADS, row = c.group * WARPGROUP_ROWS + thread;
    if (thread < WARPGROUP_ROWS && row < row_count) lse[row] = *flash3_lse_place(q_tile, row);
}

template <int D, int BR, int BC>
__device__ __forceinline__ void flash3_consume(const Flash3Shared<D, BR, BC> &at, char *q_tile, Flash3Visits visits,
                                               const AttentionSizes &s, float scale_log2, __half *O, float *lse) {
    int group = __shfl_sync(0xffffffffu, (int)threadIdx.x / WARPGROUP_THREADS, 0) - 1; /* the same in all lanes */
    int warp = __shfl_sync(0xffffffffu, (int)threadIdx.x % WARPGROUP_THREADS / 32, 0);
    int first = group * WARPGROUP_ROWS + warp * WARP_ROWS, block_row = flash3_first_row<BR>(s);
    Flash3Consumer<D, BR, BC> c = {at, s, visits, scale_log2, group, block_row + first};
    Flash3Rows rows = {{-INFINITY, -INFINITY}, {0, 0}};
    float o[D / 2];
#pragma unroll
    for (int i = 0; i < D / 2; i++) o[i] = 0;
    barrier_wait(at.q_full(), 0);
    flash3_visit_tiles(c, o, rows);
    flash3_store<D, BR, BC>(c, q_tile, o, rows, O + query_base(s, blockIdx.z, D) + (size_t)block_row * D,
                            lse + query_base(s, blockIdx.z, 1) + block_row, s.query_rows - block_row, first);
}

/* The kernel: grid (query blocks, 1, heads). */

template <int D, int BR, int BC>
__global__ void __launch_bounds__(Flash3<D, BR, BC>::THREADS, 1)
    flash3_forward(const __grid_constant__ TensorMap q_map, const __grid_constant__ TensorMap k_map,
                   const __grid_constant__ TensorMap v_map, __half *__restrict__ O, float *__restrict__ lse_rows,
                   const AttentionSizes s, float scale_log2) {
    using T = Flash3<D, BR, BC>;
    extern __shared__ __align__(1024) char flash3_tiles[];
    Flash3Shared<D, BR, BC> at = {shared_address(flash3_tiles)};
    int first_row = flash3_first_row<BR>(s), slice = blockIdx.z, end_row = min(first_row + BR, s.query_rows);
    Flash3Visits visits = {first_key_tile(s, first_row, BC), end_key_tile(s, end_row, BC)};
    if (at.base % EIGHT_ROWS_BYTES) __trap(); /* the swizzle's pattern begins there */
    if (threadIdx.x == 0) {
        barrier_init(at.q_full(), 1);
        for (int slot = 0; slot < FLASH3_STAGES; slot++) {
            barrier_init(at.k_full(slot), 1);
            barrier_init(at.v_full(slot), 1);
            barrier_init(at.k_empty(slot), 4 * T::CONSUMERS); /* warps */
            barrier_init(at.v_empty(slot), 4 * T::CONSUMERS);
        }
        barrier_init_fence();
    }
    __syncthreads();
    if (threadIdx.x < WARPGROUP_THREADS) {
        registers_give<T::PRODUCER_REGISTERS>();
        int kv_matrix = slice / s.heads * (s.heads / s.heads_per_kv) + slice % s.heads / s.heads_per_kv;
        if (threadIdx.x == 0) flash3_produce(at, q_map, k_map, v_map, visits, first_row, slice, kv_matrix);
    } else {
        registers_take<T::CONSUMER_REGISTERS>();
        flash3_consume(at, flash3_tiles, visits, s, scale_log2, O, lse_rows);
    }
}
#endif
