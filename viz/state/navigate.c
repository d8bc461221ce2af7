/* Spans of loops on a replay's path: see navigate.h. */
#include "viz/state/navigate.h"

enum {
    TILE_AXES = 1 << AXIS_Q_BLOCK | 1 << AXIS_K_BLOCK | 1 << AXIS_ROW | 1 << AXIS_COLUMN | 1 << AXIS_SPLIT,
    HEAD_AXES = 1 << AXIS_BATCH | 1 << AXIS_HEAD
};

static uint64_t steps(const Counters *counters) { return counters->value[COUNTER_STEP_COUNT]; }

/* The first step of the node at this level, before any of its iterations. */
static uint64_t entry_step(const Program *program, const ReplayState *state, int level) {
    uint64_t step = 0;
    for (int i = 0; i < level; i++) {
        const ReplayLevel *at = &state->path[i];
        const ProgramNode *node = &program->nodes[at->node];
        if (node->kind == NODE_LOOP) step += at->iteration * steps(&node->iteration);
        step += steps(&program->children[node->child_first + at->child].before);
    }
    return step;
}

StepSpan navigate_span(const Program *program, const ReplayState *state, int level) {
    const ReplayLevel *at = &state->path[level];
    const ProgramNode *node = &program->nodes[at->node];
    uint64_t entry = entry_step(program, state, level);
    if (node->kind == NODE_LOOP)
        return (StepSpan){entry + at->iteration * steps(&node->iteration), steps(&node->iteration)};
    const ProgramChild *child = &program->children[node->child_first + at->child];
    return (StepSpan){entry + steps(&child->before), steps(&program->nodes[child->node].total)};
}

StepSpan navigate_kernel_span(const Program *program, const ReplayState *state) {
    uint32_t kernel_node = program->kernels[state->kernel].node;
    for (int level = 0; level < state->depth; level++)
        if (state->path[level].node == kernel_node)
            return (StepSpan){entry_step(program, state, level), steps(&program->nodes[kernel_node].total)};
    return (StepSpan){state->step_index, 1};
}

/* The outermost or innermost level whose axis is in the set; -1 where there is none. */
static int find_level(const Program *program, const ReplayState *state, unsigned axes, bool is_innermost) {
    int found = -1;
    for (int level = 0; level < state->depth; level++) {
        Axis axis = program->nodes[state->path[level].node].axis;
        if (axis == AXIS_NONE || !(axes >> axis & 1)) continue;
        found = level;
        if (!is_innermost) break;
    }
    return found;
}

static bool is_tile_loop(const ProgramNode *node) {
    return node->kind != NODE_LEAF && node->axis != AXIS_NONE && TILE_AXES >> node->axis & 1;
}

static bool has_tile_loop_inside(const Program *program, const ProgramNode *node) {
    for (uint32_t c = 0; node->kind != NODE_LEAF && c < node->child_count; c++) {
        const ProgramNode *child = &program->nodes[program->children[node->child_first + c].node];
        if (is_tile_loop(child) || has_tile_loop_inside(program, child)) return true;
    }
    return false;
}

/* Steps around an inner loop (Q before its key blocks, O after them) belong to no tile: each stands alone. */
static int tile_level(const Program *program, const ReplayState *state) {
    int level = find_level(program, state, TILE_AXES, true);
    if (level < 0 || has_tile_loop_inside(program, &program->nodes[state->path[level].node])) return -1;
    return level;
}

StepSpan navigate_unit_span(const Program *program, const ReplayState *state, MoveUnit unit) {
    int level = -1;
    switch (unit) {
    case MOVE_TILE: level = tile_level(program, state); break;
    case MOVE_ROW: level = find_level(program, state, TILE_AXES, false); break;
    case MOVE_HEAD: level = find_level(program, state, HEAD_AXES, true); break;
    case MOVE_KERNEL: return navigate_kernel_span(program, state);
    case MOVE_STEP:
    case MOVE_UNIT_COUNT: break;
    }
    return level < 0 ? (StepSpan){state->step_index, 1} : navigate_span(program, state, level);
}

uint64_t navigate_move(const Program *program, uint64_t step_index, MoveUnit unit, int direction) {
    uint64_t step_count = steps(program_total(program));
    ReplayState state;
    if (direction > 0) {
        if (step_index >= step_count) return step_count;
        replay_seek(program, step_index, &state);
        StepSpan span = navigate_unit_span(program, &state, unit);
        uint64_t next = span.first + span.count;
        return next > step_index ? next : step_index + 1;
    }
    if (step_index == 0) return 0;
    if (unit == MOVE_STEP) return step_index - 1;
    if (step_index < step_count) {
        replay_seek(program, step_index, &state);
        uint64_t first = navigate_unit_span(program, &state, unit).first;
        if (first < step_index) return first;
    }
    replay_seek(program, step_index - 1, &state);
    return navigate_unit_span(program, &state, unit).first;
}
