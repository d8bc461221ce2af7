/* config.json -> Model: which key means what in which family. See hf_config.h.
 *
 * Sources: the configuration classes of Hugging Face transformers (names, defaults, layer patterns).
 */
#include "sim/context/hf_config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/context/hf_keys.h"
#include "sim/context/hf_layers.h"

enum { SIZE_MAX_ELEMS = 1 << 24, HEADS_MAX = 1 << 14, POSITIONS_MAX = 1 << 30 };

/* The family of a model_type; MODEL_OTHER where we do not know it. */
static ModelFamily family_find(const char *type) {
    static const char *const keys[MODEL_FAMILY_COUNT] = {
#define X(ID, key, title) key,
        MODEL_FAMILY_LIST(X)
#undef X
    };
    if (strcmp(type, "gemma3") == 0) return MODEL_GEMMA3;
    for (int i = 0; i < MODEL_OTHER; i++)
        if (strcmp(keys[i], type) == 0) return (ModelFamily)i;
    return MODEL_OTHER;
}

static void read_family(HfKeys *keys, Model *model) {
    const char *type = hf_text(keys, "model_type");
    if (type && (strlen(type) == 0 || strlen(type) >= sizeof model->family_key)) {
        hf_fail(keys, "model_type is empty or longer than %zu characters", sizeof model->family_key - 1);
        return;
    }
    if (hf_bool_or(keys, "is_encoder_decoder", false))
        hf_fail(keys, "is_encoder_decoder is true; only decoders and encoders by themselves are read");
    model->family = type ? family_find(type) : MODEL_OTHER;
    snprintf(model->family_key, sizeof model->family_key, "%s", type ? type : "");
    if (!type)
        model_note(model, "model_type is missing: read as a decoder with Llama's keys.");
    else if (model->family == MODEL_OTHER)
        model_note(model, "model_type \"%s\" is not known here: read as a causal decoder with Llama's keys.", type);
}

static void read_dtype(HfKeys *keys, Model *model) {
    const char *old_key = hf_text(keys, "torch_dtype"), *new_key = hf_text(keys, "dtype");
    if (old_key && new_key && strcmp(old_key, new_key) != 0) {
        hf_fail(keys, "torch_dtype is %.20s and dtype is %.20s; they must agree", old_key, new_key);
        return;
    }
    const char *text = new_key ? new_key : old_key;
    model->dtype = DTYPE_FP16;
    if (!text)
        model_note(model, "torch_dtype is missing: 2 bytes an element are assumed (fp16).");
    else if (strcmp(text, "float16") == 0)
        model->dtype = DTYPE_FP16;
    else if (strcmp(text, "bfloat16") == 0)
        model->dtype = DTYPE_BF16;
    else if (strncmp(text, "float8", 6) == 0)
        model->dtype = DTYPE_FP8;
    else if (strcmp(text, "float32") == 0) {
        model->dtype = DTYPE_FP16;
        model_note(model, "torch_dtype is float32, the checkpoint's: it is taken to run in fp16, 2 bytes an element.");
    } else
        hf_fail(keys, "torch_dtype is \"%.20s\"; known are float32, float16, bfloat16 and float8_*", text);
}

/* A size that attention can do without; where it is missing the plan says what it took. */
static uint64_t count_assumed(HfKeys *keys, const char *key, uint64_t max, uint64_t assumed, const char *why,
                              Model *model) {
    if (!hf_has(keys, key))
        model_note(model, "%s is missing: %llu is taken, %s.", key, (unsigned long long)assumed, why);
    return hf_count_or(keys, key, 1, max, assumed);
}

/* Heads, sizes and positions of all families but GPT-2, whose keys have other names. */
static void read_sizes(HfKeys *keys, Model *model) {
    bool is_bert = model->family == MODEL_BERT, is_modernbert = model->family == MODEL_MODERNBERT;
    model->layer_count = hf_count(keys, "num_hidden_layers", MODEL_LAYERS_MAX);
    model->hidden_elems = hf_count(keys, "hidden_size", SIZE_MAX_ELEMS);
    model->head_count = hf_count(keys, "num_attention_heads", HEADS_MAX);
    model->kv_head_count = hf_count_or(keys, "num_key_value_heads", 1, HEADS_MAX, model->head_count);
    model->mlp_elems =
        count_assumed(keys, "intermediate_size", SIZE_MAX_ELEMS, 4 * model->hidden_elems, "4 x hidden_size", model);
    model->vocab_count = count_assumed(keys, "vocab_size", SIZE_MAX_ELEMS, 32000, "Llama's default", model);
    model->position_max = count_assumed(keys, "max_position_embeddings", POSITIONS_MAX, 2048, "Llama's default", model);
    model->is_causal = !is_bert && !is_modernbert;
    if (is_bert && hf_bool_or(keys, "is_decoder", false)) model->is_causal = true;
    model->is_mlp_gated = !is_bert;
    model->is_embedding_tied = hf_bool_or(keys, "tie_word_embeddings",
                                          is_bert || is_modernbert || model->family == MODEL_GEMMA ||
                                              model->family == MODEL_GEMMA2 || model->family == MODEL_GEMMA3);
    bool has_bias = hf_bool_or(keys, "attention_bias", is_bert);
    model->has_qkv_bias = has_bias || model->family == MODEL_QWEN2;
    model->has_output_bias = has_bias;
    model->has_mlp_bias = hf_bool_or(keys, "mlp_bias", is_bert);
    model->has_qk_norm = model->family == MODEL_QWEN3 || model->family == MODEL_GEMMA3;
    model->position = is_bert ? POSITION_LEARNED : POSITION_ROPE;
}

static void read_gpt2(HfKeys *keys, Model *model) {
    model->layer_count = hf_count(keys, "n_layer", MODEL_LAYERS_MAX);
    model->hidden_elems = hf_count(keys, "n_embd", SIZE_MAX_ELEMS);
    model->head_count = model->kv_head_count = hf_count(keys, "n_head", HEADS_MAX);
    model->mlp_elems = hf_count_or(keys, "n_inner", 1, SIZE_MAX_ELEMS, 4 * model->hidden_elems);
    model->vocab_count = hf_count(keys, "vocab_size", SIZE_MAX_ELEMS);
    model->position_max = hf_count(keys, "n_positions", POSITIONS_MAX);
    uint64_t context = hf_count_or(keys, "n_ctx", 1, POSITIONS_MAX, model->position_max);
    if (context != model->position_max)
        hf_fail(keys, "n_ctx is %llu and n_positions is %llu; they must agree", (unsigned long long)context,
                (unsigned long long)model->position_max);
    model->is_causal = true;
    model->is_embedding_tied = hf_bool_or(keys, "tie_word_embeddings", true);
    model->has_qkv_bias = model->has_output_bias = model->has_mlp_bias = true;
    model->position = POSITION_LEARNED;
}

/* Multi-head latent attention: one latent vector a token is cached, and one rope key for all heads. */
static void read_mla(HfKeys *keys, Model *model) {
    model->latent_elems = hf_count(keys, "kv_lora_rank", SIZE_MAX_ELEMS);
    model->latent_rope_elems = hf_count(keys, "qk_rope_head_dim", 4096);
    model->query_latent_elems = hf_count_or(keys, "q_lora_rank", 1, SIZE_MAX_ELEMS, 0);
    model->head_dim_elems = hf_count(keys, "qk_nope_head_dim", 4096) + model->latent_rope_elems;
    model->value_dim_elems = hf_count(keys, "v_head_dim", 4096);
}

static void read_experts(HfKeys *keys, Model *model) {
    const char *count_key = hf_has(keys, "n_routed_experts") ? "n_routed_experts" : "num_local_experts";
    model->expert_count = hf_count_or(keys, count_key, 1, 1 << 16, 0);
    if (model->expert_count == 0) return;
    model->expert_active_count = hf_count(keys, "num_experts_per_tok", 1 << 16);
    if (model->expert_active_count > model->expert_count)
        hf_fail(keys, "num_experts_per_tok is %llu but %s is only %llu", (unsigned long long)model->expert_active_count,
                count_key, (unsigned long long)model->expert_count);
    model->expert_mlp_elems = hf_count_or(keys, "moe_intermediate_size", 1, SIZE_MAX_ELEMS, model->mlp_elems);
    model->expert_shared_count = hf_count_or(keys, "n_shared_experts", 0, 1 << 16, 0);
    model->dense_layer_count = hf_count_or(keys, "first_k_dense_replace", 0, MODEL_LAYERS_MAX, 0);
}

/* head_dim, and what must divide what. */
static void read_head_dim(HfKeys *keys, Model *model) {
    if (keys->has_failed) return;
    unsigned long long h = model->hidden_elems, heads = model->head_count, kv = model->kv_head_count;
    if (!model_is_mla(model)) {
        if (model->family != MODEL_GPT2 && hf_has(keys, "head_dim")) {
            model->head_dim_elems = hf_count(keys, "head_dim", 4096);
        } else if (h % heads != 0) {
            hf_fail(keys, "hidden size %llu is not a multiple of %llu attention heads, and head_dim is not given", h,
                    heads);
        } else {
            model->head_dim_elems = h / heads;
        }
        model->value_dim_elems = model->head_dim_elems;
        if (model->head_dim_elems > 4096) hf_fail(keys, "a head of %llu elements is more than 4096", h / heads);
    }
    if (kv > heads || heads % kv != 0)
        hf_fail(keys, "num_attention_heads is %llu; it must be a multiple of num_key_value_heads, which is %llu", heads,
                kv);
}

/* Sizes whose products could pass 63 bits are refused here, once; a tenth of that is far above any model. */
static void check_products(HfKeys *keys, const Model *m) {
    const double parameters_max = 1e15;
    if (keys->has_failed) return;
    double h = (double)m->hidden_elems, head_elems = (double)(m->head_count * (m->head_dim_elems + m->value_dim_elems));
    double latents = (double)(m->latent_elems + m->latent_rope_elems + m->query_latent_elems);
    double width =
        fmax((double)m->mlp_elems, (double)m->expert_mlp_elems * (double)(m->expert_count + m->expert_shared_count));
    double layer = 2 * h * head_elems + latents * (h + head_elems) + 4 * h * width;
    double outer = h * (2 * (double)m->vocab_count + (double)m->position_max + h);
    if ((double)m->layer_count * layer + outer > parameters_max)
        hf_fail(keys, "the sizes make more than 10^15 parameters; one of hidden_size, intermediate_size, vocab_size or "
                      "the heads is wrong");
    if (head_elems > 1 << 20)
        hf_fail(keys, "num_attention_heads is %llu and a head has %llu elements; more than 2^19 in all is not modelled",
                (unsigned long long)m->head_count, (unsigned long long)m->head_dim_elems);
}

static void read_rope_scaling(HfKeys *keys, Model *model) {
    json_t *scaling = hf_value(keys, "rope_scaling");
    if (!scaling) scaling = hf_value(keys, "rope_parameters");
    if (!scaling || model->position != POSITION_ROPE) return;
    if (!json_is_object(scaling)) {
        hf_fail(keys, "rope_scaling must be an object or null");
        return;
    }
    json_t *type = json_object_get(scaling, "rope_type");
    if (!type) type = json_object_get(scaling, "type");
    if (!json_is_string(type) || strcmp(json_string_value(type), "default") == 0) return;
    snprintf(model->rope_scaling, sizeof model->rope_scaling, "%s", json_string_value(type));
}

static bool read_model(HfKeys *keys, Model *model) {
    read_family(keys, model);
    if (model->family == MODEL_GPT2)
        read_gpt2(keys, model);
    else
        read_sizes(keys, model);
    if (model->family == MODEL_DEEPSEEK_V2 || model->family == MODEL_DEEPSEEK_V3 || hf_has(keys, "kv_lora_rank"))
        read_mla(keys, model);
    read_experts(keys, model);
    read_head_dim(keys, model);
    check_products(keys, model);
    read_dtype(keys, model);
    read_rope_scaling(keys, model);
    if (!keys->has_failed) hf_layers_read(keys, model);
    return !keys->has_failed;
}

bool hf_config_read_text(const char *name, const char *text, size_t length_bytes, Model *model, Err *err) {
    if (length_bytes == 0) return err_set(err, ERR_USAGE, "%.100s: the file is empty; it must be a JSON object", name);
    json_error_t where;
    json_t *root = json_loadb(text, length_bytes, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return err_set(err, ERR_USAGE, "%.100s:%d: not valid JSON near column %d: %s", name, where.line, where.column,
                       where.text);
    HfKeys keys = {.root = root, .name = name, .err = err};
    Model read = {0};
    snprintf(read.name, sizeof read.name, "%s", name);
    snprintf(read.source, sizeof read.source, "%s", name);
    /* Multimodal checkpoints keep the language model's keys one level down. */
    json_t *inner = json_object_get(root, "text_config");
    if (!json_is_object(root)) hf_fail(&keys, "the file is not a JSON object");
    if (json_is_object(inner)) {
        keys.root = inner;
        model_note(&read, "Only text_config is read: the language model, without its vision tower.");
    }
    bool is_read = !keys.has_failed && read_model(&keys, &read);
    json_decref(root);
    if (is_read) *model = read;
    return is_read;
}

bool hf_config_read_file(const char *path, Model *model, Err *err) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(err, ERR_OTHER, "%.200s: cannot be opened (%s); --config takes the path of a config.json", path,
                       strerror(errno));
    char *text = malloc(HF_CONFIG_BYTES_MAX + 1);
    size_t length_bytes = text ? fread(text, 1, HF_CONFIG_BYTES_MAX + 1, file) : 0;
    bool is_read = text && !ferror(file);
    fclose(file);
    if (!is_read)
        err_set(err, ERR_OTHER, "%.200s: cannot be read: %s", path, strerror(errno));
    else if (length_bytes > HF_CONFIG_BYTES_MAX)
        is_read = err_set(err, ERR_USAGE, "%.200s: longer than 1 MiB; a config.json has a few KiB", path);
    else
        is_read = hf_config_read_text(path, text, length_bytes, model, err);
    free(text);
    return is_read;
}
