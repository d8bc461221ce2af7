/* Counting and finding a formula row's steps: see summed.h. */
#include "viz/state/summed.h"

#include <assert.h>
#include <string.h>

/* Which leaves. */

static bool is_summed(const Program *program, const FormulaRow *row, const ProgramNode *node) {
    const ProgramLeaf *leaf = &program->leaves[node->leaf];
    if (!node->total.value[row->counter]) return false;
    if (row->kernel[0] && strcmp(program->kernels[node->kernel].name, row->kernel) != 0) return false;
    if (!row->tensor[0]) return true;
    return leaf->tensor != TENSOR_NONE && strcmp(program->tensors[leaf->tensor].name, row->tensor) == 0;
}

/* A node in the whole is so many of its iterations, as Summed counts them. */
static uint64_t trips(const ProgramNode *node) { return node->kind == NODE_LOOP ? node->trip_count : 1; }

/* Children come before parents. Returns what all the steps add. */
static uint64_t count_below(const Program *program, const FormulaRow *row, uint64_t *in_iteration,
                            uint64_t *before_child, Arena *arena) {
    uint64_t *added = ARENA_ARRAY(arena, uint64_t, program->node_count); /* by node, in the whole of it */
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind == NODE_LEAF) {
            in_iteration[n] = is_summed(program, row, node);
            added[n] = in_iteration[n] * node->total.value[row->counter];
            continue;
        }
        for (uint32_t c = node->child_first; c < node->child_first + node->child_count; c++) {
            uint32_t child = program->children[c].node;
            before_child[c] = in_iteration[n];
            in_iteration[n] += in_iteration[child] * trips(&program->nodes[child]);
            added[n] += added[child];
        }
        if (node->kind == NODE_LOOP) added[n] *= node->trip_count;
    }
    return added[program->root];
}

static uint64_t in_whole(const Summed *summed, uint32_t node) {
    return summed->in_iteration[node] * trips(&summed->program->nodes[node]);
}

/* Of all rows about the same counter, kernel and tensor: their steps are one set (flash1 writes O first and then
 * again). */
static uint64_t value_of_alike(const Formula *formula, const FormulaRow *row) {
    uint64_t sum = 0;
    for (int i = 0; i < formula->row_count; i++) {
        const FormulaRow *other = &formula->rows[i];
        if (other->counter == row->counter && strcmp(other->kernel, row->kernel) == 0 &&
            strcmp(other->tensor, row->tensor) == 0)
            sum += other->value;
    }
    return sum;
}

bool summed_make(const Runner *runner, int row_number, Arena *arena, Summed *summed) {
    const Program *program = runner->program;
    const Formula *formula = runner->count->formula;
    if (row_number < 0 || row_number >= formula->row_count) return false;
    const FormulaRow *row = &formula->rows[row_number];
    if (row->counter >= COUNTER_TREE_COUNT || !row->value) return false;
    uint64_t *in_iteration = ARENA_ARRAY(arena, uint64_t, program->node_count);
    uint64_t *before_child = ARENA_ARRAY(arena, uint64_t, program->child_count + 1);
    if (count_below(program, row, in_iteration, before_child, arena) != value_of_alike(formula, row)) return false;
    *summed = (Summed){.program = program, .in_iteration = in_iteration, .before_child = before_child};
    summed->count = in_whole(summed, program->root);
    return summed->count > 0;
}

/* Down the tree. */

/* The last child whose steps (or summed steps) begin at or before `at`. */
static uint32_t child_at(const Summed *summed, const ProgramNode *node, uint64_t at, bool is_by_rank) {
    uint32_t low = node->child_first, high = node->child_first + node->child_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t before = is_by_rank ? summed->before_child[middle]
                                     : summed->program->children[middle].before.value[COUNTER_STEP_COUNT];
        if (before <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t summed_rank(const Summed *summed, uint64_t step_index) {
    const Program *program = summed->program;
    if (step_index >= program_total(program)->value[COUNTER_STEP_COUNT]) return summed->count;
    uint32_t number = program->root;
    uint64_t rank = 0;
    while (program->nodes[number].kind != NODE_LEAF) {
        const ProgramNode *node = &program->nodes[number];
        if (node->kind == NODE_LOOP) {
            uint64_t each = node->iteration.value[COUNTER_STEP_COUNT];
            rank += step_index / each * summed->in_iteration[number];
            step_index %= each;
        }
        uint32_t child = child_at(summed, node, step_index, false);
        rank += summed->before_child[child];
        step_index -= program->children[child].before.value[COUNTER_STEP_COUNT];
        number = program->children[child].node;
    }
    return rank;
}

uint64_t summed_seek(const Summed *summed, uint64_t at) {
    const Program *program = summed->program;
    assert(at < summed->count);
    uint32_t number = program->root;
    uint64_t step_index = 0;
    while (program->nodes[number].kind != NODE_LEAF) {
        const ProgramNode *node = &program->nodes[number];
        if (node->kind == NODE_LOOP) {
            step_index += at / summed->in_iteration[number] * node->iteration.value[COUNTER_STEP_COUNT];
            at %= summed->in_iteration[number];
        }
        uint32_t child = child_at(summed, node, at, true);
        at -= summed->before_child[child];
        step_index += program->children[child].before.value[COUNTER_STEP_COUNT];
        number = program->children[child].node;
    }
    return step_index;
}
