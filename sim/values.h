/* Values: the replay of one head with real numbers, to show that flash attention is exact.
 *
 *     inputs (seeded, rounded to dtype) --steps--> S, P, m, l, rescale factor, O        as the kernels compute them
 *                                      \-> float64 softmax(Q K^T / sqrt(d)) V           over the keys a row has seen
 *
 * Emulated: operands, P and what is stored are rounded to fp16, bf16 or fp8 e4m3 (round to nearest, ties to even, with
 * subnormals); scores, statistics and sums are fp32, as tensor cores keep them. standard stores S and P in dtype and
 * divides P by l; flash1 divides O at every visit of a K block (Dao et al. 2022, Algorithm 1); flash2 and flash3 once,
 * at the end (Dao 2023, Algorithm 1). Not modelled: the order of sums inside a tile product, exp2 with a folded scale,
 * the backward pass, dropout and mask tensors. Pure: equal seeds give equal numbers. All memory is the caller's
 * arena's.
 */
#ifndef SIM_VALUES_H
#define SIM_VALUES_H
#include "sim/replay.h"

enum { VALUES_MAX_ROWS = 128, VALUES_DIM_MAX_ELEMS = 128 };

/* The inputs of one head, row by row. */
typedef struct ValuesInput {
    uint64_t rows, keys, dim; /* N_q, N_k, d */
    Dtype dtype;
    float *q, *k, *v;
} ValuesInput;

/* Fails where the scenario is too large or holds what is not modelled. Normal numbers out of scenario.seed. */
bool values_make(const Program *program, Arena *arena, ValuesInput *input, Err *err);

typedef struct ValuesState {
    float *scores;                     /* rows x keys: S, as last computed */
    float *probabilities;              /* rows x keys: P = exp(S - m) of flash, P / l of standard */
    bool *has_score, *has_probability; /* computed so far */
    float *row_max, *row_sum;          /* m, l */
    float *rescale;                    /* exp(m_old - m_new) of the row's last tile; 1 before any */
    float *output;                     /* rows x dim: O, divided by l where the algorithm has not done so yet */
    uint64_t *seen_keys;               /* keys that O holds so far */
    double *error;    /* by row: largest |O - float64| over d, the reference over the keys seen so far */
    double error_max; /* of all rows that have seen a key */
} ValuesState;

/* The numbers of head (batch, head) of `state` after its step has run. Walks that head's steps: O(N^2 d). */
void values_at(const Program *program, const ValuesInput *input, const ReplayState *state, Arena *arena,
               ValuesState *values);

/* x as dtype holds it; beyond the largest number: infinity (fp8 e4m3: 448). */
float values_round(float x, Dtype dtype);
#endif
