/* hbmscope models: the built-in models, or one's own, as text, JSON (hbmscope.models/1) or CSV, each with its source.
 */
#include <string.h>

#include "sim/context/model_table.h"
#include "sim/units.h"
#include "viz/cli/json_out.h"
#include "viz/cli/model_args.h"
#include "viz/cli/table.h"
#include "viz/cli/verbs.h"

static uint64_t kv_bytes_per_token(const Model *m) {
    return model_kv_bytes_per_token(m, KV_AS_MODEL, dtype_elem_bytes(m->cache_dtype));
}

static void print_assumed(const Model *m, Output *output) {
    for (int i = 0; i < m->note_count; i++) output_format(output, "\nassumed: %s\n", m->notes[i]);
}

/* The cache's type: one model's, or each its own; --cache makes all alike. */
static const char *cache_text(const Model *models, int count) {
    for (int i = 1; i < count; i++)
        if (models[i].cache_dtype != models[0].cache_dtype) return "the model's own type";
    return dtype_name(models[0].cache_dtype);
}

static void print_text(const Model *models, int count, Arena *arena, Output *output) {
    Table table;
    table_begin(&table, arena, "llrrrrrrr");
    const char *heads[] = {"name",  "family",   "parameters",    "layers",  "global",
                           "heads", "KV heads", "cache a token", "made for"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) table_cell(&table, "%s", heads[i]);
    for (int i = 0; i < count; i++) {
        const Model *m = &models[i];
        table_cell(&table, "%s", m->name);
        table_cell(&table, "%s", model_family_title(m->family));
        table_cell(&table, "%.3g B", (double)model_parameter_count(m) / 1e9);
        table_cell(&table, "%llu", (unsigned long long)m->layer_count);
        table_cell(&table, "%llu", (unsigned long long)model_global_layer_count(m));
        table_cell(&table, "%llu x %llu", (unsigned long long)m->head_count, (unsigned long long)m->head_dim_elems);
        if (model_is_mla(m))
            table_cell(&table, "MLA");
        else
            table_cell(&table, "%llu", (unsigned long long)m->kv_head_count);
        table_cell(&table, "%s", kv_bytes_per_token(m) ? units_kib_short(kv_bytes_per_token(m)).text : "-");
        table_cell(&table, "%s", units_tokens(m->position_max).text);
    }
    table_print(&table, 0, output);
    output_format(output, "\ncache a token: all layers, in %s; local layers keep only their window.%s\n",
                  cache_text(models, count), count == 1 ? "" : " Sources:");
    for (int i = 0; i < count; i++)
        if (strcmp(models[i].name, models[i].source) != 0)
            output_format(output, "  %-16s %s\n", models[i].name, models[i].source);
    if (count == 1)
        print_assumed(models, output);
    else
        output_format(
            output, "\nYour own model: give its config.json to --config, or to `count` in place of a scenario file.\n");
}

static json_t *model_json(const Model *m) {
    json_t *row = json_object();
    json_object_set_new(row, "name", json_string(m->name));
    json_object_set_new(row, "family", json_string(model_family_title(m->family)));
    json_object_set_new(row, "source", json_string(m->source));
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {{"parameter_count", model_parameter_count(m)},
                   {"active_parameter_count", model_active_parameter_count(m)},
                   {"weight_bytes", model_weight_bytes(m)},
                   {"layer_count", m->layer_count},
                   {"global_layer_count", model_global_layer_count(m)},
                   {"hidden_elems", m->hidden_elems},
                   {"head_count", m->head_count},
                   {"kv_head_count", m->kv_head_count},
                   {"head_dim_elems", m->head_dim_elems},
                   {"latent_elems", m->latent_elems},
                   {"kv_bytes_per_token", kv_bytes_per_token(m)},
                   {"position_max", m->position_max}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        json_object_set_new(row, numbers[i].key, json_out_u64(numbers[i].value));
    json_object_set_new(row, "dtype", json_string(dtype_name(m->dtype)));
    json_object_set_new(row, "cache_dtype", json_string(dtype_name(m->cache_dtype)));
    json_t *notes = json_array();
    for (int i = 0; i < m->note_count; i++) json_array_append_new(notes, json_string(m->notes[i]));
    json_object_set_new(row, "assumed", notes);
    return row;
}

static void print_json(const Model *models, int count, Output *output) {
    json_t *root = json_pack("{s:s, s:[]}", "format", "hbmscope.models/1", "models");
    for (int i = 0; i < count; i++) json_array_append_new(json_object_get(root, "models"), model_json(&models[i]));
    json_out_document(output, root);
}

static void print_csv(const Model *models, int count, Output *output) {
    output_format(output, "name,parameter_count,layer_count,global_layer_count,head_count,kv_head_count,head_dim_elems,"
                          "kv_bytes_per_token,position_max\n");
    for (int i = 0; i < count; i++) {
        const Model *m = &models[i];
        output_format(output, "%s,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu\n", m->name,
                      (unsigned long long)model_parameter_count(m), (unsigned long long)m->layer_count,
                      (unsigned long long)model_global_layer_count(m), (unsigned long long)m->head_count,
                      (unsigned long long)m->kv_head_count, (unsigned long long)m->head_dim_elems,
                      (unsigned long long)kv_bytes_per_token(m), (unsigned long long)m->position_max);
    }
}

/* The one that is asked for, or all that are built in. */
static bool find_models(const char *name, const char *config, const char *cache, Arena *arena, Model **models,
                        int *count, Err *err) {
    bool is_one = name || config, is_read = true;
    *count = is_one ? 1 : model_table_count;
    *models = ARENA_ARRAY(arena, Model, *count);
    if (is_one) return model_from_args(name, config, NULL, *models, err) && model_cache_from_arg(cache, *models, err);
    for (int i = 0; i < model_table_count && is_read; i++)
        is_read = model_find(model_table[i].name, *models + i, err) && model_cache_from_arg(cache, *models + i, err);
    return is_read;
}

bool verb_models(int argc, char **argv, Err *err) {
    const char *name = NULL, *config = NULL, *cache = NULL;
    const VerbOption own[] = {{"model", &name, NULL}, {"config", &config, NULL}, {"cache", &cache, NULL}};
    OutputFormat format = OUTPUT_TEXT;
    Output output = {0};
    Arena arena = {0};
    Model *models;
    int count;
    bool is_read = verb_parse_list(argc, argv, own, sizeof own / sizeof own[0], &format, err) &&
                   find_models(name, config, cache, &arena, &models, &count, err);
    if (is_read && format == OUTPUT_JSON)
        print_json(models, count, &output);
    else if (is_read && format == OUTPUT_CSV)
        print_csv(models, count, &output);
    else if (is_read)
        print_text(models, count, &arena, &output);
    arena_free(&arena);
    return is_read && output_flush(&output, err);
}
