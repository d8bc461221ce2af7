/* The student's own attention, in a dozen lines: text -> lines -> (run on real numbers) -> sim Program.
 *
 *     keep O m l in registers
 *     grid q by 128                 every iteration is a thread block of its own; batch and heads are implied
 *       load Q[q]
 *       zero O m l
 *       for k by 64                 a loop inside a block
 *         load K[k]
 *         load V[k]
 *         S = Q K^T
 *         P = online softmax S      max m and sum l of the rows so far; O and l are rescaled
 *         O += P V
 *       O /= l
 *       store O[q]
 *
 * Values: Q O m l have rows q, K V rows k, S P both. A tile is a value at its loops' indices: S[q,k], S[q,all], K[all].
 * `P = softmax S` needs whole rows. `kernel NAME` begins another kernel: what is on chip is lost, what was stored in
 * global memory stays. Any line but a loop may end in `when first k`, `when last k`, or the same with `not`.
 * A tile on chip takes the scenario's elements for Q K V and fp32 for S P O m l; P takes S's place.
 *
 * What the scenario asks of attention the program must do, no more and no less:
 *
 *     for k by 64 up to q       causal: only the tiles that some query of this tile of q sees
 *     for q by 16 from k        the same, where k is the outer loop: only queries that see this tile of k
 *     load mask[q,k]            --mask additive (a number a score);  load mask[k]: --mask padding (a byte a key)
 *     mask S                    minus infinity where a query must not see (--causal), and the mask that was loaded
 *     drop P                    --dropout: drawn on chip
 *
 * In a bounded loop `first k` and `last k` mean the first and last tile of k that meets this tile of q.
 *
 * Three judges, each with errors that teach and name the line: the reader (grammar), the run (student_check: real
 * numbers at a smaller size: used before loaded, two blocks writing one place, result not written, result wrong),
 * and the compiler (student_compile: does it fit in SRAM and registers? then a program like any other, to be counted).
 * Not modelled: the backward pass; --accounting paper (every line that moves bytes counts).
 */
#ifndef LESSONS_STUDENT_H
#define LESSONS_STUDENT_H
#include "sim/count.h"

enum {
    STUDENT_LINES_MAX = 64,
    STUDENT_MAX_BYTES = 8192,
    STUDENT_DEPTH_MAX = 6,
    STUDENT_KERNELS_MAX = 8,
    STUDENT_NAME_BYTES = 24
};

typedef enum StudentValue {
    STUDENT_Q,
    STUDENT_K,
    STUDENT_V,
    STUDENT_S,
    STUDENT_P,
    STUDENT_O,
    STUDENT_M,
    STUDENT_L,
    STUDENT_MASK,     /* mask[q,k] */
    STUDENT_KEY_MASK, /* mask[k] */
    STUDENT_VALUE_COUNT
} StudentValue;
typedef enum StudentAxis { STUDENT_AXIS_Q, STUDENT_AXIS_K, STUDENT_AXIS_COUNT } StudentAxis;

typedef enum StudentOp {
    STUDENT_KERNEL, /* name; its body is the lines up to body_end */
    STUDENT_GRID,   /* axis, tile_rows */
    STUDENT_FOR,    /* axis, tile_rows */
    STUDENT_LOAD,   /* value, is_all */
    STUDENT_STORE,
    STUDENT_ZERO,    /* values */
    STUDENT_SCORES,  /* S = Q K^T */
    STUDENT_SOFTMAX, /* P = softmax S */
    STUDENT_ONLINE,  /* P = online softmax S */
    STUDENT_OUTPUT,  /* O += P V */
    STUDENT_DIVIDE,  /* O /= l */
    STUDENT_HIDE,    /* mask S */
    STUDENT_DROP,    /* drop P */
    STUDENT_KEEP,    /* values: in registers for the rest of the kernel */
} StudentOp;

typedef enum StudentWhen {
    STUDENT_ALWAYS,
    STUDENT_WHEN_FIRST,
    STUDENT_WHEN_NOT_FIRST,
    STUDENT_WHEN_LAST,
    STUDENT_WHEN_NOT_LAST
} StudentWhen;

typedef struct StudentLine {
    StudentOp op;
    int line; /* in the text, 1-based */
    int indent_chars;
    int body_end; /* KERNEL, GRID, FOR: one past its last line */
    StudentAxis axis;
    uint64_t tile_rows; /* of GRID and FOR */
    bool is_bounded;    /* GRID, FOR: 'up to q', 'from k' */
    StudentValue value;
    uint32_t values;                 /* ZERO, KEEP: bit a value */
    bool is_all[STUDENT_AXIS_COUNT]; /* LOAD, STORE: [all] in that dimension */
    StudentWhen when;
    StudentAxis when_axis;
    char name[STUDENT_NAME_BYTES]; /* KERNEL */
} StudentLine;

typedef struct StudentProgram {
    StudentLine lines[STUDENT_LINES_MAX]; /* each kernel begins with a KERNEL line, written or implied */
    int line_count;
    const char *name; /* for messages: a file's name */
} StudentProgram;

/* A program as text, for those who compile it anew when the scenario changes. */
typedef struct StudentText {
    const char *name; /* for messages: a file's name */
    const char *text;
} StudentText;

/* name: for messages; must outlive the program. */
bool student_parse(const char *name, const char *text, StudentProgram *program, Err *err);
/* Runs the program on small seeded numbers and compares O with attention in double precision. */
bool student_check(const StudentProgram *program, const Scenario *scenario, Err *err);
/* Compiles it for the scenario's real size. */
bool student_compile(const StudentProgram *student, const Scenario *scenario, Program *program, Arena *arena, Err *err);
/* Parse, check, compile, count: a Count like any algorithm's, in the arena. Its formula is empty. */
bool student_count(const char *name, const char *text, const Scenario *scenario, CountOptions options, Count *count,
                   Arena *arena, Err *err);

/* The language on a page, for help; and flash attention in it, which a lesson would rather not show. */
extern const char student_language[], student_example[];
const char *student_value_name(StudentValue value);
#endif
