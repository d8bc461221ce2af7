/* Hulls of what loops move, tensor by tensor: see dram_region.h. */
#include "sim/memory/dram_region.h"

#include "sim/base/checked.h"

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

uint64_t dram_region_elem_bytes(const KernelShape *s, int family) {
    return s->program->tensors[s->families[family].tensor].elem_bytes;
}

uint64_t dram_region_bytes(const KernelShape *s, int family, const ShapeRegion *r) {
    return r->accessed_bytes ? (r->row_end - r->row_first) * (r->col_end - r->col_first) * r->slices *
                                   dram_region_elem_bytes(s, family)
                             : 0;
}

/* Axis indices on the way down. */
typedef struct Ranges {
    uint64_t first[AXIS_COUNT], last[AXIS_COUNT];
    unsigned set; /* axes of loops on the way down */
} Ranges;

void dram_region_widen(ShapeRegion *to, const ShapeRegion *by) {
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
    uint64_t tile_bytes = leaf->rows * leaf->cols * dram_region_elem_bytes(s, f);
    ShapeRegion region = {.accessed_bytes = tile_bytes * runs, .move_count = runs, .slices = 1};
    axis_range(ranges, leaf->row_axis, leaf->row_stride, leaf->rows, &region.row_first, &region.row_end);
    axis_range(ranges, leaf->col_axis, leaf->col_stride, leaf->cols, &region.col_first, &region.col_end);
    if (leaf->slice_axis != AXIS_NONE && ranges->set >> leaf->slice_axis & 1)
        region.slices = ranges->last[leaf->slice_axis] - ranges->first[leaf->slice_axis] + 1;
    s->families[f].tile_max_bytes = max_u64(s->families[f].tile_max_bytes, tile_bytes);
    s->families[f].tile_cols_min = min_u64(s->families[f].tile_cols_min, leaf->cols);
    dram_region_widen(&regions[f], &region);
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

bool dram_region_collect(KernelShape *s, uint32_t node, ShapeRegion *regions) {
    return collect(s, node, (Ranges){0}, 1, regions);
}
