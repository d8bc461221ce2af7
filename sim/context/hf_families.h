/* What a model_type of config.json implies beside its keys: which layers are local, which weights it has, and the sizes
 * that transformers takes where a file leaves them out.
 *
 * Pure. Sources: the configuration and modelling classes of Hugging Face transformers, one row a class.
 */
#ifndef SIM_CONTEXT_HF_FAMILIES_H
#define SIM_CONTEXT_HF_FAMILIES_H
#include "sim/context/model.h"

/* Which layers are local, where neither layer_types nor another list says it. */
typedef enum HfPattern {
    HF_ALL_GLOBAL,   /* even with a sliding_window in the file */
    HF_ALL_LOCAL,    /* where a window is given: Mistral, Phi-3 */
    HF_LAST_GLOBAL,  /* the last of every period: Gemma 2 and 3, Command R7B, gpt-oss, Llama 4 */
    HF_FIRST_GLOBAL, /* the first of every period: ModernBERT */
    HF_FROM_LAYER    /* local from max_window_layers on: Qwen */
} HfPattern;

/* Traits: what a class does unless a key says otherwise. */
enum {
    HF_ENCODER = 1 << 0,      /* no causality, no KV cache */
    HF_PLAIN_MLP = 1 << 1,    /* two matrices, not three */
    HF_QKV_BIAS = 1 << 2,     /* on Q, K and V */
    HF_OUTPUT_BIAS = 1 << 3,  /* on attention's output */
    HF_MLP_BIAS = 1 << 4,     /* on the MLP */
    HF_TIED = 1 << 5,         /* the head is the embedding */
    HF_LEARNED = 1 << 6,      /* positions are a table */
    HF_ALIBI = 1 << 7,        /* positions are added to scores */
    HF_HEAD_NORM = 1 << 8,    /* a norm over each head of Q and K: 2 x head_dim */
    HF_WIDE_NORM = 1 << 9,    /* a norm over all of Q and K: (heads + KV heads) x head_dim */
    HF_HEAD_BIAS = 1 << 10,   /* a bias on the logits */
    HF_ROUTER_BIAS = 1 << 11, /* one number an expert */
    HF_MULTI_QUERY = 1 << 12, /* one KV head unless multi_query is false */
    HF_ALL_BIASES = HF_QKV_BIAS | HF_OUTPUT_BIAS | HF_MLP_BIAS
};

/* transformers' defaults; 0 where the class has none. */
typedef struct HfDefaults {
    uint64_t layer_count, hidden_elems, head_count, kv_head_count, head_dim_elems, mlp_elems, vocab_count, position_max;
    uint64_t window_rows;
} HfDefaults;

typedef struct HfFamily {
    HfPattern pattern;
    uint64_t period;                                 /* of the pattern, where no key gives it */
    unsigned traits;                                 /* HF_* bits */
    uint64_t layer_norm_vectors, outer_norm_vectors; /* rows of hidden_size: a LayerNorm with its shift is two */
    HfDefaults defaults;
} HfFamily;

/* The family of a model_type, or of one that shares its classes; MODEL_OTHER where we do not know it. */
ModelFamily hf_family_find(const char *model_type);
const HfFamily *hf_family(ModelFamily family);
#endif
