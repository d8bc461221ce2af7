/* Qualifiers, vector types, dim3 and the index variables of CUDA C++, for the twin. */
#ifndef HBM_TWIN_TYPES_H
#define HBM_TWIN_TYPES_H
#include "twin.h"
#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __constant__ __attribute__((section("hbm_constant")))
#define __hbm_device_variable__ __attribute__((section("hbm_device")))
#define __managed__
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define __CUDACC__ 1
#define CUDART_INF_F __builtin_inff()
#define CUDART_INF __builtin_inf()
#define CUDART_NAN_F __builtin_nanf("")
#define CUDART_PI_F 3.141592654f
#define CUDART_VERSION 13000

/* A vector of 16 (or 8) bytes is read and written by one access, as on a GPU: copies go through a machine vector,
 * because the compiler would take a plain struct apart. */
#define HBM_VECTOR_COPY(Name, bytes)                                                                                   \
    typedef char Machine __attribute__((vector_size(bytes), may_alias));                                               \
    Name(const Name &o) { *(Machine *)this = *(const Machine *)&o; }                                                   \
    Name &operator=(const Name &o) {                                                                                   \
        *(Machine *)this = *(const Machine *)&o;                                                                       \
        return *this;                                                                                                  \
    }
#define HBM_VECTOR2(Name, T)                                                                                           \
    struct alignas(2 * sizeof(T)) Name {                                                                               \
        T x, y;                                                                                                        \
        Name() = default;                                                                                              \
        constexpr Name(T a, T b = 0) : x(a), y(b) {}                                                                   \
        HBM_VECTOR_COPY(Name, 2 * sizeof(T))                                                                           \
    };                                                                                                                 \
    static inline Name make_##Name(T a, T b) { return Name(a, b); }
#define HBM_VECTOR4(Name, T)                                                                                           \
    struct alignas(4 * sizeof(T)) Name {                                                                               \
        T x, y, z, w;                                                                                                  \
        Name() = default;                                                                                              \
        constexpr Name(T a, T b = 0, T c = 0, T d = 0) : x(a), y(b), z(c), w(d) {}                                     \
        HBM_VECTOR_COPY(Name, 4 * sizeof(T))                                                                           \
    };                                                                                                                 \
    static inline Name make_##Name(T a, T b, T c, T d) { return Name(a, b, c, d); }
#define HBM_VECTOR3(Name, T)                                                                                           \
    struct Name {                                                                                                      \
        T x, y, z;                                                                                                     \
    };                                                                                                                 \
    static inline Name make_##Name(T a, T b, T c) { return Name{a, b, c}; }
HBM_VECTOR2(float2, float)
HBM_VECTOR4(float4, float)
HBM_VECTOR3(float3, float)
HBM_VECTOR2(int2, int)
HBM_VECTOR4(int4, int)
HBM_VECTOR3(int3, int)
HBM_VECTOR2(uint2, unsigned)
HBM_VECTOR4(uint4, unsigned)
HBM_VECTOR3(uint3, unsigned)
HBM_VECTOR2(short2, short)
HBM_VECTOR4(short4, short)
HBM_VECTOR2(ushort2, unsigned short)
HBM_VECTOR4(ushort4, unsigned short)
HBM_VECTOR2(char2, signed char)
HBM_VECTOR4(char4, signed char)
HBM_VECTOR2(uchar2, unsigned char)
HBM_VECTOR4(uchar4, unsigned char)
HBM_VECTOR2(double2, double)
HBM_VECTOR3(double3, double)
HBM_VECTOR2(longlong2, long long)
HBM_VECTOR2(ulonglong2, unsigned long long)
struct alignas(16) double4 {
    double x, y, z, w;
};
static inline double4 make_double4(double a, double b, double c, double d) { return double4{a, b, c, d}; }

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    operator uint3() const { return uint3{x, y, z}; }
};

static inline __attribute__((always_inline)) uint3 hbm_unpack(uint64_t v) {
    return uint3{(unsigned)v, (unsigned)(v >> 32) & 0xffff, (unsigned)(v >> 48)};
}
#define threadIdx (hbm_unpack(twin_thread_index()))
#define blockIdx (hbm_unpack(twin_block_index()))
#define blockDim (hbm_unpack(twin_block_size()))
#define gridDim (hbm_unpack(twin_grid_size()))
enum { warpSize = 32 };
#endif
