/* A kernel's shape, read off its tree: see dram_shape.h. */
#include "sim/memory/dram_shape.h"

#include <assert.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/memory/occupancy.h"

static const uint64_t ROW_ELEMENTS_MAX = 1 << 22; /* of dram_shape_wave_bytes: some milliseconds */

/* Children of a node, or those of the list that a grid level is. */
typedef struct NodeList {
    uint32_t first, count; /* in Program.children */
} NodeList;

static const ProgramNode *list_node(const Program *program, NodeList list, uint32_t i) {
    return &program->nodes[program->children[list.first + i].node];
}
static NodeList children_of(const ProgramNode *node) { return (NodeList){node->child_first, node->child_count}; }
static bool is_block_list(const Program *program, NodeList list) {
    return list.count == 1 && list_node(program, list, 0)->is_block;
}

/* ---- the grid ---- */

static uint64_t level_trips(const Program *program, NodeList list) {
    uint64_t trips = 0;
    for (uint32_t i = 0; i < list.count; i++) trips += list_node(program, list, i)->trip_count;
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
    Axis axis = list_node(program, list, 0)->axis;
    if (axis == AXIS_NONE || list_node(program, list, 0)->first_index != 0) return false;
    ShapeDim dim = {.axis = (int)axis, .trip_count = level_trips(program, list)};
    if (s->dims[depth].trip_count && (s->dims[depth].axis != dim.axis || s->dims[depth].trip_count != dim.trip_count))
        return false;
    s->dims[depth] = dim;
    for (uint32_t i = 0; i < list.count; i++) {
        const ProgramNode *node = list_node(program, list, i);
        if (node->kind == NODE_LEAF || node->axis != axis || node->index_table || node->is_block) return false;
        NodeList inner = children_of(node);
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

/* ---- families ---- */

static unsigned sharing_mask(TensorSharing sharing) {
    switch (sharing) {
    case TENSOR_PER_HEAD: return 1u << AXIS_BATCH | 1u << AXIS_HEAD | 1u << SHAPE_AXIS_GROUP;
    case TENSOR_PER_KV_HEAD: return 1u << AXIS_BATCH | 1u << AXIS_HEAD;
    case TENSOR_PER_BATCH: return 1u << AXIS_BATCH;
    case TENSOR_SHARED: return 0;
    }
    return 0;
}

static unsigned grid_mask(const KernelShape *s) {
    unsigned mask = 0;
    for (int d = 0; d < s->dim_count; d++) mask |= 1u << s->dims[d].axis;
    return mask;
}

static int find_family(KernelShape *s, const ProgramLeaf *leaf) {
    for (int f = 0; f < s->family_count; f++) {
        const ShapeFamily *family = &s->families[f];
        if (family->tensor == leaf->tensor && family->kind == leaf->kind && family->row_axis == leaf->row_axis &&
            family->col_axis == leaf->col_axis && family->slice_axis == leaf->slice_axis)
            return f;
    }
    if (s->family_count == SHAPE_FAMILIES_MAX) return -1;
    unsigned mask = sharing_mask(s->program->tensors[leaf->tensor].sharing);
    mask |= 1u << leaf->row_axis | 1u << leaf->col_axis | 1u << leaf->slice_axis;
    s->families[s->family_count] = (ShapeFamily){.tensor = leaf->tensor,
                                                 .kind = leaf->kind,
                                                 .row_axis = leaf->row_axis,
                                                 .col_axis = leaf->col_axis,
                                                 .slice_axis = leaf->slice_axis,
                                                 .dim_mask = mask & grid_mask(s) & ~(1u << AXIS_NONE),
                                                 .block_region_min_bytes = UINT64_MAX,
                                                 .tile_cols_min = UINT64_MAX};
    return s->family_count++;
}

static uint64_t elem_bytes(const KernelShape *s, int family) {
    return s->program->tensors[s->families[family].tensor].elem_bytes;
}

static uint64_t region_bytes(const KernelShape *s, int family, const ShapeRegion *r) {
    return r->accessed_bytes
               ? (r->row_end - r->row_first) * (r->col_end - r->col_first) * r->slices * elem_bytes(s, family)
               : 0;
}

/* ---- what part of the tree below a node touches ---- */

typedef struct Ranges {
    uint64_t first[AXIS_COUNT], last[AXIS_COUNT];
    unsigned set; /* axes of loops on the way down */
} Ranges;

static void widen(ShapeRegion *to, const ShapeRegion *by) {
    if (!to->accessed_bytes) {
        *to = *by;
        return;
    }
    to->row_first = min_u64(to->row_first, by->row_first);
    to->row_end = max_u64(to->row_end, by->row_end);
    to->col_first = min_u64(to->col_first, by->col_first);
    to->col_end = max_u64(to->col_end, by->col_end);
    to->slices = max_u64(to->slices, by->slices);
    to->accessed_bytes += by->accessed_bytes;
    to->move_count += by->move_count;
}

static void axis_range(const Ranges *ranges, Axis axis, uint64_t stride, uint64_t extent, uint64_t *first,
                       uint64_t *end) {
    bool is_inner = axis != AXIS_NONE && ranges->set >> axis & 1;
    *first = is_inner ? ranges->first[axis] * stride : 0;
    *end = (is_inner ? ranges->last[axis] * stride : 0) + extent;
}

static bool collect_leaf(KernelShape *s, const ProgramNode *node, const Ranges *ranges, uint64_t runs,
                         ShapeRegion *regions) {
    const ProgramLeaf *leaf = &s->program->leaves[node->leaf];
    if (leaf->tensor == TENSOR_NONE) return true;
    int f = find_family(s, leaf);
    if (f < 0) return false;
    uint64_t tile_bytes = leaf->rows * leaf->cols * elem_bytes(s, f);
    ShapeRegion region = {.accessed_bytes = tile_bytes * runs, .move_count = runs, .slices = 1};
    axis_range(ranges, leaf->row_axis, leaf->row_stride, leaf->rows, &region.row_first, &region.row_end);
    axis_range(ranges, leaf->col_axis, leaf->col_stride, leaf->cols, &region.col_first, &region.col_end);
    if (leaf->slice_axis != AXIS_NONE && ranges->set >> leaf->slice_axis & 1)
        region.slices = ranges->last[leaf->slice_axis] - ranges->first[leaf->slice_axis] + 1;
    s->families[f].tile_bytes_max = max_u64(s->families[f].tile_bytes_max, tile_bytes);
    s->families[f].tile_cols_min = min_u64(s->families[f].tile_cols_min, leaf->cols);
    widen(&regions[f], &region);
    return true;
}

static bool collect(KernelShape *s, uint32_t number, Ranges ranges, uint64_t runs, ShapeRegion *regions) {
    const ProgramNode *node = &s->program->nodes[number];
    if (node->kind == NODE_LEAF) return collect_leaf(s, node, &ranges, runs, regions);
    if (node->index_table) return false;
    if (node->kind == NODE_LOOP) runs *= node->trip_count;
    for (uint32_t c = 0; c < node->child_count; c++) {
        if (node->axis != AXIS_NONE) {
            ranges.first[node->axis] = node->first_index + (node->kind == NODE_VLOOP ? c : 0);
            ranges.last[node->axis] = node->first_index + (node->kind == NODE_VLOOP ? c : node->trip_count - 1);
            ranges.set |= 1u << node->axis;
        }
        if (!collect(s, s->program->children[node->child_first + c].node, ranges, runs, regions)) return false;
    }
    return true;
}

/* ---- moves that come again within a block ---- */

static bool is_private(const KernelShape *s, const ShapeFamily *family) {
    for (int d = 0; d < s->dim_count; d++)
        if (s->dims[d].trip_count > 1 && !(family->dim_mask >> s->dims[d].axis & 1)) return false;
    return true;
}

/* Whether an earlier family moves the same part of the same tensor: a store to where a load came from. */
static bool is_told_before(const KernelShape *s, const ShapeRegion *regions, int f) {
    const ShapeFamily *own = &s->families[f];
    for (int g = 0; g < f; g++) {
        const ShapeFamily *other = &s->families[g];
        if (other->tensor == own->tensor && other->dim_mask == own->dim_mask && other->row_axis == own->row_axis &&
            other->col_axis == own->col_axis && other->slice_axis == own->slice_axis &&
            regions[g].row_first == regions[f].row_first && regions[g].row_end == regions[f].row_end &&
            regions[g].col_first == regions[f].col_first && regions[g].col_end == regions[f].col_end &&
            regions[g].slices == regions[f].slices)
            return true;
    }
    return false;
}

/* Bytes of regions, at least (tensors of blocks' own, loads and stores of one tensor once) or at most. */
static uint64_t sum_regions(const KernelShape *s, const ShapeRegion *regions, bool is_upper) {
    uint64_t sum = 0, of_tensor[PROGRAM_TENSORS_MAX] = {0};
    for (int f = 0; f < s->family_count; f++) {
        uint64_t *largest = &of_tensor[s->families[f].tensor], bytes = region_bytes(s, f, &regions[f]);
        if (is_upper)
            sum += is_told_before(s, regions, f) ? 0 : bytes;
        else if (is_private(s, &s->families[f]))
            *largest = max_u64(*largest, bytes);
    }
    for (int t = 0; t < PROGRAM_TENSORS_MAX; t++) sum += of_tensor[t];
    return sum;
}

static void note_again(ShapeAgain *again, uint64_t lo_bytes, uint64_t hi_bytes) {
    again->lo_bytes = again->is_again ? min_u64(again->lo_bytes, lo_bytes) : lo_bytes;
    again->hi_bytes = max_u64(again->hi_bytes, hi_bytes);
    again->is_again = true;
}

/* Looks at every loop under `number`, innermost first: a tensor whose tiles do not move with the loop is touched again
 * after one iteration. is_done: tensors that an inner loop has answered for. */
static bool find_again(KernelShape *s, uint32_t number, bool *is_done) {
    const ProgramNode *node = &s->program->nodes[number];
    if (node->kind == NODE_LEAF) return true;
    for (uint32_t c = 0; c < node->child_count; c++)
        if (!find_again(s, s->program->children[node->child_first + c].node, is_done)) return false;
    if (node->trip_count < 2 || node->axis == AXIS_NONE) return true;
    ShapeRegion all[SHAPE_FAMILIES_MAX] = {0};
    uint64_t lo_bytes = UINT64_MAX, hi_bytes = 0;
    for (uint32_t c = 0; c < node->child_count; c++) {
        ShapeRegion one[SHAPE_FAMILIES_MAX] = {0};
        bool is_whole_body = node->kind == NODE_LOOP; /* a LOOP's children make one iteration together */
        ShapeRegion *into = is_whole_body ? all : one;
        if (!collect(s, s->program->children[node->child_first + c].node, (Ranges){0}, 1, into)) return false;
        if (is_whole_body && c + 1 < node->child_count) continue;
        lo_bytes = min_u64(lo_bytes, sum_regions(s, into, false));
        hi_bytes = max_u64(hi_bytes, sum_regions(s, into, true));
        for (int f = 0; f < s->family_count && !is_whole_body; f++)
            if (one[f].accessed_bytes) widen(&all[f], &one[f]);
    }
    for (int f = 0; f < s->family_count; f++) {
        const ShapeFamily *family = &s->families[f];
        bool is_moving =
            family->row_axis == node->axis || family->col_axis == node->axis || family->slice_axis == node->axis;
        if (!all[f].accessed_bytes || is_moving || is_done[family->tensor]) continue;
        note_again(&s->again[family->tensor], lo_bytes, hi_bytes);
        is_done[family->tensor] = true;
    }
    return true;
}

/* A tensor that no loop repeats but that the block moves more often than its region is large: passes one after another.
 */
static void find_passes(KernelShape *s, const ShapeType *type, const bool *is_done) {
    for (int t = 0; t < s->program->tensor_count; t++) {
        ShapeRegion all = {0};
        int family = -1;
        for (int f = 0; f < s->family_count; f++) {
            if (s->families[f].tensor != t || !type->regions[f].accessed_bytes) continue;
            widen(&all, &type->regions[f]);
            family = f;
        }
        if (family < 0 || is_done[t] || all.accessed_bytes <= region_bytes(s, family, &all)) continue;
        uint64_t own_bytes = is_private(s, &s->families[family]) ? region_bytes(s, family, &all) : 0;
        note_again(&s->again[t], own_bytes, sum_regions(s, type->regions, true));
    }
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

/* ---- types of blocks ---- */

static bool add_type(KernelShape *s, uint32_t number, uint64_t runs, uint32_t *type_of_node) {
    if (type_of_node[number]) {
        s->types[type_of_node[number] - 1].block_count += runs;
        return true;
    }
    if (s->type_count == SHAPE_TYPES_MAX) return false;
    ShapeType *type = &s->types[s->type_count++];
    type_of_node[number] = s->type_count;
    *type = (ShapeType){.node = number, .block_count = runs};
    bool is_done[PROGRAM_TENSORS_MAX] = {false};
    if (!collect(s, number, (Ranges){0}, 1, type->regions) || !find_again(s, number, is_done)) return false;
    find_passes(s, type, is_done);
    uint64_t move_count = 0;
    for (int f = 0; f < s->family_count; f++) move_count += type->regions[f].move_count;
    s->round_count = max_u64(s->round_count, move_count);
    return true;
}

static bool add_types(KernelShape *s, NodeList list, uint64_t runs, uint32_t *type_of_node) {
    for (uint32_t i = 0; i < list.count; i++) {
        const ProgramNode *node = list_node(s->program, list, i);
        uint32_t number = s->program->children[list.first + i].node;
        if (node->is_block && !add_type(s, number, runs, type_of_node)) return false;
        if (!node->is_block &&
            !add_types(s, children_of(node), node->kind == NODE_LOOP ? runs * node->trip_count : runs, type_of_node))
            return false;
    }
    return true;
}

static uint32_t count_block_nodes(const Program *program, NodeList list) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.count && count <= SHAPE_TYPES_MAX; i++) {
        const ProgramNode *node = list_node(program, list, i);
        count += node->is_block ? 1 : count_block_nodes(program, children_of(node));
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
    return is_cut ? family->region_bytes / repeats : slices * region_bytes(s, f, hull);
}

/* Lines that parts of rows take, per byte moved: 32 bytes out of a longer row take a line of 128. */
static double line_room(const KernelShape *s, const ShapeFamily *family, uint64_t cols, bool is_whole) {
    const Tensor *tensor = &s->program->tensors[family->tensor];
    uint64_t row_bytes = cols * tensor->elem_bytes;
    return is_whole ? 1 : (double)(ceil_div(row_bytes, L2_LINE_BYTES) * L2_LINE_BYTES) / (double)row_bytes;
}

static bool sum_family(KernelShape *s, int f) {
    ShapeFamily *family = &s->families[f];
    ShapeRegion all = {0};
    StepKind kind = STEP_LOAD;
    for (uint32_t i = 0; i < s->type_count; i++) {
        const ShapeRegion *region = &s->types[i].regions[f];
        if (!region->accessed_bytes) continue;
        uint64_t bytes = region_bytes(s, f, region);
        if (region->accessed_bytes < bytes) return false; /* gaps */
        family->accessed_bytes += region->accessed_bytes * s->types[i].block_count;
        family->region_bytes += bytes * s->types[i].block_count;
        family->block_move_max = max_u64(family->block_move_max, region->move_count);
        family->block_region_min_bytes = min_u64(family->block_region_min_bytes, bytes);
        family->block_region_max_bytes = max_u64(family->block_region_max_bytes, bytes);
        if (!all.accessed_bytes && first_kind(s->program, s->types[i].node, family->tensor, &kind) &&
            kind == STEP_STORE)
            s->again[family->tensor].is_store_first = true;
        widen(&all, region);
    }
    family->unique_bytes = unique_bytes(s, f, &all);
    uint64_t hull_cols = all.col_end - all.col_first, tensor_cols = s->program->tensors[family->tensor].cols;
    bool is_cut = is_grid_axis(s, family->col_axis);
    family->line_room =
        line_room(s, family, min_u64(hull_cols, family->tile_cols_min), !is_cut && hull_cols == tensor_cols);
    family->tile_room = line_room(s, family, family->tile_cols_min, family->tile_cols_min == tensor_cols);
    return true;
}

bool dram_shape_of(const Program *program, int kernel, KernelShape *s, Arena *arena) {
    const Kernel *k = &program->kernels[kernel];
    NodeList grid = children_of(&program->nodes[k->node]);
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

/* ---- questions ---- */

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

/* State of a walk over the rows of the grid: blocks that follow each other along the fastest axis. */
typedef struct Rows {
    const KernelShape *s;
    int family;
    uint64_t block; /* number of the next row's first block */
    uint64_t slow_index[SHAPE_DIMS_MAX];
    bool has_last;
    uint64_t last_key, last_wave, last_first, last_end;
    uint64_t element_count, bytes;
} Rows;

/* What identifies the row's tiles: its indices on the axes that the family's place depends on. */
static uint64_t row_key(const Rows *r) {
    const ShapeFamily *family = &r->s->families[r->family];
    uint64_t key = 0, group = r->s->program->scenario.head_count / r->s->program->scenario.kv_head_count;
    int raw = 0; /* heads are one level of the walk, two dims */
    for (int d = 0; d + 1 < r->s->dim_count; d++) {
        uint64_t index = r->slow_index[raw];
        bool is_split = r->s->dims[d].axis == AXIS_HEAD && r->s->dims[d + 1].axis == SHAPE_AXIS_GROUP;
        if (is_split)
            index /= group;
        else if (r->s->dims[d].axis == SHAPE_AXIS_GROUP)
            index %= group;
        if (family->dim_mask >> r->s->dims[d].axis & 1) key = key * r->s->dims[d].trip_count + index;
        if (!is_split) raw++;
    }
    return key;
}

/* Blocks [first, first + count) of one type, in one wave or several. */
static void add_blocks(Rows *r, const ShapeRegion *region, uint64_t first, uint64_t count, uint64_t key) {
    if (!region->accessed_bytes) return;
    uint64_t row_bytes = (region->col_end - region->col_first) * region->slices * elem_bytes(r->s, r->family);
    uint64_t wave_last = (first + count - 1) / r->s->slot_count;
    for (uint64_t wave = first / r->s->slot_count; wave <= wave_last; wave++) {
        uint64_t row_first = region->row_first, row_end = region->row_end, known = 0;
        if (r->has_last && r->last_key == key && r->last_wave == wave) {
            known = r->last_end - r->last_first;
            row_first = min_u64(row_first, r->last_first);
            row_end = max_u64(row_end, r->last_end);
        }
        r->bytes += (row_end - row_first - known) * row_bytes;
        r->has_last = true;
        r->last_key = key;
        r->last_wave = wave;
        r->last_first = row_first;
        r->last_end = row_end;
    }
}

static const ShapeType *type_of(const KernelShape *s, uint32_t node) {
    uint32_t low = 0;
    while (low < s->type_count && s->types[low].node != node) low++;
    return &s->types[low];
}

static void add_row(Rows *r, NodeList list) {
    const Program *program = r->s->program;
    uint64_t key = row_key(r);
    const ShapeType *type = NULL;
    for (uint32_t i = 0; i < list.count; i++) {
        const ProgramNode *node = list_node(program, list, i);
        for (uint32_t c = 0; c < node->child_count; c++, r->element_count++) {
            uint32_t block_node = program->children[node->child_first + c].node;
            /* types stand in the order in which a row meets them */
            if (type && type + 1 < r->s->types + r->s->type_count && type[1].node == block_node)
                type++;
            else if (!type || type->node != block_node)
                type = type_of(r->s, block_node);
            uint64_t blocks = node->kind == NODE_LOOP ? node->trip_count : 1;
            add_blocks(r, &type->regions[r->family], r->block, blocks, key);
            r->block += blocks;
        }
    }
}

static bool walk_rows(Rows *r, NodeList list, int depth, int fast_depth) {
    if (depth == fast_depth) {
        add_row(r, list);
        return r->element_count <= ROW_ELEMENTS_MAX;
    }
    uint64_t index = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const ProgramNode *node = list_node(r->s->program, list, i);
        for (uint64_t trip = 0; trip < node->trip_count; trip++, index++) {
            r->slow_index[depth] = index;
            if (!walk_rows(r, children_of(node), depth + 1, fast_depth)) return false;
        }
    }
    return true;
}

bool dram_shape_wave_bytes(const KernelShape *s, int family, uint64_t *bytes) {
    const ShapeFamily *f = &s->families[family];
    const ShapeDim *fast = &s->dims[s->dim_count - 1];
    if (s->dim_count == 0 || f->dim_mask >> fast->axis & 1) return false;
    /* Hulls of rows are united, if blocks walk them in step: all from the same row on. Columns are the same in all. */
    for (uint32_t i = 0; i < s->type_count; i++)
        if (s->types[i].regions[family].accessed_bytes &&
            (s->types[i].regions[family].col_first != 0 ||
             s->types[i].regions[family].row_first != s->types[0].regions[family].row_first ||
             s->types[i].regions[family].col_end != s->types[0].regions[family].col_end))
            return false;
    int raw_dims = s->dim_count;
    for (int d = 0; d < s->dim_count; d++) raw_dims -= s->dims[d].axis == SHAPE_AXIS_GROUP;
    if (fast->axis == SHAPE_AXIS_GROUP) return false;
    Rows rows = {.s = s, .family = family};
    if (!walk_rows(&rows, children_of(&s->program->nodes[s->program->kernels[s->kernel].node]), 0, raw_dims - 1))
        return false;
    *bytes = rows.bytes;
    return true;
}

bool dram_shape_repeat_bytes(const KernelShape *s, int family, int dim, uint64_t *bytes) {
    const ShapeFamily *f = &s->families[family];
    int slowest = dim; /* of the axes next to each other that the tiles do not depend on */
    while (slowest > 0 && !(f->dim_mask >> s->dims[slowest - 1].axis & 1)) slowest--;
    for (int d = 0; d < s->dim_count; d++) {
        bool should_depend = d < slowest || d > dim;
        if (s->dims[d].trip_count > 1 && should_depend != (f->dim_mask >> s->dims[d].axis & 1)) return false;
    }
    uint64_t period = s->dims[dim].stride_blocks, group = s->dims[slowest].stride_blocks * s->dims[slowest].trip_count;
    if (f->block_region_min_bytes != f->block_region_max_bytes || s->block_count / group > ROW_ELEMENTS_MAX)
        return false;
    *bytes = 0;
    for (uint64_t first = 0; first < s->block_count; first += group) /* what each wave holds of each group */
        for (uint64_t block = first; block < first + group;) {
            uint64_t end = min_u64(first + group, (block / s->slot_count + 1) * s->slot_count);
            *bytes += min_u64(end - block, period) * f->block_region_max_bytes;
            block = end;
        }
    return true;
}
