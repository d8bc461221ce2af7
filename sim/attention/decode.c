/* decode, paged: one step of generation. A few new queries (usually one) against a long KV cache.
 *
 *     split kernel     block of threads per (batch, KV head, split): Q rows of the head's group, then its part of the
 *                      key tiles; writes an unnormalised O and a log-sum-exp a row, in fp32     <- partial results
 *     reduce kernel    block per (batch, KV head): reads all splits' parts, writes O              (not with one split)
 *
 *     keys  |---split 0---|---split 1---|---split 2---|      one head alone has too few blocks to fill a GPU:
 *              O_0, lse_0    O_1, lse_1    O_2, lse_2  -> O     that is why the keys are split
 *
 * The query heads that share a KV head are rows of one Q tile, so a KV head's cache is read once: in the program (not
 * in the scenario that was asked for) head_count is kv_head_count and query_rows is group x query rows.
 * paged: K and V lie in pages of select_block_rows rows, found through a table of one 4-byte number a page (vLLM's
 * PagedAttention); the key tile is a page, and pages are scattered as the seed says.
 * The number of splits is FlashAttention's rule: the fewest that fill at least 85% of what the best number fills.
 * Sources: Flash-Decoding (Dao, Haziza, Massa, Sizov 2023); num_splits_heuristic of flash-attention v2;
 * PagedAttention (Kwon et al. 2023, arXiv 2309.06180).
 * Memory: K and V are the cache. It exists once, whatever --memory says (no projection's packed copy of it stays), and
 * every layer's stays while one layer works.
 * Not modelled: appending the new K and V rows to the cache; skipping keys by causality inside the new queries.
 */
#include "sim/attention/common.h"
#include "sim/base/checked.h"
#include "sim/base/random.h"

enum { THREADS = 128, REGISTERS = 255, ROWS_MAX = 128, SPLITS_MAX = 128, PAGE_DEFAULT_ROWS = 16 };

/* What both roads are told: the folded rows and how the key tiles are shared out. */
typedef struct Decode {
    uint64_t rows;      /* of Q a KV head: group x query rows */
    uint64_t tile_rows; /* keys */
    uint64_t tile_count;
    uint64_t split_count;
    uint64_t split_tiles; /* tiles of every split but the last */
} Decode;

static Decode decode_plan(const Scenario *s) {
    Decode d = {.rows = s->head_count / s->kv_head_count * s->query_rows, .tile_rows = s->block_key_rows};
    d.tile_count = ceil_div(s->key_rows, d.tile_rows);
    d.split_tiles = ceil_div(d.tile_count, s->split_count);
    d.split_count = ceil_div(d.tile_count, d.split_tiles);
    return d;
}

/* How many splits. */

static double waves_filled(uint64_t blocks, uint64_t sm_count) {
    double waves = (double)blocks / (double)sm_count;
    return waves / (double)ceil_div(blocks, sm_count);
}

/* A number of splits that leaves the split's length as the number before it would is not worth a try. */
static bool is_new_length(uint64_t tiles, uint64_t splits) {
    return splits == 1 || ceil_div(tiles, splits) != ceil_div(tiles, splits - 1);
}

static uint64_t choose_splits(uint64_t blocks, uint64_t sm_count, uint64_t tiles) {
    if (5 * blocks >= 4 * sm_count) return 1; /* 80% full as it is */
    uint64_t most = min_u64(min_u64(SPLITS_MAX, sm_count), tiles);
    double best = 0;
    for (uint64_t n = 1; n <= most; n++)
        if (is_new_length(tiles, n) && waves_filled(blocks * n, sm_count) > best)
            best = waves_filled(blocks * n, sm_count);
    for (uint64_t n = 1; n <= most; n++)
        if (is_new_length(tiles, n) && waves_filled(blocks * n, sm_count) >= 0.85 * best) return n;
    return 1;
}

static uint64_t smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t e = dtype_elem_bytes(s->dtype);
    return (query_rows + 2 * key_rows) * s->head_dim_elems * e +
           (s->dtype == DTYPE_FP32 ? query_rows * key_rows * 4 : 0);
}

static bool resolve_step(Scenario *s, const char *name, uint64_t page_rows, char *note, int note_bytes, Err *err) {
    uint64_t group = s->head_count / s->kv_head_count, rows = group * s->query_rows;
    if (s->pass != PASS_FORWARD)
        return err_set(err, ERR_USAGE, "%s: only the forward pass is modelled; --pass is %s", name, pass_name(s->pass));
    if (s->mask != MASK_NONE)
        return err_set(err, ERR_USAGE, "%s: --mask %s is not modelled in a decoding step", name, mask_name(s->mask));
    if (rows > ROWS_MAX)
        return err_set(
            err, ERR_USAGE,
            "%s: --seq %llu with %llu query heads a KV head makes %llu rows; a step has at most %d (the cache is "
            "--kv-seq)",
            name, (unsigned long long)s->query_rows, (unsigned long long)group, (unsigned long long)rows, ROWS_MAX);
    s->block_query_rows = rows;
    if (page_rows) s->select_block_rows = s->block_key_rows = page_rows;
    uint64_t d = s->head_dim_elems; /* kBlockN of the split kernels, flash_fwd_launch_template.h, v2 */
    BlockChoice choice = {
        &s->block_query_rows, &s->block_key_rows, rows, d <= 64 ? 256 : d <= 128 ? 128 : 64, smem_bytes, NULL};
    if (!attention_choose_blocks(s, name, choice, note, note_bytes, err)) return false;
    s->backward_block_query_rows = s->block_query_rows;
    s->backward_block_key_rows = s->block_key_rows;
    uint64_t tiles = ceil_div(s->key_rows, s->block_key_rows);
    if (!s->split_count) s->split_count = choose_splits(s->batch_count * s->kv_head_count, s->machine.sm_count, tiles);
    s->split_count = min_u64(s->split_count, tiles);
    return true;
}

static bool resolve_decode(Scenario *s, char *note, int note_bytes, Err *err) {
    return resolve_step(s, "decode", 0, note, note_bytes, err);
}

static bool resolve_paged(Scenario *s, char *note, int note_bytes, Err *err) {
    uint64_t page_rows = s->select_block_rows ? s->select_block_rows : PAGE_DEFAULT_ROWS;
    if (ceil_div(s->key_rows, page_rows) > 1u << 24)
        return err_set(err, ERR_USAGE, "paged: %llu rows in pages of %llu; more than 2^24 pages are not modelled",
                       (unsigned long long)s->key_rows, (unsigned long long)page_rows);
    return resolve_step(s, "paged", page_rows, note, note_bytes, err);
}

/* The tree. */

typedef struct Step {
    ProgramBuilder *b;
    const Scenario *s; /* folded */
    Decode plan;
    uint8_t q, k, v, o, lse, part, part_lse, table;
    uint8_t buf_q, buf_k, buf_v, buf_s, buf_o, buf_stat;
    const uint32_t *pages; /* where each page of keys lies; NULL: in order */
    bool is_paper;
} Step;

static void visit(Step *f, uint64_t cols, bool is_first) {
    ProgramBuilder *b = f->b;
    uint64_t d = f->s->head_dim_elems, rows = f->plan.rows;
    TileAt keys = rows_at(AXIS_K_BLOCK, f->plan.tile_rows, cols, d);
    builder_load(b, f->k, f->buf_k, keys, "K tile of the cache");
    builder_matmul(b, f->buf_s, rows, cols, d, "S = Q K^T");
    builder_softmax(b, f->buf_s, rows, cols, rows * cols + (is_first ? 0 : rows), "P = exp(S - m), row max and sum");
    builder_load(b, f->v, f->buf_v, keys, "V tile of the cache");
    builder_matmul(b, f->buf_o, rows, d, cols, "O = O exp(m_old - m_new) + P V");
}

/* Key tiles [from, to) of one split, all of `cols` rows. */
static void visit_run(Step *f, uint64_t from, uint64_t to, uint64_t cols, bool is_first) {
    if (from >= to) return;
    if (f->pages)
        builder_loop_table_begin(f->b, AXIS_K_BLOCK, to - from, f->pages + from);
    else
        builder_loop_begin(f->b, AXIS_K_BLOCK, to - from, from);
    visit(f, cols, is_first);
    builder_end(f->b);
}

static void split_block(Step *f, uint64_t split) {
    ProgramBuilder *b = f->b;
    const Decode *p = &f->plan;
    uint64_t first = split * p->split_tiles, end = min_u64(first + p->split_tiles, p->tile_count);
    uint64_t tail = f->s->key_rows % p->tile_rows, full_end = tail && end == p->tile_count ? end - 1 : end;
    bool has_parts = p->split_count > 1;
    uint64_t d = f->s->head_dim_elems;
    builder_block_begin(b);
    builder_load(b, f->q, f->buf_q, rows_at(AXIS_NONE, 0, p->rows, d), "Q rows of the group");
    if (f->table != TENSOR_NONE)
        builder_load(b, f->table, BUFFER_NONE, tile_at(AXIS_NONE, 0, 1, AXIS_SPLIT, p->split_tiles, end - first),
                     "numbers of its pages");
    visit_run(f, first, min_u64(first + 1, full_end), p->tile_rows, true);
    visit_run(f, first + 1, full_end, p->tile_rows, false);
    if (full_end < end) visit_run(f, full_end, end, tail, full_end == first);
    Axis axis = has_parts ? AXIS_SPLIT : AXIS_NONE;
    builder_store(b, has_parts ? f->part : f->o, f->buf_o, rows_at(axis, p->rows, p->rows, d),
                  has_parts ? "this split's O, not yet divided" : "O rows");
    builder_store_if(b, f->is_paper, has_parts ? f->part_lse : f->lse, f->buf_stat, rows_at(axis, p->rows, p->rows, 1),
                     "log-sum-exp of the rows");
    builder_end(b);
}

static void add_split_kernel(Step *f) {
    ProgramBuilder *b = f->b;
    uint64_t rows = f->plan.rows, d = f->s->head_dim_elems, e = dtype_elem_bytes(f->s->dtype);
    builder_kernel_begin(b, (Kernel){.name = "split",
                                     .pass = PASS_FORWARD,
                                     .threads_per_block = THREADS,
                                     .registers_per_thread = REGISTERS,
                                     .product_unit = attention_product_unit(f->s, PRODUCT_MMA_SYNC)});
    f->buf_q = attention_buffer(b, "Q", f->q, TENSOR_Q, rows, d, e, false);
    f->buf_k = attention_buffer(b, "K", f->k, TENSOR_K, f->plan.tile_rows, d, e, false);
    f->buf_v = attention_buffer(b, "V", f->v, TENSOR_V, f->plan.tile_rows, d, e, false);
    f->buf_s = attention_buffer(b, "S", TENSOR_NONE, TENSOR_S, rows, f->plan.tile_rows, 4, f->s->dtype != DTYPE_FP32);
    f->buf_o = attention_buffer(b, "O", f->o, TENSOR_O, rows, d, 4, true);
    f->buf_stat = attention_buffer(b, "m, l", TENSOR_NONE, TENSOR_STATISTICS, rows, 2, 4, true);
    attention_begin_heads(b, f->s->head_count);
    builder_vloop_begin(b, AXIS_SPLIT, 0, NULL);
    for (uint64_t split = 0; split < f->plan.split_count; split++) split_block(f, split);
    builder_end(b);
    attention_end_heads(b);
    builder_kernel_end(b);
}

static void add_reduce_kernel(Step *f) {
    ProgramBuilder *b = f->b;
    uint64_t rows = f->plan.rows, d = f->s->head_dim_elems;
    builder_kernel_begin(
        b, (Kernel){.name = "reduce", .pass = PASS_FORWARD, .threads_per_block = THREADS, .registers_per_thread = 64});
    attention_begin_heads(b, f->s->head_count);
    builder_block_begin(b);
    builder_loop_begin(b, AXIS_SPLIT, f->plan.split_count, 0);
    builder_load_if(b, f->is_paper, f->part_lse, BUFFER_NONE, rows_at(AXIS_SPLIT, rows, rows, 1),
                    "a split's log-sum-exp");
    builder_load(b, f->part, BUFFER_NONE, rows_at(AXIS_SPLIT, rows, rows, d), "a split's O");
    builder_softmax(b, BUFFER_NONE, rows, d, rows, "weigh it by exp(lse - max) and add");
    builder_end(b);
    builder_store(b, f->o, BUFFER_NONE, rows_at(AXIS_NONE, 0, rows, d), "O rows");
    builder_store_if(b, f->is_paper, f->lse, BUFFER_NONE, rows_at(AXIS_NONE, 0, rows, 1), "log-sum-exp of the rows");
    builder_end(b);
    attention_end_heads(b);
    builder_kernel_end(b);
}

/* A permutation of the full pages; a ragged last page stays last. */
static const uint32_t *scattered_pages(const Scenario *s, uint64_t tile_count, Arena *arena) {
    uint32_t *pages = ARENA_ARRAY(arena, uint32_t, tile_count);
    uint64_t state = s->seed, full_count = s->key_rows / s->block_key_rows;
    for (uint64_t i = 0; i < tile_count; i++) pages[i] = (uint32_t)i;
    for (uint64_t i = full_count; i > 1; i--) {
        uint64_t other = random_below(&state, i);
        uint32_t swap = pages[i - 1];
        pages[i - 1] = pages[other], pages[other] = swap;
    }
    return pages;
}

static Tensor part_tensor(const Scenario *s, const char *name, TensorClass tensor_class, uint64_t rows, uint64_t cols) {
    return (Tensor){.name = name,
                    .tensor_class = tensor_class,
                    .sharing = TENSOR_PER_HEAD,
                    .rows = rows,
                    .cols = cols,
                    .elem_bytes = 4,
                    .is_accessed = true,
                    .alloc_kernel = KERNEL_FIRST,
                    .free_kernel = KERNEL_LAST,
                    .slice_count = s->batch_count * s->head_count};
}

static bool build_step(const Scenario *asked, bool is_paged, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    Scenario folded = *asked;
    Step f = {.b = &b,
              .plan = decode_plan(asked),
              .is_paper = attention_is_paper(asked),
              .part = TENSOR_NONE,
              .part_lse = TENSOR_NONE,
              .table = TENSOR_NONE};
    folded.head_count = asked->kv_head_count, folded.query_rows = f.plan.rows;
    folded.memory_rule = MEMORY_KERNELS;
    builder_start(&b, program, arena, &folded, is_paged ? "paged" : "decode");
    f.s = &folded;
    program->tile_rows[AXIS_Q_BLOCK] = f.plan.rows;
    program->tile_rows[AXIS_K_BLOCK] = f.plan.tile_rows;
    AttentionTensors t = attention_tensors(&b, (AttentionLifetimes){0});
    f.q = t.q, f.k = t.k, f.v = t.v, f.o = t.o;
    program->tensors[t.k].is_saved = program->tensors[t.v].is_saved = true;
    f.lse = builder_tensor(&b, attention_row_tensor(&folded, "lse"));
    if (f.plan.split_count > 1) {
        f.part = builder_tensor(
            &b, part_tensor(&folded, "O parts", TENSOR_O, f.plan.split_count * f.plan.rows, folded.head_dim_elems));
        f.part_lse = builder_tensor(
            &b, part_tensor(&folded, "lse parts", TENSOR_STATISTICS, f.plan.split_count * f.plan.rows, 1));
    }
    if (is_paged) {
        Tensor table = part_tensor(&folded, "page table", TENSOR_OTHER, 1, f.plan.tile_count);
        table.sharing = TENSOR_PER_BATCH, table.slice_count = folded.batch_count;
        f.table = builder_tensor(&b, table);
        f.pages = scattered_pages(&folded, f.plan.tile_count, arena);
    }
    add_split_kernel(&f);
    if (f.plan.split_count > 1) add_reduce_kernel(&f);
    return builder_finish(&b, err);
}

static bool build_decode(const Scenario *s, Program *program, Arena *arena, Err *err) {
    return build_step(s, false, program, arena, err);
}
static bool build_paged(const Scenario *s, Program *program, Arena *arena, Err *err) {
    return build_step(s, true, program, arena, err);
}

/* The formula. */

static bool symbols(const Scenario *s, const Decode *p, Formula *f, Err *err) {
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h_kv", "KV heads over batch and layers", err) &&
           formula_define(f, "R_q", "h/h_kv*N_q", "rows of Q that share a KV head", err) &&
           formula_symbol(f, "B_c", p->tile_rows, "key rows of a tile or page", err) &&
           formula_define(f, "T_c", "ceil(N_k, B_c)", "key tiles", err) &&
           formula_symbol(f, "s", p->split_count, "parts the keys are split into", err) &&
           formula_define(f, "Z", p->split_count > 1 ? "1" : "0", "1 where there is more than one part", err);
}

static bool formula_step(const Scenario *s, bool is_paged, Formula *f, Err *err) {
    Decode p = decode_plan(s);
    bool has_parts = p.split_count > 1;
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, "split", "Q", "H*s*R_q*d*e", "every split reads the group's rows"},
        {COUNTER_ISSUED_READ_BYTES, "split", "K", "H*N_k*d*e", "the cache once a KV head"},
        {COUNTER_ISSUED_READ_BYTES, "split", "V", "H*N_k*d*e", "the cache once a KV head"},
        {COUNTER_FLOPS, "split", "", "H*4*R_q*N_k*d", "S = Q K^T and P V"},
        {COUNTER_EXP_COUNT, "split", "", "H*R_q*(N_k + T_c - s)",
         "a score each, a rescale a row on every tile but a split's first"},
        {COUNTER_BLOCK_COUNT, "split", "", "H*s", "one block a split"},
        {COUNTER_SMEM_PER_BLOCK_BYTES, "split", "",
         s->dtype == DTYPE_FP32 ? "(R_q + 2*B_c)*d*e + R_q*B_c*4" : "(R_q + 2*B_c)*d*e",
         "Q, K, V tiles; scores too for fp32"},
        {COUNTER_STEP_COUNT, "split", "", is_paged ? "H*(4*s + 5*T_c)" : "H*(3*s + 5*T_c)",
         "Q, O and lse moved (and the page numbers); five steps a tile"},
        {0}};
    const FormulaLine reduce[] = {
        {COUNTER_ISSUED_WRITE_BYTES, "split", "O parts", "H*s*R_q*d*4", "a part a split, fp32"},
        {COUNTER_ISSUED_READ_BYTES, "reduce", "O parts", "H*s*R_q*d*4", "all parts"},
        {COUNTER_ISSUED_WRITE_BYTES, "reduce", "O", "H*R_q*d*e", "once"},
        {COUNTER_EXP_COUNT, "reduce", "", "H*s*R_q", "a weight a row and split"},
        {COUNTER_BLOCK_COUNT, "reduce", "", "H", "one block a KV head"},
        {COUNTER_STEP_COUNT, "reduce", "", "H*(3*s + 2)", "two loads and a sum a split; O and lse"},
        {0}};
    const FormulaLine reduce_code[] = {
        {COUNTER_ISSUED_WRITE_BYTES, "split", "lse parts", "H*s*R_q*4", "one fp32 a row and split"},
        {COUNTER_ISSUED_READ_BYTES, "reduce", "lse parts", "H*s*R_q*4", "all of them"},
        {COUNTER_ISSUED_WRITE_BYTES, "reduce", "lse", "H*R_q*4", "one fp32 a row"},
        {0}};
    const FormulaLine single[] = {{COUNTER_ISSUED_WRITE_BYTES, "split", "O", "H*R_q*d*e", "once"}, {0}};
    const FormulaLine single_code[] = {{COUNTER_ISSUED_WRITE_BYTES, "split", "lse", "H*R_q*4", "one fp32 a row"}, {0}};
    if (!symbols(s, &p, f, err) || !attention_formula_lines(f, lines, err) ||
        !attention_formula_lines(f, has_parts ? reduce : single, err))
        return false;
    if (!attention_is_paper(s) && !attention_formula_lines(f, has_parts ? reduce_code : single_code, err)) return false;
    if (is_paged &&
        !formula_row(f, COUNTER_ISSUED_READ_BYTES, "split", "page table", "H*T_c*4", "a number a page", err))
        return false;
    return formula_define(f, "U_q", "B*h*N_q*d*e", "bytes of Q, of O", err) &&
           formula_define(f, "U_k", "B*h_kv*N_k*d*e", "bytes of K, of V, one layer", err) &&
           formula_row(f, COUNTER_PEAK_HBM_BYTES, "step", "",
                       is_paged ? "L*2*U_k + 2*U_q + B*h*N_q*4 + Z*B*h_kv*s*R_q*(d + 1)*4 + B*T_c*4"
                                : "L*2*U_k + 2*U_q + B*h*N_q*4 + Z*B*h_kv*s*R_q*(d + 1)*4",
                       is_paged ? "all layers' caches; Q, O, lse; the parts' O and lse; the page table"
                                : "all layers' caches; Q, O, lse; the parts' O and lse",
                       err);
}

static bool formula_decode(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    (void)arena;
    return formula_step(s, false, f, err);
}
static bool formula_paged(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    (void)arena;
    return formula_step(s, true, f, err);
}

const Algorithm algorithm_decode = {
    .name = "decode",
    .title = "Flash-Decoding: one step over a KV cache",
    .source = "Dao, Haziza, Massa and Sizov 2023, Flash-Decoding; flash-attention v2's num_splits_heuristic",
    .not_modelled = "appending the new K and V rows; causality among the new queries",
    .resolve = resolve_decode,
    .build = build_decode,
    .formula = formula_decode,
};

const Algorithm algorithm_paged = {
    .name = "paged",
    .title = "PagedAttention: the cache in pages",
    .source = "Kwon et al. 2023, arXiv 2309.06180",
    .not_modelled = "appending the new K and V rows; causality among the new queries; half-filled pages",
    .resolve = resolve_paged,
    .build = build_paged,
    .formula = formula_paged,
};
