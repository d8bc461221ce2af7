/* Kernels of a few of Hopper's instructions each: see hopper_cases.h. */
#include "tests/gpu/hopper_cases.h"

#include "gpu/kernels/hopper.cuh"

enum { PANEL_ROW_BYTES = 128, EIGHT_ROWS_BYTES = 1024, GROUP = 128 };

template <class T> static T *on_device(const T *from, size_t count) {
    T *to;
    cudaMalloc(&to, count * sizeof(T));
    if (from) cudaMemcpy(to, from, count * sizeof(T), cudaMemcpyHostToDevice);
    return to;
}
template <class T> static void take_back(T *to, T *from, size_t count) {
    cudaMemcpy(to, from, count * sizeof(T), cudaMemcpyDeviceToHost);
    cudaFree(from);
}

/* ---- copies ---- */

__global__ void copy_box(const __grid_constant__ TensorMap map, HopperMistake mistake, int box_rows, int column,
                         int row, int matrix, uint16_t *out) {
    extern __shared__ __align__(1024) char boxes[];
    unsigned box = shared_address(boxes), barrier = box + box_rows * PANEL_ROW_BYTES;
    unsigned bytes = box_rows * PANEL_ROW_BYTES;
    if (threadIdx.x == 0) {
        barrier_init(barrier, 1);
        if (mistake != NO_INIT_FENCE) barrier_init_fence();
    }
    if (mistake != NO_BLOCK_BARRIER) __syncthreads();
    if (threadIdx.x == 32) {
        barrier_arrive_expect(mistake == BARRIER_NOT_MADE ? barrier + 8 : barrier,
                              mistake == TOO_MANY_BYTES  ? bytes + 16
                              : mistake == TOO_FEW_BYTES ? bytes - 16
                                                         : bytes);
        if (mistake == TOO_MANY_ARRIVALS) barrier_arrive(barrier);
        unsigned to = mistake == BOX_OVER_BARRIER ? box + 128 : mistake == BOX_MISALIGNED ? box + 64 : box;
        TensorMap none = {};
        tensor_load(to, mistake == NOT_A_MAP ? none : map, barrier, column, row, matrix);
        if (mistake == BOX_TWICE) tensor_load(to, map, barrier, column, row, matrix);
    }
    if (mistake != NO_BARRIER_WAIT) barrier_wait(barrier, mistake == WRONG_PHASE ? 1 : 0);
    for (int i = threadIdx.x; i < box_rows * 64; i += blockDim.x) {
        int r = i / 64, chunk = i % 64 / 8;
        out[i] = *reinterpret_cast<uint16_t *>(boxes + r * PANEL_ROW_BYTES + (chunk ^ (r & 7)) * 16 + i % 8 * 2);
    }
    if (mistake == NO_BARRIER_WAIT) barrier_wait(barrier, 0);
}

void hopper_case_copy(HopperMistake mistake, const uint16_t *tensor, int columns, int rows, int matrices, int box_rows,
                      int column, int row, int matrix, uint16_t *out) {
    uint16_t *in = on_device(tensor, (size_t)columns * rows * matrices);
    uint16_t *boxes = on_device<uint16_t>(nullptr, box_rows * 64);
    TensorMap map;
    if (tensor_map_rows(&map, in, columns, rows, matrices, box_rows)) return;
    copy_box<<<1, 64, box_rows * PANEL_ROW_BYTES + 256>>>(map, mistake, box_rows, column, row, matrix, boxes);
    take_back(out, boxes, box_rows * 64);
    cudaFree(in);
}

/* ---- products ---- */

/* Where d[i] of this thread belongs in a matrix of n columns. */
__device__ static void store_result(float *out, const float *d, int n) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    for (int i = 0; i < n / 2; i++)
        out[(16 * warp + lane / 4 + i % 4 / 2 * 8) * n + i / 4 * 8 + lane % 4 * 2 + i % 2] = d[i];
}

__device__ static void bring(unsigned barrier, unsigned bytes) {
    if (threadIdx.x == 0) {
        barrier_init(barrier, 1);
        barrier_init_fence();
        barrier_arrive_expect(barrier, bytes);
    }
    __syncthreads();
}

template <int N>
__global__ void multiply_shared(const __grid_constant__ TensorMap a_map, const __grid_constant__ TensorMap b_map,
                                HopperMistake mistake, float *out) {
    extern __shared__ __align__(1024) char matrices[];
    unsigned a = shared_address(matrices), b = a + 64 * PANEL_ROW_BYTES, barrier = b + N * PANEL_ROW_BYTES;
    float d[N / 2];
    bring(barrier, (64 + N) * PANEL_ROW_BYTES);
    if (threadIdx.x == 0) {
        tensor_load(a, a_map, barrier, 0, 0, 0);
        tensor_load(b, b_map, barrier, 0, 0, 0);
    }
    barrier_wait(barrier, 0);
    if (mistake != NO_PRODUCT_FENCE) product_fence();
    for (int step = 0; step < 4; step++) {
        uint64_t from = swizzled_matrix(b + 32 * step, 16, EIGHT_ROWS_BYTES);
        if (mistake == LANES_DISAGREE && threadIdx.x % 32 == 7) from++;
        if (mistake == WARPS_DISAGREE && threadIdx.x / 32 == 2) from++;
        if (mistake == NO_SWIZZLE) from &= ~(3ull << 62);
        product_shared(d, swizzled_matrix(a + 32 * step, 16, EIGHT_ROWS_BYTES), from, step > 0);
    }
    if (mistake != NOT_COMMITTED) product_commit();
    if (mistake == RESULT_OVERWRITTEN) d[3] = 1;
    if (mistake == RESULT_TOO_EARLY) product_settle(d);
    if (mistake != NO_PRODUCT_WAIT) product_wait<0>();
    store_result(out, d, N);
}

template <int N> static void run_shared(HopperMistake mistake, const uint16_t *a, const uint16_t *b, float *d) {
    uint16_t *a_in = on_device(a, 64 * 64), *b_in = on_device(b, N * 64);
    float *out = on_device<float>(nullptr, 64 * N);
    TensorMap a_map, b_map;
    if (tensor_map_rows(&a_map, a_in, 64, 64, 1, 64) || tensor_map_rows(&b_map, b_in, 64, N, 1, N)) return;
    multiply_shared<N><<<1, GROUP, (64 + N) * PANEL_ROW_BYTES + 8>>>(a_map, b_map, mistake, out);
    take_back(d, out, 64 * N);
    cudaFree(a_in);
    cudaFree(b_in);
}
void hopper_case_shared(HopperMistake mistake, int n, const uint16_t *a, const uint16_t *b, float *d) {
    if (n == 128) run_shared<128>(mistake, a, b, d);
    if (n == 176) run_shared<176>(mistake, a, b, d);
    if (n == 192) run_shared<192>(mistake, a, b, d);
}

/* This thread's registers of a left operand of 64 x 32. */
__device__ static void load_left(unsigned (&left)[2][4], const uint16_t *a) {
    int row = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4, k = threadIdx.x % 4 * 2;
    for (int step = 0; step < 2; step++)
        for (int i = 0; i < 4; i++)
            left[step][i] = *reinterpret_cast<const unsigned *>(a + (row + i % 2 * 8) * 32 + 16 * step + k + i / 2 * 8);
}

/* Two groups of one product each, on results of their own; the first is waited for alone. */
template <int N>
__global__ void multiply_registers(const __grid_constant__ TensorMap b_map, HopperMistake mistake, const uint16_t *a,
                                   float *out) {
    extern __shared__ __align__(1024) char matrices[];
    unsigned b = shared_address(matrices), panel_bytes = 32 * PANEL_ROW_BYTES, barrier = b + N / 64 * panel_bytes;
    unsigned left[2][4];
    float d[2][N / 2] = {};
    bring(barrier, N / 64 * panel_bytes);
    if (threadIdx.x == 0)
        for (int panel = 0; panel < N / 64; panel++)
            tensor_load(b + panel * panel_bytes, b_map, barrier, 64 * panel, 0, 0);
    load_left(left, a);
    barrier_wait(barrier, 0);
    product_fence();
    for (int step = 0; step < 2; step++) {
        product_registers(d[step], left[step],
                          swizzled_matrix(b + 2 * step * EIGHT_ROWS_BYTES, panel_bytes, EIGHT_ROWS_BYTES));
        product_commit();
    }
    product_wait<1>();
    product_settle(d[0]);
    if (mistake == RESULT_TOO_EARLY) product_settle(d[1]);
    if (mistake == OPERAND_OVERWRITTEN) left[1][2] = 0;
    float before = mistake == RIGHT ? d[1][0] : 0; /* what a program finds that looks too early */
    product_wait<0>();
    for (int i = 0; i < N / 2; i++) d[0][i] += d[1][i];
    if (mistake == RIGHT && before == before) d[0][0] = -1;
    store_result(out, d[0], N);
}

template <int N> static void run_registers(HopperMistake mistake, const uint16_t *a, const uint16_t *b, float *d) {
    uint16_t *a_in = on_device(a, 64 * 32), *b_in = on_device(b, 32 * N);
    float *out = on_device<float>(nullptr, 64 * N);
    TensorMap b_map;
    if (tensor_map_rows(&b_map, b_in, N, 32, 1, 32)) return;
    multiply_registers<N><<<1, GROUP, N * 64 + 8>>>(b_map, mistake, a_in, out);
    take_back(d, out, 64 * N);
    cudaFree(a_in);
    cudaFree(b_in);
}
void hopper_case_registers(HopperMistake mistake, int n, const uint16_t *a, const uint16_t *b, float *d) {
    if (n == 64) run_registers<64>(mistake, a, b, d);
    if (n == 128) run_registers<128>(mistake, a, b, d);
}

__global__ void multiply_stored(const __grid_constant__ TensorMap b_map, HopperMistake mistake, const uint16_t *a,
                                float *out) {
    extern __shared__ __align__(1024) char matrices[];
    unsigned rows = shared_address(matrices), b = rows + 64 * PANEL_ROW_BYTES, barrier = b + 32 * PANEL_ROW_BYTES;
    int lane = threadIdx.x % 32, row = threadIdx.x / 32 * 16 + lane % 16;
    unsigned left[2][4];
    float d[32] = {};
    bring(barrier, 32 * PANEL_ROW_BYTES);
    if (threadIdx.x == 0) tensor_load(b, b_map, barrier, 0, 0, 0);
    load_left(left, a);
    for (int step = 0; step < 2; step++)
        store_matrix4(rows + row * PANEL_ROW_BYTES + ((2 * step + lane / 16) ^ (row & 7)) * 16, left[step]);
    if (mistake != NO_STORES_FENCE) stores_fence();
    __syncwarp();
    barrier_wait(barrier, 0);
    product_fence();
    for (int step = 0; step < 2; step++)
        product_shared_across(d, swizzled_matrix(rows + 32 * step, 16, EIGHT_ROWS_BYTES),
                              swizzled_matrix(b + 2 * step * EIGHT_ROWS_BYTES, 16, EIGHT_ROWS_BYTES));
    product_commit();
    product_wait<0>();
    store_result(out, d, 64);
}
void hopper_case_stored(HopperMistake mistake, const uint16_t *a, const uint16_t *b, float *d) {
    uint16_t *a_in = on_device(a, 64 * 32), *b_in = on_device(b, 32 * 64);
    float *out = on_device<float>(nullptr, 64 * 64);
    TensorMap b_map;
    if (tensor_map_rows(&b_map, b_in, 64, 32, 1, 32)) return;
    multiply_stored<<<1, GROUP, (64 + 32) * PANEL_ROW_BYTES + 8>>>(b_map, mistake, a_in, out);
    take_back(d, out, 64 * 64);
    cudaFree(a_in);
    cudaFree(b_in);
}

/* ---- barriers of some warps, and registers ---- */

__global__ void take_turns(HopperMistake mistake, int *out) {
    extern __shared__ __align__(1024) char counters[];
    int warp = threadIdx.x / 32, *next = reinterpret_cast<int *>(counters);
    if (threadIdx.x == 0) *next = 0;
    __syncthreads();
    for (int turn = 0; turn < 10; turn++) {
        bool is_skipped = mistake == NO_NAMED_BARRIER && warp == 1 && turn == 4;
        if ((turn > 0 || warp > 0) && !is_skipped)
            named_sync(1 + warp, mistake == COUNTS_DISAGREE && warp == 0 ? 96 : 64);
        if (threadIdx.x % 32 == 0) {
            out[*next] = warp;
            *next += 1;
        }
        __syncwarp();
        bool is_last = warp == 1 && turn == 9;
        if (is_skipped || (mistake == TOO_FEW_ARRIVE && turn == 5 && warp == 0)) continue;
        if (!is_last || mistake == LEFT_BEHIND) named_arrive(2 - warp, 64);
    }
}
void hopper_case_turns(HopperMistake mistake, int *out) {
    int *device = on_device<int>(nullptr, 20);
    take_turns<<<1, 64, 16>>>(mistake, device);
    take_back(out, device, 20);
}

/* 384 threads have 168 registers each, as FlashAttention-3's; two warpgroups of them can have 240. */
__global__ void hand_over(HopperMistake mistake, int *out) {
    if (threadIdx.x < GROUP) {
        if (mistake == NOT_FEWER)
            registers_give<200>();
        else if (mistake == TOO_MANY_REGISTERS)
            registers_give<32>();
        else
            registers_give<24>();
    } else {
        registers_take<240>();
    }
    out[threadIdx.x] = 1;
}
void hopper_case_handover(HopperMistake mistake, int *out) {
    int *device = on_device<int>(nullptr, 3 * GROUP);
    hand_over<<<1, 3 * GROUP>>>(mistake, device);
    take_back(out, device, 3 * GROUP);
}
