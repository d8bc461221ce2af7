/* Flash-style kernels over listed tiles: the tree and the formula. See sparse.h. */
#include "sim/attention/sparse.h"

#include <stdio.h>

#include "sim/attention/flash_backward.h"
#include "sim/base/checked.h"

enum { THREADS = 128, REGISTERS = 255 };

SparseKernel sparse_kernel(const Scenario *s, const char *name, VisitRule rule, const void *data) {
    return (SparseKernel){.name = name,
                          .suffix = "",
                          .rule = rule,
                          .data = data,
                          .query_rows = s->query_rows,
                          .key_rows = s->key_rows,
                          .tile_query_rows = s->block_query_rows,
                          .tile_key_rows = s->block_key_rows,
                          .has_mask_tensor = s->mask != MASK_NONE,
                          .extra_steps = 1 + (s->mask != MASK_NONE) + (s->dropout_probability > 0)};
}

/* The tree. */

typedef struct Flash {
    ProgramBuilder *b;
    const SparseKernel *kernel;
    SparseTensors t;
    uint8_t buf_q, buf_k, buf_v, buf_s, buf_o, buf_stat;
} Flash;

static bool keeps_scores_in_smem(const Scenario *s) { return s->dtype == DTYPE_FP32; }

static void add_buffers(Flash *f) {
    const Scenario *s = &f->b->program->scenario;
    uint64_t q = f->kernel->tile_query_rows, k = max_u64(f->kernel->tile_key_rows, f->kernel->gather_rows);
    uint64_t d = s->head_dim_elems, e = dtype_elem_bytes(s->dtype);
    f->buf_q = attention_buffer(f->b, "Q", f->t.q, TENSOR_Q, q, d, e, false);
    f->buf_k = attention_buffer(f->b, "K", f->t.k, TENSOR_K, k, d, e, false);
    f->buf_v = attention_buffer(f->b, "V", f->t.v, TENSOR_V, k, d, e, false);
    f->buf_s = attention_buffer(f->b, "S", TENSOR_NONE, TENSOR_S, q, k, 4, !keeps_scores_in_smem(s));
    f->buf_o = attention_buffer(f->b, "O", f->t.o, TENSOR_O, q, d, 4, true);
    f->buf_stat = attention_buffer(f->b, "m, l", f->t.lse, TENSOR_STATISTICS, q, 2, 4, true);
}

/* Between K and V: scores, mask, softmax. */
static void score_steps(Flash *f, uint64_t rows, uint64_t cols, bool is_first) {
    ProgramBuilder *b = f->b;
    const Scenario *s = &b->program->scenario;
    uint64_t tile_rows = f->kernel->tile_query_rows, tile_cols = f->kernel->tile_key_rows;
    builder_matmul(b, f->buf_s, rows, cols, s->head_dim_elems, "S = Q K^T");
    if (f->kernel->has_mask_tensor)
        attention_load_mask(b, f->t.all, tile_at(AXIS_Q_BLOCK, tile_rows, rows, AXIS_K_BLOCK, tile_cols, cols));
    builder_map(b, f->buf_s, rows, cols, "scores outside the pattern become minus infinity");
    builder_softmax(b, f->buf_s, rows, cols, rows * cols + (is_first ? 0 : rows), "P = exp(S - m), row max and sum");
    if (s->dropout_probability > 0) builder_map(b, f->buf_s, rows, cols, "dropout, drawn on chip");
}

static void output_step(Flash *f, uint64_t rows, uint64_t cols) {
    builder_matmul(f->b, f->buf_o, rows, f->b->program->scenario.head_dim_elems, cols,
                   "O = O exp(m_old - m_new) + P V");
}

static void visit(Flash *f, uint64_t rows, uint64_t cols, bool is_first) {
    TileAt keys = rows_at(AXIS_K_BLOCK, f->kernel->tile_key_rows, cols, f->b->program->scenario.head_dim_elems);
    builder_load(f->b, f->t.k, f->buf_k, keys, "K block");
    score_steps(f, rows, cols, is_first);
    builder_load(f->b, f->t.v, f->buf_v, keys, "V block");
    output_step(f, rows, cols);
}

static void gather(Flash *f, uint8_t tensor, uint8_t buffer, const uint32_t *rows, uint64_t row_count,
                   const char *what) {
    builder_loop_table_begin(f->b, AXIS_K_BLOCK, row_count, rows);
    builder_load(f->b, tensor, buffer, rows_at(AXIS_K_BLOCK, 1, 1, f->b->program->scenario.head_dim_elems), what);
    builder_end(f->b);
}

/* Rows picked one by one, gather_rows of them to a product. */
static void gather_list(Flash *f, TileList list, uint64_t rows) {
    for (uint64_t at = 0; at < list.count; at += f->kernel->gather_rows) {
        uint64_t cols = min_u64(f->kernel->gather_rows, list.count - at);
        gather(f, f->t.k, f->buf_k, list.table + at, cols, "a chosen K row");
        score_steps(f, rows, cols, at == 0);
        gather(f, f->t.v, f->buf_v, list.table + at, cols, "its V row");
        output_step(f, rows, cols);
    }
}

/* One list from its tile number `from` to before `to`, all of `cols` columns. */
static void visit_run(Flash *f, TileList list, uint64_t from, uint64_t to, uint64_t rows, uint64_t cols,
                      bool is_first) {
    if (from >= to) return;
    if (list.table)
        builder_loop_table_begin(f->b, AXIS_K_BLOCK, to - from, list.table + from);
    else
        builder_loop_begin(f->b, AXIS_K_BLOCK, to - from, list.first + from);
    visit(f, rows, cols, is_first);
    builder_end(f->b);
}

/* The first visit of all is apart (nothing to rescale), and so is the ragged last tile of K. */
static void visit_list(Flash *f, TileList list, uint64_t rows, bool *is_first) {
    if (!list.count) return;
    uint64_t tile = f->kernel->tile_key_rows, tail = f->kernel->key_rows % tile;
    bool ends_ragged = tail && tiles_list_last(list) == f->kernel->key_rows / tile;
    uint64_t full_count = list.count - ends_ragged, first_count = *is_first && full_count ? 1 : 0;
    visit_run(f, list, 0, first_count, rows, tile, true);
    visit_run(f, list, first_count, full_count, rows, tile, false);
    if (ends_ragged) visit_run(f, list, full_count, list.count, rows, tail, *is_first && !full_count);
    *is_first = false;
}

static void query_block(Flash *f, uint64_t i) {
    const SparseKernel *k = f->kernel;
    uint64_t d = f->b->program->scenario.head_dim_elems,
             rows = min_u64(k->tile_query_rows, k->query_rows - i * k->tile_query_rows);
    bool is_first = true, is_paper = attention_is_paper(&f->b->program->scenario);
    Visits visits = k->rule(k->data, i);
    builder_block_begin(f->b);
    if (k->chosen_cols)
        builder_load_if(f->b, is_paper, f->t.chosen, BUFFER_NONE, rows_at(AXIS_Q_BLOCK, 1, 1, k->chosen_cols),
                        "what was chosen for this block");
    builder_load(f->b, f->t.q, f->buf_q, rows_at(AXIS_Q_BLOCK, k->tile_query_rows, rows, d), "Q block, kept");
    if (k->gather_rows) gather_list(f, visits.lists[0], rows);
    for (int l = 0; l < VISIT_LISTS_MAX && !k->gather_rows; l++) visit_list(f, visits.lists[l], rows, &is_first);
    builder_store(f->b, f->t.o, f->buf_o, rows_at(AXIS_Q_BLOCK, k->tile_query_rows, rows, d), "O block, once");
    builder_store_if(f->b, is_paper, f->t.lse, f->buf_stat, rows_at(AXIS_Q_BLOCK, k->tile_query_rows, rows, 1),
                     "log-sum-exp of the rows");
    if (k->score_cols && k->score_cols[i])
        builder_store(f->b, f->t.scores, BUFFER_NONE, rows_at(AXIS_Q_BLOCK, 1, 1, k->score_cols[i]),
                      "how much each block weighs");
    builder_end(f->b);
}

void sparse_build(ProgramBuilder *b, const SparseKernel *kernel, SparseTensors tensors) {
    const Scenario *s = &b->program->scenario;
    Flash f = {.b = b, .kernel = kernel, .t = tensors};
    builder_kernel_begin(b, (Kernel){.name = kernel->name,
                                     .pass = PASS_FORWARD,
                                     .threads_per_block = THREADS,
                                     .registers_per_thread = REGISTERS,
                                     .product_unit = attention_product_unit(s, PRODUCT_MMA_SYNC)});
    add_buffers(&f);
    attention_begin_heads(b, s->head_count);
    builder_vloop_begin(b, AXIS_Q_BLOCK, 0, NULL);
    for (uint64_t i = 0; i < ceil_div(kernel->query_rows, kernel->tile_query_rows); i++) query_block(&f, i);
    builder_end(b);
    attention_end_heads(b);
    builder_kernel_end(b);
}

/* The formula. */

SparseSums sparse_sums(const SparseKernel *k) {
    SparseSums sums = {0};
    uint64_t last = ceil_div(k->key_rows, k->tile_key_rows) - 1, last_cols = k->key_rows - last * k->tile_key_rows;
    for (uint64_t first = 0, i = 0; first < k->query_rows; first += k->tile_query_rows, i++) {
        uint64_t rows = min_u64(k->tile_query_rows, k->query_rows - first), tiles = 0, cols = 0;
        Visits visits = k->rule(k->data, i);
        for (int l = 0; l < VISIT_LISTS_MAX; l++) {
            TileList list = visits.lists[l];
            if (!list.count) continue;
            tiles += list.count;
            cols += list.count * k->tile_key_rows;
            if (tiles_list_last(list) == last) cols -= k->tile_key_rows - last_cols;
        }
        if (k->gather_rows) tiles = ceil_div(tiles, k->gather_rows);
        sums.visit_count += tiles, sums.key_rows += cols, sums.elem_count += rows * cols;
        sums.query_rows += rows * tiles, sums.seen_query_rows += tiles ? rows : 0;
    }
    return sums;
}

static bool symbols(Formula *f, const SparseKernel *k, Arena *arena, Err *err) {
    SparseSums sums = sparse_sums(k);
#define NAME(letter) arena_format(arena, letter "%s", k->suffix)
    /* A kernel over the scenario's own rows has no suffix: attention_symbols has named N_q. */
    return (!k->suffix[0] || formula_symbol(f, NAME("N_q"), k->query_rows, "query rows", err)) &&
           formula_symbol(f, NAME("B_r"), k->tile_query_rows, "query rows of a block", err) &&
           formula_symbol(f, NAME("B_c"), k->tile_key_rows, "key rows of a tile", err) &&
           formula_define(f, NAME("T_r"), arena_format(arena, "ceil(N_q%s, B_r%s)", k->suffix, k->suffix),
                          "query blocks", err) &&
           formula_given(f, NAME("V"), sums.visit_count, "sum over query blocks of the tiles they visit",
                         "score tiles a head", err) &&
           formula_given(f, NAME("C"), sums.key_rows, "sum over visited tiles of their key rows", "K rows read a head",
                         err) &&
           formula_given(f, NAME("W"), sums.elem_count, "sum over visited tiles of rows x columns",
                         "scores computed a head", err) &&
           formula_given(f, NAME("R"), sums.query_rows, "sum over visited tiles of their query rows",
                         "rows of visited tiles a head", err) &&
           formula_given(f, NAME("N_s"), sums.seen_query_rows, "rows of query blocks that visit a tile",
                         "query rows with a score", err) &&
           formula_symbol(f, NAME("x"), k->extra_steps, "steps a tile that masks and dropout add", err);
#undef NAME
}

/* A row whose expression has "%" where the kernel's suffix goes. */
static bool row(Formula *f, const SparseKernel *k, CounterId counter, const char *tensor, const char *pattern,
                const char *why, Arena *arena, Err *err) {
    char text[160];
    size_t used = 0;
    for (const char *at = pattern; *at && used < sizeof text - 1; at++)
        if (*at == '%')
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", k->suffix);
        else
            text[used++] = *at;
    text[used] = 0;
    return formula_row(f, counter, k->name, tensor, arena_copy_text(arena, text), why, err);
}

static const char *smem_expression(const Scenario *s, const SparseKernel *k) {
    if (k->gather_rows) return keeps_scores_in_smem(s) ? "(B_r% + 2*g_r%)*d*e + B_r%*g_r%*4" : "(B_r% + 2*g_r%)*d*e";
    return keeps_scores_in_smem(s) ? "(B_r% + 2*B_c%)*d*e + B_r%*B_c%*4" : "(B_r% + 2*B_c%)*d*e";
}

/* What learned kernels move beside attention itself. */
static bool choice_rows(Formula *f, const Scenario *s, const SparseKernel *k, SparseNames n, Arena *arena, Err *err) {
    uint64_t score_sum = 0, score_count = 0;
    for (uint64_t i = 0; k->score_cols && i < ceil_div(k->query_rows, k->tile_query_rows); i++)
        score_sum += k->score_cols[i], score_count += k->score_cols[i] > 0;
    if (k->chosen_cols && !row(f, k, COUNTER_STEP_COUNT, "", "H*T_r%", "its choices loaded", arena, err)) return false;
    if (k->chosen_cols && !attention_is_paper(s) &&
        !row(f, k, COUNTER_ISSUED_READ_BYTES, n.chosen, "H*T_r%*K_c*4", "a number a chosen block", arena, err))
        return false;
    if (!score_sum) return true;
    return formula_given(f, "G_w", score_sum, "sum over query blocks of the blocks they see", "block scores a head",
                         err) &&
           formula_given(f, "T_w", score_count, "query blocks that see a block", "rows of block scores a head", err) &&
           row(f, k, COUNTER_ISSUED_WRITE_BYTES, n.scores, "H*G_w*4", "a fp32 score a block", arena, err) &&
           row(f, k, COUNTER_STEP_COUNT, "", "H*T_w", "block scores stored", arena, err);
}

bool sparse_formula(Formula *f, const Scenario *s, const SparseKernel *k, SparseNames n, Arena *arena, Err *err) {
    const struct {
        CounterId counter;
        const char *tensor, *pattern, *why;
    } rows[] = {
        {COUNTER_ISSUED_READ_BYTES, n.q, "H*N_q%*d*e", "each query block once"},
        {COUNTER_ISSUED_READ_BYTES, n.k, "H*C%*d*e", "the K rows of every visited tile"},
        {COUNTER_ISSUED_READ_BYTES, n.v, "H*C%*d*e", "the V rows of every visited tile"},
        {COUNTER_ISSUED_WRITE_BYTES, n.o, "H*N_q%*d*e", "once"},
        {COUNTER_FLOPS, "", "H*4*W%*d", "S = Q K^T and P V, whole tiles"},
        {COUNTER_EXP_COUNT, "", "H*(W% + R% - N_s%)",
         "a score each, and a rescale factor a row on every visit but the first"},
        {COUNTER_BLOCK_COUNT, "", "H*T_r%", "one block a query block"},
        {COUNTER_STEP_COUNT, "", k->gather_rows ? "H*(3*T_r% + (3 + x%)*V% + 2*C%)" : "H*(3*T_r% + (5 + x%)*V%)",
         "Q, O and lse moved; steps a tile (or a gather and a row), and x for masks and dropout"},
        {COUNTER_SMEM_PER_BLOCK_BYTES, "", smem_expression(s, k), "Q, K, V tiles; scores too for fp32"},
    };
    if (!symbols(f, k, arena, err)) return false;
    if (k->gather_rows &&
        !formula_symbol(f, arena_format(arena, "g_r%s", k->suffix), k->gather_rows, "rows gathered for a product", err))
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!row(f, k, rows[i].counter, rows[i].tensor, rows[i].pattern, rows[i].why, arena, err)) return false;
    if (!choice_rows(f, s, k, n, arena, err)) return false;
    if (attention_is_paper(s)) return true;
    if (!row(f, k, COUNTER_ISSUED_WRITE_BYTES, n.lse, "H*N_q%*4", "one fp32 log-sum-exp a row", arena, err))
        return false;
    return !k->has_mask_tensor || attention_mask_row(s, f, k->name, arena_format(arena, "H*W%s*e", k->suffix),
                                                     arena_format(arena, "H*C%s", k->suffix), err);
}

/* Block sizes. */

static uint64_t smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t e = dtype_elem_bytes(s->dtype), scores = keeps_scores_in_smem(s) ? query_rows * key_rows * 4 : 0;
    uint64_t forward_bytes = (query_rows + 2 * key_rows) * s->head_dim_elems * e + scores;
    uint64_t backward_bytes = flash_backward_smem_bytes(s, query_rows, key_rows);
    return max_u64(attention_has_forward(s) ? forward_bytes : 0, attention_has_backward(s) ? backward_bytes : 0);
}

/* Halves the default until it divides `multiple`. */
static uint64_t dividing(uint64_t rows, uint64_t multiple) {
    if (multiple && rows > multiple) rows = multiple;
    while (multiple && multiple % rows) rows--;
    return rows;
}

bool sparse_resolve(Scenario *s, const char *algorithm, uint64_t multiple, char *note, int note_bytes, Err *err) {
    if (s->pass != PASS_FORWARD)
        return err_set(err, ERR_USAGE, "%s: only the forward pass is modelled; --pass is %s", algorithm,
                       pass_name(s->pass));
    return sparse_resolve_both(s, algorithm, multiple, note, note_bytes, err);
}

bool sparse_resolve_both(Scenario *s, const char *algorithm, uint64_t multiple, char *note, int note_bytes, Err *err) {
    BlockChoice choice = {&s->block_query_rows,
                          &s->block_key_rows,
                          128,
                          dividing(s->head_dim_elems <= 64 ? 128 : 64, multiple),
                          smem_bytes,
                          NULL};
    if (!attention_choose_blocks(s, algorithm, choice, note, note_bytes, err)) return false;
    if (multiple && multiple % s->block_key_rows)
        return err_set(err, ERR_USAGE, "%s: --block-k is %llu; it must divide the %llu rows that are chosen together",
                       algorithm, (unsigned long long)s->block_key_rows, (unsigned long long)multiple);
    s->backward_block_query_rows = s->block_query_rows;
    s->backward_block_key_rows = s->block_key_rows;
    uint64_t tile_rows = ceil_div(s->query_rows, s->block_query_rows);
    if (tile_rows <= TILE_MAX_ROWS) return true;
    return err_set(err, ERR_USAGE, "%s: %llu query blocks; at most %u are modelled, take larger blocks", algorithm,
                   (unsigned long long)tile_rows, TILE_MAX_ROWS);
}
