/* Per-layer attention out of config.json: see hf_layers.h.
 *
 * Three conventions for a window, all turned into "keys beside the query itself" here:
 *   decoders                sliding_window W: a query sees itself and W - 1 keys before it
 *   ModernBERT, Longformer  local_attention, attention_window W: W/2 keys on each side, W + 1 with itself
 *   Llama 4                 attention_chunk_size W: a query sees its own chunk, at most W - 1 keys before it
 */
#include "sim/context/hf_layers.h"

#include <string.h>

#include "sim/context/hf_families.h"
#include "sim/context/hf_hybrid.h"

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

static uint64_t modernbert_window(HfKeys *keys) {
    uint64_t both_sides = hf_count_or(keys, "local_attention", 2, WINDOW_MAX_ROWS, 128);
    uint64_t one_side = hf_count_or(keys, "sliding_window", 1, WINDOW_MAX_ROWS, both_sides / 2);
    /* Newer files count the query itself into sliding_window. */
    if (hf_has(keys, "local_attention") && one_side != both_sides / 2 && one_side != both_sides / 2 + 1)
        hf_fail(keys, "local_attention is %llu but sliding_window is %llu; a side is half of the whole",
                (unsigned long long)both_sides, (unsigned long long)one_side);
    return both_sides;
}

/* Llama 4: a query sees the keys of its own chunk. The cache of a chunk is a window's; its scores are fewer. */
static uint64_t chunk_window(HfKeys *keys, Model *model) {
    uint64_t class_default = hf_family(model->family)->defaults.window_rows;
    uint64_t rows = hf_count_or(keys, "attention_chunk_size", 1, WINDOW_MAX_ROWS,
                                hf_is_null(keys, "attention_chunk_size") ? 0 : class_default);
    if (rows)
        model_note(model,
                   "attention_chunk_size is %llu: chunks are read as a sliding window of that many keys; the cache "
                   "is the same, the scores are up to twice as many.",
                   (unsigned long long)rows);
    return rows ? rows - 1 : 0;
}

/* Qwen's classes take sliding_window only where use_sliding_window says so. */
static bool is_window_off(HfKeys *keys, Model *model) {
    bool is_qwen = hf_family(model->family)->pattern == HF_FROM_LAYER;
    bool is_on = hf_bool_or(keys, "use_sliding_window", !is_qwen);
    if (is_qwen && !hf_has(keys, "use_sliding_window") && hf_has(keys, "sliding_window"))
        model_note(model,
                   "use_sliding_window is missing, which transformers takes as false: sliding_window is not used.");
    return !is_on;
}

/* Keys beside itself that a query of a local layer sees; 0 where the model has no window. */
static uint64_t read_window(HfKeys *keys, Model *model) {
    const HfFamily *family = hf_family(model->family);
    if (model->family == MODEL_MODERNBERT) return modernbert_window(keys);
    if (model->family == MODEL_LLAMA4) return chunk_window(keys, model);
    if (model->family == MODEL_LONGFORMER || is_window_off(keys, model)) return 0;
    const char *key = model->family == MODEL_GPT_NEO ? "window_size" : "sliding_window";
    if (json_is_array(hf_value(keys, key))) {
        hf_fail(keys, "%s is a list; one window for all local layers is read (interleaved_sliding_window takes a list)",
                key);
        return 0;
    }
    if (!hf_has(keys, key) && !hf_is_null(keys, key) && family->defaults.window_rows &&
        family->pattern != HF_FROM_LAYER)
        return hf_take(keys, key, family->defaults.window_rows) - 1;
    uint64_t window = hf_count_or(keys, key, 1, WINDOW_MAX_ROWS, 0);
    if (window > 0 && !model->is_causal) return window / 2 * 2; /* both sides of a bidirectional model */
    return window ? window - 1 : 0;
}

/* Which layers are local. */

/* A word of a list of layers. Stateful layers have several: what they do in place of attention. */
static bool read_layer_word(HfKeys *keys, const char *key, uint64_t index, const char *word, ModelLayer *layer) {
    static const struct {
        const char *word;
        bool is_global, is_stateful;
    } known[] = {
        {"full_attention", true, false},
        {"global", true, false},
        {"attention", true, false},
        {"sliding_attention", false, false},
        {"chunked_attention", false, false},
        {"local", false, false},
        {"linear_attention", false, true},
        {"mamba", false, true},
        {"mamba2", false, true},
        {"recurrent", false, true},
        {"conv", false, true},
    };
    for (size_t i = 0; word && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(word, known[i].word) != 0) continue;
        layer->is_global = known[i].is_global, layer->is_stateful = known[i].is_stateful;
        return true;
    }
    return hf_fail(
        keys,
        "%s[%llu] is %.40s; known are full_attention, sliding_attention, chunked_attention, and of layers with "
        "a state linear_attention, mamba, conv and recurrent",
        key, (unsigned long long)index, word ? word : "not a string");
}

static void read_layer_types(HfKeys *keys, Model *model, const char *key) {
    json_t *types = hf_value(keys, key);
    unsigned long long given = json_is_array(types) ? json_array_size(types) : 0;
    if (given != model->layer_count)
        hf_fail(keys, "%s has %llu entries but num_hidden_layers is %llu", key, given,
                (unsigned long long)model->layer_count);
    for (uint64_t i = 0; i < model->layer_count && !keys->has_failed; i++)
        read_layer_word(keys, key, i, json_string_value(json_array_get(types, i)), &model->layers[i]);
}

/* sliding_window_pattern is "LLLG" repeated in some files: L local, G global; the last layer is global always. */
static void read_letters(HfKeys *keys, Model *model, const char *letters) {
    size_t period = strlen(letters);
    if (period == 0 || strspn(letters, "LG") != period) {
        hf_fail(keys, "sliding_window_pattern is \"%.20s\"; it must be a number or made of L and G", letters);
        return;
    }
    for (uint64_t i = 0; i < model->layer_count; i++)
        model->layers[i].is_global = letters[i % period] == 'G' || i + 1 == model->layer_count;
}

/* Llama 4: layers without rotary positions see everything. An empty list means every no_rope_layer_interval-th. */
static void read_no_rope(HfKeys *keys, Model *model) {
    json_t *list = hf_value(keys, "no_rope_layers");
    uint64_t given = json_array_size(list),
             interval = hf_count_or(keys, "no_rope_layer_interval", 1, MODEL_LAYERS_MAX, 4);
    if (given != 0 && given < model->layer_count)
        hf_fail(keys, "no_rope_layers has %llu entries but num_hidden_layers is %llu", (unsigned long long)given,
                (unsigned long long)model->layer_count);
    for (uint64_t i = 0; i < model->layer_count; i++)
        model->layers[i].is_global = given ? json_integer_value(json_array_get(list, i)) == 0 : (i + 1) % interval == 0;
}

static const char *period_key_of(const HfKeys *keys, const Model *model) {
    if (model->family == MODEL_MODERNBERT) return "global_attn_every_n_layers";
    return hf_has(keys, "sliding_window_pattern") ? "sliding_window_pattern" : "_sliding_window_pattern";
}

/* The family's own pattern, where no list says it. */
static void read_pattern(HfKeys *keys, Model *model, uint64_t window_keys) {
    const HfFamily *family = hf_family(model->family);
    const char *period_key = period_key_of(keys, model);
    HfPattern pattern = family->pattern;
    if (hf_has(keys, period_key) && pattern != HF_FIRST_GLOBAL) pattern = HF_LAST_GLOBAL;
    uint64_t period = hf_count_or(keys, period_key, 1, MODEL_LAYERS_MAX, family->period ? family->period : 1);
    uint64_t first_local = hf_count_or(keys, "max_window_layers", 0, MODEL_LAYERS_MAX, 28);
    if ((pattern == HF_LAST_GLOBAL || pattern == HF_FIRST_GLOBAL) && window_keys && !hf_has(keys, period_key))
        model_note(model, "%s is missing: every %s layer is global, as %s was released.",
                   model->family == MODEL_MODERNBERT ? period_key : "sliding_window_pattern",
                   period == 2   ? "2nd"
                   : period == 3 ? "3rd"
                   : period == 4 ? "4th"
                                 : "6th",
                   model_family_title(model->family));
    for (uint64_t i = 0; i < model->layer_count; i++) {
        bool *is_global = &model->layers[i].is_global;
        switch (pattern) {
        case HF_ALL_GLOBAL: *is_global = true; break;
        case HF_ALL_LOCAL: *is_global = window_keys == 0; break;
        case HF_LAST_GLOBAL: *is_global = window_keys == 0 || (i + 1) % period == 0; break;
        case HF_FIRST_GLOBAL: *is_global = i % period == 0; break;
        case HF_FROM_LAYER: *is_global = window_keys == 0 || i < first_local; break;
        }
    }
}

/* Per-layer windows: Longformer's attention_window, and interleaved_sliding_window, whose list repeats over the layers
 * and has null for a global one. False where there are none. */
static bool read_window_list(HfKeys *keys, Model *model) {
    bool is_longformer = model->family == MODEL_LONGFORMER;
    const char *key = is_longformer ? "attention_window" : "interleaved_sliding_window";
    json_t *list = hf_value(keys, key);
    if (!list) return is_longformer && !hf_fail(keys, "attention_window is missing; Longformer has no other");
    for (uint64_t i = 0; i < model->layer_count; i++) {
        json_t *entry = json_array_size(list) ? json_array_get(list, i % json_array_size(list)) : list;
        json_int_t rows = json_integer_value(entry);
        bool is_global = entry != list && json_is_null(entry);
        if (!is_global && (!json_is_integer(entry) || rows < 1 || rows > WINDOW_MAX_ROWS))
            return hf_fail(keys, "%s must hold window lengths from 1 to 2^30, or null for a layer that sees every key",
                           key);
        model->layers[i].is_global = is_global;
        model->layers[i].window_keys = is_global ? 0 : is_longformer ? (uint64_t)rows / 2 * 2 : (uint64_t)rows - 1;
    }
    if (is_longformer)
        model_note(model, "Which tokens see everything is a task's choice, not config.json's: none are counted.");
    return true;
}

/* layer_types against ModernBERT's older key, where a file has both. */
static void check_modernbert(HfKeys *keys, const Model *model) {
    uint64_t period = hf_count_or(keys, "global_attn_every_n_layers", 1, MODEL_LAYERS_MAX, 3);
    if (model->family != MODEL_MODERNBERT || !hf_has(keys, "global_attn_every_n_layers")) return;
    for (uint64_t i = 0; i < model->layer_count; i++)
        if (model->layers[i].is_global != (i % period == 0))
            hf_fail(keys, "layer_types[%llu] contradicts global_attn_every_n_layers, which is %llu",
                    (unsigned long long)i, (unsigned long long)period);
}

static void read_kinds(HfKeys *keys, Model *model, uint64_t window_keys) {
    const char *letters = json_string_value(hf_value(keys, "sliding_window_pattern"));
    if (hf_has(keys, "layer_types")) {
        read_layer_types(keys, model, "layer_types");
        check_modernbert(keys, model);
    } else if (hf_has(keys, "layers_block_type"))
        read_layer_types(keys, model, "layers_block_type");
    else if (hf_hybrid_read(keys, model))
        return;
    else if (model->family == MODEL_GPT_NEO && hf_has(keys, "attention_layers"))
        read_layer_types(keys, model, "attention_layers");
    else if (model->family == MODEL_LLAMA4)
        read_no_rope(keys, model);
    else if (letters)
        read_letters(keys, model, letters);
    else
        read_pattern(keys, model, window_keys);
}

/* A window that the model's longest input does not fill is no window; one that no layer uses is said. */
static uint64_t window_in_use(Model *model, uint64_t window_keys) {
    if (window_keys < model->position_max) return window_keys;
    model_note(model, "The window of %llu keys is longer than the %llu positions: all layers are read as global.",
               (unsigned long long)window_keys + 1, (unsigned long long)model->position_max);
    return 0;
}

/* Layers that use the cache of an earlier one: the last ones of Gemma 3n, all but every n-th of Hunyuan-Large. */
static void read_shared_caches(HfKeys *keys, Model *model) {
    uint64_t last = hf_count_or(keys, "num_kv_shared_layers", 0, MODEL_LAYERS_MAX, 0);
    uint64_t factor = hf_bool_or(keys, "use_cla", false) ? hf_count(keys, "cla_share_factor", MODEL_LAYERS_MAX) : 1;
    if (last >= model->layer_count)
        hf_fail(keys, "num_kv_shared_layers is %llu; of %llu layers at least one must keep a cache",
                (unsigned long long)last, (unsigned long long)model->layer_count);
    for (uint64_t i = 0; i < model->layer_count; i++)
        model->layers[i].shares_cache =
            !model->layers[i].is_stateful && (i + last >= model->layer_count || i % factor != 0);
    uint64_t sharing = model_attention_layer_count(model) - model_cache_layer_count(model);
    if (sharing > 0)
        model_note(model, "%llu of %llu layers use the cache of an earlier one and keep none.",
                   (unsigned long long)sharing, (unsigned long long)model->layer_count);
}

void hf_layers_read(HfKeys *keys, Model *model) {
    if (!read_window_list(keys, model)) {
        uint64_t window_keys = read_window(keys, model);
        bool is_hidden = window_keys && window_in_use(model, window_keys) == 0;
        read_kinds(keys, model, is_hidden ? 0 : window_keys);
        for (uint64_t i = 0; i < model->layer_count && !keys->has_failed; i++) {
            ModelLayer *layer = &model->layers[i];
            if (layer->is_stateful) continue;
            if (is_hidden) layer->is_global = true;
            if (!layer->is_global && !window_keys)
                hf_fail(keys, "layer %llu is local but sliding_window is missing or off", (unsigned long long)i);
            layer->window_keys = layer->is_global ? 0 : window_keys;
        }
        bool is_unused =
            window_keys && !is_hidden && model_global_layer_count(model) == model_attention_layer_count(model);
        if (!keys->has_failed && is_unused)
            model_note(model, "sliding_window is %llu but no layer uses it: all layers are read as global.",
                       (unsigned long long)window_keys + 1);
    }
    if (!keys->has_failed) read_shared_caches(keys, model);
    if (!keys->has_failed) hf_hybrid_note(keys, model);
    for (uint64_t i = 0; i < model->layer_count && !keys->has_failed; i++)
        if (!model->layers[i].is_stateful)
            model->layers[i].rope_theta = theta_of(keys, model, model->layers[i].is_global);
}
