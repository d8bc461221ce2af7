/* How Hopper's products find their operands: descriptors of matrices in shared memory, the 128-byte swizzle, and which
 * lane holds what. Pure.
 *
 * Not modelled: matrices without swizzle or with one of 32 or 64 bytes, patterns that begin off a 1024-byte boundary.
 * Source: PTX ISA 9.0, "Asynchronous Warpgroup Level Matrix Shared Memory Layout", canonical layouts.
 */
#ifndef GPU_TWIN_HOPPER_MATRIX_H
#define GPU_TWIN_HOPPER_MATRIX_H
#include <stdbool.h>
#include <stdint.h>

enum { HOPPER_K = 16, HOPPER_N_MAX = 256, HOPPER_WARP_ROWS = 16, HOPPER_SWIZZLE_128 = 1 };

typedef struct HopperMatrix {
    uint32_t start, leading_bytes, stride_bytes; /* addresses of shared memory, 18 bits */
    unsigned base_offset, swizzle;
} HopperMatrix;

HopperMatrix hopper_matrix_decode(uint64_t descriptor);
/* Where the 128-byte swizzle puts the byte at `address`: bits 4 to 6 are exchanged by bits 7 to 9. */
uint32_t hopper_swizzle(uint32_t address);
/* The half at row `i` (of A; column of B) and place `k` of 16 in the contraction. is_k_major: k runs along rows of 128
 * bytes; else i does, 64 to a row. */
uint32_t hopper_matrix_address(const HopperMatrix *m, bool is_k_major, unsigned i, unsigned k);

/* Register r of lane l: row within the warp's 16 and column of D; of A (two halves a register, the lower's k). */
static inline unsigned hopper_d_row(unsigned lane, unsigned r) { return lane / 4 + r / 2 % 2 * 8; }
static inline unsigned hopper_d_column(unsigned lane, unsigned r) { return r / 4 * 8 + lane % 4 * 2 + r % 2; }
static inline unsigned hopper_a_row(unsigned lane, unsigned r) { return lane / 4 + r % 2 * 8; }
static inline unsigned hopper_a_k(unsigned lane, unsigned r) { return lane % 4 * 2 + r / 2 * 8; }

float hopper_half_value(uint16_t half);
/* d (16 x n) = d + a (16 x 16) b, b given by column: n x 16. */
void hopper_multiply(float *d, const float *a, const float *b, unsigned n);
#endif
