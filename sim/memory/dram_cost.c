/* Moves that the walk tells, times what each costs: see dram_cost.h. */
#include "sim/memory/dram_cost.h"

#include <math.h>

#include "sim/base/checked.h"
#include "sim/memory/dram_cursor.h"
#include "sim/memory/dram_units.h"
#include "sim/memory/occupancy.h"

/* Measured on a 3 GHz core, misses and both partitions together: the walk to a move; in the L2 a granule, a part of one
 * (what it costs until the granule's sets are alike again), a run of lines, a line; in the LRU list a unit, and one of
 * so many that their entries are not in the core's caches. */
static const double MOVE_NS = 25, GRANULE_NS = 30, PART_NS = 80, RUN_NS = 25, LINE_NS = 14, UNIT_NS = 15,
                    FAR_UNIT_NS = 60;
static const uint64_t NEAR_UNITS_MAX = 1 << 16;

static double sectors_ns(const Program *program, const ProgramLeaf *leaf, uint64_t granule_lines) {
    const Tensor *tensor = &program->tensors[leaf->tensor];
    uint64_t tile_bytes = leaf->rows * leaf->cols * tensor->elem_bytes;
    if (granule_lines > 1 && dram_tile_lines(tensor, leaf) >= granule_lines)
        return MOVE_NS + GRANULE_NS * (double)tile_bytes / (double)(granule_lines * L2_LINE_BYTES);
    uint64_t run_bytes = program_dense_bytes(tensor, leaf), runs = tile_bytes / run_bytes;
    double lines = (double)(runs * ceil_div(run_bytes, L2_LINE_BYTES));
    return MOVE_NS + (granule_lines > 1 ? PART_NS : 0) + RUN_NS * (double)runs + LINE_NS * lines;
}

static double tiles_ns(const ProgramLeaf *leaf, const DramUnits *units, uint64_t unit_count) {
    double count = (double)(ceil_div(leaf->rows, units->rows) * ceil_div(leaf->cols, units->cols));
    return MOVE_NS + (unit_count > NEAR_UNITS_MAX ? FAR_UNIT_NS : UNIT_NS) * count;
}

float *dram_cost_of_leaves(const Program *program, bool is_tiles, Arena *arena) {
    DramUnits units[PROGRAM_TENSORS_MAX];
    uint64_t unit_count, granule_lines = dram_granule_lines(program, arena);
    dram_units(program, (KernelRange){0, program->kernel_count - 1}, units, &unit_count);
    float *ns = ARENA_ARRAY(arena, float, program->leaf_count);
    for (uint32_t i = 0; i < program->leaf_count; i++) {
        const ProgramLeaf *leaf = &program->leaves[i];
        if (leaf->tensor == TENSOR_NONE) continue;
        ns[i] = (float)(is_tiles ? tiles_ns(leaf, &units[leaf->tensor], unit_count)
                                 : sectors_ns(program, leaf, granule_lines));
    }
    return ns;
}

/* A kernel's grid, seen at its middle. */
typedef struct Grid {
    unsigned axes; /* bit by axis of the loops between a head's and a block's: all blocks lie below the same */
    double shared; /* of a block's steps, how many its neighbour makes at the same time, of 1 */
} Grid;

static Grid grid_of(const Program *program, const uint64_t *steps, int kernel) {
    Grid grid = {.shared = 1};
    const ProgramNode *node = &program->nodes[program->kernels[kernel].node];
    while (!node->is_block && node->kind != NODE_LEAF) {
        uint32_t middle = node->child_first + node->child_count / 2;
        bool is_varied = node->kind == NODE_VLOOP && node->child_count > 1;
        uint32_t block = program->children[middle].node,
                 before = program->children[is_varied ? middle - 1 : middle].node;
        if (program->nodes[block].is_block && steps[block])
            grid.shared = (double)cursor_shared_steps(program, steps, before, block) / (double)steps[block];
        grid.axes |= 1u << node->axis;
        node = &program->nodes[block];
    }
    grid.axes &= ~(1u << AXIS_NONE | 1u << AXIS_LAYER | 1u << AXIS_BATCH | 1u << AXIS_HEAD);
    return grid;
}

/* How many of the same move become one, at most: blocks of a head that are in flight, told once a side. */
static double moves_in_one(const Program *program, DramConfig config, int kernel, Grid grid) {
    const Scenario *s = &program->scenario;
    uint64_t slots = occupancy_of_kernel(&s->machine, &program->kernels[kernel]).slot_count;
    uint64_t head_blocks = program->kernels[kernel].block_count / (s->batch_count * s->head_count);
    uint64_t at_once = max_u64(1, min_u64(slots, head_blocks) / (uint64_t)config.l2.partition_count);
    return 1 / (grid.shared / (double)at_once + 1 - fmin(1, grid.shared));
}

static bool is_shared(const ProgramLeaf *leaf, unsigned axes) {
    unsigned own = 1u << leaf->row_axis | 1u << leaf->col_axis | 1u << leaf->slice_axis;
    return !(own & axes);
}

DramCost dram_cost_of(const Program *program, DramConfig config, Arena *arena) {
    uint64_t *runs = ARENA_ARRAY(arena, uint64_t, program->node_count);
    const uint64_t *steps = cursor_memory_steps(program, arena);
    const float *sectors = dram_cost_of_leaves(program, false, arena),
                *tiles = dram_cost_of_leaves(program, true, arena);
    program_run_counts(program, runs);
    Grid grids[PROGRAM_KERNELS_MAX];
    for (int k = 0; k < program->kernel_count; k++) grids[k] = grid_of(program, steps, k);
    DramCost cost = {0};
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || program->leaves[node->leaf].tensor == TENSOR_NONE) continue;
        double moves = (double)runs[n] / (double)program->scenario.layer_count;
        if (is_shared(&program->leaves[node->leaf], grids[node->kernel].axes))
            moves /= moves_in_one(program, config, node->kernel, grids[node->kernel]);
        cost.sectors_ns += moves * (double)sectors[node->leaf];
        cost.tiles_ns += moves * (double)tiles[node->leaf];
    }
    return cost;
}
