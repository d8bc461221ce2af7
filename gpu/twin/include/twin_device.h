/* What kernels call: barriers, warp functions, atomics, cached loads, arithmetic intrinsics. For the twin. */
#ifndef HBM_TWIN_DEVICE_H
#define HBM_TWIN_DEVICE_H
#include "twin_types.h"

/* A barrier is known by its line: the compiler may have copied the call. */
#define __syncthreads() twin_block_barrier(__LINE__)
#define __syncthreads_count(p) ((int)twin_block_count((p) != 0, __LINE__))
#define __syncthreads_or(p) ((int)(twin_block_count((p) != 0, __LINE__) != 0))
#define __syncthreads_and(p) ((int)(twin_block_count(!(p), __LINE__) == 0))
static inline void __syncwarp(unsigned mask = 0xffffffffu) { twin_warp_barrier(mask); }
static inline void __threadfence() {}
static inline void __threadfence_block() {}
static inline void __threadfence_system() {}
static inline void __nanosleep(unsigned) {}
static inline long long clock64() { return 0; }
#define __trap() abort()

/* Registers of up to 8 bytes travel between lanes as 64 bits. */
template <class T> static inline uint64_t hbm_bits(T v) {
    static_assert(sizeof(T) <= 8, "a shuffle moves at most 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &v, sizeof v);
    return bits;
}
template <class T> static inline T hbm_value(uint64_t bits) {
    T v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
template <class T> static inline T __shfl_sync(unsigned mask, T v, int source, int width = 32) {
    unsigned lane = twin_lane(), group = lane & ~(unsigned)(width - 1);
    return hbm_value<T>(twin_shuffle(mask, hbm_bits(v), group + ((unsigned)source & (unsigned)(width - 1))));
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T v, int lane_mask, int width = 32) {
    unsigned lane = twin_lane(), source = lane ^ (unsigned)lane_mask;
    bool is_within = (source & ~(unsigned)(width - 1)) <= (lane & ~(unsigned)(width - 1));
    return hbm_value<T>(twin_shuffle(mask, hbm_bits(v), is_within ? source : lane));
}
template <class T> static inline T __shfl_up_sync(unsigned mask, T v, unsigned delta, int width = 32) {
    unsigned lane = twin_lane(), in_group = lane & (unsigned)(width - 1);
    return hbm_value<T>(twin_shuffle(mask, hbm_bits(v), in_group >= delta ? lane - delta : lane));
}
template <class T> static inline T __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = 32) {
    unsigned lane = twin_lane(), in_group = lane & (unsigned)(width - 1);
    return hbm_value<T>(twin_shuffle(mask, hbm_bits(v), in_group + delta < (unsigned)width ? lane + delta : lane));
}
static inline unsigned __ballot_sync(unsigned mask, int p) { return twin_ballot(mask, p); }
static inline int __any_sync(unsigned mask, int p) { return twin_ballot(mask, p) != 0; }
static inline int __all_sync(unsigned mask, int p) { return twin_ballot(mask, !p) == 0; }
static inline unsigned __activemask() { return twin_active_lanes(); }
template <class T, class F> static inline T hbm_reduce(unsigned mask, T v, F &&f) {
    T result = v;
    for (unsigned lane = 0; lane < 32; lane++) {
        T other = hbm_value<T>(twin_shuffle(mask, hbm_bits(v), lane));
        if ((mask >> lane & 1) && lane != twin_lane()) result = f(result, other);
    }
    return result;
}
static inline unsigned __reduce_add_sync(unsigned mask, unsigned v) {
    return hbm_reduce(mask, v, [](unsigned a, unsigned b) { return a + b; });
}
static inline int __reduce_add_sync(unsigned mask, int v) {
    return hbm_reduce(mask, v, [](int a, int b) { return a + b; });
}
static inline int __reduce_max_sync(unsigned mask, int v) {
    return hbm_reduce(mask, v, [](int a, int b) { return a > b ? a : b; });
}
static inline int __reduce_min_sync(unsigned mask, int v) {
    return hbm_reduce(mask, v, [](int a, int b) { return a < b ? a : b; });
}

/* Loads and stores with a cache hint: the same access; the twin has no cache. */
#define HBM_LOAD(name)                                                                                                 \
    template <class T> static inline __attribute__((always_inline)) T name(const T *p) { return *p; }
HBM_LOAD(__ldg)
HBM_LOAD(__ldcg)
HBM_LOAD(__ldca)
HBM_LOAD(__ldcs)
HBM_LOAD(__ldlu)
HBM_LOAD(__ldcv)
#define HBM_STORE(name)                                                                                                \
    template <class T> static inline __attribute__((always_inline)) void name(T *p, T v) { *p = v; }
HBM_STORE(__stwb)
HBM_STORE(__stcg)
HBM_STORE(__stcs)
HBM_STORE(__stwt)

/* Atomics: one counted access; the arithmetic itself is not instrumented. */
#define HBM_PLAIN __attribute__((no_sanitize("thread"), noinline))
template <class T> struct hbm_same { typedef T type; };
#define HBM_ATOMIC(name, expression)                                                                                   \
    template <class T> HBM_PLAIN T hbm_plain_##name(T *p, T v) {                                                       \
        T old = *p;                                                                                                    \
        *p = (expression);                                                                                             \
        return old;                                                                                                    \
    }                                                                                                                  \
    template <class T> static inline __attribute__((always_inline)) T name(T *p, typename hbm_same<T>::type v) {       \
        twin_atomic(p, sizeof(T));                                                                                     \
        return hbm_plain_##name(p, v);                                                                                 \
    }                                                                                                                  \
    template <class T> static inline T name##_block(T *p, typename hbm_same<T>::type v) { return name(p, v); }         \
    template <class T> static inline T name##_system(T *p, typename hbm_same<T>::type v) { return name(p, v); }
HBM_ATOMIC(atomicAdd, old + v)
HBM_ATOMIC(atomicSub, old - v)
HBM_ATOMIC(atomicExch, v)
HBM_ATOMIC(atomicMin, v < old ? v : old)
HBM_ATOMIC(atomicMax, v > old ? v : old)
HBM_ATOMIC(atomicAnd, old &v)
HBM_ATOMIC(atomicOr, old | v)
HBM_ATOMIC(atomicXor, old ^ v)
HBM_ATOMIC(atomicInc, old >= v ? 0 : old + 1)
HBM_ATOMIC(atomicDec, old == 0 || old > v ? v : old - 1)
template <class T> HBM_PLAIN T hbm_plain_cas(T *p, T compare, T v) {
    T old = *p;
    if (old == compare) *p = v;
    return old;
}
template <class T>
static inline __attribute__((always_inline)) T atomicCAS(T *p, typename hbm_same<T>::type compare,
                                                         typename hbm_same<T>::type v) {
    twin_atomic(p, sizeof(T));
    return hbm_plain_cas<T>(p, compare, v);
}

#define HBM_MINMAX(T)                                                                                                  \
    static inline constexpr T min(T a, T b) { return b < a ? b : a; }                                                  \
    static inline constexpr T max(T a, T b) { return a < b ? b : a; }
HBM_MINMAX(int)
HBM_MINMAX(unsigned)
HBM_MINMAX(long)
HBM_MINMAX(unsigned long)
HBM_MINMAX(long long)
HBM_MINMAX(unsigned long long)
HBM_MINMAX(float)
HBM_MINMAX(double)
/* Two different types: as the larger, which CUDA's own overloads come to as well. */
template <class A, class B, class C = std::common_type_t<A, B>, class = std::enable_if_t<!std::is_same<A, B>::value>>
static inline constexpr C min(A a, B b) {
    return min((C)a, (C)b);
}
template <class A, class B, class C = std::common_type_t<A, B>, class = std::enable_if_t<!std::is_same<A, B>::value>>
static inline constexpr C max(A a, B b) {
    return max((C)a, (C)b);
}

/* libm has names of its own that begin so: macros, not functions. */
#define __expf expf
#define __logf logf
#define __log2f log2f
#define __sinf sinf
#define __cosf cosf
#define __powf powf
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __saturatef(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline int __float_as_int(float x) { return (int)hbm_bits(x); }
static inline unsigned __float_as_uint(float x) { return (unsigned)hbm_bits(x); }
static inline float __int_as_float(int x) { return hbm_value<float>((unsigned)x); }
static inline float __uint_as_float(unsigned x) { return hbm_value<float>(x); }
static inline int __float2int_rn(float x) { return (int)rintf(x); }
static inline int __float2int_rd(float x) { return (int)floorf(x); }
static inline float __int2float_rn(int x) { return (float)x; }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline unsigned __brev(unsigned x) {
    unsigned r = 0;
    for (int i = 0; i < 32; i++) r |= (x >> i & 1) << (31 - i);
    return r;
}
static inline int __mul24(int a, int b) { return a * b; }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }

/* Asynchronous copies into shared memory: a global load and a shared store, done at once. */
static inline __attribute__((always_inline)) void __pipeline_memcpy_async(void *to, const void *from, size_t bytes,
                                                                          size_t = 0) {
    if (bytes == 16)
        *(float4 *)to = *(const float4 *)from;
    else if (bytes == 8)
        *(float2 *)to = *(const float2 *)from;
    else
        *(float *)to = *(const float *)from;
}
static inline void __pipeline_commit() {}
static inline void __pipeline_wait_prior(unsigned) {}
#endif
