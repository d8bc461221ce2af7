/* What a lane moves of an N x N matrix: 4 bytes, one float or two halves; where a row has an odd number of halves, one
 * half. Arithmetic is in fp32 whatever lies in memory.
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
#endif
