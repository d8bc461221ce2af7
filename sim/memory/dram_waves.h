/* Bytes that waves fetch where each fetches its own once, whatever the waves before left. Pure.
 *
 *     wave 0   | q block 0 .. 7, head 0 | q block 0 .. 3, head 1 |      K of head 0 once, K of head 1 once
 *     wave 1   | q block 4 .. 7, head 1 | ...                           K of head 1 again
 *
 * Internal to the closed form (dram_shape.h).
 */
#ifndef SIM_MEMORY_DRAM_WAVES_H
#define SIM_MEMORY_DRAM_WAVES_H
#include "sim/memory/dram_shape.h"

/* Of a family whose tiles the blocks along the fastest axis share. False where the family is not like that or the grid
 * has too many rows. */
bool dram_waves_bytes(const KernelShape *shape, int family, uint64_t *bytes);
/* The same where tiles repeat along a slower axis, `dim`: blocks on faster axes have tiles of their own, all of one
 * size. False where the family is not like that. */
bool dram_waves_repeat_bytes(const KernelShape *shape, int family, int dim, uint64_t *bytes);
#endif
