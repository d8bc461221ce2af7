/* Stands in for gpu/kernels/mma.cuh on the CPU: the same functions; products are made by mma.c.
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
    uint64_t rows[32];
    twin_share(from, rows);
    for (unsigned i = 0; i < 4; i++)
        r[i] = *(const unsigned *)shared_pointer((unsigned)rows[8 * i + lane / 4] + lane % 4 * 4);
}
static inline void load_matrix4_transposed(unsigned (&r)[4], unsigned from) {
    unsigned lane = twin_lane();
    uint64_t rows[32];
    twin_share(from, rows);
    for (unsigned i = 0; i < 4; i++) {
        unsigned low = (unsigned)rows[8 * i + lane % 4 * 2], high = (unsigned)rows[8 * i + lane % 4 * 2 + 1];
        r[i] = *(const uint16_t *)shared_pointer(low + lane / 4 * 2) |
               (unsigned)*(const uint16_t *)shared_pointer(high + lane / 4 * 2) << 16;
    }
}
static inline void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    twin_multiply_add(sum, a, b0, b1);
}
static inline unsigned pack_half2(float low, float high) {
    return hbm_half_bits(low) | (unsigned)hbm_half_bits(high) << 16;
}
static inline int fresh(int x) { return x; }
#endif
