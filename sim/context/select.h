/* Learned and fixed sparsity on real numbers: which keys each query keeps, and what that costs.
 *
 * One head: Q, K, V of n x d, seeded or read from .npy. A method marks the keys that every query keeps;
 * the output over the kept keys is then set beside dense attention in float64.
 * Everything is a pure function of its arguments; memory comes from the caller's arena.
 *
 * Not modelled: what training would teach. MoBA and Quest have nothing to learn; NSA's compression is the
 * mean here (the paper learns an MLP) and its three gated branches are one softmax over the union of the
 * selected and the window's keys; DSA's indexer scores with q and k themselves, rounded to fp8 (the paper
 * learns 64 small heads).
 * Sources: MoBA arXiv 2502.13189; NSA arXiv 2502.11089; Quest arXiv 2406.10774; DeepSeek-V3.2 report (DSA);
 * Longformer arXiv 2004.05150.
 */
#ifndef SIM_CONTEXT_SELECT_H
#define SIM_CONTEXT_SELECT_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

/* X(ID, name). The names are also those of the algorithms that run these selections tile by tile. */
#define SELECT_METHOD_LIST(X)                                                                                          \
    X(DENSE, "dense")                                                                                                  \
    X(WINDOW, "window")                                                                                                \
    X(LONGFORMER, "longformer")                                                                                        \
    X(MOBA, "moba")                                                                                                    \
    X(NSA, "nsa")                                                                                                      \
    X(QUEST, "quest")                                                                                                  \
    X(DSA, "dsa")

typedef enum SelectMethod {
#define X(ID, name) SELECT_##ID,
    SELECT_METHOD_LIST(X)
#undef X
        SELECT_METHOD_COUNT
} SelectMethod;
const char *select_method_name(SelectMethod method);

/* One head's numbers, row-major n_rows x dim_elems. */
typedef struct SelectInput {
    uint64_t n_rows, dim_elems;
    const double *q, *k, *v;
    const char *origin; /* "seed 1" or the files' names: shown beside every figure */
} SelectInput;

/* 0 means the paper's own value; select_resolve fills it in. */
typedef struct SelectOptions {
    SelectMethod method;
    bool is_causal;
    uint64_t block_rows;         /* MoBA block, NSA selection block, Quest page */
    uint64_t select_count;       /* blocks, pages or (DSA) tokens a query keeps, forced ones included */
    uint64_t window_keys;        /* window, longformer, NSA: keys beside the query itself */
    uint64_t global_token_count; /* longformer: the first tokens, seen by all and seeing all */
    uint64_t compress_rows, compress_stride_rows; /* NSA */
} SelectOptions;
SelectOptions select_resolve(SelectOptions options);

/* A set of keys per query: bit k of row q. */
typedef struct SelectKeys {
    uint64_t n_rows, words_per_row;
    uint64_t *bits;
    uint64_t *read_rows; /* per query: K and V rows read, each branch by itself */
} SelectKeys;
static inline bool select_is_kept(const SelectKeys *keys, uint64_t query, uint64_t key) {
    return keys->bits[query * keys->words_per_row + key / 64] >> key % 64 & 1;
}

/* Made data with the features that sparsity lives on: a sink at the first token, nearness, and topics that
 * return (a query looks for one or two earlier segments). It is made, not measured on a model. */
SelectInput select_seeded_input(uint64_t n_rows, uint64_t dim_elems, uint64_t seed, Arena *arena);
/* Q, K, V from three .npy files of shape [n, d], [heads, n, d] or [batch, heads, n, d]; `head` picks the slice. A
 * path that was not given is NULL, and an error. */
bool select_read_input(const char *q_path, const char *k_path, const char *v_path, uint64_t head, SelectInput *input,
                       Arena *arena, Err *err);

/* Runs the selection. */
SelectKeys select_run(const SelectInput *input, SelectOptions options, Arena *arena);

/* What a method reads, in rows of K and V together ("token-equivalents": one key and one value row).
 * Closed form for one query that sees n keys: the kept rows and what the choosing itself reads. */
typedef struct SelectCost {
    double chosen_rows;   /* of K and V */
    double choosing_rows; /* block means, page bounds, compressed rows, indexer keys, as K-and-V rows */
} SelectCost;
SelectCost select_cost(SelectOptions options, uint64_t n_rows, uint64_t dim_elems, uint64_t elem_bytes);

typedef struct SelectQuality {
    double mass_kept;        /* mean over queries of the dense probability on kept keys */
    double mass_kept_min;    /* worst query */
    double output_error;     /* |O - O_dense| / |O_dense|, Frobenius */
    double output_error_max; /* largest element of |O - O_dense| */
    double key_fraction;     /* kept pairs / pairs that dense scores */
    double read_fraction;    /* bytes of K, V and of choosing / bytes of K and V dense reads, mean over queries */
} SelectQuality;

/* Dense attention in float64: outputs (n x d), per row max and sum, and up to 2048 rows also exp(score - row max). */
typedef struct SelectDense {
    const double *output, *row_max, *row_sum;
    const double *weights; /* n x n; NULL for more rows */
} SelectDense;
SelectDense select_dense(const SelectInput *input, bool is_causal, Arena *arena);
/* Output over the kept keys only, n x d. */
const double *select_output(const SelectInput *input, const SelectKeys *keys, Arena *arena);
SelectQuality select_measure(const SelectInput *input, SelectOptions options, const SelectDense *dense, Arena *arena);

/* One point of the trade-off curve. */
typedef struct SelectPoint {
    SelectOptions options;
    SelectQuality quality;
} SelectPoint;
/* Sweeps each method's budget by doubling until it covers all keys; returns how many points were written. */
int select_tradeoff(const SelectInput *input, bool is_causal, SelectPoint *points, int points_max, Arena *arena);
#endif
