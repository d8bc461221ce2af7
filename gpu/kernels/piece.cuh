/* What a lane moves of an N x N matrix: 4 bytes, one float or two halves; where a row has an odd number of halves, one
 * half. Of other matrices it moves 16 bytes. Arithmetic is in fp32 whatever lies in memory.
 */
#ifndef GPU_KERNELS_PIECE_CUH
#define GPU_KERNELS_PIECE_CUH
#include <cuda_fp16.h>

template <class Piece> constexpr int piece_elems = 1;
template <> constexpr int piece_elems<__half2> = 2;

__device__ __forceinline__ void unpack(float (&v)[1], float piece) { v[0] = piece; }
__device__ __forceinline__ void unpack(float (&v)[1], __half piece) { v[0] = __half2float(piece); }
__device__ __forceinline__ void unpack(float (&v)[2], __half2 piece) {
    v[0] = __low2float(piece), v[1] = __high2float(piece);
}
__device__ __forceinline__ void pack(float &piece, const float (&v)[1]) { piece = v[0]; }
__device__ __forceinline__ void pack(__half &piece, const float (&v)[1]) { piece = __float2half_rn(v[0]); }
__device__ __forceinline__ void pack(__half2 &piece, const float (&v)[2]) { piece = __floats2half2_rn(v[0], v[1]); }

template <class T> constexpr int wide_elems = 16 / sizeof(T);
__device__ __forceinline__ void load16(float (&v)[4], const float *from) {
    float4 x = __ldcg(reinterpret_cast<const float4 *>(from));
    v[0] = x.x, v[1] = x.y, v[2] = x.z, v[3] = x.w;
}
__device__ __forceinline__ void load16(float (&v)[8], const __half *from) {
    uint4 x = __ldcg(reinterpret_cast<const uint4 *>(from));
    const unsigned words[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        float2 pair = __half22float2(*reinterpret_cast<const __half2 *>(&words[i]));
        v[2 * i] = pair.x, v[2 * i + 1] = pair.y;
    }
}
__device__ __forceinline__ void store16(float *to, const float (&v)[4]) {
    *reinterpret_cast<float4 *>(to) = make_float4(v[0], v[1], v[2], v[3]);
}
__device__ __forceinline__ void store16(__half *to, const float (&v)[8]) {
    unsigned words[4];
#pragma unroll
    for (int i = 0; i < 4; i++) *reinterpret_cast<__half2 *>(&words[i]) = __floats2half2_rn(v[2 * i], v[2 * i + 1]);
    *reinterpret_cast<uint4 *>(to) = make_uint4(words[0], words[1], words[2], words[3]);
}
#endif
