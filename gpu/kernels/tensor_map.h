/* Tensor maps: what the copy unit of Hopper is told about a tensor, so that one instruction moves a box of it.
 *
 * A map is of matrices of rows x head_dim halves, one after another; a box is 64 columns (128 bytes) of box_rows rows
 * of one matrix, and lands swizzled (hopper.cuh). What a box has outside of its matrix is neither read nor written. The
 * driver makes it (tensor_map.cu); on the CPU the twin does (gpu/twin/hopper_twin.cuh).
 */
#ifndef GPU_KERNELS_TENSOR_MAP_H
#define GPU_KERNELS_TENSOR_MAP_H
#include <stdint.h>

enum { TENSOR_MAP_BOX_COLUMNS = 64 };

/* Opaque, as CUtensorMap is; lives until the launch that takes it. */
struct alignas(128) TensorMap {
    uint64_t words[16];
};

/* NULL, or why not: no driver that can, or a tensor it cannot describe. */
const char *tensor_map_rows(TensorMap *map, const void *base, int head_dim, int rows, int matrices, int box_rows);
#endif
