/* A transformer as far as its attention and its memory go: a list of layers, and sizes.
 *
 * A plain value, filled by hf_config.h from a Hugging Face config.json or by model_table.h from a
 * built-in one. Everything here is a pure function of it.
 * Not modelled: vision towers, adapters, multi-token-prediction heads.
 */
#ifndef SIM_CONTEXT_MODEL_H
#define SIM_CONTEXT_MODEL_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/err.h"
#include "sim/scenario.h"

/* X(ID, model_type key of config.json, how people say it). What each means: hf_families.c. */
#define MODEL_FAMILY_LIST(X)                                                                                           \
    X(LLAMA, "llama", "Llama")                                                                                         \
    X(MISTRAL, "mistral", "Mistral")                                                                                   \
    X(MIXTRAL, "mixtral", "Mixtral")                                                                                   \
    X(QWEN, "qwen", "Qwen")                                                                                            \
    X(QWEN2, "qwen2", "Qwen2")                                                                                         \
    X(QWEN2_MOE, "qwen2_moe", "Qwen2 MoE")                                                                             \
    X(QWEN3, "qwen3", "Qwen3")                                                                                         \
    X(QWEN3_MOE, "qwen3_moe", "Qwen3 MoE")                                                                             \
    X(GEMMA, "gemma", "Gemma")                                                                                         \
    X(GEMMA2, "gemma2", "Gemma 2")                                                                                     \
    X(GEMMA3, "gemma3_text", "Gemma 3")                                                                                \
    X(PHI, "phi", "Phi")                                                                                               \
    X(PHI3, "phi3", "Phi-3")                                                                                           \
    X(PHIMOE, "phimoe", "Phi-3.5-MoE")                                                                                 \
    X(FALCON, "falcon", "Falcon")                                                                                      \
    X(MPT, "mpt", "MPT")                                                                                               \
    X(DBRX, "dbrx", "DBRX")                                                                                            \
    X(GPT2, "gpt2", "GPT-2")                                                                                           \
    X(GPT_BIGCODE, "gpt_bigcode", "StarCoder")                                                                         \
    X(GPTJ, "gptj", "GPT-J")                                                                                           \
    X(GPT_NEO, "gpt_neo", "GPT-Neo")                                                                                   \
    X(GPT_NEOX, "gpt_neox", "GPT-NeoX")                                                                                \
    X(OPT, "opt", "OPT")                                                                                               \
    X(BLOOM, "bloom", "BLOOM")                                                                                         \
    X(STARCODER2, "starcoder2", "StarCoder2")                                                                          \
    X(STABLELM, "stablelm", "StableLM")                                                                                \
    X(BERT, "bert", "BERT")                                                                                            \
    X(ROBERTA, "roberta", "RoBERTa")                                                                                   \
    X(DISTILBERT, "distilbert", "DistilBERT")                                                                          \
    X(LONGFORMER, "longformer", "Longformer")                                                                          \
    X(MODERNBERT, "modernbert", "ModernBERT")                                                                          \
    X(DEEPSEEK, "deepseek", "DeepSeekMoE")                                                                             \
    X(DEEPSEEK_V2, "deepseek_v2", "DeepSeek-V2")                                                                       \
    X(DEEPSEEK_V3, "deepseek_v3", "DeepSeek-V3")                                                                       \
    X(DEEPSEEK_V32, "deepseek_v32", "DeepSeek-V3.2")                                                                   \
    X(MINICPM3, "minicpm3", "MiniCPM3")                                                                                \
    X(COHERE, "cohere", "Command R")                                                                                   \
    X(COHERE2, "cohere2", "Command R7B")                                                                               \
    X(GPT_OSS, "gpt_oss", "gpt-oss")                                                                                   \
    X(LLAMA4, "llama4_text", "Llama 4")                                                                                \
    X(CHATGLM, "chatglm", "ChatGLM")                                                                                   \
    X(GLM, "glm", "GLM-4")                                                                                             \
    X(GLM4, "glm4", "GLM-4-0414")                                                                                      \
    X(GLM4_MOE, "glm4_moe", "GLM-4.5")                                                                                 \
    X(OLMO2, "olmo2", "OLMo 2")                                                                                        \
    X(OLMO3, "olmo3", "OLMo 3")                                                                                        \
    X(EXAONE4, "exaone4", "EXAONE 4")                                                                                  \
    X(SMOLLM3, "smollm3", "SmolLM3")                                                                                   \
    X(INTERNLM2, "internlm2", "InternLM2")                                                                             \
    X(BAICHUAN, "baichuan", "Baichuan")                                                                                \
    X(GRANITE, "granite", "Granite")                                                                                   \
    X(NEMOTRON, "nemotron", "Nemotron")                                                                                \
    X(OTHER, "", "a decoder with Llama's keys")

typedef enum ModelFamily {
#define X(ID, key, title) MODEL_##ID,
    MODEL_FAMILY_LIST(X)
#undef X
        MODEL_FAMILY_COUNT
} ModelFamily;

/* ALiBi adds a distance to each score and has no table and no angles. */
typedef enum PositionKind { POSITION_ROPE, POSITION_LEARNED, POSITION_ALIBI } PositionKind;

enum { MODEL_LAYERS_MAX = 1024, MODEL_NOTES_MAX = 32, MODEL_NOTE_BYTES = 240 };

typedef struct ModelLayer {
    bool is_global;       /* every query sees every key that causality allows */
    uint64_t window_keys; /* local layer: keys a query sees beside itself, as Scenario.window_keys; else 0 */
    bool is_stateful;     /* no attention: a state of fixed size in its place (state space, linear attention, ...) */
    bool shares_cache;    /* reads the keys and values that an earlier layer keeps, and keeps none of its own */
    double rope_theta;    /* 0 where positions are learned */
} ModelLayer;

typedef struct Model {
    char name[64];    /* "llama-3-8b", or the config's path */
    char source[160]; /* where the figures come from */
    ModelFamily family;
    char family_key[48]; /* model_type as the config gives it */
    uint64_t layer_count;
    uint64_t hidden_elems, head_count, kv_head_count;
    uint64_t head_dim_elems;                                      /* of a query and a key; MLA: nope + rope parts */
    uint64_t value_dim_elems;                                     /* of a value; equals head_dim_elems but for MLA */
    uint64_t latent_elems, latent_rope_elems, query_latent_elems; /* MLA: cached latent and shared rope key; else 0 */
    uint64_t indexer_row_bytes;         /* DSA: a layer's fp8 indexer key of one token and its scale; else 0 */
    uint64_t mlp_elems;                 /* width of a dense layer's MLP */
    uint64_t vocab_count, position_max; /* longest input the model was made for */
    /* MoE; layer i has experts when i >= dense_layer_count and i + 1 is a multiple of expert_period. */
    uint64_t expert_count, expert_active_count, expert_mlp_elems, dense_layer_count, expert_period;
    uint64_t expert_shared_elems; /* width of what every token passes through beside its experts, all together */
    bool is_causal;               /* a decoder; false: an encoder, which keeps no KV cache */
    bool is_mlp_gated, is_embedding_tied, has_qkv_bias, has_output_bias, has_mlp_bias;
    /* Quantised weights: bits that a group of so many takes, scale and zero with it; 0 elements: none are. */
    uint64_t quantized_group_elems, quantized_group_bits;
    bool is_quantized_experts_only; /* else all matrices of the layers */
    /* Weights beside the matrices: scales and shifts of norms, tables of positions, what a family has of its own. */
    uint64_t layer_other_count, expert_layer_other_count, outer_other_count;
    PositionKind position;
    char rope_scaling[32]; /* "", or what the config names: "yarn", "llama3", ... */
    Dtype dtype;           /* of the weights, and of activations */
    Dtype cache_dtype;     /* of keys and values in the cache; dtype unless the file or the user says otherwise */
    ModelLayer layers[MODEL_LAYERS_MAX];
    char notes[MODEL_NOTES_MAX][MODEL_NOTE_BYTES]; /* what was assumed, a sentence each; shown to the user */
    int note_count;
} Model;

/* Adds an assumption to the model's notes; past the last place it is an assert. */
void model_note(Model *model, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *model_family_title(ModelFamily family);
bool model_is_mla(const Model *model);
uint64_t model_global_layer_count(const Model *model);
uint64_t model_attention_layer_count(const Model *model); /* all but the stateful ones */
uint64_t model_cache_layer_count(const Model *model);     /* those with a cache of their own */

/* All weights, biases and norms, tied embeddings once. Exact for the built-in models and most published ones. */
uint64_t model_parameter_count(const Model *model);
/* Those that one token passes through (experts not chosen left out, input embedding left out): 2 FLOPs each. */
uint64_t model_active_parameter_count(const Model *model);

/* Bytes of all weights, and of those that one token passes through: in dtype, but for what is quantised. */
uint64_t model_weight_bytes(const Model *model);
uint64_t model_active_weight_bytes(const Model *model);

/* Pairs (query, key) with a score in one head of one layer, n tokens in and n keys. */
uint64_t model_layer_pair_count(const Model *model, const ModelLayer *layer, uint64_t n_rows);

/* How keys and values are kept. KV_AS_MODEL leaves the heads as they are; the rest are what-ifs of the same
 * model: one K and V per query head, or one for all. Latent (MLA) caches ignore the what-ifs. */
typedef enum KvSharing { KV_AS_MODEL, KV_MHA, KV_MQA } KvSharing;
/* Cache of one token in one layer: 2 x kv_heads x head_dim x bytes, or MLA's (latent + rope) x bytes, and DSA's
 * indexer key, which is fp8 whatever the cache is. */
uint64_t model_kv_bytes_per_token_layer(const Model *model, KvSharing sharing, uint64_t elem_bytes);
/* The same over all layers with a cache, each holding every token. */
uint64_t model_kv_bytes_per_token(const Model *model, KvSharing sharing, uint64_t elem_bytes);
/* Whole cache of batch x tokens. Local layers keep a ring of window + 1 tokens. 0 for an encoder; CHECKED_MAX where
 * it does not fit 63 bits. */
uint64_t model_kv_bytes(const Model *model, KvSharing sharing, uint64_t elem_bytes, uint64_t batch_count,
                        uint64_t tokens_rows);
#endif
