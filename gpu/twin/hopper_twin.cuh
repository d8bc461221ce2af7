/* Stands in for gpu/kernels/hopper.cuh on the CPU: the same functions, done by hopper.h. */
#ifndef GPU_TWIN_HOPPER_TWIN_CUH
#define GPU_TWIN_HOPPER_TWIN_CUH
#include "gpu/kernels/mma.cuh"
#include "gpu/kernels/tensor_map.h"
#include "hopper.h"

static inline void barrier_init(unsigned barrier, unsigned arrival_count) {
    hopper_barrier_init(barrier, arrival_count);
}
static inline void barrier_init_fence() { hopper_barrier_init_fence(); }
static inline void barrier_arrive(unsigned barrier) { hopper_barrier_arrive(barrier, 0); }
static inline void barrier_arrive_expect(unsigned barrier, unsigned bytes) { hopper_barrier_arrive(barrier, bytes); }
static inline void barrier_wait(unsigned barrier, unsigned parity) { hopper_barrier_wait(barrier, parity); }

static inline __attribute__((always_inline)) void tensor_load(unsigned to, const TensorMap &map, unsigned barrier,
                                                              int column, int row, int matrix) {
    hopper_tensor_load(to, &map, barrier, column, row, matrix);
}

template <int COUNT> static inline void registers_give() { hopper_set_registers(COUNT, false); }
template <int COUNT> static inline void registers_take() { hopper_set_registers(COUNT, true); }
static inline void named_sync(int barrier, int threads) {
    hopper_named_barrier((unsigned)barrier, (unsigned)threads, true);
}
static inline void named_arrive(int barrier, int threads) {
    hopper_named_barrier((unsigned)barrier, (unsigned)threads, false);
}

static inline void store_matrix4(unsigned to, const unsigned (&r)[4]) {
    unsigned lane = twin_lane();
    for (int i = 0; i < 4; i++)
        *(unsigned *)shared_pointer(__shfl_sync(0xffffffffu, to, 8 * i + (int)lane / 4) + lane % 4 * 4) = r[i];
}
static inline void stores_fence() { hopper_stores_fence(); }

static inline uint64_t swizzled_matrix(unsigned address, unsigned leading_bytes, unsigned stride_bytes) {
    return (uint64_t)((address & 0x3ffff) >> 4) | (uint64_t)(leading_bytes >> 4) << 16 |
           (uint64_t)(stride_bytes >> 4) << 32 | 1ull << 62;
}
static inline void product_fence() { hopper_product_fence(); }
static inline void product_commit() { hopper_product_commit(); }
template <int PENDING> static inline void product_wait() { hopper_product_wait(PENDING); }
template <int COUNT> static inline void product_settle(float (&d)[COUNT]) { hopper_product_settle(d); }
template <int COUNT> static inline void product_shared(float (&d)[COUNT], uint64_t a, uint64_t b, bool is_sum) {
    hopper_product(d, 2 * COUNT, nullptr, a, b, true, is_sum);
}
template <int COUNT> static inline void product_shared_across(float (&d)[COUNT], uint64_t a, uint64_t b) {
    hopper_product(d, 2 * COUNT, nullptr, a, b, false, true);
}
template <int COUNT> static inline void product_registers(float (&d)[COUNT], const unsigned (&a)[4], uint64_t b) {
    hopper_product(d, 2 * COUNT, a, 0, b, false, true);
}

/* The map's words are the twin's own. */
inline const char *tensor_map_rows(TensorMap *map, const void *base, int head_dim, int rows, int matrices,
                                   int box_rows) {
    static_assert(sizeof(HopperMap) <= sizeof *map, "a tensor map holds the twin's");
    HopperMap made = {};
    const char *why = hopper_map_make(&made, base, head_dim, rows, matrices, box_rows);
    memcpy(map, &made, sizeof made);
    return why;
}

static inline float exp2_fast(float x) { return exp2f(x); }
#endif
