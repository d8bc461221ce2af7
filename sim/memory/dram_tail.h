/* What is dirty in L2 at a kernel's end: the last accesses before it, simulated. Internal to the closed form.
 *
 * An LRU state depends on the accesses that last filled it alone, so the end of each kernel is enough, or of several
 * where one touches less than the L2 holds. By sectors where that is quick, by tiles else.
 */
#ifndef SIM_MEMORY_DRAM_TAIL_H
#define SIM_MEMORY_DRAM_TAIL_H
#include "sim/memory/dram_reuse.h"

/* Fills tensors[] with what is dirty at the end of kernel number `at`. False where that takes too long, unless the
 * closed form is to estimate. */
bool dram_tail_simulate(const Closed *c, int at, DramTraffic *tensors);
#endif
