/* Bookmarks of a replay, found in its tree: where a kernel begins, where a tile is read again for the first time,
 * where O is first rescaled, where a matrix has outgrown the L2. Part of race.h. */
#include <stdlib.h>
#include <string.h>

#include "sim/units.h"
#include "viz/state/navigate.h"
#include "viz/state/race.h"

enum { REUSE_SEARCH_STEPS = 64 };

static void add(Runner *runner, RaceMark mark) {
    if (runner->mark_count < RACE_MARKS_MAX) runner->marks[runner->mark_count++] = mark;
}

/* The first step whose leaf is wanted: children come before parents, so one pass says who holds one. */

/* words: a part of the leaf's phrase. */
static bool find_first(const Program *program, const char *words, Arena *arena, uint64_t *step) {
    bool *holds = ARENA_ARRAY(arena, bool, program->node_count);
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind == NODE_LEAF) holds[n] = strstr(program->leaves[node->leaf].what, words) != NULL;
        for (uint32_t c = 0; node->kind != NODE_LEAF && c < node->child_count; c++)
            holds[n] |= holds[program->children[node->child_first + c].node];
    }
    uint32_t number = program->root;
    if (!holds[number]) return false;
    *step = 0;
    while (program->nodes[number].kind != NODE_LEAF) {
        const ProgramChild *child = program->children + program->nodes[number].child_first;
        while (!holds[child->node]) child++;
        *step += child->before.value[COUNTER_STEP_COUNT];
        number = child->node;
    }
    return true;
}

/* The marks. */

static void mark_kernels(Runner *runner, Arena *arena) {
    const Program *program = runner->program;
    uint64_t step = 0;
    for (int k = 0; k < program->kernel_count; k++) {
        const Kernel *kernel = &program->kernels[k];
        const Counters *total = &program->nodes[kernel->node].total;
        const char *note =
            arena_format(arena, "Kernel %d of %d, %s: %s thread blocks of %u threads read %s and write %s.", k + 1,
                         program->kernel_count, kernel->name, units_exact(kernel->block_count).text,
                         kernel->threads_per_block, units_gb(total->value[COUNTER_ISSUED_READ_BYTES]).text,
                         units_gb(total->value[COUNTER_ISSUED_WRITE_BYTES]).text);
        add(runner, (RaceMark){step, MARK_KERNEL, kernel->name, note});
        step += total->value[COUNTER_STEP_COUNT];
    }
}

/* The first load of a tile that an earlier row of tiles has loaded before: what the outer loop does not decide. */
static void mark_reuse(Runner *runner, Arena *arena) {
    const Program *program = runner->program;
    ReplayState first, state;
    replay_seek(program, 0, &first);
    StepSpan row = navigate_unit_span(program, &first, MOVE_ROW), kernel = navigate_kernel_span(program, &first);
    uint64_t end = row.count + REUSE_SEARCH_STEPS;
    if (row.count <= 1) return;
    for (uint64_t step = row.count; step < end && step < kernel.count; step++) {
        replay_seek(program, step, &state);
        if (state.leaf->kind != STEP_LOAD) continue;
        TilePlace place = replay_tile(program, &state);
        for (uint64_t past = 0; past < row.count && past < REUSE_SEARCH_STEPS; past++) {
            replay_seek(program, past, &first);
            TilePlace before = replay_tile(program, &first);
            if (first.leaf->kind != STEP_LOAD || first.leaf->tensor != state.leaf->tensor ||
                before.slice != place.slice || before.row_first != place.row_first ||
                before.col_first != place.col_first)
                continue;
            const char *name = program->tensors[state.leaf->tensor].name;
            const char *note = arena_format(
                arena,
                "The same %s tile is asked for again: issued bytes grow, but HBM is spared while L2 still holds it.",
                name);
            add(runner, (RaceMark){step, MARK_REUSE, arena_format(arena, "%s read again", name), note});
            return;
        }
    }
}

static void mark_rescale(Runner *runner, Arena *arena) {
    uint64_t step;
    if (!find_first(runner->program, "m_old", arena, &step)) return;
    add(runner,
        (RaceMark){step, MARK_RESCALE, "first rescale",
                   "A later tile may hold a larger maximum: what was summed so far is scaled by exp(m_old - m_new), "
                   "so the result stays exact."});
}

/* Where the first score-shaped tensor that is written has outgrown the L2. */
static void mark_l2_full(Runner *runner, Arena *arena) {
    const Program *program = runner->program;
    uint64_t l2_bytes = program->scenario.machine.l2_bytes;
    uint64_t written_bytes = 0;
    for (int k = 0; k < program->kernel_count; k++) {
        const Counters *total = &program->nodes[program->kernels[k].node].total;
        bool is_scores = runner->maps[k].run_count && total->value[COUNTER_ISSUED_WRITE_BYTES] > l2_bytes;
        ReplayState state;
        if (is_scores && replay_seek_counter(program, COUNTER_ISSUED_WRITE_BYTES, written_bytes + l2_bytes, &state) &&
            state.leaf->kind == STEP_STORE && program->tensors[state.leaf->tensor].cols == program->scenario.key_rows) {
            const char *name = program->tensors[state.leaf->tensor].name;
            add(runner,
                (RaceMark){state.step_index, MARK_L2_FULL, arena_format(arena, "%s leaves L2", name),
                           arena_format(arena,
                                        "%s has been written since the kernel began, as much as L2 holds: from here on "
                                        "%s is pushed out to HBM and must be read back from there.",
                                        units_kib(l2_bytes).text, name)});
            return;
        }
        written_bytes += total->value[COUNTER_ISSUED_WRITE_BYTES];
    }
}

static int by_step(const void *a, const void *b) {
    const RaceMark *left = a, *right = b;
    return left->step_index < right->step_index ? -1 : left->step_index > right->step_index;
}

void race_find_marks(Runner *runner, Arena *arena) {
    mark_kernels(runner, arena);
    mark_reuse(runner, arena);
    mark_rescale(runner, arena);
    mark_l2_full(runner, arena);
    qsort(runner->marks, (size_t)runner->mark_count, sizeof runner->marks[0], by_step);
}
