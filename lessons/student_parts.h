/* What student_compile.c (tensors, buffers, kernels) and student_steps.c (steps, loops) share: a program in the making.
 */
#ifndef LESSONS_STUDENT_PARTS_H
#define LESSONS_STUDENT_PARTS_H
#include "lessons/student_shape.h"
#include "sim/program_builder.h"

typedef struct Extent {
    uint64_t stride, rows; /* tile's full size, and this run's */
    uint64_t first;        /* row of the run's first tile */
    bool is_first, is_last, is_open;
} Extent;

typedef struct Compiler {
    ProgramBuilder builder;
    const StudentProgram *student;
    const Scenario *scenario;
    uint8_t tensor[STUDENT_VALUE_COUNT];
    uint8_t buffer[STUDENT_VALUE_COUNT];
    Extent extent[STUDENT_AXIS_COUNT];
    uint64_t held_q_rows, held_k_rows, score_rows, score_cols; /* of the tiles on chip */
    Err *err;
} Compiler;

static inline uint64_t student_length(const Compiler *c, StudentAxis axis) {
    return axis == STUDENT_AXIS_Q ? c->scenario->query_rows : c->scenario->key_rows;
}
/* A tree that would take too long to build, or too much memory, is refused. */
bool student_check_loops(const Compiler *c);
/* The steps of lines [first, end) into the builder, under the extents that are open. */
void student_compile_lines(Compiler *c, int first, int end);
#endif
