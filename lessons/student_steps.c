/* A student's program, lines -> sim Program: steps and loops. See student.h.
 *
 * A loop's range is cut into runs of tiles that compile to the same steps: the ragged last one apart, the first and
 * last where a line asks for them. A loop around a bounded one ('up to q', 'from k') has a child for each iteration.
 */
#include <string.h>

#include "lessons/student_parts.h"

/* A causal tree has a node for each tile of the outer loop, and looks at each pair of tiles once. */
#define OUTER_TILES_MAX (UINT64_C(1) << 16)
#define TILE_PAIRS_MAX (UINT64_C(1) << 27)

static const Axis axis_of[STUDENT_AXIS_COUNT] = {AXIS_Q_BLOCK, AXIS_K_BLOCK};

/* Steps. */

static uint64_t rows_now(const Compiler *c, StudentAxis axis) {
    return c->extent[axis].is_open ? c->extent[axis].rows : student_length(c, axis);
}

static TileAt tile_of(const Compiler *c, const StudentLine *line) {
    StudentValue v = line->value;
    StudentAxis row_axis = student_has_query_rows(v) ? STUDENT_AXIS_Q : STUDENT_AXIS_K;
    bool is_all_rows = line->is_all[row_axis], is_all_cols = line->is_all[STUDENT_AXIS_K];
    TileAt at = {.row_axis = is_all_rows ? AXIS_NONE : axis_of[row_axis],
                 .row_stride = is_all_rows ? 0 : c->extent[row_axis].stride,
                 .rows = is_all_rows ? student_length(c, row_axis) : rows_now(c, row_axis),
                 .col_axis = AXIS_NONE,
                 .cols = student_is_statistic(v) ? 1 : c->scenario->head_dim_elems};
    if (student_has_key_cols(v) || v == STUDENT_KEY_MASK) {
        at.col_axis = is_all_cols ? AXIS_NONE : AXIS_K_BLOCK;
        at.col_stride = is_all_cols ? 0 : c->extent[STUDENT_AXIS_K].stride;
        at.cols = is_all_cols ? c->scenario->key_rows : rows_now(c, STUDENT_AXIS_K);
    }
    if (v == STUDENT_KEY_MASK) at.row_axis = AXIS_NONE, at.row_stride = 0, at.rows = 1;
    return at;
}

/* What the narrator says: what the line does, and which it is. */
static const char *phrase(Compiler *c, const StudentLine *line, const char *verb, const char *object) {
    return arena_format(c->builder.arena, "%s%s (line %d)", verb, object, line->line);
}

static void compile_load(Compiler *c, const StudentLine *line) {
    StudentValue v = line->value;
    TileAt at = tile_of(c, line);
    if (v == STUDENT_Q) c->held_q_rows = at.rows;
    if (v == STUDENT_K) c->held_k_rows = at.rows;
    if (student_has_key_cols(v) && !student_is_input(v)) c->score_rows = at.rows, c->score_cols = at.cols;
    builder_load(&c->builder, c->tensor[v], c->buffer[v], at, phrase(c, line, "load ", student_value_name(v)));
}

static void compile_zero(Compiler *c, const StudentLine *line) {
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++)
        if (line->values & 1u << v)
            builder_map(&c->builder, c->buffer[v], rows_now(c, STUDENT_AXIS_Q),
                        student_is_statistic((StudentValue)v) ? 1 : c->scenario->head_dim_elems,
                        phrase(c, line, "zero ", student_value_name((StudentValue)v)));
}

static void compile_line(Compiler *c, const StudentLine *line) {
    ProgramBuilder *b = &c->builder;
    uint64_t d = c->scenario->head_dim_elems;
    switch (line->op) {
    case STUDENT_LOAD: compile_load(c, line); break;
    case STUDENT_STORE:
        builder_store(b, c->tensor[line->value], c->buffer[line->value], tile_of(c, line),
                      phrase(c, line, "store ", student_value_name(line->value)));
        break;
    case STUDENT_ZERO: compile_zero(c, line); break;
    case STUDENT_SCORES:
        c->score_rows = c->held_q_rows;
        c->score_cols = c->held_k_rows;
        builder_matmul(b, c->buffer[STUDENT_S], c->score_rows, c->score_cols, d, phrase(c, line, "S = Q K^T", ""));
        break;
    case STUDENT_SOFTMAX:
        builder_softmax(b, c->buffer[STUDENT_S], c->score_rows, c->score_cols, c->score_rows * c->score_cols,
                        phrase(c, line, "P = softmax S", ""));
        break;
    case STUDENT_ONLINE:
        builder_softmax(b, c->buffer[STUDENT_S], c->score_rows, c->score_cols,
                        c->score_rows * c->score_cols + c->score_rows, phrase(c, line, "P = online softmax S", ""));
        break;
    case STUDENT_OUTPUT:
        builder_matmul(b, c->buffer[STUDENT_O], c->score_rows, d, c->score_cols, phrase(c, line, "O += P V", ""));
        break;
    case STUDENT_DIVIDE:
        builder_map(b, c->buffer[STUDENT_O], rows_now(c, STUDENT_AXIS_Q), d, phrase(c, line, "O /= l", ""));
        break;
    case STUDENT_HIDE:
        builder_map(b, c->buffer[STUDENT_S], c->score_rows, c->score_cols, phrase(c, line, "mask S", ""));
        break;
    case STUDENT_DROP:
        builder_map(b, c->buffer[STUDENT_P], c->score_rows, c->score_cols, phrase(c, line, "drop P", ""));
        break;
    case STUDENT_KEEP:
    case STUDENT_KERNEL:
    case STUDENT_GRID:
    case STUDENT_FOR: break;
    }
}

static bool is_now(const Compiler *c, const StudentLine *line) {
    const Extent *extent = &c->extent[line->when_axis];
    switch (line->when) {
    case STUDENT_ALWAYS: return true;
    case STUDENT_WHEN_FIRST: return extent->is_first;
    case STUDENT_WHEN_NOT_FIRST: return !extent->is_first;
    case STUDENT_WHEN_LAST: return extent->is_last;
    case STUDENT_WHEN_NOT_LAST: return !extent->is_last;
    }
    return true;
}

/* Loops. */

static bool has_when(const StudentProgram *student, int first, int end, StudentAxis axis) {
    for (int i = first; i < end; i++)
        if (student->lines[i].when != STUDENT_ALWAYS && student->lines[i].when_axis == axis) return true;
    return false;
}

/* A loop inside that goes over the tiles that meet this loop's. */
static bool has_bounded(const StudentProgram *student, int first, int end) {
    for (int i = first; i < end; i++)
        if (student->lines[i].is_bounded) return true;
    return false;
}

static StudentShape shape_of(const Compiler *c) {
    return (StudentShape){c->scenario->query_rows, c->scenario->key_rows};
}

static StudentTile tile_in(const Extent *extent) { return (StudentTile){extent->first, extent->rows, extent->stride}; }

/* A loop of the student's, in the making. */
typedef struct Loop {
    const StudentLine *line;
    int body, end; /* lines */
    uint64_t length, tile;
    uint64_t first, last_end;           /* tiles gone over: [first, last_end) */
    bool is_block;                      /* an iteration is a thread block */
    bool sees_ends[STUDENT_AXIS_COUNT]; /* some line asks for first or last */
} Loop;

static Loop loop_of(const Compiler *c, int at) {
    const StudentLine *line = &c->student->lines[at];
    Loop loop = {.line = line, .body = at + 1, .end = line->body_end, .length = student_length(c, line->axis)};
    loop.tile = min_u64(line->tile_rows, loop.length);
    loop.last_end = ceil_div(loop.length, loop.tile);
    loop.is_block = line->op == STUDENT_GRID && c->student->lines[at + 1].op != STUDENT_GRID;
    for (StudentAxis axis = 0; axis < STUDENT_AXIS_COUNT; axis++)
        loop.sees_ends[axis] = has_when(c->student, at + 1, line->body_end, axis);
    if (line->is_bounded)
        student_meeting_tiles(shape_of(c), line->axis, loop.tile, tile_in(&c->extent[1 - line->axis]), &loop.first,
                              &loop.last_end);
    return loop;
}

static Extent extent_at(const Loop *loop, uint64_t index) {
    uint64_t first = index * loop->tile;
    return (Extent){.stride = loop->tile,
                    .rows = min_u64(loop->tile, loop->length - first),
                    .first = first,
                    .is_first = index == loop->first,
                    .is_last = index + 1 == loop->last_end,
                    .is_open = true};
}

/* What a tile of the loop, at index, makes of both axes; the outer loop's ends are those among the tiles that meet. */
static void set_extents(Compiler *c, const Loop *loop, uint64_t index) {
    StudentAxis axis = loop->line->axis;
    c->extent[axis] = extent_at(loop, index);
    if (!loop->line->is_bounded) return;
    Extent *outer = &c->extent[1 - axis];
    StudentTile inner_tile = tile_in(&c->extent[axis]), outer_tile = tile_in(outer);
    outer->is_first = student_is_first_meeting(shape_of(c), axis, inner_tile, outer_tile);
    outer->is_last = student_is_last_meeting(shape_of(c), axis, inner_tile, outer_tile);
}

/* Whether two tiles of a loop compile to the same steps: Compiler.extent against what it was. */
static bool is_equal(const Compiler *c, const Loop *loop, const Extent before[STUDENT_AXIS_COUNT]) {
    if (c->extent[loop->line->axis].rows != before[loop->line->axis].rows) return false;
    for (StudentAxis axis = 0; axis < STUDENT_AXIS_COUNT; axis++)
        if (loop->sees_ends[axis] &&
            (c->extent[axis].is_first != before[axis].is_first || c->extent[axis].is_last != before[axis].is_last))
            return false;
    return true;
}

/* One past the last of the tiles from index on that compile to the same steps; extents are those of index. */
static uint64_t run_end(Compiler *c, const Loop *loop, uint64_t index) {
    bool is_long = !loop->sees_ends[STUDENT_AXIS_Q] && !loop->sees_ends[STUDENT_AXIS_K];
    uint64_t full_end = loop->length / loop->tile;
    if (is_long && index < full_end) return min_u64(full_end, loop->last_end);
    Extent before[STUDENT_AXIS_COUNT] = {c->extent[0], c->extent[1]};
    uint64_t end = index + 1;
    for (; end < loop->last_end; end++) {
        set_extents(c, loop, end);
        if (!is_equal(c, loop, before)) break;
    }
    memcpy(c->extent, before, sizeof before);
    return end;
}

static void compile_body(Compiler *c, const Loop *loop) {
    if (loop->is_block) builder_block_begin(&c->builder);
    student_compile_lines(c, loop->body, loop->end);
    if (loop->is_block) builder_end(&c->builder);
}

/* Iterations that differ, since a loop inside meets other tiles each time: a child each. */
static void compile_varying(Compiler *c, const Loop *loop) {
    builder_vloop_begin(&c->builder, axis_of[loop->line->axis], loop->first, NULL);
    for (uint64_t index = loop->first; index < loop->last_end; index++) {
        set_extents(c, loop, index);
        builder_loop_begin(&c->builder, AXIS_NONE, 1, 0);
        compile_body(c, loop);
        builder_end(&c->builder);
    }
    builder_end(&c->builder);
}

static void compile_runs(Compiler *c, const Loop *loop) {
    for (uint64_t index = loop->first, end; index < loop->last_end; index = end) {
        set_extents(c, loop, index);
        end = run_end(c, loop, index);
        builder_loop_begin(&c->builder, axis_of[loop->line->axis], end - index, index);
        compile_body(c, loop);
        builder_end(&c->builder);
    }
}

static void compile_loop(Compiler *c, int at) {
    Loop loop = loop_of(c, at);
    StudentAxis axis = loop.line->axis;
    Extent outer_before = c->extent[1 - axis];
    if (!c->builder.program->tile_rows[axis_of[axis]]) c->builder.program->tile_rows[axis_of[axis]] = loop.tile;
    bool is_varying = has_bounded(c->student, loop.body, loop.end);
    (is_varying ? compile_varying : compile_runs)(c, &loop);
    c->extent[axis] = (Extent){0};
    c->extent[1 - axis] = outer_before;
}

bool student_check_loops(const Compiler *c) {
    uint64_t tiles[STUDENT_AXIS_COUNT] = {1, 1};
    for (int i = 0; i < c->student->line_count; i++) {
        const StudentLine *line = &c->student->lines[i];
        if (!student_is_loop(line)) continue;
        tiles[line->axis] = ceil_div(student_length(c, line->axis), line->tile_rows);
        if (!line->is_bounded) continue;
        if (tiles[1 - line->axis] > OUTER_TILES_MAX || tiles[0] * tiles[1] > TILE_PAIRS_MAX)
            return err_set(c->err, ERR_USAGE,
                           "%s:%d: %llu x %llu tiles; a causal loop may have at most %llu outer tiles and %llu pairs: "
                           "larger tiles, please",
                           c->student->name, line->line, (unsigned long long)tiles[0], (unsigned long long)tiles[1],
                           (unsigned long long)OUTER_TILES_MAX, (unsigned long long)TILE_PAIRS_MAX);
    }
    return true;
}

void student_compile_lines(Compiler *c, int first, int end) {
    for (int i = first; i < end;) {
        const StudentLine *line = &c->student->lines[i];
        bool is_loop = student_is_loop(line);
        if (is_loop)
            compile_loop(c, i);
        else if (is_now(c, line))
            compile_line(c, line);
        i = is_loop ? line->body_end : i + 1;
    }
}
