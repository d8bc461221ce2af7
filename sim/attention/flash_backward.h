/* The backward pass of the flash family: FlashAttention-2's three kernels, over any choice of visited tiles.
 *
 *     D = rowsum(dO * O)    a block a tile of rows; clears dQ's fp32 sum
 *     NAME backward         a block a key tile j: K_j, V_j once; for each query tile that visits j: Q, dO, lse, D;
 *                           S again, P, dV += P^T dO, dP, dS, an atomic add of dS K into dQ, dK += dS^T Q
 *     convert dQ            rounds the fp32 sum; not with fp32 operands, whose sum is dQ itself
 *     sum dK, dV over heads only where query heads share a KV head
 *
 * An atomic add is issued as a read and a write of its element.
 * Source: Dao 2023, arXiv 2307.08691, Algorithm 2, and the released code v2.
 * Not modelled: double buffering; the semaphore of the deterministic variant; that the code walks a key tile's query
 * tiles from the last to the first.
 */
#ifndef SIM_ATTENTION_FLASH_BACKWARD_H
#define SIM_ATTENTION_FLASH_BACKWARD_H
#include "sim/attention/common.h"
#include "sim/attention/tiles.h"

typedef struct FlashBackward {
    const char *name; /* the main kernel's */
    bool is_uniform;  /* every query tile visits every key tile: one loop serves all blocks */
    TileList (*visitors)(const void *data, uint64_t key_tile); /* query tiles that visit it, ascending */
    const void *data;                                          /* visitors' own; must live while building */
    bool is_masking; /* scores of visited tiles are masked on chip, mask tensor or not */
} FlashBackward;

/* Fills backward block sizes that are 0 and checks that the tiles fit. */
bool flash_backward_resolve(Scenario *scenario, const char *algorithm, char *note, int note_bytes, Err *err);

/* Shared memory of the main kernel with such tiles. */
uint64_t flash_backward_smem_bytes(const Scenario *scenario, uint64_t query_rows, uint64_t key_rows);

/* Lifetimes of gradients when `first_kernel` is the first of these kernels. */
AttentionLifetimes flash_backward_lifetimes(const Scenario *scenario, int first_kernel);

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
#endif
