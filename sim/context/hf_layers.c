/* Per-layer attention out of config.json: see hf_layers.h.
 *
 * Two conventions for a window, both turned into "keys beside the query itself" here:
 *   decoders   sliding_window W: a query sees itself and W - 1 keys before it
 *   ModernBERT local_attention W: W/2 keys on each side, W + 1 with itself
 */
#include "sim/context/hf_layers.h"

#include <string.h>

enum { WINDOW_MAX_ROWS = 1 << 30 };

/* theta by kind of layer: rope_parameters of newer files nest it, older ones have a key each. */
static double theta_of(HfKeys *keys, const Model *model, bool is_global) {
    if (model->position != POSITION_ROPE) return 0;
    json_t *nested = hf_value(keys, "rope_parameters");
    if (json_is_object(nested)) {
        json_t *kind = json_object_get(nested, is_global ? "full_attention" : "sliding_attention");
        json_t *theta = json_object_get(json_is_object(kind) ? kind : nested, "rope_theta");
        if (json_is_number(theta)) return json_number_value(theta);
    }
    if (model->family == MODEL_MODERNBERT)
        return is_global ? hf_real_or(keys, "global_rope_theta", 160000) : hf_real_or(keys, "local_rope_theta", 10000);
    if (model->family == MODEL_GEMMA3)
        return is_global ? hf_real_or(keys, "rope_theta", 1000000) : hf_real_or(keys, "rope_local_base_freq", 10000);
    return hf_real_or(keys, "rope_theta", 10000);
}

/* Keys beside itself that a query of a local layer sees; 0 where the model has no window. */
static uint64_t read_window(HfKeys *keys, Model *model) {
    if (model->family == MODEL_MODERNBERT) {
        uint64_t both_sides = hf_count_or(keys, "local_attention", 2, WINDOW_MAX_ROWS, 128);
        uint64_t one_side = hf_count_or(keys, "sliding_window", 1, WINDOW_MAX_ROWS, both_sides / 2);
        /* Newer files count the query itself into sliding_window. */
        if (hf_has(keys, "local_attention") && one_side != both_sides / 2 && one_side != both_sides / 2 + 1)
            hf_fail(keys, "local_attention is %llu but sliding_window is %llu; a side is half of the whole",
                    (unsigned long long)both_sides, (unsigned long long)one_side);
        return both_sides;
    }
    if (!hf_bool_or(keys, "use_sliding_window", true)) return 0;
    uint64_t window = hf_count_or(keys, "sliding_window", 1, WINDOW_MAX_ROWS, 0);
    return window ? window - 1 : 0;
}

/* The family's own pattern, where no layer_types say it. */
static bool is_global_by_pattern(const Model *model, uint64_t layer, uint64_t window_keys, uint64_t period,
                                 uint64_t first_local) {
    switch (model->family) {
    case MODEL_MODERNBERT: return layer % period == 0;
    case MODEL_GEMMA2:
    case MODEL_GEMMA3: return (layer + 1) % period == 0;
    case MODEL_QWEN2:
    case MODEL_QWEN3: return window_keys == 0 || layer < first_local;
    case MODEL_MISTRAL:
    case MODEL_MIXTRAL: return window_keys == 0;
    default: return true;
    }
}

static void read_layer_types(HfKeys *keys, Model *model, json_t *types) {
    unsigned long long given = json_is_array(types) ? json_array_size(types) : 0;
    if (given != model->layer_count) {
        hf_fail(keys, "layer_types has %llu entries but num_hidden_layers is %llu", given,
                (unsigned long long)model->layer_count);
        return;
    }
    for (uint64_t i = 0; i < model->layer_count; i++) {
        const char *type = json_string_value(json_array_get(types, i));
        bool is_global = type && strcmp(type, "full_attention") == 0;
        if (!type || (!is_global && strcmp(type, "sliding_attention") != 0)) {
            hf_fail(keys, "layer_types[%llu] is %.40s; known are full_attention and sliding_attention",
                    (unsigned long long)i, type ? type : "not a string");
            return;
        }
        model->layers[i].is_global = is_global;
    }
}

void hf_layers_read(HfKeys *keys, Model *model) {
    bool is_modernbert = model->family == MODEL_MODERNBERT, is_gemma3 = model->family == MODEL_GEMMA3;
    uint64_t window_keys = read_window(keys, model);
    const char *period_key = is_modernbert ? "global_attn_every_n_layers" : "sliding_window_pattern";
    uint64_t period = hf_count_or(keys, period_key, 1, MODEL_LAYERS_MAX, is_modernbert ? 3 : is_gemma3 ? 6 : 2);
    uint64_t first_local = hf_count_or(keys, "max_window_layers", 0, MODEL_LAYERS_MAX, model->layer_count);
    if (is_modernbert && !hf_has(keys, period_key))
        model_note(model, "%s is missing: every 3rd layer is global, as ModernBERT was released.", period_key);
    if (is_gemma3 && !hf_has(keys, period_key) && !hf_has(keys, "layer_types"))
        model_note(model, "sliding_window_pattern is missing: every 6th layer is global, as Gemma 3 was released.");

    json_t *types = hf_value(keys, "layer_types");
    if (types) read_layer_types(keys, model, types);
    for (uint64_t i = 0; i < model->layer_count && !keys->has_failed; i++) {
        ModelLayer *layer = &model->layers[i];
        bool by_pattern = is_global_by_pattern(model, i, window_keys, period, first_local);
        if (!types)
            layer->is_global = by_pattern;
        else if (is_modernbert && hf_has(keys, period_key) && by_pattern != layer->is_global)
            hf_fail(keys, "layer_types[%llu] contradicts global_attn_every_n_layers, which is %llu",
                    (unsigned long long)i, (unsigned long long)period);
        if (!layer->is_global && !window_keys)
            hf_fail(keys, "layer %llu is local but sliding_window is missing or off", (unsigned long long)i);
        layer->window_keys = layer->is_global ? 0 : window_keys;
        layer->rope_theta = theta_of(keys, model, layer->is_global);
    }
    if (!keys->has_failed && window_keys && model_global_layer_count(model) == model->layer_count)
        model_note(model, "sliding_window is %llu but no layer uses it: all layers are read as global.",
                   (unsigned long long)window_keys + 1);
}
