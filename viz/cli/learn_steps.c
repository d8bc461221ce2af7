/* The replay of a program that was handed in to a lesson, a few lines of it: `steps` has the rest. */
#include <string.h>

#include "sim/base/checked.h"
#include "sim/replay.h"
#include "sim/units.h"
#include "viz/cli/learn.h"

enum { STEPS_SHOWN = 16 };
#define ROW_FORMAT "%9s %4.*s  %-20.*s %-18s %8s %8s %8s\n"

static uint64_t after(const ReplayState *at, CounterId id) { return at->before.value[id] + at->delta.value[id]; }

/* "K [64:128, 0:64]" of what is moved; on chip the tile's shape. */
static const char *tile_text(const Program *program, const ReplayState *at, Arena *arena) {
    const ProgramLeaf *leaf = at->leaf;
    if (leaf->tensor == TENSOR_NONE)
        return arena_format(arena, "%llu x %llu", (unsigned long long)leaf->rows, (unsigned long long)leaf->cols);
    TilePlace tile = replay_tile(program, at);
    return arena_format(arena, "%s [%llu:%llu, %llu:%llu]", program->tensors[leaf->tensor].name,
                        (unsigned long long)tile.row_first, (unsigned long long)(tile.row_first + leaf->rows),
                        (unsigned long long)tile.col_first, (unsigned long long)(tile.col_first + leaf->cols));
}

static void print_step(const Program *program, uint64_t step, const Terminal *terminal, Arena *arena) {
    ReplayState at;
    replay_seek(program, step, &at);
    uint64_t moved = at.delta.value[COUNTER_ISSUED_READ_BYTES] + at.delta.value[COUNTER_ISSUED_WRITE_BYTES];
    const char *what = at.leaf->what, *line = strstr(what, " (line ");
    int what_chars = line ? (int)(line - what) : (int)strlen(what), line_chars = line ? (int)strcspn(line + 7, ")") : 0;
    fprintf(terminal->out, ROW_FORMAT, units_exact(step).text, line_chars, line ? line + 7 : "", what_chars, what,
            tile_text(program, &at, arena), moved ? units_kib_short(moved).text : "",
            units_gb(after(&at, COUNTER_ISSUED_READ_BYTES)).text,
            units_gb(after(&at, COUNTER_ISSUED_WRITE_BYTES)).text);
}

void learn_print_steps(const LessonCase *c, const LessonPart *part, const char *answer, uint64_t from,
                       const Terminal *terminal) {
    Arena arena = {0};
    Count count;
    Err err;
    if (!lesson_case_program(c, part, answer, (CountOptions){true}, &count, &arena, &err)) {
        fprintf(terminal->out, "  nothing to replay: %s\n", err.text);
    } else {
        uint64_t step_count = count.totals.value[COUNTER_STEP_COUNT], first = min_u64(from, step_count - 1);
        fprintf(terminal->out, ROW_FORMAT, "step", 4, "line", 0, "", "tile", "moves", "read", "written");
        for (uint64_t step = first; step < min_u64(first + STEPS_SHOWN, step_count); step++)
            print_step(count.program, step, terminal, &arena);
        fprintf(terminal->out, "  of %s steps; `steps N` goes on from step N\n", units_exact(step_count).text);
    }
    arena_free(&arena);
}
