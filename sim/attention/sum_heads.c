/* Grouped-query attention, backward: query heads that share a KV head each make their own dK and dV; this kernel adds
 * them up, as PyTorch's sum over the expanded heads does.
 * A block sums 64 rows of one KV head: a tile a query head is read, the sum is written once.
 */
#include "sim/attention/common.h"

enum { SUM_ROWS = 64, SUM_THREADS = 256 };
static const char kernel_name[] = "sum dK, dV over heads";

static bool has_shared_heads(const Scenario *s) {
    return s->head_count != s->kv_head_count && attention_has_backward(s);
}

static void sum_tile(ProgramBuilder *b, uint8_t from, uint8_t to, uint64_t rows) {
    const Scenario *s = &b->program->scenario;
    TileAt at = rows_at(AXIS_ROW, SUM_ROWS, rows, s->head_dim_elems);
    builder_loop_begin(b, AXIS_SPLIT, s->head_count / s->kv_head_count, 0);
    builder_leaf(b,
                 (ProgramLeaf){.kind = STEP_LOAD,
                               .tensor = from,
                               .buffer = BUFFER_NONE,
                               .row_axis = AXIS_ROW,
                               .row_stride = SUM_ROWS,
                               .rows = rows,
                               .cols = s->head_dim_elems,
                               .slice_axis = AXIS_SPLIT,
                               .what = "one query head's gradient"},
                 0);
    builder_map(b, BUFFER_NONE, rows, s->head_dim_elems, "add it up");
    builder_end(b);
    builder_store(b, to, BUFFER_NONE, at, "the KV head's gradient");
}

/* Head indices of the first query head of each KV head. */
static uint32_t *first_heads(ProgramBuilder *b) {
    const Scenario *s = &b->program->scenario;
    uint32_t *heads = ARENA_ARRAY(b->arena, uint32_t, s->kv_head_count);
    for (uint64_t i = 0; i < s->kv_head_count; i++) heads[i] = (uint32_t)(i * (s->head_count / s->kv_head_count));
    return heads;
}

void attention_sum_heads(ProgramBuilder *b, const AttentionTensors *t) {
    const Scenario *s = &b->program->scenario;
    if (!has_shared_heads(s)) return;
    builder_kernel_begin(b, (Kernel){.name = kernel_name,
                                     .pass = PASS_BACKWARD,
                                     .threads_per_block = SUM_THREADS,
                                     .registers_per_thread = 64});
    builder_loop_begin(b, AXIS_BATCH, s->batch_count, 0);
    builder_loop_table_begin(b, AXIS_HEAD, s->kv_head_count, first_heads(b));
    TileRun runs[3];
    int run_count = builder_tile_runs(s->key_rows, SUM_ROWS, false, runs);
    for (int i = 0; i < run_count; i++) {
        builder_loop_begin(b, AXIS_ROW, runs[i].trip_count, runs[i].first_index);
        builder_block_begin(b);
        sum_tile(b, t->d_k, t->d_k_sum, runs[i].tile_elems);
        sum_tile(b, t->d_v, t->d_v_sum, runs[i].tile_elems);
        builder_end(b);
        builder_end(b);
    }
    attention_end_heads(b);
    builder_kernel_end(b);
}

bool attention_sum_heads_rows(const Scenario *s, Formula *f, Err *err) {
    if (!has_shared_heads(s)) return true;
    static const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, kernel_name, "dK a head", "L*B*h*N_k*d*e", "every query head's dK"},
        {COUNTER_ISSUED_READ_BYTES, kernel_name, "dV a head", "L*B*h*N_k*d*e", "every query head's dV"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel_name, "dK", "L*B*h_kv*N_k*d*e", "a sum a KV head"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel_name, "dV", "L*B*h_kv*N_k*d*e", "a sum a KV head"},
        {COUNTER_BLOCK_COUNT, kernel_name, "", "L*B*h_kv*ceil(N_k, 64)", "a block for 64 rows"},
        {COUNTER_STEP_COUNT, kernel_name, "", "L*B*ceil(N_k, 64)*(4*h + 2*h_kv)",
         "load and add a head, store a sum, for dK and dV"},
        {0}};
    return attention_formula_lines(f, lines, err);
}
