/* Counting wave by wave, without a wave's accesses: see dram_waves.h. */
#include "sim/memory/dram_waves.h"

#include "sim/base/checked.h"
#include "sim/memory/dram_region.h"
#include "sim/memory/dram_tree.h"

static const uint64_t ROW_ELEMENTS_MAX = 1 << 22; /* some milliseconds */

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
    uint64_t row_bytes =
        (region->col_end - region->col_first) * region->slices * dram_region_elem_bytes(r->s, r->family);
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
        const ProgramNode *node = tree_node(program, list, i);
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
        const ProgramNode *node = tree_node(r->s->program, list, i);
        for (uint64_t trip = 0; trip < node->trip_count; trip++, index++) {
            r->slow_index[depth] = index;
            if (!walk_rows(r, tree_children(node), depth + 1, fast_depth)) return false;
        }
    }
    return true;
}

bool dram_waves_bytes(const KernelShape *s, int family, uint64_t *bytes) {
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
    if (!walk_rows(&rows, tree_children(&s->program->nodes[s->program->kernels[s->kernel].node]), 0, raw_dims - 1))
        return false;
    *bytes = rows.bytes;
    return true;
}

bool dram_waves_repeat_bytes(const KernelShape *s, int family, int dim, uint64_t *bytes) {
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
