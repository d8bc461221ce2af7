/* How unevenly whole tensors fill the L2's sets. Pure.
 *
 * Tensors lie where an allocator puts them, so in some sets more of them meet than in others: ten of a tenth of the L2
 * each need not fit. What a set must hold beyond its fair share says how far below the capacity a reuse distance has to
 * stay for a hit to be sure.
 */
#ifndef SIM_MEMORY_DRAM_CROWD_H
#define SIM_MEMORY_DRAM_CROWD_H
#include "sim/memory/dram.h"

typedef struct DramCrowd {
    double mean_ways, peak_ways; /* that all accessed tensors and their near copies would take of a set */
} DramCrowd;

/* The arena is for the time of the call. */
DramCrowd dram_crowd_of(const Program *program, DramConfig config, Arena *arena);
#endif
