/* What a student's program is measured by: inputs, masks and dropout, attention in double precision, the verdict. See
 * student_run.h.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lessons/student_run.h"

bool student_run_fail(const Run *run, const char *format, ...) {
    char words[500];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return err_set(run->err, ERR_USAGE, "%s:%d: %s", run->program->name, run->line->line, words);
}

double student_drop_factor(const Run *run, int row, int col) {
    uint64_t draw = ((uint64_t)row * 1000003u + (uint64_t)col + 1) * 6364136223846793005u;
    double p = run->scenario->dropout_probability;
    return (double)(draw >> 40) / (double)(1u << 24) < p ? 0 : 1 / (1 - p);
}

double student_mask_term(const Run *run, int row, int col) {
    if (run->scenario->is_causal && col > row + run->key_rows - run->query_rows) return -INFINITY;
    if (run->scenario->mask == MASK_ADDITIVE) return run->hbm[STUDENT_MASK].data[row * run->key_rows + col];
    return run->scenario->mask == MASK_PADDING ? run->hbm[STUDENT_KEY_MASK].data[col] : 0;
}

void student_fill_inputs(Run *run) {
    uint64_t seed = 20260101;
    for (int v = STUDENT_Q; v <= STUDENT_V; v++) {
        Matrix *m = &run->hbm[v];
        for (int i = 0; i < m->rows * m->cols; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            m->data[i] = (double)(seed >> 40) / (double)(1u << 22) - 2; /* -2 .. 2 */
        }
    }
    Matrix *mask = &run->hbm[STUDENT_MASK], *key_mask = &run->hbm[STUDENT_KEY_MASK];
    for (int i = 0; i < mask->rows * mask->cols; i++) mask->data[i] = 0.25 * (i % 7) - 0.75;
    for (int i = key_mask->rows - key_mask->rows / 5; i < key_mask->rows; i++) key_mask->data[i] = -INFINITY;
}

/* One row of attention in double precision; sum is the row's l. */
static void reference_row(const Run *run, int row, double out[CHECK_DIM_ELEMS], double *sum) {
    const double *q = run->hbm[STUDENT_Q].data + row * CHECK_DIM_ELEMS, *k = run->hbm[STUDENT_K].data,
                 *v = run->hbm[STUDENT_V].data;
    double score[CHECK_MAX_ROWS + 1], max = -INFINITY;
    assert(run->key_rows <= CHECK_MAX_ROWS);
    for (int c = 0; c < run->key_rows; c++) {
        score[c] = 0;
        for (int i = 0; i < CHECK_DIM_ELEMS; i++) score[c] += q[i] * k[c * CHECK_DIM_ELEMS + i] / sqrt(CHECK_DIM_ELEMS);
        score[c] += student_mask_term(run, row, c);
        max = fmax(max, score[c]);
    }
    *sum = 0;
    memset(out, 0, sizeof(double) * CHECK_DIM_ELEMS);
    for (int c = 0; c < run->key_rows; c++) {
        double p = student_exp_below(score[c], max);
        *sum += p;
        if (run->scenario->dropout_probability > 0) p *= student_drop_factor(run, row, c);
        for (int i = 0; i < CHECK_DIM_ELEMS; i++) out[i] += p * v[c * CHECK_DIM_ELEMS + i];
    }
    for (int i = 0; i < CHECK_DIM_ELEMS; i++) out[i] /= *sum;
}

static bool wrong_result(const Run *run, const char *words) {
    return err_set(run->err, ERR_USAGE, "%s: %s", run->program->name, words);
}

bool student_check_row(const Run *run, int row) {
    const Matrix *o = &run->hbm[STUDENT_O];
    double want[CHECK_DIM_ELEMS], sum, worst = 0, worst_undivided = 0;
    reference_row(run, row, want, &sum);
    for (int i = 0; i < CHECK_DIM_ELEMS; i++) {
        double got = o->data[row * CHECK_DIM_ELEMS + i];
        if (o->writer[row * CHECK_DIM_ELEMS + i] == 0)
            return row == 0 ? wrong_result(run, "the result is never written: 'store O[q]' is missing")
                            : err_set(run->err, ERR_USAGE,
                                      "%s: row %d of O is never written: is 'store O[q]' inside the loop over q?",
                                      run->program->name, row * run->divisor);
        worst = fmax(worst, fabs(got - want[i]));
        worst_undivided = fmax(worst_undivided, fabs(got - want[i] * sum));
    }
    if (worst < 1e-9) return true;
    if (worst_undivided < 1e-9 * fmax(1, sum))
        return wrong_result(
            run, "O was stored before it was divided by its row sums: 'O /= l' is missing after the loop over k");
    bool is_masked = run->scenario->is_causal || run->scenario->mask != MASK_NONE;
    return err_set(run->err, ERR_USAGE,
                   "%s: O is not attention: row %d differs by %.2g; is every key visited once for every query, %sand O "
                   "divided by l once, at the end?",
                   run->program->name, row * run->divisor, worst,
                   is_masked ? "every tile masked in which some query must not see some key, " : "");
}

/* What the scenario asks for, before anything is run. */

static const StudentLine *find_op(const StudentProgram *program, StudentOp op) {
    for (int i = 0; i < program->line_count; i++)
        if (program->lines[i].op == op) return &program->lines[i];
    return NULL;
}

static bool check_bounds(Run *run) {
    for (int i = 0; i < run->program->line_count; i++) {
        run->line = &run->program->lines[i];
        if (run->line->is_bounded && !run->scenario->is_causal)
            return student_run_fail(run,
                                    "'%s' skips keys that this scenario's queries see: it is not causal (--causal)",
                                    run->line->axis == STUDENT_AXIS_K ? "up to q" : "from k");
    }
    return true;
}

bool student_check_asked(Run *run) {
    const Scenario *s = run->scenario;
    if (s->is_causal && s->key_rows < s->query_rows)
        return err_set(run->err, ERR_USAGE,
                       "%s: causal with %llu queries and %llu keys: the first queries would see nothing; a program of "
                       "one's own needs at least as many keys as queries",
                       run->program->name, (unsigned long long)s->query_rows, (unsigned long long)s->key_rows);
    if (!check_bounds(run)) return false;
    if ((s->is_causal || s->mask != MASK_NONE) && !find_op(run->program, STUDENT_HIDE))
        return wrong_result(run, s->is_causal ? "the scenario is causal, but no line hides the keys after a query: put "
                                                "'mask S' between S = Q K^T and the softmax"
                                              : "the scenario has a mask, but no line applies it: put 'load mask' and "
                                                "'mask S' between S = Q K^T and the softmax");
    if (s->dropout_probability > 0 && !find_op(run->program, STUDENT_DROP))
        return wrong_result(run, "the scenario has dropout, but no line drops: put 'drop P' after the softmax");
    return true;
}
