/* Sizes, as each family spells them: see hf_sizes.h.
 *
 * Sources: the configuration classes of Hugging Face transformers (names and defaults), and for models that brought
 * their own code (MPT, ChatGLM, the first Qwen) the config.json files they were published with.
 */
#include "sim/context/hf_sizes.h"

#include <math.h>
#include <string.h>

#include "sim/context/hf_families.h"

enum { SIZE_MAX_ELEMS = 1 << 24, HEADS_MAX = 1 << 14, POSITIONS_MAX = 1 << 30, EXPERTS_MAX = 1 << 16 };

typedef const char *const Names[];
static Names layer_names = {"num_hidden_layers", "n_layer", "n_layers", "num_layers", NULL};
static Names hidden_names = {"hidden_size", "n_embd", "d_model", "n_embed", "dim", NULL};
static Names head_names = {"num_attention_heads", "n_head", "n_heads", "num_heads", NULL};
static Names kv_head_names = {"num_kv_heads", "n_head_kv", "n_kv_heads", "num_query_groups", NULL};
static Names head_dim_names = {"head_dim", "kv_channels", NULL};
static Names mlp_names = {"intermediate_size", "n_inner",           "ffn_dim", "ffn_hidden_size",
                          "hidden_dim",        "inner_hidden_size", NULL};
static Names vocab_names = {"vocab_size", "padded_vocab_size", NULL};
static Names expert_names = {"n_routed_experts", "num_local_experts", "num_experts", "moe_num_experts", NULL};
static Names active_names = {
    "num_experts_per_tok", "experts_per_token", "moe_top_k", "moe_topk", "num_experts_per_token", NULL};
/* The longest input; files may have several of these, and the first that is there says it. */
static Names position_names = {"max_position_embeddings", "n_positions",         "max_seq_len", "seq_length",
                               "model_max_length",        "max_sequence_length", "n_ctx",       NULL};

/* A size that attention cannot be counted without. */
static uint64_t size_needed(HfKeys *keys, const char *const *names, uint64_t max, uint64_t class_default) {
    const char *name = hf_spelling(keys, names);
    if (!name && hf_is_nested(keys) && class_default) return hf_take(keys, names[0], class_default);
    return hf_count(keys, name ? name : names[0], max);
}

/* A size that attention can do without; where it is missing the plan says what it took. */
static uint64_t size_assumed(HfKeys *keys, const char *const *names, uint64_t max, uint64_t class_default,
                             uint64_t assumed, const char *why, Model *model) {
    const char *name = hf_spelling(keys, names);
    if (name) return hf_count(keys, name, max);
    if (hf_is_nested(keys) && class_default) return hf_take(keys, names[0], class_default);
    if (why) model_note(model, "%s is missing: %llu is taken, %s.", names[0], (unsigned long long)assumed, why);
    return assumed;
}

static uint64_t read_positions(HfKeys *keys, Model *model) {
    uint64_t class_default = hf_family(model->family)->defaults.position_max;
    int i = 0;
    while (position_names[i] && !hf_has(keys, position_names[i])) i++;
    if (!position_names[i]) {
        if (class_default) return hf_take(keys, position_names[0], class_default);
        model_note(model, "max_position_embeddings is missing: 2048 is taken, Llama's default.");
        return 2048;
    }
    uint64_t positions = hf_count(keys, position_names[i], POSITIONS_MAX);
    uint64_t context = hf_count_or(keys, "n_ctx", 1, POSITIONS_MAX, positions);
    if (model->family == MODEL_GPT2 && context != positions)
        hf_fail(keys, "n_ctx is %llu and n_positions is %llu; they must agree", (unsigned long long)context,
                (unsigned long long)positions);
    uint64_t longest = hf_count_or(keys, "model_max_length", 1, POSITIONS_MAX, positions);
    if (model->family == MODEL_COHERE && longest > positions) {
        model_note(model,
                   "model_max_length is %llu and max_position_embeddings %llu: the longer is what it was made for.",
                   (unsigned long long)longest, (unsigned long long)positions);
        positions = longest;
    }
    return positions;
}

/* Heads. */

/* MPT and DBRX keep the KV heads in attn_config. 0 where they say nothing. */
static uint64_t kv_heads_of_attn_config(HfKeys *keys) {
    json_t *outer = keys->root, *inner = hf_value(keys, "attn_config");
    if (!json_is_object(inner)) return 0;
    keys->root = inner;
    const char *type = hf_text(keys, "attn_type");
    uint64_t count = hf_count_or(keys, "kv_n_heads", 1, HEADS_MAX, 0);
    if (type && strcmp(type, "multiquery_attention") == 0) count = 1;
    if (type && strcmp(type, "grouped_query_attention") == 0) count = hf_count(keys, "kv_n_heads", HEADS_MAX);
    keys->root = outer;
    return count;
}

/* Falcon's rule: multi_query means one KV head, unless new_decoder_architecture says how many. */
static bool is_multi_query(HfKeys *keys, const Model *model) {
    bool is_falcon = model->family == MODEL_FALCON;
    if (is_falcon && hf_bool_or(keys, "new_decoder_architecture", false)) return false;
    if (is_falcon && hf_has(keys, "n_head_kv") && !hf_has(keys, "multi_query")) return false;
    return hf_bool_or(keys, "multi_query", hf_family(model->family)->traits & HF_MULTI_QUERY);
}

static uint64_t read_kv_heads(HfKeys *keys, const Model *model) {
    static const char key[] = "num_key_value_heads";
    bool is_one = is_multi_query(keys, model);
    if (hf_has(keys, key)) {
        uint64_t count = hf_count(keys, key, HEADS_MAX);
        if (is_one && hf_has(keys, "multi_query") && count != 1)
            hf_fail(keys, "multi_query is true but %s is %llu; multi-query attention has one", key,
                    (unsigned long long)count);
        return count;
    }
    if (is_one) return 1;
    if (hf_bool_or(keys, "multi_query_attention", false)) return hf_count(keys, "multi_query_group_num", HEADS_MAX);
    uint64_t in_attn_config = kv_heads_of_attn_config(keys);
    if (in_attn_config) return in_attn_config;
    const char *name = hf_spelling(keys, kv_head_names);
    if (name) return hf_count(keys, name, HEADS_MAX);
    uint64_t class_default = hf_family(model->family)->defaults.kv_head_count;
    if (hf_is_null(keys, key) || !class_default) return model->head_count;
    return hf_take(keys, key, class_default);
}

/* head_dim, and what must divide what. */
static void read_heads(HfKeys *keys, Model *model) {
    unsigned long long h = model->hidden_elems, heads = model->head_count;
    uint64_t class_default = hf_family(model->family)->defaults.head_dim_elems;
    model->kv_head_count = read_kv_heads(keys, model);
    const char *name = hf_spelling(keys, head_dim_names);
    if (keys->has_failed) return;
    if (!model_is_mla(model)) {
        if (name)
            model->head_dim_elems = hf_count(keys, name, 4096);
        else if (class_default && !hf_is_null(keys, "head_dim"))
            model->head_dim_elems = hf_take(keys, "head_dim", class_default);
        else if (h % heads != 0)
            hf_fail(keys, "hidden size %llu is not a multiple of %llu attention heads, and head_dim is not given", h,
                    heads);
        else
            model->head_dim_elems = h / heads;
        model->value_dim_elems = model->head_dim_elems;
        if (model->head_dim_elems > 4096) hf_fail(keys, "a head of %llu elements is more than 4096", h / heads);
    }
    unsigned long long kv = model->kv_head_count;
    bool is_taken = strstr(keys->taken, "num_key_value_heads") != NULL;
    if (kv > heads || heads % kv != 0)
        hf_fail(keys, "num_attention_heads is %llu; it must be a multiple of num_key_value_heads, which is %llu%s",
                heads, kv, is_taken ? ", transformers' default where the file says nothing" : "");
}

/* Multi-head latent attention: one latent vector a token is cached, and one rope key for all heads. */
static void read_mla(HfKeys *keys, Model *model) {
    model->latent_elems = hf_count(keys, "kv_lora_rank", SIZE_MAX_ELEMS);
    model->latent_rope_elems = hf_count(keys, "qk_rope_head_dim", 4096);
    model->query_latent_elems = hf_count_or(keys, "q_lora_rank", 1, SIZE_MAX_ELEMS, 0);
    uint64_t nope_elems = hf_count(keys, "qk_nope_head_dim", 4096);
    model->head_dim_elems = nope_elems + model->latent_rope_elems;
    if (!hf_has(keys, "v_head_dim"))
        model_note(model, "v_head_dim is missing: %llu is taken, as qk_nope_head_dim.", (unsigned long long)nope_elems);
    model->value_dim_elems = hf_count_or(keys, "v_head_dim", 1, 4096, nope_elems);
    model_note(model,
               "Multi-head latent attention: the cache holds %llu + %llu elements a token and layer; attention's own "
               "bytes are "
               "counted expanded, %llu heads with keys and values of %llu.",
               (unsigned long long)model->latent_elems, (unsigned long long)model->latent_rope_elems,
               (unsigned long long)model->head_count, (unsigned long long)model->head_dim_elems);
    /* DeepSeek sparse attention keeps an fp8 key of its indexer and a 4-byte scale beside the latent. */
    uint64_t index_elems = hf_count_or(keys, "index_head_dim", 1, 4096, 0);
    if (!index_elems) return;
    model->indexer_row_bytes = index_elems + 4;
    model_note(model,
               "index_head_dim is %llu: the cache has %llu bytes more a token and layer, the indexer's fp8 keys; "
               "attention is counted dense.",
               (unsigned long long)index_elems, (unsigned long long)model->indexer_row_bytes);
}

/* The MLP and its experts. */

/* Gemma 3n gives a width a layer; the largest stands for all. 0 where the file has one number or none. */
static uint64_t widest_of_list(HfKeys *keys, Model *model) {
    json_t *list = hf_value(keys, "intermediate_size");
    json_int_t widest = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t width = json_integer_value(json_array_get(list, i));
        widest = width > widest ? width : widest;
    }
    if (widest < 1 || widest > SIZE_MAX_ELEMS) return 0;
    model_note(model, "intermediate_size is a list: the widest, %lld, is taken for every layer.", (long long)widest);
    return (uint64_t)widest;
}

/* Width of an MLP that the class derives: MPT gives the ratio, the plain MLPs of GPT-2's kind are 4 x hidden_size. */
static void read_mlp(HfKeys *keys, Model *model) {
    const HfFamily *family = hf_family(model->family);
    double ratio = hf_real_or(keys, "expansion_ratio", 4);
    uint64_t derived = (uint64_t)fmin(ratio * (double)model->hidden_elems, SIZE_MAX_ELEMS);
    bool is_class_rule = family->traits & HF_PLAIN_MLP || hf_has(keys, "expansion_ratio") || hf_has(keys, "ffn_config");
    model->mlp_elems = widest_of_list(keys, model);
    if (model->mlp_elems > 0) return;
    model->mlp_elems = size_assumed(keys, mlp_names, SIZE_MAX_ELEMS, family->defaults.mlp_elems, derived,
                                    is_class_rule ? NULL : "4 x hidden_size", model);
    /* Llama 4 calls its experts' width intermediate_size; the first Qwen counts both halves of its gated MLP. */
    if (model->family == MODEL_LLAMA4)
        model->mlp_elems = hf_count_or(keys, "intermediate_size_mlp", 1, SIZE_MAX_ELEMS, model->mlp_elems);
    if (model->family == MODEL_QWEN) model->mlp_elems /= 2;
}

static void read_expert_widths(HfKeys *keys, Model *model) {
    const char *width_key = model->family == MODEL_LLAMA4           ? "intermediate_size"
                            : hf_has(keys, "moe_intermediate_size") ? "moe_intermediate_size"
                                                                    : "ffn_hidden_size";
    model->expert_mlp_elems = hf_count_or(keys, width_key, 1, SIZE_MAX_ELEMS, model->mlp_elems);
    const char *shared_key = hf_has(keys, "n_shared_experts") ? "n_shared_experts" : "num_shared_experts";
    uint64_t shared_count = hf_count_or(keys, shared_key, 0, EXPERTS_MAX, model->family == MODEL_LLAMA4);
    model->expert_shared_elems =
        hf_count_or(keys, "shared_expert_intermediate_size", 0, SIZE_MAX_ELEMS, shared_count * model->expert_mlp_elems);
}

static void read_experts(HfKeys *keys, Model *model) {
    json_t *outer = keys->root, *inner = hf_value(keys, "ffn_config"); /* DBRX */
    if (json_is_object(inner)) keys->root = inner;
    const char *count_key = hf_spelling(keys, expert_names), *active_key = hf_spelling(keys, active_names);
    model->expert_count = count_key ? hf_count_or(keys, count_key, 0, EXPERTS_MAX, 0) : 0;
    if (model->expert_count > 0) {
        model->expert_active_count = hf_count(keys, active_key ? active_key : active_names[0], EXPERTS_MAX);
        if (model->expert_active_count > model->expert_count)
            hf_fail(keys, "%s is %llu but %s is only %llu", active_key, (unsigned long long)model->expert_active_count,
                    count_key, (unsigned long long)model->expert_count);
        read_expert_widths(keys, model);
    }
    keys->root = outer;
    model->dense_layer_count = hf_count_or(keys, "first_k_dense_replace", 0, MODEL_LAYERS_MAX, 0);
    const char *const period_keys[] = {"interleave_moe_layer_step", "expert_layer_period", "decoder_sparse_step", NULL};
    const char *period_key = hf_spelling(keys, period_keys);
    model->expert_period = period_key ? hf_count_or(keys, period_key, 1, MODEL_LAYERS_MAX, 1) : 1;
    json_t *dense_layers = hf_value(keys, "mlp_only_layers");
    if (json_is_array(dense_layers) && json_array_size(dense_layers) > 0)
        model_note(model, "mlp_only_layers is not read: weights are counted as if these layers had experts too.");
}

/* Biases and the rest. */

static void read_biases(HfKeys *keys, Model *model) {
    unsigned traits = hf_family(model->family)->traits;
    bool has_attention = hf_bool_or(keys, "attention_bias", false) || hf_bool_or(keys, "use_qkv_bias", false);
    bool is_given = hf_has(keys, "attention_bias");
    /* A class with a bias on Q, K and V alone has none on the output, whatever attention_bias says. */
    bool only_qkv = (traits & HF_QKV_BIAS) && !(traits & HF_OUTPUT_BIAS);
    model->has_qkv_bias = has_attention || (!is_given && (traits & HF_QKV_BIAS)) || only_qkv;
    model->has_output_bias = !only_qkv && (is_given ? has_attention : (traits & HF_OUTPUT_BIAS) != 0);
    model->has_mlp_bias = hf_bool_or(keys, "mlp_bias", traits & HF_MLP_BIAS);
    const char *all_key = model->family == MODEL_FALCON ? "bias" : model->family == MODEL_STARCODER2 ? "use_bias" : "";
    if (hf_has(keys, all_key))
        model->has_qkv_bias = model->has_output_bias = model->has_mlp_bias = hf_bool_or(keys, all_key, false);
}

static void read_position_kind(HfKeys *keys, Model *model) {
    unsigned traits = hf_family(model->family)->traits;
    bool has_alibi = hf_bool_or(keys, "alibi", traits & HF_ALIBI);
    model->position = has_alibi ? POSITION_ALIBI : traits & HF_LEARNED ? POSITION_LEARNED : POSITION_ROPE;
}

void hf_sizes_read(HfKeys *keys, Model *model) {
    const HfFamily *family = hf_family(model->family);
    const HfDefaults *of_class = &family->defaults;
    model->layer_count = size_needed(keys, layer_names, MODEL_LAYERS_MAX, of_class->layer_count);
    model->hidden_elems = size_needed(keys, hidden_names, SIZE_MAX_ELEMS, of_class->hidden_elems);
    model->head_count = size_needed(keys, head_names, HEADS_MAX, of_class->head_count);
    read_mlp(keys, model);
    model->vocab_count =
        size_assumed(keys, vocab_names, SIZE_MAX_ELEMS, of_class->vocab_count, 32000, "Llama's default", model);
    model->position_max = read_positions(keys, model);
    model->is_causal = !(family->traits & HF_ENCODER) || hf_bool_or(keys, "is_decoder", false);
    model->is_mlp_gated = !(family->traits & HF_PLAIN_MLP);
    model->is_embedding_tied = hf_bool_or(keys, "tie_word_embeddings", family->traits & HF_TIED);
    read_biases(keys, model);
    read_position_kind(keys, model);
    bool is_deepseek =
        model->family == MODEL_DEEPSEEK_V2 || model->family == MODEL_DEEPSEEK_V3 || model->family == MODEL_DEEPSEEK_V32;
    if (is_deepseek || hf_has(keys, "kv_lora_rank")) read_mla(keys, model);
    read_experts(keys, model);
    read_heads(keys, model);
}

/* Weights beside the matrices. */

/* Scales and shifts of one layer's norms, in rows of hidden_size. Falcon-7B's one LayerNorm serves both halves. */
static uint64_t layer_norm_vectors(HfKeys *keys, const Model *model) {
    uint64_t vectors = hf_family(model->family)->layer_norm_vectors;
    if (model->family != MODEL_FALCON || !hf_bool_or(keys, "parallel_attn", true)) return vectors;
    bool is_new = hf_bool_or(keys, "new_decoder_architecture", hf_has(keys, "n_head_kv"));
    return is_new && hf_count_or(keys, "num_ln_in_parallel_attn", 1, 2, 2) == 2 ? vectors : vectors / 2;
}

/* What the encoders of BERT's kind have around their layers: token types and a pooler. */
static uint64_t bert_outer_count(HfKeys *keys, const Model *model) {
    uint64_t h = model->hidden_elems;
    if (model->family != MODEL_BERT && model->family != MODEL_ROBERTA && model->family != MODEL_LONGFORMER) return 0;
    return hf_count_or(keys, "type_vocab_size", 0, 1024, 2) * h + h * h + h;
}

void hf_weights_read(HfKeys *keys, Model *model) {
    const HfFamily *family = hf_family(model->family);
    uint64_t h = model->hidden_elems, wide = (model->head_count + model->kv_head_count) * model->head_dim_elems;
    bool has_wide_norm =
        family->traits & HF_WIDE_NORM || (model->family == MODEL_COHERE && hf_bool_or(keys, "use_qk_norm", false));
    model->layer_other_count = layer_norm_vectors(keys, model) * h;
    if (family->traits & HF_HEAD_NORM) model->layer_other_count += 2 * model->head_dim_elems;
    if (has_wide_norm) model->layer_other_count += wide;
    if (model->family == MODEL_GPT_OSS) model->layer_other_count += model->head_count; /* sinks */
    /* Longformer projects the tokens that see everything a second time. */
    if (model->family == MODEL_LONGFORMER) model->layer_other_count += 3 * (h * h + h);
    if (family->traits & HF_ROUTER_BIAS) model->expert_layer_other_count = model->expert_count;
    if (model->family == MODEL_QWEN2_MOE) model->expert_layer_other_count = h; /* the shared expert's gate */

    model->outer_other_count = family->outer_norm_vectors * h + bert_outer_count(keys, model);
    if (family->traits & HF_HEAD_BIAS) model->outer_other_count += model->vocab_count;
    if (hf_has(keys, "hidden_size_per_layer_input"))
        model_note(model, "Embeddings by layer (hidden_size_per_layer_input) are not counted among the weights.");
    if (model->position != POSITION_LEARNED) return;
    /* OPT's table has two rows more than positions; the two that RoBERTa's file counts in are padding. */
    uint64_t rows = model->position_max + (model->family == MODEL_OPT ? 2 : 0);
    model->outer_other_count += rows * h;
    bool has_padding = model->family == MODEL_ROBERTA || model->family == MODEL_LONGFORMER;
    if (has_padding && model->position_max > 2) model->position_max -= 2;
}
