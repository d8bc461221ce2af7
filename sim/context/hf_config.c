/* config.json -> Model: the family, what is not modelled, types and checks over all. See hf_config.h.
 *
 * Sources: the configuration classes of Hugging Face transformers.
 */
#include "sim/context/hf_config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/context/hf_families.h"
#include "sim/context/hf_hybrid.h"
#include "sim/context/hf_keys.h"
#include "sim/context/hf_layers.h"
#include "sim/context/hf_quantization.h"
#include "sim/context/hf_sizes.h"

/* Keys that change what is cached, and how: a file with one of them is refused rather than counted wrong. */
static const struct {
    const char *key;
    bool is_placed;   /* understood where the file says which layers it is about */
    int harmless_max; /* a number up to this one, like null, false and an empty list, changes nothing */
    const char *what;
} not_modelled[] = {
#define STATE "some of its layers keep a state of fixed size in place of keys and values"
#define HEADS "its layers differ in their KV heads"
#define PATTERN "a query's keys follow a pattern of its own"
    {"mamba_d_state", true, 0, STATE},
    {"mamba_d_conv", true, 0, STATE},
    {"mamba_num_heads", true, 0, STATE},
    {"ssm_state_size", true, 0, STATE},
    {"linear_num_key_heads", true, 0, STATE},
    {"linear_attn_config", true, 0, STATE},
    {"conv_L_cache", true, 0, STATE},
    {"ssm_cfg", false, 0, STATE},
    {"state_size", false, 0, STATE},
    {"lru_width", false, 0, STATE},
    {"block_types", false, 0, STATE},
    {"hybrid_layer_ids", false, 0, STATE},
    {"rescale_every", false, 0, STATE},
    {"cross_attention_layers", false, 0, "some of its layers read an image's keys"},
    {"num_key_value_heads_per_layer", false, 0, HEADS},
    {"num_query_heads", false, 0, HEADS},
    {"block_configs", false, 0, HEADS},
    {"swa_num_key_value_heads", false, 0, HEADS},
    {"num_global_key_value_heads", false, 0, HEADS},
    {"global_head_dim", false, 0, HEADS},
    {"attention_k_eq_v", false, 0, "its keys serve as values too"},
    {"hybrid_layer_pattern", false, 0, PATTERN},
    {"blocksparse_block_size", false, 0, PATTERN},
    {"num_random_blocks", false, 0, PATTERN},
    {"compress_ratios", false, 0, PATTERN},
#undef STATE
#undef HEADS
#undef PATTERN
};

static bool changes_nothing(const json_t *value, int harmless_max) {
    if (!value || json_is_false(value)) return true;
    if (json_is_integer(value)) return json_integer_value(value) <= harmless_max;
    return (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static void refuse_not_modelled(HfKeys *keys) {
    bool has_places = hf_hybrid_has_places(keys);
    for (size_t i = 0; i < sizeof not_modelled / sizeof not_modelled[0]; i++)
        if (!(has_places && not_modelled[i].is_placed) &&
            !changes_nothing(hf_value(keys, not_modelled[i].key), not_modelled[i].harmless_max))
            hf_fail(keys, "%s is given: %s, which is not modelled here; its cache would come out wrong",
                    not_modelled[i].key, not_modelled[i].what);
}

/* A type that we do not know is an encoder where its name is of BERT's kin, or its class fills in masks, names tokens
 * or sorts images. */
static bool is_encoder_type(const HfKeys *keys, const char *type) {
    static const char *const kin[] = {"bert", "electra", "mpnet", "ernie", "roformer", "vit"};
    static const char *const tasks[] = {
        "ForMaskedLM",          "ForPreTraining",        "ForSequenceClassification", "ForTokenClassification",
        "ForQuestionAnswering", "ForImageClassification"};
    const char *class_name = json_string_value(json_array_get(hf_value(keys, "architectures"), 0));
    for (size_t i = 0; class_name && i < sizeof tasks / sizeof tasks[0]; i++)
        if (strstr(class_name, tasks[i])) return true;
    for (size_t i = 0; i < sizeof kin / sizeof kin[0]; i++)
        if (strstr(type, kin[i])) return true;
    return false;
}

static void read_family(HfKeys *keys, Model *model) {
    const char *type = hf_text(keys, "model_type");
    if (type && (strlen(type) == 0 || strlen(type) >= sizeof model->family_key)) {
        hf_fail(keys, "model_type is empty or longer than %zu characters", sizeof model->family_key - 1);
        return;
    }
    if (hf_bool_or(keys, "is_encoder_decoder", false))
        hf_fail(keys, "is_encoder_decoder is true; only decoders and encoders by themselves are read");
    model->family = type ? hf_family_find(type) : MODEL_OTHER;
    snprintf(model->family_key, sizeof model->family_key, "%s", type ? type : "");
    if (!type)
        model_note(model, "model_type is missing: read as a decoder with Llama's keys.");
    else if (model->family == MODEL_OTHER)
        model_note(model, "model_type \"%s\" is not known here: read as a causal decoder with Llama's keys.", type);
}

/* The element type: the language model's own, or the whole file's. "torch.bfloat16" is bfloat16. */
static const char *dtype_text(HfKeys *keys) {
    const char *old_key = hf_text(keys, "torch_dtype"), *new_key = hf_text(keys, "dtype");
    if (old_key && new_key && strcmp(old_key, new_key) != 0)
        hf_fail(keys, "torch_dtype is %.20s and dtype is %.20s; they must agree", old_key, new_key);
    const char *text = new_key ? new_key : old_key;
    if (!text) text = json_string_value(json_object_get(keys->file, "dtype"));
    if (!text) text = json_string_value(json_object_get(keys->file, "torch_dtype"));
    return text && strncmp(text, "torch.", 6) == 0 ? text + 6 : text;
}

static void read_dtype(HfKeys *keys, Model *model) {
    const char *text = dtype_text(keys);
    model->dtype = DTYPE_FP16;
    if (!text || strcmp(text, "auto") == 0)
        model_note(model, "torch_dtype is missing: 2 bytes an element are assumed (fp16).");
    else if (strcmp(text, "float16") == 0)
        model->dtype = DTYPE_FP16;
    else if (strcmp(text, "bfloat16") == 0)
        model->dtype = DTYPE_BF16;
    else if (strncmp(text, "float8", 6) == 0)
        model->dtype = DTYPE_FP8;
    else if (strcmp(text, "float32") == 0)
        model_note(model, "torch_dtype is float32, the checkpoint's: it is taken to run in fp16, 2 bytes an element.");
    else
        hf_fail(keys, "torch_dtype is \"%.20s\"; known are float32, float16, bfloat16 and float8_*", text);
}

/* Sizes whose products could pass 63 bits are refused here, once; a tenth of that is far above any model. */
static void check_products(HfKeys *keys, const Model *m) {
    const double parameters_max = 1e15;
    if (keys->has_failed) return;
    double h = (double)m->hidden_elems, head_elems = (double)(m->head_count * (m->head_dim_elems + m->value_dim_elems));
    double latents = (double)(m->latent_elems + m->latent_rope_elems + m->query_latent_elems);
    double width = fmax((double)m->mlp_elems,
                        (double)m->expert_mlp_elems * (double)m->expert_count + (double)m->expert_shared_elems);
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

/* Files of models that turn causality off say so in one of these ways; "vision" means images only. */
static void read_causality(HfKeys *keys, Model *model) {
    json_t *both_ways = hf_value(keys, "use_bidirectional_attention");
    const char *text = json_string_value(both_ways);
    bool is_encoder = json_is_true(both_ways) || (text && strcmp(text, "all") == 0);
    if (model->family == MODEL_OTHER && is_encoder_type(keys, model->family_key))
        is_encoder = !hf_bool_or(keys, "is_decoder", false);
    if (!is_encoder || !model->is_causal) return;
    model->is_causal = false;
    model_note(model, "%s: read as an encoder, which keeps no KV cache.",
               both_ways ? "use_bidirectional_attention is set" : "model_type or architectures is an encoder's");
}

static bool read_model(HfKeys *keys, Model *model) {
    read_family(keys, model);
    refuse_not_modelled(keys);
    hf_sizes_read(keys, model);
    if (!keys->has_failed) hf_weights_read(keys, model);
    check_products(keys, model);
    read_causality(keys, model);
    read_dtype(keys, model);
    if (!keys->has_failed) hf_quantization_read(keys, model);
    read_rope_scaling(keys, model);
    if (!keys->has_failed) hf_layers_read(keys, model);
    if (keys->taken[0])
        model_note(model, "Not in the file, so as transformers has it for %s: %s.", model->family_key, keys->taken);
    return !keys->has_failed;
}

/* The object within that holds the language model's keys, by each wrapper's name for it; NULL where there is none. */
static const char *language_model_key(const HfKeys *keys) {
    static const char *const names[] = {"text_config", "llm_config", "language_config", "thinker_config"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_is_object(json_object_get(keys->root, names[i]))) return names[i];
    return NULL;
}

/* Multimodal checkpoints keep the language model's keys one level down, some two. */
static void enter_language_model(HfKeys *keys, Model *model) {
    for (const char *key; (key = language_model_key(keys));) {
        keys->root = json_object_get(keys->root, key);
        model_note(model, "Only %s is read: the language model, without what feeds it.", key);
        if (model->note_count == 2) return;
    }
}

bool hf_config_read_text(const char *name, const char *text, size_t length_bytes, Model *model, Err *err) {
    if (length_bytes == 0) return err_set(err, ERR_USAGE, "%.100s: the file is empty; it must be a JSON object", name);
    json_error_t where;
    json_t *root = json_loadb(text, length_bytes, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return err_set(err, ERR_USAGE, "%.100s:%d: not valid JSON near column %d: %s", name, where.line, where.column,
                       where.text);
    HfKeys keys = {.root = root, .file = root, .name = name, .err = err};
    Model read = {0};
    snprintf(read.name, sizeof read.name, "%s", name);
    snprintf(read.source, sizeof read.source, "%s", name);
    if (!json_is_object(root)) hf_fail(&keys, "the file is not a JSON object");
    enter_language_model(&keys, &read);
    bool is_read = !keys.has_failed && read_model(&keys, &read);
    json_decref(root);
    if (is_read) *model = read;
    return is_read;
}

bool hf_config_read_file(const char *path, Model *model, Err *err) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(err, ERR_OTHER, "%.200s cannot be read: %s; --config takes the path of a config.json", path,
                       strerror(errno));
    char *text = malloc(HF_CONFIG_MAX_BYTES + 1);
    size_t length_bytes = text ? fread(text, 1, HF_CONFIG_MAX_BYTES + 1, file) : 0;
    bool is_read = text && !ferror(file);
    fclose(file);
    if (!is_read)
        err_cannot_read(err, path, text ? errno : ENOMEM);
    else if (length_bytes > HF_CONFIG_MAX_BYTES)
        is_read = err_set(err, ERR_USAGE, "%.200s: longer than 1 MiB; a config.json has a few KiB", path);
    else
        is_read = hf_config_read_text(path, text, length_bytes, model, err);
    free(text);
    return is_read;
}
