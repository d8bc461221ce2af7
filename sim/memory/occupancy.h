/* Occupancy: how many blocks of a kernel an SM holds at once, and what limits it. Pure.
 *
 * Source: CUDA C++ Programming Guide, "Multiprocessor Level"; NVIDIA's occupancy calculator for the granularities.
 * Not modelled: the 512-register rounding of some chips, blocks of different kernels on one SM.
 */
#ifndef SIM_MEMORY_OCCUPANCY_H
#define SIM_MEMORY_OCCUPANCY_H
#include "sim/machine.h"
#include "sim/program.h"

typedef enum OccupancyLimit {
    OCCUPANCY_SMEM,
    OCCUPANCY_REGISTERS,
    OCCUPANCY_THREADS,
    OCCUPANCY_BLOCKS,
    OCCUPANCY_LIMIT_COUNT
} OccupancyLimit;

typedef struct Occupancy {
    uint32_t limits[OCCUPANCY_LIMIT_COUNT]; /* blocks an SM that each resource alone would allow */
    OccupancyLimit limit;                   /* the smallest */
    uint32_t blocks_per_sm;                 /* at least 1: a kernel that fits nowhere does not get this far */
    uint64_t slot_count;                    /* blocks in flight on the whole GPU: blocks_per_sm x SMs */
    uint64_t wave_count;                    /* ceil(blocks / slots), one layer */
    uint64_t tail_block_count;              /* blocks of the last wave */
} Occupancy;

Occupancy occupancy_of_kernel(const Machine *machine, const Kernel *kernel);
const char *occupancy_limit_name(OccupancyLimit limit); /* "shared memory", ... */
#endif
