/* A student's program being run on small numbers: what student_check.c (blocks and loops), student_ops.c (what a line
 * does) and student_result.c (inputs, what attention is, the verdict) share.
 */
#ifndef LESSONS_STUDENT_RUN_H
#define LESSONS_STUDENT_RUN_H
#include <math.h>

#include "lessons/student_shape.h"

enum { CHECK_MAX_ROWS = 192, CHECK_DIM_ELEMS = 4 };

typedef struct Matrix {
    int rows, cols;
    double *data;
    int *writer; /* who wrote the element: 0 nobody, else 1 + block number over all kernels */
} Matrix;

/* A tile on chip. */
typedef struct Held {
    bool is_held;
    int row_first, rows, col_first, cols;
    double *data;
    /* Of O and l: added to since it was stored (l: or divided by); zeroed since it was stored; divided by l. */
    bool is_unsaved, is_fresh, is_divided;
} Held;

typedef struct Range {
    int first, count, full_count; /* rows; those of a full tile */
    bool is_first, is_last;
} Range;

typedef struct Run {
    const StudentProgram *program;
    const Scenario *scenario;
    const StudentLine *line;  /* being run */
    int query_rows, key_rows; /* of the small run */
    int divisor;              /* the scenario has this many times as many */
    Matrix hbm[STUDENT_VALUE_COUNT];
    Held held[STUDENT_VALUE_COUNT];
    uint32_t was_held;               /* by an earlier block of this kernel, or an earlier kernel */
    Range range[STUDENT_AXIS_COUNT]; /* of the loops around */
    int block, kernel_first_block;
    Arena *arena;
    Err *err;
} Run;

/* Refuses, at the line being run. */
bool student_run_fail(const Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* exp(x - max), 0 for what is masked: also where all of a row is. */
static inline double student_exp_below(double x, double max) { return isinf(x) ? 0 : exp(x - max); }

/* student_ops.c: run->line, done; refused where it cannot be, with what would help. */
bool student_run_op(Run *run);

/* student_result.c */

/* Whether the program has the lines that the scenario asks for. */
bool student_check_asked(Run *run);
void student_fill_inputs(Run *run);
/* What masks add to a score, and what dropout makes of its weight: any fixed draw will do, as long as program and
 * reference agree. */
double student_mask_term(const Run *run, int row, int col);
double student_drop_factor(const Run *run, int row, int col);
/* Whether a row of O in global memory is attention's, in double precision. */
bool student_check_row(const Run *run, int row);
#endif
