/* hbmscope layers: a model as scenarios, one a kind of layer, and the sums over all of its layers.
 *
 * Text, JSON (hbmscope.layers/1) or CSV (a line a layer). A layer's scenario is what `count` would take.
 */
#include <string.h>

#include "sim/base/parse.h"
#include "sim/context/layers.h"
#include "sim/units.h"
#include "viz/cli/json_out.h"
#include "viz/cli/model_args.h"
#include "viz/cli/scenario_json.h"
#include "viz/cli/table.h"
#include "viz/cli/verbs.h"

static const char default_gpu[] = "a100-40";
enum { LENGTH_MAX_ROWS = 1 << 24, BATCH_MAX = 4096 };

typedef struct LayersTexts {
    const char *model, *config, *cache, *seq, *batch, *gpu, *algorithm;
} LayersTexts;

typedef struct Layers {
    Model model;
    LayersOptions options;
    Machine machine;
    LayersSum sum, all_global;
} Layers;

static bool read_options(const LayersTexts *texts, Layers *l, Err *err) {
    uint64_t tokens_rows = layers_default_rows(&l->model), batch_count = 1;
    const char *algorithm = texts->algorithm ? texts->algorithm : "flash2";
    if (strcmp(algorithm, "flash2") != 0 && strcmp(algorithm, "flash3") != 0 && strcmp(algorithm, "standard") != 0)
        return err_set(err, ERR_USAGE, "--algorithm is '%s'; global layers run flash2, flash3 or standard",
                       parse_quote(algorithm).text);
    if (texts->seq && !parse_size(texts->seq, "--seq", 1, LENGTH_MAX_ROWS, &tokens_rows, err)) return false;
    if (texts->batch && !parse_size(texts->batch, "--batch", 1, BATCH_MAX, &batch_count, err)) return false;
    l->options = (LayersOptions){batch_count, tokens_rows, algorithm, false};
    return verb_find_gpu(texts->gpu ? texts->gpu : default_gpu, &l->machine, err);
}

static bool make(const LayersTexts *texts, Layers *l, Arena *arena, Err *err) {
    if (!model_from_args(texts->model, texts->config, NULL, &l->model, err) ||
        !model_cache_from_arg(texts->cache, &l->model, err) || !read_options(texts, l, err))
        return false;
    LayersOptions all = l->options;
    all.is_all_global = true;
    return layers_count(&l->model, l->options, &l->machine, &l->sum, arena, err) &&
           layers_count(&l->model, all, &l->machine, &l->all_global, arena, err);
}

/* "0-5, 7, 9-11": the layers of one group. */
static const char *layer_list(const LayersSum *sum, int group, Arena *arena) {
    const char *text = "";
    for (uint64_t i = 0; i < sum->layer_count; i++) {
        if (sum->group_of_layer[i] != group) continue;
        uint64_t last = i;
        while (last + 1 < sum->layer_count && sum->group_of_layer[last + 1] == group) last++;
        const char *part = last == i
                               ? arena_format(arena, "%llu", (unsigned long long)i)
                               : arena_format(arena, "%llu-%llu", (unsigned long long)i, (unsigned long long)last);
        text = arena_format(arena, "%s%s%s", text, *text ? ", " : "", part);
        i = last;
    }
    return text;
}

static const char *kind_name(const LayerGroup *group) {
    if (group->is_stateful) return "state";
    if (group->shares_cache) return group->is_global ? "global, shared cache" : "local, shared cache";
    return group->is_global ? "global" : "local";
}

static void print_groups(const Layers *l, Arena *arena, Output *output) {
    const char *heads[] = {"layers",          "of",     "sees",       "algorithm", "pairs a head",
                           "scores in tiles", "issued", "arithmetic", "peak",      "KV cache"};
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    Table table;
    table_begin(&table, arena, "rlllrrrrrr");
    for (int i = 0; i < COLUMNS; i++) table_cell(&table, "%s", heads[i]);
    for (int g = 0; g < l->sum.group_count; g++) {
        const LayerGroup *group = &l->sum.groups[g];
        table_cell(&table, "%llu", (unsigned long long)group->count);
        table_cell(&table, "%s", kind_name(group));
        table_cell(&table, "%s",
                   group->is_stateful ? "no key"
                   : group->is_global ? "every key"
                                      : arena_format(arena, "%s keys", units_exact(group->window_keys + 1).text));
        table_cell(&table, "%s", group->algorithm);
        table_cell(&table, "%s", units_exact(group->pair_count).text);
        table_cell(&table, "%s", units_exact(group->score_count).text);
        table_cell(&table, "%s", units_gb(group->issued_bytes).text);
        table_cell(&table, "%s", units_flops(group->flops).text);
        table_cell(&table, "%s", units_kib(group->peak_bytes).text);
        table_cell(&table, "%s", group->kv_bytes ? units_kib(group->kv_bytes).text : "-");
    }
    output_format(output, "\nEach kind of layer, one layer of it\n");
    table_print(&table, 2, output);
    for (int g = 0; g < l->sum.group_count; g++)
        output_format(output, "  %s: layers %s\n", kind_name(&l->sum.groups[g]), layer_list(&l->sum, g, arena));
}

static void print_sums(const Layers *l, Arena *arena, Output *output) {
    const struct {
        const char *what;
        uint64_t pattern, all;
    } rows[] = {{"pairs a head", l->sum.pair_count, l->all_global.pair_count},
                {"scores in tiles", l->sum.score_count, l->all_global.score_count},
                {"issued bytes", l->sum.issued_bytes, l->all_global.issued_bytes},
                {"FLOPs", l->sum.flops, l->all_global.flops},
                {"KV cache bytes", l->sum.kv_bytes, l->all_global.kv_bytes}};
    Table table;
    table_begin(&table, arena, "lrrr");
    table_cell(&table, " ");
    table_cell(&table, "this model");
    table_cell(&table, "all global");
    table_cell(&table, "times");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!rows[i].all) continue;
        table_cell(&table, "%s", rows[i].what);
        table_cell(&table, "%s", units_exact(rows[i].pattern).text);
        table_cell(&table, "%s", units_exact(rows[i].all).text);
        table_cell(&table, "%s", units_ratio((double)rows[i].all / (double)rows[i].pattern).text);
    }
    output_format(output, "\nSums, repeated for all %llu layers\n", (unsigned long long)l->sum.layer_count);
    table_print(&table, 2, output);
}

static void print_text(const Layers *l, Arena *arena, Output *output) {
    output_format(output, "%s (%s): %llu layers, N = %s, batch %llu, %s, forward, on %s\n", l->model.name,
                  model_family_title(l->model.family), (unsigned long long)l->model.layer_count,
                  units_exact(l->options.tokens_rows).text, (unsigned long long)l->options.batch_count,
                  dtype_name(l->model.dtype), l->machine.title);
    print_groups(l, arena, output);
    print_sums(l, arena, output);
    for (int i = 0; i < l->model.note_count; i++) output_format(output, "\nassumed: %s\n", l->model.notes[i]);
}

/* What a kind of layer and a sum over layers both have. */
#define LAYER_COUNTS(X)                                                                                                \
    X("pair_count", pair_count)                                                                                        \
    X("score_count", score_count)                                                                                      \
    X("issued_bytes", issued_bytes) X("flops", flops) X("peak_hbm_bytes", peak_bytes) X("kv_bytes", kv_bytes)

static json_t *sum_json(const LayersSum *sum) {
    json_t *row = json_object();
#define X(key, member) json_object_set_new(row, key, json_out_u64(sum->member));
    LAYER_COUNTS(X)
#undef X
    return row;
}

static json_t *group_json(const LayerGroup *group) {
    json_t *row = json_object();
    json_object_set_new(row, "is_global", json_boolean(group->is_global));
    json_object_set_new(row, "has_attention", json_boolean(!group->is_stateful));
    json_object_set_new(row, "shares_cache", json_boolean(group->shares_cache));
    json_object_set_new(row, "window_keys", group->is_global ? json_null() : json_out_u64(group->window_keys));
    json_object_set_new(row, "layer_count", json_out_u64(group->count));
#define X(key, member) json_object_set_new(row, key, json_out_u64(group->member));
    LAYER_COUNTS(X)
#undef X
    json_object_set_new(row, "scenario", group->is_stateful ? json_null() : scenario_json(&group->scenario));
    return row;
}

static void print_json(const Layers *l, Output *output) {
    json_t *root = json_object(), *groups = json_array(), *layers = json_array(), *notes = json_array();
    json_object_set_new(root, "format", json_string("hbmscope.layers/1"));
    json_object_set_new(root, "model", json_string(l->model.name));
    json_object_set_new(root, "tokens", json_out_u64(l->options.tokens_rows));
    json_object_set_new(root, "batch_count", json_out_u64(l->options.batch_count));
    for (int g = 0; g < l->sum.group_count; g++) json_array_append_new(groups, group_json(&l->sum.groups[g]));
    for (uint64_t i = 0; i < l->sum.layer_count; i++)
        json_array_append_new(layers, json_integer(l->sum.group_of_layer[i]));
    for (int i = 0; i < l->model.note_count; i++) json_array_append_new(notes, json_string(l->model.notes[i]));
    json_object_set_new(root, "kinds", groups);
    json_object_set_new(root, "kind_of_layer", layers);
    json_object_set_new(root, "sum", sum_json(&l->sum));
    json_object_set_new(root, "sum_all_global", sum_json(&l->all_global));
    json_object_set_new(root, "assumed", notes);
    json_out_document(output, root);
}

static void print_csv(const Layers *l, Output *output) {
    output_format(
        output,
        "layer,is_global,window_keys,algorithm,pair_count,score_count,issued_bytes,flops,peak_hbm_bytes,kv_bytes\n");
    for (uint64_t i = 0; i < l->sum.layer_count; i++) {
        const LayerGroup *g = &l->sum.groups[l->sum.group_of_layer[i]];
        output_format(output, "%llu,%d,", (unsigned long long)i, g->is_global);
        if (!g->is_global) output_format(output, "%llu", (unsigned long long)g->window_keys);
        output_format(output, ",%s,%llu,%llu,%llu,%llu,%llu,%llu\n", g->algorithm, (unsigned long long)g->pair_count,
                      (unsigned long long)g->score_count, (unsigned long long)g->issued_bytes,
                      (unsigned long long)g->flops, (unsigned long long)g->peak_bytes, (unsigned long long)g->kv_bytes);
    }
}

static bool print(const LayersTexts *texts, OutputFormat format, Arena *arena, Err *err) {
    Layers *l = ARENA_NEW(arena, Layers);
    Output output = {0};
    if (!make(texts, l, arena, err)) return false;
    if (format == OUTPUT_JSON)
        print_json(l, &output);
    else if (format == OUTPUT_CSV)
        print_csv(l, &output);
    else
        print_text(l, arena, &output);
    return output_flush(&output, err);
}

bool verb_layers(int argc, char **argv, Err *err) {
    LayersTexts texts = {0};
    const VerbOption own[] = {{"model", &texts.model, NULL}, {"config", &texts.config, NULL},
                              {"seq", &texts.seq, NULL},     {"batch", &texts.batch, NULL},
                              {"gpu", &texts.gpu, NULL},     {"algorithm", &texts.algorithm, NULL},
                              {"cache", &texts.cache, NULL}};
    OutputFormat format = OUTPUT_TEXT;
    Arena arena = {0};
    bool is_done = verb_parse_list(argc, argv, own, sizeof own / sizeof own[0], &format, err) &&
                   print(&texts, format, &arena, err);
    arena_free(&arena);
    return is_done;
}
