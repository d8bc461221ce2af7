/* Descending and advancing in the tree of a block: see dram_cursor.h. */
#include "sim/memory/dram_cursor.h"

#include <assert.h>

#include "sim/base/checked.h"

static bool has_memory(const ProgramNode *node) {
    return node->total.value[COUNTER_L1_READ_REQUESTS] + node->total.value[COUNTER_L1_WRITE_REQUESTS] != 0;
}

/* The first child with memory steps from `child` on; child_count where there is none. */
static uint32_t next_child(const Program *program, const ProgramNode *node, uint32_t child) {
    while (child < node->child_count && !has_memory(&program->nodes[program->children[node->child_first + child].node]))
        child++;
    return child;
}

static void set_axis(Cursor *cursor, const ProgramNode *node, uint64_t iteration) {
    if (node->axis == AXIS_NONE) return;
    cursor->index[node->axis] = program_index(node, iteration);
    cursor->inner_axes |= 1u << node->axis;
}

/* From `number` down to its first memory leaf. */
static void cursor_descend(const Program *program, Cursor *cursor, uint32_t number) {
    for (;;) {
        const ProgramNode *node = &program->nodes[number];
        if (node->kind == NODE_LEAF) {
            cursor->leaf = &program->leaves[node->leaf];
            return;
        }
        uint32_t child = next_child(program, node, 0);
        uint64_t iteration = node->kind == NODE_VLOOP ? child : 0;
        assert(child < node->child_count && cursor->depth < CURSOR_DEPTH_MAX);
        cursor->levels[cursor->depth].node = number;
        cursor->levels[cursor->depth].child = child;
        cursor->levels[cursor->depth++].iteration = iteration;
        set_axis(cursor, node, iteration);
        number = program->children[node->child_first + child].node;
    }
}

void cursor_advance(const Program *program, Cursor *cursor) {
    while (cursor->depth > 0) {
        int top = cursor->depth - 1;
        const ProgramNode *node = &program->nodes[cursor->levels[top].node];
        uint32_t child = next_child(program, node, cursor->levels[top].child + 1);
        if (child == node->child_count && node->kind == NODE_LOOP &&
            cursor->levels[top].iteration + 1 < node->trip_count) {
            cursor->levels[top].iteration++;
            child = next_child(program, node, 0);
        }
        if (child < node->child_count) {
            cursor->levels[top].child = child;
            if (node->kind == NODE_VLOOP) cursor->levels[top].iteration = child;
            set_axis(cursor, node, cursor->levels[top].iteration);
            cursor_descend(program, cursor, program->children[node->child_first + child].node);
            return;
        }
        if (node->axis != AXIS_NONE) cursor->inner_axes &= ~(1u << node->axis);
        cursor->depth--;
    }
    cursor->is_done = true;
}

/* Children stand before their parents. */
uint64_t *cursor_memory_steps(const Program *program, Arena *arena) {
    uint64_t *steps = ARENA_ARRAY(arena, uint64_t, program->node_count);
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind == NODE_LEAF) steps[n] = has_memory(node);
        for (uint32_t c = 0; c < node->child_count; c++)
            steps[n] += steps[program->children[node->child_first + c].node];
        if (node->kind == NODE_LOOP) steps[n] *= node->trip_count;
    }
    return steps;
}

void cursor_seek(const Program *program, const uint64_t *steps, Cursor *cursor, uint32_t number, uint64_t step) {
    *cursor = (Cursor){.is_done = step >= steps[number]};
    while (!cursor->is_done) {
        const ProgramNode *node = &program->nodes[number];
        if (node->kind == NODE_LEAF) {
            cursor->leaf = &program->leaves[node->leaf];
            return;
        }
        uint64_t trip_steps = node->kind == NODE_LOOP ? steps[number] / node->trip_count : steps[number];
        uint64_t iteration = step / trip_steps;
        uint32_t child = 0, child_node;
        for (step %= trip_steps;; step -= steps[child_node], child++) {
            child_node = program->children[node->child_first + child].node;
            if (step < steps[child_node]) break;
        }
        if (node->kind == NODE_VLOOP) iteration = child;
        assert(cursor->depth < CURSOR_DEPTH_MAX);
        cursor->levels[cursor->depth].node = number;
        cursor->levels[cursor->depth].child = child;
        cursor->levels[cursor->depth++].iteration = iteration;
        set_axis(cursor, node, iteration);
        number = child_node;
    }
}

static bool are_same_loops(const ProgramNode *a, const ProgramNode *b) {
    return a->kind == b->kind && a->kind != NODE_LEAF && a->axis == b->axis && a->first_index == b->first_index &&
           !a->index_table && !b->index_table;
}

/* Steps in common of the children of both, and whether they are common to the end. */
static uint64_t shared_children(const Program *program, const uint64_t *steps, const ProgramNode *a,
                                const ProgramNode *b, bool *is_all) {
    uint64_t shared = 0;
    *is_all = a->child_count == b->child_count;
    for (uint32_t c = 0; c < a->child_count && c < b->child_count; c++) {
        uint32_t a_child = program->children[a->child_first + c].node,
                 b_child = program->children[b->child_first + c].node;
        uint64_t common = cursor_shared_steps(program, steps, a_child, b_child);
        shared += common;
        if (common == steps[a_child] && common == steps[b_child]) continue;
        *is_all = false;
        break;
    }
    return shared;
}

uint64_t cursor_shared_steps(const Program *program, const uint64_t *steps, uint32_t a_number, uint32_t b_number) {
    const ProgramNode *a = &program->nodes[a_number], *b = &program->nodes[b_number];
    if (a_number == b_number) return steps[a_number];
    if (!are_same_loops(a, b)) return 0;
    bool is_all;
    uint64_t shared = shared_children(program, steps, a, b, &is_all);
    return is_all && a->kind == NODE_LOOP ? shared * min_u64(a->trip_count, b->trip_count) : shared;
}
