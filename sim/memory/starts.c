/* How often a leaf's tile starts at each byte of a sector, from the leaf up to the root: see starts.h. */
#include "sim/memory/starts.h"

#include <string.h>

#include "sim/memory/warp.h"

enum { STARTS = WARP_SECTOR_BYTES };

/* count[b]: iterations whose tile starts at byte b of a sector. */
typedef struct Starts {
    uint64_t count[STARTS];
} Starts;

typedef struct Search {
    const Program *program;
    const ProgramLeaf *leaf;
    const Tensor *tensor;
    Starts *starts; /* by node */
    bool *is_above; /* by node: the leaf lies below it, or is it */
} Search;

/* What index `i` of an axis adds to the tile's address; only its remainder by 32 is used, so it may wrap. */
static uint64_t offset_bytes(const Search *f, Axis axis, uint64_t i) {
    if (axis == AXIS_NONE) return 0;
    const Scenario *s = &f->program->scenario;
    const Tensor *tensor = f->tensor;
    const ProgramLeaf *leaf = f->leaf;
    uint64_t pitch_bytes = tensor->cols * tensor->elem_bytes, slice = 0, offset = 0;
    if (axis == AXIS_BATCH && tensor->sharing != TENSOR_SHARED)
        slice += i * (tensor->sharing == TENSOR_PER_HEAD ? s->head_count : tensor->sharing == TENSOR_PER_KV_HEAD ? s->kv_head_count : 1);
    if (axis == AXIS_HEAD && tensor->sharing == TENSOR_PER_HEAD) slice += i;
    if (axis == AXIS_HEAD && tensor->sharing == TENSOR_PER_KV_HEAD) slice += i / (s->head_count / s->kv_head_count);
    if (axis == leaf->slice_axis) slice += i;
    if (axis == leaf->row_axis) offset += i * leaf->row_stride * pitch_bytes;
    if (axis == leaf->col_axis) offset += i * leaf->col_stride * tensor->elem_bytes;
    return offset + slice * tensor->rows * pitch_bytes;
}

static void add_shifted(Starts *sum, const Starts *one, uint64_t offset, uint64_t times) {
    for (unsigned b = 0; b < STARTS; b++) sum->count[(b + offset) % STARTS] += one->count[b] * times;
}

/* Trips of a loop by what they add to the start. Along an axis of equal strides 32 trips come round to the same start. */
static Starts trips_by_offset(const Search *f, const ProgramNode *node) {
    Starts trips = {{0}};
    bool is_even = !node->index_table && node->axis != AXIS_HEAD;
    uint64_t rounds = is_even ? node->trip_count / STARTS : 0;
    if (rounds)
        for (uint64_t i = 0; i < STARTS; i++) trips.count[offset_bytes(f, node->axis, program_index(node, i)) % STARTS] += rounds;
    for (uint64_t i = rounds * STARTS; i < node->trip_count; i++)
        trips.count[offset_bytes(f, node->axis, program_index(node, i)) % STARTS]++;
    return trips;
}

static void add_loop(Search *f, const ProgramNode *node, Starts *sum) {
    Starts body = {{0}};
    for (uint32_t c = 0; c < node->child_count; c++) {
        uint32_t child = f->program->children[node->child_first + c].node;
        if (f->is_above[child]) add_shifted(&body, &f->starts[child], 0, 1);
    }
    Starts trips = trips_by_offset(f, node);
    for (uint64_t offset = 0; offset < STARTS; offset++)
        if (trips.count[offset]) add_shifted(sum, &body, offset, trips.count[offset]);
}

static void add_vloop(Search *f, const ProgramNode *node, Starts *sum) {
    for (uint32_t c = 0; c < node->child_count; c++) {
        uint32_t child = f->program->children[node->child_first + c].node;
        if (f->is_above[child]) add_shifted(sum, &f->starts[child], offset_bytes(f, node->axis, program_index(node, c)), 1);
    }
}

static bool has_leaf_below(const Search *f, const ProgramNode *node) {
    for (uint32_t c = 0; c < node->child_count; c++)
        if (f->is_above[f->program->children[node->child_first + c].node]) return true;
    return false;
}

/* Children stand before their parents. */
static Starts starts_of(Search *f, uint32_t leaf_node) {
    const Program *program = f->program;
    memset(f->is_above, 0, program->node_count * sizeof *f->is_above);
    f->starts[leaf_node] = (Starts){{1}};
    f->is_above[leaf_node] = true;
    for (uint32_t n = leaf_node + 1; n <= program->root; n++) {
        const ProgramNode *node = &program->nodes[n];
        f->is_above[n] = has_leaf_below(f, node);
        if (!f->is_above[n]) continue;
        f->starts[n] = (Starts){{0}};
        if (node->kind == NODE_LOOP) add_loop(f, node, &f->starts[n]);
        else add_vloop(f, node, &f->starts[n]);
    }
    return f->is_above[program->root] ? f->starts[program->root] : (Starts){{0}};
}

static uint64_t leaf_sectors(Search *f, uint32_t leaf_node) {
    Starts starts = starts_of(f, leaf_node);
    const ProgramLeaf *leaf = f->leaf;
    WarpTile tile = {.pitch_bytes = f->tensor->cols * f->tensor->elem_bytes, .rows = leaf->rows,
                     .row_bytes = leaf->cols * f->tensor->elem_bytes, .lane_bytes = leaf->lane_bytes};
    uint64_t sum = 0;
    for (tile.base_bytes = 0; tile.base_bytes < STARTS; tile.base_bytes++)
        if (starts.count[tile.base_bytes]) sum += starts.count[tile.base_bytes] * warp_tile_sectors(&tile);
    return sum;
}

uint64_t *starts_sectors(const Program *program, Arena *arena) {
    if (program->node_count > STARTS_NODES_MAX) return NULL;
    uint64_t *sectors = ARENA_ARRAY(arena, uint64_t, program->node_count);
    Search f = {.program = program, .starts = ARENA_ARRAY(arena, Starts, program->node_count),
                .is_above = ARENA_ARRAY(arena, bool, program->node_count)};
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || program->leaves[node->leaf].tensor == TENSOR_NONE) continue;
        f.leaf = &program->leaves[node->leaf];
        f.tensor = &program->tensors[f.leaf->tensor];
        if (program_starts_on_sectors(f.tensor, f.leaf)) continue;
        sectors[n] = leaf_sectors(&f, n);
    }
    return sectors;
}
