/* Least recently used, head by head: see l2_resident.h. */
#include "sim/l2_resident.h"

#include "sim/base/checked.h"

uint64_t l2_resident_capacity_bytes(const Scenario *scenario) {
    switch (scenario->l2_mode) {
    case L2_OFF: return 0;
    case L2_SIZE: return scenario->l2_size_bytes;
    case L2_MACHINE: break;
    }
    return scenario->machine.l2_bytes;
}

/* Which tensors a kernel's leaves touch, as a mask. */
static uint64_t touched(const Program *program, int kernel) {
    uint64_t mask = 0;
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || node->kernel != kernel) continue;
        uint8_t tensor = program->leaves[node->leaf].tensor;
        if (tensor != TENSOR_NONE) mask |= 1ull << tensor;
    }
    return mask;
}

static uint64_t head_count(const Scenario *s) { return s->batch_count * s->head_count; }

/* Bytes that one head's turn touches of a tensor (its share of a matrix that several heads read). */
static uint64_t head_bytes(const Program *program, int tensor) {
    return ceil_div(program->tensors[tensor].size_bytes, head_count(&program->scenario));
}

static void add(L2Resident *held, const Program *program, int tensor, uint64_t bytes, uint64_t capacity_bytes) {
    uint64_t room_bytes = capacity_bytes - held->total_bytes;
    uint64_t rest_bytes = program->tensors[tensor].size_bytes - held->tensor_bytes[tensor];
    bytes = min_u64(bytes, min_u64(room_bytes, rest_bytes));
    held->tensor_bytes[tensor] += bytes;
    held->total_bytes += bytes;
}

/* The part of the current head's turn that is over, in 1/65536. */
static uint64_t head_part(const Program *program, const ReplayState *state) {
    uint64_t heads = head_count(&program->scenario) * program->scenario.layer_count;
    uint64_t kernel_steps = program->nodes[program->kernels[state->kernel].node].total.value[COUNTER_STEP_COUNT];
    uint64_t steps = max_u64(1, kernel_steps / max_u64(1, heads / program->scenario.layer_count));
    uint64_t before = 0;
    for (int k = 0; k < state->kernel; k++)
        before += program->nodes[program->kernels[k].node].total.value[COUNTER_STEP_COUNT];
    uint64_t layer_steps = program_total(program)->value[COUNTER_STEP_COUNT] / program->scenario.layer_count;
    uint64_t in_kernel = state->step_index % layer_steps - before;
    return (in_kernel % steps) * 65536 / steps;
}

static bool is_scores(const Program *program, int tensor) {
    return program->tensors[tensor].rows == program->scenario.query_rows &&
           program->tensors[tensor].cols == program->scenario.key_rows;
}

/* As many whole heads as fit, the newest first: all tensors of a head are touched together. */
static void add_heads(L2Resident *held, const Program *program, uint64_t mask, uint64_t heads,
                      uint64_t capacity_bytes) {
    uint64_t each_bytes = 0;
    for (int t = 0; t < program->tensor_count; t++)
        if (mask >> t & 1) each_bytes += head_bytes(program, t);
    if (!each_bytes) return;
    uint64_t fitting = min_u64(heads, (capacity_bytes - held->total_bytes) / each_bytes);
    for (int t = 0; t < program->tensor_count; t++)
        if (mask >> t & 1) add(held, program, t, fitting * head_bytes(program, t), capacity_bytes);
    if (fitting == heads) return;
    for (int t = 0; t < program->tensor_count; t++) /* the oldest head that is partly there */
        if (mask >> t & 1) add(held, program, t, head_bytes(program, t), capacity_bytes);
}

void l2_resident(const Program *program, const ReplayState *state, L2Resident *held) {
    *held = (L2Resident){0};
    uint64_t capacity_bytes = l2_resident_capacity_bytes(&program->scenario);
    uint64_t mask = touched(program, state->kernel), part = head_part(program, state);
    uint64_t head = state->index[AXIS_BATCH] * program->scenario.head_count + state->index[AXIS_HEAD];
    for (int t = 0; t < program->tensor_count; t++) {
        if (!(mask >> t & 1)) continue;
        uint64_t bytes = head_bytes(program, t);
        add(held, program, t, is_scores(program, t) ? bytes / 65536 * part + (bytes % 65536) * part / 65536 : bytes,
            capacity_bytes);
    }
    add_heads(held, program, mask, head, capacity_bytes);
    for (int k = state->kernel; k-- > 0 && held->total_bytes < capacity_bytes;)
        add_heads(held, program, touched(program, k), head_count(&program->scenario), capacity_bytes);
}
