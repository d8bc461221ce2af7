/* flash3's backward pass: FlashAttention-2's three kernels on Hopper's units.
 *
 *     D, lse again for base 2, clear dQ's sum | main, a block a key tile | convert dQ
 *
 *     SRAM of the main kernel   | K | V | Q | Q' | dO | dO' | dQ | lse, D twice | dS | dS' or P | barriers |
 *     registers                 S, P, dP, dQ's product, dK, dV
 *
 * One warpgroup loads by TMA and adds dQ's tiles into HBM from shared memory (head-dim up to 192), two or three
 * multiply.
 *
 * Sources: the released code's hopper/flash_bwd_launch_template.h (tiles, stages, warpgroups), flash_bwd_kernel_sm90.h
 * and mainloop_bwd_sm90_tma_gmma_ws.hpp (what lies in SRAM), flash_bwd_preprocess_kernel.h and _postprocess_kernel.h.
 *
 * Not modelled: grouped heads, whose dK and dV it adds up in fp32; rows of lse, D and dQ's sum padded to whole tiles;
 * products with padded head-dim; the deterministic variant.
 */
#include "sim/attention/flash3.h"
#include "sim/base/checked.h"

enum { ROW_THREADS = 256, LSE_UNIT_ROWS = 64 };

typedef struct BackwardTile {
    uint64_t head_dim_elems; /* up to it */
    uint64_t query_rows, causal_query_rows, key_rows;
    uint64_t d_o_stages;
    bool adds_dq_from_smem; /* else by atomics out of registers */
    uint32_t consumer_count;
} BackwardTile;

static const BackwardTile tiles[] = {
    {64, 128, 128, 128, 2, true, 2}, {96, 64, 64, 128, 2, true, 2},  {128, 80, 64, 128, 2, true, 2},
    {192, 64, 64, 96, 1, true, 3},   {256, 64, 64, 80, 1, false, 2},
};

static const BackwardTile *tile_of(const Scenario *s) {
    const BackwardTile *tile = tiles;
    while (tile->head_dim_elems < s->head_dim_elems) tile++;
    return tile;
}

static uint64_t barrier_bytes(const Scenario *s) { return 8 * (1 + 2 * FLASH3_STAGES + 2 * tile_of(s)->d_o_stages); }

/* lse and D of a tile's rows, each stage in whole units. */
static uint64_t statistic_bytes(uint64_t query_rows) {
    return 2 * FLASH3_STAGES * ceil_div(query_rows, LSE_UNIT_ROWS) * LSE_UNIT_ROWS * 4;
}

static uint64_t smem_bytes(const Scenario *s, uint64_t query_rows, uint64_t key_rows) {
    const BackwardTile *tile = tile_of(s);
    uint64_t e = dtype_elem_bytes(s->dtype), d = flash3_tile_cols(s);
    return (2 * key_rows + (FLASH3_STAGES + tile->d_o_stages) * query_rows) * d * e +
           (tile->adds_dq_from_smem ? query_rows * d * 4 : 0) + 2 * query_rows * key_rows * e +
           statistic_bytes(query_rows) + barrier_bytes(s);
}

bool flash3_backward_resolve(Scenario *s, Err *err) {
    if (s->dtype == DTYPE_FP8)
        return err_set(err, ERR_USAGE,
                       "flash3: --pass %s with --dtype fp8 is not modelled; its backward pass has fp16 and bf16",
                       pass_name(s->pass));
    if (attention_shares_heads(s))
        return err_set(err, ERR_USAGE, "flash3: --pass %s with --kv-heads %llu for %llu heads is not modelled",
                       pass_name(s->pass), (unsigned long long)s->kv_head_count, (unsigned long long)s->head_count);
    if (s->block_query_rows || s->block_key_rows)
        return err_set(
            err, ERR_USAGE,
            "flash3: --pass %s with --block-q or --block-k is not modelled; its backward kernel has one tile "
            "a head-dim",
            pass_name(s->pass));
    const BackwardTile *tile = tile_of(s);
    s->backward_block_query_rows = s->is_causal ? tile->causal_query_rows : tile->query_rows;
    s->backward_block_key_rows = tile->key_rows;
    BlockChoice given = {
        .query_rows = &s->backward_block_query_rows, .key_rows = &s->backward_block_key_rows, .need_bytes = smem_bytes};
    return attention_choose_blocks(s, "flash3 backward", given, NULL, 0, err);
}

/* On chip. */

static FlashBackwardBuffers add_buffers(ProgramBuilder *b, const AttentionTensors *t, uint8_t lse, uint8_t dq_sum) {
    const Scenario *s = &b->program->scenario;
    const BackwardTile *tile = tile_of(s);
    uint64_t q = s->backward_block_query_rows, k = s->backward_block_key_rows, d = flash3_tile_cols(s);
    uint64_t e = dtype_elem_bytes(s->dtype);
    bool has_stages = tile->d_o_stages > 1;
    FlashBackwardBuffers buf;
    buf.k = attention_buffer(b, "K", t->k, TENSOR_K, k, d, e, false);
    buf.v = attention_buffer(b, "V", t->v, TENSOR_V, k, d, e, false);
    buf.q = attention_buffer(b, "Q ×2", t->q, TENSOR_Q, FLASH3_STAGES * q, d, e, false);
    buf.d_o =
        attention_buffer(b, has_stages ? "dO ×2" : "dO", t->d_o, TENSOR_GRADIENT_O, tile->d_o_stages * q, d, e, false);
    buf.d_q = attention_buffer(b, "dQ", dq_sum, TENSOR_GRADIENT_Q, q, d, 4, !tile->adds_dq_from_smem);
    buf.d_s = attention_buffer(b, has_stages ? "dS ×2" : "P, dS", TENSOR_NONE, TENSOR_GRADIENT_S, 2 * q, k, e, false);
    buf.statistics = attention_buffer(b, "lse, D ×2", lse, TENSOR_STATISTICS, statistic_bytes(q) / 4, 1, 4, false);
    attention_buffer(b, "barriers", TENSOR_NONE, TENSOR_OTHER, barrier_bytes(s), 1, 1, false);
    buf.s = attention_buffer(b, "S, dP", TENSOR_NONE, TENSOR_P, 2 * q, k, 4, true);
    buf.d_k = attention_buffer(b, "dK", t->d_k, TENSOR_GRADIENT_K, k, d, 4, true);
    buf.d_v = attention_buffer(b, "dV", t->d_v, TENSOR_GRADIENT_V, k, d, 4, true);
    return buf;
}

FlashBackwardChip flash3_backward_chip(const Scenario *s) {
    uint32_t thread_count = (1 + tile_of(s)->consumer_count) * FLASH3_WARPGROUP_THREADS;
    return (FlashBackwardChip){
        .row_threads = ROW_THREADS,
        .main_threads = thread_count,
        .main_registers = flash3_registers(s, thread_count),
        .product_unit = PRODUCT_NATIVE,
        .loads_by_tma = true,
        .has_lse_copy = true,
        .add_buffers = add_buffers,
        .smem = "(2*D_c + (2 + o_b)*D_r)*d_t*e + q_b*D_r*d_t*4 + 2*D_r*D_c*e + 16*64*ceil(D_r, 64) + b_b",
        .smem_is = "K, V; Q twice, dO; dQ; dS twice, or P and dS; lse and D twice; barriers"};
}

bool flash3_backward_symbols(const Scenario *s, Formula *f, Err *err) {
    const BackwardTile *tile = tile_of(s);
    return formula_symbol(f, "o_b", tile->d_o_stages, "tiles of dO in SRAM", err) &&
           formula_symbol(f, "q_b", tile->adds_dq_from_smem, "1 where dQ is added into HBM from SRAM", err) &&
           formula_symbol(f, "b_b", barrier_bytes(s), "bytes of barriers of the backward kernel", err);
}
