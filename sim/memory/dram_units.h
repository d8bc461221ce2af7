/* The pieces that all tiles of a program are made of: what the simulating engines need not look inside. Pure.
 *
 *     unit      of a tensor: what all its tiles are whole multiples of, in rows and in columns; the tile engine's
 *     granule   of the program: lines that most accesses cover whole and aligned; the sector engine's (l2.h)
 */
#ifndef SIM_MEMORY_DRAM_UNITS_H
#define SIM_MEMORY_DRAM_UNITS_H
#include "sim/program.h"

typedef struct DramUnits {
    uint64_t rows, cols;           /* of a unit */
    uint64_t row_count, col_count; /* units in a slice */
    uint64_t first;                /* the tensor's first unit */
} DramUnits;

/* Which kernels a run covers: units follow from their tiles alone. */
typedef struct KernelRange {
    int first, last; /* both covered */
} KernelRange;

/* Units of all accessed tensors over the range's kernels; how many there are is *unit_count. */
void dram_units(const Program *program, KernelRange range, DramUnits units[PROGRAM_TENSORS_MAX], uint64_t *unit_count);
/* Lines, at most L2_HOME_LINES, that the leaf's tiles cover whole and aligned; 1 where they do not. */
uint64_t dram_tile_lines(const Tensor *tensor, const ProgramLeaf *leaf);
/* For L2Config.granule_lines; the arena is for the time of the call. */
uint64_t dram_granule_lines(const Program *program, Arena *arena);
#endif
