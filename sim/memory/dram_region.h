/* What part of each tensor the tree below a node moves, as rows and columns relative to its block's grid indices. Pure.
 *
 *     loop k_block 3: load K (128 rows a step)        rows [0, 384), all columns, moved once
 *
 * A region is a hull: what lies in it and is not moved shows as fewer accessed bytes than the region has.
 * Internal to the closed form (dram_shape.h), whose types it fills.
 */
#ifndef SIM_MEMORY_DRAM_REGION_H
#define SIM_MEMORY_DRAM_REGION_H
#include "sim/memory/dram_shape.h"

/* Widens regions[family] by what one run of the node moves; adds families that are new. False where an index table
 * decides where tiles lie, or there are too many families. */
bool dram_region_collect(KernelShape *shape, uint32_t node, ShapeRegion *regions);
/* The hull of both; their moves add up. */
void dram_region_widen(ShapeRegion *to, const ShapeRegion *by);
/* Of the hull; 0 where nothing is moved. */
uint64_t dram_region_bytes(const KernelShape *shape, int family, const ShapeRegion *region);
uint64_t dram_region_elem_bytes(const KernelShape *shape, int family);
#endif
