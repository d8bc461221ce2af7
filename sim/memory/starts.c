/* Excess sectors by start, from the leaves up to the kernel, and along a path back down: see starts.h. */
#include "sim/memory/starts.h"

#include <string.h>

#include "sim/memory/warp.h"

enum { STARTS_MAX = WARP_SECTOR_BYTES, MARK = 16 };

/* start_count is a power of two. */
static unsigned wrap(const StartStream *s, unsigned start) { return start & (s->start_count - 1); }

static const StartNode *node_of(const StartStream *s, uint32_t node) { return &s->nodes[node - s->node_first]; }

/* What an iteration adds to the start. */
static unsigned shift_of(const StartStream *s, const ProgramNode *node, uint64_t iteration) {
    uint64_t index = program_index(node, iteration);
    if (node->axis == AXIS_HEAD) index /= s->heads_per_slice;
    return wrap(s, (unsigned)index * s->step[node->axis]);
}

/* Sums over children. */

static uint64_t children_between(const Program *p, const StartStream *s, const ProgramNode *node, unsigned start,
                                 uint32_t from, uint32_t to) {
    uint64_t sum = 0;
    for (uint32_t c = from; c < to; c++) {
        const uint64_t *total = node_of(s, p->children[node->child_first + c].node)->total;
        unsigned shift = node->kind == NODE_VLOOP ? shift_of(s, node, c) : 0;
        if (total) sum += total[wrap(s, start + shift)];
    }
    return sum;
}

static uint64_t children_before(const Program *p, const StartStream *s, const ProgramNode *node, const uint64_t *marks,
                                unsigned start, uint32_t child) {
    uint32_t mark = marks ? child / MARK : 0;
    uint64_t sum = marks ? marks[mark * s->start_count + start] : 0;
    return sum + children_between(p, s, node, start, mark * MARK, child);
}

/* Sums over trips. */

static uint64_t trips_between(const StartStream *s, const ProgramNode *node, const uint64_t *body, unsigned start,
                              uint64_t from, uint64_t to) {
    uint64_t sum = 0;
    for (uint64_t i = from; i < to; i++) sum += body[wrap(s, start + shift_of(s, node, i))];
    return sum;
}

/* How many of a loop's first trips shift the start by how much. Indices follow each other, so start_count slices on
 * the shifts come round. */
static void count_shifts(const StartStream *s, const ProgramNode *node, uint64_t trip_count,
                         uint64_t shifts[STARTS_MAX]) {
    uint64_t group = node->axis == AXIS_HEAD ? s->heads_per_slice : 1, slice = node->first_index / group;
    uint64_t rounds = trip_count / (group * s->start_count), rest = trip_count % (group * s->start_count);
    unsigned step = s->step[node->axis];
    memset(shifts, 0, s->start_count * sizeof *shifts);
    if (rounds)
        for (unsigned i = 0; i < s->start_count; i++) shifts[wrap(s, i * step)] += rounds * group;
    for (uint64_t left = group - node->first_index % group; rest; left = group) {
        uint64_t trips = left < rest ? left : rest;
        shifts[wrap(s, (unsigned)slice++ * step)] += trips;
        rest -= trips;
    }
}

static uint64_t trips_before(const StartStream *s, const ProgramNode *node, const StartNode *sums, unsigned start,
                             uint64_t trip) {
    if (!s->step[node->axis] || !trip) return sums->body[start] * trip;
    if (node->index_table) {
        uint64_t mark = sums->trip_marks ? trip / MARK : 0;
        uint64_t sum = sums->trip_marks ? sums->trip_marks[mark * s->start_count + start] : 0;
        return sum + trips_between(s, node, sums->body, start, mark * MARK, trip);
    }
    uint64_t shifts[STARTS_MAX], sum = 0;
    count_shifts(s, node, trip, shifts);
    for (unsigned i = 0; i < s->start_count; i++) sum += shifts[i] * sums->body[wrap(s, start + i)];
    return sum;
}

/* The streams of a kernel. */

/* How many slices one more index of an axis goes on by; of the head axis, one more of the heads' slices. */
static uint64_t step_slices(const Scenario *scenario, TensorSharing sharing, Axis axis) {
    bool is_of_heads = sharing == TENSOR_PER_HEAD || sharing == TENSOR_PER_KV_HEAD;
    if (axis == AXIS_HEAD) return is_of_heads;
    if (axis != AXIS_BATCH || sharing == TENSOR_SHARED) return 0;
    if (sharing == TENSOR_PER_BATCH) return 1;
    return sharing == TENSOR_PER_HEAD ? scenario->head_count : scenario->kv_head_count;
}

/* What one more index of an axis adds to a tile's address. */
static uint64_t step_bytes(const Scenario *scenario, const Tensor *tensor, const ProgramLeaf *leaf, Axis axis) {
    if (axis == AXIS_NONE) return 0;
    uint64_t pitch_bytes = tensor->cols * tensor->elem_bytes, step = 0;
    uint64_t slices = step_slices(scenario, tensor->sharing, axis) + (axis == leaf->slice_axis);
    if (tensor->slice_count > 1) step += slices * tensor->rows * pitch_bytes;
    if (axis == leaf->row_axis) step += leaf->row_stride * pitch_bytes;
    if (axis == leaf->col_axis) step += leaf->col_stride * tensor->elem_bytes;
    return step;
}

/* A leaf's stream, as yet without nodes. start_count 1: every tile starts on a sector. */
static StartStream stream_of(const Program *program, uint32_t leaf_number) {
    const ProgramLeaf *leaf = &program->leaves[leaf_number];
    const Scenario *scenario = &program->scenario;
    const Tensor *tensor = &program->tensors[leaf->tensor];
    StartStream s = {.leaf = leaf_number, .is_load = leaf->kind == STEP_LOAD, .heads_per_slice = 1};
    if (tensor->sharing == TENSOR_PER_KV_HEAD) s.heads_per_slice = scenario->head_count / scenario->kv_head_count;
    uint64_t bits = WARP_SECTOR_BYTES;
    for (Axis axis = 0; axis < AXIS_COUNT; axis++) bits |= step_bytes(scenario, tensor, leaf, axis);
    s.grain_bytes = (unsigned)(bits & -bits); /* the lowest bit of all steps */
    s.start_count = WARP_SECTOR_BYTES / s.grain_bytes;
    for (Axis axis = 0; axis < AXIS_COUNT; axis++)
        s.step[axis] = (unsigned)(step_bytes(scenario, tensor, leaf, axis) % WARP_SECTOR_BYTES) / s.grain_bytes;
    return s;
}

static StartStream *find_stream(const Program *p, Kernel *kernel, const StartStream *like, uint32_t node_first,
                                Arena *arena) {
    for (StartStream *s = kernel->streams; s; s = s->next)
        if (p->leaves[s->leaf].tensor == p->leaves[like->leaf].tensor && s->is_load == like->is_load &&
            s->grain_bytes == like->grain_bytes && memcmp(s->step, like->step, sizeof s->step) == 0)
            return s;
    StartStream *s = ARENA_NEW(arena, StartStream);
    *s = *like;
    s->next = kernel->streams;
    s->node_first = node_first;
    s->nodes = ARENA_ARRAY(arena, StartNode, kernel->node + 1 - node_first);
    kernel->streams = s;
    return s;
}

/* Tables, bottom up. */

/* NULL where all starts cost the same. */
static const uint64_t *leaf_excesses(const StartStream *s, const Tensor *tensor, const ProgramLeaf *leaf,
                                     Arena *arena) {
    WarpTile tile = {.pitch_bytes = tensor->cols * tensor->elem_bytes,
                     .rows = leaf->rows,
                     .row_bytes = leaf->cols * tensor->elem_bytes,
                     .lane_bytes = leaf->lane_bytes};
    uint64_t excess[STARTS_MAX] = {0}, even = warp_tile_sectors(&tile), any = 0;
    for (unsigned i = 1; i < s->start_count; i++) {
        tile.base_bytes = i * s->grain_bytes;
        any |= excess[i] = warp_tile_sectors(&tile) - even;
    }
    if (!any) return NULL;
    return memcpy(ARENA_ARRAY(arena, uint64_t, s->start_count), excess, s->start_count * sizeof *excess);
}

static void add_leaf(const Program *p, Kernel *kernel, uint32_t node, uint32_t node_first, Arena *arena) {
    const ProgramLeaf *leaf = &p->leaves[p->nodes[node].leaf];
    if (leaf->tensor == TENSOR_NONE) return;
    StartStream like = stream_of(p, p->nodes[node].leaf);
    if (like.start_count == 1) return;
    const uint64_t *excesses = leaf_excesses(&like, &p->tensors[leaf->tensor], leaf, arena);
    if (excesses) find_stream(p, kernel, &like, node_first, arena)->nodes[node - node_first].total = excesses;
}

static const uint64_t *child_marks(const Program *p, const StartStream *s, const ProgramNode *node, Arena *arena) {
    if (node->child_count < MARK) return NULL;
    uint64_t *marks = ARENA_ARRAY(arena, uint64_t, (node->child_count / MARK + 1) * s->start_count);
    for (uint32_t m = 1; m <= node->child_count / MARK; m++)
        for (unsigned start = 0; start < s->start_count; start++)
            marks[m * s->start_count + start] =
                marks[(m - 1) * s->start_count + start] + children_between(p, s, node, start, (m - 1) * MARK, m * MARK);
    return marks;
}

static const uint64_t *trip_marks(const StartStream *s, const ProgramNode *node, const uint64_t *body, Arena *arena) {
    if (!node->index_table || !s->step[node->axis] || node->trip_count < MARK) return NULL;
    uint64_t *marks = ARENA_ARRAY(arena, uint64_t, (node->trip_count / MARK + 1) * s->start_count);
    for (uint64_t m = 1; m <= node->trip_count / MARK; m++)
        for (unsigned start = 0; start < s->start_count; start++)
            marks[m * s->start_count + start] =
                marks[(m - 1) * s->start_count + start] + trips_between(s, node, body, start, (m - 1) * MARK, m * MARK);
    return marks;
}

/* The children that hold tiles of the stream: how many, and the last. */
static uint32_t children_below(const Program *p, const StartStream *s, const ProgramNode *node,
                               const StartNode **last) {
    uint32_t count = 0;
    for (uint32_t c = 0; c < node->child_count; c++) {
        const StartNode *child = node_of(s, p->children[node->child_first + c].node);
        if (child->total) count++, *last = child;
    }
    return count;
}

static void sum_children(const Program *p, const StartStream *s, const ProgramNode *node, const StartNode *sums,
                         uint64_t *out) {
    for (unsigned start = 0; start < s->start_count; start++)
        out[start] = children_before(p, s, node, sums->child_marks, start, node->child_count);
}

/* Nodes that add nothing of their own share their child's rows. */
static void add_node(const Program *p, StartStream *s, uint32_t number, Arena *arena) {
    const ProgramNode *node = &p->nodes[number];
    StartNode *sums = &s->nodes[number - s->node_first];
    const StartNode *only;
    uint32_t below = children_below(p, s, node, &only);
    if (!below || !node->trip_count) return;
    sums->child_marks = child_marks(p, s, node, arena);
    uint64_t *total = NULL;
    if (node->kind == NODE_VLOOP || below > 1)
        sum_children(p, s, node, sums, total = ARENA_ARRAY(arena, uint64_t, s->start_count));
    sums->total = sums->body = total ? total : only->total;
    if (node->kind == NODE_VLOOP || (node->trip_count == 1 && !shift_of(s, node, 0))) return;
    sums->trip_marks = trip_marks(s, node, sums->body, arena);
    total = ARENA_ARRAY(arena, uint64_t, s->start_count);
    for (unsigned start = 0; start < s->start_count; start++)
        total[start] = trips_before(s, node, sums, start, node->trip_count);
    sums->total = total;
}

void starts_build(const Program *program, Kernel *kernel, uint32_t node_first, Arena *arena) {
    for (uint32_t n = node_first; n <= kernel->node; n++)
        if (program->nodes[n].kind == NODE_LEAF) add_leaf(program, kernel, n, node_first, arena);
    for (StartStream *s = kernel->streams; s; s = s->next)
        for (uint32_t n = node_first; n <= kernel->node; n++)
            if (program->nodes[n].kind != NODE_LEAF) add_node(program, s, n, arena);
}

uint64_t starts_excess_sectors(const StartStream *s, const Kernel *kernel) {
    return node_of(s, kernel->node)->total[0];
}

void starts_add_sectors(Counters *counters, const StartStream *s, uint64_t sectors) {
    counters->value[s->is_load ? COUNTER_L1_READ_SECTORS : COUNTER_L1_WRITE_SECTORS] += sectors;
    counters->value[s->is_load ? COUNTER_L2_READ_BYTES : COUNTER_L2_WRITE_BYTES] += sectors * WARP_SECTOR_BYTES;
}

/* A step. */

/* Level 0 is the loop over layers, whose counts are exact as they stand. */
static void add_stream(const Program *p, const StartStream *s, ReplayState *state) {
    uint64_t sum = 0;
    unsigned start = 0;
    for (int level = 1; level < state->depth; level++) {
        const ReplayLevel *at = &state->path[level];
        const ProgramNode *node = &p->nodes[at->node];
        const StartNode *sums = node_of(s, at->node);
        if (!sums->total) break;
        unsigned shifted = wrap(s, start + shift_of(s, node, at->iteration));
        if (node->kind == NODE_LOOP) sum += trips_before(s, node, sums, start, at->iteration);
        sum += children_before(p, s, node, sums->child_marks, node->kind == NODE_LOOP ? shifted : start, at->child);
        start = shifted;
    }
    starts_add_sectors(&state->before, s, sum);
    const ReplayLevel *last = &state->path[state->depth - 1];
    const uint64_t *own = node_of(s, p->children[p->nodes[last->node].child_first + last->child].node)->total;
    if (own) starts_add_sectors(&state->delta, s, own[start]);
}

void starts_add(const Program *program, ReplayState *state) {
    for (const StartStream *s = program->kernels[state->kernel].streams; s; s = s->next) add_stream(program, s, state);
}
