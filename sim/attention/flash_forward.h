/* The forward pass that FlashAttention-2 and -3 share: the query blocks run in parallel, O is written once.
 *
 * One block of threads per (batch, head, query block):
 *
 *     load Q_i
 *     for j in K blocks that rows of i see: load K_j; S = Q K^T; softmax; load V_j; O += P V     O, m, l in registers
 *     store O_i and a log-sum-exp a row
 *
 * The two differ in tile sizes, in who computes, and in what lies on chip: FlashForward. Accounting paper leaves out
 * row statistics. build and formula share the scenario's tile sizes and nothing else.
 */
#ifndef SIM_ATTENTION_FLASH_FORWARD_H
#define SIM_ATTENTION_FLASH_FORWARD_H
#include "sim/attention/common.h"
#include "sim/attention/tiles.h"

/* A block's buffers, as numbers in its kernel. */
typedef struct FlashBuffers {
    uint8_t q, k, v;
    uint8_t v_turned; /* V's tile transposed on chip before its product, or BUFFER_NONE: then no such step */
    uint8_t s, p;     /* the same where P takes the place of S */
    uint8_t o, statistics;
} FlashBuffers;

typedef struct FlashForward {
    const char *name; /* the kernel's */
    uint32_t threads_per_block, registers_per_thread;
    ProductUnit product_unit; /* for 16 and 8 bits */
    bool loads_by_tma;
    FlashBuffers (*add_buffers)(ProgramBuilder *builder, const AttentionTensors *tensors, uint8_t lse);
    const char *smem, *smem_is; /* shared memory a block: an expression over the formula's symbols, and in words */
} FlashForward;

/* Adds the kernel. */
void flash_forward_build(ProgramBuilder *builder, const FlashForward *spec, const AttentionTensors *tensors,
                         uint8_t lse);

/* Rows of the formula. Defined already: attention_symbols, H and x, the steps a score tile has beside the five. */
bool flash_forward_formula(Formula *formula, const Scenario *scenario, const FlashForward *spec, Err *err);
#endif
