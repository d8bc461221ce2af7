/* What standard's tree (standard.c) and formula (standard_formula.c) agree on: which kernels run, in which order. */
#ifndef SIM_ATTENTION_STANDARD_H
#define SIM_ATTENTION_STANDARD_H
#include "sim/attention/algorithm.h"

/* Kernel numbers in Program.kernels, -1 where a kernel does not run. */
typedef struct StandardPlan {
    int qk, mask, softmax, dropout, pv;
    int dv, dp, dropout_back, softmax_back, dq, dk, sum_heads;
    bool has_mask, has_dropout;
    bool is_row_kept, are_two_rows_kept; /* four rows of scores (of P and dP) fit 48 KiB of shared memory */
} StandardPlan;
StandardPlan standard_plan(const Scenario *scenario);
bool standard_formula(const Scenario *scenario, Formula *formula, Arena *arena, Err *err);
#endif
