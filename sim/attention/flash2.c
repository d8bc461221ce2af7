/* flash2: FlashAttention-2 (Dao 2023, arXiv 2307.08691): the query blocks run in parallel, O is written once.
 *
 * Forward: flash_forward.h. Backward: flash_backward.h.
 * fp32 keeps the score tile in shared memory; tensor-core types keep it in registers.
 * Not modelled: double buffering, splitting keys over blocks when the grid is small (see decode).
 */
#include "sim/attention/flash_backward.h"
#include "sim/attention/flash_forward.h"
#include "sim/base/checked.h"

enum { THREADS = 128, REGISTERS = 255 };

/* Block sizes. */

typedef struct TileChoice {
    uint64_t query_rows, key_rows;
} TileChoice;

/* The released code's tiles (flash_fwd_launch_template.h, v2): by head dimension, chip and dropout. */
static TileChoice forward_choice(const Scenario *s) {
    uint64_t d = s->head_dim_elems;
    bool is_small_chip = s->machine.compute_capability == 86 || s->machine.compute_capability == 89;
    bool has_dropout = s->dropout_probability > 0;
    if (d <= 32) return (TileChoice){128, 128};
    if (d <= 64) return has_dropout ? (TileChoice){128, 64} : (TileChoice){128, 128};
    if (d <= 96) return is_small_chip && s->is_causal ? (TileChoice){64, 64} : (TileChoice){128, 64};
    if (d <= 128) {
        if (is_small_chip) return s->is_causal && !has_dropout ? (TileChoice){64, 64} : (TileChoice){128, 32};
        return has_dropout ? (TileChoice){128, 32} : (TileChoice){128, 64};
    }
    if (d <= 192) return has_dropout ? (TileChoice){64, 64} : (TileChoice){128, 64};
    bool is_wide =
        s->machine.compute_capability == 80; /* elsewhere two blocks an SM are worth more, or 128 do not fit */
    return is_wide ? (TileChoice){128, 64} : (TileChoice){64, 64};
}

static bool keeps_scores_in_smem(const Scenario *s) { return s->dtype == DTYPE_FP32; }

static uint64_t forward_smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t elem_bytes = dtype_elem_bytes(s->dtype);
    uint64_t score_bytes = keeps_scores_in_smem(s) ? query_rows * key_rows * elem_bytes : 0;
    return (query_rows + 2 * key_rows) * s->head_dim_elems * elem_bytes + score_bytes;
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    TileChoice chosen = forward_choice(s);
    s->backward_block_query_rows = s->block_query_rows;
    s->backward_block_key_rows = s->block_key_rows;
    BlockChoice forward = {&s->block_query_rows, &s->block_key_rows, chosen.query_rows,
                           chosen.key_rows,      forward_smem_bytes, "forward "};
    if (attention_has_forward(s) && !attention_choose_blocks(s, "flash2", forward, note, note_bytes, err)) return false;
    if (attention_has_backward(s) && !flash_backward_resolve(s, "flash2 backward", note, note_bytes, err)) return false;
    if (!attention_has_forward(s)) {
        s->block_query_rows = s->backward_block_query_rows;
        s->block_key_rows = s->backward_block_key_rows;
    }
    uint64_t tile_rows = ceil_div(s->query_rows, s->block_query_rows);
    if (attention_has_backward(s)) tile_rows = max_u64(tile_rows, ceil_div(s->key_rows, s->backward_block_key_rows));
    return attention_check_tile_rows(s, "flash2", tile_rows, err);
}

/* Forward. */

static FlashBuffers add_buffers(ProgramBuilder *b, const AttentionTensors *t, uint8_t lse) {
    const Scenario *s = &b->program->scenario;
    uint64_t q = s->block_query_rows, k = s->block_key_rows, d = s->head_dim_elems, e = dtype_elem_bytes(s->dtype);
    FlashBuffers buf = {.v_turned = BUFFER_NONE};
    buf.q = attention_buffer(b, "Q", t->q, TENSOR_Q, q, d, e, false);
    buf.k = attention_buffer(b, "K", t->k, TENSOR_K, k, d, e, false);
    buf.v = attention_buffer(b, "V", t->v, TENSOR_V, k, d, e, false);
    buf.s = buf.p = attention_buffer(b, "S", TENSOR_NONE, TENSOR_S, q, k, 4, !keeps_scores_in_smem(s));
    buf.o = attention_buffer(b, "O", t->o, TENSOR_O, q, d, 4, true);
    buf.statistics = attention_buffer(b, "m, l", lse, TENSOR_STATISTICS, q, 2, 4, true);
    return buf;
}

static FlashForward forward_of(const Scenario *s) {
    return (FlashForward){.name = "flash2 forward",
                          .threads_per_block = THREADS,
                          .registers_per_thread = REGISTERS,
                          .product_unit = PRODUCT_MMA_SYNC,
                          .add_buffers = add_buffers,
                          .smem = keeps_scores_in_smem(s) ? "(B_r + 2*B_c)*d*e + B_r*B_c*4" : "(B_r + 2*B_c)*d*e",
                          .smem_is = "Q, K, V tiles; scores too for fp32"};
}

/* The program and the formula. */

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "flash2");
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    uint8_t lse;
    AttentionTensors t = flash_backward_tensors(&b, &lse);
    FlashForward forward = forward_of(s);
    if (attention_has_forward(s)) flash_forward_build(&b, &forward, &t, lse);
    TileShape backward_shape = flash_backward_tiles(s);
    FlashBackward backward = flash_backward_dense("flash2 backward", &flash_backward_flash2, s, &backward_shape);
    if (attention_has_backward(s)) flash_backward_build(&b, &backward, &t, lse);
    return builder_finish(&b, err);
}

static bool backward_rows(const Scenario *s, Formula *f, Err *err) {
    TileShape shape = flash_backward_tiles(s);
    FlashBackward backward = flash_backward_dense("flash2 backward", &flash_backward_flash2, s, &shape);
    return flash_backward_formula(f, s, &backward, flash_backward_dense_sums(s, &shape), err);
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    (void)arena;
    bool has_sum = s->dtype != DTYPE_FP32;
    FlashForward forward = forward_of(s);
    FlashMemory memory = {.forward_partial = "0", .backward_partial = has_sum ? "B*h*N_q*d*4" : "0"};
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "x", attention_extra_steps(s), "steps a score tile that masks and dropout add", err) &&
           (!attention_has_forward(s) || flash_forward_formula(f, s, &forward, err)) &&
           (!attention_has_backward(s) || backward_rows(s, f, err)) && attention_flash_memory(s, f, memory, err);
}

const Algorithm algorithm_flash2 = {
    .name = "flash2",
    .title = "FlashAttention-2 (2023)",
    .source = "Dao 2023, arXiv 2307.08691, Algorithms 1 and 2, and its released code v2",
    .not_modelled = "double buffering; splitting keys over blocks when the grid is small",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
