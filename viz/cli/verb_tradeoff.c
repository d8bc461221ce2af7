/* hbmscope tradeoff: what leaving keys out saves and costs, measured on one head's numbers against dense attention.
 *
 * A row a method and budget: part of the K and V bytes read (choosing included), attention mass kept, output error.
 * Text, JSON (hbmscope.tradeoff/1) or CSV.
 */
#include <jansson.h>

#include "sim/base/parse.h"
#include "sim/context/select.h"
#include "sim/units.h"
#include "viz/cli/json_out.h"
#include "viz/cli/table.h"
#include "viz/cli/verbs.h"

enum { POINTS_MAX = 128, ROWS_MAX = 4096, DIM_MAX_ELEMS = 512, ROWS_DEFAULT = 512, DIM_DEFAULT_ELEMS = 128 };

typedef struct TradeoffTexts {
    const char *q, *k, *v, *head, *seed, *rows, *dim;
    bool is_full;
} TradeoffTexts;

static bool read_input(const TradeoffTexts *t, SelectInput *input, Arena *arena, Err *err) {
    uint64_t head = 0, seed = 1, rows = ROWS_DEFAULT, dim = DIM_DEFAULT_ELEMS;
    if (t->head && !parse_size(t->head, "--head", 0, 1 << 20, &head, err)) return false;
    if (t->q || t->k || t->v) {
        if (!select_read_input(t->q, t->k, t->v, head, input, arena, err)) return false;
        if (input->n_rows > ROWS_MAX)
            return err_set(err, ERR_USAGE, "--q has %llu rows; at most %d are measured",
                           (unsigned long long)input->n_rows, ROWS_MAX);
        return true;
    }
    if (t->seed && !parse_size(t->seed, "--seed", 0, INT64_MAX, &seed, err)) return false;
    if (t->rows && !parse_size(t->rows, "--seq", 16, ROWS_MAX, &rows, err)) return false;
    if (t->dim && !parse_size(t->dim, "--head-dim", 1, DIM_MAX_ELEMS, &dim, err)) return false;
    *input = select_seeded_input(rows, dim, seed, arena);
    return true;
}

/* The budget as the method counts it. */
static const char *budget_text(const SelectOptions *o, Arena *arena) {
    unsigned long long count = o->select_count, block = o->block_rows, window = o->window_keys;
    switch (o->method) {
    case SELECT_WINDOW: return arena_format(arena, "window %llu", window);
    case SELECT_LONGFORMER:
        return arena_format(arena, "window %llu + %llu global", window, (unsigned long long)o->global_token_count);
    case SELECT_NSA: return arena_format(arena, "%llu x %llu + window %llu", count, block, window);
    case SELECT_DSA: return arena_format(arena, "%llu tokens", count);
    default: return arena_format(arena, "%llu x %llu", count, block);
    }
}

static void print_text(const SelectInput *input, const SelectPoint *points, int count, Arena *arena, Output *output) {
    Table table;
    table_begin(&table, arena, "llrrrrr");
    const char *heads[] = {"method", "budget", "pairs kept", "bytes read", "mass kept", "worst query", "output error"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) table_cell(&table, "%s", heads[i]);
    for (int i = 0; i < count; i++) {
        const SelectQuality *q = &points[i].quality;
        table_cell(&table, "%s", select_method_name(points[i].options.method));
        table_cell(&table, "%s", budget_text(&points[i].options, arena));
        table_cell(&table, "%s", units_percent(q->key_fraction).text);
        table_cell(&table, "%s", units_percent(q->read_fraction).text);
        table_cell(&table, "%s", units_percent(q->mass_kept).text);
        table_cell(&table, "%s", units_percent(q->mass_kept_min).text);
        table_cell(&table, "%.2e", q->output_error);
    }
    output_format(output,
                  "%s: one head, %llu x %llu; parts of what dense attention scores and reads; error of O, Frobenius, "
                  "in float64\n\n",
                  input->origin, (unsigned long long)input->n_rows, (unsigned long long)input->dim_elems);
    table_print(&table, 2, output);
}

static void print_json(const SelectInput *input, const SelectPoint *points, int count, Output *output) {
    json_t *root = json_object(), *rows = json_array();
    json_object_set_new(root, "format", json_string("hbmscope.tradeoff/1"));
    json_object_set_new(root, "origin", json_string(input->origin));
    json_object_set_new(root, "rows", json_out_u64(input->n_rows));
    json_object_set_new(root, "head_dim_elems", json_out_u64(input->dim_elems));
    for (int i = 0; i < count; i++) {
        const SelectOptions *o = &points[i].options;
        const SelectQuality *q = &points[i].quality;
        json_t *row = json_pack("{s:s, s:I, s:I, s:I, s:I}", "method", select_method_name(o->method), "block_rows",
                                (json_int_t)o->block_rows, "select_count", (json_int_t)o->select_count, "window_keys",
                                (json_int_t)o->window_keys, "global_token_count", (json_int_t)o->global_token_count);
        json_object_set_new(row, "key_fraction", json_real(q->key_fraction));
        json_object_set_new(row, "read_fraction", json_real(q->read_fraction));
        json_object_set_new(row, "mass_kept", json_real(q->mass_kept));
        json_object_set_new(row, "mass_kept_min", json_real(q->mass_kept_min));
        json_object_set_new(row, "output_error", json_real(q->output_error));
        json_object_set_new(row, "output_error_max", json_real(q->output_error_max));
        json_array_append_new(rows, row);
    }
    json_object_set_new(root, "points", rows);
    json_out_document(output, root);
}

static void print_csv(const SelectPoint *points, int count, Output *output) {
    output_format(output, "method,block_rows,select_count,window_keys,global_token_count,key_fraction,read_fraction,"
                          "mass_kept,mass_kept_min,output_error\n");
    for (int i = 0; i < count; i++) {
        const SelectOptions *o = &points[i].options;
        const SelectQuality *q = &points[i].quality;
        output_format(output, "%s,%llu,%llu,%llu,%llu,%.6f,%.6f,%.6f,%.6f,%.6e\n", select_method_name(o->method),
                      (unsigned long long)o->block_rows, (unsigned long long)o->select_count,
                      (unsigned long long)o->window_keys, (unsigned long long)o->global_token_count, q->key_fraction,
                      q->read_fraction, q->mass_kept, q->mass_kept_min, q->output_error);
    }
}

static bool print(const TradeoffTexts *texts, OutputFormat format, Arena *arena, Err *err) {
    SelectInput input;
    SelectPoint *points = ARENA_ARRAY(arena, SelectPoint, POINTS_MAX);
    Output output = {0};
    if (!read_input(texts, &input, arena, err)) return false;
    int count = select_tradeoff(&input, !texts->is_full, points, POINTS_MAX, arena);
    if (format == OUTPUT_JSON)
        print_json(&input, points, count, &output);
    else if (format == OUTPUT_CSV)
        print_csv(points, count, &output);
    else
        print_text(&input, points, count, arena, &output);
    return output_flush(&output, err);
}

bool verb_tradeoff(int argc, char **argv, Err *err) {
    TradeoffTexts texts = {0};
    const VerbOption own[] = {{"q", &texts.q, NULL},          {"k", &texts.k, NULL},         {"v", &texts.v, NULL},
                              {"head", &texts.head, NULL},    {"seed", &texts.seed, NULL},   {"seq", &texts.rows, NULL},
                              {"head-dim", &texts.dim, NULL}, {"full", NULL, &texts.is_full}};
    OutputFormat format = OUTPUT_TEXT;
    Arena arena = {0};
    bool is_done = verb_parse_list(argc, argv, own, sizeof own / sizeof own[0], &format, err) &&
                   print(&texts, format, &arena, err);
    arena_free(&arena);
    return is_done;
}
