/* One step as text or JSON: see step_output.h. */
#include "viz/cli/step_output.h"

#include <stdio.h>

#include "sim/units.h"
#include "viz/cli/json_out.h"

static const char *const kind_names[STEP_KIND_COUNT] = {"load",    "store", "atomic", "matmul",
                                                        "softmax", "map",   "select"};
static const char *const axis_names[AXIS_COUNT] = {"",        "layer", "batch",  "head", "q_block",
                                                   "k_block", "row",   "column", "split"};

/* The loops around the step, outermost first: "batch 0 head 3 q_block 2". */
static void format_place(const Count *count, const ReplayState *state, char *out, size_t out_bytes) {
    size_t used_bytes = 0;
    out[0] = 0;
    for (int level = 0; level < state->depth && used_bytes < out_bytes; level++) {
        Axis axis = count->program->nodes[state->path[level].node].axis;
        if (axis == AXIS_NONE || (axis == AXIS_LAYER && count->program->scenario.layer_count == 1)) continue;
        used_bytes += (size_t)snprintf(out + used_bytes, out_bytes - used_bytes, "%s%s %llu", used_bytes ? " " : "",
                                       axis_names[axis], (unsigned long long)state->index[axis]);
    }
}

static const Tensor *tensor_of(const Count *count, const ReplayState *state) {
    return state->leaf->tensor == TENSOR_NONE ? NULL : &count->program->tensors[state->leaf->tensor];
}

/* "Q 3 [128:256, 0:64]": tensor, slice, rows, columns; on chip only the tile's shape. */
static void format_tile(const Count *count, const ReplayState *state, char *out, size_t out_bytes) {
    const ProgramLeaf *leaf = state->leaf;
    const Tensor *tensor = tensor_of(count, state);
    TilePlace place = replay_tile(count->program, state);
    if (tensor)
        snprintf(out, out_bytes, "%s %llu [%llu:%llu, %llu:%llu]", tensor->name, (unsigned long long)place.slice,
                 (unsigned long long)place.row_first, (unsigned long long)(place.row_first + leaf->rows),
                 (unsigned long long)place.col_first, (unsigned long long)(place.col_first + leaf->cols));
    else
        snprintf(out, out_bytes, "%llu x %llu", (unsigned long long)leaf->rows, (unsigned long long)leaf->cols);
}

static uint64_t moved_bytes(const ReplayState *state) {
    return state->delta.value[COUNTER_ISSUED_READ_BYTES] + state->delta.value[COUNTER_ISSUED_WRITE_BYTES];
}

static uint64_t after(const ReplayState *state, CounterId id) {
    return state->before.value[id] + state->delta.value[id];
}

void step_print_head(const Count *count, uint64_t first, uint64_t last, Output *output) {
    output_format(output, "%s: steps %s to %s of %s; read and written: so far, this step included\n",
                  count->algorithm->name, units_exact(first).text, units_exact(last).text,
                  units_exact(count->totals.value[COUNTER_STEP_COUNT]).text);
    output_format(output, "%14s  %-16s %-34s %-7s %-28s %9s %10s %10s  %s\n", "step", "kernel", "loops", "kind", "tile",
                  "moved", "read", "written", "what");
}

void step_print_text(const Count *count, const ReplayState *state, Output *output) {
    char place[128], tile[128];
    format_place(count, state, place, sizeof place);
    format_tile(count, state, tile, sizeof tile);
    const char *moved = state->leaf->is_uncounted ? "uncounted"
                        : moved_bytes(state)      ? units_kib(moved_bytes(state)).text
                                                  : "-";
    char moved_text[48];
    snprintf(moved_text, sizeof moved_text, "%s", moved);
    output_format(output, "%14s  %-16s %-34s %-7s %-28s %9s %10s %10s  %s\n", units_exact(state->step_index).text,
                  count->program->kernels[state->kernel].name, place, kind_names[state->leaf->kind], tile, moved_text,
                  units_gb(after(state, COUNTER_ISSUED_READ_BYTES)).text,
                  units_gb(after(state, COUNTER_ISSUED_WRITE_BYTES)).text, state->leaf->what);
}

static json_t *counters_json(const Counters *counters, const Counters *more) {
    json_t *object = json_object();
    for (int i = 0; i < COUNTER_TREE_COUNT; i++)
        json_object_set_new(object, counter_info[i].key,
                            json_out_u64(counters->value[i] + (more ? more->value[i] : 0)));
    return object;
}

static json_t *tile_json(const Count *count, const ReplayState *state) {
    TilePlace place = replay_tile(count->program, state);
    const Tensor *tensor = tensor_of(count, state);
    json_t *tile = json_object();
    json_object_set_new(tile, "tensor", tensor ? json_string(tensor->name) : json_null());
    if (tensor) json_object_set_new(tile, "slice", json_out_u64(place.slice));
    json_object_set_new(tile, "row_first", json_out_u64(place.row_first));
    json_object_set_new(tile, "rows", json_out_u64(state->leaf->rows));
    json_object_set_new(tile, "col_first", json_out_u64(place.col_first));
    json_object_set_new(tile, "cols", json_out_u64(state->leaf->cols));
    return tile;
}

static json_t *loops_json(const Count *count, const ReplayState *state) {
    json_t *loops = json_object();
    for (int level = 0; level < state->depth; level++) {
        Axis axis = count->program->nodes[state->path[level].node].axis;
        if (axis != AXIS_NONE) json_object_set_new(loops, axis_names[axis], json_out_u64(state->index[axis]));
    }
    return loops;
}

void step_print_json(const Count *count, const ReplayState *state, Output *output) {
    const Kernel *kernel = &count->program->kernels[state->kernel];
    json_t *line =
        json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:o, s:b, s:s}", "format", "hbmscope.steps/1", "algorithm",
                  count->algorithm->name, "step", json_out_u64(state->step_index), "kernel", kernel->name, "pass",
                  pass_name(kernel->pass), "loops", loops_json(count, state), "kind", kind_names[state->leaf->kind],
                  "tile", tile_json(count, state), "is_counted", !state->leaf->is_uncounted, "what", state->leaf->what);
    json_object_set_new(line, "delta", counters_json(&state->delta, NULL));
    json_object_set_new(line, "running", counters_json(&state->before, &state->delta));
    json_out_line(output, line);
}
