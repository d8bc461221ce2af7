/* The instructions that Hopper added (sm_90a), one function each, as inline PTX: barriers in shared memory, copies by a
 * tensor map, registers handed between warpgroups, barriers of some warps, products of a warpgroup.
 *
 * On the CPU gpu/twin/hopper_twin.cuh stands in for this file: the same functions, which also check what hardware does
 * not say (a byte count that never comes, a result read too early). Addresses of shared memory are 32 bits.
 *
 * A product is of a warpgroup, four warps: D (64 x N, fp32, registers) += A (64 x 16) B (16 x N). Warp w of the four
 * has rows 16 w and on; lane l has of D rows l/4 and l/4 + 8, columns 8 j + 2 (l mod 4) and + 1, as registers 4 j to 4
 * j + 3:
 *
 *     d[4j]  d[4j+1]   row l/4           a[0]  row l/4,     k = 2 (l mod 4), + 1      a[2]  k + 8
 *     d[4j+2] d[4j+3]  row l/4 + 8       a[1]  row l/4 + 8                            a[3]  k + 8
 *
 * So four neighbouring columns pairs of D, rounded to fp16, are the left operand of the next product. Products run
 * behind the program: between product_fence and the product_wait that covers them neither D nor A may be touched.
 * Source: PTX ISA 9.0, "Asynchronous Warpgroup Level Matrix Instructions", "mbarrier", "Tensors".
 */
#ifndef GPU_KERNELS_HOPPER_CUH
#define GPU_KERNELS_HOPPER_CUH
#include <stdint.h>

#include "gpu/kernels/mma.cuh"
#include "gpu/kernels/tensor_map.h"

/* Barriers in shared memory: a phase ends when all arrivals and all announced bytes have come. */

__device__ __forceinline__ void barrier_init(unsigned barrier, unsigned arrival_count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;\n" ::"r"(barrier), "r"(arrival_count));
}
/* After barrier_init, before the copies that complete on it are started. */
__device__ __forceinline__ void barrier_init_fence() {
    asm volatile("fence.mbarrier_init.release.cluster;\nfence.proxy.async.shared::cta;\n" ::: "memory");
}
__device__ __forceinline__ void barrier_arrive(unsigned barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];\n" ::"r"(barrier) : "memory");
}
/* Arrives, and announces bytes that copies will bring in this phase. */
__device__ __forceinline__ void barrier_arrive_expect(unsigned barrier, unsigned bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;\n" ::"r"(barrier), "r"(bytes) : "memory");
}
/* Returns once the phase of that parity has ended: a fresh barrier is in phase 0, and "phase 1" has ended before it. */
__device__ __forceinline__ void barrier_wait(unsigned barrier, unsigned parity) {
    asm volatile("{\n"
                 ".reg .pred done;\n"
                 "again:\n"
                 "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
                 "@!done bra again;\n"
                 "}\n" ::"r"(barrier),
                 "r"(parity)
                 : "memory");
}

/* Copies by a tensor map. */

/* One thread starts the copy of a box whose first element is (column, row, matrix); what lies outside of the tensor
 * becomes zero. All bytes of the box count at the barrier. */
__device__ __forceinline__ void tensor_load(unsigned to, const TensorMap &map, unsigned barrier, int column, int row,
                                            int matrix) {
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, "
                 "%5}], [%2];\n" ::"r"(to),
                 "l"(&map), "r"(barrier), "r"(column), "r"(row), "r"(matrix)
                 : "memory");
}

/* Registers and warps of a block. */

/* This warpgroup goes on with COUNT registers a thread, fewer or more than it had. */
template <int COUNT> __device__ __forceinline__ void registers_give() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;\n" ::"n"(COUNT));
}
template <int COUNT> __device__ __forceinline__ void registers_take() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;\n" ::"n"(COUNT));
}
/* Barriers 1 to 15 of the block: `threads` come, those that arrive without waiting included. */
__device__ __forceinline__ void named_sync(int barrier, int threads) {
    asm volatile("bar.sync %0, %1;\n" ::"r"(barrier), "r"(threads) : "memory");
}
__device__ __forceinline__ void named_arrive(int barrier, int threads) {
    asm volatile("bar.arrive %0, %1;\n" ::"r"(barrier), "r"(threads) : "memory");
}

/* Four 8 x 8 matrices of halves to shared memory: lane l gives the address of row l mod 8 of matrix l/8, and holds of
 * matrix i, as r[i], row l/4 and columns 2 (l mod 4) and + 1. */
__device__ __forceinline__ void store_matrix4(unsigned to, const unsigned (&r)[4]) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};\n" ::"r"(to), "r"(r[0]), "r"(r[1]),
                 "r"(r[2]), "r"(r[3])
                 : "memory");
}
/* What this thread stored in shared memory is there for products and copies that are started after. */
__device__ __forceinline__ void stores_fence() { asm volatile("fence.proxy.async.shared::cta;\n" ::: "memory"); }

/* Products of a warpgroup. */

/* A matrix in shared memory of rows of 128 bytes, swizzled: chunk c of 16 bytes of row r lies at c ^ (r & 7), and eight
 * rows make 1024 bytes. Contracted along the row, `stride` leads from eight rows to the next; contracted along the
 * rows, it does too, and `leading` leads from 64 columns to the next. */
__device__ __forceinline__ uint64_t swizzled_matrix(unsigned address, unsigned leading_bytes, unsigned stride_bytes) {
    return (uint64_t)((address & 0x3ffff) >> 4) | (uint64_t)(leading_bytes >> 4) << 16 |
           (uint64_t)(stride_bytes >> 4) << 32 | 1ull << 62;
}

__device__ __forceinline__ void product_fence() { asm volatile("wgmma.fence.sync.aligned;\n" ::: "memory"); }
__device__ __forceinline__ void product_commit() { asm volatile("wgmma.commit_group.sync.aligned;\n" ::: "memory"); }
/* At most PENDING of the committed groups, the newest, are still on their way. */
template <int PENDING> __device__ __forceinline__ void product_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;\n" ::"n"(PENDING) : "memory");
}
/* No instruction that uses d is moved across: before a product's fence, and after its wait. */
template <int COUNT> __device__ __forceinline__ void product_settle(float (&d)[COUNT]) {
#pragma unroll
    for (int i = 0; i < COUNT; i++) asm volatile("" : "+f"(d[i])::"memory");
}

/* Registers of D: in the list of operands, and their places in the text. */
#define AT_8(i)                                                                                                        \
    "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]),        \
        "+f"(d[i + 7])
#define AT_32(i) AT_8(i), AT_8(i + 8), AT_8(i + 16), AT_8(i + 24)
#define OPERANDS_32 AT_32(0)
#define OPERANDS_64 AT_32(0), AT_32(32)
#define OPERANDS_88 OPERANDS_64, AT_8(64), AT_8(72), AT_8(80)
#define OPERANDS_96 OPERANDS_64, AT_32(64)
#define TEXT_32                                                                                                        \
    "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, "   \
    "%24, %25, %26, %27, %28, %29, %30, %31"
#define TEXT_64                                                                                                        \
    TEXT_32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, "   \
            "%52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define TEXT_88                                                                                                        \
    TEXT_64 ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, "   \
            "%84, %85, %86, %87"
#define TEXT_96 TEXT_88 ", %88, %89, %90, %91, %92, %93, %94, %95"

/* D = A B, or D += A B where is_sum: A and B lie in shared memory, both contracted along their rows of 128 bytes. */
#define PRODUCT_SHARED(n, count, a_at, b_at, sum_at)                                                                   \
    __device__ __forceinline__ void product_shared(float(&d)[count], uint64_t a, uint64_t b, bool is_sum) {            \
        asm volatile("{\n"                                                                                             \
                     ".reg .pred sum;\n"                                                                               \
                     "setp.ne.b32 sum, %" #sum_at ", 0;\n"                                                             \
                     "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32.f16.f16 {" TEXT_##count "}, %" #a_at ", %" #b_at  \
                                                                                             ", sum, 1, 1, 0, 0;\n"    \
                                                                                             "}\n"                     \
                     : OPERANDS_##count                                                                                \
                     : "l"(a), "l"(b), "r"((int)is_sum));                                                              \
    }
/* D += A B: A in registers, B in shared memory, contracted along its rows' number. */
#define PRODUCT_REGISTERS(n, count, a0, a1, a2, a3, b_at)                                                              \
    __device__ __forceinline__ void product_registers(float(&d)[count], const unsigned(&a)[4], uint64_t b) {           \
        asm volatile("wgmma.mma_async.sync.aligned.m64n" #n "k16.f32.f16.f16 {" TEXT_##count                           \
                     "}, {%" #a0 ", %" #a1 ", %" #a2 ", %" #a3 "}, %" #b_at ", 1, 1, 1, 1;\n"                          \
                     : OPERANDS_##count                                                                                \
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));                                            \
    }
/* D += A B: both in shared memory, A contracted along its rows, B along its rows' number. */
#define PRODUCT_SHARED_ACROSS(n, count, a_at, b_at)                                                                    \
    __device__ __forceinline__ void product_shared_across(float(&d)[count], uint64_t a, uint64_t b) {                  \
        asm volatile("wgmma.mma_async.sync.aligned.m64n" #n "k16.f32.f16.f16 {" TEXT_##count "}, %" #a_at ", %" #b_at  \
                     ", 1, 1, 1, 0, 1;\n"                                                                              \
                     : OPERANDS_##count                                                                                \
                     : "l"(a), "l"(b));                                                                                \
    }
PRODUCT_SHARED(128, 64, 64, 65, 66)
PRODUCT_SHARED(176, 88, 88, 89, 90)
PRODUCT_SHARED(192, 96, 96, 97, 98)
PRODUCT_SHARED_ACROSS(64, 32, 32, 33)
PRODUCT_REGISTERS(64, 32, 32, 33, 34, 35, 36)
PRODUCT_REGISTERS(128, 64, 64, 65, 66, 67, 68)

/* 2^x as the special function unit makes it. */
__device__ __forceinline__ float exp2_fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;\n" : "=f"(y) : "f"(x));
    return y;
}
#endif
