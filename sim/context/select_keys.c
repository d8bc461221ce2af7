/* The selection rules of each method, run on one head's numbers. See select.h for what is left out. */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/context/select.h"

const char *select_method_name(SelectMethod method) {
    static const char *const names[SELECT_METHOD_COUNT] = {
#define X(ID, name) name,
        SELECT_METHOD_LIST(X)
#undef X
    };
    return names[method];
}

static uint64_t given_or(uint64_t given, uint64_t otherwise) { return given ? given : otherwise; }

SelectOptions select_resolve(SelectOptions o) {
    switch (o.method) {
    case SELECT_MOBA: o.block_rows = given_or(o.block_rows, 512), o.select_count = given_or(o.select_count, 3); break;
    case SELECT_QUEST: o.block_rows = given_or(o.block_rows, 16), o.select_count = given_or(o.select_count, 64); break;
    case SELECT_DSA: o.block_rows = 1, o.select_count = given_or(o.select_count, 2048); break;
    case SELECT_WINDOW: o.window_keys = given_or(o.window_keys, 128); break;
    case SELECT_LONGFORMER:
        o.window_keys = given_or(o.window_keys, 512), o.global_token_count = given_or(o.global_token_count, 1);
        break;
    case SELECT_NSA:
        o.block_rows = given_or(o.block_rows, 64), o.select_count = given_or(o.select_count, 16);
        o.window_keys = given_or(o.window_keys, 511); /* 512 with the query itself */
        o.compress_rows = given_or(o.compress_rows, 32);
        o.compress_stride_rows = given_or(o.compress_stride_rows, 16);
        break;
    default: break;
    }
    return o;
}

/* Everything one query's rule needs. */
typedef struct Run {
    const SelectInput *in;
    SelectOptions o;
    SelectKeys *keys;
    const double *blocks;     /* MoBA: mean key of each block. Quest: min then max of each page. DSA: fp8 keys */
    const double *compressed; /* NSA: mean key of each compressed span */
    uint64_t block_count, compressed_count;
    double *score;   /* one query's, reused */
    uint64_t *order; /* candidates, best first */
} Run;

static double dot(const double *a, const double *b, uint64_t count) {
    double sum = 0;
    for (uint64_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

/* Keys first .. last-1, of those the query may see. Returns how many. */
static uint64_t keep(Run *run, uint64_t query, uint64_t first, uint64_t last) {
    uint64_t end = run->o.is_causal ? min_u64(last, query + 1) : min_u64(last, run->in->n_rows);
    for (uint64_t key = first; key < end; key++)
        run->keys->bits[query * run->keys->words_per_row + key / 64] |= (uint64_t)1 << key % 64;
    return end > first ? end - first : 0;
}

static uint64_t keep_window(Run *run, uint64_t query) {
    uint64_t w = run->o.window_keys;
    uint64_t behind = run->o.is_causal ? w : w - w / 2, ahead = run->o.is_causal ? 0 : w / 2;
    return keep(run, query, query > behind ? query - behind : 0, query + ahead + 1);
}

/* Puts the `count` best of candidates 0..candidate_count-1 first in run->order; ties go to the lower index. */
static uint64_t best(Run *run, uint64_t candidate_count, uint64_t count) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < candidate_count; i++) {
        /* A heap would be faster; insertion into the sorted front keeps the tie rule plain. */
        if (kept == count && !(run->score[i] > run->score[run->order[kept - 1]])) continue;
        uint64_t at = kept < count ? kept++ : kept - 1;
        for (; at > 0 && run->score[i] > run->score[run->order[at - 1]]; at--) run->order[at] = run->order[at - 1];
        run->order[at] = i;
    }
    return kept;
}

/* Blocks that the query can see a part of. */
static uint64_t visible_blocks(const Run *run, uint64_t query, uint64_t rows) {
    return run->o.is_causal ? query / rows + 1 : ceil_div(run->in->n_rows, rows);
}

static void keep_best_blocks(Run *run, uint64_t query, uint64_t visible, uint64_t *read_rows) {
    uint64_t rows = run->o.block_rows, kept = best(run, visible, run->o.select_count);
    for (uint64_t i = 0; i < kept; i++)
        *read_rows += keep(run, query, run->order[i] * rows, (run->order[i] + 1) * rows);
}

/* MoBA: the query's own block always, then the blocks whose mean key scores best. */
static uint64_t select_moba(Run *run, uint64_t query) {
    uint64_t d = run->in->dim_elems, visible = visible_blocks(run, query, run->o.block_rows), read_rows = 0;
    for (uint64_t b = 0; b < visible; b++) run->score[b] = dot(run->in->q + query * d, run->blocks + b * d, d);
    run->score[query / run->o.block_rows] = INFINITY;
    keep_best_blocks(run, query, visible, &read_rows);
    return read_rows;
}

/* Quest: a page's bound is the largest score any key inside its min..max box could have. */
static uint64_t select_quest(Run *run, uint64_t query) {
    uint64_t d = run->in->dim_elems, visible = visible_blocks(run, query, run->o.block_rows), read_rows = 0;
    const double *q = run->in->q + query * d;
    for (uint64_t b = 0; b < visible; b++) {
        const double *low = run->blocks + 2 * b * d, *high = low + d;
        run->score[b] = 0;
        for (uint64_t c = 0; c < d; c++) run->score[b] += fmax(q[c] * low[c], q[c] * high[c]);
    }
    run->score[query / run->o.block_rows] = INFINITY; /* the page being written is always read */
    keep_best_blocks(run, query, visible, &read_rows);
    return read_rows;
}

/* DSA: ReLU of the fp8 score; the best tokens by themselves. */
static uint64_t select_dsa(Run *run, uint64_t query) {
    uint64_t d = run->in->dim_elems, visible = visible_blocks(run, query, 1), read_rows = 0;
    for (uint64_t k = 0; k < visible; k++) run->score[k] = fmax(0, dot(run->in->q + query * d, run->blocks + k * d, d));
    keep_best_blocks(run, query, visible, &read_rows);
    return read_rows;
}

/* NSA: softmax over compressed keys, summed into the blocks they overlap; first block and the two newest forced. */
static uint64_t select_nsa(Run *run, uint64_t query) {
    uint64_t d = run->in->dim_elems, stride = run->o.compress_stride_rows, span = run->o.compress_rows;
    uint64_t rows = run->o.block_rows, visible = visible_blocks(run, query, rows);
    uint64_t last_row = run->o.is_causal ? query : run->in->n_rows - 1;
    double scale = 1 / sqrt((double)d), max = -INFINITY, sum = 0;
    uint64_t spans = 0;
    double *p = run->score + run->block_count; /* scratch behind the block scores */
    for (; spans < run->compressed_count && spans * stride + span - 1 <= last_row; spans++) {
        p[spans] = scale * dot(run->in->q + query * d, run->compressed + spans * d, d);
        max = fmax(max, p[spans]);
    }
    for (uint64_t i = 0; i < spans; i++) sum += p[i] = exp(p[i] - max);
    for (uint64_t b = 0; b < visible; b++) run->score[b] = 0;
    for (uint64_t i = 0; i < spans; i++)
        for (uint64_t b = i * stride / rows; b <= (i * stride + span - 1) / rows && b < visible; b++)
            run->score[b] += p[i] / sum;
    uint64_t own = query / rows;
    run->score[0] = INFINITY, run->score[own] = INFINITY;
    if (own > 0) run->score[own - 1] = INFINITY;
    uint64_t read_rows = spans;
    keep_best_blocks(run, query, visible, &read_rows);
    return read_rows + keep_window(run, query);
}

static uint64_t select_longformer(Run *run, uint64_t query) {
    if (query < run->o.global_token_count) return keep(run, query, 0, run->in->n_rows);
    uint64_t behind = run->o.is_causal ? run->o.window_keys : run->o.window_keys - run->o.window_keys / 2;
    uint64_t window_first = query > behind ? query - behind : 0;
    return keep(run, query, 0, min_u64(run->o.global_token_count, window_first)) + keep_window(run, query);
}

/* e4m3: 3 bits of fraction, largest 448, smallest step 2^-9 (Micikevicius et al. 2022). */
static double fp8_round(double x) {
    double size = fabs(x);
    if (size >= 448) return copysign(448, x);
    int exponent;
    frexp(size, &exponent);
    double step = ldexp(1, exponent - 4 < -9 ? -9 : exponent - 4);
    return copysign(nearbyint(size / step) * step, x);
}

/* What is summarised of K once, for all queries. */
static void summarise(Run *run, Arena *arena) {
    const SelectInput *in = run->in;
    uint64_t d = in->dim_elems, n = in->n_rows, rows = given_or(run->o.block_rows, n);
    run->block_count = ceil_div(n, rows);
    double *blocks = ARENA_ARRAY(arena, double, 2 * run->block_count * d);
    for (uint64_t b = 0; b < run->block_count; b++) {
        uint64_t end = min_u64(n, (b + 1) * rows);
        for (uint64_t c = 0; c < d; c++) {
            double sum = 0, low = INFINITY, high = -INFINITY;
            for (uint64_t r = b * rows; r < end; r++) {
                double key = in->k[r * d + c];
                sum += key, low = fmin(low, key), high = fmax(high, key);
            }
            if (run->o.method == SELECT_QUEST)
                blocks[2 * b * d + c] = low, blocks[(2 * b + 1) * d + c] = high;
            else if (run->o.method == SELECT_DSA)
                blocks[b * d + c] = fp8_round(sum);
            else
                blocks[b * d + c] = sum / (double)(end - b * rows);
        }
    }
    run->blocks = blocks;
    if (run->o.method != SELECT_NSA || n < run->o.compress_rows) return;
    run->compressed_count = (n - run->o.compress_rows) / run->o.compress_stride_rows + 1;
    double *compressed = ARENA_ARRAY(arena, double, run->compressed_count *d);
    for (uint64_t i = 0; i < run->compressed_count; i++)
        for (uint64_t r = 0; r < run->o.compress_rows; r++)
            for (uint64_t c = 0; c < d; c++)
                compressed[i * d + c] +=
                    in->k[(i * run->o.compress_stride_rows + r) * d + c] / (double)run->o.compress_rows;
    run->compressed = compressed;
}

SelectKeys select_run(const SelectInput *input, SelectOptions options, Arena *arena) {
    uint64_t n = input->n_rows;
    SelectKeys keys = {.n_rows = n, .words_per_row = ceil_div(n, 64)};
    keys.bits = ARENA_ARRAY(arena, uint64_t, n * keys.words_per_row);
    keys.read_rows = ARENA_ARRAY(arena, uint64_t, n);
    Run run = {.in = input, .o = select_resolve(options), .keys = &keys};
    summarise(&run, arena);
    run.score = ARENA_ARRAY(arena, double, run.block_count + run.compressed_count + 1);
    run.order = ARENA_ARRAY(arena, uint64_t, run.o.select_count + 1);
    for (uint64_t q = 0; q < n; q++) {
        uint64_t *read_rows = &keys.read_rows[q];
        switch (run.o.method) {
        case SELECT_WINDOW: *read_rows = keep_window(&run, q); break;
        case SELECT_LONGFORMER: *read_rows = select_longformer(&run, q); break;
        case SELECT_MOBA: *read_rows = select_moba(&run, q); break;
        case SELECT_NSA: *read_rows = select_nsa(&run, q); break;
        case SELECT_QUEST: *read_rows = select_quest(&run, q); break;
        case SELECT_DSA: *read_rows = select_dsa(&run, q); break;
        default: *read_rows = keep(&run, q, 0, n); break;
        }
    }
    return keys;
}
