/* What each line of a student's program does in a run on small numbers, and what is said where it cannot be done: see
 * student_run.h. What is on chip lives as long as its thread block.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lessons/student_run.h"

static const char *name_of(StudentValue v) { return student_value_name(v); }
/* What a line that loads the value looks like. */
static const char *tile_of(StudentValue v) {
    return student_has_key_cols(v) ? "[q,k]" : student_has_query_rows(v) ? "[q]" : "[k]";
}

/* Rows or columns as the scenario counts them, not the small run: "64..127". */
typedef struct Span {
    char text[32];
} Span;
static Span span_of(const Run *run, int first, int count) {
    Span span;
    snprintf(span.text, sizeof span.text, "%d..%d", first * run->divisor, (first + count) * run->divisor - 1);
    return span;
}
static Span rows_of(const Run *run, const Held *tile) { return span_of(run, tile->row_first, tile->rows); }
static Span cols_of(const Run *run, const Held *tile) { return span_of(run, tile->col_first, tile->cols); }

/* The tile that a load or store names, by the loops around it. */
static void place(const Run *run, const StudentLine *line, Held *out) {
    StudentValue v = line->value;
    Range all_q = {0, run->query_rows, run->query_rows, true, true},
          all_k = {0, run->key_rows, run->key_rows, true, true};
    Range q = line->is_all[STUDENT_AXIS_Q] ? all_q : run->range[STUDENT_AXIS_Q];
    Range k = line->is_all[STUDENT_AXIS_K] ? all_k : run->range[STUDENT_AXIS_K];
    Range rows = student_has_query_rows(v) ? q : k;
    *out = run->held[v];
    out->row_first = rows.first;
    out->rows = rows.count;
    out->col_first = student_has_key_cols(v) ? k.first : 0;
    out->cols = student_has_key_cols(v) ? k.count : run->hbm[v].cols;
}

static bool need(const Run *run, StudentValue v, const char *verb) {
    if (run->held[v].is_held) return true;
    if (v == STUDENT_O || v == STUDENT_M || v == STUDENT_L) {
        bool is_lost = run->was_held & 1u << v;
        return student_run_fail(run, "%s %s before it has a value: %s 'zero %s' before the loop over k%s", name_of(v),
                                verb, is_lost ? "another thread block had it; each needs" : "put", name_of(v),
                                is_lost ? "" : ", or load what an earlier visit stored");
    }
    if (run->was_held & 1u << v)
        return student_run_fail(
            run,
            "%s %s, but it was %s by another thread block or kernel, whose SRAM is gone: each block loads its own %s%s",
            name_of(v), verb, v == STUDENT_S || v == STUDENT_P ? "made" : "loaded", name_of(v), tile_of(v));
    if (v == STUDENT_P)
        return student_run_fail(run, "P %s before there is one: put 'P = softmax S' (or online softmax) above", verb);
    if (v == STUDENT_S)
        return student_run_fail(run, "S %s before there is one: put 'S = Q K^T' or 'load S[q,k]' above", verb);
    return student_run_fail(run, "%s %s before it was loaded: put 'load %s%s' above", name_of(v), verb, name_of(v),
                            tile_of(v));
}

/* The scenario says which mask there is. */
static bool check_mask_line(const Run *run, StudentValue v) {
    MaskKind mask = run->scenario->mask;
    StudentValue have = mask == MASK_ADDITIVE ? STUDENT_MASK : STUDENT_KEY_MASK;
    if (v != STUDENT_MASK && v != STUDENT_KEY_MASK) return true;
    if (mask == MASK_NONE)
        return student_run_fail(
            run, "this scenario has no mask to load (--mask additive or padding gives one); a causal mask needs none: "
                 "'mask S' knows rows and columns");
    return v == have || student_run_fail(run, "this scenario's mask is %s: 'load mask%s'",
                                         have == STUDENT_MASK ? "additive, a number for each query and key"
                                                              : "for padding, a byte for each key",
                                         tile_of(have));
}

static bool do_load(Run *run) {
    StudentValue v = run->line->value;
    Held tile;
    if (!check_mask_line(run, v)) return false;
    place(run, run->line, &tile);
    const Matrix *from = &run->hbm[v];
    for (int r = 0; r < tile.rows; r++)
        for (int c = 0; c < tile.cols; c++) {
            int at = (tile.row_first + r) * from->cols + tile.col_first + c;
            int writer = from->writer[at];
            if (!student_is_input(v) && writer == 0)
                return student_run_fail(
                    run,
                    "loads %s, but nothing has been stored there yet (row %d): store it first, or guard the "
                    "first visit with 'when not first k'",
                    name_of(v), (tile.row_first + r) * run->divisor);
            if (!student_is_input(v) && writer - 1 >= run->kernel_first_block && writer - 1 != run->block)
                return student_run_fail(
                    run,
                    "loads %s that another thread block of the same kernel stores: nobody says which comes "
                    "first; use a second kernel",
                    name_of(v));
            tile.data[r * tile.cols + c] = from->data[at];
        }
    tile.is_held = true;
    tile.is_unsaved = tile.is_fresh = tile.is_divided = false;
    run->held[v] = tile;
    return true;
}

/* Only the block that made an element may store it, and not what it has forgotten. */
static bool check_writer(const Run *run, StudentValue v, int writer) {
    bool is_same_block = writer == run->block + 1;
    if (writer - 1 >= run->kernel_first_block && !is_same_block)
        return student_run_fail(run,
                                "two thread blocks store the same rows of %s: the last one wins and the others' work "
                                "is lost; keep the loop over k inside one block",
                                name_of(v));
    if (run->held[v].is_fresh && is_same_block)
        return student_run_fail(run,
                                "stores %s over rows that this block has stored before, without what was stored: 'zero "
                                "%s' in between has forgotten it; zero before the loop over k, store after it",
                                name_of(v), name_of(v));
    return true;
}

static bool do_store(Run *run) {
    StudentValue v = run->line->value;
    if (student_is_input(v))
        return student_run_fail(run, "stores %s, an input; only S P O m l are results", name_of(v));
    if (!need(run, v, "is stored")) return false;
    Held tile, *held = &run->held[v];
    place(run, run->line, &tile);
    if (tile.row_first != held->row_first || tile.rows != held->rows || tile.col_first != held->col_first ||
        tile.cols != held->cols)
        return student_run_fail(run,
                                "stores a tile of %s at rows %s, but the one on chip belongs to rows %s, columns %s",
                                name_of(v), rows_of(run, &tile).text, rows_of(run, held).text, cols_of(run, held).text);
    Matrix *to = &run->hbm[v];
    for (int r = 0; r < tile.rows; r++)
        for (int c = 0; c < tile.cols; c++) {
            int at = (tile.row_first + r) * to->cols + tile.col_first + c;
            if (!check_writer(run, v, to->writer[at])) return false;
            to->data[at] = held->data[r * tile.cols + c];
            to->writer[at] = run->block + 1;
        }
    held->is_unsaved = held->is_fresh = false;
    return true;
}

static bool do_zero(Run *run) {
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++) {
        if (!(run->line->values & 1u << v)) continue;
        if (v != STUDENT_O && v != STUDENT_M && v != STUDENT_L)
            return student_run_fail(run, "only O, m and l begin at zero (m at minus infinity), not %s",
                                    name_of((StudentValue)v));
        Range q = run->range[STUDENT_AXIS_Q].count ? run->range[STUDENT_AXIS_Q]
                                                   : (Range){0, run->query_rows, run->query_rows, true, true};
        Held *held = &run->held[v];
        if (held->is_held && held->is_unsaved)
            return student_run_fail(run,
                                    "zeroes %s, which forgets what has been added up for rows %s and not stored: "
                                    "'zero %s' belongs before the loop over k",
                                    name_of((StudentValue)v), rows_of(run, held).text, name_of((StudentValue)v));
        *held = (Held){.is_held = true,
                       .row_first = q.first,
                       .rows = q.count,
                       .cols = run->hbm[v].cols,
                       .data = held->data,
                       .is_fresh = true};
        for (int i = 0; i < held->rows * held->cols; i++) held->data[i] = v == STUDENT_M ? -INFINITY : 0;
    }
    return true;
}

static bool do_scores(Run *run) {
    if (!need(run, STUDENT_Q, "is used") || !need(run, STUDENT_K, "is used")) return false;
    const Held *q = &run->held[STUDENT_Q], *k = &run->held[STUDENT_K];
    Held *s = &run->held[STUDENT_S];
    *s = (Held){.is_held = true,
                .row_first = q->row_first,
                .rows = q->rows,
                .col_first = k->row_first,
                .cols = k->rows,
                .data = s->data};
    run->held[STUDENT_P].is_held = false; /* S takes the place of an older P */
    for (int r = 0; r < s->rows; r++)
        for (int c = 0; c < s->cols; c++) {
            double sum = 0;
            for (int i = 0; i < CHECK_DIM_ELEMS; i++)
                sum += q->data[r * CHECK_DIM_ELEMS + i] * k->data[c * CHECK_DIM_ELEMS + i];
            s->data[r * s->cols + c] = sum / sqrt(CHECK_DIM_ELEMS);
        }
    return true;
}

/* P takes S's place; returns S's data in P's tile. */
static Held *take_scores(Run *run) {
    Held *s = &run->held[STUDENT_S], *p = &run->held[STUDENT_P];
    double *p_data = p->data;
    *p = *s;
    p->data = p_data;
    memcpy(p->data, s->data, sizeof *s->data * (size_t)(s->rows * s->cols));
    s->is_held = false;
    return p;
}

static bool do_softmax(Run *run) {
    if (!need(run, STUDENT_S, "is used")) return false;
    const Held *s = &run->held[STUDENT_S];
    if (s->cols != run->key_rows)
        return student_run_fail(
            run,
            "softmax needs whole rows, but the tile of S has %d of %d keys: a row's sum needs every key; load "
            "S[q,all], or use 'P = online softmax S', which corrects as it goes",
            s->cols * run->divisor, run->key_rows * run->divisor);
    Held *p = take_scores(run);
    for (int r = 0; r < p->rows; r++) {
        double *row = p->data + r * p->cols, max = -INFINITY, sum = 0;
        for (int c = 0; c < p->cols; c++) max = fmax(max, row[c]);
        for (int c = 0; c < p->cols; c++) sum += row[c] = student_exp_below(row[c], max);
        for (int c = 0; c < p->cols; c++) row[c] /= sum;
    }
    return true;
}

static bool check_same_rows(const Run *run, StudentValue a, StudentValue b) {
    const Held *x = &run->held[a], *y = &run->held[b];
    if (x->row_first == y->row_first && x->rows == y->rows) return true;
    return student_run_fail(run, "%s belongs to rows %s but %s to rows %s: they must be the same queries", name_of(a),
                            rows_of(run, x).text, name_of(b), rows_of(run, y).text);
}

static bool divided_too_early(const Run *run) {
    return student_run_fail(run,
                            "O has been divided by l already, but here more keys are added: 'O /= l' belongs after "
                            "the loop over k");
}

static bool do_online(Run *run) {
    static const StudentValue needed[] = {STUDENT_S, STUDENT_M, STUDENT_L, STUDENT_O};
    for (int i = 0; i < 4; i++) {
        if (!need(run, needed[i], i == 3 ? "is rescaled" : "is used")) return false;
        if (i > 0 && !check_same_rows(run, needed[i], STUDENT_S)) return false;
    }
    if (run->held[STUDENT_O].is_divided) return divided_too_early(run);
    run->held[STUDENT_L].is_unsaved = true;
    Held *p = take_scores(run), *m = &run->held[STUDENT_M], *l = &run->held[STUDENT_L], *o = &run->held[STUDENT_O];
    for (int r = 0; r < p->rows; r++) {
        double *row = p->data + r * p->cols, max = m->data[r], sum = 0;
        for (int c = 0; c < p->cols; c++) max = fmax(max, row[c]);
        for (int c = 0; c < p->cols; c++) sum += row[c] = student_exp_below(row[c], max);
        double rescale = student_exp_below(m->data[r], max);
        l->data[r] = l->data[r] * rescale + sum;
        m->data[r] = max;
        for (int i = 0; i < o->cols; i++) o->data[r * o->cols + i] *= rescale;
    }
    return true;
}

/* The tile of the loaded mask must be the one of S. */
static bool check_mask_tile(const Run *run, const Held *s) {
    StudentValue v = run->scenario->mask == MASK_ADDITIVE ? STUDENT_MASK : STUDENT_KEY_MASK;
    if (run->scenario->mask == MASK_NONE) return true;
    if (!need(run, v, "is used")) return false;
    const Held *mask = &run->held[v];
    bool is_wide = v == STUDENT_MASK;
    int key_first = is_wide ? mask->col_first : mask->row_first, keys = is_wide ? mask->cols : mask->rows;
    if (is_wide && !check_same_rows(run, v, STUDENT_S)) return false;
    return (key_first == s->col_first && keys == s->cols) ||
           student_run_fail(run, "the mask on chip is of keys %s, but S of keys %s", span_of(run, key_first, keys).text,
                            cols_of(run, s).text);
}

static bool do_hide(Run *run) {
    if (!run->scenario->is_causal && run->scenario->mask == MASK_NONE)
        return student_run_fail(run, "masks S, but in this scenario every query sees every key (--causal, --mask)");
    if (run->held[STUDENT_P].is_held && !run->held[STUDENT_S].is_held)
        return student_run_fail(
            run, "masks S after the softmax has made P of it: move it between S = Q K^T and the softmax");
    if (!need(run, STUDENT_S, "is masked")) return false;
    Held *s = &run->held[STUDENT_S];
    if (!check_mask_tile(run, s)) return false;
    for (int r = 0; r < s->rows; r++)
        for (int c = 0; c < s->cols; c++)
            s->data[r * s->cols + c] += student_mask_term(run, s->row_first + r, s->col_first + c);
    return true;
}

static bool do_drop(Run *run) {
    if (run->scenario->dropout_probability <= 0)
        return student_run_fail(run, "drops part of P, but this scenario has no dropout (--dropout 0.1)");
    if (!need(run, STUDENT_P, "is dropped from")) return false;
    Held *p = &run->held[STUDENT_P];
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++)
            p->data[r * p->cols + c] *= student_drop_factor(run, p->row_first + r, p->col_first + c);
    return true;
}

static bool do_output(Run *run) {
    if (!run->held[STUDENT_P].is_held && run->held[STUDENT_S].is_held)
        return student_run_fail(
            run, "there is S but no P: put 'P = online softmax S' (or softmax) between S = Q K^T and O += P V");
    if (!need(run, STUDENT_P, "is used") || !need(run, STUDENT_V, "is used") || !need(run, STUDENT_O, "is added to"))
        return false;
    const Held *p = &run->held[STUDENT_P], *v = &run->held[STUDENT_V];
    Held *o = &run->held[STUDENT_O];
    if (o->is_divided) return divided_too_early(run);
    if (!check_same_rows(run, STUDENT_O, STUDENT_P)) return false;
    o->is_unsaved = true;
    if (p->col_first != v->row_first || p->cols != v->rows)
        return student_run_fail(run, "P's columns are keys %s but V's rows are keys %s: they must be the same keys",
                                cols_of(run, p).text, rows_of(run, v).text);
    for (int r = 0; r < p->rows; r++)
        for (int i = 0; i < CHECK_DIM_ELEMS; i++)
            for (int c = 0; c < p->cols; c++)
                o->data[r * CHECK_DIM_ELEMS + i] += p->data[r * p->cols + c] * v->data[c * CHECK_DIM_ELEMS + i];
    return true;
}

static bool do_divide(Run *run) {
    if (!need(run, STUDENT_O, "is divided") || !need(run, STUDENT_L, "divides") ||
        !check_same_rows(run, STUDENT_L, STUDENT_O))
        return false;
    Held *o = &run->held[STUDENT_O];
    if (o->is_divided) return student_run_fail(run, "divides O by l a second time: once, at the end, is enough");
    o->is_divided = true;
    run->held[STUDENT_L].is_unsaved = false;
    for (int r = 0; r < o->rows; r++)
        for (int i = 0; i < o->cols; i++) o->data[r * o->cols + i] /= run->held[STUDENT_L].data[r];
    return true;
}

bool student_run_op(Run *run) {
    switch (run->line->op) {
    case STUDENT_LOAD: return do_load(run);
    case STUDENT_STORE: return do_store(run);
    case STUDENT_ZERO: return do_zero(run);
    case STUDENT_SCORES: return do_scores(run);
    case STUDENT_SOFTMAX: return do_softmax(run);
    case STUDENT_ONLINE: return do_online(run);
    case STUDENT_OUTPUT: return do_output(run);
    case STUDENT_DIVIDE: return do_divide(run);
    case STUDENT_HIDE: return do_hide(run);
    case STUDENT_DROP: return do_drop(run);
    case STUDENT_KEEP:
    case STUDENT_KERNEL:
    case STUDENT_GRID:
    case STUDENT_FOR: break;
    }
    return true;
}
