/* window: sliding-window (local) attention as flash-style tiles that are skipped where the window does not reach.
 *
 * One block of threads per (batch, head, query block) visits the key tiles that any of its queries sees. Beside the
 * window itself that costs the corners of whole tiles: with tiles of 128 a window of 128 reads up to three tiles.
 * Source: FlashAttention-2's window_size_left and window_size_right; Mistral 7B (arXiv 2310.06825); ModernBERT
 * (arXiv 2412.13663).
 */
#include "sim/attention/flash_backward.h"
#include "sim/attention/pattern.h"

static Visits visits(const void *data, uint64_t query_block) {
    return (Visits){{pattern_window_tiles(data, query_block)}};
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    if (!s->window_keys) s->window_keys = PATTERN_WINDOW_DEFAULT_KEYS;
    if (!sparse_resolve_both(s, "window", 0, note, note_bytes, err)) return false;
    SparseKernel kernel = sparse_kernel(s, "window forward", visits, s);
    if (attention_has_forward(s)) pattern_note(s, 0, &kernel, note, note_bytes);
    return true;
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "window");
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    AttentionTensors t = attention_tensors(&b, flash_backward_lifetimes(s, attention_has_forward(s) ? 1 : 0));
    Tensor row_tensor = attention_row_tensor(s, "lse");
    row_tensor.is_saved = attention_has_backward(s);
    uint8_t lse = builder_tensor(&b, row_tensor);
    SparseKernel kernel = sparse_kernel(s, "window forward", visits, s);
    if (attention_has_forward(s))
        sparse_build(&b, &kernel, (SparseTensors){.q = t.q, .k = t.k, .v = t.v, .o = t.o, .lse = lse, .all = &t});
    if (attention_has_backward(s)) sparse_backward_build(&b, "window backward", &kernel, &t, lse);
    return builder_finish(&b, err);
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    SparseKernel kernel = sparse_kernel(s, "window forward", visits, s);
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "w", s->window_keys, "keys of the window beside the query itself", err) &&
           (!attention_has_forward(s) ||
            sparse_formula(f, s, &kernel, (SparseNames){.q = "Q", .k = "K", .v = "V", .o = "O", .lse = "lse"}, arena,
                           err)) &&
           (!attention_has_backward(s) || sparse_backward_formula(f, s, "window backward", &kernel, err)) &&
           attention_flash_memory(s, f, (FlashMemory){"0", s->dtype == DTYPE_FP32 ? "0" : "B*h*N_q*d*4"}, err);
}

const Algorithm algorithm_window = {
    .name = "window",
    .title = "Sliding window, skipped tiles",
    .source = "Dao 2023, FlashAttention-2's window_size; ModernBERT (arXiv 2412.13663)",
    .not_modelled = "double buffering",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
