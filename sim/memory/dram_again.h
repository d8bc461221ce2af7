/* Moves that come again within a block, and what the block touches between two of the same byte. Pure.
 *
 *     loop k_block: load K, loop row: load Q          Q comes again after one k_block: a K tile and all of Q
 *
 * Internal to the closed form (dram_shape.h).
 */
#ifndef SIM_MEMORY_DRAM_AGAIN_H
#define SIM_MEMORY_DRAM_AGAIN_H
#include "sim/memory/dram_shape.h"

/* Widens shape->again by the blocks of one type. False where dram_region_collect says so. */
bool dram_again_note(KernelShape *shape, const ShapeType *type);
#endif
