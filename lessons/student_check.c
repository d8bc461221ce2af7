/* Runs a student's program on small numbers, so that what is wrong is found where it goes wrong: see student.h. Here
 * its kernels, blocks and loops; student_ops.c has its lines.
 *
 * One (batch, head) slice. Lengths and tiles are divided by the same number until a row has at most CHECK_MAX_ROWS
 * keys; the head has CHECK_DIM_ELEMS elements.
 * Not modelled: rounding of fp16, and time (blocks run one after another, but two that write one place are caught).
 */

#include "lessons/student_run.h"

static StudentShape shape_of(const Run *run) {
    return (StudentShape){(uint64_t)run->query_rows, (uint64_t)run->key_rows};
}
static void matrix_make(Run *run, StudentValue value) {
    int rows = student_has_query_rows(value) ? run->query_rows : run->key_rows;
    bool is_narrow = student_is_statistic(value) || value == STUDENT_KEY_MASK;
    int cols = student_has_key_cols(value) ? run->key_rows : is_narrow ? 1 : CHECK_DIM_ELEMS;
    run->hbm[value] =
        (Matrix){rows, cols, ARENA_ARRAY(run->arena, double, rows *cols), ARENA_ARRAY(run->arena, int, rows *cols)};
    run->held[value].data = ARENA_ARRAY(run->arena, double, rows *cols);
}

static bool is_now(const Run *run, const StudentLine *line) {
    const Range *range = &run->range[line->when_axis];
    switch (line->when) {
    case STUDENT_ALWAYS: return true;
    case STUDENT_WHEN_FIRST: return range->is_first;
    case STUDENT_WHEN_NOT_FIRST: return !range->is_first;
    case STUDENT_WHEN_LAST: return range->is_last;
    case STUDENT_WHEN_NOT_LAST: return !range->is_last;
    }
    return true;
}

static void new_block(Run *run) {
    run->block++;
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++) {
        if (run->held[v].is_held) run->was_held |= 1u << v;
        run->held[v].is_held = false;
    }
}

static bool run_range(Run *run, int first, int end);

static StudentTile tile_in(const Range *range) {
    return (StudentTile){(uint64_t)range->first, (uint64_t)range->count, (uint64_t)range->full_count};
}

/* Rows [first, end) that a loop goes over: all, or those of the tiles that meet the outer loop's tile. */
static Range loop_rows(const Run *run, const StudentLine *loop, int length, int tile) {
    uint64_t first = 0, end = ceil_div((uint64_t)length, (uint64_t)tile);
    if (loop->is_bounded)
        student_meeting_tiles(shape_of(run), loop->axis, (uint64_t)tile, tile_in(&run->range[1 - loop->axis]), &first,
                              &end);
    int from = (int)first * tile, to = (int)end * tile < length ? (int)end * tile : length;
    return (Range){.first = from, .count = to - from, .full_count = tile};
}

static bool run_loop(Run *run, int at) {
    const StudentLine *loop = &run->program->lines[at];
    int length = loop->axis == STUDENT_AXIS_Q ? run->query_rows : run->key_rows;
    int tile = (int)min_u64(ceil_div(loop->tile_rows, (uint64_t)run->divisor), (uint64_t)length);
    bool is_innermost_grid = loop->op == STUDENT_GRID && run->program->lines[at + 1].op != STUDENT_GRID;
    Range all = loop_rows(run, loop, length, tile), *range = &run->range[loop->axis];
    Range *outer = &run->range[1 - loop->axis], outer_before = *outer;
    for (int first = all.first; first < all.first + all.count; first += tile) {
        int count = tile < length - first ? tile : length - first;
        *range = (Range){first, count, tile, first == all.first, first + count == all.first + all.count};
        if (loop->is_bounded) {
            outer->is_first = student_is_first_meeting(shape_of(run), loop->axis, tile_in(range), tile_in(outer));
            outer->is_last = student_is_last_meeting(shape_of(run), loop->axis, tile_in(range), tile_in(outer));
        }
        if (is_innermost_grid) new_block(run);
        if (!run_range(run, at + 1, loop->body_end)) return false;
    }
    *outer = outer_before;
    *range = (Range){0};
    return true;
}

static bool run_range(Run *run, int first, int end) {
    for (int i = first; i < end;) {
        const StudentLine *line = &run->program->lines[i];
        run->line = line;
        bool is_loop = student_is_loop(line);
        if (is_loop ? !run_loop(run, i) : is_now(run, line) && !student_run_op(run)) return false;
        i = is_loop ? line->body_end : i + 1;
    }
    return true;
}

bool student_check(const StudentProgram *program, const Scenario *scenario, Err *err) {
    Arena arena = {0};
    uint64_t longest = max_u64(scenario->query_rows, scenario->key_rows);
    Run run = {.program = program, .scenario = scenario, .divisor = 1, .arena = &arena, .err = err};
    while (ceil_div(longest, (uint64_t)run.divisor) > CHECK_MAX_ROWS)
        run.divisor *= 2; /* so that usual tiles divide, too */
    run.query_rows = (int)ceil_div(scenario->query_rows, (uint64_t)run.divisor);
    run.key_rows = (int)ceil_div(scenario->key_rows, (uint64_t)run.divisor);
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++) matrix_make(&run, (StudentValue)v);
    student_fill_inputs(&run);
    bool is_good = student_check_asked(&run);
    for (int i = 0; i < program->line_count && is_good; i = program->lines[i].body_end) {
        new_block(&run);
        run.kernel_first_block = run.block;
        is_good = run_range(&run, i + 1, program->lines[i].body_end);
    }
    for (int row = 0; row < run.query_rows && is_good; row++) is_good = student_check_row(&run, row);
    arena_free(&arena);
    return is_good;
}
