/* Operands of Hopper's products: see hopper_matrix.h. */
#include "gpu/twin/hopper_matrix.h"

#include <string.h>

enum { PANEL_ROW_BYTES = 128, PANEL_COLUMNS = 64, ATOM_ROWS = 8, FIELD_MASK = 0x3fff };

HopperMatrix hopper_matrix_decode(uint64_t descriptor) {
    return (HopperMatrix){.start = (uint32_t)(descriptor & FIELD_MASK) << 4,
                          .leading_bytes = (uint32_t)(descriptor >> 16 & FIELD_MASK) << 4,
                          .stride_bytes = (uint32_t)(descriptor >> 32 & FIELD_MASK) << 4,
                          .base_offset = (unsigned)(descriptor >> 49 & 7),
                          .swizzle = (unsigned)(descriptor >> 62)};
}

uint32_t hopper_swizzle(uint32_t address) { return address ^ (address >> 7 & 7) << 4; }

uint32_t hopper_matrix_address(const HopperMatrix *m, bool is_k_major, unsigned i, unsigned k) {
    uint32_t offset = is_k_major ? i / ATOM_ROWS * m->stride_bytes + i % ATOM_ROWS * PANEL_ROW_BYTES + k * 2
                                 : i / PANEL_COLUMNS * m->leading_bytes + i % PANEL_COLUMNS * 2 +
                                       k / ATOM_ROWS * m->stride_bytes + k % ATOM_ROWS * PANEL_ROW_BYTES;
    return hopper_swizzle(m->start + offset);
}

float hopper_half_value(uint16_t half) {
    uint32_t bits = (uint32_t)(half & 0x7fff) << 13, sign = (uint32_t)(half & 0x8000) << 16;
    float magnitude;
    if (bits >= 0x0f800000) bits += 0x70000000; /* infinity and NaN: exponent 31 becomes 255 */
    memcpy(&magnitude, &bits, sizeof magnitude);
    if (bits < 0x0f800000) magnitude *= 0x1p112f; /* the exponent's bias: 15 becomes 127, denormals too */
    memcpy(&bits, &magnitude, sizeof bits);
    bits |= sign;
    memcpy(&magnitude, &bits, sizeof magnitude);
    return magnitude;
}

void hopper_multiply(float *d, const float *a, const float *b, unsigned n) {
    float b_rows[HOPPER_K][HOPPER_N_MAX];
    for (unsigned k = 0; k < HOPPER_K; k++)
        for (unsigned j = 0; j < n; j++) b_rows[k][j] = b[j * HOPPER_K + k];
    for (unsigned row = 0; row < HOPPER_WARP_ROWS; row++)
        for (unsigned k = 0; k < HOPPER_K; k++) {
            float factor = a[row * HOPPER_K + k];
            for (unsigned j = 0; j < n; j++) d[row * n + j] += factor * b_rows[k][j];
        }
}
