/* DRAM traffic of kernels whose blocks sweep over data of their own again and again, more than the L2 holds: flash1.
 *
 *     iteration   0        1                           n - 1          rows that K block j sees, causal
 *     rows        0 .. N   1 .. N   ...   N - 2, N - 1   N - 1
 *                 |-early-|------ all miss ------|-warm-|---- late ----|
 *
 * While an iteration touches well over the L2, nothing that one sweep moved is there for the next: every load is from
 * HBM and every store goes back to it, and counting is enough. What a kernel finds of the kernel before (early), and
 * the short iterations at its end that L2 might hold (late), go through the sector engine; an iteration before those
 * brings the L2 to the state it would have, since an LRU state depends on the last accesses that fill it alone.
 * Done wave by wave. Exact as dram.h says.
 */
#ifndef SIM_MEMORY_DRAM_SWEEP_H
#define SIM_MEMORY_DRAM_SWEEP_H
#include "sim/memory/dram.h"

/* False where some kernel is not like that; nothing is reported then. */
bool dram_count_sweeps(const Program *program, DramConfig config, Arena *arena, DramReport *report);
#endif
