/* Kernels of a few instructions each, for test_hopper.c: what they do right, and each with one thing done wrong. */
#ifndef TESTS_GPU_HOPPER_CASES_H
#define TESTS_GPU_HOPPER_CASES_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
typedef enum HopperMistake {
    RIGHT,
    NO_BARRIER_WAIT, /* copies */
    TOO_MANY_BYTES,
    TOO_FEW_BYTES,
    WRONG_PHASE,
    NO_INIT_FENCE,
    NO_BLOCK_BARRIER,
    BARRIER_NOT_MADE,
    TOO_MANY_ARRIVALS,
    BOX_OVER_BARRIER,
    BOX_MISALIGNED,
    BOX_TWICE,
    NOT_A_MAP,
    NO_PRODUCT_FENCE, /* products */
    NO_PRODUCT_WAIT,
    RESULT_TOO_EARLY,
    OPERAND_OVERWRITTEN,
    RESULT_OVERWRITTEN,
    NOT_COMMITTED,
    LANES_DISAGREE,
    WARPS_DISAGREE,
    NO_SWIZZLE,
    NO_STORES_FENCE,
    TOO_FEW_ARRIVE, /* barriers of some warps */
    COUNTS_DISAGREE,
    LEFT_BEHIND,
    NO_NAMED_BARRIER,
    TOO_MANY_REGISTERS, /* setmaxnreg */
    NOT_FEWER,
} HopperMistake;

/* Copies a box of 64 columns and box_rows rows that begins at (column, row, matrix) of a tensor of halves, and stores
 * what lies in shared memory to out, box_rows x 64, by the swizzle as it is drawn in the manual. */
void hopper_case_copy(HopperMistake mistake, const uint16_t *tensor, int columns, int rows, int matrices, int box_rows,
                      int column, int row, int matrix, uint16_t *out);
/* d (64 x n) = a (64 x 64) b (n x 64) transposed: both from shared memory. n: 128, 176 or 192. */
void hopper_case_shared(HopperMistake mistake, int n, const uint16_t *a, const uint16_t *b, float *d);
/* d (64 x n) = a (64 x 32) b (32 x n): a from registers. n: 64 or 128. */
void hopper_case_registers(HopperMistake mistake, int n, const uint16_t *a, const uint16_t *b, float *d);
/* d (64 x 64) = a (64 x 32) b (32 x 64): a from registers to shared memory, then both from there. */
void hopper_case_stored(HopperMistake mistake, const uint16_t *a, const uint16_t *b, float *d);
/* Two warps take turns ten times, writing their numbers into out[0 ... 19] through one shared counter. */
void hopper_case_turns(HopperMistake mistake, int *out);
/* One warpgroup gives registers away, the other takes them. */
void hopper_case_handover(HopperMistake mistake, int *out);
#ifdef __cplusplus
}
#endif
#endif
