/* Which tiles of q and k meet under a causal mask: the rule behind 'up to q' and 'from k', for student_check (in rows
 * of the small run) and student_compile (in rows of the scenario). Query r sees keys 0 .. r + key_rows - query_rows.
 * Pure.
 */
#ifndef LESSONS_STUDENT_SHAPE_H
#define LESSONS_STUDENT_SHAPE_H
#include "lessons/student.h"
#include "sim/base/checked.h"

typedef struct StudentShape {
    uint64_t query_rows, key_rows; /* key_rows at least query_rows */
} StudentShape;

/* One past the last key that queries first .. first + rows - 1 see. */
static inline uint64_t student_end_key(StudentShape shape, uint64_t query_first, uint64_t query_rows) {
    return min_u64(shape.key_rows, query_first + query_rows + shape.key_rows - shape.query_rows);
}

/* The first query that sees a key. */
static inline uint64_t student_first_query(StudentShape shape, uint64_t key) {
    uint64_t before_rows = shape.key_rows - shape.query_rows; /* keys older than the first query */
    return key > before_rows ? key - before_rows : 0;
}

/* A tile of one side: its first row, how many, and what a full one of its loop has. */
typedef struct StudentTile {
    uint64_t first, rows, full_rows;
} StudentTile;

/* Tiles [*first, *end) of a bounded loop over axis, with tiles of full_rows, that meet a tile of the other side. */
static inline void student_meeting_tiles(StudentShape shape, StudentAxis axis, uint64_t full_rows, StudentTile other,
                                         uint64_t *first, uint64_t *end) {
    bool is_k = axis == STUDENT_AXIS_K;
    *first = is_k ? 0 : student_first_query(shape, other.first) / full_rows;
    *end = ceil_div(is_k ? student_end_key(shape, other.first, other.rows) : shape.query_rows, full_rows);
}

/* Whether the outer tile is the first (last) of its side to meet the inner one, a tile of axis. */
static inline bool student_is_first_meeting(StudentShape shape, StudentAxis axis, StudentTile inner,
                                            StudentTile outer) {
    if (axis == STUDENT_AXIS_Q) return outer.first == 0; /* key 0 is seen by all */
    return student_first_query(shape, inner.first) / outer.full_rows == outer.first / outer.full_rows;
}
static inline bool student_is_last_meeting(StudentShape shape, StudentAxis axis, StudentTile inner, StudentTile outer) {
    if (axis == STUDENT_AXIS_K) return outer.first + outer.rows == shape.query_rows; /* the last query sees all */
    return ceil_div(student_end_key(shape, inner.first, inner.rows), outer.full_rows) - 1 ==
           outer.first / outer.full_rows;
}

static inline bool student_is_loop(const StudentLine *line) {
    return line->op == STUDENT_GRID || line->op == STUDENT_FOR;
}

/* What a value looks like from one head. */
static inline bool student_has_query_rows(StudentValue v) {
    return v != STUDENT_K && v != STUDENT_V && v != STUDENT_KEY_MASK;
}
static inline bool student_has_key_cols(StudentValue v) {
    return v == STUDENT_S || v == STUDENT_P || v == STUDENT_MASK;
}
static inline bool student_is_statistic(StudentValue v) { return v == STUDENT_M || v == STUDENT_L; }
/* An argument that the program may only read. */
static inline bool student_is_input(StudentValue v) {
    return v == STUDENT_Q || v == STUDENT_K || v == STUDENT_V || v == STUDENT_MASK || v == STUDENT_KEY_MASK;
}
#endif
