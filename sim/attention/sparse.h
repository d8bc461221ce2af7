/* A flash-style forward kernel in which every query block visits its own list of key tiles.
 *
 *            keys ->   0   1   2   3   4   5        one block of threads per (batch, head, query block):
 *     query block 0   [x]                             load Q_i
 *                 1   [x] [x]                         for each listed tile j: load K_j; S; softmax; load V_j; O += P V
 *                 2   [x]     [x]                     store O_i and a log-sum-exp a row
 *                 3   [x]         [x] [x]
 *
 * Windows, global tokens and learned choices all end here; they differ only in the lists. A tile is loaded and
 * multiplied whole even where few of its scores count: that is why mask density and tile density differ.
 * build and formula share the lists (which tiles) and nothing else.
 * Not modelled: double buffering; different choices for the heads of a batch (one head's stand for all).
 */
#ifndef SIM_ATTENTION_SPARSE_H
#define SIM_ATTENTION_SPARSE_H
#include "sim/attention/common.h"
#include "sim/attention/tiles.h"

enum { VISIT_LISTS_MAX = 2 };
/* What one query block visits: lists in order, no tile twice, the last tile of all at the very end if at all. */
typedef struct Visits {
    TileList lists[VISIT_LISTS_MAX];
} Visits;

/* Pure: the visits of one query block. `data` is the algorithm's own. */
typedef Visits (*VisitRule)(const void *data, uint64_t query_block);

typedef struct SparseKernel {
    const char *name;
    const char *suffix; /* of this kernel's symbols in the formula: "" or "_w" */
    VisitRule rule;
    const void *data;
    uint64_t query_rows, key_rows; /* of the tensors this kernel reads */
    uint64_t tile_query_rows, tile_key_rows;
    uint64_t extra_steps;       /* a visit: masks and dropout; set by sparse_kernel */
    bool has_mask_tensor;       /* the scenario's --mask applies to this kernel's scores */
    uint64_t gather_rows;       /* 0, or: key tiles are single rows, gathered this many at a time before a product */
    uint64_t chosen_cols;       /* 0, or: the block first loads its row of choices, 4-byte numbers */
    const uint64_t *score_cols; /* NULL, or by query block: fp32 block scores it writes at its end */
} SparseKernel;

/* Tensors it moves; k_name and v_name for the formula's rows follow from the tensors. */
typedef struct SparseTensors {
    uint8_t q, k, v, o, lse;
    const AttentionTensors *all; /* for --mask */
    uint8_t chosen, scores;      /* where the kernel has them */
} SparseTensors;

/* A kernel over the scenario's own Q and K with its block sizes. */
SparseKernel sparse_kernel(const Scenario *scenario, const char *name, VisitRule rule, const void *data);

/* Adds the kernel. The builder's scenario decides heads, dtype and dropout. */
void sparse_build(ProgramBuilder *builder, const SparseKernel *kernel, SparseTensors tensors);

/* Sums over all query blocks of one head, by a loop over blocks and arithmetic on their lists. */
typedef struct SparseSums {
    uint64_t visit_count;     /* tiles, or gathers of rows */
    uint64_t key_rows;        /* of visited tiles */
    uint64_t elem_count;      /* scores computed */
    uint64_t query_rows;      /* rows of visited tiles */
    uint64_t seen_query_rows; /* rows of query blocks that visit something */
} SparseSums;
SparseSums sparse_sums(const SparseKernel *kernel);

/* Names of the tensors in the kernel's rows. */
typedef struct SparseNames {
    const char *q, *k, *v, *o, *lse;
    const char *chosen, *scores;
} SparseNames;
/* Symbols and rows of one sparse kernel. attention_symbols and H are defined already. */
bool sparse_formula(Formula *formula, const Scenario *scenario, const SparseKernel *kernel, SparseNames names,
                    Arena *arena, Err *err);

/* The backward pass over the same tiles; forward and backward share tile sizes. */
void sparse_backward_build(ProgramBuilder *builder, const char *name, const SparseKernel *kernel,
                           const AttentionTensors *tensors, uint8_t lse);
bool sparse_backward_formula(Formula *formula, const Scenario *scenario, const char *name, const SparseKernel *kernel,
                             Err *err);

/* Block sizes that fit, FlashAttention-2's tile at this head size as default; key tiles divide `multiple` (0: any).
 * sparse_resolve refuses a backward pass; sparse_resolve_both takes tiles that fit both passes. */
bool sparse_resolve_both(Scenario *scenario, const char *algorithm, uint64_t multiple_rows, char *note, int note_bytes,
                         Err *err);
bool sparse_resolve(Scenario *scenario, const char *algorithm, uint64_t multiple_rows, char *note, int note_bytes,
                    Err *err);
#endif
