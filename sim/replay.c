/* Descending a program tree to any step: see replay.h. */
#include "sim/replay.h"

#include <assert.h>
#include <string.h>

#include "sim/memory/starts.h"

/* The last child whose running sum of `id` is at or below `rest`. Children that add nothing are stepped over. */
static uint32_t find_child(const Program *program, const ProgramNode *node, CounterId id, uint64_t rest) {
    const ProgramChild *children = program->children + node->child_first;
    uint32_t low = 0, high = node->child_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (children[middle].before.value[id] <= rest)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Follows counter `id` down to the leaf during which it rises past `rest`. The rest is kept in a register of its own:
 * reading it back from state->before would make every level wait for the sums of the level above. */
static void descend(const Program *program, CounterId id, uint64_t rest, ReplayState *state) {
    state->before = (Counters){0};
    memset(state->index, 0, sizeof state->index);
    state->kernel = -1;
    state->depth = 0; /* the path above it is left as it was: clearing it would cost as much as the descent */
    uint32_t number = program->root;
    const ProgramNode *node = &program->nodes[number];
    for (; node->kind != NODE_LEAF; node = &program->nodes[number]) {
        if (node->is_block && id == COUNTER_BLOCK_COUNT) { /* no step in it counts blocks: go to its first */
            id = COUNTER_STEP_COUNT;
            rest = 0;
        }
        uint64_t iteration = 0;
        if (node->kind == NODE_LOOP && node->trip_count > 1) {
            iteration = rest / node->iteration.value[id];
            rest -= iteration * node->iteration.value[id];
            if (iteration) counters_add_times(&state->before, &node->iteration, iteration);
        }
        uint32_t child = node->child_count > 1 ? find_child(program, node, id, rest) : 0;
        const ProgramChild *next = &program->children[node->child_first + child];
        if (child) counters_add(&state->before, &next->before);
        rest -= next->before.value[id];
        if (node->kind == NODE_VLOOP) iteration = child;
        if (node->axis != AXIS_NONE) state->index[node->axis] = program_index(node, iteration);
        assert(state->depth < REPLAY_DEPTH_MAX);
        state->path[state->depth++] = (ReplayLevel){number, child, iteration};
        number = next->node;
    }
    state->kernel = node->kernel;
    state->leaf = &program->leaves[node->leaf];
    state->delta = node->total;
    state->step_index = state->before.value[COUNTER_STEP_COUNT];
    if (program->has_ragged_tiles) starts_add(program, state);
}

void replay_seek(const Program *program, uint64_t step_index, ReplayState *state) {
    assert(step_index < program_total(program)->value[COUNTER_STEP_COUNT]);
    descend(program, COUNTER_STEP_COUNT, step_index, state);
}

static bool counts_sectors(CounterId id) {
    return id == COUNTER_L1_READ_SECTORS || id == COUNTER_L1_WRITE_SECTORS || id == COUNTER_L2_READ_BYTES ||
           id == COUNTER_L2_WRITE_BYTES;
}

/* The last step before which counter `id` is at or below `value`, by halving: trips of a loop differ where tiles start
 * inside sectors, so no division finds the trip. */
static void seek_by_halves(const Program *program, CounterId id, uint64_t value, ReplayState *state) {
    uint64_t low = 0, high = program_total(program)->value[COUNTER_STEP_COUNT];
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        replay_seek(program, middle, state);
        if (state->before.value[id] <= value)
            low = middle;
        else
            high = middle;
    }
    replay_seek(program, low, state);
}

bool replay_seek_counter(const Program *program, CounterId id, uint64_t value, ReplayState *state) {
    assert(id < COUNTER_TREE_COUNT);
    if (value >= program_total(program)->value[id]) return false;
    if (program->has_ragged_tiles && counts_sectors(id))
        seek_by_halves(program, id, value, state);
    else
        descend(program, id, value, state);
    return true;
}

/* Where the tile lies. */

static uint64_t place_slice(const Program *program, const Tensor *tensor, const ProgramLeaf *leaf,
                            const uint64_t index[AXIS_COUNT]) {
    const Scenario *s = &program->scenario;
    uint64_t slice = 0;
    switch (tensor->sharing) {
    case TENSOR_PER_HEAD: slice = index[AXIS_BATCH] * s->head_count + index[AXIS_HEAD]; break;
    case TENSOR_PER_KV_HEAD:
        slice = index[AXIS_BATCH] * s->kv_head_count + index[AXIS_HEAD] / (s->head_count / s->kv_head_count);
        break;
    case TENSOR_PER_BATCH: slice = index[AXIS_BATCH]; break;
    case TENSOR_SHARED: break;
    }
    return leaf->slice_axis == AXIS_NONE ? slice : slice + index[leaf->slice_axis];
}

TilePlace replay_place(const Program *program, const ProgramLeaf *leaf, const uint64_t index[AXIS_COUNT]) {
    TilePlace place = {0};
    if (leaf->row_axis != AXIS_NONE) place.row_first = index[leaf->row_axis] * leaf->row_stride;
    if (leaf->col_axis != AXIS_NONE) place.col_first = index[leaf->col_axis] * leaf->col_stride;
    if (leaf->tensor != TENSOR_NONE) place.slice = place_slice(program, &program->tensors[leaf->tensor], leaf, index);
    return place;
}

TilePlace replay_tile(const Program *program, const ReplayState *state) {
    return replay_place(program, state->leaf, state->index);
}

/* What the block holds. */

/* Goes down from `number` to its last leaf that fills `buffer`, setting the loop indices on the way. */
static const ProgramLeaf *last_fill(const Program *program, uint32_t number, int buffer, uint64_t index[AXIS_COUNT]) {
    for (;;) {
        const ProgramNode *node = &program->nodes[number];
        if (node->kind == NODE_LEAF) return &program->leaves[node->leaf];
        uint32_t child = node->child_count;
        while (child-- > 0)
            if (program->nodes[program->children[node->child_first + child].node].buffer_mask >> buffer & 1) break;
        uint64_t iteration = node->kind == NODE_VLOOP ? child : node->trip_count - 1;
        if (node->axis != AXIS_NONE) index[node->axis] = program_index(node, iteration);
        number = program->children[node->child_first + child].node;
    }
}

/* The newest fill of `buffer` at or before the state, in the same block; NULL where there is none. */
static const ProgramLeaf *find_fill(const Program *program, const ReplayState *state, int buffer,
                                    uint64_t index[AXIS_COUNT]) {
    memcpy(index, state->index, sizeof state->index);
    if (state->leaf->buffer == buffer) return state->leaf;
    for (int level = state->depth; level-- > 0;) {
        const ReplayLevel *here = &state->path[level];
        const ProgramNode *node = &program->nodes[here->node];
        if (!(node->buffer_mask >> buffer & 1)) goto above;
        for (uint32_t child = here->child; child-- > 0;) { /* earlier children: of a VLOOP, earlier iterations */
            uint32_t number = program->children[node->child_first + child].node;
            if (!(program->nodes[number].buffer_mask >> buffer & 1)) continue;
            if (node->kind == NODE_VLOOP && node->axis != AXIS_NONE) index[node->axis] = program_index(node, child);
            return last_fill(program, number, buffer, index);
        }
        if (node->kind == NODE_LOOP && here->iteration > 0) {
            uint32_t child = node->child_count;
            while (child-- > 0)
                if (program->nodes[program->children[node->child_first + child].node].buffer_mask >> buffer & 1) break;
            if (node->axis != AXIS_NONE) index[node->axis] = program_index(node, here->iteration - 1);
            return last_fill(program, program->children[node->child_first + child].node, buffer, index);
        }
    above:
        if (node->is_block) return NULL;
    }
    return NULL;
}

void replay_residency(const Program *program, const ReplayState *state, Residency *residency) {
    *residency = (Residency){0};
    const Kernel *kernel = &program->kernels[state->kernel];
    for (int buffer = 0; buffer < kernel->buffer_count; buffer++) {
        uint64_t index[AXIS_COUNT];
        const ProgramLeaf *leaf = find_fill(program, state, buffer, index);
        if (!leaf) continue;
        TilePlace place = replay_place(program, leaf, index);
        residency->is_loaded[buffer] = true;
        residency->row_first[buffer] = place.row_first;
        residency->col_first[buffer] = place.col_first;
        residency->rows[buffer] = leaf->rows;
        residency->cols[buffer] = leaf->cols;
        uint64_t *used =
            kernel->buffers[buffer].is_register ? &residency->register_used_bytes : &residency->smem_used_bytes;
        *used += leaf->rows * leaf->cols * kernel->buffers[buffer].elem_bytes;
    }
}
