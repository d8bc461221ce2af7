/* Stands in for gpu/kernels/mma.cuh on the CPU: the same functions by shuffles and scalar arithmetic.
 *
 * Lanes hold matrix pieces as the PTX manual lays them out ("Matrix Fragments for mma.m16n8k16"): lane l has of A rows
 * l/4 and l/4 + 8, columns 2 (l mod 4) + {0, 1} and + 8; of B columns (keys) l/4, the same rows; of the sum rows l/4
 * and l/4 + 8, columns 2 (l mod 4) + {0, 1}. An asynchronous copy is done at once and counted as a load and a shared
 * store. Not modelled: ldmatrix is counted as four shared loads of 4 bytes a lane; the order in which a tensor core
 * adds.
 */
#ifndef GPU_TWIN_MMA_TWIN_CUH
#define GPU_TWIN_MMA_TWIN_CUH
#include <cuda_fp16.h>

static inline unsigned shared_address(const void *p) {
    return (unsigned)((const char *)p - (const char *)hbm_dynamic_shared());
}
static inline char *shared_pointer(unsigned address) { return (char *)hbm_dynamic_shared() + address; }
static inline __attribute__((always_inline)) void copy_async16(unsigned to, const void *from) {
    *(uint4 *)shared_pointer(to) = *(const uint4 *)from;
}
static inline void copy_commit() {}
static inline void copy_wait_all() {}
static inline void copy_wait_but_one() {}

static inline void load_matrix4(unsigned (&r)[4], unsigned from) {
    unsigned lane = twin_lane();
    for (int i = 0; i < 4; i++)
        r[i] = *(const unsigned *)shared_pointer(__shfl_sync(0xffffffffu, from, 8 * i + (int)lane / 4) + lane % 4 * 4);
}
static inline void load_matrix4_transposed(unsigned (&r)[4], unsigned from) {
    unsigned lane = twin_lane();
    for (int i = 0; i < 4; i++) {
        unsigned low = __shfl_sync(0xffffffffu, from, 8 * i + (int)(lane % 4) * 2),
                 high = __shfl_sync(0xffffffffu, from, 8 * i + (int)(lane % 4) * 2 + 1);
        r[i] = *(const uint16_t *)shared_pointer(low + lane / 4 * 2) |
               (unsigned)*(const uint16_t *)shared_pointer(high + lane / 4 * 2) << 16;
    }
}

static inline float half_product(unsigned a, unsigned b) {
    return hbm_half_value((uint16_t)a) * hbm_half_value((uint16_t)b) +
           hbm_half_value((uint16_t)(a >> 16)) * hbm_half_value((uint16_t)(b >> 16));
}
static inline void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    int lane = (int)twin_lane(), first = lane & ~3;
    uint64_t b = (uint64_t)b1 << 32 | b0, upper = (uint64_t)a[2] << 32 | a[0], lower = (uint64_t)a[3] << 32 | a[1];
    for (int t = 0; t < 4; t++) {
        uint64_t row0 = __shfl_sync(0xffffffffu, upper, first + t), row8 = __shfl_sync(0xffffffffu, lower, first + t);
        for (int c = 0; c < 2; c++) {
            uint64_t column = __shfl_sync(0xffffffffu, b, (2 * (lane % 4) + c) * 4 + t);
            sum[c] += half_product((unsigned)row0, (unsigned)column) +
                      half_product((unsigned)(row0 >> 32), (unsigned)(column >> 32));
            sum[2 + c] += half_product((unsigned)row8, (unsigned)column) +
                          half_product((unsigned)(row8 >> 32), (unsigned)(column >> 32));
        }
    }
}
static inline unsigned pack_half2(float low, float high) {
    return hbm_half_bits(low) | (unsigned)hbm_half_bits(high) << 16;
}
#endif
