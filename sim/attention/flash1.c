/* flash1: FlashAttention as first published and released (Dao et al. 2022, arXiv 2205.14135; code v0.1).
 *
 * One block of threads per (batch, head). Outer loop over K/V blocks of B_c rows, inner loop over Q steps of B_r = 16
 * rows; scores never leave the chip. O (and dQ) travel to HBM and back once per K/V block:
 *
 *     for j in K blocks: load K_j, V_j
 *         for i in Q steps that see K_j: load Q_i; S = Q K^T; softmax; load O_i, l_i; O += P V; store O_i, l_i
 *
 * Accounting paper is the rule behind the paper's Fig. 2: every tensor 2 bytes (dtype) an element, O read on all visits
 * but the first, statistics not counted, no causal skipping. Accounting code is what the released code moves: O and dQ
 * are fp32 in HBM while more than one K/V block is visited, row statistics move, causal blocks are skipped.
 * Not modelled: the part of K and V that the code keeps in registers (counted as shared memory here), its second
 * thread block per head at small batch.
 */
#include "sim/attention/common.h"
#include "sim/attention/tiles.h"
#include "sim/base/checked.h"

enum { STEP_QUERY_ROWS = 16, FORWARD_THREADS = 128, BACKWARD_THREADS = 256 };

typedef struct Flash1 {
    ProgramBuilder *b;
    const Scenario *s;
    AttentionTensors t;
    uint8_t o_partial, dq_partial, lse, delta; /* partials equal O and dQ where one K/V block covers all keys */
    uint8_t buf_q, buf_k, buf_v, buf_s, buf_o, buf_stat, buf_do, buf_dq, buf_dk, buf_dv;
    TileShape shape;
    uint64_t key_tile_count, query_tile_count;
    bool is_paper;
} Flash1;

static TileShape tile_shape(const Scenario *s) {
    return (TileShape){.query_rows = s->query_rows,
                       .key_rows = s->key_rows,
                       .tile_query_rows = s->block_query_rows,
                       .tile_key_rows = s->block_key_rows,
                       .is_causal = s->is_causal && !attention_is_paper(s),
                       .is_first_column_full = true};
}

/* Block sizes. */

static uint64_t forward_smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    return (query_rows + 2 * key_rows) * s->head_dim_elems * dtype_elem_bytes(s->dtype);
}
/* Q and dO tiles, K and V blocks, and the tile of P and dS that is transposed through shared memory. */
static uint64_t backward_smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t elem_bytes = dtype_elem_bytes(s->dtype);
    return 2 * (query_rows + key_rows) * s->head_dim_elems * elem_bytes + query_rows * key_rows * elem_bytes;
}
static uint64_t smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t forward_bytes = attention_has_forward(s) ? forward_smem_bytes(s, query_rows, key_rows) : 0;
    uint64_t backward_bytes = attention_has_backward(s) ? backward_smem_bytes(s, query_rows, key_rows) : 0;
    return max_u64(forward_bytes, backward_bytes);
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    bool is_small = s->head_dim_elems > 64 || s->key_rows <= 128;
    BlockChoice choice = {.query_rows = &s->block_query_rows,
                          .key_rows = &s->block_key_rows,
                          .default_query_rows = STEP_QUERY_ROWS,
                          .default_key_rows = is_small ? 128 : 256,
                          .need_bytes = smem_bytes};
    if (!attention_choose_blocks(s, "flash1", choice, note, note_bytes, err)) return false;
    s->backward_block_query_rows = s->block_query_rows;
    s->backward_block_key_rows = s->block_key_rows;
    return attention_check_tile_rows(s, "flash1", ceil_div(s->key_rows, s->block_key_rows), err);
}

/* The tree. */

static void add_tensors(Flash1 *f) {
    ProgramBuilder *b = f->b;
    const Scenario *s = f->s;
    int backward_kernel = attention_has_forward(s) ? 1 : 0;
    f->t = attention_tensors(
        b, (AttentionLifetimes){backward_kernel, backward_kernel, backward_kernel, backward_kernel + 1});
    bool has_partial = f->key_tile_count > 1 && !f->is_paper;
    f->o_partial = f->t.o;
    f->dq_partial = f->t.d_q;
    if (has_partial && attention_has_forward(s)) {
        Tensor o_partial = attention_query_tensor(s, "O fp32", TENSOR_O);
        o_partial.elem_bytes = 4;
        o_partial.free_kernel = KERNEL_FIRST;
        f->o_partial = builder_tensor(b, o_partial);
    }
    Tensor lse = attention_row_tensor(s, "lse");
    lse.is_saved = attention_has_backward(s);
    f->lse = builder_tensor(b, lse);
    if (!attention_has_backward(s)) return;
    Tensor delta = attention_row_tensor(s, "D");
    delta.alloc_kernel = backward_kernel;
    f->delta = builder_tensor(b, delta);
    if (!has_partial) return;
    Tensor dq_partial = attention_query_tensor(s, "dQ fp32", TENSOR_GRADIENT_Q);
    dq_partial.elem_bytes = 4;
    dq_partial.alloc_kernel = backward_kernel;
    f->dq_partial = builder_tensor(b, dq_partial);
}

/* What one visit of Q step tiles of `rows` rows by K block of `cols` rows is like. */
typedef struct Visit {
    uint64_t rows, cols;
    bool is_first, is_last;
} Visit;

static TileAt query_rows_at(const Flash1 *f, uint64_t rows, uint64_t cols) {
    return rows_at(AXIS_Q_BLOCK, f->s->block_query_rows, rows, cols);
}
static TileAt key_rows_at(const Flash1 *f, uint64_t rows) {
    return rows_at(AXIS_K_BLOCK, f->s->block_key_rows, rows, f->s->head_dim_elems);
}
static TileAt score_at(const Flash1 *f, const Visit *v) {
    return tile_at(AXIS_Q_BLOCK, f->s->block_query_rows, v->rows, AXIS_K_BLOCK, f->s->block_key_rows, v->cols);
}

static void mask_and_scale(Flash1 *f, const Visit *v) {
    if (f->s->mask == MASK_NONE && !f->s->is_causal) return;
    attention_load_mask(f->b, &f->t, score_at(f, v));
    builder_map(f->b, f->buf_s, v->rows, v->cols, "mask scores on chip");
}

static void forward_visit(Flash1 *f, const Visit *v) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems;
    builder_load(b, f->t.q, f->buf_q, query_rows_at(f, v->rows, d), "Q rows of this step");
    builder_matmul(b, f->buf_s, v->rows, v->cols, d, "S = Q K^T");
    mask_and_scale(f, v);
    uint64_t rescale_count = v->is_first ? 0 : v->rows;
    builder_softmax(b, f->buf_s, v->rows, v->cols, v->rows * v->cols + rescale_count,
                    "P = exp(S - m), row max and sum");
    if (f->s->dropout_probability > 0) builder_map(b, f->buf_s, v->rows, v->cols, "dropout, drawn on chip");
    if (!v->is_first) {
        builder_load(b, f->o_partial, f->buf_o, query_rows_at(f, v->rows, d), "O so far comes back");
        builder_load_if(b, f->is_paper, f->lse, f->buf_stat, query_rows_at(f, v->rows, 1), "its row statistics");
    }
    builder_matmul(b, f->buf_o, v->rows, d, v->cols, "O = O exp(m_old - m_new) + P V");
    builder_store(b, v->is_last ? f->t.o : f->o_partial, f->buf_o, query_rows_at(f, v->rows, d),
                  v->is_last ? "O rows, finished" : "O so far");
    builder_store_if(b, f->is_paper, f->lse, f->buf_stat, query_rows_at(f, v->rows, 1), "its row statistics");
}

static void backward_visit(Flash1 *f, const Visit *v) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems;
    TileAt q_rows = query_rows_at(f, v->rows, d), row_vector = query_rows_at(f, v->rows, 1);
    builder_load(b, f->t.q, f->buf_q, q_rows, "Q rows of this step");
    builder_load(b, f->t.d_o, f->buf_do, q_rows, "dO rows of this step");
    builder_load_if(b, f->is_paper, f->lse, f->buf_stat, row_vector, "log-sum-exp of the rows");
    if (v->is_first) {
        builder_load(b, f->t.o, f->buf_o, q_rows, "O rows, once, for D");
        builder_map(b, f->buf_stat, v->rows, 1, "D = rowsum(dO * O)");
        builder_store_if(b, f->is_paper, f->delta, f->buf_stat, row_vector, "D is kept");
    } else {
        builder_load_if(b, f->is_paper, f->delta, f->buf_stat, row_vector, "D of the rows");
    }
    builder_matmul(b, f->buf_s, v->rows, v->cols, d, "S = Q K^T, again");
    mask_and_scale(f, v);
    builder_softmax(b, f->buf_s, v->rows, v->cols, v->rows * v->cols, "P = exp(S - lse), recomputed");
    if (f->s->dropout_probability > 0) builder_map(b, f->buf_s, v->rows, v->cols, "the same dropout, drawn again");
    builder_matmul(b, f->buf_dv, v->cols, d, v->rows, "dV += P^T dO");
    builder_matmul(b, f->buf_s, v->rows, v->cols, d, "dP = dO V^T");
    builder_map(b, f->buf_s, v->rows, v->cols, "dS = P * (dP - D)");
    if (!v->is_first) builder_load(b, f->dq_partial, f->buf_dq, q_rows, "dQ so far comes back");
    builder_matmul(b, f->buf_dq, v->rows, d, v->cols, "dQ += dS K");
    builder_store(b, v->is_last ? f->t.d_q : f->dq_partial, f->buf_dq, q_rows,
                  v->is_last ? "dQ rows, finished" : "dQ so far");
    builder_matmul(b, f->buf_dk, v->cols, d, v->rows, "dK += dS^T Q");
}

/* Q steps [first, end) of one K block, all of them first visits or none, last or none. */
static void visit_range(Flash1 *f, void (*visit)(Flash1 *, const Visit *), uint64_t first, uint64_t end, Visit v) {
    uint64_t tile = f->s->block_query_rows, tail = f->s->query_rows % tile;
    uint64_t full_end = tail && end == f->query_tile_count ? end - 1 : end;
    if (full_end > first) {
        v.rows = tile;
        builder_loop_begin(f->b, AXIS_Q_BLOCK, full_end - first, first);
        visit(f, &v);
        builder_end(f->b);
    }
    if (full_end < end && first < end) {
        v.rows = tail;
        builder_loop_begin(f->b, AXIS_Q_BLOCK, 1, full_end);
        visit(f, &v);
        builder_end(f->b);
    }
}

/* One K block: its steps, those that see no later K block (their last visit) first. */
static void key_block(Flash1 *f, bool is_backward, uint64_t j, uint64_t cols) {
    ProgramBuilder *b = f->b;
    uint64_t first = tiles_first_query(&f->shape, j);
    uint64_t next_first = j + 1 < f->key_tile_count ? tiles_first_query(&f->shape, j + 1) : f->query_tile_count;
    void (*visit)(Flash1 *, const Visit *) = is_backward ? backward_visit : forward_visit;
    builder_load(b, f->t.k, f->buf_k, key_rows_at(f, cols), "K block");
    builder_load(b, f->t.v, f->buf_v, key_rows_at(f, cols), "V block");
    visit_range(f, visit, first, next_first, (Visit){.cols = cols, .is_first = j == 0, .is_last = true});
    visit_range(f, visit, next_first, f->query_tile_count, (Visit){.cols = cols, .is_first = j == 0, .is_last = false});
    if (!is_backward) return;
    builder_store(b, f->t.d_k, f->buf_dk, key_rows_at(f, cols), "dK block, finished");
    builder_store(b, f->t.d_v, f->buf_dv, key_rows_at(f, cols), "dV block, finished");
}

static void key_blocks_alike(Flash1 *f, bool is_backward, uint64_t first, uint64_t count) {
    builder_loop_begin(f->b, AXIS_K_BLOCK, count, first);
    key_block(f, is_backward, first, min_u64(f->s->block_key_rows, f->s->key_rows - first * f->s->block_key_rows));
    builder_end(f->b);
}

static void all_key_blocks(Flash1 *f, bool is_backward) {
    uint64_t count = f->key_tile_count;
    if (f->shape.is_causal) {
        for (uint64_t j = 0; j < count; j++) key_blocks_alike(f, is_backward, j, 1);
        return;
    }
    key_blocks_alike(f, is_backward, 0, 1);
    if (count > 2) key_blocks_alike(f, is_backward, 1, count - 2);
    if (count > 1) key_blocks_alike(f, is_backward, count - 1, 1);
}

static void add_buffers(Flash1 *f, bool is_backward) {
    uint64_t q = f->s->block_query_rows, k = f->s->block_key_rows, d = f->s->head_dim_elems;
    uint64_t e = dtype_elem_bytes(f->s->dtype);
    f->buf_q = attention_tensor_buffer(f->b, "Q", f->t.q, q, d, e, false);
    f->buf_k = attention_tensor_buffer(f->b, "K", f->t.k, k, d, e, false);
    f->buf_v = attention_tensor_buffer(f->b, "V", f->t.v, k, d, e, false);
    f->buf_o = attention_tensor_buffer(f->b, "O", f->t.o, q, d, 4, true);
    f->buf_stat = attention_tensor_buffer(f->b, "m, l", f->lse, q, 1, 4, true);
    if (!is_backward) {
        f->buf_s = attention_tensor_buffer(f->b, "S", TENSOR_NONE, q, k, 4, true);
        return;
    }
    f->buf_s = attention_tensor_buffer(f->b, "P, dS", TENSOR_NONE, q, k, e, false);
    f->buf_do = attention_tensor_buffer(f->b, "dO", f->t.d_o, q, d, e, false);
    f->buf_dq = attention_tensor_buffer(f->b, "dQ", f->t.d_q, q, d, 4, true);
    f->buf_dk = attention_tensor_buffer(f->b, "dK", f->t.d_k, k, d, 4, true);
    f->buf_dv = attention_tensor_buffer(f->b, "dV", f->t.d_v, k, d, 4, true);
}

static void add_kernel(Flash1 *f, bool is_backward) {
    builder_kernel_begin(f->b, (Kernel){.name = is_backward ? "flash1 backward" : "flash1 forward",
                                        .pass = is_backward ? PASS_BACKWARD : PASS_FORWARD,
                                        .threads_per_block = is_backward ? BACKWARD_THREADS : FORWARD_THREADS,
                                        .registers_per_thread = 255,
                                        .product_unit = attention_product_unit(f->s, PRODUCT_MMA_SYNC)});
    add_buffers(f, is_backward);
    attention_begin_heads(f->b, f->s->head_count);
    builder_block_begin(f->b);
    all_key_blocks(f, is_backward);
    builder_end(f->b);
    attention_end_heads(f->b);
    builder_kernel_end(f->b);
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "flash1");
    Flash1 f = {.b = &b,
                .s = s,
                .is_paper = attention_is_paper(s),
                .shape = tile_shape(s),
                .key_tile_count = ceil_div(s->key_rows, s->block_key_rows),
                .query_tile_count = ceil_div(s->query_rows, s->block_query_rows)};
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    add_tensors(&f);
    if (attention_has_forward(s)) add_kernel(&f, false);
    if (attention_has_backward(s)) add_kernel(&f, true);
    attention_sum_heads(&b, &f.t);
    return builder_finish(&b, err);
}

/* The formula. */

static bool symbols(const Scenario *s, Formula *f, Err *err) {
    TileShape shape = tile_shape(s);
    TileSums sums = tiles_sum(&shape);
    bool is_skipping = shape.is_causal;
    return attention_symbols(s, f, err) &&
           formula_symbol(f, "a", attention_accumulator_bytes(s), "bytes an element of O and dQ between visits", err) &&
           formula_symbol(f, "B_r", s->block_query_rows, "query rows of a step", err) &&
           formula_symbol(f, "B_c", s->block_key_rows, "key rows of a K/V block", err) &&
           formula_define(f, "T_r", "ceil(N_q, B_r)", "query steps", err) &&
           formula_define(f, "T_c", "ceil(N_k, B_c)", "K/V blocks", err) &&
           formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "x", attention_extra_steps(s), "steps a visit that masks and dropout add", err) &&
           formula_given(f, "R", sums.query_rows,
                         is_skipping ? "sum over K/V blocks j of the rows from step floor((j B_c - N_k + N_q)/B_r) on"
                                     : "T_c N_q",
                         "query rows visited, over all K/V blocks of a head", err) &&
           formula_given(f, "V", sums.visit_count,
                         is_skipping ? "sum over K/V blocks j of T_r - floor((j B_c - N_k + N_q)/B_r)" : "T_r T_c",
                         "visits (query step, K/V block) of a head", err) &&
           formula_given(f, "C", sums.key_rows, is_skipping ? "sum over visits of their columns" : "T_r N_k",
                         "columns of all visits of a head", err) &&
           formula_given(f, "W", sums.elem_count, is_skipping ? "sum over visits of rows x columns" : "N_q N_k",
                         "scores computed a head", err);
}

/* Where a row block waits between visits: an fp32 temporary, or in accounting paper the result's own tensor. */
static const char *partial_name(const Scenario *s, const char *temporary, const char *result) {
    bool has_temporary = !attention_is_paper(s) && s->key_rows > s->block_key_rows;
    return has_temporary ? temporary : result;
}

static bool forward_rows(const Scenario *s, Formula *f, Err *err) {
    static const char kernel[] = "flash1 forward";
    const char *partial = partial_name(s, "O fp32", "O");
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, kernel, "K", "H*N_k*d*e", "each K block once"},
        {COUNTER_ISSUED_READ_BYTES, kernel, "V", "H*N_k*d*e", "each V block once"},
        {COUNTER_ISSUED_READ_BYTES, kernel, "Q", "H*R*d*e", "Q again for every K/V block"},
        {COUNTER_ISSUED_READ_BYTES, kernel, partial, "H*(R - N_q)*d*a", "on every visit but the first"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, partial, "H*(R - N_q)*d*a", "on every visit but the last"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, "O", "H*N_q*d*e", "finished, on the last visit"},
        {COUNTER_FLOPS, kernel, "", "H*4*W*d", "S = Q K^T and P V, 2 FLOP a multiply-add"},
        {COUNTER_EXP_COUNT, kernel, "", "H*(W + R - N_q)",
         "a score each, and a rescale factor a row on every visit but the first"},
        {COUNTER_BLOCK_COUNT, kernel, "", "H", "one block a head"},
        {COUNTER_STEP_COUNT, kernel, "", "H*(2*T_c + (6 + x)*V + 2*(V - T_r))",
         "K and V loaded, six steps a visit and x for masks and dropout, two loads more on all but first visits"},
        {COUNTER_SMEM_PER_BLOCK_BYTES, kernel, "", "(B_r + 2*B_c)*d*e", "Q step, K block, V block"},
        {0}};
    if (!attention_formula_lines(f, lines, err)) return false;
    if (attention_is_paper(s)) return true;
    const FormulaLine code_lines[] = {{COUNTER_ISSUED_READ_BYTES, kernel, "lse", "H*(R - N_q)*4",
                                       "a fp32 statistic a row, on every visit but the first"},
                                      {COUNTER_ISSUED_WRITE_BYTES, kernel, "lse", "H*R*4", "on every visit"},
                                      {0}};
    return attention_formula_lines(f, code_lines, err) && attention_mask_row(s, f, kernel, "H*W*e", "H*C", err);
}

static bool backward_rows(const Scenario *s, Formula *f, Err *err) {
    static const char kernel[] = "flash1 backward";
    const char *partial = partial_name(s, "dQ fp32", "dQ");
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, kernel, "K", "H*N_k*d*e", "each K block once"},
        {COUNTER_ISSUED_READ_BYTES, kernel, "V", "H*N_k*d*e", "each V block once"},
        {COUNTER_ISSUED_READ_BYTES, kernel, "Q", "H*R*d*e", "Q again for every K/V block"},
        {COUNTER_ISSUED_READ_BYTES, kernel, "dO", "H*R*d*e", "dO again for every K/V block"},
        {COUNTER_ISSUED_READ_BYTES, kernel, "O", "H*N_q*d*e", "on the first visit, for D = rowsum(dO * O)"},
        {COUNTER_ISSUED_READ_BYTES, kernel, partial, "H*(R - N_q)*d*a", "on every visit but the first"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, partial, "H*(R - N_q)*d*a", "on every visit but the last"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, "dQ", "H*N_q*d*e", "finished, on the last visit"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, attention_d_k_name(s), "H*N_k*d*e", "once a K block"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, attention_d_v_name(s), "H*N_k*d*e", "once a V block"},
        {COUNTER_FLOPS, kernel, "", "H*10*W*d", "five products: S again, dV, dP, dQ, dK"},
        {COUNTER_EXP_COUNT, kernel, "", "H*W", "P is recomputed"},
        {COUNTER_BLOCK_COUNT, kernel, "", "H", "one block a head"},
        {COUNTER_STEP_COUNT, kernel, "", "H*(4*T_c + (13 + x)*V + T_r)",
         "K, V, dK and dV moved, thirteen steps a visit and x for masks and dropout, one more where D is made"},
        {COUNTER_SMEM_PER_BLOCK_BYTES, kernel, "", "2*(B_r + B_c)*d*e + B_r*B_c*e",
         "Q, dO, K, V and the tile of P and dS"},
        {0}};
    if (!attention_formula_lines(f, lines, err)) return false;
    if (attention_is_paper(s)) return true;
    const FormulaLine code_lines[] = {{COUNTER_ISSUED_READ_BYTES, kernel, "lse", "H*R*4", "on every visit"},
                                      {COUNTER_ISSUED_WRITE_BYTES, kernel, "D", "H*N_q*4", "stored on the first visit"},
                                      {COUNTER_ISSUED_READ_BYTES, kernel, "D", "H*(R - N_q)*4", "loaded on the rest"},
                                      {0}};
    return attention_formula_lines(f, code_lines, err) && attention_mask_row(s, f, kernel, "H*W*e", "H*C", err);
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    (void)arena;
    bool has_partial = ceil_div(s->key_rows, s->block_key_rows) > 1 && !attention_is_paper(s);
    FlashMemory memory = {.forward_partial = has_partial ? "B*h*N_q*d*4" : "0",
                          .backward_partial = has_partial ? "B*h*N_q*d*4" : "0"};
    return symbols(s, f, err) && (!attention_has_forward(s) || forward_rows(s, f, err)) &&
           (!attention_has_backward(s) || backward_rows(s, f, err)) && attention_sum_heads_rows(s, f, err) &&
           attention_flash_memory(s, f, memory, err);
}

const Algorithm algorithm_flash1 = {
    .name = "flash1",
    .title = "FlashAttention (2022)",
    .source = "Dao et al. 2022, arXiv 2205.14135, Algorithms 1 and 4, and its released code v0.1",
    .not_modelled = "parts of K and V held in registers count as shared memory; no second block a head at small batch",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
