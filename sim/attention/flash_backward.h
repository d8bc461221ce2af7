/* The backward pass of the flash family: FlashAttention-2's three kernels, over any choice of visited tiles, which
 * FlashAttention-3 shares.
 *
 *     D = rowsum(dO * O)    a block a tile of rows; clears dQ's fp32 sum
 *     NAME backward         a block a key tile j: K_j, V_j once; for each query tile that visits j: Q, dO, lse, D;
 *                           S again, P, dV += P^T dO, dP, dS, an atomic add of dS K into dQ, dK += dS^T Q
 *     convert dQ            rounds the fp32 sum; not with fp32 operands, whose sum is dQ itself
 *     sum dK, dV over heads only where query heads share a KV head
 *
 * An atomic add is issued as a read and a write of its element. FlashAttention-3 (`has_lse_copy`) writes lse again in
 * the first kernel, scaled for base 2, and reads that copy afterwards.
 * Source: Dao 2023, arXiv 2307.08691, Algorithm 2, and the released code v2.
 * Not modelled: double buffering; the semaphore of the deterministic variant; that the code walks a key tile's query
 * tiles from the last to the first.
 */
#ifndef SIM_ATTENTION_FLASH_BACKWARD_H
#define SIM_ATTENTION_FLASH_BACKWARD_H
#include "sim/attention/common.h"
#include "sim/attention/tiles.h"

/* A block's buffers in the main kernel, as numbers in it. */
typedef struct FlashBackwardBuffers {
    uint8_t q, k, v, d_o;
    uint8_t s, d_s; /* of S, P and dP; of dS: the same where one takes the other's place */
    uint8_t statistics, d_q, d_k, d_v;
} FlashBackwardBuffers;

/* Who computes, and what lies on chip. */
typedef struct FlashBackwardChip {
    uint32_t row_threads, main_threads, main_registers; /* of the kernels before and after, and of the main one */
    ProductUnit product_unit;                           /* for 16 and 8 bits */
    bool loads_by_tma, has_lse_copy;
    /* dq_sum: where dQ is summed. */
    FlashBackwardBuffers (*add_buffers)(ProgramBuilder *builder, const AttentionTensors *tensors, uint8_t lse,
                                        uint8_t dq_sum);
    const char *smem, *smem_is; /* of the main kernel: an expression over the formula's symbols, and in words */
} FlashBackwardChip;
extern const FlashBackwardChip flash_backward_flash2;

typedef struct FlashBackward {
    const char *name;              /* the main kernel's */
    const FlashBackwardChip *chip; /* must live while building */
    bool is_uniform;               /* every query tile visits every key tile: one loop serves all blocks */
    TileList (*visitors)(const void *data, uint64_t key_tile); /* query tiles that visit it, ascending */
    const void *data;                                          /* visitors' own; must live while building */
    bool is_masking; /* scores of visited tiles are masked on chip, mask tensor or not */
} FlashBackward;

/* Fills backward block sizes that are 0 and checks that the tiles fit. */
bool flash_backward_resolve(Scenario *scenario, const char *algorithm, char *note, int note_bytes, Err *err);

/* Shared memory of the main kernel with such tiles. */
uint64_t flash_backward_smem_bytes(const Scenario *scenario, uint64_t query_rows, uint64_t key_rows);

/* Adds the tensors of the scenario's passes: gradients live from these kernels on, *lse is kept for them. */
AttentionTensors flash_backward_tensors(ProgramBuilder *builder, uint8_t *lse);

/* Adds D, dQ's sum and the kernels. lse is written by the forward pass. */
void flash_backward_build(ProgramBuilder *builder, const FlashBackward *backward, const AttentionTensors *tensors,
                          uint8_t lse);

/* Rows of the formula; H is defined already. sums: over the visited tiles, with the backward tile sizes. `*_is` says in
 * words or signs what the sums are. */
typedef struct FlashBackwardSums {
    TileSums sums;
    const char *visits_is, *rows_is, *cols_is, *elems_is;
} FlashBackwardSums;
bool flash_backward_formula(Formula *formula, const Scenario *scenario, const FlashBackward *backward,
                            FlashBackwardSums sums, Err *err);

/* All tiles that a causal or unmasked score matrix shows, with the scenario's backward tile sizes: `shape` is the
 * visitors' data. */
TileShape flash_backward_tiles(const Scenario *scenario);
FlashBackward flash_backward_dense(const char *name, const FlashBackwardChip *chip, const Scenario *scenario,
                                   const TileShape *shape);
FlashBackwardSums flash_backward_dense_sums(const Scenario *scenario, const TileShape *shape);
#endif
