/* Computing what the views about models and choices draw: see model_data.h. */
#include "viz/views/model_data.h"

#include "sim/attention/algorithm.h"
#include "sim/base/checked.h"

/* The algorithms that are compared on one layer. dsa is left out: its choice among single tokens takes seconds. */
static const char *const compared[] = {"standard", "flash2", "window", "moba", "nsa", "quest"};

static void add_curves(ModelData *data, const Machine *machine, Arena *arena) {
    ModelLayer layer = {.is_global = true};
    for (size_t c = 0; c < sizeof compared / sizeof compared[0]; c++) {
        MethodCurve *curve = &data->curves[data->curve_count++];
        curve->algorithm = compared[c];
        for (int i = 0; i < data->plan.point_count; i++) {
            LayersOptions at = {
                .batch_count = 1, .tokens_rows = data->plan.points[i].tokens_rows, .global_algorithm = "flash2"};
            Scenario s = layers_scenario(&data->model, &layer, &at, machine);
            Formula *f = ARENA_NEW(arena, Formula);
            if (algorithm_formula(algorithm_find(compared[c]), &s, f, arena, NULL))
                curve->issued_bytes[i] =
                    (double)(f->total[COUNTER_ISSUED_READ_BYTES] + f->total[COUNTER_ISSUED_WRITE_BYTES]);
        }
    }
}

/* One new token against the longest cache, as the program `decode` would run it. MLA's rows are one head's for all. */
static bool resolve_step(ModelData *data, const Machine *machine, Err *err) {
    const Model *m = &data->model;
    ModelLayer layer = {.is_global = true};
    LayersOptions at = {.batch_count = 1, .tokens_rows = data->plan.options.to_rows, .global_algorithm = "decode"};
    if (!m->is_causal) return true;
    data->step = layers_scenario(m, &layer, &at, machine);
    data->step.query_rows = 1;
    if (model_global_layer_count(m) == 0)
        data->step.key_rows = min_u64(data->step.key_rows, m->layers[0].window_keys + 1);
    if (model_is_mla(m)) data->step.kv_head_count = 1;
    return algorithm_find("decode")->resolve(&data->step, NULL, 0, err);
}

bool model_data_make(const Model *model, const Machine *machine, PlanOptions options, uint64_t tokens_rows,
                     ModelData *data, Arena *arena, Err *err) {
    *data = (ModelData){.model = *model, .tokens_rows = tokens_rows ? tokens_rows : layers_default_rows(model)};
    LayersOptions at = {.batch_count = 1, .tokens_rows = data->tokens_rows, .global_algorithm = "flash2"}, shorter = at;
    shorter.tokens_rows = max_u64(1, data->tokens_rows / 16);
    LayersOptions all = at, shorter_all = shorter;
    all.is_all_global = shorter_all.is_all_global = true;
    bool is_made = layers_count(&data->model, at, machine, &data->pattern, arena, err) &&
                   layers_count(&data->model, all, machine, &data->all_global, arena, err) &&
                   layers_count(&data->model, shorter, machine, &data->short_pattern, arena, err) &&
                   layers_count(&data->model, shorter_all, machine, &data->short_all_global, arena, err) &&
                   plan_make(&data->model, machine, options, &data->plan, arena, err);
    if (!is_made || !resolve_step(data, machine, err)) return false;
    add_curves(data, machine, arena);
    return true;
}

/* Counts kept pairs tile by tile. */
static void fill_panel(const SelectInput *input, const SelectKeys *keys, ChoicePanel *panel) {
    uint64_t n = input->n_rows, tile = n / CHOICE_GRID, kept = 0, allowed = 0, loaded = 0, allowed_tiles = 0;
    bool is_causal = panel->options.is_causal;
    for (uint64_t i = 0; i < CHOICE_GRID; i++)
        for (uint64_t j = 0; j < CHOICE_GRID; j++) {
            uint64_t in_tile = 0;
            for (uint64_t q = i * tile; q < (i + 1) * tile; q++)
                for (uint64_t k = j * tile; k < (j + 1) * tile; k++) in_tile += select_is_kept(keys, q, k);
            bool is_allowed = !is_causal || j <= i;
            kept += in_tile, loaded += in_tile > 0, allowed_tiles += is_allowed;
            panel->density[i][j] = in_tile ? (uint8_t)max_u64(1, in_tile * 255 / (tile * tile)) : 0;
        }
    allowed = is_causal ? n * (n + 1) / 2 : n * n;
    panel->mask_fraction = (double)kept / (double)allowed;
    panel->tile_fraction = (double)loaded / (double)allowed_tiles;
}

/* About an eighth of the keys a query: comparable pictures. */
static SelectOptions panel_options(SelectMethod method, bool is_causal, uint64_t n) {
    SelectOptions o = {.method = method, .is_causal = is_causal};
    uint64_t budget = n / 8;
    switch (method) {
    case SELECT_WINDOW: o.window_keys = budget; break;
    case SELECT_LONGFORMER: o.window_keys = budget / 2, o.global_token_count = budget / 4; break;
    case SELECT_MOBA: o.block_rows = n / 32, o.select_count = 4; break;
    case SELECT_NSA:
        o.block_rows = n / 64, o.select_count = 6, o.window_keys = budget / 4;
        o.compress_rows = n / 64, o.compress_stride_rows = n / 128;
        break;
    case SELECT_QUEST: o.block_rows = 16, o.select_count = budget / 16; break;
    default: o.select_count = budget; break;
    }
    return select_resolve(o);
}

void choice_data_panels(const SelectInput *input, ChoiceData *data, Arena *arena) {
    static const SelectMethod methods[CHOICE_PANELS_MAX] = {SELECT_WINDOW, SELECT_LONGFORMER, SELECT_MOBA,
                                                            SELECT_NSA,    SELECT_QUEST,      SELECT_DSA};
    data->input = *input, data->is_causal = true, data->tile_rows = input->n_rows / CHOICE_GRID;
    SelectDense dense = select_dense(input, true, arena);
    for (int i = 0; i < CHOICE_PANELS_MAX; i++) {
        ChoicePanel *panel = &data->panels[data->panel_count++];
        panel->options = panel_options(methods[i], true, input->n_rows);
        SelectKeys keys = select_run(input, panel->options, arena);
        fill_panel(input, &keys, panel);
        panel->quality = select_measure(input, panel->options, &dense, arena);
    }
}

void choice_data_tradeoff(const SelectInput *input, ChoiceData *data, Arena *arena) {
    data->input = *input, data->is_causal = true;
    data->point_count = select_tradeoff(input, true, data->points, TRADEOFF_POINTS_MAX, arena);
}
