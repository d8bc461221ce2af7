/* Sentences about steps: see narrate.h. */
#include "viz/narrate.h"

#include "sim/units.h"

uint64_t narrate_moved_bytes(const ReplayState *state) {
    return state->delta->value[COUNTER_ISSUED_READ_BYTES] + state->delta->value[COUNTER_ISSUED_WRITE_BYTES];
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

static const char *move_text(const Program *program, const ReplayState *state, Arena *arena) {
    const ProgramLeaf *leaf = state->leaf;
    const Tensor *tensor = &program->tensors[leaf->tensor];
    const Buffer *buffer = leaf->buffer == BUFFER_NONE ? NULL : &program->kernels[state->kernel].buffers[leaf->buffer];
    const char *on_chip = !buffer ? "the chip" : buffer->is_register ? "registers" : "SRAM";
    const char *tile = tile_text(program, state, tensor, arena);
    const char *bytes = arena_copy_text(arena, units_kib(narrate_moved_bytes(state)).text);
    if (leaf->is_uncounted)
        return arena_format(arena, "%s %s%s: %s; the published count leaves this out.",
                            leaf->kind == STEP_LOAD ? "Load" : "Store", tensor->name, tile, leaf->what);
    switch (leaf->kind) {
    case STEP_LOAD:
        return arena_format(arena, "Load %s%s into %s, %s: %s.", tensor->name, tile, on_chip, bytes, leaf->what);
    case STEP_ATOMIC:
        return arena_format(arena, "Add into %s%s atomically, %s read and written: %s.", tensor->name, tile, bytes,
                            leaf->what);
    default: return arena_format(arena, "Store %s%s to HBM, %s: %s.", tensor->name, tile, bytes, leaf->what);
    }
}

static const char *compute_text(const ReplayState *state, Arena *arena) {
    const ProgramLeaf *leaf = state->leaf;
    const uint64_t *value = state->delta->value;
    const char *work = "on chip";
    if (value[COUNTER_FLOPS])
        work = arena_copy_text(arena, units_flops(value[COUNTER_FLOPS]).text);
    else if (value[COUNTER_EXP_COUNT])
        work = arena_format(arena, "%s exponentials", units_exact(value[COUNTER_EXP_COUNT]).text);
    return arena_format(arena, "%s, for a tile of %s × %s: %s, and no byte leaves the chip.", leaf->what,
                        units_exact(leaf->rows).text, units_exact(leaf->cols).text, work);
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
