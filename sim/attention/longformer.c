/* longformer: a sliding window, and global tokens that see every key and are seen by every query.
 *
 * The global tokens are the first g. Their query blocks visit all key tiles; every other block visits the tiles of
 * the global keys first and then those of its window. As in the released kernels a global token's row is computed
 * with the rest of its tile, so whole tiles pay for it.
 * Source: Beltagy et al. 2020, arXiv 2004.05150.
 * Not modelled: the second set of Q, K, V projections that Longformer trains for global tokens.
 */
#include "sim/attention/flash_backward.h"
#include "sim/attention/pattern.h"
#include "sim/base/checked.h"

/* Tiles of query block i's keys under causality alone. */
static uint64_t visible_tiles(const Scenario *s, uint64_t i) {
    Scenario all = *s;
    if (!s->is_causal) return ceil_div(s->key_rows, s->block_key_rows);
    all.window_keys = s->key_rows + s->query_rows;
    TileList list = pattern_window_tiles(&all, i);
    return list.first + list.count;
}

static Visits visits(const void *data, uint64_t i) {
    const Scenario *s = data;
    uint64_t visible = visible_tiles(s, i);
    if (i * s->block_query_rows < s->global_token_count) return (Visits){{{.first = 0, .count = visible}}};
    TileList window = pattern_window_tiles(s, i);
    uint64_t global = min_u64(ceil_div(min_u64(s->global_token_count, s->key_rows), s->block_key_rows), visible);
    if (!window.count || window.first >= global) return (Visits){{{.first = 0, .count = global}, window}};
    /* They overlap or touch: one range from 0 on. */
    return (Visits){{{.first = 0, .count = max_u64(global, window.first + window.count)}}};
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    if (!s->window_keys) s->window_keys = PATTERN_LONGFORMER_DEFAULT_KEYS;
    if (!sparse_resolve_both(s, "longformer", 0, note, note_bytes, err)) return false;
    SparseKernel kernel = sparse_kernel(s, "longformer forward", visits, s);
    if (attention_has_forward(s)) pattern_note(s, s->global_token_count, &kernel, note, note_bytes);
    return true;
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "longformer");
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    AttentionTensors t = attention_tensors(&b, flash_backward_lifetimes(s, attention_has_forward(s) ? 1 : 0));
    Tensor row_tensor = attention_row_tensor(s, "lse");
    row_tensor.is_saved = attention_has_backward(s);
    uint8_t lse = builder_tensor(&b, row_tensor);
    SparseKernel kernel = sparse_kernel(s, "longformer forward", visits, s);
    if (attention_has_forward(s))
        sparse_build(&b, &kernel, (SparseTensors){.q = t.q, .k = t.k, .v = t.v, .o = t.o, .lse = lse, .all = &t});
    if (attention_has_backward(s)) sparse_backward_build(&b, "longformer backward", &kernel, &t, lse);
    return builder_finish(&b, err);
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    SparseKernel kernel = sparse_kernel(s, "longformer forward", visits, s);
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "w", s->window_keys, "keys of the window beside the query itself", err) &&
           formula_symbol(f, "g", s->global_token_count, "global tokens", err) &&
           (!attention_has_forward(s) ||
            sparse_formula(f, s, &kernel, (SparseNames){.q = "Q", .k = "K", .v = "V", .o = "O", .lse = "lse"}, arena,
                           err)) &&
           (!attention_has_backward(s) || sparse_backward_formula(f, s, "longformer backward", &kernel, err)) &&
           attention_flash_memory(s, f, (FlashMemory){"0", s->dtype == DTYPE_FP32 ? "0" : "B*h*N_q*d*4"}, err);
}

const Algorithm algorithm_longformer = {
    .name = "longformer",
    .title = "Longformer: window and global tokens",
    .source = "Beltagy et al. 2020, arXiv 2004.05150",
    .not_modelled = "the separate projections of global tokens",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
