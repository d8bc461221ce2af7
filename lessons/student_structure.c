/* Which lines lie inside which: see student_structure.h. */
#include "lessons/student_structure.h"

#include <string.h>

#include "lessons/student_shape.h"

static bool has_body(const StudentLine *line) { return student_is_loop(line) || line->op == STUDENT_KERNEL; }

typedef struct Checker {
    const StudentProgram *program;
    Err *err;
} Checker;

static bool fail(const Checker *c, const StudentLine *line, const char *words) {
    return err_set(c->err, ERR_USAGE, "%s:%d: %s", c->program->name, line->line, words);
}

static bool add_first_kernel(StudentProgram *program, Err *err) {
    if (program->lines[0].op == STUDENT_KERNEL) return true;
    if (program->line_count == STUDENT_LINES_MAX)
        return err_set(err, ERR_USAGE, "%s:%d: a program has at most %d lines", program->name,
                       program->lines[program->line_count - 1].line, STUDENT_LINES_MAX);
    memmove(&program->lines[1], &program->lines[0], sizeof program->lines[0] * (size_t)program->line_count);
    program->line_count++;
    program->lines[0] = (StudentLine){.op = STUDENT_KERNEL, .line = program->lines[1].line, .name = "mine"};
    return true;
}

/* One past the last line inside line i: the next kernel, or for a loop the next line no further in. */
static int end_of(const StudentProgram *program, int i) {
    const StudentLine *line = &program->lines[i];
    int end = i + 1;
    while (end < program->line_count && program->lines[end].op != STUDENT_KERNEL &&
           (line->op == STUDENT_KERNEL || program->lines[end].indent_chars > line->indent_chars))
        end++;
    return end;
}

static void set_bodies(StudentProgram *program) {
    for (int i = 0; i < program->line_count; i++)
        program->lines[i].body_end = has_body(&program->lines[i]) ? end_of(program, i) : 0;
}

static int next_sibling(const StudentProgram *program, int i) {
    return student_is_loop(&program->lines[i]) ? program->lines[i].body_end : i + 1;
}

/* A kernel's lines need not be indented; lines beside each other are indented alike. */
static bool check_indent(const Checker *c) {
    const StudentLine *lines = c->program->lines;
    for (int i = 0; i < c->program->line_count; i++) {
        if (!has_body(&lines[i])) continue;
        if (lines[i].body_end == i + 1)
            return fail(c, &lines[i],
                        "there is nothing inside: what belongs to this line goes below it, two spaces further in");
        for (int k = i + 1; k < lines[i].body_end; k = next_sibling(c->program, k))
            if (lines[k].indent_chars != lines[i + 1].indent_chars)
                return fail(c, &lines[k], "is indented differently from the lines around it");
    }
    return true;
}

static bool is_around(uint32_t axes, StudentAxis axis) { return axes >> axis & 1; }

static bool check_loop(const Checker *c, const StudentLine *loop, uint32_t axes, bool is_in_grid) {
    bool is_q = loop->axis == STUDENT_AXIS_Q;
    if (is_around(axes, loop->axis))
        return fail(c, loop, is_q ? "q is already a loop around this one" : "k is already a loop around this one");
    if (loop->op == STUDENT_GRID && !is_in_grid)
        return fail(c, loop, "grid must be outermost: a thread block cannot start thread blocks");
    if (loop->is_bounded && !is_around(axes, 1 - loop->axis))
        return fail(c, loop,
                    is_q ? "'from k' needs a loop over k around this one"
                         : "'up to q' needs a loop over q around this one");
    return true;
}

/* Nothing stands beside a grid, but a 'keep' before it may. */
static bool check_alone(const Checker *c, int grid, int first, int end) {
    const StudentLine *lines = c->program->lines;
    if (lines[grid].op != STUDENT_GRID || (grid == first && lines[grid].body_end == end)) return true;
    const StudentLine *other = grid != first ? &lines[grid - 1] : &lines[lines[grid].body_end];
    bool is_keep = grid != first && other->op == STUDENT_KEEP;
    return (is_keep && lines[grid].body_end == end) ||
           fail(c, other, "a kernel with a grid has nothing beside it: move this line inside");
}

static bool check_step(const Checker *c, const StudentLine *line, uint32_t axes) {
    if (line->when != STUDENT_ALWAYS && !is_around(axes, line->when_axis))
        return fail(c, line, "'when' asks about a loop that is not around this line");
    if (line->op != STUDENT_LOAD && line->op != STUDENT_STORE) return true;
    bool has_q = student_has_query_rows(line->value), has_k = !has_q || student_has_key_cols(line->value);
    if (has_q && !line->is_all[STUDENT_AXIS_Q] && !is_around(axes, STUDENT_AXIS_Q))
        return fail(c, line, "[q] needs a loop over q around it; or write [all]");
    if (has_k && !line->is_all[STUDENT_AXIS_K] && !is_around(axes, STUDENT_AXIS_K))
        return fail(c, line, "[k] needs a loop over k around it; or write [all]");
    return true;
}

/* Lines [first, end) inside loops over axes (a bit each). is_in_grid: only grids and a kernel are around. */
static bool check_range(const Checker *c, int first, int end, uint32_t axes, int depth, bool is_in_grid) {
    if (depth > STUDENT_DEPTH_MAX) return fail(c, &c->program->lines[first], "loops are nested too deep");
    for (int i = first; i < end; i = next_sibling(c->program, i)) {
        const StudentLine *line = &c->program->lines[i];
        if (!student_is_loop(line)) {
            if (!check_step(c, line, axes)) return false;
            continue;
        }
        if (!check_loop(c, line, axes, is_in_grid) ||
            !check_range(c, i + 1, line->body_end, axes | 1u << line->axis, depth + 1, line->op == STUDENT_GRID) ||
            !check_alone(c, i, first, end))
            return false;
    }
    return true;
}

static bool check_kernels(const Checker *c) {
    const StudentLine *lines = c->program->lines;
    int kernel_count = 0;
    for (int i = 0; i < c->program->line_count; i = lines[i].body_end) {
        if (++kernel_count > STUDENT_KERNELS_MAX) return fail(c, &lines[i], "a program has at most 8 kernels");
        if (!check_range(c, i + 1, lines[i].body_end, 0, 0, true)) return false;
    }
    return true;
}

bool student_set_structure(StudentProgram *program, Err *err) {
    Checker checker = {program, err};
    if (!add_first_kernel(program, err)) return false;
    set_bodies(program);
    return check_indent(&checker) && check_kernels(&checker);
}
