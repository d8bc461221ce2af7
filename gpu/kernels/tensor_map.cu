/* Tensor maps by the driver: see tensor_map.h. The driver's function is asked for at run time: nothing of libcuda is
 * linked. */
#include "gpu/kernels/tensor_map.h"

#include <cuda.h>
#include <cuda_runtime.h>

static_assert(sizeof(TensorMap) == sizeof(CUtensorMap) && alignof(TensorMap) == alignof(CUtensorMap), "tensor map");

const char *tensor_map_rows(TensorMap *map, const void *base, int head_dim, int rows, int matrices, int box_rows) {
    void *function = nullptr;
    cudaDriverEntryPointQueryResult found;
    cudaError_t error =
        cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found);
    if (error != cudaSuccess || found != cudaDriverEntryPointSuccess || !function)
        return "the driver has no cuTensorMapEncodeTiled";
    auto encode = reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function);
    cuuint64_t sizes[] = {(cuuint64_t)head_dim, (cuuint64_t)rows, (cuuint64_t)matrices};
    cuuint64_t strides_bytes[] = {sizes[0] * 2, sizes[0] * sizes[1] * 2}; /* of rows and of matrices */
    cuuint32_t box[] = {TENSOR_MAP_BOX_COLUMNS, (cuuint32_t)box_rows, 1}, steps[] = {1, 1, 1};
    CUresult result =
        encode(reinterpret_cast<CUtensorMap *>(map), CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 3, const_cast<void *>(base),
               sizes, strides_bytes, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
               CU_TENSOR_MAP_L2_PROMOTION_NONE, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    return result == CUDA_SUCCESS ? nullptr : "cuTensorMapEncodeTiled refuses it";
}
