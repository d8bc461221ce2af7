/* A kernel's grid and its types of blocks, read off its tree: see dram_shape.h. */
#include "sim/memory/dram_shape.h"

#include <string.h>

#include "sim/base/checked.h"
#include "sim/memory/dram_again.h"
#include "sim/memory/dram_region.h"
#include "sim/memory/dram_tree.h"
#include "sim/memory/occupancy.h"

/* The grid. */

static bool is_block_list(const Program *program, NodeList list) {
    return list.count == 1 && tree_node(program, list, 0)->is_block;
}

static uint64_t level_trips(const Program *program, NodeList list) {
    uint64_t trips = 0;
    for (uint32_t i = 0; i < list.count; i++) trips += tree_node(program, list, i)->trip_count;
    return trips;
}

/* Every list of one depth must be one axis of one length, over LOOPs, or over one VLOOP of blocks. */
static bool scan_grid(KernelShape *s, NodeList list, int depth, int *block_depth) {
    const Program *program = s->program;
    if (is_block_list(program, list)) {
        if (*block_depth < 0) *block_depth = depth;
        return *block_depth == depth;
    }
    if (depth == SHAPE_DIMS_MAX - 1 || list.count == 0) return false;
    Axis axis = tree_node(program, list, 0)->axis;
    if (axis == AXIS_NONE || tree_node(program, list, 0)->first_index != 0) return false;
    ShapeDim dim = {.axis = (int)axis, .trip_count = level_trips(program, list)};
    if (s->dims[depth].trip_count && (s->dims[depth].axis != dim.axis || s->dims[depth].trip_count != dim.trip_count))
        return false;
    s->dims[depth] = dim;
    for (uint32_t i = 0; i < list.count; i++) {
        const ProgramNode *node = tree_node(program, list, i);
        if (node->kind == NODE_LEAF || node->axis != axis || node->index_table || node->is_block) return false;
        NodeList inner = tree_children(node);
        if (node->kind == NODE_LOOP && !scan_grid(s, inner, depth + 1, block_depth)) return false;
        for (uint32_t c = 0; node->kind == NODE_VLOOP && c < inner.count; c++)
            if (!scan_grid(s, (NodeList){inner.first + c, 1}, depth + 1, block_depth)) return false;
    }
    return true;
}

/* Splits heads into KV heads and groups; sets how many blocks apart neighbours are. */
static void finish_dims(KernelShape *s) {
    uint64_t group = s->program->scenario.head_count / s->program->scenario.kv_head_count, stride_blocks = 1;
    for (int d = 0; d < s->dim_count && group > 1; d++) {
        if (s->dims[d].axis != AXIS_HEAD || s->dims[d].trip_count != s->program->scenario.head_count) continue;
        memmove(&s->dims[d + 1], &s->dims[d], (size_t)(s->dim_count++ - d) * sizeof *s->dims);
        s->dims[d].trip_count /= group;
        s->dims[d + 1] = (ShapeDim){.axis = SHAPE_AXIS_GROUP, .trip_count = group};
        break;
    }
    for (int d = s->dim_count; d-- > 0; stride_blocks *= s->dims[d].trip_count)
        s->dims[d].stride_blocks = stride_blocks;
}

/* Types of blocks. */

static bool add_type(KernelShape *s, uint32_t number, uint64_t runs, uint32_t *type_of_node) {
    if (type_of_node[number]) {
        s->types[type_of_node[number] - 1].block_count += runs;
        return true;
    }
    if (s->type_count == SHAPE_TYPES_MAX) return false;
    ShapeType *type = &s->types[s->type_count++];
    type_of_node[number] = s->type_count;
    *type = (ShapeType){.node = number, .block_count = runs};
    if (!dram_region_collect(s, number, type->regions) || !dram_again_note(s, type)) return false;
    uint64_t move_count = 0;
    for (int f = 0; f < s->family_count; f++) move_count += type->regions[f].move_count;
    s->round_count = max_u64(s->round_count, move_count);
    return true;
}

static bool add_types(KernelShape *s, NodeList list, uint64_t runs, uint32_t *type_of_node) {
    for (uint32_t i = 0; i < list.count; i++) {
        const ProgramNode *node = tree_node(s->program, list, i);
        uint32_t number = s->program->children[list.first + i].node;
        if (node->is_block && !add_type(s, number, runs, type_of_node)) return false;
        if (!node->is_block &&
            !add_types(s, tree_children(node), node->kind == NODE_LOOP ? runs * node->trip_count : runs, type_of_node))
            return false;
    }
    return true;
}

static uint32_t count_block_nodes(const Program *program, NodeList list) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.count && count <= SHAPE_TYPES_MAX; i++) {
        const ProgramNode *node = tree_node(program, list, i);
        count += node->is_block ? 1 : count_block_nodes(program, tree_children(node));
    }
    return count;
}

static bool is_grid_axis(const KernelShape *s, Axis axis) {
    for (int d = 0; d < s->dim_count; d++)
        if (axis != AXIS_NONE && s->dims[d].axis == (int)axis) return true;
    return false;
}

/* Bytes of a family over the whole grid. Where a grid axis cuts its tensor, blocks at different places have different
 * bytes and those at the same place the same; else the hull of all regions in every slice is it. */
static uint64_t unique_bytes(const KernelShape *s, int f, const ShapeRegion *hull) {
    const ShapeFamily *family = &s->families[f];
    bool is_cut = is_grid_axis(s, family->row_axis) || is_grid_axis(s, family->col_axis);
    uint64_t slices = 1, repeats = 1;
    for (int d = 0; d < s->dim_count; d++)
        *(family->dim_mask >> s->dims[d].axis & 1 ? &slices : &repeats) *= s->dims[d].trip_count;
    return is_cut ? family->region_bytes / repeats : slices * dram_region_bytes(s, f, hull);
}

/* Lines that parts of rows take, per byte moved: 32 bytes out of a longer row take a line of 128. */
static double line_room(const KernelShape *s, const ShapeFamily *family, uint64_t cols, bool is_whole) {
    const Tensor *tensor = &s->program->tensors[family->tensor];
    uint64_t row_bytes = cols * tensor->elem_bytes;
    return is_whole ? 1 : (double)(ceil_div(row_bytes, L2_LINE_BYTES) * L2_LINE_BYTES) / (double)row_bytes;
}

static bool first_kind(const Program *program, uint32_t number, int tensor, StepKind *kind) {
    const ProgramNode *node = &program->nodes[number];
    if (node->kind == NODE_LEAF) {
        *kind = program->leaves[node->leaf].kind;
        return program->leaves[node->leaf].tensor == tensor;
    }
    for (uint32_t c = 0; c < node->child_count; c++)
        if (first_kind(program, program->children[node->child_first + c].node, tensor, kind)) return true;
    return false;
}

/* Against the hull of all: regions that all begin, or all end, where it does lie within one another. */
static bool is_sliding(const KernelShape *s, int f, const ShapeRegion *hull) {
    bool begin_apart = false, end_apart = false;
    for (uint32_t i = 0; i < s->type_count; i++) {
        const ShapeRegion *region = &s->types[i].regions[f];
        if (!region->accessed_bytes) continue;
        begin_apart |= region->row_first != hull->row_first || region->col_first != hull->col_first;
        end_apart |= region->row_end != hull->row_end || region->col_end != hull->col_end;
    }
    return begin_apart && end_apart;
}

static bool sum_family(KernelShape *s, int f) {
    ShapeFamily *family = &s->families[f];
    ShapeRegion all = {0};
    StepKind kind = STEP_LOAD;
    for (uint32_t i = 0; i < s->type_count; i++) {
        const ShapeRegion *region = &s->types[i].regions[f];
        if (!region->accessed_bytes) continue;
        uint64_t bytes = dram_region_bytes(s, f, region);
        if (region->accessed_bytes < bytes) return false; /* gaps */
        family->accessed_bytes += region->accessed_bytes * s->types[i].block_count;
        family->region_bytes += bytes * s->types[i].block_count;
        family->block_move_max = max_u64(family->block_move_max, region->move_count);
        family->block_region_min_bytes = min_u64(family->block_region_min_bytes, bytes);
        family->block_region_max_bytes = max_u64(family->block_region_max_bytes, bytes);
        if (!all.accessed_bytes && first_kind(s->program, s->types[i].node, family->tensor, &kind) &&
            kind == STEP_STORE)
            s->again[family->tensor].is_store_first = true;
        dram_region_widen(&all, region);
    }
    family->unique_bytes = unique_bytes(s, f, &all);
    family->is_sliding = is_sliding(s, f, &all);
    uint64_t hull_cols = all.col_end - all.col_first, tensor_cols = s->program->tensors[family->tensor].cols;
    bool is_cut = is_grid_axis(s, family->col_axis);
    family->line_room =
        line_room(s, family, min_u64(hull_cols, family->tile_cols_min), !is_cut && hull_cols == tensor_cols);
    family->tile_room = line_room(s, family, family->tile_cols_min, family->tile_cols_min == tensor_cols);
    return true;
}

bool dram_shape_of(const Program *program, int kernel, KernelShape *s, Arena *arena) {
    const Kernel *k = &program->kernels[kernel];
    NodeList grid = tree_children(&program->nodes[k->node]);
    *s = (KernelShape){.program = program,
                       .kernel = kernel,
                       .block_count = k->block_count,
                       .slot_count = occupancy_of_kernel(&program->scenario.machine, k).slot_count};
    int block_depth = -1;
    if (!scan_grid(s, grid, 0, &block_depth)) return false;
    s->dim_count = block_depth;
    finish_dims(s);
    uint32_t type_max = count_block_nodes(program, grid);
    if (type_max > SHAPE_TYPES_MAX) return false;
    s->types = ARENA_ARRAY(arena, ShapeType, type_max);
    uint32_t *type_of_node = ARENA_ARRAY(arena, uint32_t, program->node_count);
    if (!add_types(s, grid, 1, type_of_node)) return false;
    for (int f = 0; f < s->family_count; f++)
        if (!sum_family(s, f)) return false;
    return true;
}

/* Questions. */

uint64_t dram_shape_distinct(const KernelShape *s, const ShapeFamily *family, uint64_t block_count, bool is_upper) {
    uint64_t distinct = 1, blocks = min_u64(block_count, s->block_count);
    for (int d = s->dim_count; d-- > 0;) {
        const ShapeDim *dim = &s->dims[d];
        if (!(family->dim_mask >> dim->axis & 1)) continue;
        uint64_t lower = max_u64(1, blocks / dim->stride_blocks),
                 upper = blocks < 2 ? 1 : (blocks - 2) / dim->stride_blocks + 2;
        distinct *= min_u64(dim->trip_count, is_upper ? upper : lower);
    }
    return min_u64(distinct, blocks);
}

bool dram_shape_is_own(const KernelShape *s, const ShapeFamily *family) {
    for (int d = 0; d < s->dim_count; d++)
        if (s->dims[d].trip_count > 1 && !(family->dim_mask >> s->dims[d].axis & 1)) return false;
    return true;
}

uint64_t dram_shape_least_blocks(const KernelShape *s) {
    uint64_t rest = s->block_count % s->slot_count;
    return rest ? rest : min_u64(s->slot_count, s->block_count);
}
