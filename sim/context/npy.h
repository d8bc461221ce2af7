/* Reads an array from a .npy file, NumPy's own format (versions 1 to 3).
 *
 * Taken: little-endian float16, float32, float64, C order, 1 to 4 dimensions. Refused with the reason:
 * anything else, a header past 64 KiB, more than 2^26 elements, a file longer or shorter than its shape says,
 * NaN and infinity. The file is untrusted: nothing is allocated before its size is checked.
 * Source: numpy.org, NEP 1 "A simple file format for NumPy arrays".
 */
#ifndef SIM_CONTEXT_NPY_H
#define SIM_CONTEXT_NPY_H
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

enum { NPY_DIMS_MAX = 4, NPY_MAX_ELEMS = 1 << 26, NPY_HEADER_MAX_BYTES = 1 << 16 };

typedef struct NpyArray {
    int dim_count;
    uint64_t shape[NPY_DIMS_MAX]; /* elements along each dimension, slowest first */
    uint64_t elem_count;
    const double *values; /* in the arena */
} NpyArray;

bool npy_read_file(const char *path, NpyArray *array, Arena *arena, Err *err);
/* The same from memory; `name` is for messages. */
bool npy_read_bytes(const char *name, const uint8_t *bytes, uint64_t size_bytes, NpyArray *array, Arena *arena,
                    Err *err);
#endif
