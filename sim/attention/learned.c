/* moba, quest, dsa: attention whose keys are chosen by the data. One skeleton, three ways to summarise keys.
 *
 *            summary of keys                    who chooses          what is read then
 *     moba   mean key of a block of 512         each query head      top 3 blocks, the current one always
 *     quest  min and max key of a page of 16    each query head      top pages by the largest score a page could hold
 *     dsa    128 fp8 numbers and a scale a      the indexer, once    top 2048 tokens, gathered row by row
 *            token, against 64 index heads      for all heads
 *
 *     kernels   summarise (moba, quest; a decoding step finds it cached) | choose | attention over what was chosen
 *
 * Sources: MoBA (Lu et al. 2025, arXiv 2502.13189); Quest (Tang et al. 2024, arXiv 2406.10774); DeepSeek-V3.2 report
 * (2025) for dsa. Quest decodes; with more queries it chooses per query block.
 * Not modelled: one choice serves a block of query rows and all heads' tables are alike (see choice.h); MoBA's
 * regrouping of queries by block; the indexer's own projections; DeepSeek's latent rows (K and V are this scenario's).
 */
#include "sim/attention/learned.h"

#include "sim/base/checked.h"

enum {
    SUMMARY_THREADS = 128,
    INDEX_HEADS = 64,
    INDEX_ELEMS = 128,
    INDEX_ROW_BYTES = INDEX_ELEMS + 4,
    GATHER_ROWS = 64
};

typedef enum Method { METHOD_MOBA, METHOD_QUEST, METHOD_DSA } Method;

static const struct {
    const char *name, *kernel, *summary, *summarise;
    uint64_t block_rows, select_count;
    uint64_t gather_max; /* gathers in a tree */
} methods[] = {
    [METHOD_MOBA] = {"moba", "moba forward", "mean K", "mean keys", 512, 3, 0},
    [METHOD_QUEST] = {"quest", "quest forward", "page bounds", "page min and max", 16, 64, 0},
    [METHOD_DSA] = {"dsa", "dsa forward", "index K", "", 1, 2048, 1u << 17},
};

static ChoiceRule rule_of(const Scenario *s) {
    return (ChoiceRule){
        .block_rows = s->select_block_rows, .select_count = s->select_count, .tile_rows = s->block_key_rows};
}

/* What all learned programs share. */

bool learned_resolve(Scenario *s, const char *algorithm, ChoiceRule rule, char *note, int note_bytes, Err *err) {
    if (s->mask != MASK_NONE)
        return err_set(err, ERR_USAGE, "%s: --mask %s is not modelled where keys are chosen; --causal is", algorithm,
                       mask_name(s->mask));
    return sparse_resolve(s, algorithm, rule.block_rows, note, note_bytes, err) &&
           choice_check(s, algorithm, rule, err);
}

static void choose_block(ProgramBuilder *b, const Choice *choice, const ChooseKernel *k, uint64_t i) {
    const Scenario *s = &b->program->scenario;
    uint64_t tile = s->block_query_rows, rows = min_u64(tile, s->query_rows - i * tile),
             visible = choice->visible_blocks[i];
    builder_block_begin(b);
    if (k->query != TENSOR_NONE)
        builder_load(b, k->query, BUFFER_NONE, rows_at(AXIS_Q_BLOCK, tile, rows, k->query_cols),
                     "queries to choose for");
    if (visible && k->query != TENSOR_NONE) {
        uint64_t summary_rows = visible * k->summary_rows_per_block;
        builder_load(b, k->summary, BUFFER_NONE, rows_at(AXIS_NONE, 0, summary_rows, k->summary_cols),
                     "summaries of all blocks it may see");
        builder_matmul(b, BUFFER_NONE, rows, visible, k->query_cols, "score of each block");
    } else if (visible) {
        builder_load(b, k->summary, BUFFER_NONE, rows_at(AXIS_Q_BLOCK, 1, 1, visible), "block scores");
    }
    builder_leaf(b,
                 (ProgramLeaf){.kind = STEP_SELECT,
                               .tensor = TENSOR_NONE,
                               .buffer = BUFFER_NONE,
                               .rows = 1,
                               .cols = visible,
                               .what = "keep the best blocks"},
                 0);
    builder_store_if(b, attention_is_paper(s), k->chosen, BUFFER_NONE, rows_at(AXIS_Q_BLOCK, 1, 1, choice->kept_max),
                     "what was chosen");
    builder_end(b);
}

void learned_build_choose(ProgramBuilder *b, const Choice *choice, ChooseKernel kernel) {
    const Scenario *s = &b->program->scenario;
    builder_kernel_begin(b, (Kernel){.name = "choose",
                                     .pass = PASS_FORWARD,
                                     .threads_per_block = SUMMARY_THREADS,
                                     .registers_per_thread = 64,
                                     .product_unit = attention_product_unit(s, PRODUCT_MMA_SYNC)});
    attention_begin_heads(b, kernel.head_count);
    builder_vloop_begin(b, AXIS_Q_BLOCK, 0, NULL);
    for (uint64_t i = 0; i < choice->query_block_count; i++) choose_block(b, choice, &kernel, i);
    builder_end(b);
    attention_end_heads(b);
    builder_kernel_end(b);
}

/* The tree. */

/* One block of threads a block of keys of each KV head: reads it, writes its summary. */
static void add_summarise(ProgramBuilder *b, Method method, uint8_t k, uint8_t summary, uint64_t summary_cols) {
    const Scenario *s = &b->program->scenario;
    uint64_t rows = s->select_block_rows, group = s->head_count / s->kv_head_count;
    uint32_t *heads = ARENA_ARRAY(b->arena, uint32_t, s->kv_head_count);
    for (uint64_t i = 0; i < s->kv_head_count; i++) heads[i] = (uint32_t)(i * group);
    builder_kernel_begin(b, (Kernel){.name = methods[method].summarise,
                                     .pass = PASS_FORWARD,
                                     .threads_per_block = SUMMARY_THREADS,
                                     .registers_per_thread = 32});
    builder_loop_begin(b, AXIS_BATCH, s->batch_count, 0);
    builder_loop_table_begin(b, AXIS_HEAD, s->kv_head_count, heads);
    TileRun runs[3];
    int run_count = builder_tile_runs(s->key_rows, rows, false, runs);
    for (int r = 0; r < run_count; r++) {
        builder_loop_begin(b, AXIS_ROW, runs[r].trip_count, runs[r].first_index);
        builder_block_begin(b);
        builder_load(b, k, BUFFER_NONE, rows_at(AXIS_ROW, rows, runs[r].tile_elems, s->head_dim_elems),
                     "a block of keys");
        builder_map(b, BUFFER_NONE, runs[r].tile_elems, s->head_dim_elems, "summarise it");
        builder_store(b, summary, BUFFER_NONE, rows_at(AXIS_ROW, 1, 1, summary_cols), "its summary");
        builder_end(b);
        builder_end(b);
    }
    builder_end(b);
    builder_end(b);
    builder_kernel_end(b);
}

static uint64_t summary_cols(const Scenario *s, Method method) {
    return method == METHOD_DSA ? INDEX_ROW_BYTES : method == METHOD_QUEST ? 2 * s->head_dim_elems : s->head_dim_elems;
}

static SparseKernel attention_kernel(const Scenario *s, Method method, const Choice *choice) {
    SparseKernel kernel = sparse_kernel(s, methods[method].kernel, choice_visits, choice);
    kernel.chosen_cols = choice->kept_max;
    kernel.gather_rows = method == METHOD_DSA ? GATHER_ROWS : 0;
    return kernel;
}

static bool build(const Scenario *s, Method method, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, methods[method].name);
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    program->tile_rows[AXIS_ROW] = s->select_block_rows;
    Choice *choice = ARENA_NEW(arena, Choice);
    *choice = choice_run(s, rule_of(s), arena);
    bool is_dsa = method == METHOD_DSA;
    TensorSharing chooser = is_dsa ? TENSOR_PER_BATCH : TENSOR_PER_HEAD;
    AttentionTensors t = attention_tensors(&b, (AttentionLifetimes){0});
    uint8_t lse = builder_tensor(&b, attention_row_tensor(s, "lse"));
    uint64_t cols = summary_cols(s, method), e = is_dsa ? 1 : dtype_elem_bytes(s->dtype);
    uint8_t summary = builder_tensor(&b, attention_tensor(methods[method].summary, TENSOR_OTHER,
                                                          is_dsa ? TENSOR_PER_BATCH : TENSOR_PER_KV_HEAD,
                                                          choice->block_count, cols, e));
    uint8_t chosen = builder_tensor(
        &b, attention_tensor("chosen", TENSOR_OTHER, chooser, choice->query_block_count, choice->kept_max, 4));
    uint8_t query = t.q;
    if (is_dsa)
        query = builder_tensor(&b, attention_tensor("index Q", TENSOR_OTHER, TENSOR_PER_BATCH, s->query_rows,
                                                    INDEX_HEADS * INDEX_ELEMS, 1));
    if (!is_dsa && learned_makes_summaries(s)) add_summarise(&b, method, t.k, summary, cols);
    learned_build_choose(&b, choice,
                         (ChooseKernel){.head_count = is_dsa ? 1 : s->head_count,
                                        .query = query,
                                        .query_cols = is_dsa ? INDEX_HEADS * INDEX_ELEMS : s->head_dim_elems,
                                        .summary = summary,
                                        .summary_cols = cols,
                                        .summary_rows_per_block = 1,
                                        .chosen = chosen});
    SparseKernel kernel = attention_kernel(s, method, choice);
    sparse_build(&b, &kernel,
                 (SparseTensors){.q = t.q, .k = t.k, .v = t.v, .o = t.o, .lse = lse, .all = &t, .chosen = chosen});
    return builder_finish(&b, err);
}

/* The formula. */

static bool summary_rows(const Scenario *s, Method method, Formula *f, Arena *arena, Err *err) {
    if (method == METHOD_DSA || !learned_makes_summaries(s)) return true;
    const char *kernel = methods[method].summarise;
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, kernel, "K", "L*B*h_kv*N_k*d*e", "every key once"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, methods[method].summary, "L*B*h_kv*N_b*c_b*e_b", "a summary a block"},
        {COUNTER_BLOCK_COUNT, kernel, "", "L*B*h_kv*N_b", "one block of threads a block of keys"},
        {COUNTER_STEP_COUNT, kernel, "", "3*L*B*h_kv*N_b", "load, summarise, store"},
        {0}};
    (void)arena;
    return attention_formula_lines(f, lines, err);
}

static bool choose_rows(const Scenario *s, Method method, Formula *f, Err *err) {
    bool is_dsa = method == METHOD_DSA;
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, "choose", is_dsa ? "index Q" : "Q", "H_c*N_q*c_q*e_b", "the queries that choose"},
        {COUNTER_ISSUED_READ_BYTES, "choose", methods[method].summary, "H_c*G*c_b*e_b",
         "summaries of all blocks each may see"},
        {COUNTER_FLOPS, "choose", "", "H_c*2*G_r*c_q", "a score a query and block"},
        {COUNTER_BLOCK_COUNT, "choose", "", "H_c*T_r", "one block of threads a query block"},
        {COUNTER_STEP_COUNT, "choose", "", "H_c*(3*T_r + 2*T_s)",
         "load queries, keep the best, store; load and score summaries"},
        {0}};
    const FormulaLine code_lines[] = {
        {COUNTER_ISSUED_WRITE_BYTES, "choose", "chosen", "H_c*T_r*K_c*4", "a number a chosen block"}, {0}};
    return attention_formula_lines(f, lines, err) &&
           (attention_is_paper(s) || attention_formula_lines(f, code_lines, err));
}

/* Sum over query blocks of their rows times the blocks they see. */
static uint64_t score_count(const Scenario *s, const Choice *choice) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < choice->query_block_count; i++)
        sum += min_u64(s->block_query_rows, s->query_rows - i * s->block_query_rows) * choice->visible_blocks[i];
    return sum;
}

static bool choice_symbols(const Scenario *s, Method method, const Choice *choice, Formula *f, Err *err) {
    bool is_dsa = method == METHOD_DSA;
    return formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_define(f, "H_c", is_dsa ? "L*B" : "L*B*h", "choosers over batch and layers", err) &&
           formula_symbol(f, "S_b", s->select_block_rows, "keys chosen together", err) &&
           formula_symbol(f, "k", s->select_count, "blocks chosen", err) &&
           formula_define(f, "N_b", "ceil(N_k, S_b)", "blocks of keys", err) &&
           formula_symbol(f, "c_b", summary_cols(s, method), "elements of a summary", err) &&
           formula_symbol(f, "e_b", is_dsa ? 1 : dtype_elem_bytes(s->dtype), "bytes an element of a summary", err) &&
           formula_symbol(f, "c_q", is_dsa ? INDEX_HEADS * INDEX_ELEMS : s->head_dim_elems,
                          "elements a query chooses with", err) &&
           formula_given(f, "K_c", choice->kept_max, "max(k, a query block's own blocks), at most N_b",
                         "columns of the table of choices", err) &&
           formula_given(f, "G", choice->visible_sum, "sum over query blocks of the blocks they see",
                         "summaries read a chooser", err) &&
           formula_given(f, "G_r", score_count(s, choice), "the same, times the query block's rows",
                         "block scores a chooser", err) &&
           formula_given(f, "T_s", choice->seeing_count, "query blocks that see a block", "query blocks that choose",
                         err);
}

static bool formula(const Scenario *s, Method method, Formula *f, Arena *arena, Err *err) {
    Choice choice = choice_run(s, rule_of(s), arena);
    SparseKernel kernel = attention_kernel(s, method, &choice);
    const char *extra = method == METHOD_DSA ? "B*(N_b*c_b + N_q*c_q + T_r*K_c*4)" : "B*h_kv*N_b*c_b*e + B*h*T_r*K_c*4";
    SparseNames names = {.q = "Q", .k = "K", .v = "V", .o = "O", .lse = "lse", .chosen = "chosen"};
    return attention_symbols(s, f, err) && choice_symbols(s, method, &choice, f, err) &&
           sparse_formula(f, s, &kernel, names, arena, err) && summary_rows(s, method, f, arena, err) &&
           choose_rows(s, method, f, err) && attention_flash_memory(s, f, (FlashMemory){extra, "0"}, err);
}

/* Block sizes. */

static bool resolve(Scenario *s, Method method, char *note, int note_bytes, Err *err) {
    if (!s->select_block_rows || method == METHOD_DSA) s->select_block_rows = methods[method].block_rows;
    if (!s->select_count) s->select_count = methods[method].select_count;
    if (method == METHOD_DSA) s->block_key_rows = 1;
    if (!learned_resolve(s, methods[method].name, rule_of(s), note, note_bytes, err)) return false;
    uint64_t query_blocks = ceil_div(s->query_rows, s->block_query_rows), most = methods[method].gather_max;
    uint64_t kept = min_u64(max_u64(s->select_count, s->block_query_rows), s->key_rows);
    if (!most || query_blocks * ceil_div(kept, GATHER_ROWS) <= most) return true;
    return err_set(err, ERR_USAGE,
                   "%s: %llu query blocks that gather %llu rows each are not modelled; take larger --block-q",
                   methods[method].name, (unsigned long long)query_blocks, (unsigned long long)kept);
}

#define METHOD_FUNCTIONS(name, METHOD)                                                                                 \
    static bool resolve_##name(Scenario *s, char *note, int note_bytes, Err *err) {                                    \
        return resolve(s, METHOD, note, note_bytes, err);                                                              \
    }                                                                                                                  \
    static bool build_##name(const Scenario *s, Program *program, Arena *arena, Err *err) {                            \
        return build(s, METHOD, program, arena, err);                                                                  \
    }                                                                                                                  \
    static bool formula_##name(const Scenario *s, Formula *f, Arena *arena, Err *err) {                                \
        return formula(s, METHOD, f, arena, err);                                                                      \
    }
METHOD_FUNCTIONS(moba, METHOD_MOBA)
METHOD_FUNCTIONS(quest, METHOD_QUEST)
METHOD_FUNCTIONS(dsa, METHOD_DSA)

static const char not_modelled[] = "different choices for the rows of a query block and for heads; the backward pass";

const Algorithm algorithm_moba = {
    .name = "moba",
    .title = "MoBA: top blocks by mean key",
    .source = "Lu et al. 2025, arXiv 2502.13189",
    .not_modelled = not_modelled,
    .resolve = resolve_moba,
    .build = build_moba,
    .formula = formula_moba,
};
const Algorithm algorithm_quest = {
    .name = "quest",
    .title = "Quest: top pages by min and max key",
    .source = "Tang et al. 2024, arXiv 2406.10774",
    .not_modelled = not_modelled,
    .resolve = resolve_quest,
    .build = build_quest,
    .formula = formula_quest,
};
const Algorithm algorithm_dsa = {
    .name = "dsa",
    .title = "DeepSeek sparse attention: an indexer picks tokens",
    .source = "DeepSeek-V3.2 report, 2025",
    .not_modelled = not_modelled,
    .resolve = resolve_dsa,
    .build = build_dsa,
    .formula = formula_dsa,
};
