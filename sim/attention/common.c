/* Shared parts of attention programs and formulas: see common.h. */
#include "sim/attention/common.h"

#include <stdio.h>
#include <string.h>

uint64_t attention_accumulator_bytes(const Scenario *s) {
    return attention_is_paper(s) ? dtype_elem_bytes(s->dtype) : 4;
}

Tensor attention_tensor(const char *name, TensorClass tensor_class, TensorSharing sharing, uint64_t rows, uint64_t cols,
                        uint64_t elem_bytes) {
    return (Tensor){.name = name,
                    .tensor_class = tensor_class,
                    .sharing = sharing,
                    .rows = rows,
                    .cols = cols,
                    .elem_bytes = elem_bytes,
                    .is_accessed = true,
                    .alloc_kernel = KERNEL_FIRST,
                    .free_kernel = KERNEL_LAST};
}

Tensor attention_query_tensor(const Scenario *s, const char *name, TensorClass tensor_class) {
    return attention_tensor(name, tensor_class, TENSOR_PER_HEAD, s->query_rows, s->head_dim_elems,
                            dtype_elem_bytes(s->dtype));
}
Tensor attention_key_tensor(const Scenario *s, const char *name, TensorClass tensor_class) {
    return attention_tensor(name, tensor_class, TENSOR_PER_KV_HEAD, s->key_rows, s->head_dim_elems,
                            dtype_elem_bytes(s->dtype));
}
Tensor attention_score_tensor(const Scenario *s, const char *name, TensorClass tensor_class, uint64_t elem_bytes) {
    return attention_tensor(name, tensor_class, TENSOR_PER_HEAD, s->query_rows, s->key_rows, elem_bytes);
}
Tensor attention_row_tensor(const Scenario *s, const char *name) {
    return attention_tensor(name, TENSOR_STATISTICS, TENSOR_PER_HEAD, s->query_rows, 1, 4);
}

uint8_t attention_buffer(ProgramBuilder *b, const char *name, uint8_t tensor, TensorClass tensor_class, uint64_t rows,
                         uint64_t cols, uint64_t elem_bytes, bool is_register) {
    return builder_buffer(b, (Buffer){.name = name,
                                      .tensor = tensor,
                                      .tensor_class = tensor_class,
                                      .rows = rows,
                                      .cols = cols,
                                      .elem_bytes = elem_bytes,
                                      .is_register = is_register});
}

uint8_t attention_tensor_buffer(ProgramBuilder *b, const char *name, uint8_t tensor, uint64_t rows, uint64_t cols,
                                uint64_t elem_bytes, bool is_register) {
    TensorClass tensor_class = tensor == TENSOR_NONE ? TENSOR_S : b->program->tensors[tensor].tensor_class;
    return attention_buffer(b, name, tensor, tensor_class, rows, cols, elem_bytes, is_register);
}

static uint8_t add(ProgramBuilder *b, Tensor t, bool is_saved, int alloc_kernel) {
    t.is_saved = is_saved;
    t.alloc_kernel = alloc_kernel;
    return builder_tensor(b, t);
}

/* Copies that PyTorch keeps and no kernel of attention touches: the projection's packed output. */
static void add_packed(ProgramBuilder *b, const char *of_q, const char *of_k, const char *of_v, bool is_saved,
                       int alloc) {
    const Scenario *s = &b->program->scenario;
    Tensor parts[3] = {attention_query_tensor(s, of_q, TENSOR_OTHER), attention_key_tensor(s, of_k, TENSOR_OTHER),
                       attention_key_tensor(s, of_v, TENSOR_OTHER)};
    for (int i = 0; i < 3; i++) {
        parts[i].is_accessed = false;
        add(b, parts[i], is_saved, alloc);
    }
}

static uint8_t add_mask(ProgramBuilder *b) {
    const Scenario *s = &b->program->scenario;
    if (s->mask == MASK_ADDITIVE)
        return builder_tensor(b, attention_tensor("mask", TENSOR_MASK, TENSOR_SHARED, s->query_rows, s->key_rows,
                                                  dtype_elem_bytes(s->dtype)));
    if (s->mask == MASK_PADDING)
        return builder_tensor(b, attention_tensor("mask", TENSOR_MASK, TENSOR_PER_BATCH, 1, s->key_rows, 1));
    return TENSOR_NONE;
}

static void add_key_gradients(ProgramBuilder *b, AttentionTensors *t, AttentionLifetimes first) {
    const Scenario *s = &b->program->scenario;
    Tensor d_k = attention_key_tensor(s, "dK", TENSOR_GRADIENT_K),
           d_v = attention_key_tensor(s, "dV", TENSOR_GRADIENT_V);
    if (s->head_count != s->kv_head_count) {
        t->d_k_sum = add(b, d_k, false, first.sum_heads);
        t->d_v_sum = add(b, d_v, false, first.sum_heads);
        d_k.name = "dK a head", d_v.name = "dV a head";
        d_k.sharing = d_v.sharing = TENSOR_PER_HEAD;
    }
    t->d_k = add(b, d_k, false, first.d_k);
    t->d_v = add(b, d_v, false, first.d_v);
}

AttentionTensors attention_tensors(ProgramBuilder *b, AttentionLifetimes first) {
    const Scenario *s = &b->program->scenario;
    AttentionTensors t = {.d_o = TENSOR_NONE,
                          .d_q = TENSOR_NONE,
                          .d_k = TENSOR_NONE,
                          .d_v = TENSOR_NONE,
                          .d_k_sum = TENSOR_NONE,
                          .d_v_sum = TENSOR_NONE};
    bool has_backward = attention_has_backward(s);
    t.q = add(b, attention_query_tensor(s, "Q", TENSOR_Q), has_backward, KERNEL_FIRST);
    t.k = add(b, attention_key_tensor(s, "K", TENSOR_K), has_backward, KERNEL_FIRST);
    t.v = add(b, attention_key_tensor(s, "V", TENSOR_V), has_backward, KERNEL_FIRST);
    if (s->memory_rule == MEMORY_PYTORCH) add_packed(b, "packed Q", "packed K", "packed V", has_backward, KERNEL_FIRST);
    t.o = add(b, attention_query_tensor(s, "O", TENSOR_O), has_backward, KERNEL_FIRST);
    t.mask = add_mask(b);
    if (!has_backward) return t;
    t.d_o = add(b, attention_query_tensor(s, "dO", TENSOR_GRADIENT_O), false, KERNEL_FIRST);
    t.d_q = add(b, attention_query_tensor(s, "dQ", TENSOR_GRADIENT_Q), false, first.d_q);
    add_key_gradients(b, &t, first);
    return t;
}

void attention_load_mask(ProgramBuilder *b, const AttentionTensors *t, TileAt score_tile) {
    if (t->mask == TENSOR_NONE) return;
    const Scenario *s = &b->program->scenario;
    if (s->mask == MASK_PADDING) {
        score_tile.row_axis = AXIS_NONE;
        score_tile.rows = 1;
    }
    builder_load_if(b, attention_is_paper(s), t->mask, BUFFER_NONE, score_tile, "mask of this tile");
}

uint64_t attention_extra_steps(const Scenario *s) {
    bool is_masked = s->mask != MASK_NONE;
    return (uint64_t)is_masked + (is_masked || s->is_causal) + (s->dropout_probability > 0);
}

void attention_begin_heads(ProgramBuilder *b, uint64_t head_count) {
    builder_loop_begin(b, AXIS_BATCH, b->program->scenario.batch_count, 0);
    builder_loop_begin(b, AXIS_HEAD, head_count, 0);
}
void attention_end_heads(ProgramBuilder *b) {
    builder_end(b);
    builder_end(b);
}

/* Block sizes. */

bool attention_choose_blocks(const Scenario *s, const char *algorithm, BlockChoice c, char *note, int note_bytes,
                             Err *err) {
    bool is_query_given = *c.query_rows != 0, is_key_given = *c.key_rows != 0;
    uint64_t query_rows = is_query_given ? *c.query_rows : c.default_query_rows;
    uint64_t key_rows = is_key_given ? *c.key_rows : c.default_key_rows;
    uint64_t limit_bytes = s->machine.smem_per_block_bytes;
    while (c.need_bytes(s, query_rows, key_rows) > limit_bytes) {
        if (!is_key_given && key_rows > 16)
            key_rows /= 2;
        else if (!is_query_given && query_rows > 16)
            query_rows /= 2;
        else
            return err_set(
                err, ERR_USAGE,
                "%s: tiles of %llu query rows x %llu key rows at head-dim %llu, %s need %llu bytes of shared "
                "memory a block; %s has %llu",
                algorithm, (unsigned long long)query_rows, (unsigned long long)key_rows,
                (unsigned long long)s->head_dim_elems, dtype_name(s->dtype),
                (unsigned long long)c.need_bytes(s, query_rows, key_rows), s->machine.name,
                (unsigned long long)limit_bytes);
    }
    bool is_smaller =
        (!is_query_given && query_rows < c.default_query_rows) || (!is_key_given && key_rows < c.default_key_rows);
    if (is_smaller && note) {
        size_t used = strlen(note);
        snprintf(note + used, (size_t)note_bytes - used,
                 "%sdefault %stile %llu x %llu does not fit %s: %llu x %llu taken", used ? "; " : "",
                 c.pass ? c.pass : "", (unsigned long long)c.default_query_rows, (unsigned long long)c.default_key_rows,
                 s->machine.name, (unsigned long long)query_rows, (unsigned long long)key_rows);
    }
    *c.query_rows = query_rows;
    *c.key_rows = key_rows;
    return true;
}

bool attention_check_tile_rows(const Scenario *s, const char *algorithm, uint64_t tile_rows, Err *err) {
    if (!s->is_causal || tile_rows <= TILE_MAX_ROWS) return true;
    return err_set(err, ERR_USAGE,
                   "%s: a causal mask over %llu rows of tiles; at most %u are modelled, take larger blocks", algorithm,
                   (unsigned long long)tile_rows, TILE_MAX_ROWS);
}

/* Formulas. */

bool attention_symbols(const Scenario *s, Formula *f, Err *err) {
    return formula_symbol(f, "B", s->batch_count, "sequences in the batch", err) &&
           formula_symbol(f, "h", s->head_count, "query heads", err) &&
           formula_symbol(f, "h_kv", s->kv_head_count, "key and value heads", err) &&
           formula_symbol(f, "N_q", s->query_rows, "query rows", err) &&
           formula_symbol(f, "N_k", s->key_rows, "key rows", err) &&
           formula_symbol(f, "d", s->head_dim_elems, "head dimension", err) &&
           formula_symbol(f, "e", dtype_elem_bytes(s->dtype), "bytes an element", err) &&
           formula_symbol(f, "L", s->layer_count, "layers", err);
}

bool attention_mask_row(const Scenario *s, Formula *f, const char *kernel, const char *additive, const char *padding,
                        Err *err) {
    if (s->mask == MASK_NONE) return true;
    return s->mask == MASK_ADDITIVE ? formula_row(f, COUNTER_ISSUED_READ_BYTES, kernel, "mask", additive,
                                                  "one N_q x N_k mask, read by every head", err)
                                    : formula_row(f, COUNTER_ISSUED_READ_BYTES, kernel, "mask", padding,
                                                  "a byte a key, read for every score tile", err);
}

bool attention_formula_lines(Formula *f, const FormulaLine *lines, Err *err) {
    for (; lines->expression; lines++)
        if (!formula_row(f, lines->counter, lines->kernel, lines->tensor, lines->expression, lines->why, err))
            return false;
    return true;
}
