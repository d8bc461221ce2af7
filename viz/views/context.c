/* View `context`: a model from 2K to 128K tokens. Left: memory of a GPU for every way of running, with the GPU's memory
 * as a line and the length at which each breaks. Right: bytes that one layer asks of HBM, by algorithm.
 *
 * Ways whose memory is the same at every length share a curve and a label.
 */
#include <math.h>
#include <string.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

static UnitText kib_text(double bytes) { return units_kib_short((uint64_t)llround(bytes)); }
static UnitText gb_text(double bytes) { return units_gb_short(bytes); }
static UnitText tokens_text(double tokens) { return units_tokens((uint64_t)llround(tokens)); }

typedef struct Curve {
    const char *name;
    double y[PLAN_POINTS_MAX];
    uint64_t breaks_at; /* tokens; 0: holds to the end */
} Curve;

enum { CURVES_MAX = 8 };

static const char *short_name(const char *key) {
    static const char *const names[][2] = {{"standard", "standard"},
                                           {"flash", "flash"},
                                           {"fp8-cache", "fp8 cache"},
                                           {"window", "local layers"},
                                           {"ring", "ring"},
                                           {"chunked", "in chunks"},
                                           {"gqa", "GQA"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], key) == 0) return names[i][1];
    return key;
}

/* The remedies' memory, without those that have an earlier one's at every length. */
static int memory_curves(const Plan *plan, Curve *curves) {
    int count = 0;
    for (int r = 0; r < plan->remedy_count && count < CURVES_MAX; r++) {
        const PlanRemedy *remedy = &plan->remedies[r];
        Curve curve = {.name = short_name(remedy->key), .breaks_at = remedy->fits ? 0 : remedy->tokens_max};
        bool is_new = true;
        for (int i = 0; i < plan->point_count; i++) curve.y[i] = (double)remedy->point_memory_bytes[i];
        for (int c = 0; c < count; c++) is_new = is_new && memcmp(curves[c].y, curve.y, sizeof curve.y) != 0;
        if (is_new) curves[count++] = curve;
    }
    return count;
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const Plan *plan = &input->model->plan;
    const PlanPoint *last = &plan->points[plan->point_count - 1];
    const PlanRemedy *standard = &plan->remedies[0];
    const char *memory = arena_copy_text(arena, units_kib(standard->memory_bytes).text);
    ViewHeadline text = {
        arena_format(arena, "%s at %s tokens: %s with standard attention, %s with flash", plan->model->name,
                     units_tokens(last->tokens_rows).text, memory, units_kib(last->flash_bytes).text),
        standard->fits
            ? "Everything fits at every length."
            : arena_format(arena,
                           "Scores break first: standard attention stops at %s tokens, where N² matrices of one layer "
                           "fill the GPU. "
                           "Without them %s.",
                           units_exact(standard->tokens_max).text,
                           last->kv_bytes ? arena_format(arena, "it is weights and a KV cache that grows as N")
                                          : "memory grows as N")};
    return text;
}

static const char *source(const ViewInput *input, Arena *arena) {
    const Plan *plan = &input->model->plan;
    return arena_format(arena,
                        "Model: %s; batch 1, %s, on %s. Memory: weights, KV cache, one layer's activations and scores; "
                        "90%% of HBM is usable. "
                        "Bytes: issued, by formula, one global layer.",
                        plan->model->source, dtype_name(plan->model->dtype), plan->machine.title);
}

static PlotAxis tokens_axis(const Plan *plan) {
    return (PlotAxis){.min = (double)plan->points[0].tokens_rows,
                      .max = (double)plan->points[plan->point_count - 1].tokens_rows,
                      .is_log = true,
                      .log_factor = 2,
                      .log_base = 1024,
                      .format = tokens_text,
                      .title = "N, tokens"};
}

/* A log axis around all values, to whole powers of the factor. */
static PlotAxis bytes_axis(const Curve *curves, int count, int points, double factor, PlotFormat format,
                           const char *title) {
    double low = INFINITY, high = 0;
    for (int c = 0; c < count; c++)
        for (int i = 0; i < points; i++)
            if (curves[c].y[i] > 0) low = fmin(low, curves[c].y[i]), high = fmax(high, curves[c].y[i]);
    low = pow(factor, floor(log(low / 1.3) / log(factor)));
    high = pow(factor, ceil(log(high * 1.2) / log(factor)));
    return (PlotAxis){.min = low, .max = high, .is_log = true, .log_factor = factor, .format = format, .title = title};
}

static void draw_curves(Plot *plot, const Plan *plan, const Curve *curves, int count, PlotFormat format,
                        const PlotLabel *more) {
    PlotLabel labels[CURVES_MAX + 1];
    int label_count = 0, points = plan->point_count;
    double x[PLAN_POINTS_MAX];
    for (int i = 0; i < points; i++) x[i] = (double)plan->points[i].tokens_rows;
    for (int c = 0; c < count; c++)
        plot_curve(plot, x, curves[c].y, points, theme_series(plot->theme, c), 2.5 * plot->theme->scale,
                   c > 3 ? DASH_DASHED : DASH_SOLID);
    for (int c = 0; c < count; c++) {
        for (int i = 0; i < points; i++)
            if (curves[c].y[i] > 0) plot_mark(plot, x[i], curves[c].y[i], theme_series(plot->theme, c), false);
        labels[label_count++] =
            (PlotLabel){.x = x[points - 1],
                        .y = curves[c].y[points - 1],
                        .color = theme_series(plot->theme, c),
                        .name = curves[c].name,
                        .value = arena_copy_text(plot->scene->arena, format(curves[c].y[points - 1]).text)};
    }
    if (more) labels[label_count++] = *more;
    plot_end_labels(plot, labels, label_count);
}

/* Where a curve meets the GPU's memory. */
static void draw_breaks(Plot *plot, const Plan *plan, const Curve *curves, int count) {
    for (int c = 0; c < count; c++)
        if (curves[c].breaks_at > plan->points[0].tokens_rows)
            plot_callout(plot, (double)curves[c].breaks_at, (double)plan->usable_bytes, 20 * plot->theme->unit_px,
                         arena_format(plot->scene->arena, "%s breaks after %s tokens", curves[c].name,
                                      units_exact(curves[c].breaks_at).text));
}

static UnitText rounded_kib(double bytes) { return units_kib((uint64_t)llround(bytes)); }
static UnitText rounded_gb(double bytes) { return units_gb((uint64_t)llround(bytes)); }

static void draw_memory(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const Plan *plan = &input->model->plan;
    Curve curves[CURVES_MAX];
    int count = memory_curves(plan, curves);
    Plot plot =
        plot_make(scene, theme, box, tokens_axis(plan),
                  bytes_axis(curves, count, plan->point_count, 4, kib_text, "memory of a GPU"), 13 * theme->unit_px);
    plot_frame(&plot);
    double usable = (double)plan->usable_bytes, y = plot_y(&plot, usable);
    bool has_line = usable > plot.y.min && usable < plot.y.max;
    if (has_line) {
        scene_dash_line(scene, (Point){plot.area.x, y}, (Point){plot.area.x + plot.area.w, y}, theme->ink,
                        1.5 * theme->scale, DASH_DOTTED);
        plot_take(&plot, (Box){plot.area.x, y - 2, plot.area.w, 4});
    }
    PlotLabel line = {.x = plot.x.max,
                      .y = usable,
                      .color = theme->ink,
                      .name = plan->machine.name,
                      .value = arena_format(scene->arena, "%s usable", rounded_kib(usable).text)};
    draw_curves(&plot, plan, curves, count, rounded_kib, has_line ? &line : NULL);
    draw_breaks(&plot, plan, curves, count);
}

static void draw_bytes(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const ModelData *data = input->model;
    Curve curves[CURVES_MAX];
    int count = 0;
    for (int c = 0; c < data->curve_count; c++) {
        if (data->curves[c].issued_bytes[data->plan.point_count - 1] <= 0) continue;
        curves[count] = (Curve){.name = data->curves[c].algorithm};
        memcpy(curves[count++].y, data->curves[c].issued_bytes, sizeof curves[0].y);
    }
    Plot plot = plot_make(scene, theme, box, tokens_axis(&data->plan),
                          bytes_axis(curves, count, data->plan.point_count, 10, gb_text, "bytes one layer asks of HBM"),
                          13 * theme->unit_px);
    plot_frame(&plot);
    draw_curves(&plot, &data->plan, curves, count, rounded_gb, NULL);
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    double gap_px = 5 * theme->unit_px;
    Box left = box_cut_left(&box, (box.w - gap_px) / 2);
    box_cut_left(&box, gap_px);
    draw_memory(input, theme, left, scene);
    draw_bytes(input, theme, box, scene);
}

const View view_context = {
    .name = "context",
    .title = "From 2K to 128K tokens",
    .help = "a model's memory and bytes against N for every method, and where each breaks (--model, --config)",
    .needs = VIEW_NEEDS_MODEL,
    .model_default = "llama-3-8b",
    .least_width_units = 130,
    .least_height_units = 56,
    .headline = headline,
    .draw = draw,
    .source = source,
};
