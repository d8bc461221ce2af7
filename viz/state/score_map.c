/* Runs of score tiles out of a program tree: see score_map.h. */
#include "viz/state/score_map.h"

#include <string.h>

#include "sim/base/checked.h"
#include "viz/state/navigate.h"

/* Which axes lie below a node. */

enum {
    ROW_AXES = 1 << AXIS_Q_BLOCK | 1 << AXIS_ROW,
    COL_AXES = 1 << AXIS_K_BLOCK,
    TILE_AXES = ROW_AXES | COL_AXES,
    HEAD_AXES = 1 << AXIS_BATCH | 1 << AXIS_HEAD
};

/* Children come before parents, so one pass does it. */
static uint16_t *axes_below(const Program *program, Arena *arena) {
    uint16_t *below = ARENA_ARRAY(arena, uint16_t, program->node_count);
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind == NODE_LEAF) continue;
        below[n] = node->axis == AXIS_NONE ? 0 : (uint16_t)(1 << node->axis);
        for (uint32_t c = 0; c < node->child_count; c++)
            below[n] |= below[program->children[node->child_first + c].node];
    }
    return below;
}

/* Tile sizes: from the leaves that name the axis. */

typedef struct Builder {
    const Program *program;
    const uint16_t *below;
    ScoreMap *map;
    uint64_t row_first, row_end, col_first, col_end; /* of the tile that the walk is in */
    int capacity;
    Arena *arena;
    uint64_t stride[AXIS_COUNT];
    uint64_t key_rows; /* of the tensors whose rows are the columns of the scores; 0 where none is loaded */
    bool has_scores;   /* a leaf moves a tile of a score-shaped tensor */
} Builder;

static void read_leaves(Builder *b, int kernel) {
    const Program *program = b->program;
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || node->kernel != kernel) continue;
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        if (leaf->row_axis != AXIS_NONE)
            b->stride[leaf->row_axis] = max_u64(b->stride[leaf->row_axis], leaf->row_stride);
        if (leaf->col_axis != AXIS_NONE)
            b->stride[leaf->col_axis] = max_u64(b->stride[leaf->col_axis], leaf->col_stride);
        if (leaf->tensor == TENSOR_NONE) continue;
        const Tensor *tensor = &program->tensors[leaf->tensor];
        b->has_scores |= tensor->rows == b->map->rows && tensor->cols == b->map->cols;
        if (leaf->row_axis == AXIS_K_BLOCK) b->key_rows = max_u64(b->key_rows, tensor->rows);
    }
}

/* The walk over one head. */

/* V gathered by the table that K was gathered by: the same tiles, done when the later steps are. */
static bool is_again(const ScoreRun *last, const ScoreRun *run) {
    return run->table && run->table == last->table && run->tile_count == last->tile_count &&
           run->line_first == last->line_first && run->line_end == last->line_end;
}

static void add_run(Builder *b, ScoreRun run) {
    ScoreMap *map = b->map;
    if (map->run_count && is_again(&map->runs[map->run_count - 1], &run)) {
        map->runs[map->run_count - 1] = run;
        return;
    }
    if (map->run_count == SCORE_RUNS_MAX) {
        map->is_complete = false;
        return;
    }
    if (map->run_count == b->capacity) {
        int capacity = b->capacity ? 2 * b->capacity : 64;
        ScoreRun *runs = ARENA_ARRAY(b->arena, ScoreRun, capacity);
        if (map->run_count) memcpy(runs, map->runs, sizeof *runs * (size_t)map->run_count);
        map->runs = runs;
        b->capacity = capacity;
    }
    map->runs[map->run_count++] = run;
}

/* Tiles of one loop with nothing but leaves (or axes that do not matter) inside. */
static void add_tiles_of(Builder *b, const ProgramNode *node, const uint32_t *table, uint64_t first_index,
                         uint64_t count, StepSpan tile) {
    bool is_row_axis = ROW_AXES >> node->axis & 1;
    uint64_t stride = b->stride[node->axis];
    add_run(b, (ScoreRun){.is_along_row = !is_row_axis,
                          .line_first = is_row_axis ? b->col_first : b->row_first,
                          .line_end = is_row_axis ? b->col_end : b->row_end,
                          .tile_first = first_index * stride,
                          .tile_elems = stride,
                          .table = table,
                          .tile_count = count,
                          .step_first = tile.first,
                          .steps_each = tile.count});
}

/* Narrows the current tile to this index of the axis. */
static void enter(Builder *b, const ProgramNode *node, uint64_t index) {
    uint64_t stride = b->stride[node->axis], first = index * stride;
    if (ROW_AXES >> node->axis & 1) b->row_first = first, b->row_end = min_u64(first + stride, b->map->rows);
    if (COL_AXES >> node->axis & 1) b->col_first = first, b->col_end = min_u64(first + stride, b->map->cols);
}

static unsigned axes_inside(const Builder *b, const ProgramNode *node) {
    unsigned inside = 0;
    for (uint32_t c = 0; c < node->child_count; c++)
        inside |= b->below[b->program->children[node->child_first + c].node];
    return inside;
}

/* The steps of one iteration, relative to the head. */
static StepSpan iteration_span(const Builder *b, const ProgramNode *node, uint64_t iteration, uint64_t step_first) {
    if (node->kind == NODE_LOOP) {
        uint64_t each = node->iteration.value[COUNTER_STEP_COUNT];
        return (StepSpan){step_first + iteration * each, each};
    }
    const ProgramChild *child = &b->program->children[node->child_first + iteration];
    uint64_t step_count = b->program->nodes[child->node].total.value[COUNTER_STEP_COUNT];
    return (StepSpan){step_first + child->before.value[COUNTER_STEP_COUNT], step_count};
}

static void walk(Builder *b, uint32_t number, uint64_t step_first);

static void walk_iteration(Builder *b, const ProgramNode *node, uint64_t iteration, uint64_t step_first) {
    const ProgramChild *children = b->program->children + node->child_first;
    uint64_t each = node->kind == NODE_LOOP ? node->iteration.value[COUNTER_STEP_COUNT] : 0;
    uint32_t from = node->kind == NODE_LOOP ? 0 : (uint32_t)iteration;
    uint32_t end = node->kind == NODE_LOOP ? node->child_count : from + 1;
    for (uint32_t c = from; c < end; c++)
        walk(b, children[c].node, step_first + iteration * each + children[c].before.value[COUNTER_STEP_COUNT]);
}

static void walk(Builder *b, uint32_t number, uint64_t step_first) {
    const ProgramNode *node = &b->program->nodes[number];
    if (node->kind == NODE_LEAF || !(b->below[number] & TILE_AXES)) return;
    bool is_tile_axis = TILE_AXES >> node->axis & 1;
    b->map->has_table |= is_tile_axis && node->index_table;
    bool has_tiles_inside = axes_inside(b, node) & TILE_AXES;
    if (is_tile_axis && !has_tiles_inside && node->kind == NODE_LOOP) {
        add_tiles_of(b, node, node->index_table, node->first_index, node->trip_count,
                     iteration_span(b, node, 0, step_first));
        return;
    }
    uint64_t saved[4] = {b->row_first, b->row_end, b->col_first, b->col_end};
    for (uint64_t i = 0; i < node->trip_count && b->map->is_complete; i++) {
        if (is_tile_axis && !has_tiles_inside) {
            add_tiles_of(b, node, NULL, program_index(node, i), 1, iteration_span(b, node, i, step_first));
            continue;
        }
        if (is_tile_axis) enter(b, node, program_index(node, i));
        walk_iteration(b, node, i, step_first);
    }
    b->row_first = saved[0], b->row_end = saved[1], b->col_first = saved[2], b->col_end = saved[3];
}

/* The body of the innermost batch or head loop around the tiles: what one head does. */
static void walk_head(Builder *b, uint32_t number) {
    const ProgramNode *node = &b->program->nodes[number];
    bool is_outer =
        node->kind != NODE_LEAF && (node->axis == AXIS_LAYER || node->axis == AXIS_BATCH || node->axis == AXIS_HEAD);
    bool has_outer_inside = node->kind != NODE_LEAF && (b->below[number] & HEAD_AXES);
    if (!is_outer && !has_outer_inside) {
        walk(b, number, 0);
        return;
    }
    uint32_t end = node->kind == NODE_LOOP ? node->child_count : 1;
    for (uint32_t c = 0; c < end; c++) {
        const ProgramChild *child = &b->program->children[node->child_first + c];
        if (b->below[child->node] & HEAD_AXES)
            walk_head(b, child->node);
        else
            walk(b, child->node, child->before.value[COUNTER_STEP_COUNT]);
    }
}

void score_map_make(const Program *program, int kernel, Arena *arena, ScoreMap *map) {
    *map = (ScoreMap){.rows = program->scenario.query_rows, .cols = program->scenario.key_rows, .is_complete = true};
    Builder b = {.program = program, .map = map, .arena = arena, .below = axes_below(program, arena)};
    read_leaves(&b, kernel);
    uint32_t node = program->kernels[kernel].node;
    bool has_both = (b.below[node] & ROW_AXES) && (b.below[node] & COL_AXES);
    if (!has_both && !b.has_scores) return;
    if (b.key_rows) map->cols = min_u64(map->cols, b.key_rows);
    b.row_end = map->rows, b.col_end = map->cols;
    walk_head(&b, node);
    map->row_tile_elems = max_u64(b.below[node] >> AXIS_Q_BLOCK & 1 ? b.stride[AXIS_Q_BLOCK] : 0,
                                  b.below[node] >> AXIS_ROW & 1 ? b.stride[AXIS_ROW] : 0);
    map->col_tile_elems = b.below[node] >> AXIS_K_BLOCK & 1 ? b.stride[AXIS_K_BLOCK] : 0;
}

uint64_t score_map_head_step(const Program *program, const ReplayState *state) {
    for (int level = state->depth; level-- > 0;) {
        Axis axis = program->nodes[state->path[level].node].axis;
        if (axis == AXIS_HEAD || axis == AXIS_BATCH)
            return state->step_index - navigate_span(program, state, level).first;
    }
    return state->step_index - navigate_kernel_span(program, state).first;
}
