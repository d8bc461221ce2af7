/* FlashAttention-2's backward pass over listed tiles: the tree and the formula. See flash_backward.h. */
#include "sim/attention/flash_backward.h"

#include "sim/base/checked.h"

static const char dot_kernel[] = "D = rowsum(dO * O)", convert_kernel[] = "convert dQ", lse_copy[] = "lse log2";

typedef struct Backward {
    ProgramBuilder *b;
    const Scenario *s;
    const FlashBackward *spec;
    const AttentionTensors *t;
    uint8_t lse, main_lse, delta, dq_sum; /* main_lse: lse or its copy; dq_sum: fp32 sum of dQ, dQ itself for fp32 */
    FlashBackwardBuffers buf;
    bool is_paper;
} Backward;

static bool has_own_sum(const Scenario *s) { return s->dtype != DTYPE_FP32; }

/* Block sizes. */

/* Q, dO, K, V tiles; P and dS pass through shared memory to be transposed. */
uint64_t flash_backward_smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t elem_bytes = dtype_elem_bytes(s->dtype);
    return 2 * (query_rows + key_rows) * s->head_dim_elems * elem_bytes + 2 * query_rows * key_rows * elem_bytes;
}

bool flash_backward_resolve(Scenario *s, const char *algorithm, char *note, int note_bytes, Err *err) {
    enum { WIDE_SMEM_BYTES = 144 * 1024 };
    uint64_t d = s->head_dim_elems; /* tiles of flash_bwd_launch_template.h, v2 */
    bool is_wide = d <= 32 || (d <= 64 && s->machine.smem_per_block_bytes >= WIDE_SMEM_BYTES);
    BlockChoice choice = {&s->backward_block_query_rows, &s->backward_block_key_rows, is_wide ? 128 : 64,
                          d <= 128 ? 128 : 64,           flash_backward_smem_bytes,   "backward "};
    return attention_choose_blocks(s, algorithm, choice, note, note_bytes, err);
}

/* Tensors and buffers. */

AttentionTensors flash_backward_tensors(ProgramBuilder *b, uint8_t *lse) {
    const Scenario *s = &b->program->scenario;
    int first = attention_has_forward(s) ? 1 : 0;
    AttentionTensors t = attention_tensors(
        b, (AttentionLifetimes){.d_q = first, .d_k = first, .d_v = first, .sum_heads = first + 2 + has_own_sum(s)});
    Tensor rows = attention_row_tensor(s, "lse");
    rows.is_saved = attention_has_backward(s);
    *lse = builder_tensor(b, rows);
    return t;
}

static void add_tensors(Backward *f, int first_kernel) {
    Tensor delta = attention_row_tensor(f->s, "D");
    delta.alloc_kernel = first_kernel;
    f->delta = builder_tensor(f->b, delta);
    f->main_lse = f->lse;
    if (f->spec->chip->has_lse_copy) {
        Tensor copy = attention_row_tensor(f->s, lse_copy);
        copy.alloc_kernel = first_kernel;
        f->main_lse = builder_tensor(f->b, copy);
    }
    f->dq_sum = f->t->d_q;
    if (!has_own_sum(f->s)) return;
    Tensor sum = attention_query_tensor(f->s, "dQ fp32", TENSOR_GRADIENT_Q);
    sum.elem_bytes = 4;
    sum.alloc_kernel = first_kernel;
    f->dq_sum = builder_tensor(f->b, sum);
}

static FlashBackwardBuffers add_buffers(ProgramBuilder *b, const AttentionTensors *t, uint8_t lse, uint8_t dq_sum) {
    const Scenario *s = &b->program->scenario;
    uint64_t q = s->backward_block_query_rows, k = s->backward_block_key_rows, d = s->head_dim_elems;
    uint64_t e = dtype_elem_bytes(s->dtype);
    FlashBackwardBuffers buf;
    buf.k = attention_buffer(b, "K", t->k, TENSOR_K, k, d, e, false);
    buf.v = attention_buffer(b, "V", t->v, TENSOR_V, k, d, e, false);
    buf.q = attention_buffer(b, "Q", t->q, TENSOR_Q, q, d, e, false);
    buf.d_o = attention_buffer(b, "dO", t->d_o, TENSOR_GRADIENT_O, q, d, e, false);
    buf.s = buf.d_s = attention_buffer(b, "P, dS", TENSOR_NONE, TENSOR_P, q, 2 * k, e, false);
    buf.statistics = attention_buffer(b, "lse, D", lse, TENSOR_STATISTICS, q, 2, 4, true);
    buf.d_q = attention_buffer(b, "dQ", dq_sum, TENSOR_GRADIENT_Q, q, d, 4, true);
    buf.d_k = attention_buffer(b, "dK", t->d_k, TENSOR_GRADIENT_K, k, d, 4, true);
    buf.d_v = attention_buffer(b, "dV", t->d_v, TENSOR_GRADIENT_V, k, d, 4, true);
    return buf;
}

const FlashBackwardChip flash_backward_flash2 = {.row_threads = 128,
                                                 .main_threads = 256,
                                                 .main_registers = 255,
                                                 .product_unit = PRODUCT_MMA_SYNC,
                                                 .add_buffers = add_buffers,
                                                 .smem = "2*(D_r + D_c)*d*e + 2*D_r*D_c*e",
                                                 .smem_is = "Q, dO, K, V tiles; P and dS"};

/* The main kernel. */

static void load_visit(Backward *f, uint64_t rows) {
    uint64_t d = f->s->head_dim_elems, tile_rows = f->s->backward_block_query_rows;
    TileAt vector = rows_at(AXIS_Q_BLOCK, tile_rows, rows, 1);
    builder_load(f->b, f->t->q, f->buf.q, rows_at(AXIS_Q_BLOCK, tile_rows, rows, d), "Q block");
    builder_load(f->b, f->t->d_o, f->buf.d_o, rows_at(AXIS_Q_BLOCK, tile_rows, rows, d), "dO block");
    builder_load_if(f->b, f->is_paper, f->main_lse, f->buf.statistics, vector, "log-sum-exp of the rows");
    builder_load_if(f->b, f->is_paper, f->delta, f->buf.statistics, vector, "D of the rows");
}

static void mask_scores(Backward *f, uint64_t rows, uint64_t cols) {
    if (!f->spec->is_masking) return;
    attention_load_mask(f->b, f->t,
                        tile_at(AXIS_Q_BLOCK, f->s->backward_block_query_rows, rows, AXIS_K_BLOCK,
                                f->s->backward_block_key_rows, cols));
    builder_map(f->b, f->buf.s, rows, cols, "mask scores on chip");
}

static void visit(Backward *f, uint64_t rows, uint64_t cols) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems;
    load_visit(f, rows);
    builder_matmul(b, f->buf.s, rows, cols, d, "S = Q K^T, again");
    mask_scores(f, rows, cols);
    builder_softmax(b, f->buf.s, rows, cols, rows * cols, "P = exp(S - lse), recomputed");
    if (f->s->dropout_probability > 0) builder_map(b, f->buf.s, rows, cols, "the same dropout, drawn again");
    builder_matmul(b, f->buf.d_v, cols, d, rows, "dV += P^T dO");
    builder_matmul(b, f->buf.s, rows, cols, d, "dP = dO V^T");
    builder_map(b, f->buf.d_s, rows, cols, "dS = P * (dP - D)");
    builder_matmul(b, f->buf.d_q, rows, d, cols, "dQ tile = dS K");
    builder_leaf(b,
                 (ProgramLeaf){.kind = STEP_ATOMIC,
                               .tensor = f->dq_sum,
                               .buffer = f->buf.d_q,
                               .row_axis = AXIS_Q_BLOCK,
                               .row_stride = f->s->backward_block_query_rows,
                               .rows = rows,
                               .cols = d,
                               .what = "atomic add into dQ"},
                 0);
    builder_matmul(b, f->buf.d_k, cols, d, rows, "dK += dS^T Q");
}

static void visit_run(Backward *f, TileList list, uint64_t from, uint64_t to, uint64_t rows, uint64_t cols) {
    if (from >= to) return;
    if (list.table)
        builder_loop_table_begin(f->b, AXIS_Q_BLOCK, to - from, list.table + from);
    else
        builder_loop_begin(f->b, AXIS_Q_BLOCK, to - from, list.first + from);
    visit(f, rows, cols);
    builder_end(f->b);
}

/* The ragged last query tile, if listed, is the last of the list. */
static void visit_list(Backward *f, TileList list, uint64_t cols) {
    uint64_t tile = f->s->backward_block_query_rows, tail = f->s->query_rows % tile;
    uint64_t full_count = list.count - (tail && list.count && tiles_list_last(list) == f->s->query_rows / tile);
    visit_run(f, list, 0, full_count, tile, cols);
    visit_run(f, list, full_count, list.count, tail, cols);
}

static void key_block(Backward *f, TileList list, uint64_t cols) {
    TileAt rows = rows_at(AXIS_K_BLOCK, f->s->backward_block_key_rows, cols, f->s->head_dim_elems);
    builder_block_begin(f->b);
    builder_load(f->b, f->t->k, f->buf.k, rows, "K block, kept");
    builder_load(f->b, f->t->v, f->buf.v, rows, "V block, kept");
    visit_list(f, list, cols);
    builder_store(f->b, f->t->d_k, f->buf.d_k, rows, "dK block, once");
    builder_store(f->b, f->t->d_v, f->buf.d_v, rows, "dV block, once");
    builder_end(f->b);
}

static void key_blocks_alike(Backward *f) {
    TileList all = {.count = ceil_div(f->s->query_rows, f->s->backward_block_query_rows)};
    TileRun runs[3];
    int run_count = builder_tile_runs(f->s->key_rows, f->s->backward_block_key_rows, false, runs);
    for (int r = 0; r < run_count; r++) {
        builder_loop_begin(f->b, AXIS_K_BLOCK, runs[r].trip_count, runs[r].first_index);
        key_block(f, all, runs[r].tile_elems);
        builder_end(f->b);
    }
}

static void key_blocks_listed(Backward *f) {
    uint64_t tile = f->s->backward_block_key_rows;
    builder_vloop_begin(f->b, AXIS_K_BLOCK, 0, NULL);
    for (uint64_t j = 0; j * tile < f->s->key_rows; j++)
        key_block(f, f->spec->visitors(f->spec->data, j), min_u64(tile, f->s->key_rows - j * tile));
    builder_end(f->b);
}

static void add_main(Backward *f) {
    const FlashBackwardChip *chip = f->spec->chip;
    builder_kernel_begin(f->b, (Kernel){.name = f->spec->name,
                                        .pass = PASS_BACKWARD,
                                        .threads_per_block = chip->main_threads,
                                        .registers_per_thread = chip->main_registers,
                                        .product_unit = attention_product_unit(f->s, chip->product_unit),
                                        .loads_by_tma = chip->loads_by_tma});
    f->buf = chip->add_buffers(f->b, f->t, f->main_lse, f->dq_sum);
    attention_begin_heads(f->b, f->s->head_count);
    if (f->spec->is_uniform)
        key_blocks_alike(f);
    else
        key_blocks_listed(f);
    attention_end_heads(f->b);
    builder_kernel_end(f->b);
}

/* The kernels before and after it. */

/* A kernel whose blocks each take one tile of query rows. */
static void add_row_kernel(Backward *f, const char *name, void (*body)(Backward *, TileAt rows, TileAt vector)) {
    uint64_t tile = f->s->backward_block_query_rows;
    builder_kernel_begin(f->b, (Kernel){.name = name,
                                        .pass = PASS_BACKWARD,
                                        .threads_per_block = f->spec->chip->row_threads,
                                        .registers_per_thread = 64});
    attention_begin_heads(f->b, f->s->head_count);
    TileRun runs[3];
    int run_count = builder_tile_runs(f->s->query_rows, tile, false, runs);
    for (int r = 0; r < run_count; r++) {
        builder_loop_begin(f->b, AXIS_Q_BLOCK, runs[r].trip_count, runs[r].first_index);
        builder_block_begin(f->b);
        body(f, rows_at(AXIS_Q_BLOCK, tile, runs[r].tile_elems, f->s->head_dim_elems),
             rows_at(AXIS_Q_BLOCK, tile, runs[r].tile_elems, 1));
        builder_end(f->b);
        builder_end(f->b);
    }
    attention_end_heads(f->b);
    builder_kernel_end(f->b);
}

static void dot_body(Backward *f, TileAt rows, TileAt vector) {
    builder_load(f->b, f->t->d_o, BUFFER_NONE, rows, "dO rows");
    builder_load(f->b, f->t->o, BUFFER_NONE, rows, "O rows");
    builder_map(f->b, BUFFER_NONE, rows.rows, rows.cols, "D = rowsum(dO * O)");
    builder_store_if(f->b, f->is_paper, f->delta, BUFFER_NONE, vector, "D of the rows");
    if (f->main_lse != f->lse) {
        builder_load_if(f->b, f->is_paper, f->lse, BUFFER_NONE, vector, "log-sum-exp of the rows");
        builder_store_if(f->b, f->is_paper, f->main_lse, BUFFER_NONE, vector, "the same for base 2");
    }
    builder_store(f->b, f->dq_sum, BUFFER_NONE, rows, "dQ's sum is cleared");
}

static void convert_body(Backward *f, TileAt rows, TileAt vector) {
    (void)vector;
    builder_load(f->b, f->dq_sum, BUFFER_NONE, rows, "dQ's fp32 sum");
    builder_map(f->b, BUFFER_NONE, rows.rows, rows.cols, "round it");
    builder_store(f->b, f->t->d_q, BUFFER_NONE, rows, "dQ rows");
}

void flash_backward_build(ProgramBuilder *b, const FlashBackward *spec, const AttentionTensors *tensors, uint8_t lse) {
    const Scenario *s = &b->program->scenario;
    Backward f = {.b = b, .s = s, .spec = spec, .t = tensors, .lse = lse, .is_paper = attention_is_paper(s)};
    add_tensors(&f, b->program->kernel_count);
    add_row_kernel(&f, dot_kernel, dot_body);
    add_main(&f);
    if (has_own_sum(s)) add_row_kernel(&f, convert_kernel, convert_body);
    attention_sum_heads(b, tensors);
}

/* The formula. */

static bool symbols(Formula *f, const Scenario *s, const FlashBackward *spec, FlashBackwardSums v, Err *err) {
    uint64_t extra_steps = (s->mask != MASK_NONE) + spec->is_masking + (s->dropout_probability > 0);
    return formula_symbol(f, "A", has_own_sum(s), "1 where dQ is summed in a fp32 tensor of its own", err) &&
           formula_symbol(f, "D_r", s->backward_block_query_rows, "query rows of a backward tile", err) &&
           formula_symbol(f, "D_c", s->backward_block_key_rows, "key rows of a backward tile", err) &&
           formula_define(f, "E_r", "ceil(N_q, D_r)", "query tiles, backward", err) &&
           formula_define(f, "E_c", "ceil(N_k, D_c)", "key tiles, backward", err) &&
           formula_symbol(f, "x_b", extra_steps, "steps a backward tile that masks and dropout add", err) &&
           formula_given(f, "V_b", v.sums.visit_count, v.visits_is, "score tiles a head, backward", err) &&
           formula_given(f, "R_b", v.sums.query_rows, v.rows_is, "Q rows read a head, over all key tiles", err) &&
           formula_given(f, "C_b", v.sums.key_rows, v.cols_is, "columns of all score tiles a head", err) &&
           formula_given(f, "W_b", v.sums.elem_count, v.elems_is, "scores recomputed a head", err);
}

static bool kernel_rows(Formula *f, const FlashBackward *spec, Err *err) {
    const char *main_kernel = spec->name, *dot_steps = "H*5*E_r", *dot_why = "two loads, a dot product, two stores";
    if (spec->chip->has_lse_copy) dot_steps = "H*7*E_r", dot_why = "three loads, a dot product, three stores";
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, dot_kernel, "dO", "H*N_q*d*e", "once"},
        {COUNTER_ISSUED_READ_BYTES, dot_kernel, "O", "H*N_q*d*e", "once"},
        {COUNTER_BLOCK_COUNT, dot_kernel, "", "H*E_r", "a block a tile of rows"},
        {COUNTER_STEP_COUNT, dot_kernel, "", dot_steps, dot_why},
        {COUNTER_ISSUED_READ_BYTES, main_kernel, "K", "H*N_k*d*e", "each key tile once"},
        {COUNTER_ISSUED_READ_BYTES, main_kernel, "V", "H*N_k*d*e", "each key tile once"},
        {COUNTER_ISSUED_READ_BYTES, main_kernel, "Q", "H*R_b*d*e", "Q again for every key tile that it visits"},
        {COUNTER_ISSUED_READ_BYTES, main_kernel, "dO", "H*R_b*d*e", "dO again for every key tile"},
        {COUNTER_FLOPS, main_kernel, "", "H*10*W_b*d", "five products: S again, dV, dP, dQ, dK"},
        {COUNTER_EXP_COUNT, main_kernel, "", "H*W_b", "P is recomputed"},
        {COUNTER_BLOCK_COUNT, main_kernel, "", "H*E_c", "one block a key tile"},
        {COUNTER_STEP_COUNT, main_kernel, "", "H*(4*E_c + (12 + x_b)*V_b)",
         "K, V, dK, dV moved; twelve steps a score tile and x_b for masks and dropout"},
        {COUNTER_SMEM_PER_BLOCK_BYTES, main_kernel, "", spec->chip->smem, spec->chip->smem_is},
        {0}};
    return attention_formula_lines(f, lines, err);
}

/* Rows named after tensors that differ: dQ's sum is dQ itself for fp32, dK a slice a query head where heads share K. */
static bool gradient_rows(Formula *f, const Scenario *s, const char *main_kernel, Err *err) {
    const char *sum = has_own_sum(s) ? "dQ fp32" : "dQ";
    const FormulaLine lines[] = {{COUNTER_ISSUED_WRITE_BYTES, dot_kernel, sum, "H*N_q*d*4", "the sum is cleared"},
                                 {COUNTER_ISSUED_READ_BYTES, main_kernel, sum, "H*R_b*d*4", "an atomic add reads"},
                                 {COUNTER_ISSUED_WRITE_BYTES, main_kernel, sum, "H*R_b*d*4", "and writes"},
                                 {COUNTER_ISSUED_WRITE_BYTES, main_kernel, attention_d_k_name(s), "H*N_k*d*e", "once"},
                                 {COUNTER_ISSUED_WRITE_BYTES, main_kernel, attention_d_v_name(s), "H*N_k*d*e", "once"},
                                 {0}};
    const FormulaLine convert[] = {
        {COUNTER_ISSUED_READ_BYTES, convert_kernel, "dQ fp32", "A*H*N_q*d*4", "the finished sum"},
        {COUNTER_ISSUED_WRITE_BYTES, convert_kernel, "dQ", "A*H*N_q*d*e", "rounded"},
        {COUNTER_BLOCK_COUNT, convert_kernel, "", "A*H*E_r", "a block a tile of rows"},
        {COUNTER_STEP_COUNT, convert_kernel, "", "A*H*3*E_r", "load, round, store"},
        {0}};
    return attention_formula_lines(f, lines, err) && (!has_own_sum(s) || attention_formula_lines(f, convert, err));
}

static bool statistic_rows(Formula *f, const Scenario *s, const FlashBackward *spec, Err *err) {
    if (attention_is_paper(s)) return true;
    const char *lse = spec->chip->has_lse_copy ? lse_copy : "lse";
    const FormulaLine lines[] = {{COUNTER_ISSUED_WRITE_BYTES, dot_kernel, "D", "H*N_q*4", "one fp32 a row"},
                                 {COUNTER_ISSUED_READ_BYTES, spec->name, lse, "H*R_b*4", "for every score tile"},
                                 {COUNTER_ISSUED_READ_BYTES, spec->name, "D", "H*R_b*4", "for every score tile"},
                                 {0}};
    const FormulaLine copied[] = {{COUNTER_ISSUED_READ_BYTES, dot_kernel, "lse", "H*N_q*4", "one fp32 a row"},
                                  {COUNTER_ISSUED_WRITE_BYTES, dot_kernel, lse_copy, "H*N_q*4", "the same for base 2"},
                                  {0}};
    return attention_formula_lines(f, lines, err) &&
           (!spec->chip->has_lse_copy || attention_formula_lines(f, copied, err)) &&
           attention_mask_row(s, f, spec->name, "H*W_b*e", "H*C_b", err);
}

bool flash_backward_formula(Formula *f, const Scenario *s, const FlashBackward *spec, FlashBackwardSums sums,
                            Err *err) {
    return symbols(f, s, spec, sums, err) && kernel_rows(f, spec, err) && gradient_rows(f, s, spec->name, err) &&
           statistic_rows(f, s, spec, err) && attention_sum_heads_rows(s, f, err);
}
