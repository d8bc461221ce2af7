/* flash2: FlashAttention-2 (Dao 2023, arXiv 2307.08691): the query blocks run in parallel, O is written once.
 *
 * Forward, one block of threads per (batch, head, query block):
 *
 *     load Q_i
 *     for j in K blocks that rows of i see: load K_j; S = Q K^T; softmax; load V_j; O += P V     O, m, l in registers
 *     store O_i and a log-sum-exp a row
 *
 * Backward: flash_backward.h. Accounting paper leaves out row statistics.
 * fp32 keeps the score tile in shared memory; tensor-core types keep it in registers.
 * Not modelled: double buffering, splitting keys over blocks when the grid is small (see decode).
 */
#include "sim/attention/common.h"
#include "sim/attention/flash_backward.h"
#include "sim/attention/tiles.h"
#include "sim/base/checked.h"

enum { THREADS = 128 };

typedef struct Flash2 {
    ProgramBuilder *b;
    const Scenario *s;
    AttentionTensors t;
    uint8_t lse;
    uint8_t buf_q, buf_k, buf_v, buf_s, buf_o, buf_stat;
    TileShape forward;
    bool is_paper;
} Flash2;

static TileShape tile_shape(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    return (TileShape){.query_rows = s->query_rows,
                       .key_rows = s->key_rows,
                       .tile_query_rows = query_rows,
                       .tile_key_rows = key_rows,
                       .is_causal = s->is_causal};
}

/* ---- block sizes ---- */

typedef struct TileChoice {
    uint64_t query_rows, key_rows;
} TileChoice;

/* The released code's tiles (flash_fwd_launch_template.h, v2): by head dimension, chip and dropout. */
static TileChoice forward_choice(const Scenario *s) {
    uint64_t d = s->head_dim_elems;
    bool is_small_chip = s->machine.compute_capability == 86 || s->machine.compute_capability == 89;
    bool has_dropout = s->dropout_probability > 0;
    if (d <= 32) return (TileChoice){128, 128};
    if (d <= 64) return has_dropout ? (TileChoice){128, 64} : (TileChoice){128, 128};
    if (d <= 96) return is_small_chip && s->is_causal ? (TileChoice){64, 64} : (TileChoice){128, 64};
    if (d <= 128) {
        if (is_small_chip) return s->is_causal && !has_dropout ? (TileChoice){64, 64} : (TileChoice){128, 32};
        return has_dropout ? (TileChoice){128, 32} : (TileChoice){128, 64};
    }
    if (d <= 192) return has_dropout ? (TileChoice){64, 64} : (TileChoice){128, 64};
    bool is_wide =
        s->machine.compute_capability == 80; /* elsewhere two blocks an SM are worth more, or 128 do not fit */
    return is_wide ? (TileChoice){128, 64} : (TileChoice){64, 64};
}

static bool keeps_scores_in_smem(const Scenario *s) { return s->dtype == DTYPE_FP32; }

static uint64_t forward_smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t elem_bytes = dtype_elem_bytes(s->dtype);
    uint64_t score_bytes = keeps_scores_in_smem(s) ? query_rows * key_rows * elem_bytes : 0;
    return (query_rows + 2 * key_rows) * s->head_dim_elems * elem_bytes + score_bytes;
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    TileChoice chosen = forward_choice(s);
    s->backward_block_query_rows = s->block_query_rows;
    s->backward_block_key_rows = s->block_key_rows;
    BlockChoice forward = {&s->block_query_rows, &s->block_key_rows, chosen.query_rows,
                           chosen.key_rows,      forward_smem_bytes, "forward "};
    if (attention_has_forward(s) && !attention_choose_blocks(s, "flash2", forward, note, note_bytes, err)) return false;
    if (attention_has_backward(s) && !flash_backward_resolve(s, "flash2 backward", note, note_bytes, err)) return false;
    if (!attention_has_forward(s)) {
        s->block_query_rows = s->backward_block_query_rows;
        s->block_key_rows = s->backward_block_key_rows;
    }
    uint64_t tile_rows = ceil_div(s->query_rows, s->block_query_rows);
    if (attention_has_backward(s)) tile_rows = max_u64(tile_rows, ceil_div(s->key_rows, s->backward_block_key_rows));
    return attention_check_tile_rows(s, "flash2", tile_rows, err);
}

/* ---- tensors and buffers ---- */

static void add_tensors(Flash2 *f) {
    f->t = attention_tensors(f->b, flash_backward_lifetimes(f->s, attention_has_forward(f->s) ? 1 : 0));
    Tensor lse = attention_row_tensor(f->s, "lse");
    lse.is_saved = attention_has_backward(f->s);
    f->lse = builder_tensor(f->b, lse);
}

static void add_forward_buffers(Flash2 *f) {
    uint64_t q = f->s->block_query_rows, k = f->s->block_key_rows, d = f->s->head_dim_elems;
    uint64_t e = dtype_elem_bytes(f->s->dtype);
    bool is_on_smem = keeps_scores_in_smem(f->s);
    f->buf_q = attention_buffer(f->b, "Q", f->t.q, TENSOR_Q, q, d, e, false);
    f->buf_k = attention_buffer(f->b, "K", f->t.k, TENSOR_K, k, d, e, false);
    f->buf_v = attention_buffer(f->b, "V", f->t.v, TENSOR_V, k, d, e, false);
    f->buf_s = attention_buffer(f->b, "S", TENSOR_NONE, TENSOR_S, q, k, 4, !is_on_smem);
    f->buf_o = attention_buffer(f->b, "O", f->t.o, TENSOR_O, q, d, 4, true);
    f->buf_stat = attention_buffer(f->b, "m, l", f->lse, TENSOR_STATISTICS, q, 2, 4, true);
}

/* ---- forward ---- */

static void mask_tile(Flash2 *f, TileAt score, uint64_t rows, uint64_t cols) {
    if (f->s->mask == MASK_NONE && !f->s->is_causal) return;
    attention_load_mask(f->b, &f->t, score);
    builder_map(f->b, f->buf_s, rows, cols, "mask scores on chip");
}

static void forward_visit(Flash2 *f, uint64_t rows, uint64_t cols, bool is_first) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems, tile_rows = f->s->block_query_rows, tile_cols = f->s->block_key_rows;
    builder_load(b, f->t.k, f->buf_k, rows_at(AXIS_K_BLOCK, tile_cols, cols, d), "K block");
    builder_matmul(b, f->buf_s, rows, cols, d, "S = Q K^T");
    mask_tile(f, tile_at(AXIS_Q_BLOCK, tile_rows, rows, AXIS_K_BLOCK, tile_cols, cols), rows, cols);
    builder_softmax(b, f->buf_s, rows, cols, rows * cols + (is_first ? 0 : rows), "P = exp(S - m), row max and sum");
    if (f->s->dropout_probability > 0) builder_map(b, f->buf_s, rows, cols, "dropout, drawn on chip");
    builder_load(b, f->t.v, f->buf_v, rows_at(AXIS_K_BLOCK, tile_cols, cols, d), "V block");
    builder_matmul(b, f->buf_o, rows, d, cols, "O = O exp(m_old - m_new) + P V");
}

/* K blocks [first, end), the last of them ragged where it is the tensor's. */
static void forward_visits(Flash2 *f, uint64_t rows, uint64_t first, uint64_t end) {
    uint64_t tile = f->s->block_key_rows, tail = f->s->key_rows % tile, all = ceil_div(f->s->key_rows, tile);
    uint64_t bounds[4] = {first, min_u64(first + 1, end), tail && end == all ? end - 1 : end, end};
    for (int part = 0; part < 3; part++) {
        uint64_t from = part ? max_u64(bounds[part], bounds[1]) : first, to = bounds[part + 1];
        if (part == 1) to = max_u64(from, bounds[2]);
        if (from >= to) continue;
        uint64_t cols = tail && to == all && to - from == 1 ? tail : tile;
        builder_loop_begin(f->b, AXIS_K_BLOCK, to - from, from);
        forward_visit(f, rows, cols, part == 0);
        builder_end(f->b);
    }
}

static void forward_block(Flash2 *f, uint64_t i, uint64_t rows) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems, tile_rows = f->s->block_query_rows;
    builder_block_begin(b);
    builder_load(b, f->t.q, f->buf_q, rows_at(AXIS_Q_BLOCK, tile_rows, rows, d), "Q block, kept");
    forward_visits(f, rows, 0, tiles_end_key(&f->forward, i));
    builder_store(b, f->t.o, f->buf_o, rows_at(AXIS_Q_BLOCK, tile_rows, rows, d), "O block, once");
    builder_store_if(b, f->is_paper, f->lse, f->buf_stat, rows_at(AXIS_Q_BLOCK, tile_rows, rows, 1),
                     "log-sum-exp of the rows");
    builder_end(b);
}

static void forward_blocks(Flash2 *f) {
    uint64_t tile = f->s->block_query_rows, count = ceil_div(f->s->query_rows, tile);
    if (f->s->is_causal) {
        builder_vloop_begin(f->b, AXIS_Q_BLOCK, 0, NULL);
        for (uint64_t i = 0; i < count; i++) forward_block(f, i, min_u64(tile, f->s->query_rows - i * tile));
        builder_end(f->b);
        return;
    }
    TileRun runs[3];
    int run_count = builder_tile_runs(f->s->query_rows, tile, false, runs);
    for (int r = 0; r < run_count; r++) {
        builder_loop_begin(f->b, AXIS_Q_BLOCK, runs[r].trip_count, runs[r].first_index);
        forward_block(f, runs[r].first_index, runs[r].extent);
        builder_end(f->b);
    }
}

static void add_forward(Flash2 *f) {
    builder_kernel_begin(f->b, (Kernel){.name = "flash2 forward",
                                        .pass = PASS_FORWARD,
                                        .threads_per_block = THREADS,
                                        .registers_per_thread = 255,
                                        .uses_tensor_cores = f->s->dtype != DTYPE_FP32});
    add_forward_buffers(f);
    attention_begin_heads(f->b, f->s->head_count);
    forward_blocks(f);
    attention_end_heads(f->b);
    builder_kernel_end(f->b);
}

/* ---- backward ---- */

static TileShape backward_tiles(const Scenario *s) {
    return tile_shape(s, s->backward_block_query_rows, s->backward_block_key_rows);
}

static TileList visitors(const void *shape, uint64_t key_tile) {
    const TileShape *tiles = shape;
    uint64_t first = tiles_first_query(tiles, key_tile);
    return (TileList){.first = first, .count = ceil_div(tiles->query_rows, tiles->tile_query_rows) - first};
}

static FlashBackward backward_of(const Scenario *s, const TileShape *shape) {
    return (FlashBackward){.name = "flash2 backward",
                           .is_uniform = !s->is_causal,
                           .visitors = visitors,
                           .data = shape,
                           .is_masking = s->is_causal || s->mask != MASK_NONE};
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "flash2");
    Flash2 f = {.b = &b,
                .s = s,
                .is_paper = attention_is_paper(s),
                .forward = tile_shape(s, s->block_query_rows, s->block_key_rows)};
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    add_tensors(&f);
    if (attention_has_forward(s)) add_forward(&f);
    TileShape backward_shape = backward_tiles(s);
    FlashBackward backward = backward_of(s, &backward_shape);
    if (attention_has_backward(s)) flash_backward_build(&b, &backward, &f.t, f.lse);
    return builder_finish(&b, err);
}

/* ---- the formula ---- */

static bool forward_rows(const Scenario *s, Formula *f, Err *err) {
    static const char kernel[] = "flash2 forward";
    TileShape shape = tile_shape(s, s->block_query_rows, s->block_key_rows);
    TileSums sums = tiles_sum(&shape);
    bool ok =
        formula_symbol(f, "B_r", s->block_query_rows, "query rows of a block", err) &&
        formula_symbol(f, "B_c", s->block_key_rows, "key rows of a block", err) &&
        formula_define(f, "T_r", "ceil(N_q, B_r)", "query blocks", err) &&
        formula_given(f, "V", sums.visit_count,
                      s->is_causal ? "sum over query blocks i of ceil(min((i+1) B_r, N_q) + N_k - N_q, B_c)"
                                   : "T_r ceil(N_k, B_c)",
                      "score tiles a head", err) &&
        formula_given(f, "C", sums.key_rows, s->is_causal ? "sum over score tiles of their columns" : "T_r N_k",
                      "K rows read a head, over all query blocks", err) &&
        formula_given(f, "W", sums.elem_count, s->is_causal ? "sum over score tiles of rows x columns" : "N_q N_k",
                      "scores computed a head", err) &&
        formula_given(f, "R", sums.query_rows,
                      s->is_causal ? "sum over score tiles of their rows" : "N_q ceil(N_k, B_c)",
                      "rows of all score tiles a head", err) &&
        formula_given(f, "N_s", sums.seen_query_rows, s->is_causal ? "rows of query blocks that see a key" : "N_q",
                      "query rows with at least one score tile", err);
    if (!ok) return false;
    const FormulaLine lines[] = {{COUNTER_ISSUED_READ_BYTES, kernel, "Q", "H*N_q*d*e", "each query block once"},
                                 {COUNTER_ISSUED_READ_BYTES, kernel, "K", "H*C*d*e", "K again for every query block"},
                                 {COUNTER_ISSUED_READ_BYTES, kernel, "V", "H*C*d*e", "V again for every query block"},
                                 {COUNTER_ISSUED_WRITE_BYTES, kernel, "O", "H*N_q*d*e", "once"},
                                 {COUNTER_FLOPS, kernel, "", "H*4*W*d", "S = Q K^T and P V, 2 FLOP a multiply-add"},
                                 {COUNTER_EXP_COUNT, kernel, "", "H*(W + R - N_s)",
                                  "a score each, and a rescale factor a row on every visit but the first"},
                                 {COUNTER_BLOCK_COUNT, kernel, "", "H*T_r", "one block a query block"},
                                 {COUNTER_STEP_COUNT, kernel, "", "H*(3*T_r + (5 + x)*V)",
                                  "Q, O and lse moved; five steps a score tile and x for masks and dropout"},
                                 {0}};
    const char *smem = keeps_scores_in_smem(s) ? "(B_r + 2*B_c)*d*e + B_r*B_c*4" : "(B_r + 2*B_c)*d*e";
    if (!attention_formula_lines(f, lines, err) ||
        !formula_row(f, COUNTER_SMEM_PER_BLOCK_BYTES, kernel, "", smem, "Q, K, V tiles; scores too for fp32", err))
        return false;
    if (attention_is_paper(s)) return true;
    return formula_row(f, COUNTER_ISSUED_WRITE_BYTES, kernel, "lse", "H*N_q*4", "one fp32 log-sum-exp a row", err) &&
           attention_mask_row(s, f, kernel, "H*W*e", "H*C", err);
}

static bool backward_rows(const Scenario *s, Formula *f, Err *err) {
    TileShape shape = backward_tiles(s);
    FlashBackward backward = backward_of(s, &shape);
    FlashBackwardSums sums = {.sums = tiles_sum(&shape),
                              .visits_is = "E_r E_c",
                              .rows_is = "N_q E_c",
                              .cols_is = "N_k E_r",
                              .elems_is = "N_q N_k"};
    if (s->is_causal) {
        sums.visits_is = "sum over key tiles j of E_r - floor((j D_c - N_k + N_q)/D_r)";
        sums.rows_is = "sum over score tiles of their rows";
        sums.cols_is = "sum over score tiles of their columns";
        sums.elems_is = "sum over score tiles of rows x columns";
    }
    return flash_backward_formula(f, s, &backward, sums, err);
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    (void)arena;
    bool has_sum = s->dtype != DTYPE_FP32;
    FlashMemory memory = {.forward_partial = "0", .backward_partial = has_sum ? "B*h*N_q*d*4" : "0"};
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "x", attention_extra_steps(s), "steps a score tile that masks and dropout add", err) &&
           (!attention_has_forward(s) || forward_rows(s, f, err)) &&
           (!attention_has_backward(s) || backward_rows(s, f, err)) && attention_flash_memory(s, f, memory, err);
}

const Algorithm algorithm_flash2 = {
    .name = "flash2",
    .title = "FlashAttention-2 (2023)",
    .source = "Dao 2023, arXiv 2307.08691, Algorithms 1 and 2, and its released code v2",
    .not_modelled = "double buffering; splitting keys over blocks when the grid is small",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
