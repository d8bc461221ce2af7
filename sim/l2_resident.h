/* What L2 holds at a step, tensor by tensor: a quick picture for the screen, not the count.
 *
 * Walks back from the step through heads and kernels and fills the capacity with what was touched last.
 * Not modelled: sets and ways, the two partitions, blocks that run at the same time, tiles of a head's matrix that
 * left before the rest: a head's matrix is taken as touched whole (scores: as far as the head has come).
 * The counts of DRAM bytes come from sim/memory/l2.h, never from here. Pure, O(kernels x tensors).
 */
#ifndef SIM_L2_RESIDENT_H
#define SIM_L2_RESIDENT_H
#include "sim/replay.h"

typedef struct L2Resident {
    uint64_t tensor_bytes[PROGRAM_TENSORS_MAX];
    uint64_t total_bytes;
} L2Resident;

/* 0 where the scenario has no L2. */
uint64_t l2_resident_capacity_bytes(const Scenario *scenario);
void l2_resident(const Program *program, const ReplayState *state, L2Resident *held);
#endif
