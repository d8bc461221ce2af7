/* The families' rows: see hf_families.h. A row says only what differs from Llama's classes. */
#include "sim/context/hf_families.h"

#include <string.h>

/* Classes under another name: multimodal wrappers' text parts, and models that reuse a family's code. */
static const struct {
    const char *type;
    ModelFamily family;
} also_called[] = {
    {"gemma3", MODEL_GEMMA3},       {"mistral3", MODEL_MISTRAL},
    {"qwen2_vl", MODEL_QWEN2},      {"qwen2_vl_text", MODEL_QWEN2},
    {"qwen2_5_vl", MODEL_QWEN2},    {"qwen2_5_vl_text", MODEL_QWEN2},
    {"qwen3_vl_text", MODEL_QWEN3}, {"qwen3_vl_moe_text", MODEL_QWEN3_MOE},
    {"phi3_v", MODEL_PHI3},         {"phi4mm", MODEL_PHI3},
    {"RefinedWeb", MODEL_FALCON},   {"RefinedWebModel", MODEL_FALCON},
    {"xlm-roberta", MODEL_ROBERTA}, {"camembert", MODEL_ROBERTA},
    {"kimi_k2", MODEL_DEEPSEEK_V3},
};

ModelFamily hf_family_find(const char *model_type) {
    static const char *const keys[MODEL_FAMILY_COUNT] = {
#define X(ID, key, title) key,
        MODEL_FAMILY_LIST(X)
#undef X
    };
    for (int i = 0; i < MODEL_OTHER; i++)
        if (strcmp(keys[i], model_type) == 0) return (ModelFamily)i;
    for (size_t i = 0; i < sizeof also_called / sizeof also_called[0]; i++)
        if (strcmp(also_called[i].type, model_type) == 0) return also_called[i].family;
    return MODEL_OTHER;
}

/* RMSNorm before attention and before the MLP, and one at the end. */
#define RMS_NORMS .layer_norm_vectors = 2, .outer_norm_vectors = 1
/* The same places with LayerNorm: scale and shift. */
#define LAYER_NORMS .layer_norm_vectors = 4, .outer_norm_vectors = 2
/* One LayerNorm serves attention and MLP, which run side by side. */
#define PARALLEL_NORMS .layer_norm_vectors = 2, .outer_norm_vectors = 2
/* RMSNorm before and after both. */
#define SANDWICH_NORMS .layer_norm_vectors = 4, .outer_norm_vectors = 1

static const HfFamily families[MODEL_FAMILY_COUNT] = {
    [MODEL_LLAMA] = {RMS_NORMS, .defaults = {32, 4096, 32, 0, 0, 11008, 32000, 2048, 0}},
    [MODEL_MISTRAL] = {HF_ALL_LOCAL, RMS_NORMS, .defaults = {32, 4096, 32, 8, 0, 14336, 32000, 131072, 4096}},
    [MODEL_MIXTRAL] = {HF_ALL_LOCAL, RMS_NORMS, .defaults = {32, 4096, 32, 8, 0, 14336, 32000, 131072, 0}},
    [MODEL_QWEN] = {.traits = HF_QKV_BIAS, RMS_NORMS},
    [MODEL_QWEN2] = {HF_FROM_LAYER, .traits = HF_QKV_BIAS, RMS_NORMS,
                     .defaults = {32, 4096, 32, 32, 0, 22016, 151936, 32768, 4096}},
    [MODEL_QWEN2_MOE] = {HF_FROM_LAYER, .traits = HF_QKV_BIAS, RMS_NORMS},
    [MODEL_QWEN3] = {HF_FROM_LAYER, .traits = HF_HEAD_NORM, RMS_NORMS,
                     .defaults = {32, 4096, 32, 32, 128, 22016, 151936, 32768, 4096}},
    [MODEL_QWEN3_MOE] = {HF_FROM_LAYER, .traits = HF_HEAD_NORM, RMS_NORMS},
    [MODEL_GEMMA] = {.traits = HF_TIED, RMS_NORMS, .defaults = {28, 3072, 16, 16, 256, 24576, 256000, 8192, 0}},
    [MODEL_GEMMA2] = {HF_LAST_GLOBAL, 2, HF_TIED, SANDWICH_NORMS,
                      .defaults = {26, 2304, 8, 4, 256, 9216, 256000, 8192, 4096}},
    [MODEL_GEMMA3] = {HF_LAST_GLOBAL, 6, HF_TIED | HF_HEAD_NORM, SANDWICH_NORMS,
                      .defaults = {26, 2304, 8, 4, 256, 9216, 262208, 131072, 4096}},
    [MODEL_PHI] = {.traits = HF_PLAIN_MLP | HF_ALL_BIASES | HF_HEAD_BIAS, PARALLEL_NORMS},
    [MODEL_PHI3] = {HF_ALL_LOCAL, RMS_NORMS, .defaults = {32, 3072, 32, 0, 0, 8192, 32064, 4096, 0}},
    [MODEL_PHIMOE] = {HF_ALL_LOCAL, .traits = HF_HEAD_BIAS, LAYER_NORMS},
    [MODEL_FALCON] = {.traits = HF_PLAIN_MLP | HF_TIED | HF_MULTI_QUERY, LAYER_NORMS},
    [MODEL_MPT] = {.traits = HF_PLAIN_MLP | HF_TIED | HF_ALIBI, RMS_NORMS},
    [MODEL_DBRX] = {RMS_NORMS},
    [MODEL_GPT2] = {.traits = HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_LEARNED, LAYER_NORMS},
    [MODEL_GPT_BIGCODE] = {.traits = HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_LEARNED | HF_MULTI_QUERY, LAYER_NORMS},
    [MODEL_GPTJ] = {.traits = HF_PLAIN_MLP | HF_MLP_BIAS | HF_HEAD_BIAS, PARALLEL_NORMS},
    [MODEL_GPT_NEO] = {.traits = HF_PLAIN_MLP | HF_TIED | HF_OUTPUT_BIAS | HF_MLP_BIAS | HF_LEARNED, LAYER_NORMS},
    [MODEL_GPT_NEOX] = {.traits = HF_PLAIN_MLP | HF_ALL_BIASES, LAYER_NORMS},
    [MODEL_OPT] = {.traits = HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_LEARNED, LAYER_NORMS},
    /* BLOOM has one more LayerNorm, on its embeddings. */
    [MODEL_BLOOM] = {.traits = HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_ALIBI,
                     .layer_norm_vectors = 4,
                     .outer_norm_vectors = 4},
    [MODEL_STARCODER2] = {HF_ALL_LOCAL, .traits = HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES, LAYER_NORMS},
    [MODEL_STABLELM] = {LAYER_NORMS},
    [MODEL_BERT] = {.traits = HF_ENCODER | HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_LEARNED, LAYER_NORMS},
    [MODEL_ROBERTA] = {.traits = HF_ENCODER | HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_LEARNED, LAYER_NORMS},
    [MODEL_DISTILBERT] = {.traits = HF_ENCODER | HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_LEARNED, LAYER_NORMS},
    [MODEL_LONGFORMER] = {HF_ALL_LOCAL, .traits = HF_ENCODER | HF_PLAIN_MLP | HF_TIED | HF_ALL_BIASES | HF_LEARNED,
                          LAYER_NORMS},
    /* Scales only; the first layer has no attention norm, so one of the two outer norms is taken off. */
    [MODEL_MODERNBERT] = {HF_FIRST_GLOBAL, 3, HF_ENCODER | HF_TIED, .layer_norm_vectors = 2, .outer_norm_vectors = 1,
                          .defaults = {22, 768, 12, 0, 0, 1152, 50368, 8192, 0}},
    [MODEL_DEEPSEEK] = {RMS_NORMS},
    [MODEL_DEEPSEEK_V2] = {RMS_NORMS},
    [MODEL_DEEPSEEK_V3] = {.traits = HF_ROUTER_BIAS, RMS_NORMS},
    [MODEL_DEEPSEEK_V32] = {.traits = HF_ROUTER_BIAS, RMS_NORMS},
    [MODEL_MINICPM3] = {.traits = HF_TIED, RMS_NORMS},
    [MODEL_COHERE] = {.traits = HF_TIED, .layer_norm_vectors = 1, .outer_norm_vectors = 1},
    [MODEL_COHERE2] = {HF_LAST_GLOBAL, 4, HF_TIED, .layer_norm_vectors = 1, .outer_norm_vectors = 1,
                       .defaults = {40, 8192, 64, 0, 0, 22528, 256000, 8192, 4096}},
    [MODEL_GPT_OSS] = {HF_LAST_GLOBAL, 2, HF_ALL_BIASES | HF_ROUTER_BIAS, RMS_NORMS,
                       .defaults = {36, 2880, 64, 8, 64, 2880, 201088, 131072, 128}},
    [MODEL_LLAMA4] = {HF_LAST_GLOBAL, 4, RMS_NORMS, .defaults = {48, 5120, 40, 8, 128, 8192, 202048, 131072, 8192}},
    [MODEL_CHATGLM] = {.traits = HF_QKV_BIAS, RMS_NORMS},
    [MODEL_GLM] = {.traits = HF_QKV_BIAS, RMS_NORMS, .defaults = {.head_dim_elems = 128}},
    [MODEL_GLM4] = {.traits = HF_QKV_BIAS, SANDWICH_NORMS, .defaults = {.head_dim_elems = 128}},
    [MODEL_GLM4_MOE] = {.traits = HF_QKV_BIAS | HF_ROUTER_BIAS, RMS_NORMS, .defaults = {.head_dim_elems = 128}},
    [MODEL_OLMO2] = {.traits = HF_WIDE_NORM, RMS_NORMS},
    [MODEL_OLMO3] = {HF_LAST_GLOBAL, 4, HF_WIDE_NORM, RMS_NORMS, .defaults = {.window_rows = 4096}},
    [MODEL_EXAONE4] = {HF_LAST_GLOBAL, 4, HF_HEAD_NORM, RMS_NORMS},
    [MODEL_SMOLLM3] = {.traits = HF_TIED, RMS_NORMS},
    [MODEL_INTERNLM2] = {RMS_NORMS},
    [MODEL_BAICHUAN] = {RMS_NORMS},
    [MODEL_GRANITE] = {RMS_NORMS},
    [MODEL_NEMOTRON] = {.traits = HF_PLAIN_MLP, LAYER_NORMS},
    [MODEL_OTHER] = {RMS_NORMS},
};

const HfFamily *hf_family(ModelFamily family) { return &families[family]; }
