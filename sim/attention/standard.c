/* standard: attention as separate kernels, each passing N x N matrices through HBM.
 *
 *     forward    S = Q K^T | mask (only with a mask or causal) | P = softmax(S) | dropout (writes Pd, 1-byte mask) | O
 * = P V backward   dV = P^T dO | dPd = dO V^T | dropout back | softmax back | dQ = dS K | dK = dS^T Q
 *
 * Score-shaped products take one block of threads a tile B_r x B_c of the result and load both operands' rows whole;
 * products that sum over rows or columns of the scores take one block a row of tiles and walk along it. Row kernels
 * take four rows a block, a warp each, or two or one where four do not fit shared memory; a row that does not fit at
 * all is streamed twice.
 * Source: the kernels PyTorch ran in Dao et al. 2022 (Fig. 1 and 2); the paper lists no passes, so the reading
 * 18 P + 12 u of its 40.3 GB is exact but not the only one. The mask's backward moves nothing (an added constant).
 * Accounting paper: each operand of a product is read once (tiles re-read inside it are not counted).
 * Causal masks skip nothing here: a mask over dense scores saves nothing.
 * Softmax writes P where S was: for L2 and DRAM they are one matrix (sim/memory/README.md), for peak memory two.
 * Not modelled: split-K products, fused scale or mask.
 */
#include "sim/attention/standard.h"

#include "sim/attention/common.h"
#include "sim/base/checked.h"

enum { DEFAULT_TILE_ROWS = 128, THREADS = 256, ROW_THREADS = 128, ROWS_MAX = 4, CHUNK_COLS = 1024 };

typedef struct Standard {
    ProgramBuilder *b;
    const Scenario *s;
    StandardPlan plan;
    AttentionTensors t;
    uint8_t scores, masked, probs, dropped, drop_mask; /* S; S masked; P; Pd; 1-byte mask */
    uint8_t d_dropped, d_probs, d_scores;              /* dPd; dP; dS */
    bool is_paper;
} Standard;

/* Block sizes. */

static uint64_t smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t elem_bytes = dtype_elem_bytes(s->dtype), d = s->head_dim_elems;
    uint64_t score_product_bytes = (query_rows + key_rows) * d * elem_bytes;
    uint64_t sum_product_bytes = (query_rows * key_rows + max_u64(query_rows, key_rows) * d) * elem_bytes;
    return max_u64(score_product_bytes, sum_product_bytes);
}

bool standard_resolve(Scenario *s, const char *name, char *note, int note_bytes, Err *err) {
    BlockChoice choice = {&s->block_query_rows, &s->block_key_rows, DEFAULT_TILE_ROWS,
                          DEFAULT_TILE_ROWS,    smem_bytes,         NULL};
    if (!attention_choose_blocks(s, name, choice, note, note_bytes, err)) return false;
    s->backward_block_query_rows = s->block_query_rows;
    s->backward_block_key_rows = s->block_key_rows;
    return true;
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    return standard_resolve(s, "standard", note, note_bytes, err);
}

static StandardRows rows_that_fit(const Scenario *s, uint64_t row_bytes) {
    for (uint64_t rows = ROWS_MAX; rows; rows /= 2)
        if (rows * row_bytes <= s->machine.smem_per_block_bytes) return (StandardRows){rows, true};
    return (StandardRows){ROWS_MAX, false};
}

StandardPlan standard_plan(const Scenario *s) {
    bool has_forward = attention_has_forward(s), has_backward = attention_has_backward(s);
    StandardPlan plan = {.has_mask = s->mask != MASK_NONE || s->is_causal, .has_dropout = s->dropout_probability > 0};
    int next = 0;
    plan.qk = has_forward ? next++ : -1;
    plan.mask = has_forward && plan.has_mask ? next++ : -1;
    plan.softmax = has_forward ? next++ : -1;
    plan.dropout = has_forward && plan.has_dropout ? next++ : -1;
    plan.pv = has_forward ? next++ : -1;
    plan.dv = has_backward ? next++ : -1;
    plan.dp = has_backward ? next++ : -1;
    plan.dropout_back = has_backward && plan.has_dropout ? next++ : -1;
    plan.softmax_back = has_backward ? next++ : -1;
    plan.dq = has_backward ? next++ : -1;
    plan.dk = has_backward ? next++ : -1;
    plan.sum_heads = has_backward && s->head_count != s->kv_head_count ? next++ : -1;
    uint64_t row_bytes = s->key_rows * dtype_elem_bytes(s->dtype);
    plan.softmax_rows = rows_that_fit(s, row_bytes);
    plan.back_rows = rows_that_fit(s, 2 * row_bytes);
    return plan;
}

/* Tensors. */

static int or_first(int kernel) { return kernel < 0 ? KERNEL_FIRST : kernel; }

static uint8_t add_scores(Standard *a, const char *name, TensorClass tensor_class, uint64_t elem_bytes, int alloc,
                          int free) {
    Tensor tensor = attention_score_tensor(a->s, name, tensor_class, elem_bytes);
    tensor.alloc_kernel = or_first(alloc);
    tensor.free_kernel = free;
    tensor.is_saved = a->plan.dv >= 0 && alloc < a->plan.dv && free >= a->plan.dv;
    return builder_tensor(a->b, tensor);
}

static void add_forward_tensors(Standard *a, uint64_t e) {
    const StandardPlan *p = &a->plan;
    a->scores = add_scores(a, "S", TENSOR_S, e, p->qk, p->has_mask ? p->mask : p->softmax);
    a->masked = p->has_mask ? add_scores(a, "S masked", TENSOR_S, e, p->mask, p->softmax) : a->scores;
}

/* Under --memory pytorch softmax's backward makes a temporary grad * output, and dO is copied head by head. */
static void add_framework_tensors(Standard *a, uint64_t e) {
    if (a->s->memory_rule != MEMORY_PYTORCH || !attention_has_backward(a->s)) return;
    Tensor temporary = attention_score_tensor(a->s, "grad * output", TENSOR_OTHER, e);
    temporary.alloc_kernel = temporary.free_kernel = a->plan.softmax_back;
    temporary.is_accessed = false;
    builder_tensor(a->b, temporary);
    Tensor copy = attention_query_tensor(a->s, "dO by head", TENSOR_OTHER);
    copy.alloc_kernel = a->plan.dv;
    copy.is_accessed = false;
    builder_tensor(a->b, copy);
}

static void add_backward_tensors(Standard *a, uint64_t e) {
    const StandardPlan *p = &a->plan;
    int dp_free = p->has_dropout ? p->dropout_back : p->softmax_back;
    a->d_dropped = add_scores(a, p->has_dropout ? "dPd" : "dP", TENSOR_GRADIENT_S, e, p->dp, dp_free);
    a->d_probs =
        p->has_dropout ? add_scores(a, "dP", TENSOR_GRADIENT_S, e, p->dropout_back, p->softmax_back) : a->d_dropped;
    a->d_scores = add_scores(a, "dS", TENSOR_GRADIENT_S, e, p->softmax_back, KERNEL_LAST);
    add_framework_tensors(a, e);
}

static void add_tensors(Standard *a) {
    const StandardPlan *p = &a->plan;
    uint64_t e = dtype_elem_bytes(a->s->dtype);
    bool has_backward = attention_has_backward(a->s);
    a->t = attention_tensors(a->b,
                             (AttentionLifetimes){.d_q = p->dq, .d_k = p->dk, .d_v = p->dv, .sum_heads = p->sum_heads});
    if (attention_has_forward(a->s)) add_forward_tensors(a, e);
    int product = p->has_dropout && p->dropout >= 0 ? p->dropout : p->pv;
    a->probs = add_scores(a, "P", TENSOR_P, e, p->softmax, has_backward ? p->softmax_back : product);
    a->dropped = a->probs;
    if (attention_has_forward(a->s)) builder_write_over(a->b, a->probs, a->masked);
    if (p->has_dropout) {
        a->dropped = add_scores(a, "Pd", TENSOR_P, e, p->dropout, has_backward ? p->dp : p->pv);
        a->drop_mask =
            add_scores(a, "dropout mask", TENSOR_MASK, 1, p->dropout, has_backward ? p->dropout_back : p->dropout);
    }
    if (has_backward) add_backward_tensors(a, e);
}

/* Kernels over score tiles. */

static TileAt score_tile(const Standard *a, uint64_t rows, uint64_t cols) {
    return tile_at(AXIS_Q_BLOCK, a->s->block_query_rows, rows, AXIS_K_BLOCK, a->s->block_key_rows, cols);
}

/* One block's work on the tile rows x cols; is_first_*: the first tile of its row or column. */
typedef struct Tile {
    uint64_t rows, cols;
    bool is_first_query, is_first_key;
} Tile;
typedef void (*TileBody)(Standard *a, const Tile *tile, const uint8_t *buffers);

/* A block a tile, in runs of equal tiles. Under paper the first tile of each axis stands apart. */
static void blocks_over_tiles(Standard *a, TileBody body, const uint8_t *buffers) {
    TileRun q[3], k[3];
    int q_count = builder_tile_runs(a->s->query_rows, a->s->block_query_rows, a->is_paper, q);
    int k_count = builder_tile_runs(a->s->key_rows, a->s->block_key_rows, a->is_paper, k);
    attention_begin_heads(a->b, a->s->head_count);
    for (int i = 0; i < q_count; i++) {
        builder_loop_begin(a->b, AXIS_Q_BLOCK, q[i].trip_count, q[i].first_index);
        for (int j = 0; j < k_count; j++) {
            Tile tile = {q[i].tile_elems, k[j].tile_elems, q[i].first_index == 0, k[j].first_index == 0};
            builder_loop_begin(a->b, AXIS_K_BLOCK, k[j].trip_count, k[j].first_index);
            builder_block_begin(a->b);
            body(a, &tile, buffers);
            builder_end(a->b);
            builder_end(a->b);
        }
        builder_end(a->b);
    }
    attention_end_heads(a->b);
}

static void begin_kernel(Standard *a, const char *name, Pass pass, uint32_t threads, bool is_product) {
    builder_kernel_begin(
        a->b, (Kernel){.name = name,
                       .pass = pass,
                       .threads_per_block = threads,
                       .registers_per_thread = is_product ? 128 : 32,
                       .product_unit = is_product ? attention_product_unit(a->s, PRODUCT_NATIVE) : PRODUCT_FP32});
}

/* v: left, right, result tensors and their buffers. */
static void score_product_body(Standard *a, const Tile *tile, const uint8_t *v) {
    uint64_t d = a->s->head_dim_elems;
    TileAt left = rows_at(AXIS_Q_BLOCK, a->s->block_query_rows, tile->rows, d);
    TileAt right = rows_at(AXIS_K_BLOCK, a->s->block_key_rows, tile->cols, d);
    builder_load_if(a->b, a->is_paper && !tile->is_first_key, v[0], v[3], left, "the query side of a tile of scores");
    builder_load_if(a->b, a->is_paper && !tile->is_first_query, v[1], v[4], right, "the key side of a tile of scores");
    builder_matmul(a->b, v[5], tile->rows, tile->cols, d, "a tile of scores");
    builder_store(a->b, v[2], v[5], score_tile(a, tile->rows, tile->cols), "the tile goes to HBM");
}

/* result tile = rows of left (by query) x rows of right (by key), both N x d. */
static void score_product(Standard *a, const char *name, Pass pass, uint8_t left, uint8_t right, uint8_t result,
                          const char *result_name) {
    uint64_t q = a->s->block_query_rows, k = a->s->block_key_rows, d = a->s->head_dim_elems,
             e = dtype_elem_bytes(a->s->dtype);
    begin_kernel(a, name, pass, THREADS, true);
    const char *left_name = a->b->program->tensors[left].name, *right_name = a->b->program->tensors[right].name;
    uint8_t v[6] = {left,
                    right,
                    result,
                    attention_tensor_buffer(a->b, left_name, left, q, d, e, false),
                    attention_tensor_buffer(a->b, right_name, right, k, d, e, false),
                    attention_tensor_buffer(a->b, result_name, result, q, k, 4, true)};
    blocks_over_tiles(a, score_product_body, v);
    builder_kernel_end(a->b);
}

static void mask_body(Standard *a, const Tile *tile, const uint8_t *v) {
    TileAt at = score_tile(a, tile->rows, tile->cols);
    builder_load(a->b, v[0], v[2], at, "a tile of S");
    attention_load_mask(a->b, &a->t, at);
    builder_map(a->b, v[2], tile->rows, tile->cols, "scale and mask");
    builder_store(a->b, v[1], v[2], at, "S masked");
}

static void dropout_body(Standard *a, const Tile *tile, const uint8_t *v) {
    TileAt at = score_tile(a, tile->rows, tile->cols);
    builder_load(a->b, v[0], v[2], at, "a tile of P");
    builder_map(a->b, v[2], tile->rows, tile->cols, "drop and rescale");
    builder_store(a->b, v[1], v[2], at, "Pd");
    builder_store(a->b, a->drop_mask, BUFFER_NONE, at, "what was dropped, a byte each");
}

static void dropout_back_body(Standard *a, const Tile *tile, const uint8_t *v) {
    TileAt at = score_tile(a, tile->rows, tile->cols);
    builder_load(a->b, v[0], v[2], at, "a tile of dPd");
    builder_load(a->b, a->drop_mask, BUFFER_NONE, at, "what was dropped, a byte each");
    builder_map(a->b, v[2], tile->rows, tile->cols, "drop and rescale");
    builder_store(a->b, v[1], v[2], at, "dP");
}

static void map_kernel(Standard *a, const char *name, Pass pass, uint8_t from, uint8_t to, TileBody body) {
    begin_kernel(a, name, pass, THREADS, false);
    uint8_t v[3] = {from, to,
                    attention_tensor_buffer(a->b, a->b->program->tensors[from].name, from, a->s->block_query_rows,
                                            a->s->block_key_rows, dtype_elem_bytes(a->s->dtype), true)};
    blocks_over_tiles(a, body, v);
    builder_kernel_end(a->b);
}

/* Products that sum over a side of the scores. */

typedef struct Side {
    Axis axis;
    uint64_t length, tile;
} Side;
static Side query_side(const Scenario *s) { return (Side){AXIS_Q_BLOCK, s->query_rows, s->block_query_rows}; }
static Side key_side(const Scenario *s) { return (Side){AXIS_K_BLOCK, s->key_rows, s->block_key_rows}; }

typedef struct SumProduct {
    uint8_t scores, operand, result;
    Side out, in;
    uint8_t buf_scores, buf_operand, buf_result;
} SumProduct;

static void sum_product_walk(Standard *a, const SumProduct *m, uint64_t out_rows, bool is_first_out) {
    TileRun in[3];
    int in_count = builder_tile_runs(m->in.length, m->in.tile, false, in);
    uint64_t d = a->s->head_dim_elems;
    for (int j = 0; j < in_count; j++) {
        bool is_out_query = m->out.axis == AXIS_Q_BLOCK;
        TileAt tile =
            is_out_query ? score_tile(a, out_rows, in[j].tile_elems) : score_tile(a, in[j].tile_elems, out_rows);
        builder_loop_begin(a->b, m->in.axis, in[j].trip_count, in[j].first_index);
        builder_load(a->b, m->scores, m->buf_scores, tile, "a tile of weights");
        builder_load_if(a->b, a->is_paper && !is_first_out, m->operand, m->buf_operand,
                        rows_at(m->in.axis, m->in.tile, in[j].tile_elems, d), "the rows they weigh");
        builder_matmul(a->b, m->buf_result, out_rows, d, in[j].tile_elems, "weighted rows are added up on chip");
        builder_end(a->b);
    }
    builder_store(a->b, m->result, m->buf_result, rows_at(m->out.axis, m->out.tile, out_rows, d),
                  "rows of the result, once");
}

/* result (rows by `out`) = scores (or their transpose) x operand (rows by `in`). */
static void sum_product(Standard *a, const char *name, Pass pass, SumProduct m) {
    uint64_t d = a->s->head_dim_elems, e = dtype_elem_bytes(a->s->dtype);
    const Tensor *tensors = a->b->program->tensors;
    begin_kernel(a, name, pass, THREADS, true);
    m.buf_scores = attention_tensor_buffer(a->b, tensors[m.scores].name, m.scores, a->s->block_query_rows,
                                           a->s->block_key_rows, e, false);
    m.buf_operand = attention_tensor_buffer(a->b, tensors[m.operand].name, m.operand, m.in.tile, d, e, false);
    m.buf_result = attention_tensor_buffer(a->b, tensors[m.result].name, m.result, m.out.tile, d, 4, true);
    TileRun out[3];
    int out_count = builder_tile_runs(m.out.length, m.out.tile, a->is_paper, out);
    attention_begin_heads(a->b, a->s->head_count);
    for (int i = 0; i < out_count; i++) {
        builder_loop_begin(a->b, m.out.axis, out[i].trip_count, out[i].first_index);
        builder_block_begin(a->b);
        sum_product_walk(a, &m, out[i].tile_elems, out[i].first_index == 0);
        builder_end(a->b);
        builder_end(a->b);
    }
    attention_end_heads(a->b);
    builder_kernel_end(a->b);
}

/* Row kernels. */

/* Calls part for the columns of a block's rows: at once where they are kept, chunk by chunk where not. */
static void over_columns(Standard *a, StandardRows plan, uint64_t rows, void (*part)(Standard *, TileAt, bool),
                         bool is_again) {
    if (plan.is_kept) {
        part(a, rows_at(AXIS_ROW, plan.rows_per_block, rows, a->s->key_rows), is_again);
        return;
    }
    TileRun runs[3];
    int count = builder_tile_runs(a->s->key_rows, CHUNK_COLS, false, runs);
    for (int i = 0; i < count; i++) {
        builder_loop_begin(a->b, AXIS_COLUMN, runs[i].trip_count, runs[i].first_index);
        part(a, tile_at(AXIS_ROW, plan.rows_per_block, rows, AXIS_COLUMN, CHUNK_COLS, runs[i].tile_elems), is_again);
        builder_end(a->b);
    }
}

static void softmax_sum_part(Standard *a, TileAt at, bool is_again) {
    (void)is_again;
    builder_load(a->b, a->masked, 0, at, "scores of a few rows");
    builder_softmax(a->b, 0, at.rows, at.cols, at.rows * at.cols, "row max and sum of exp(S - m)");
}
static void softmax_write_part(Standard *a, TileAt at, bool is_again) {
    if (is_again) {
        builder_load_if(a->b, a->is_paper, a->masked, 0, at, "the same scores again");
        builder_softmax(a->b, 0, at.rows, at.cols, at.rows * at.cols, "P = exp(S - m) / l");
    }
    builder_store(a->b, a->probs, 0, at, "P");
}
static void softmax_rows(Standard *a, uint64_t rows) {
    StandardRows plan = a->plan.softmax_rows;
    over_columns(a, plan, rows, softmax_sum_part, false);
    over_columns(a, plan, rows, softmax_write_part, !plan.is_kept);
}

static void softmax_back_dot_part(Standard *a, TileAt at, bool is_again) {
    (void)is_again;
    builder_load(a->b, a->probs, 0, at, "P of a few rows");
    builder_load(a->b, a->d_probs, 1, at, "dP of a few rows");
    builder_map(a->b, 1, at.rows, at.cols, "D = rowsum(P * dP)");
}
static void softmax_back_write_part(Standard *a, TileAt at, bool is_again) {
    if (is_again) {
        builder_load_if(a->b, a->is_paper, a->probs, 0, at, "the same P again");
        builder_load_if(a->b, a->is_paper, a->d_probs, 1, at, "the same dP again");
        builder_map(a->b, 1, at.rows, at.cols, "dS = P * (dP - D)");
    }
    builder_store(a->b, a->d_scores, 1, at, "dS");
}
static void softmax_back_rows(Standard *a, uint64_t rows) {
    StandardRows plan = a->plan.back_rows;
    over_columns(a, plan, rows, softmax_back_dot_part, false);
    over_columns(a, plan, rows, softmax_back_write_part, !plan.is_kept);
}

static void row_kernel(Standard *a, const char *name, Pass pass, void (*rows_body)(Standard *, uint64_t), uint8_t first,
                       uint8_t second, StandardRows plan) {
    uint64_t cols = plan.is_kept ? a->s->key_rows : min_u64(CHUNK_COLS, a->s->key_rows),
             e = dtype_elem_bytes(a->s->dtype);
    begin_kernel(a, name, pass, ROW_THREADS, false);
    attention_tensor_buffer(a->b, a->b->program->tensors[first].name, first, plan.rows_per_block, cols, e, false);
    if (second != TENSOR_NONE)
        attention_tensor_buffer(a->b, a->b->program->tensors[second].name, second, plan.rows_per_block, cols, e, false);
    TileRun runs[3];
    int count = builder_tile_runs(a->s->query_rows, plan.rows_per_block, false, runs);
    attention_begin_heads(a->b, a->s->head_count);
    for (int i = 0; i < count; i++) {
        builder_loop_begin(a->b, AXIS_ROW, runs[i].trip_count, runs[i].first_index);
        builder_block_begin(a->b);
        rows_body(a, runs[i].tile_elems);
        builder_end(a->b);
        builder_end(a->b);
    }
    attention_end_heads(a->b);
    builder_kernel_end(a->b);
}

/* The passes. */

static void add_forward(Standard *a) {
    Side q = query_side(a->s), k = key_side(a->s);
    score_product(a, "S = QK^T", PASS_FORWARD, a->t.q, a->t.k, a->scores, "S");
    if (a->plan.has_mask) map_kernel(a, "mask", PASS_FORWARD, a->scores, a->masked, mask_body);
    row_kernel(a, "softmax", PASS_FORWARD, softmax_rows, a->masked, TENSOR_NONE, a->plan.softmax_rows);
    if (a->plan.has_dropout) map_kernel(a, "dropout", PASS_FORWARD, a->probs, a->dropped, dropout_body);
    sum_product(a, "O = PV", PASS_FORWARD,
                (SumProduct){.scores = a->dropped, .operand = a->t.v, .result = a->t.o, .out = q, .in = k});
}

static void add_backward(Standard *a) {
    Side q = query_side(a->s), k = key_side(a->s);
    sum_product(a, "dV = P^T dO", PASS_BACKWARD,
                (SumProduct){.scores = a->dropped, .operand = a->t.d_o, .result = a->t.d_v, .out = k, .in = q});
    score_product(a, "dP = dO V^T", PASS_BACKWARD, a->t.d_o, a->t.v, a->d_dropped, "dP");
    if (a->plan.has_dropout)
        map_kernel(a, "dropout backward", PASS_BACKWARD, a->d_dropped, a->d_probs, dropout_back_body);
    row_kernel(a, "softmax backward", PASS_BACKWARD, softmax_back_rows, a->probs, a->d_probs, a->plan.back_rows);
    sum_product(a, "dQ = dS K", PASS_BACKWARD,
                (SumProduct){.scores = a->d_scores, .operand = a->t.k, .result = a->t.d_q, .out = q, .in = k});
    sum_product(a, "dK = dS^T Q", PASS_BACKWARD,
                (SumProduct){.scores = a->d_scores, .operand = a->t.q, .result = a->t.d_k, .out = k, .in = q});
    attention_sum_heads(a->b, &a->t);
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "standard");
    Standard a = {.b = &b, .s = s, .plan = standard_plan(s), .is_paper = attention_is_paper(s)};
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    program->tile_rows[AXIS_ROW] = a.plan.softmax_rows.rows_per_block;
    program->tile_rows[AXIS_COLUMN] = CHUNK_COLS;
    add_tensors(&a);
    if (attention_has_forward(s)) add_forward(&a);
    if (attention_has_backward(s)) add_backward(&a);
    return builder_finish(&b, err);
}

const Algorithm algorithm_standard = {
    .name = "standard",
    .title = "standard attention, a kernel a step",
    .source = "the PyTorch kernels behind Dao et al. 2022, Fig. 1 and 2 (18 P + 12 u: exact, not the only reading)",
    .not_modelled = "split-K products; fused scale or mask; a causal mask skips nothing here",
    .resolve = resolve,
    .build = build,
    .formula = standard_formula,
};
