/* nsa: native sparse attention. Every query reads three things and a gate mixes the results.
 *
 *     compress   a row of K and V for every 32 rows, starting every 16          (a decoding step finds them cached)
 *     1 attention over the compressed rows: coarse, everything; also says how much each block of 64 weighs
 *     2 attention over the 16 best blocks: the first, the two newest and the query's own always among them
 *     3 attention over a window of 512
 *     combine    O = g1 O1 + g2 O2 + g3 O3
 *
 * At 64K keys a decoding step reads 65536/16 + 16 x 64 + 512 = 5632 rows of K and V, 11.6 times fewer than all.
 * Source: Yuan et al. 2025, arXiv 2502.11089.
 * Not modelled: one choice serves a block of query rows and all heads (the paper: one per query and KV head, with the
 * group's heads loaded together); the compression's and the gate's own weights; the backward pass.
 */
#include "sim/attention/learned.h"
#include "sim/attention/pattern.h"
#include "sim/base/checked.h"

enum {
    BLOCK_ROWS = 64,
    SELECT_COUNT = 16,
    FIRST_COUNT = 1,
    NEWEST_COUNT = 2,
    WINDOW_KEYS = 511,
    COMPRESS_ROWS = 32,
    COMPRESS_STRIDE = 16,
    THREADS = 128,
    GATE_COUNT = 3
};

static ChoiceRule rule_of(const Scenario *s) {
    return (ChoiceRule){.block_rows = s->select_block_rows,
                        .select_count = s->select_count,
                        .first_count = FIRST_COUNT,
                        .newest_count = NEWEST_COUNT,
                        .tile_rows = s->block_key_rows};
}

/* A compressed row starts every stride; the last ones are cut at the end of K. */
static uint64_t compressed_rows(const Scenario *s) { return ceil_div(s->key_rows, s->compress_stride_rows); }

/* Tiles of the compressed rows that are complete for query block i. */
static Visits visits_compressed(const void *data, uint64_t i) {
    const Scenario *s = data;
    uint64_t end = choice_visible_end(s, i), span = s->compress_rows, stride = s->compress_stride_rows;
    uint64_t complete = end >= s->key_rows && !s->is_causal ? compressed_rows(s)
                        : end >= span                       ? (end - span) / stride + 1
                                                            : 0;
    return (Visits){{{.first = 0, .count = ceil_div(min_u64(complete, compressed_rows(s)), s->block_key_rows)}}};
}

/* The window looks back, with or without --causal: NSA is defined for models that generate. */
static Visits visits_window(const void *data, uint64_t i) {
    Scenario back = *(const Scenario *)data;
    back.is_causal = true;
    return (Visits){{pattern_window_tiles(&back, i)}};
}

/* The three attention kernels; `choice` outlives them. */
typedef struct Branches {
    SparseKernel compressed, selected, window;
} Branches;

static Branches branches(const Scenario *s, const Choice *choice) {
    Branches b = {sparse_kernel(s, "compressed attention", visits_compressed, s),
                  sparse_kernel(s, "selected attention", choice_visits, choice),
                  sparse_kernel(s, "window attention", visits_window, s)};
    b.compressed.suffix = "_c", b.selected.suffix = "_s", b.window.suffix = "_w";
    b.compressed.key_rows = compressed_rows(s);
    b.compressed.score_cols = choice->visible_blocks;
    b.selected.chosen_cols = choice->kept_max;
    return b;
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    if (!s->select_block_rows) s->select_block_rows = BLOCK_ROWS;
    if (!s->select_count) s->select_count = SELECT_COUNT;
    if (!s->window_keys) s->window_keys = WINDOW_KEYS;
    if (!s->compress_rows) s->compress_rows = COMPRESS_ROWS;
    if (!s->compress_stride_rows) s->compress_stride_rows = COMPRESS_STRIDE;
    if (s->compress_stride_rows > s->compress_rows)
        return err_set(err, ERR_USAGE,
                       "nsa: --compress-stride %llu is above --compress-block %llu and would leave keys out; such a "
                       "compression is not modelled",
                       (unsigned long long)s->compress_stride_rows, (unsigned long long)s->compress_rows);
    return learned_resolve(s, "nsa", rule_of(s), note, note_bytes, err);
}

/* The tree. */

typedef struct Nsa {
    ProgramBuilder *b;
    const Scenario *s;
    AttentionTensors t;
    uint8_t k_compressed, v_compressed, scores, chosen, gates, part[GATE_COUNT], lse[GATE_COUNT];
} Nsa;

static void add_tensors(Nsa *n, const Choice *choice) {
    const Scenario *s = n->s;
    uint64_t d = s->head_dim_elems, e = dtype_elem_bytes(s->dtype);
    static const char *const parts[] = {"O compressed", "O selected", "O window"};
    static const char *const stats[] = {"lse compressed", "lse selected", "lse window"};
    n->t = attention_tensors(n->b, (AttentionLifetimes){0});
    n->k_compressed = builder_tensor(
        n->b, attention_tensor("K compressed", TENSOR_OTHER, TENSOR_PER_KV_HEAD, compressed_rows(s), d, e));
    n->v_compressed = builder_tensor(
        n->b, attention_tensor("V compressed", TENSOR_OTHER, TENSOR_PER_KV_HEAD, compressed_rows(s), d, e));
    n->scores = builder_tensor(n->b, attention_tensor("block scores", TENSOR_OTHER, TENSOR_PER_HEAD,
                                                      choice->query_block_count, choice->block_count, 4));
    n->chosen = builder_tensor(n->b, attention_tensor("chosen", TENSOR_OTHER, TENSOR_PER_HEAD,
                                                      choice->query_block_count, choice->kept_max, 4));
    n->gates =
        builder_tensor(n->b, attention_tensor("gates", TENSOR_OTHER, TENSOR_PER_HEAD, s->query_rows, GATE_COUNT, e));
    for (int i = 0; i < GATE_COUNT; i++) {
        n->part[i] = builder_tensor(n->b, attention_query_tensor(s, parts[i], TENSOR_O));
        n->lse[i] = builder_tensor(n->b, attention_row_tensor(s, stats[i]));
    }
}

/* Compressed rows [first, first + count) of `rows` source rows each, a block of threads a row. */
static void compress_run(Nsa *n, uint64_t first, uint64_t count, uint64_t rows) {
    if (!count) return;
    ProgramBuilder *b = n->b;
    uint64_t d = n->s->head_dim_elems, stride = n->s->compress_stride_rows;
    builder_loop_begin(b, AXIS_ROW, count, first);
    builder_block_begin(b);
    builder_load(b, n->t.k, BUFFER_NONE, rows_at(AXIS_ROW, stride, rows, d), "a span of keys");
    builder_load(b, n->t.v, BUFFER_NONE, rows_at(AXIS_ROW, stride, rows, d), "and of values");
    builder_map(b, BUFFER_NONE, rows, d, "compress each to one row");
    builder_store(b, n->k_compressed, BUFFER_NONE, rows_at(AXIS_ROW, 1, 1, d), "a compressed key");
    builder_store(b, n->v_compressed, BUFFER_NONE, rows_at(AXIS_ROW, 1, 1, d), "a compressed value");
    builder_end(b);
    builder_end(b);
}

static uint64_t full_spans(const Scenario *s) {
    return s->key_rows >= s->compress_rows ? (s->key_rows - s->compress_rows) / s->compress_stride_rows + 1 : 0;
}

static void add_compress(Nsa *n) {
    const Scenario *s = n->s;
    ProgramBuilder *b = n->b;
    uint32_t *heads = ARENA_ARRAY(b->arena, uint32_t, s->kv_head_count);
    for (uint64_t i = 0; i < s->kv_head_count; i++) heads[i] = (uint32_t)(i * (s->head_count / s->kv_head_count));
    builder_kernel_begin(
        b,
        (Kernel){.name = "compress", .pass = PASS_FORWARD, .threads_per_block = THREADS, .registers_per_thread = 32});
    builder_loop_begin(b, AXIS_BATCH, s->batch_count, 0);
    builder_loop_table_begin(b, AXIS_HEAD, s->kv_head_count, heads);
    uint64_t full = full_spans(s);
    compress_run(n, 0, full, s->compress_rows);
    for (uint64_t i = full; i < compressed_rows(s); i++)
        compress_run(n, i, 1, s->key_rows - i * s->compress_stride_rows);
    builder_end(b);
    builder_end(b);
    builder_kernel_end(b);
}

static void add_combine(Nsa *n) {
    ProgramBuilder *b = n->b;
    uint64_t tile = n->s->block_query_rows, d = n->s->head_dim_elems;
    builder_kernel_begin(
        b, (Kernel){.name = "combine", .pass = PASS_FORWARD, .threads_per_block = THREADS, .registers_per_thread = 64});
    attention_begin_heads(b, n->s->head_count);
    TileRun runs[3];
    int run_count = builder_tile_runs(n->s->query_rows, tile, false, runs);
    for (int r = 0; r < run_count; r++) {
        TileAt rows = rows_at(AXIS_Q_BLOCK, tile, runs[r].tile_elems, d);
        builder_loop_begin(b, AXIS_Q_BLOCK, runs[r].trip_count, runs[r].first_index);
        builder_block_begin(b);
        builder_load(b, n->gates, BUFFER_NONE, rows_at(AXIS_Q_BLOCK, tile, runs[r].tile_elems, GATE_COUNT),
                     "three gates a row");
        for (int i = 0; i < GATE_COUNT; i++) builder_load(b, n->part[i], BUFFER_NONE, rows, "one branch's O");
        builder_map(b, BUFFER_NONE, runs[r].tile_elems, d, "O = g1 O1 + g2 O2 + g3 O3");
        builder_store(b, n->t.o, BUFFER_NONE, rows, "O rows");
        builder_end(b);
        builder_end(b);
    }
    attention_end_heads(b);
    builder_kernel_end(b);
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "nsa");
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    program->tile_rows[AXIS_ROW] = s->compress_stride_rows;
    Choice *choice = ARENA_NEW(arena, Choice);
    *choice = choice_run(s, rule_of(s), arena);
    Nsa n = {.b = &b, .s = s};
    Branches k = branches(s, choice);
    add_tensors(&n, choice);
    if (learned_makes_summaries(s)) add_compress(&n);
    SparseTensors t = {.q = n.t.q,
                       .k = n.k_compressed,
                       .v = n.v_compressed,
                       .o = n.part[0],
                       .lse = n.lse[0],
                       .all = &n.t,
                       .chosen = n.chosen,
                       .scores = n.scores};
    sparse_build(&b, &k.compressed, t);
    learned_build_choose(
        &b, choice,
        (ChooseKernel){.head_count = s->head_count, .query = TENSOR_NONE, .summary = n.scores, .chosen = n.chosen});
    t.k = n.t.k, t.v = n.t.v, t.o = n.part[1], t.lse = n.lse[1];
    sparse_build(&b, &k.selected, t);
    t.o = n.part[2], t.lse = n.lse[2];
    sparse_build(&b, &k.window, t);
    add_combine(&n);
    return builder_finish(&b, err);
}

/* The formula. */

static bool symbols(const Scenario *s, const Choice *choice, Formula *f, Err *err) {
    uint64_t full = full_spans(s), cut_rows = 0;
    for (uint64_t i = full; i < compressed_rows(s); i++) cut_rows += s->key_rows - i * s->compress_stride_rows;
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "l", s->compress_rows, "rows compressed into one", err) &&
           formula_symbol(f, "a", s->compress_stride_rows, "rows from one such span to the next", err) &&
           formula_define(f, "N_c", "ceil(N_k, a)", "compressed rows", err) &&
           formula_given(f, "F", full, "floor((N_k - l)/a) + 1", "spans that are not cut at the end", err) &&
           formula_given(f, "E", cut_rows, "rows of the spans cut at the end of K", "rows of cut spans", err) &&
           formula_symbol(f, "S_b", s->select_block_rows, "keys chosen together", err) &&
           formula_symbol(f, "k", s->select_count, "blocks chosen", err) &&
           formula_define(f, "N_b", "ceil(N_k, S_b)", "blocks of keys", err) &&
           formula_given(f, "K_c", choice->kept_max, "max(k, blocks that are forced), at most N_b",
                         "columns of the table of choices", err) &&
           formula_given(f, "G", choice->visible_sum, "sum over query blocks of the blocks they see",
                         "block scores a head", err) &&
           formula_given(f, "T_s", choice->seeing_count, "query blocks that see a block", "query blocks that choose",
                         err) &&
           formula_symbol(f, "w", s->window_keys, "keys of the window beside the query itself", err);
}

static bool other_rows(const Scenario *s, Formula *f, Err *err) {
    const FormulaLine compress[] = {
        {COUNTER_ISSUED_READ_BYTES, "compress", "K", "L*B*h_kv*(F*l + E)*d*e",
         "spans overlap: each row about l/a times"},
        {COUNTER_ISSUED_READ_BYTES, "compress", "V", "L*B*h_kv*(F*l + E)*d*e", "the same"},
        {COUNTER_ISSUED_WRITE_BYTES, "compress", "K compressed", "L*B*h_kv*N_c*d*e", "one row a span"},
        {COUNTER_ISSUED_WRITE_BYTES, "compress", "V compressed", "L*B*h_kv*N_c*d*e", "one row a span"},
        {COUNTER_BLOCK_COUNT, "compress", "", "L*B*h_kv*N_c", "one block of threads a span"},
        {COUNTER_STEP_COUNT, "compress", "", "5*L*B*h_kv*N_c", "two loads, compress, two stores"},
        {0}};
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, "choose", "block scores", "H*G*4", "a fp32 score a visible block"},
        {COUNTER_BLOCK_COUNT, "choose", "", "H*T_r_s", "one block of threads a query block"},
        {COUNTER_STEP_COUNT, "choose", "", "H*(2*T_r_s + T_s)", "keep the best, store; load scores"},
        {COUNTER_ISSUED_READ_BYTES, "combine", "gates", "H*N_q*3*e", "three a row"},
        {COUNTER_ISSUED_READ_BYTES, "combine", "O compressed", "H*N_q*d*e", "once"},
        {COUNTER_ISSUED_READ_BYTES, "combine", "O selected", "H*N_q*d*e", "once"},
        {COUNTER_ISSUED_READ_BYTES, "combine", "O window", "H*N_q*d*e", "once"},
        {COUNTER_ISSUED_WRITE_BYTES, "combine", "O", "H*N_q*d*e", "once"},
        {COUNTER_BLOCK_COUNT, "combine", "", "H*T_r_s", "one block of threads a query block"},
        {COUNTER_STEP_COUNT, "combine", "", "6*H*T_r_s", "gates, three parts, mix, store"},
        {0}};
    const FormulaLine code_lines[] = {
        {COUNTER_ISSUED_WRITE_BYTES, "choose", "chosen", "H*T_r_s*K_c*4", "a number a chosen block"}, {0}};
    return (!learned_makes_summaries(s) || attention_formula_lines(f, compress, err)) &&
           attention_formula_lines(f, lines, err) &&
           (attention_is_paper(s) || attention_formula_lines(f, code_lines, err));
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    Choice choice = choice_run(s, rule_of(s), arena);
    Branches k = branches(s, &choice);
    SparseNames compressed = {.q = "Q",
                              .k = "K compressed",
                              .v = "V compressed",
                              .o = "O compressed",
                              .lse = "lse compressed",
                              .scores = "block scores"};
    SparseNames selected = {.q = "Q", .k = "K", .v = "V", .o = "O selected", .lse = "lse selected", .chosen = "chosen"};
    SparseNames window = {.q = "Q", .k = "K", .v = "V", .o = "O window", .lse = "lse window"};
    const char *extra = "2*B*h_kv*N_c*d*e + B*h*T_r_s*(N_b + K_c)*4 + 3*B*h*N_q*e + 3*U_q + 2*r";
    return symbols(s, &choice, f, err) && sparse_formula(f, s, &k.compressed, compressed, arena, err) &&
           sparse_formula(f, s, &k.selected, selected, arena, err) &&
           sparse_formula(f, s, &k.window, window, arena, err) && other_rows(s, f, err) &&
           attention_flash_memory(s, f, (FlashMemory){extra, "0"}, err);
}

const Algorithm algorithm_nsa = {
    .name = "nsa",
    .title = "NSA: compressed, selected and window attention",
    .source = "Yuan et al. 2025, arXiv 2502.11089",
    .not_modelled = "different choices for the rows of a query block and for heads; compression's and gate's weights; "
                    "the backward pass",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
