/* flash3: FlashAttention-3 (Shah et al. 2024, arXiv 2407.08608): FlashAttention-2's loops on Hopper's units.
 *
 * Forward (backward: flash3_backward.c):
 *
 *     warps      one warpgroup loads by TMA, the other one to three, 64 query rows each, multiply by wgmma
 *     SRAM       | Q | K | K' | V | V' | P where wgmma takes it from there | barriers |    K', V': tiles on their way
 *     registers  S, P else, O, m, l
 *
 * The tree is flash_forward.h's: what moves is FlashAttention-2's traffic with larger tiles. O leaves through V's
 * place. fp8 turns V around on chip, since wgmma takes 8-bit operands along the summed dimension only. l1 counts the
 * sectors of the rows that TMA moves; the hardware's LSU counters do not see them.
 *
 * Sources: the paper; the released code's hopper/tile_size.h (tiles, where P lies), mainloop_fwd_sm90_tma_gmma_ws.hpp
 * (what lies in SRAM) and flash_fwd_kernel_sm90.h (warpgroups, registers).
 *
 * Not modelled: products of one warpgroup under the softmax of another, and of one tile under the next's; clusters of
 * two blocks that share K and V (non-causal, head-dim from 128), which halves their L2 reads; blocks that stay for
 * several query tiles; grouped heads packed into one tile; keys split over blocks; products with padded head-dim; fp8's
 * scales and its bf16 O.
 */
#include "sim/attention/flash3.h"
#include "sim/attention/flash_forward.h"
#include "sim/base/checked.h"

enum {
    WARPGROUP_ROWS = 64, /* rows of wgmma's result */
    CONSUMERS_MAX = 3,
    STAGES = FLASH3_STAGES,
    BARRIER_BYTES = 8 * (1 + 2 * 2 * STAGES), /* Q has come; full and empty of each stage of K and of V */
    REGISTER_UNIT = 8,                        /* registers a thread are given out in eights */
    HEAD_DIM_MAX_ELEMS = 256,
    ROW_UNIT_BYTES = 16, /* TMA's strides */
};

static const char backward_kernel[] = "flash3 backward";

static bool is_fp8(const Scenario *s) { return s->dtype == DTYPE_FP8; }

/* Block sizes. */

typedef struct TileChoice {
    uint64_t head_dim_elems; /* up to it; tiles have rows that wide, zeros at the end */
    uint64_t query_rows, key_rows, causal_key_rows;
    bool has_p_in_smem, has_causal_p_in_smem;
} TileChoice;

/* tile_size_fwd_sm90, same head dimension for K and V, no window, no pages. */
static const TileChoice tiles_16_bit[] = {
    {64, 192, 192, 128, true, false},   {96, 192, 144, 144, true, true},  {128, 128, 176, 128, false, false},
    {192, 128, 112, 112, false, false}, {256, 128, 80, 80, false, false},
};
static const TileChoice tiles_fp8[] = {
    {64, 192, 160, 160, false, false},  {96, 192, 128, 128, false, false},  {128, 128, 224, 224, false, false},
    {192, 128, 160, 160, false, false}, {256, 128, 128, 128, false, false},
};

static const TileChoice *choice_of(const Scenario *s) {
    const TileChoice *choice = is_fp8(s) ? tiles_fp8 : tiles_16_bit;
    while (choice->head_dim_elems < s->head_dim_elems) choice++;
    return choice;
}

static bool has_p_in_smem(const Scenario *s) {
    return s->is_causal ? choice_of(s)->has_causal_p_in_smem : choice_of(s)->has_p_in_smem;
}

static uint64_t consumer_count(const Scenario *s) { return s->block_query_rows / WARPGROUP_ROWS; }
static uint32_t thread_count(const Scenario *s) { return (uint32_t)(1 + consumer_count(s)) * FLASH3_WARPGROUP_THREADS; }

uint64_t flash3_tile_cols(const Scenario *s) { return choice_of(s)->head_dim_elems; }

uint32_t flash3_registers(const Scenario *s, uint32_t threads) {
    uint32_t share = s->machine.registers_per_sm / threads / REGISTER_UNIT * REGISTER_UNIT;
    return share < s->machine.registers_per_thread_max ? share : s->machine.registers_per_thread_max;
}

/* Rows of V's place: its ring, and O's tile on its way out. */
static uint64_t v_rows(uint64_t query_rows, uint64_t key_rows) { return max_u64(STAGES * key_rows, query_rows); }

static uint64_t smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    uint64_t e = dtype_elem_bytes(s->dtype);
    uint64_t rows = query_rows + STAGES * key_rows + v_rows(query_rows, key_rows) + (is_fp8(s) ? STAGES * key_rows : 0);
    return rows * choice_of(s)->head_dim_elems * e + (has_p_in_smem(s) ? query_rows * key_rows * e : 0) + BARRIER_BYTES;
}

/* What it cannot run. */

static bool check_gpu(const Scenario *s, Err *err) {
    uint32_t cc = s->machine.compute_capability;
    if (cc == 90) return true;
    return err_set(err, ERR_USAGE,
                   "flash3: %s (compute capability %u.%u) has no %s; FlashAttention-3 runs on 9.0 only (--gpu h100)",
                   s->machine.name, cc / 10, cc % 10, cc < 90 ? "wgmma and no TMA" : "wgmma");
}

static bool check_inputs(const Scenario *s, Err *err) {
    uint64_t unit_elems = ROW_UNIT_BYTES / dtype_elem_bytes(s->dtype);
    if (s->dtype == DTYPE_FP32)
        return err_set(err, ERR_USAGE, "flash3: --dtype fp32 is not modelled; FlashAttention-3 has fp16, bf16 and fp8");
    if (s->mask != MASK_NONE)
        return err_set(err, ERR_USAGE, "flash3: --mask %s is not modelled; FlashAttention-3 has no mask but --causal",
                       mask_name(s->mask));
    if (s->dropout_probability > 0)
        return err_set(err, ERR_USAGE, "flash3: --dropout %g is not modelled; FlashAttention-3 has no dropout",
                       s->dropout_probability);
    if (s->head_dim_elems > HEAD_DIM_MAX_ELEMS || s->head_dim_elems % unit_elems)
        return err_set(err, ERR_USAGE,
                       "flash3: --head-dim %llu is not modelled; it must be a multiple of %llu (TMA moves rows of "
                       "whole 16 bytes), at most %d",
                       (unsigned long long)s->head_dim_elems, (unsigned long long)unit_elems, HEAD_DIM_MAX_ELEMS);
    return true;
}

/* S and O, fp32, are the consumers' own: two share 240 registers a thread, three 160, one has all that a thread may. */
static bool check_registers(const Scenario *s, Err *err) {
    static const uint64_t registers_per_thread[CONSUMERS_MAX + 1] = {0, 255, 240, 160};
    uint64_t have = registers_per_thread[consumer_count(s)] * FLASH3_WARPGROUP_THREADS * consumer_count(s);
    uint64_t need = s->block_query_rows * (s->block_key_rows + choice_of(s)->head_dim_elems);
    if (need < have) return true;
    return err_set(
        err, ERR_USAGE,
        "flash3: tiles of %llu query rows x %llu key rows at head-dim %llu are not modelled; S and O take %llu "
        "registers, their %llu warpgroups have %llu",
        (unsigned long long)s->block_query_rows, (unsigned long long)s->block_key_rows,
        (unsigned long long)s->head_dim_elems, (unsigned long long)need, (unsigned long long)consumer_count(s),
        (unsigned long long)have);
}

static bool check_blocks(const Scenario *s, Err *err) {
    uint64_t key_unit = is_fp8(s) ? 32 : 16; /* what a wgmma sums over */
    if (s->block_query_rows % WARPGROUP_ROWS || s->block_query_rows > CONSUMERS_MAX * WARPGROUP_ROWS)
        return err_set(err, ERR_USAGE,
                       "flash3: --block-q %llu is not modelled; it must be 64, 128 or 192, 64 rows a warpgroup",
                       (unsigned long long)s->block_query_rows);
    if (s->block_key_rows % key_unit)
        return err_set(err, ERR_USAGE,
                       "flash3: --block-k %llu is not modelled; it must be a multiple of %llu, the keys that a wgmma "
                       "sums over",
                       (unsigned long long)s->block_key_rows, (unsigned long long)key_unit);
    return check_registers(s, err);
}

static bool resolve_forward(Scenario *s, Err *err) {
    const TileChoice *choice = choice_of(s);
    if (!s->block_query_rows) s->block_query_rows = choice->query_rows;
    if (!s->block_key_rows) s->block_key_rows = s->is_causal ? choice->causal_key_rows : choice->key_rows;
    BlockChoice given = {.query_rows = &s->block_query_rows, .key_rows = &s->block_key_rows, .need_bytes = smem_bytes};
    return check_blocks(s, err) && attention_choose_blocks(s, "flash3", given, NULL, 0, err);
}

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    (void)note, (void)note_bytes;
    if (!check_gpu(s, err) || !check_inputs(s, err)) return false;
    if (attention_has_backward(s) && !flash3_backward_resolve(s, err)) return false;
    if (attention_has_forward(s) && !resolve_forward(s, err)) return false;
    if (!attention_has_backward(s))
        s->backward_block_query_rows = s->block_query_rows, s->backward_block_key_rows = s->block_key_rows;
    if (!attention_has_forward(s))
        s->block_query_rows = s->backward_block_query_rows, s->block_key_rows = s->backward_block_key_rows;
    uint64_t tile_rows = ceil_div(s->query_rows, s->block_query_rows);
    if (attention_has_backward(s)) tile_rows = max_u64(tile_rows, ceil_div(s->key_rows, s->backward_block_key_rows));
    return attention_check_tile_rows(s, "flash3", tile_rows, err);
}

/* The program. */

static FlashBuffers add_buffers(ProgramBuilder *b, const AttentionTensors *t, uint8_t lse) {
    const Scenario *s = &b->program->scenario;
    uint64_t q = s->block_query_rows, k = s->block_key_rows, d = choice_of(s)->head_dim_elems;
    uint64_t e = dtype_elem_bytes(s->dtype);
    FlashBuffers buf = {.v_turned = BUFFER_NONE};
    buf.q = attention_buffer(b, "Q", t->q, TENSOR_Q, q, d, e, false);
    buf.k = attention_buffer(b, "K ×2", t->k, TENSOR_K, STAGES * k, d, e, false);
    buf.v = attention_buffer(b, "V ×2", t->v, TENSOR_V, v_rows(q, k), d, e, false);
    if (is_fp8(s)) buf.v_turned = attention_buffer(b, "V^T ×2", TENSOR_NONE, TENSOR_V, STAGES * k, d, e, false);
    buf.s = buf.p = attention_buffer(b, "S", TENSOR_NONE, TENSOR_S, q, k, 4, true);
    if (has_p_in_smem(s)) buf.p = attention_buffer(b, "P", TENSOR_NONE, TENSOR_P, q, k, e, false);
    attention_buffer(b, "barriers", TENSOR_NONE, TENSOR_OTHER, BARRIER_BYTES, 1, 1, false);
    buf.o = attention_buffer(b, "O", t->o, TENSOR_O, q, d, 4, true);
    buf.statistics = attention_buffer(b, "m, l", lse, TENSOR_STATISTICS, q, 2, 4, true);
    return buf;
}

static FlashForward forward_of(const Scenario *s) {
    FlashForward forward = {.name = "flash3 forward",
                            .threads_per_block = thread_count(s),
                            .registers_per_thread = flash3_registers(s, thread_count(s)),
                            .product_unit = PRODUCT_NATIVE,
                            .loads_by_tma = true,
                            .add_buffers = add_buffers,
                            .smem = "(B_r + 2*B_c + max(2*B_c, B_r))*d_t*e + b",
                            .smem_is = "Q; K and V twice, O in V's place; barriers"};
    if (has_p_in_smem(s))
        forward.smem = "(B_r + 2*B_c + max(2*B_c, B_r))*d_t*e + B_r*B_c*e + b",
        forward.smem_is = "Q; K and V twice, O in V's place; P; barriers";
    if (is_fp8(s))
        forward.smem = "(B_r + 4*B_c + max(2*B_c, B_r))*d_t*e + b",
        forward.smem_is = "Q; K, V and V transposed twice, O in V's place; barriers";
    return forward;
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    ProgramBuilder b;
    builder_start(&b, program, arena, s, "flash3");
    program->tile_rows[AXIS_Q_BLOCK] = s->block_query_rows;
    program->tile_rows[AXIS_K_BLOCK] = s->block_key_rows;
    uint8_t lse;
    AttentionTensors t = flash_backward_tensors(&b, &lse);
    FlashForward forward = forward_of(s);
    if (attention_has_forward(s)) flash_forward_build(&b, &forward, &t, lse);
    if (attention_has_backward(s)) {
        TileShape shape = flash_backward_tiles(s);
        FlashBackwardChip chip = flash3_backward_chip(s);
        FlashBackward backward = flash_backward_dense(backward_kernel, &chip, s, &shape);
        flash_backward_build(&b, &backward, &t, lse);
    }
    return builder_finish(&b, err);
}

/* The formula. */

static bool forward_rows(const Scenario *s, Formula *f, Err *err) {
    FlashForward forward = forward_of(s);
    return formula_symbol(f, "x", attention_extra_steps(s) + is_fp8(s),
                          "steps a score tile that masks and turning V add", err) &&
           formula_symbol(f, "b", BARRIER_BYTES, "bytes of barriers: Q, and full and empty a stage of K and of V",
                          err) &&
           flash_forward_formula(f, s, &forward, err);
}

static bool backward_rows(const Scenario *s, Formula *f, Err *err) {
    TileShape shape = flash_backward_tiles(s);
    FlashBackwardChip chip = flash3_backward_chip(s);
    FlashBackward backward = flash_backward_dense(backward_kernel, &chip, s, &shape);
    return flash3_backward_symbols(s, f, err) &&
           flash_backward_formula(f, s, &backward, flash_backward_dense_sums(s, &shape), err);
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    (void)arena;
    FlashMemory memory = {.forward_partial = "0", .backward_partial = "B*h*N_q*d*4 + r"};
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "d_t", flash3_tile_cols(s), "elements of a tile's row in SRAM, zeros at its end", err) &&
           (!attention_has_forward(s) || forward_rows(s, f, err)) &&
           (!attention_has_backward(s) || backward_rows(s, f, err)) && attention_flash_memory(s, f, memory, err);
}

const Algorithm algorithm_flash3 = {
    .name = "flash3",
    .title = "FlashAttention-3 (2024), Hopper",
    .source = "Shah et al. 2024, arXiv 2407.08608, and its released code (hopper/tile_size.h)",
    .not_modelled =
        "softmax under products; clusters that share K and V; blocks that stay; backward with grouped heads",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
