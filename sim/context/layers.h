/* Layers: a model as scenarios, one for each kind of layer, and sums over all of them.
 *
 *     G L L G L L G L L ...    ModernBERT: kinds of layers in order; equal layers are one group
 *
 * A global layer runs flash2 (flash3, standard), a local one the window program. Bytes, FLOPs and peak memory come from
 * the algorithms' closed forms, so a whole model costs under a millisecond.
 * Not modelled: what lies between attention layers (plan.h adds the matrices); MLA is counted expanded, with one key
 * and value head a query head and values as wide as keys.
 */
#ifndef SIM_CONTEXT_LAYERS_H
#define SIM_CONTEXT_LAYERS_H
#include "sim/base/arena.h"
#include "sim/context/model.h"
#include "sim/counters.h"

enum { LAYERS_GROUPS_MAX = 6 };

typedef struct LayersOptions {
    uint64_t batch_count, tokens_rows;
    const char *global_algorithm; /* "flash2", "flash3" or "standard" */
    bool is_all_global;           /* what the model would cost without its windows */
} LayersOptions;

/* Layers that are alike. Totals are of one of them. */
typedef struct LayerGroup {
    bool is_global, is_stateful; /* a stateful kind has no attention: nothing is counted and no scenario stands */
    bool shares_cache;           /* kv_bytes is 0: another layer keeps them */
    uint64_t window_keys, count;
    const char *algorithm;
    Scenario scenario;    /* of one layer */
    uint64_t pair_count;  /* scores of one head that the mask lets through */
    uint64_t score_count; /* scores computed: whole tiles */
    uint64_t issued_bytes, flops, peak_bytes, kv_bytes;
} LayerGroup;

typedef struct LayersSum {
    LayerGroup groups[LAYERS_GROUPS_MAX];
    int group_count;
    int group_of_layer[MODEL_LAYERS_MAX];
    uint64_t layer_count;
    /* Sums over all layers; peak is the largest layer's. */
    uint64_t pair_count, score_count, issued_bytes, flops, kv_bytes, peak_bytes;
} LayersSum;

/* The length to show a model at where none is asked for: the longest it was made for, at most 1M. A model made for 10M
 * tokens (Llama 4 Scout) computes more than 2^63 FLOPs there. */
uint64_t layers_default_rows(const Model *model);

/* The scenario of one layer, forward, on this machine. */
Scenario layers_scenario(const Model *model, const ModelLayer *layer, const LayersOptions *options,
                         const Machine *machine);
/* All layers of a model as one scenario, at the longest length it was made for, batch 1: what `count config.json`
 * takes. Everything else is left as it is in *scenario. Fails where layers differ: one scenario cannot be both. */
bool layers_one_scenario(const Model *model, Scenario *scenario, Err *err);
bool layers_count(const Model *model, LayersOptions options, const Machine *machine, LayersSum *sum, Arena *arena,
                  Err *err);
#endif
