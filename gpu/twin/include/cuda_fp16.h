/* Half precision for the twin: 16 bits in memory, float in between; every operation rounds to nearest even as the GPU's
 * does. */
#ifndef HBM_CUDA_FP16_H
#define HBM_CUDA_FP16_H
#include "cuda_runtime.h"

static inline uint16_t hbm_half_bits(float x) {
    uint32_t bits = (uint32_t)hbm_bits(x), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) return (uint16_t)(sign | 0x7e00);  /* NaN */
    if (rest >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* rounds past 65504 */
    if (rest < 0x38800000)                                    /* below 2^-14: a whole number of 2^-24 */
        return (uint16_t)(sign | (uint32_t)lrintf(hbm_value<float>(rest) * 16777216.0f));
    uint32_t odd = rest >> 13 & 1;
    return (uint16_t)(sign | ((rest + 0xfff + odd - 0x38000000) >> 13));
}
static inline float hbm_half_value(uint16_t h) {
    uint32_t exponent = h >> 10 & 31, fraction = h & 1023;
    float magnitude = exponent == 0 ? (float)fraction / 16777216.0f
                                    : hbm_value<float>(exponent == 31 ? 0x7f800000u | fraction << 13
                                                                      : (exponent + 112) << 23 | fraction << 13);
    return h & 0x8000 ? -magnitude : magnitude;
}

struct __half {
    uint16_t bits;
    __half() = default;
    __half(float x) : bits(hbm_half_bits(x)) {}
    __half(double x) : bits(hbm_half_bits((float)x)) {}
    __half(int x) : bits(hbm_half_bits((float)x)) {}
    operator float() const { return hbm_half_value(bits); }
    __half &operator+=(__half o) { return *this = __half((float)*this + (float)o); }
    __half &operator-=(__half o) { return *this = __half((float)*this - (float)o); }
    __half &operator*=(__half o) { return *this = __half((float)*this * (float)o); }
};
typedef __half half;
struct alignas(4) __half2 {
    __half x, y;
    __half2() = default;
    __half2(__half a, __half b) : x(a), y(b) {}
    HBM_VECTOR_COPY(__half2, 4)
};
typedef __half2 half2;

static inline __half operator+(__half a, __half b) { return __half((float)a + (float)b); }
static inline __half operator-(__half a, __half b) { return __half((float)a - (float)b); }
static inline __half operator*(__half a, __half b) { return __half((float)a * (float)b); }
static inline __half operator/(__half a, __half b) { return __half((float)a / (float)b); }
static inline __half __float2half(float x) { return __half(x); }
static inline __half __float2half_rn(float x) { return __half(x); }
static inline float __half2float(__half h) { return (float)h; }
static inline __half __int2half_rn(int x) { return __half(x); }
static inline __half __ushort_as_half(unsigned short bits) {
    __half h;
    h.bits = bits;
    return h;
}
static inline unsigned short __half_as_ushort(__half h) { return h.bits; }
static inline __half __hadd(__half a, __half b) { return a + b; }
static inline __half __hsub(__half a, __half b) { return a - b; }
static inline __half __hmul(__half a, __half b) { return a * b; }
static inline __half __hdiv(__half a, __half b) { return a / b; }
static inline __half __hfma(__half a, __half b, __half c) { return __half(fmaf((float)a, (float)b, (float)c)); }
static inline __half __hmax(__half a, __half b) { return (float)a < (float)b ? b : a; }
static inline __half __hmin(__half a, __half b) { return (float)b < (float)a ? b : a; }
static inline bool __hgt(__half a, __half b) { return (float)a > (float)b; }
static inline bool __hlt(__half a, __half b) { return (float)a < (float)b; }
static inline __half hexp(__half a) { return __half(expf((float)a)); }
static inline __half2 __halves2half2(__half a, __half b) { return __half2(a, b); }
static inline __half2 make_half2(__half a, __half b) { return __half2(a, b); }
static inline __half2 __half2half2(__half a) { return __half2(a, a); }
static inline __half2 __float2half2_rn(float x) { return __half2(__half(x), __half(x)); }
static inline __half2 __floats2half2_rn(float a, float b) { return __half2(__half(a), __half(b)); }
static inline __half2 __float22half2_rn(float2 v) { return __floats2half2_rn(v.x, v.y); }
static inline float2 __half22float2(__half2 v) { return make_float2((float)v.x, (float)v.y); }
static inline __half __low2half(__half2 v) { return v.x; }
static inline __half __high2half(__half2 v) { return v.y; }
static inline float __low2float(__half2 v) { return (float)v.x; }
static inline float __high2float(__half2 v) { return (float)v.y; }
static inline __half2 __hadd2(__half2 a, __half2 b) { return __half2(a.x + b.x, a.y + b.y); }
static inline __half2 __hsub2(__half2 a, __half2 b) { return __half2(a.x - b.x, a.y - b.y); }
static inline __half2 __hmul2(__half2 a, __half2 b) { return __half2(a.x * b.x, a.y * b.y); }
static inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) {
    return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}
#endif
