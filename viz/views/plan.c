/* View `plan`: the planner's answer on one page, to be handed in or shown on a slide.
 *
 *     the recipe, numbered            | memory against N: standard, flash, the GPU's line
 *     remedies: rank, result, training, GPUs, memory, cache, first token, next token, longest N
 */
#include <math.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

static UnitText kib_text(double bytes) { return units_kib_short((uint64_t)llround(bytes)); }
static UnitText tokens_text(double tokens) { return units_tokens((uint64_t)llround(tokens)); }

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const Plan *plan = &input->model->plan;
    const PlanPoint *last = &plan->points[plan->point_count - 1];
    const PlanRemedy *standard = &plan->remedies[0];
    const char *from = arena_copy_text(arena, units_tokens(plan->options.from_rows).text),
               *to = arena_copy_text(arena, units_tokens(plan->options.to_rows).text);
    const char *breaks =
        standard->fits ? "standard attention fits"
                       : arena_format(arena, "standard attention stops at %s", units_exact(standard->tokens_max).text);
    return (ViewHeadline){arena_format(arena, "%s from %s to %s tokens: %s, flash needs %s", plan->model->name, from,
                                       to, breaks, units_kib(last->flash_bytes).text),
                          plan->answer};
}

static const char *source(const ViewInput *input, Arena *arena) {
    const Plan *plan = &input->model->plan;
    return arena_format(arena,
                        "Model: %s; %s, batch %llu. Times are floors (bytes / HBM rate or arithmetic / tensor rate); "
                        "memory: weights, cache, one layer's activations and scores. "
                        "Ranked: fits; no training before training; exact before approximate; fewer GPUs; faster.",
                        plan->model->source, dtype_name(plan->model->dtype),
                        (unsigned long long)plan->options.batch_count);
}

/* Height of all steps in this size of type. */
static double steps_height(const Plan *plan, const Theme *theme, double width_px, const Scene *scene, TypeSize size) {
    double lines = 0;
    for (int i = 0; i < plan->step_count; i++)
        lines += scene_wrap_lines(scene, width_px, theme_text(theme, size), view_pretty(plan->steps[i], scene->arena)) +
                 0.35;
    return lines * 1.3 * theme->type_px[size];
}

static void draw_steps(const Plan *plan, const Theme *theme, Box box, Scene *scene) {
    double indent = 2.6 * theme->unit_px, width = box.w - indent;
    TypeSize size = steps_height(plan, theme, width, scene, TYPE_BODY) <= box.h ? TYPE_BODY : TYPE_SMALL;
    double line = 1.3 * theme->type_px[size], y = box.y + line;
    for (int i = 0; i < plan->step_count; i++) {
        scene_textf(scene, box.x, y, theme_text_bold(theme, size), "%d", i + 1);
        y = scene_text_wrap(scene, box.x + indent, y, width, line, theme_text(theme, size),
                            view_pretty(plan->steps[i], scene->arena)) +
            0.35 * line;
    }
}

enum { MEMORY_CURVES = 3 };
static const struct {
    const char *name;
    TensorClass color;
} memory_curves[MEMORY_CURVES] = {{"standard", TENSOR_S}, {"flash", TENSOR_O}, {"KV cache", TENSOR_K}};

/* Memory against N, in bytes. */
typedef struct MemoryData {
    double x[PLAN_POINTS_MAX], y[MEMORY_CURVES][PLAN_POINTS_MAX];
    int point_count, curve_count; /* an encoder has no cache */
} MemoryData;

static MemoryData memory_data(const Plan *plan) {
    MemoryData data = {.point_count = plan->point_count};
    for (int i = 0; i < plan->point_count; i++) {
        const PlanPoint *point = &plan->points[i];
        data.x[i] = (double)point->tokens_rows;
        data.y[0][i] = (double)point->standard_bytes;
        data.y[1][i] = (double)point->flash_bytes;
        data.y[2][i] = fmax(1, (double)point->kv_bytes);
    }
    data.curve_count = plan->points[plan->point_count - 1].kv_bytes > 0 ? 3 : 2;
    return data;
}

static Plot memory_plot(const MemoryData *data, double usable_bytes, const Theme *theme, Box box, Scene *scene) {
    int last = data->point_count - 1;
    double least = data->curve_count == 3 ? fmin(data->y[2][0], data->y[1][0]) : data->y[1][0];
    PlotAxis tokens = {.min = data->x[0],
                       .max = data->x[last],
                       .is_log = true,
                       .log_factor = 2,
                       .log_base = 1024,
                       .format = tokens_text,
                       .title = "N, tokens"};
    PlotAxis bytes = {.min = pow(4, floor(log(least) / log(4))),
                      .max = pow(4, ceil(log(fmax(data->y[0][last], 1.2 * usable_bytes)) / log(4))),
                      .is_log = true,
                      .log_factor = 4,
                      .format = kib_text,
                      .title = "memory of a GPU"};
    return plot_make(scene, theme, box, tokens, bytes, 14 * theme->unit_px);
}

static void draw_memory(const Plan *plan, const Theme *theme, Box box, Scene *scene) {
    MemoryData data = memory_data(plan);
    int count = data.point_count, last = count - 1, label_count = 0;
    double usable = (double)plan->usable_bytes;
    Plot plot = memory_plot(&data, usable, theme, box, scene);
    plot_frame(&plot);
    double y = plot_y(&plot, usable);
    scene_dash_line(scene, (Point){plot.area.x, y}, (Point){plot.area.x + plot.area.w, y}, theme->ink,
                    1.5 * theme->scale, DASH_DOTTED);
    PlotLabel labels[MEMORY_CURVES + 1];
    for (int c = 0; c < data.curve_count; c++) {
        Color color = theme->tensor_ink[memory_curves[c].color];
        plot_curve(&plot, data.x, data.y[c], count, color, 2.5 * theme->scale, DASH_SOLID);
        for (int i = 0; i < count; i++) plot_mark(&plot, data.x[i], data.y[c][i], color, false);
        labels[label_count++] =
            (PlotLabel){.x = data.x[last],
                        .y = data.y[c][last],
                        .color = color,
                        .name = memory_curves[c].name,
                        .value = arena_copy_text(scene->arena, units_kib((uint64_t)data.y[c][last]).text)};
    }
    labels[label_count++] =
        (PlotLabel){.x = data.x[last],
                    .y = usable,
                    .color = theme->ink,
                    .name = plan->machine.name,
                    .value = arena_format(scene->arena, "%s usable", units_kib((uint64_t)usable).text)};
    plot_end_labels(&plot, labels, label_count);
}

typedef struct Column {
    const char *head;
    double right_units; /* the right edge, from the left; 0: flush left at left_units */
    double left_units;
} Column;

static const Column columns[] = {{"rank", 0, 0},          {"at the longer context", 0, 5},
                                 {"result", 0, 44},       {"training", 0, 56},
                                 {"GPUs", 79, 0},         {"memory", 90, 0},
                                 {"fits", 0, 92.5},       {"KV cache", 108, 0},
                                 {"first token", 121, 0}, {"next token", 133, 0},
                                 {"longest N", 146, 0}};
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

static void draw_cell(double x, double y, double width_px, Scene *scene, int column, TextStyle style,
                      const char *text) {
    double scale = width_px / 146; /* units are those of the widest table */
    const Column *c = &columns[column];
    if (c->right_units > 0)
        scene_text(scene, x + c->right_units * scale, y, text_right(style), text);
    else
        scene_text(scene, x + c->left_units * scale, y, style, text);
}

static void draw_remedies(const Plan *plan, const Theme *theme, Box box, Scene *scene) {
    double unit = theme->unit_px, line = (box.h - 3 * unit) / plan->remedy_count, y = box.y + 1.4 * unit;
    for (int c = 0; c < COLUMN_COUNT; c++)
        draw_cell(box.x, y, box.w, scene, c, theme_text_soft(theme, TYPE_SMALL), columns[c].head);
    scene_line(scene, (Point){box.x, y + 0.8 * unit}, (Point){box.x + box.w, y + 0.8 * unit}, theme->rule,
               theme->hairline_px);
    y += unit;
    for (int i = 0; i < plan->remedy_count; i++) {
        const PlanRemedy *r = &plan->remedies[i];
        y += line;
        TextStyle style = r->rank == 1 ? theme_text_bold(theme, TYPE_SMALL) : theme_text(theme, TYPE_SMALL);
        Arena *arena = scene->arena;
        const char *cells[COLUMN_COUNT] = {r->rank ? arena_format(arena, "%d", r->rank) : "–",
                                           r->title,
                                           r->exactness == PLAN_EXACT ? "exact" : "approximate",
                                           plan_training_text(r->training),
                                           arena_format(arena, "%llu", (unsigned long long)r->gpu_count),
                                           arena_copy_text(arena, units_kib(r->memory_bytes).text),
                                           r->fits ? "yes" : "no",
                                           r->kv_bytes ? arena_copy_text(arena, units_kib(r->kv_bytes).text) : "–",
                                           arena_copy_text(arena, units_time(r->prefill_ns).text),
                                           r->decode_ns > 0 ? arena_copy_text(arena, units_time(r->decode_ns).text)
                                                            : "–",
                                           arena_copy_text(arena, units_exact(r->tokens_max).text)};
        for (int c = 0; c < COLUMN_COUNT; c++) draw_cell(box.x, y, box.w, scene, c, style, cells[c]);
    }
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const Plan *plan = &input->model->plan;
    double unit = theme->unit_px;
    Box table = box_cut_bottom(&box, (2.2 * plan->remedy_count + 3) * unit);
    box_cut_bottom(&box, 1.5 * unit);
    Box left = box_cut_left(&box, box.w * 0.54);
    box_cut_left(&box, 4 * unit);
    draw_steps(plan, theme, left, scene);
    draw_memory(plan, theme, box, scene);
    draw_remedies(plan, theme, table, scene);
}

const View view_plan = {
    .name = "plan",
    .title = "From a short context to a long one",
    .help = "the planner's answer on one page: recipe, memory against N, remedies ranked (--model, --config)",
    .needs = VIEW_NEEDS_MODEL,
    .model_default = "llama-3-8b",
    .least_width_units = 152,
    .least_height_units = 64,
    .headline = headline,
    .draw = draw,
    .source = source,
};
