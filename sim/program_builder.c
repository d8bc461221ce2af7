/* Bottom-up construction of a program tree: see program_builder.h. */
#include "sim/program_builder.h"

#include <assert.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/memory/clock.h"
#include "sim/memory/starts.h"
#include "sim/memory/warp.h"

enum { ADDRESS_ALIGN_BYTES = 2 * 1024 * 1024, SLOT_PROBES = 8 };

/* Growing arrays. */

static void *grown(Arena *arena, void *old, uint32_t count, uint32_t *capacity, size_t elem_bytes) {
    if (count < *capacity) return old;
    *capacity = *capacity ? 2 * *capacity : 64;
    void *larger = arena_alloc_bytes(arena, *capacity * elem_bytes);
    if (count) memcpy(larger, old, count * elem_bytes);
    return larger;
}

static uint32_t new_node(ProgramBuilder *b) {
    Program *p = b->program;
    p->nodes = grown(b->arena, p->nodes, p->node_count, &b->node_capacity, sizeof *p->nodes);
    return p->node_count++;
}

static void push_pending(ProgramBuilder *b, uint32_t node) {
    b->pending = grown(b->arena, b->pending, b->pending_count, &b->pending_capacity, sizeof *b->pending);
    b->pending[b->pending_count++] = node;
}

/* Counters, checked. */

static void add_checked(ProgramBuilder *b, Counters *sum, const Counters *more) {
    counters_add(sum, more);
    for (int i = 0; i < COUNTERS_PADDED_COUNT; i++)
        if (sum->value[i] > CHECKED_MAX || more->value[i] > sum->value[i]) b->has_overflow = true;
}

static Counters times_checked(ProgramBuilder *b, const Counters *one, uint64_t times_count) {
    Counters product = {0};
    for (int i = 0; i < COUNTERS_PADDED_COUNT; i++)
        product.value[i] = checked_mul(&b->has_overflow, one->value[i], times_count);
    return product;
}

/* Tensors, kernels, buffers. */

void builder_start(ProgramBuilder *b, Program *program, Arena *arena, const Scenario *scenario, const char *algorithm) {
    *b = (ProgramBuilder){.program = program, .arena = arena};
    *program = (Program){.algorithm = algorithm, .scenario = *scenario};
}

static uint64_t slice_count_of(const Scenario *s, TensorSharing sharing, bool *has_overflow) {
    switch (sharing) {
    case TENSOR_PER_HEAD: return checked_mul(has_overflow, s->batch_count, s->head_count);
    case TENSOR_PER_KV_HEAD: return checked_mul(has_overflow, s->batch_count, s->kv_head_count);
    case TENSOR_PER_BATCH: return s->batch_count;
    case TENSOR_SHARED: return 1;
    }
    return 1;
}

uint8_t builder_tensor(ProgramBuilder *b, Tensor tensor) {
    Program *p = b->program;
    assert(p->tensor_count < PROGRAM_TENSORS_MAX);
    if (!tensor.slice_count) tensor.slice_count = slice_count_of(&p->scenario, tensor.sharing, &b->has_overflow);
    uint64_t row_bytes = checked_mul(&b->has_overflow, tensor.cols, tensor.elem_bytes);
    uint64_t slice_bytes = checked_mul(&b->has_overflow, tensor.rows, row_bytes);
    tensor.size_bytes = checked_mul(&b->has_overflow, tensor.slice_count, slice_bytes);
    tensor.base_bytes = b->address_bytes;
    if (tensor.is_accessed) {
        uint64_t end_bytes = checked_add(&b->has_overflow, tensor.base_bytes, tensor.size_bytes);
        b->address_bytes = ceil_div(end_bytes, ADDRESS_ALIGN_BYTES) * ADDRESS_ALIGN_BYTES;
    }
    p->tensors[p->tensor_count] = tensor;
    return (uint8_t)p->tensor_count++;
}

void builder_write_over(ProgramBuilder *b, uint8_t tensor, uint8_t over) {
    Tensor *upper = &b->program->tensors[tensor];
    const Tensor *lower = &b->program->tensors[over];
    assert(upper->size_bytes == lower->size_bytes && upper->cols == lower->cols && !lower->written_over);
    upper->written_over = 1 + over;
}

void builder_kernel_begin(ProgramBuilder *b, Kernel kernel) {
    Program *p = b->program;
    assert(p->kernel_count < PROGRAM_KERNELS_MAX && b->depth == 0);
    p->kernels[p->kernel_count++] = kernel;
    b->has_ragged_tiles = false;
    b->kernel_node_first = p->node_count;
    builder_loop_begin(b, AXIS_NONE, 1, 0);
}

uint8_t builder_buffer(ProgramBuilder *b, Buffer buffer) {
    Kernel *kernel = &b->program->kernels[b->program->kernel_count - 1];
    assert(kernel->buffer_count < PROGRAM_BUFFERS_MAX);
    buffer.size_bytes =
        checked_mul(&b->has_overflow, checked_mul(&b->has_overflow, buffer.rows, buffer.cols), buffer.elem_bytes);
    if (!buffer.is_register) kernel->smem_per_block_bytes += buffer.size_bytes;
    kernel->buffers[kernel->buffer_count] = buffer;
    return (uint8_t)kernel->buffer_count++;
}

/* The kernel's node counts what is: its tiles that start inside sectors too. */
static void add_streams(ProgramBuilder *b, Kernel *kernel) {
    Counters excess = {0};
    starts_build(b->program, kernel, b->kernel_node_first, b->arena);
    for (const StartStream *stream = kernel->streams; stream; stream = stream->next)
        starts_add_sectors(&excess, stream, starts_excess_sectors(stream, kernel));
    ProgramNode *node = &b->program->nodes[kernel->node];
    counters_add(&node->total, &excess);
    node->iteration = node->total;
    for (int i = 0; i < COUNTERS_PADDED_COUNT; i++) b->has_overflow |= node->total.value[i] > CHECKED_MAX;
    b->program->has_ragged_tiles |= kernel->streams != NULL;
}

void builder_kernel_end(ProgramBuilder *b) {
    Kernel *kernel = &b->program->kernels[b->program->kernel_count - 1];
    kernel->node = builder_end(b);
    if (b->has_ragged_tiles) add_streams(b, kernel);
    kernel->block_count = b->program->nodes[kernel->node].total.value[COUNTER_BLOCK_COUNT];
    assert(b->depth == 0);
}

/* Loops. */

static void open_frame(ProgramBuilder *b, BuilderFrame frame) {
    assert(b->depth < BUILDER_DEPTH_MAX);
    frame.pending_first = b->pending_count;
    b->frames[b->depth++] = frame;
}

void builder_loop_begin(ProgramBuilder *b, Axis axis, uint64_t trip_count, uint64_t first_index) {
    open_frame(b,
               (BuilderFrame){.kind = NODE_LOOP, .axis = axis, .trip_count = trip_count, .first_index = first_index});
}

void builder_loop_table_begin(ProgramBuilder *b, Axis axis, uint64_t trip_count, const uint32_t *index_table) {
    open_frame(b,
               (BuilderFrame){.kind = NODE_LOOP, .axis = axis, .trip_count = trip_count, .index_table = index_table});
}

void builder_vloop_begin(ProgramBuilder *b, Axis axis, uint64_t first_index, const uint32_t *index_table) {
    open_frame(
        b, (BuilderFrame){.kind = NODE_VLOOP, .axis = axis, .first_index = first_index, .index_table = index_table});
}

void builder_block_begin(ProgramBuilder *b) {
    open_frame(b, (BuilderFrame){.kind = NODE_LOOP, .axis = AXIS_NONE, .trip_count = 1, .is_block = true});
}

/* Bodies: equal lists of children share their place. */

static bool holds_body(const ProgramBuilder *b, uint32_t slot_value, const uint32_t *nodes, uint32_t count) {
    const Program *p = b->program;
    const ProgramNode *node = &p->nodes[slot_value - 1];
    if (node->child_count != count) return false;
    for (uint32_t i = 0; i < count; i++)
        if (p->children[node->child_first + i].node != nodes[i]) return false;
    return true;
}

/* The slot that holds a node with these children, or else the one to put such a node in. */
static uint32_t *find_body_slot(ProgramBuilder *b, const uint32_t *nodes, uint32_t count, bool *is_found) {
    uint64_t hash = count;
    for (uint32_t i = 0; i < count; i++) hash = (hash ^ nodes[i]) * UINT64_C(0x9E3779B97F4A7C15);
    hash >>= 32;
    for (uint64_t probe = 0; probe < SLOT_PROBES; probe++) {
        uint32_t *slot = &b->equal_body[(hash + probe) % BUILDER_BODY_SLOTS];
        *is_found = *slot && holds_body(b, *slot, nodes, count);
        if (!*slot || *is_found) return slot;
    }
    return &b->equal_body[hash % BUILDER_BODY_SLOTS];
}

/* Appends the children with running sums; fills the node's place, sum and buffers. */
static void add_body(ProgramBuilder *b, const uint32_t *nodes, uint32_t count, ProgramNode *node) {
    Program *p = b->program;
    node->child_first = p->child_count;
    node->child_count = count;
    for (uint32_t i = 0; i < count; i++) {
        p->children = grown(b->arena, p->children, p->child_count, &b->child_capacity, sizeof *p->children);
        p->children[p->child_count++] = (ProgramChild){.node = nodes[i], .before = node->iteration};
        add_checked(b, &node->iteration, &p->nodes[nodes[i]].total);
        node->buffer_mask |= p->nodes[nodes[i]].buffer_mask;
    }
}

/* Makes the frame's pending nodes the children of `node`, which becomes node number `number`. */
static void close_children(ProgramBuilder *b, const BuilderFrame *frame, ProgramNode *node, uint32_t number) {
    const uint32_t *nodes = b->pending + frame->pending_first;
    uint32_t count = b->pending_count - frame->pending_first;
    bool is_found = false;
    uint32_t *slot = find_body_slot(b, nodes, count, &is_found);
    if (is_found) {
        const ProgramNode *equal = &b->program->nodes[*slot - 1];
        node->child_first = equal->child_first;
        node->child_count = count;
        node->iteration = equal->iteration;
        node->buffer_mask = equal->buffer_mask;
    } else
        add_body(b, nodes, count, node);
    bool is_empty = frame->kind == NODE_LOOP && frame->trip_count == 0;
    if (!is_empty && !is_found) *slot = number + 1; /* an empty loop names no buffers: nothing to share */
    b->pending_count = frame->pending_first;
}

static uint8_t current_kernel(const ProgramBuilder *b) {
    return b->depth > 0 ? (uint8_t)(b->program->kernel_count - 1) : (uint8_t)PROGRAM_KERNELS_MAX;
}

uint32_t builder_end(ProgramBuilder *b) {
    assert(b->depth > 0);
    uint8_t kernel = current_kernel(b);
    BuilderFrame frame = b->frames[--b->depth];
    ProgramNode node = {.kind = frame.kind,
                        .axis = frame.axis,
                        .kernel = kernel,
                        .is_block = frame.is_block,
                        .first_index = frame.first_index,
                        .index_table = frame.index_table};
    uint32_t number = new_node(b);
    close_children(b, &frame, &node, number);
    node.trip_count = frame.kind == NODE_VLOOP ? node.child_count : frame.trip_count;
    node.total = frame.kind == NODE_VLOOP ? node.iteration : times_checked(b, &node.iteration, frame.trip_count);
    node.total.value[COUNTER_BLOCK_COUNT] += frame.is_block; /* at its end: children see the blocks before theirs */
    bool is_empty = node.total.value[COUNTER_STEP_COUNT] == 0;
    if (is_empty) node.buffer_mask = 0;
    b->program->nodes[number] = node;
    bool is_iteration = b->depth > 0 && b->frames[b->depth - 1].kind == NODE_VLOOP;
    if (!is_empty || is_iteration) push_pending(b, number); /* a VLOOP's iterations keep their places */
    return number;
}

/* Leaves. */

/* The widest piece a lane can move without crossing a row: conventions in sim/README.md. An atomic adds one element. */
static uint64_t lane_bytes_of(const Tensor *tensor, const ProgramLeaf *leaf) {
    uint64_t widest_bytes = 16;
    if (tensor->tensor_class == TENSOR_STATISTICS || leaf->kind == STEP_ATOMIC) return tensor->elem_bytes;
    if (tensor->tensor_class == TENSOR_S || tensor->tensor_class == TENSOR_P ||
        tensor->tensor_class == TENSOR_GRADIENT_S || tensor->tensor_class == TENSOR_MASK)
        widest_bytes = 4;
    uint64_t stride_elems = leaf->col_axis == AXIS_NONE ? 0 : leaf->col_stride;
    uint64_t starts_bytes = (tensor->cols | leaf->cols | stride_elems) * tensor->elem_bytes; /* low bits of all three */
    while (widest_bytes > tensor->elem_bytes && starts_bytes % widest_bytes) widest_bytes /= 2;
    return max_u64(widest_bytes, tensor->elem_bytes);
}

static void count_memory(ProgramBuilder *b, const ProgramLeaf *leaf, Counters *delta) {
    const Tensor *tensor = &b->program->tensors[leaf->tensor];
    uint64_t elem_count = checked_mul(&b->has_overflow, leaf->rows, leaf->cols);
    uint64_t size_bytes = checked_mul(&b->has_overflow, elem_count, tensor->elem_bytes);
    WarpTile tile = {.pitch_bytes = tensor->cols * tensor->elem_bytes,
                     .rows = leaf->rows,
                     .row_bytes = leaf->cols * tensor->elem_bytes,
                     .lane_bytes = leaf->lane_bytes};
    uint64_t request_count = 0, sector_count = 0;
    warp_count_tile(&tile, &request_count, &sector_count);
    if (!program_starts_on_sectors(tensor, leaf)) b->has_ragged_tiles = true;
    uint64_t issued_bytes = leaf->is_uncounted ? 0 : size_bytes;
    if (leaf->kind != STEP_STORE) delta->value[COUNTER_ISSUED_READ_BYTES] = issued_bytes;
    if (leaf->kind != STEP_LOAD) delta->value[COUNTER_ISSUED_WRITE_BYTES] = issued_bytes;
    bool is_load = leaf->kind == STEP_LOAD;
    delta->value[is_load ? COUNTER_L1_READ_REQUESTS : COUNTER_L1_WRITE_REQUESTS] = request_count;
    delta->value[is_load ? COUNTER_L1_READ_SECTORS : COUNTER_L1_WRITE_SECTORS] = sector_count;
    delta->value[is_load ? COUNTER_L2_READ_BYTES : COUNTER_L2_WRITE_BYTES] = sector_count * 32;
}

static bool is_memory_step(StepKind kind) { return kind == STEP_LOAD || kind == STEP_STORE || kind == STEP_ATOMIC; }

/* Equal leaves share a node. */

static uint64_t leaf_hash(const ProgramLeaf *leaf) {
    uint64_t hash = (uintptr_t)leaf->what ^ leaf->rows * 31 ^ leaf->cols * 37 ^ (uint64_t)leaf->tensor << 3 ^
                    (uint64_t)leaf->kind << 9;
    return hash * UINT64_C(0x9E3779B97F4A7C15) >> 32;
}

static bool are_equal(const ProgramLeaf *a, const ProgramLeaf *b) {
    return a->what == b->what && a->kind == b->kind && a->tensor == b->tensor && a->buffer == b->buffer &&
           a->is_uncounted == b->is_uncounted && a->slice_axis == b->slice_axis && a->row_axis == b->row_axis &&
           a->col_axis == b->col_axis && a->row_stride == b->row_stride && a->col_stride == b->col_stride &&
           a->rows == b->rows && a->cols == b->cols && a->inner_elems == b->inner_elems;
}

static bool holds_leaf(const ProgramBuilder *b, uint32_t slot_value, const ProgramLeaf *leaf, uint64_t exp_count) {
    const ProgramNode *node = &b->program->nodes[slot_value - 1];
    return node->kernel == current_kernel(b) && node->total.value[COUNTER_EXP_COUNT] == exp_count &&
           are_equal(&b->program->leaves[node->leaf], leaf);
}

/* The slot that holds an equal leaf, or else the one to put this leaf in. */
static uint32_t *find_leaf_slot(ProgramBuilder *b, const ProgramLeaf *leaf, uint64_t exp_count, bool *is_found) {
    uint64_t hash = leaf_hash(leaf);
    for (uint64_t probe = 0; probe < SLOT_PROBES; probe++) {
        uint32_t *slot = &b->equal_leaf[(hash + probe) % BUILDER_LEAF_SLOTS];
        *is_found = *slot && holds_leaf(b, *slot, leaf, exp_count);
        if (!*slot || *is_found) return slot;
    }
    return &b->equal_leaf[hash % BUILDER_LEAF_SLOTS];
}

uint32_t builder_leaf(ProgramBuilder *b, ProgramLeaf leaf, uint64_t exp_count) {
    Program *p = b->program;
    assert(b->depth > 0 && (!is_memory_step(leaf.kind) || leaf.tensor < p->tensor_count));
    bool is_found = false;
    uint32_t *slot = find_leaf_slot(b, &leaf, exp_count, &is_found);
    if (is_found) {
        push_pending(b, *slot - 1);
        return *slot - 1;
    }
    Counters delta = {0};
    delta.value[COUNTER_STEP_COUNT] = 1;
    delta.value[COUNTER_EXP_COUNT] = exp_count;
    if (is_memory_step(leaf.kind)) {
        leaf.lane_bytes = lane_bytes_of(&p->tensors[leaf.tensor], &leaf);
        count_memory(b, &leaf, &delta);
    }
    if (leaf.kind == STEP_MATMUL)
        delta.value[COUNTER_FLOPS] =
            checked_mul(&b->has_overflow, checked_mul(&b->has_overflow, leaf.rows, leaf.cols), 2 * leaf.inner_elems);
    delta.value[COUNTER_BUSY_PS] = clock_step_ps(&p->scenario.machine, p->kernels[p->kernel_count - 1].product_unit,
                                                 p->scenario.dtype, &leaf, &delta);
    p->leaves = grown(b->arena, p->leaves, p->leaf_count, &b->leaf_capacity, sizeof *p->leaves);
    p->leaves[p->leaf_count] = leaf;
    uint32_t number = new_node(b);
    p->nodes[number] = (ProgramNode){.kind = NODE_LEAF,
                                     .kernel = current_kernel(b),
                                     .trip_count = 1,
                                     .leaf = p->leaf_count++,
                                     .iteration = delta,
                                     .total = delta,
                                     .buffer_mask = leaf.buffer == BUFFER_NONE ? 0 : 1u << leaf.buffer};
    push_pending(b, number);
    *slot = number + 1;
    return number;
}

static uint32_t memory_leaf(ProgramBuilder *b, StepKind kind, bool is_uncounted, uint8_t tensor, uint8_t buffer,
                            TileAt at, const char *what) {
    return builder_leaf(b,
                        (ProgramLeaf){.kind = kind,
                                      .tensor = tensor,
                                      .buffer = buffer,
                                      .is_uncounted = is_uncounted,
                                      .row_axis = at.row_axis,
                                      .col_axis = at.col_axis,
                                      .row_stride = at.row_stride,
                                      .col_stride = at.col_stride,
                                      .rows = at.rows,
                                      .cols = at.cols,
                                      .what = what},
                        0);
}

uint32_t builder_load(ProgramBuilder *b, uint8_t tensor, uint8_t buffer, TileAt at, const char *what) {
    return memory_leaf(b, STEP_LOAD, false, tensor, buffer, at, what);
}
uint32_t builder_store(ProgramBuilder *b, uint8_t tensor, uint8_t buffer, TileAt at, const char *what) {
    return memory_leaf(b, STEP_STORE, false, tensor, buffer, at, what);
}
uint32_t builder_load_if(ProgramBuilder *b, bool is_uncounted, uint8_t tensor, uint8_t buffer, TileAt at,
                         const char *what) {
    return memory_leaf(b, STEP_LOAD, is_uncounted, tensor, buffer, at, what);
}
uint32_t builder_store_if(ProgramBuilder *b, bool is_uncounted, uint8_t tensor, uint8_t buffer, TileAt at,
                          const char *what) {
    return memory_leaf(b, STEP_STORE, is_uncounted, tensor, buffer, at, what);
}

static uint32_t compute_leaf(ProgramBuilder *b, StepKind kind, uint8_t buffer, uint64_t rows, uint64_t cols,
                             uint64_t inner_elems, uint64_t exp_count, const char *what) {
    return builder_leaf(b,
                        (ProgramLeaf){.kind = kind,
                                      .tensor = TENSOR_NONE,
                                      .buffer = buffer,
                                      .rows = rows,
                                      .cols = cols,
                                      .inner_elems = inner_elems,
                                      .what = what},
                        exp_count);
}

uint32_t builder_matmul(ProgramBuilder *b, uint8_t buffer, uint64_t rows, uint64_t cols, uint64_t inner_elems,
                        const char *what) {
    return compute_leaf(b, STEP_MATMUL, buffer, rows, cols, inner_elems, 0, what);
}
uint32_t builder_softmax(ProgramBuilder *b, uint8_t buffer, uint64_t rows, uint64_t cols, uint64_t exp_count,
                         const char *what) {
    return compute_leaf(b, STEP_SOFTMAX, buffer, rows, cols, 0, exp_count, what);
}
uint32_t builder_map(ProgramBuilder *b, uint8_t buffer, uint64_t rows, uint64_t cols, const char *what) {
    return compute_leaf(b, STEP_MAP, buffer, rows, cols, 0, 0, what);
}

/* The end. */

bool builder_finish(ProgramBuilder *b, Err *err) {
    Program *p = b->program;
    assert(b->depth == 0 && p->kernel_count > 0);
    builder_loop_begin(b, AXIS_LAYER, p->scenario.layer_count, 0);
    b->frames[0].pending_first = 0;
    uint8_t above = (uint8_t)PROGRAM_KERNELS_MAX;
    p->root = builder_end(b);
    p->nodes[p->root].kernel = above;
    if (b->has_overflow)
        return err_set(err, ERR_USAGE, "%s: the counts of this scenario do not fit 63 bits; make a size smaller",
                       p->algorithm);
    return true;
}

int builder_tile_runs(uint64_t length_elems, uint64_t tile_elems, bool is_first_apart, TileRun runs[3]) {
    uint64_t full_count = length_elems / tile_elems, tail_elems = length_elems % tile_elems;
    int count = 0;
    if (is_first_apart && full_count > 0) runs[count++] = (TileRun){0, 1, tile_elems};
    uint64_t done = count ? 1 : 0;
    if (full_count > done) runs[count++] = (TileRun){done, full_count - done, tile_elems};
    if (tail_elems) runs[count++] = (TileRun){full_count, 1, tail_elems};
    return count;
}
