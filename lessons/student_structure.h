/* A student's program, lines -> kernels, loops and what is inside them. Internal to student_parse.c. */
#ifndef LESSONS_STUDENT_STRUCTURE_H
#define LESSONS_STUDENT_STRUCTURE_H
#include "lessons/student.h"

/* Puts a kernel line in front where there is none, sets every body_end by indentation, and refuses loops, grids, tiles
 * and whens that do not fit into each other, naming the line. */
bool student_set_structure(StudentProgram *program, Err *err);
#endif
