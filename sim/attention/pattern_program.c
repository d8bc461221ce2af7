/* The program and formula that fixed patterns share: they differ in which tiles a query block visits. See pattern.h. */
#include "sim/attention/flash_backward.h"
#include "sim/attention/pattern.h"

bool pattern_resolve(const Pattern *pattern, Scenario *s, char *note, int note_bytes, Err *err) {
    if (!s->window_keys) s->window_keys = pattern->window_default_keys;
    if (!sparse_resolve_both(s, pattern->name, 0, note, note_bytes, err)) return false;
    SparseKernel kernel = sparse_kernel(s, pattern->forward, pattern->visits, s);
    if (attention_has_forward(s))
        pattern_note(s, pattern->has_global_tokens ? s->global_token_count : 0, &kernel, note, note_bytes);
    return true;
}

bool pattern_build(const Pattern *pattern, const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, pattern->name);
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    uint8_t lse;
    AttentionTensors t = flash_backward_tensors(&b, &lse);
    SparseKernel kernel = sparse_kernel(s, pattern->forward, pattern->visits, s);
    if (attention_has_forward(s))
        sparse_build(&b, &kernel, (SparseTensors){.q = t.q, .k = t.k, .v = t.v, .o = t.o, .lse = lse, .all = &t});
    if (attention_has_backward(s)) sparse_backward_build(&b, pattern->backward, &kernel, &t, lse);
    return builder_finish(&b, err);
}

bool pattern_formula(const Pattern *pattern, const Scenario *s, Formula *f, Arena *arena, Err *err) {
    SparseKernel kernel = sparse_kernel(s, pattern->forward, pattern->visits, s);
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "w", s->window_keys, "keys of the window beside the query itself", err) &&
           (!pattern->has_global_tokens || formula_symbol(f, "g", s->global_token_count, "global tokens", err)) &&
           (!attention_has_forward(s) ||
            sparse_formula(f, s, &kernel, (SparseNames){.q = "Q", .k = "K", .v = "V", .o = "O", .lse = "lse"}, arena,
                           err)) &&
           (!attention_has_backward(s) || sparse_backward_formula(f, s, pattern->backward, &kernel, err)) &&
           attention_flash_memory(s, f, (FlashMemory){"0", s->dtype == DTYPE_FP32 ? "0" : "B*h*N_q*d*4"}, err);
}
