/* What the simulating engines will take, so that dram_count can choose one. Pure.
 *
 * Times are about those of one core and decide nothing but the choice; they are counted, not measured, so that the same
 * program gets the same engine everywhere.
 */
#ifndef SIM_MEMORY_DRAM_COST_H
#define SIM_MEMORY_DRAM_COST_H
#include "sim/memory/dram.h"

typedef struct DramCost {
    double sectors_ns, tiles_ns; /* of one run of a layer */
} DramCost;

/* Where blocks in flight share a tile in the same step the walk tells it once a side; how far they do is judged by two
 * neighbours in the middle of the grid. The arena is for the time of the call. */
DramCost dram_cost_of(const Program *program, DramConfig config, Arena *arena);
/* What a move of each leaf's tile takes one of the engines, in ns, by leaf, in the arena; 0 where nothing is moved. */
float *dram_cost_of_leaves(const Program *program, bool is_tiles, Arena *arena);
#endif
