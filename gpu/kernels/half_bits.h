/* fp16 as 16 bits on the host: IEEE 754 binary16, rounded to nearest even. Pure. Not modelled: NaN payloads. */
#ifndef GPU_KERNELS_HALF_BITS_H
#define GPU_KERNELS_HALF_BITS_H
#include <math.h>
#include <stdint.h>

static inline float half_to_float(uint16_t h) {
    int exponent = h >> 10 & 31;
    float fraction = (float)(h & 1023) / 1024.0f, sign = h & 0x8000 ? -1.0f : 1.0f;
    if (exponent == 31) return h & 1023 ? NAN : sign * INFINITY;
    return exponent ? sign * ldexpf(1.0f + fraction, exponent - 15) : sign * ldexpf(fraction, -14);
}

static inline uint16_t half_from_float(float x) {
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    float a = fabsf(x);
    if (isnan(x)) return 0x7e00;
    if (a >= 65520.0f) return (uint16_t)(sign | 0x7c00); /* rounds past the largest, 65504 */
    int exponent = 0;
    frexpf(a, &exponent);                              /* a = f 2^exponent, f in [0.5, 1) */
    int step = exponent - 11 < -24 ? -24 : exponent - 11; /* place of the last bit */
    long units = lrintf(ldexpf(a, -step));             /* in [1024, 2048] where normal */
    if (units == 2048) units = 1024, step++;
    return (uint16_t)(sign | (units < 1024 ? units : (long)(step + 25) << 10 | (units - 1024)));
}
#endif
