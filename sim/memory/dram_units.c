/* Greatest common divisors of tiles: see dram_units.h. */
#include "sim/memory/dram_units.h"

#include "sim/base/checked.h"
#include "sim/memory/l2.h"

/* What cuts a side of `length` into tiles of `extent` at multiples of `stride`; a ragged last tile cuts nothing new. */
static uint64_t cut(uint64_t unit, uint64_t length, Axis axis, uint64_t stride, uint64_t extent) {
    if (axis != AXIS_NONE) unit = gcd_u64(unit, stride);
    bool is_whole = axis == AXIS_NONE && extent == length,
         is_tail = axis != AXIS_NONE && stride && extent == length % stride;
    return is_whole || is_tail ? unit : gcd_u64(unit, extent);
}

/* A divisor of `side`, of which each is other_bytes, that comes to no more than an entry of the list holds
 * (tile_lru.h); 1 where none does. */
static uint64_t narrowed(uint64_t side, uint64_t other_bytes) {
    for (uint64_t part = 2; side > 1 && side * other_bytes > UINT32_MAX;)
        if (side % part == 0)
            side /= part;
        else
            part++;
    return side;
}

/* Any divisor of a unit is a unit too. */
static void narrow(DramUnits *u, uint64_t elem_bytes) {
    u->rows = narrowed(u->rows, u->cols * elem_bytes);
    u->cols = narrowed(u->cols, u->rows * elem_bytes);
}

void dram_units(const Program *program, KernelRange range, DramUnits units[PROGRAM_TENSORS_MAX], uint64_t *unit_count) {
    for (int t = 0; t < program->tensor_count; t++) units[t] = (DramUnits){0};
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || node->kernel < range.first || node->kernel > range.last) continue;
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        if (leaf->tensor == TENSOR_NONE) continue;
        const Tensor *tensor = &program->tensors[leaf->tensor];
        DramUnits *u = &units[leaf->tensor];
        u->rows = cut(u->rows, tensor->rows, leaf->row_axis, leaf->row_stride, leaf->rows);
        u->cols = cut(u->cols, tensor->cols, leaf->col_axis, leaf->col_stride, leaf->cols);
    }
    *unit_count = 0;
    for (int t = 0; t < program->tensor_count; t++) {
        const Tensor *tensor = &program->tensors[t];
        if (!tensor->is_accessed) continue;
        if (!units[t].rows) units[t].rows = tensor->rows; /* only ever whole, or never touched */
        if (!units[t].cols) units[t].cols = tensor->cols;
        narrow(&units[t], tensor->elem_bytes);
        units[t].row_count = ceil_div(tensor->rows, units[t].rows);
        units[t].col_count = ceil_div(tensor->cols, units[t].cols);
        units[t].first = *unit_count;
        *unit_count += tensor->slice_count * units[t].row_count * units[t].col_count;
    }
}

/* Where a leaf's tiles start and end, in bytes: all are multiples of the lowest bit that is set in the result. */
static uint64_t tile_step_bits(const Tensor *tensor, const ProgramLeaf *leaf) {
    uint64_t pitch_bytes = tensor->cols * tensor->elem_bytes, bits = tensor->base_bytes;
    if (tensor->slice_count > 1) bits |= tensor->rows * pitch_bytes;
    if (leaf->row_axis != AXIS_NONE) bits |= leaf->row_stride * pitch_bytes;
    if (leaf->cols == tensor->cols) return bits | leaf->rows * pitch_bytes;
    if (leaf->col_axis != AXIS_NONE) bits |= leaf->col_stride * tensor->elem_bytes;
    return bits | pitch_bytes | leaf->cols * tensor->elem_bytes;
}

uint64_t dram_tile_lines(const Tensor *tensor, const ProgramLeaf *leaf) {
    uint64_t bits = tile_step_bits(tensor, leaf), lines = L2_HOME_LINES;
    while (lines > 1 && bits % (lines * L2_LINE_BYTES)) lines /= 2;
    return lines;
}

static const uint64_t GRANULE_LINES_MIN = 8; /* smaller ones cost more than they save */

/* Lines that nine tenths of the moved sectors come in: what is left costs time, not exactness. */
uint64_t dram_granule_lines(const Program *program, Arena *arena) {
    double sectors[L2_HOME_LINES + 1] = {0}, all_sectors = 0, whole_sectors = 0;
    uint64_t *runs = ARENA_ARRAY(arena, uint64_t, program->node_count), lines = L2_HOME_LINES;
    program_run_counts(program, runs);
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || program->leaves[node->leaf].tensor == TENSOR_NONE) continue;
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        double moved = (double)runs[n] * (double)(node->total.value[COUNTER_L1_READ_SECTORS] +
                                                  node->total.value[COUNTER_L1_WRITE_SECTORS]);
        sectors[dram_tile_lines(&program->tensors[leaf->tensor], leaf)] += moved;
        all_sectors += moved;
    }
    for (; lines > 1 && (whole_sectors += sectors[lines]) < 0.9 * all_sectors;) lines /= 2;
    return lines < GRANULE_LINES_MIN ? 1 : lines;
}
