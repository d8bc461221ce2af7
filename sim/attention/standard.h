/* What standard's tree (standard.c) and formula (standard_formula.c) agree on: which kernels run, in which order. */
#ifndef SIM_ATTENTION_STANDARD_H
#define SIM_ATTENTION_STANDARD_H
#include "sim/attention/algorithm.h"

/* How a row kernel takes its rows: as many as fit a block's shared memory, whole, at most four; or, where not even one
 * fits, four at a time streamed twice in chunks of columns. */
typedef struct StandardRows {
    uint64_t rows_per_block; /* 4, 2 or 1; a power of two of the warps */
    bool is_kept;            /* whole rows stay in shared memory: read once */
} StandardRows;

/* Kernel numbers in Program.kernels, -1 where a kernel does not run. */
typedef struct StandardPlan {
    int qk, mask, softmax, dropout, pv;
    int dv, dp, dropout_back, softmax_back, dq, dk, sum_heads;
    bool has_mask, has_dropout;
    StandardRows softmax_rows, back_rows; /* of softmax (S) and of its backward pass (P and dP) */
} StandardPlan;
StandardPlan standard_plan(const Scenario *scenario);
/* Algorithm.resolve; `name` is the algorithm that a refusal names. */
bool standard_resolve(Scenario *scenario, const char *name, char *note, int note_bytes, Err *err);
bool standard_formula(const Scenario *scenario, Formula *formula, Arena *arena, Err *err);
#endif
