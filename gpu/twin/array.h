/* The arrays of a CUDA program on the CPU: what cudaMalloc gave out, __device__ variables and
 * __shared__ variables, by address.
 *
 * Device memory is one reserved range; pieces are 256-byte aligned as cudaMalloc's are, lie at least
 * 256 bytes apart and are never handed out twice, so that an access past an end or after cudaFree is
 * seen. Variables come from the program's own symbol table. Dynamic shared memory has a fixed place at
 * the start of the range.
 * Not modelled: uninitialised memory (fresh device memory reads as zero).
 */
#ifndef GPU_TWIN_ARRAY_H
#define GPU_TWIN_ARRAY_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/err.h"

typedef enum ArraySpace { ARRAY_GLOBAL, ARRAY_SHARED, ARRAY_IGNORED } ArraySpace;

/* Window addresses: see access.h. The range begins where no image of an ordinary program reaches. */
#define ARRAY_RANGE_BASE 0x100000000ull
enum { ARRAY_DYNAMIC_SHARED_BYTES = 256 * 1024, ARRAY_NAME_BYTES = 96 };

typedef struct TwinArray {
    char name[ARRAY_NAME_BYTES];
    ArraySpace space;
    bool is_freed;
    uint64_t first_address, size_bytes;
} TwinArray;

/* All arrays, sorted by address within each of the two parts; owned here, freed never. */
typedef struct ArrayTable {
    TwinArray *arrays;
    int array_count, array_max;
    uint64_t range_bytes; /* reserved from ARRAY_RANGE_BASE on */
    uint64_t range_used_bytes;
} ArrayTable;

/* Reserves device memory and reads the symbols of /proc/self/exe. */
bool array_table_init(ArrayTable *table, Err *err);
/* Device memory; name as the source has it ("&d_Q" gives "d_Q"); NULL where the range is full. */
void *array_allocate(ArrayTable *table, uint64_t size_bytes, const char *name);
/* False where `address` is not the start of a live piece. */
bool array_free(ArrayTable *table, void *address);
/* The array that holds the address, or -1. */
int array_find(const ArrayTable *table, uint64_t address);
/* The array nearest below the address (for messages), or -1. */
int array_find_below(const ArrayTable *table, uint64_t address);
#endif
