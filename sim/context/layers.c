/* Sums over a model's layers out of closed forms: see layers.h. */
#include "sim/context/layers.h"

#include <stdio.h>
#include <string.h>

#include "sim/attention/algorithm.h"
#include "sim/base/checked.h"

uint64_t layers_default_rows(const Model *model) { return min_u64(model->position_max, 1 << 20); }

Scenario layers_scenario(const Model *model, const ModelLayer *layer, const LayersOptions *options,
                         const Machine *machine) {
    Scenario s = scenario_default();
    bool is_mla = model_is_mla(model);
    s.algorithms[0] = layer->is_global ? options->global_algorithm : "window";
    s.algorithm_count = 1;
    s.batch_count = options->batch_count;
    s.head_count = model->head_count;
    s.kv_head_count = is_mla ? model->head_count : model->kv_head_count;
    s.query_rows = s.key_rows = options->tokens_rows;
    s.head_dim_elems = model->head_dim_elems;
    s.dtype = model->dtype;
    s.pass = PASS_FORWARD;
    s.is_causal = model->is_causal;
    s.window_keys = layer->window_keys;
    s.memory_rule = MEMORY_KERNELS;
    s.machine = *machine;
    return s;
}

/* A model's notes as lines, whole sentences as far as they fit. */
static void note_lines(const Model *model, char *out, size_t out_bytes) {
    size_t used_bytes = 0;
    out[0] = 0;
    for (int i = 0; i < model->note_count; i++) {
        size_t note_bytes = strlen(model->notes[i]) + 1;
        if (used_bytes + note_bytes >= out_bytes) return;
        snprintf(out + used_bytes, out_bytes - used_bytes, "%s\n", model->notes[i]);
        used_bytes += note_bytes;
    }
}

bool layers_one_scenario(const Model *model, Scenario *scenario, Err *err) {
    uint64_t global = model_global_layer_count(model), attention = model_attention_layer_count(model), first = 0;
    if (global != 0 && global != attention)
        return err_set(
            err, ERR_USAGE,
            "%.100s has %llu global and %llu local layers; one scenario is one kind of layer (see `hbmscope layers`)",
            model->name, (unsigned long long)global, (unsigned long long)(attention - global));
    while (first + 1 < model->layer_count && model->layers[first].is_stateful) first++;
    LayersOptions at = {.batch_count = 1, .tokens_rows = model->position_max, .global_algorithm = "standard"};
    Scenario s = *scenario, of_layer = layers_scenario(model, &model->layers[first], &at, &scenario->machine);
    s.batch_count = 1, s.head_count = of_layer.head_count, s.kv_head_count = of_layer.kv_head_count;
    s.query_rows = of_layer.query_rows, s.key_rows = 0;
    s.head_dim_elems = of_layer.head_dim_elems, s.layer_count = attention;
    s.dtype = of_layer.dtype, s.is_causal = of_layer.is_causal, s.window_keys = of_layer.window_keys;
    s.algorithms[0] = global ? "standard" : "masked", s.algorithms[1] = global ? "flash2" : "window";
    s.algorithm_count = 2;
    note_lines(model, s.assumed, sizeof s.assumed);
    *scenario = s;
    return true;
}

static bool same_kind(const LayerGroup *group, const ModelLayer *layer) {
    return group->is_global == layer->is_global && group->is_stateful == layer->is_stateful &&
           group->shares_cache == layer->shares_cache && group->window_keys == layer->window_keys;
}

static bool count_group(const Model *model, const ModelLayer *layer, const LayersOptions *options,
                        const Machine *machine, LayerGroup *group, Arena *arena, Err *err) {
    Model one = *model;
    one.layer_count = 1, one.layers[0] = *layer;
    *group = (LayerGroup){.is_stateful = layer->is_stateful, .algorithm = "none"};
    if (layer->is_stateful) return true;
    *group = (LayerGroup){.is_global = layer->is_global,
                          .shares_cache = layer->shares_cache,
                          .window_keys = layer->window_keys,
                          .scenario = layers_scenario(model, layer, options, machine)};
    group->algorithm = group->scenario.algorithms[0];
    Formula *formula = ARENA_NEW(arena, Formula);
    if (!algorithm_formula(algorithm_find(group->algorithm), &group->scenario, formula, arena, err)) return false;
    group->issued_bytes = formula->total[COUNTER_ISSUED_READ_BYTES] + formula->total[COUNTER_ISSUED_WRITE_BYTES];
    group->flops = formula->total[COUNTER_FLOPS];
    group->peak_bytes = formula->total[COUNTER_PEAK_HBM_BYTES];
    group->pair_count = model_layer_pair_count(model, layer, options->tokens_rows);
    group->score_count = group->flops / (4 * group->scenario.head_dim_elems * options->batch_count * model->head_count);
    group->kv_bytes = model_kv_bytes(&one, KV_AS_MODEL, dtype_elem_bytes(model->cache_dtype), options->batch_count,
                                     options->tokens_rows);
    return true;
}

static bool add_layer(LayersSum *sum, const LayerGroup *group, Err *err) {
    bool has_overflow = false;
    sum->pair_count = checked_add(&has_overflow, sum->pair_count, group->pair_count);
    sum->score_count = checked_add(&has_overflow, sum->score_count, group->score_count);
    sum->issued_bytes = checked_add(&has_overflow, sum->issued_bytes, group->issued_bytes);
    sum->flops = checked_add(&has_overflow, sum->flops, group->flops);
    sum->kv_bytes = checked_add(&has_overflow, sum->kv_bytes, group->kv_bytes);
    sum->peak_bytes = max_u64(sum->peak_bytes, group->peak_bytes);
    return !has_overflow ||
           err_set(err, ERR_USAGE, "the sums over all layers do not fit 63 bits; take fewer tokens (--seq)");
}

bool layers_count(const Model *model, LayersOptions options, const Machine *machine, LayersSum *sum, Arena *arena,
                  Err *err) {
    *sum = (LayersSum){.layer_count = model->layer_count};
    for (uint64_t i = 0; i < model->layer_count; i++) {
        ModelLayer layer = model->layers[i];
        if (options.is_all_global) layer = (ModelLayer){.is_global = true};
        int g = 0;
        while (g < sum->group_count && !same_kind(&sum->groups[g], &layer)) g++;
        if (g == sum->group_count) {
            if (g == LAYERS_GROUPS_MAX)
                return err_set(err, ERR_USAGE, "more than %d kinds of layers; their windows differ too much",
                               LAYERS_GROUPS_MAX);
            if (!count_group(model, &layer, &options, machine, &sum->groups[g], arena, err)) return false;
            sum->group_count++;
        }
        sum->groups[g].count++;
        sum->group_of_layer[i] = g;
        if (!add_layer(sum, &sum->groups[g], err)) return false;
    }
    return true;
}
