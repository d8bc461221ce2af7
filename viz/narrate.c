/* Sentences about steps: see narrate.h. */
#include "viz/narrate.h"

#include <string.h>

#include "sim/units.h"

uint64_t narrate_moved_bytes(const ReplayState *state) {
    return state->delta.value[COUNTER_ISSUED_READ_BYTES] + state->delta.value[COUNTER_ISSUED_WRITE_BYTES];
}

/* " rows 128 to 255, columns 0 to 63"; whole extents are left out. */
static const char *tile_text(const Program *program, const ReplayState *state, const Tensor *tensor, Arena *arena) {
    TilePlace place = replay_tile(program, state);
    uint64_t rows = state->leaf->rows, cols = state->leaf->cols;
    const char *text = "";
    if (rows < tensor->rows && rows > 1)
        text = arena_format(arena, " rows %s to %s", units_exact(place.row_first).text,
                            units_exact(place.row_first + rows - 1).text);
    else if (rows < tensor->rows)
        text = arena_format(arena, " row %s", units_exact(place.row_first).text);
    if (cols < tensor->cols)
        text = arena_format(arena, "%s%s columns %s to %s", text, *text ? "," : "", units_exact(place.col_first).text,
                            units_exact(place.col_first + cols - 1).text);
    return text;
}

/* "128 × 64 × 2 B = 16.0 KiB": the arithmetic behind the bytes; a row vector has no second factor. */
static const char *bytes_text(const ReplayState *state, const Tensor *tensor, Arena *arena) {
    uint64_t rows = state->leaf->rows, cols = state->leaf->cols;
    const char *by_cols = cols > 1 ? arena_format(arena, " × %s", units_exact(cols).text) : "";
    return arena_format(arena, "%s%s × %s B = %s", units_exact(rows).text, by_cols,
                        units_exact(tensor->elem_bytes).text, units_kib(rows * cols * tensor->elem_bytes).text);
}

/* "2 × 128 × 128 × 64 = 2.10 MFLOP" */
static const char *work_text(const ReplayState *state, Arena *arena) {
    const ProgramLeaf *leaf = state->leaf;
    const uint64_t *value = state->delta.value;
    if (value[COUNTER_FLOPS])
        return arena_format(arena, "2 × %s × %s × %s = %s", units_exact(leaf->rows).text, units_exact(leaf->cols).text,
                            units_exact(leaf->inner_elems).text, units_flops(value[COUNTER_FLOPS]).text);
    const char *tile = arena_format(arena, "%s × %s", units_exact(leaf->rows).text, units_exact(leaf->cols).text);
    uint64_t scores = leaf->rows * leaf->cols, exps = value[COUNTER_EXP_COUNT];
    if (!exps) return tile;
    const char *rescale = exps > scores ? arena_format(arena, " + %s to rescale", units_exact(exps - scores).text) : "";
    return arena_format(arena, "%s%s = %s exponentials", tile, rescale, units_exact(exps).text);
}

static const char *move_text(const Program *program, const ReplayState *state, Arena *arena) {
    const ProgramLeaf *leaf = state->leaf;
    const Tensor *tensor = &program->tensors[leaf->tensor];
    const Buffer *buffer = leaf->buffer == BUFFER_NONE ? NULL : &program->kernels[state->kernel].buffers[leaf->buffer];
    const char *on_chip = !buffer ? "the chip" : buffer->is_register ? "registers" : "SRAM";
    const char *by = program->kernels[state->kernel].loads_by_tma ? " by TMA" : "";
    const char *tile = tile_text(program, state, tensor, arena);
    const char *bytes = bytes_text(state, tensor, arena);
    if (leaf->is_uncounted)
        return arena_format(arena, "%s %s%s: %s; the published count leaves this out.",
                            leaf->kind == STEP_LOAD ? "Load" : "Store", tensor->name, tile, leaf->what);
    switch (leaf->kind) {
    case STEP_LOAD:
        return arena_format(arena, "Load %s%s into %s%s, %s: %s.", tensor->name, tile, on_chip, by, bytes, leaf->what);
    case STEP_ATOMIC:
        return arena_format(arena, "Add into %s%s atomically, %s read and written: %s.", tensor->name, tile, bytes,
                            leaf->what);
    default: return arena_format(arena, "Store %s%s to HBM, %s: %s.", tensor->name, tile, bytes, leaf->what);
    }
}

static const char *compute_text(const ReplayState *state, Arena *arena) {
    const ProgramLeaf *leaf = state->leaf;
    return arena_format(arena, "%s: %s, and no byte leaves the chip.", leaf->what, work_text(state, arena));
}

const char *narrate_step(const Program *program, const ReplayState *state, Arena *arena) {
    return state->leaf->tensor == TENSOR_NONE ? compute_text(state, arena) : move_text(program, state, arena);
}

const char *narrate_place(const Program *program, const ReplayState *state, Arena *arena) {
    static const char *const names[AXIS_COUNT] = {
        [AXIS_LAYER] = "layer",         [AXIS_BATCH] = "batch",       [AXIS_HEAD] = "head",
        [AXIS_Q_BLOCK] = "query block", [AXIS_K_BLOCK] = "key block", [AXIS_ROW] = "row step",
        [AXIS_COLUMN] = "column step",  [AXIS_SPLIT] = "split"};
    const char *text = "";
    for (int level = 0; level < state->depth; level++) {
        Axis axis = program->nodes[state->path[level].node].axis;
        if (!names[axis] || (axis == AXIS_LAYER && program->scenario.layer_count == 1)) continue;
        text = arena_format(arena, "%s%s%s %s", text, *text ? ", " : "", names[axis],
                            units_exact(state->index[axis]).text);
    }
    return text;
}

const char *narrate_row(const FormulaRow *row, const char *otherwise, Arena *arena) {
    const char *key = counter_info[row->counter].key;
    const char *verb = strstr(key, "read") ? "reads" : strstr(key, "write") ? "writes" : otherwise;
    return arena_format(arena, "%s %s %s", row->kernel, verb, row->tensor);
}
