/* Hopper's asynchronous instructions on the twin: what gpu/twin/hopper_twin.cuh calls in place of
 * gpu/kernels/hopper.cuh.
 *
 * Everything asynchronous happens as late as the program allows. A copy spoils its place (NaN) when it is started and
 * lands only when some thread waits for its barrier and nobody else can go on. A product spoils its result's registers
 * and reads its operands at the wait that covers it. A thread that frees something lets others run first. So a wait
 * that is missing, comes too early or names the wrong barrier or phase gives wrong numbers or a deadlock on every run,
 * and what can be told apart is said: bytes that do not add up, lanes that disagree, results taken before their wait.
 * Counted: what a copy reads, 16 bytes a lane, 32 pieces of the box's rows a request; parts outside of the tensor are
 * not read. Products' reads of shared memory are not counted.
 * Not modelled: clusters, multicast, copies into global memory, formats but fp16 with fp32 sums, time.
 * All functions are called by the running thread; those named "of a warp" by all its lanes, together.
 */
#ifndef GPU_TWIN_HOPPER_H
#define GPU_TWIN_HOPPER_H
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
/* A tensor map's words on the twin (TensorMap in gpu/kernels/tensor_map.h holds 16): matrices of rows x columns halves,
 * dense, one after another; boxes of 64 columns and box_rows rows. */
typedef struct HopperMap {
    uint64_t magic, base, column_count, row_count, matrix_count, box_rows;
} HopperMap;
/* NULL, or what cuTensorMapEncodeTiled would refuse. */
const char *hopper_map_make(HopperMap *map, const void *base, int column_count, int row_count, int matrix_count,
                            int box_rows);

/* Barriers in shared memory, by address: phases end when all arrivals and all bytes have come. */
void hopper_barrier_init(uint32_t barrier, uint32_t arrival_count);
void hopper_barrier_init_fence(void);
void hopper_barrier_arrive(uint32_t barrier, uint32_t expected_bytes);
void hopper_barrier_wait(uint32_t barrier, uint32_t parity);
void hopper_tensor_load(uint32_t to, const void *map, uint32_t barrier, int column, int row, int matrix);

/* setmaxnreg, of a warp. The block's registers are those that __launch_bounds__(threads, 1) gives. */
void hopper_set_registers(uint32_t count, bool is_more);
/* bar.sync and bar.arrive, of a warp. */
void hopper_named_barrier(uint32_t barrier, uint32_t thread_count, bool is_waiting);

/* fence.proxy.async, of a warp: products and copies see what it stored. */
void hopper_stores_fence(void);

/* wgmma, of a warp. d: n / 2 registers; a: 4 registers, or NULL where descriptor_a says where A lies. */
void hopper_product(float *d, uint32_t n, const uint32_t *a, uint64_t descriptor_a, uint64_t descriptor_b,
                    bool is_b_k_major, bool is_sum);
void hopper_product_fence(void);
void hopper_product_commit(void);
void hopper_product_wait(uint32_t pending_count);
/* The program is about to use d: no product may own it. */
void hopper_product_settle(const float *d);
#ifdef __cplusplus
}
#endif
#endif
