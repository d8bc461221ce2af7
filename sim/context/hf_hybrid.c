/* Which layers of a hybrid have attention: see hf_hybrid.h.
 *
 * layer_types and layers_block_type, which say it in words, are read with the other lists in hf_layers.c; here are the
 * ways that only hybrids have: a period, indices, letters, zeros and ones.
 * Not modelled: the states, and attention that several layers share (Zamba).
 * Sources: the configuration classes of Jamba, Qwen3-Next, Bamba, Nemotron-H, MiniMax and Kimi Linear.
 */
#include "sim/context/hf_hybrid.h"

#include <string.h>

/* Every period-th layer from `offset` on has attention. */
static void read_period(HfKeys *keys, Model *model, uint64_t period, uint64_t offset) {
    if (offset >= period)
        hf_fail(keys, "attn_layer_offset is %llu; it must be below the period of %llu layers",
                (unsigned long long)offset, (unsigned long long)period);
    for (uint64_t i = 0; i < model->layer_count; i++) model->layers[i].is_stateful = i % period != offset;
}

/* A list of the layers with attention, counted from `first`. */
static void read_indices(HfKeys *keys, Model *model, const char *key, json_t *list, uint64_t first) {
    for (uint64_t i = 0; i < model->layer_count; i++) model->layers[i].is_stateful = true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t index = json_integer_value(json_array_get(list, i)) - (json_int_t)first;
        if (!json_is_integer(json_array_get(list, i)) || index < 0 || index >= (json_int_t)model->layer_count)
            hf_fail(keys, "%s[%zu] is not one of the %llu layers", key, i, (unsigned long long)model->layer_count);
        else
            model->layers[index].is_stateful = false;
    }
}

/* Nemotron-H writes a letter a layer: * is attention, M a state-space layer, - and E an MLP by itself. */
static void read_override(HfKeys *keys, Model *model, const char *letters) {
    if (strlen(letters) != model->layer_count || strspn(letters, "M*-E") != model->layer_count)
        hf_fail(keys, "hybrid_override_pattern must have a letter of M * - E for each of the %llu layers",
                (unsigned long long)model->layer_count);
    for (uint64_t i = 0; i < model->layer_count && !keys->has_failed; i++)
        model->layers[i].is_stateful = letters[i] != '*';
}

/* attn_type_list of MiniMax: 1 is attention, 0 lightning (linear) attention. */
static void read_attn_type_list(HfKeys *keys, Model *model, json_t *list) {
    if (json_array_size(list) != model->layer_count)
        hf_fail(keys, "attn_type_list has %zu entries but num_hidden_layers is %llu", json_array_size(list),
                (unsigned long long)model->layer_count);
    for (uint64_t i = 0; i < model->layer_count; i++)
        model->layers[i].is_stateful = json_integer_value(json_array_get(list, i)) != 1;
}

bool hf_hybrid_has_places(const HfKeys *keys) {
    static const char *const places[] = {"layer_types",      "layers_block_type",  "hybrid_override_pattern",
                                         "attn_type_list",   "attn_layer_indices", "full_attention_interval",
                                         "attn_layer_period"};
    /* Falcon-H1 has both side by side in every layer. */
    const char *type = json_string_value(hf_value(keys, "model_type"));
    if (type && strcmp(type, "falcon_h1") == 0) return true;
    if (json_object_get(hf_value(keys, "linear_attn_config"), "full_attn_layers")) return true;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (hf_has(keys, places[i])) return true;
    return false;
}

bool hf_hybrid_read(HfKeys *keys, Model *model) {
    const char *letters = json_string_value(hf_value(keys, "hybrid_override_pattern"));
    json_t *types = hf_value(keys, "attn_type_list"), *indices = hf_value(keys, "attn_layer_indices");
    json_t *linear = json_object_get(hf_value(keys, "linear_attn_config"), "full_attn_layers");
    uint64_t interval = hf_count_or(keys, "full_attention_interval", 1, MODEL_LAYERS_MAX, 1);
    uint64_t period = hf_count_or(keys, "attn_layer_period", 1, MODEL_LAYERS_MAX, 1);
    for (uint64_t i = 0; i < model->layer_count; i++) model->layers[i].is_global = true;
    if (letters)
        read_override(keys, model, letters);
    else if (json_is_array(types))
        read_attn_type_list(keys, model, types);
    else if (json_is_array(indices))
        read_indices(keys, model, "attn_layer_indices", indices, 0);
    else if (json_is_array(linear))
        read_indices(keys, model, "full_attn_layers", linear, 1);
    else if (interval > 1)
        read_period(keys, model, interval, interval - 1);
    else if (period > 1)
        read_period(keys, model, period, hf_count_or(keys, "attn_layer_offset", 0, MODEL_LAYERS_MAX, 0));
    else
        return false;
    for (uint64_t i = 0; i < model->layer_count; i++)
        if (model->layers[i].is_stateful) model->layers[i].is_global = false;
    return true;
}

void hf_hybrid_note(HfKeys *keys, Model *model) {
    uint64_t attention = model_attention_layer_count(model), stateful = model->layer_count - attention;
    if (attention == 0) hf_fail(keys, "no layer has attention; there is nothing to count");
    if (strcmp(model->family_key, "falcon_h1") == 0)
        model_note(model, "Beside its attention each layer keeps a state, which does not grow and is not counted.");
    if (stateful > 0)
        model_note(model,
                   "%llu of %llu layers have no attention: their state, if any, does not grow and is not counted; "
                   "their weights are counted as if they had.",
                   (unsigned long long)stateful, (unsigned long long)model->layer_count);
}
