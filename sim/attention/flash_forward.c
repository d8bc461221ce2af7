/* The tree and the formula of FlashAttention-2's and -3's forward pass: see flash_forward.h. */
#include "sim/attention/flash_forward.h"

#include "sim/base/checked.h"

/* Score tiles with the forward block sizes. */
static TileShape tile_shape(const Scenario *s) {
    return (TileShape){.query_rows = s->query_rows,
                       .key_rows = s->key_rows,
                       .tile_query_rows = s->block_query_rows,
                       .tile_key_rows = s->block_key_rows,
                       .is_causal = s->is_causal};
}

/* The tree. */

typedef struct Forward {
    ProgramBuilder *b;
    const Scenario *s;
    const AttentionTensors *t;
    uint8_t lse;
    FlashBuffers buf;
    TileShape tiles;
} Forward;

static void mask_tile(Forward *f, TileAt score, uint64_t rows, uint64_t cols) {
    if (f->s->mask == MASK_NONE && !f->s->is_causal) return;
    attention_load_mask(f->b, f->t, score);
    builder_map(f->b, f->buf.s, rows, cols, "mask scores on chip");
}

static void visit(Forward *f, uint64_t rows, uint64_t cols, bool is_first) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems, tile_rows = f->s->block_query_rows, tile_cols = f->s->block_key_rows;
    builder_load(b, f->t->k, f->buf.k, rows_at(AXIS_K_BLOCK, tile_cols, cols, d), "K block");
    builder_matmul(b, f->buf.s, rows, cols, d, "S = Q K^T");
    mask_tile(f, tile_at(AXIS_Q_BLOCK, tile_rows, rows, AXIS_K_BLOCK, tile_cols, cols), rows, cols);
    builder_softmax(b, f->buf.p, rows, cols, rows * cols + (is_first ? 0 : rows), "P = exp(S - m), row max and sum");
    if (f->s->dropout_probability > 0) builder_map(b, f->buf.p, rows, cols, "dropout, drawn on chip");
    builder_load(b, f->t->v, f->buf.v, rows_at(AXIS_K_BLOCK, tile_cols, cols, d), "V block");
    if (f->buf.v_turned != BUFFER_NONE) builder_map(b, f->buf.v_turned, cols, d, "V block transposed on chip");
    builder_matmul(b, f->buf.o, rows, d, cols, "O = O exp(m_old - m_new) + P V");
}

/* K blocks [first, end), the last of them ragged where it is the tensor's. */
static void visits(Forward *f, uint64_t rows, uint64_t first, uint64_t end) {
    uint64_t tile = f->s->block_key_rows, tail = f->s->key_rows % tile, all = ceil_div(f->s->key_rows, tile);
    uint64_t bounds[4] = {first, min_u64(first + 1, end), tail && end == all ? end - 1 : end, end};
    for (int part = 0; part < 3; part++) {
        uint64_t from = part ? max_u64(bounds[part], bounds[1]) : first, to = bounds[part + 1];
        if (part == 1) to = max_u64(from, bounds[2]);
        if (from >= to) continue;
        uint64_t cols = tail && to == all && to - from == 1 ? tail : tile;
        builder_loop_begin(f->b, AXIS_K_BLOCK, to - from, from);
        visit(f, rows, cols, part == 0);
        builder_end(f->b);
    }
}

static void query_block(Forward *f, uint64_t i, uint64_t rows) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems, tile_rows = f->s->block_query_rows;
    builder_block_begin(b);
    builder_load(b, f->t->q, f->buf.q, rows_at(AXIS_Q_BLOCK, tile_rows, rows, d), "Q block, kept");
    visits(f, rows, 0, tiles_end_key(&f->tiles, i));
    builder_store(b, f->t->o, f->buf.o, rows_at(AXIS_Q_BLOCK, tile_rows, rows, d), "O block, once");
    builder_store_if(b, attention_is_paper(f->s), f->lse, f->buf.statistics, rows_at(AXIS_Q_BLOCK, tile_rows, rows, 1),
                     "log-sum-exp of the rows");
    builder_end(b);
}

static void query_blocks(Forward *f) {
    uint64_t tile = f->s->block_query_rows, count = ceil_div(f->s->query_rows, tile);
    if (f->s->is_causal) {
        builder_vloop_begin(f->b, AXIS_Q_BLOCK, 0, NULL);
        for (uint64_t i = 0; i < count; i++) query_block(f, i, min_u64(tile, f->s->query_rows - i * tile));
        builder_end(f->b);
        return;
    }
    TileRun runs[3];
    int run_count = builder_tile_runs(f->s->query_rows, tile, false, runs);
    for (int r = 0; r < run_count; r++) {
        builder_loop_begin(f->b, AXIS_Q_BLOCK, runs[r].trip_count, runs[r].first_index);
        query_block(f, runs[r].first_index, runs[r].tile_elems);
        builder_end(f->b);
    }
}

void flash_forward_build(ProgramBuilder *b, const FlashForward *spec, const AttentionTensors *tensors, uint8_t lse) {
    const Scenario *s = &b->program->scenario;
    Forward f = {.b = b, .s = s, .t = tensors, .lse = lse, .tiles = tile_shape(s)};
    builder_kernel_begin(b, (Kernel){.name = spec->name,
                                     .pass = PASS_FORWARD,
                                     .threads_per_block = spec->threads_per_block,
                                     .registers_per_thread = spec->registers_per_thread,
                                     .product_unit = attention_product_unit(s, spec->product_unit),
                                     .loads_by_tma = spec->loads_by_tma});
    f.buf = spec->add_buffers(b, tensors, lse);
    attention_begin_heads(b, s->head_count);
    query_blocks(&f);
    attention_end_heads(b);
    builder_kernel_end(b);
}

/* The formula. */

static bool symbols(Formula *f, const Scenario *s, Err *err) {
    TileShape shape = tile_shape(s);
    TileSums sums = tiles_sum(&shape);
    return formula_symbol(f, "B_r", s->block_query_rows, "query rows of a block", err) &&
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
}

bool flash_forward_formula(Formula *f, const Scenario *s, const FlashForward *spec, Err *err) {
    const char *kernel = spec->name;
    if (!symbols(f, s, err)) return false;
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
                                 {COUNTER_SMEM_PER_BLOCK_BYTES, kernel, "", spec->smem, spec->smem_is},
                                 {0}};
    if (!attention_formula_lines(f, lines, err)) return false;
    if (attention_is_paper(s)) return true;
    return formula_row(f, COUNTER_ISSUED_WRITE_BYTES, kernel, "lse", "H*N_q*4", "one fp32 log-sum-exp a row", err) &&
           attention_mask_row(s, f, kernel, "H*W*e", "H*C", err);
}
