/* View `layers`: a model's layers from first to last, what each sees and costs, beside the same model all-global.
 *
 *     the model      [G][L][L][G][L][L][G] ...     bars: scores computed by each layer, colour: kind of layer
 *     all global     [G][G][G][G][G][G][G] ...
 *     sums           pairs, scores in tiles, bytes, KV cache: repeated for all layers, and the ratio
 */
#include <math.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

enum { HIT_LAYER = 1 };

static double ratio(uint64_t all, uint64_t pattern) { return pattern ? (double)all / (double)pattern : 0; }

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const ModelData *d = input->model;
    uint64_t global = model_global_layer_count(&d->model), local = model_attention_layer_count(&d->model) - global,
             stateful = d->model.layer_count - global - local;
    if (stateful)
        return (ViewHeadline){
            arena_format(arena, "%s: %llu of %llu layers have attention", d->model.name,
                         (unsigned long long)(global + local), (unsigned long long)d->model.layer_count),
            arena_format(arena,
                         "The others keep a state of fixed size: no scores and no cache. At %s tokens "
                         "that is %s fewer pairs than attention in every layer.",
                         units_tokens(d->tokens_rows).text,
                         units_ratio(ratio(d->all_global.pair_count, d->pattern.pair_count)).text)};
    if (!local)
        return (ViewHeadline){arena_format(arena, "%s: all %llu layers are global", d->model.name,
                                           (unsigned long long)d->model.layer_count),
                              "Every layer scores every key that it may see; each costs the same, and the sum is the "
                              "number of layers times one."};
    return (ViewHeadline){
        arena_format(arena, "%s: %llu global and %llu local layers score %s fewer pairs than all-global", d->model.name,
                     (unsigned long long)global, (unsigned long long)local,
                     units_ratio(ratio(d->all_global.pair_count, d->pattern.pair_count)).text),
        arena_format(arena,
                     "At %s tokens. At %s, a sixteenth, the same pattern saves %s: the longer the text, the more a "
                     "window is worth. "
                     "Whole tiles cost a little more than the pairs: %s.",
                     units_tokens(d->tokens_rows).text, units_tokens(d->tokens_rows / 16).text,
                     units_ratio(ratio(d->short_all_global.pair_count, d->short_pattern.pair_count)).text,
                     units_ratio(ratio(d->all_global.score_count, d->pattern.score_count)).text)};
}

static const char *source(const ViewInput *input, Arena *arena) {
    const ModelData *d = input->model;
    return arena_format(arena,
                        "Model: %s; batch 1, N = %s, forward, %s. Global layers run flash2, local ones window; bytes "
                        "issued, by formula.",
                        d->model.source, units_exact(d->tokens_rows).text, input->scenario->machine.title);
}

/* How many scores a layer of this kind computes, in the bar that is high enough or above it. */
static void draw_bar_count(const Theme *theme, Box bar, Scene *scene, const LayerGroup *group) {
    TextStyle style = theme_text(theme, TYPE_SMALL);
    UnitText count = units_count(group->score_count);
    bool is_inside = bar.h > 3 * theme->unit_px;
    if (scene_text_width(scene, style, count.text) > bar.w - theme->unit_px / 2) return;
    if (is_inside && group->is_global) style.color = theme->on_tensor[TENSOR_S];
    scene_text(scene, bar.x + bar.w / 2, is_inside ? bar.y + 2.2 * theme->unit_px : bar.y - 0.6 * theme->unit_px,
               text_center(style), count.text);
}

static void draw_strip(const Theme *theme, Box box, Scene *scene, const LayersSum *sum, const LayersSum *all,
                       const char *name) {
    Box head = box_cut_top(&box, 3 * theme->unit_px);
    scene_text(scene, head.x, head.y + 2 * theme->unit_px, theme_text_bold(theme, TYPE_BODY), name);
    Box feet = box_cut_bottom(&box, 2.2 * theme->unit_px);
    double step_px = box.w / (double)sum->layer_count, gap_px = fmin(3 * theme->hairline_px, step_px / 6);
    double px_per_score = box.h / (double)all->groups[0].score_count;
    bool is_told[LAYERS_GROUPS_MAX] = {false};
    for (uint64_t i = 0; i < sum->layer_count; i++) {
        const LayerGroup *group = &sum->groups[sum->group_of_layer[i]];
        double height = fmax(2 * theme->hairline_px, (double)group->score_count * px_per_score),
               left = floor(box.x + (double)i * step_px);
        Box bar = {left, box.y + box.h - height, floor(box.x + (double)(i + 1) * step_px) - left - gap_px, height};
        Paint paint = theme_tile(theme, TENSOR_S, group->is_global ? TILE_NOW : TILE_DONE);
        scene_rect(scene, bar, paint);
        if (!is_told[sum->group_of_layer[i]]) draw_bar_count(theme, bar, scene, group);
        is_told[sum->group_of_layer[i]] = true;
        const char *text = group->is_stateful ? "a state, no key"
                           : group->is_global ? "global: every key"
                                              : arena_format(scene->arena, "local: %llu keys beside itself",
                                                             (unsigned long long)group->window_keys);
        scene_hit(scene, bar,
                  (SceneHit){HIT_LAYER,
                             {(int32_t)i},
                             group->issued_bytes,
                             arena_format(scene->arena, "layer %llu, %s: %s scores a head, %s bytes",
                                          (unsigned long long)i, text, units_exact(group->score_count).text,
                                          units_exact(group->issued_bytes).text)});
        bool is_named = sum->layer_count <= 34 || i % 8 == 0;
        if (is_named)
            scene_textf(scene, bar.x + bar.w / 2, feet.y + 1.8 * theme->unit_px,
                        text_center(theme_text_soft(theme, TYPE_SMALL)), "%llu", (unsigned long long)i);
    }
}

/* One kind of layer: its patch of colour, what it sees and what one of it costs. */
static double draw_kind(const Theme *theme, double x, double y, Scene *scene, const LayerGroup *group) {
    double unit = theme->unit_px;
    Box patch = {x, y - 1.4 * unit, 1.6 * unit, 1.6 * unit};
    scene_rect(scene, patch, theme_tile(theme, TENSOR_S, group->is_global ? TILE_NOW : TILE_DONE));
    if (group->is_stateful)
        return scene_text(scene, x + 2.4 * unit, y, theme_text(theme, TYPE_SMALL),
                          "no attention: a state, no scores, no cache");
    const char *sees = group->is_global
                           ? "every key"
                           : arena_format(scene->arena, "%s keys", units_exact(group->window_keys + 1).text);
    return scene_text(scene, x + 2.4 * unit, y, theme_text(theme, TYPE_SMALL),
                      arena_format(scene->arena, "%s layer (%s): sees %s; moves %s, working memory %s%s",
                                   group->is_global ? "global" : "local", group->algorithm, sees,
                                   units_gb(group->issued_bytes).text, units_kib(group->peak_bytes).text,
                                   group->shares_cache ? "; uses an earlier layer's cache" : ""));
}

typedef struct Row {
    const char *what;
    uint64_t pattern, all;
    UnitText (*format)(uint64_t value);
} Row;

/* "repeated for all layers": the sums of both, and how many times. */
static void draw_sums(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const ModelData *d = input->model;
    const Row rows[] = {{"pairs a head", d->pattern.pair_count, d->all_global.pair_count, units_count},
                        {"scores in tiles", d->pattern.score_count, d->all_global.score_count, units_count},
                        {"bytes asked of HBM", d->pattern.issued_bytes, d->all_global.issued_bytes, units_gb},
                        {"arithmetic", d->pattern.flops, d->all_global.flops, units_flops},
                        {"KV cache", d->pattern.kv_bytes, d->all_global.kv_bytes, units_kib}};
    double unit = theme->unit_px, line = 2.9 * unit, y = box.y + 2 * unit;
    double right[4] = {box.x + 22 * unit, box.x + 38 * unit, box.x + 54 * unit, box.x + 66 * unit};
    const char *heads[4] = {"", "this pattern", "all global", "times"};
    scene_text(scene, box.x, y, theme_text_bold(theme, TYPE_BODY), "Sums over all layers");
    for (int i = 1; i < 4; i++)
        scene_text(scene, right[i], y, text_right(theme_text_soft(theme, TYPE_SMALL)), heads[i]);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        if (!rows[r].all) continue;
        y += line;
        scene_text(scene, box.x, y, theme_text(theme, TYPE_BODY), rows[r].what);
        scene_text(scene, right[1], y, text_right(theme_text(theme, TYPE_BODY)), rows[r].format(rows[r].pattern).text);
        scene_text(scene, right[2], y, text_right(theme_text(theme, TYPE_BODY)), rows[r].format(rows[r].all).text);
        scene_text(scene, right[3], y, text_right(theme_text_bold(theme, TYPE_BODY)),
                   units_ratio(ratio(rows[r].all, rows[r].pattern)).text);
    }
}

/* All-global pairs over the pattern's, at n tokens. */
static double saving_at(const Model *m, uint64_t n) {
    double pattern = 0, all = 0;
    const ModelLayer global = {.is_global = true};
    for (uint64_t i = 0; i < m->layer_count; i++) {
        pattern += (double)model_layer_pair_count(m, &m->layers[i], n);
        all += (double)model_layer_pair_count(m, &global, n);
    }
    return all / pattern;
}

static UnitText tokens_text(double tokens) { return units_tokens((uint64_t)llround(tokens)); }

/* The longer the text, the nearer the saving comes to layers / global layers. */
static void draw_saving(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    enum { POINTS = 12, FIRST = 128 };
    const ModelData *d = input->model;
    double x[POINTS], y[POINTS],
        limit = (double)d->model.layer_count / fmax(1, (double)model_global_layer_count(&d->model));
    for (int i = 0; i < POINTS; i++) x[i] = FIRST << i, y[i] = saving_at(&d->model, (uint64_t)FIRST << i);
    PlotAxis tokens = {.min = x[0],
                       .max = x[POINTS - 1],
                       .is_log = true,
                       .log_factor = 4,
                       .log_base = 128,
                       .format = tokens_text,
                       .title = "N, tokens"};
    PlotAxis times = plot_axis_from_zero(1.05 * fmax(1.2, fmax(limit, y[POINTS - 1])), units_ratio,
                                         "times fewer pairs than all-global");
    Plot plot = plot_make(scene, theme, box, tokens, times, 9 * theme->unit_px);
    plot_frame(&plot);
    plot_curve(&plot, x, y, POINTS, theme->tensor_ink[TENSOR_S], 2.5 * theme->scale, DASH_SOLID);
    const double at[2] = {(double)d->tokens_rows / 16, (double)d->tokens_rows};
    for (int i = 0; i < 2; i++) {
        double value = saving_at(&d->model, (uint64_t)at[i]);
        if (at[i] < x[0] || at[i] > x[POINTS - 1]) continue;
        plot_mark(&plot, at[i], value, theme->tensor_ink[TENSOR_S], false);
        plot_note(&plot, at[i], value, 1, 1, theme_text_bold(theme, TYPE_SMALL),
                  arena_format(scene->arena, "%s at %s", units_ratio(value).text, tokens_text(at[i]).text));
    }
    double limit_y = plot_y(&plot, limit);
    if (model_global_layer_count(&d->model) == 0 || limit <= 1) return;
    scene_dash_line(scene, (Point){plot.area.x, limit_y}, (Point){plot.area.x + plot.area.w, limit_y}, theme->ink,
                    1.5 * theme->scale, DASH_DOTTED);
    plot_end_labels(&plot,
                    &(PlotLabel){.x = x[POINTS - 1],
                                 .y = limit,
                                 .color = theme->ink,
                                 .name = arena_copy_text(scene->arena, units_ratio(limit).text),
                                 .value = "the limit"},
                    1);
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const ModelData *d = input->model;
    double unit = theme->unit_px;
    Box sums = box_cut_bottom(&box, 24 * unit);
    box_cut_bottom(&box, unit);
    Box kinds = box_cut_bottom(&box, (2.4 * d->pattern.group_count + 1.5) * unit);
    bool is_all_global = d->pattern.pair_count == d->all_global.pair_count;
    Box first = box_cut_top(&box, is_all_global ? box.h : box.h / 2);
    box_cut_top(&box, unit);
    draw_strip(theme, first, scene, &d->pattern, &d->all_global,
               arena_format(scene->arena, "%s, layer by layer: a bar is the scores that a layer computes for a head",
                            d->model.name));
    if (!is_all_global) draw_strip(theme, box, scene, &d->all_global, &d->all_global, "the same model, all global");
    for (int g = 0; g < d->pattern.group_count; g++)
        draw_kind(theme, kinds.x, kinds.y + (2.4 * g + 2.2) * unit, scene, &d->pattern.groups[g]);
    Box table = box_cut_left(&sums, 68 * unit);
    draw_sums(input, theme, table, scene);
    box_cut_left(&sums, 6 * unit);
    if (sums.w > 40 * unit && !is_all_global) draw_saving(input, theme, sums, scene);
}

const View view_layers = {
    .name = "layers",
    .title = "Layer by layer",
    .help =
        "which layer of a model is global and which local, what each costs, and the sum over all (--model, --config)",
    .needs = VIEW_NEEDS_MODEL,
    .model_default = "modernbert-base",
    .least_width_units = 110,
    .least_height_units = 62,
    .headline = headline,
    .draw = draw,
    .source = source,
};
