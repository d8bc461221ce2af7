/* View `memory`: peak memory and issued bytes against N, 2K to 128K, on log-log axes.
 *
 * A straight line's slope is its power of N; guides of slope 1 and 2 are drawn beside the curves, and one
 * step of 8x tokens is measured on the steepest curve.
 */
#include <math.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

static UnitText kib_text(double bytes) { return units_kib_short((uint64_t)llround(bytes)); }
static UnitText gb_text(double bytes) { return units_gb_short(bytes); }
static UnitText tokens_text(double tokens) { return units_tokens((uint64_t)llround(tokens)); }

/* One algorithm's curve out of the sweep. */
typedef struct Curve {
    const char *name;
    int algorithm;
    int count;
    double x[VIEW_SWEEP_MAX], y[VIEW_SWEEP_MAX];
} Curve;

static Curve curve_of(const ViewInput *input, int algorithm, bool is_memory) {
    Curve curve = {.name = input->scenario->algorithms[algorithm], .algorithm = algorithm};
    for (int i = 0; i < input->sweep->point_count; i++) {
        uint64_t bytes = (is_memory ? input->sweep->peak_hbm_bytes : input->sweep->issued_bytes)[algorithm][i];
        if (!input->sweep->has_point[algorithm][i] || bytes == 0) continue;
        curve.x[curve.count] = (double)input->sweep->tokens[i];
        curve.y[curve.count++] = (double)bytes;
    }
    return curve;
}

static double last(const Curve *curve) { return curve->count ? curve->y[curve->count - 1] : 0; }

/* The curves that end highest and lowest. */
static void extremes(const Curve *curves, int count, const Curve **top, const Curve **bottom) {
    *top = *bottom = &curves[0];
    for (int i = 1; i < count; i++) {
        if (last(&curves[i]) > last(*top)) *top = &curves[i];
        if (curves[i].count && last(&curves[i]) < last(*bottom)) *bottom = &curves[i];
    }
}

/* How much y grows over the 8x step from point i to i + 3 (lengths double), 0 where there is none. */
static double growth(const Curve *curve, int i) { return i + 3 < curve->count ? curve->y[i + 3] / curve->y[i] : 0; }

/* The step that is drawn and spoken of starts here; on the right plot further left, where there is room. */
static int step_from(const Curve *curve, bool is_memory) { return is_memory && curve->count > 5 ? 2 : 1; }

static int fill_curves(const ViewInput *input, bool is_memory, Curve *curves) {
    int count = 0;
    for (int i = 0; i < input->scenario->algorithm_count; i++) {
        curves[count] = curve_of(input, i, is_memory);
        if (curves[count].count > 1) count++;
    }
    return count;
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    Curve curves[SCENARIO_ALGORITHMS_MAX];
    const Curve *top, *bottom;
    int count = fill_curves(input, true, curves);
    if (!count) return (ViewHeadline){"Memory against context length", "No length from 2K to 128K can be counted."};
    extremes(curves, count, &top, &bottom);
    int from = step_from(top, true);
    const char *high = arena_copy_text(arena, units_kib((uint64_t)last(top)).text);
    const char *length = arena_copy_text(arena, tokens_text(top->x[top->count - 1]).text);
    const char *top_name = view_name_of(top->name, arena), *bottom_name = view_name_of(bottom->name, arena);
    ViewHeadline text = {arena_format(arena, "At %s tokens, %s needs %s", length, top_name, high),
                         arena_format(arena, "8x the tokens take %s the memory.", units_ratio(growth(top, from)).text)};
    if (top == bottom) return text;
    if (last(top) < 1.01 * last(bottom))
        text.title = arena_format(arena, "At %s tokens, %s and %s need %s", length, top_name, bottom_name, high);
    else
        text.title =
            arena_format(arena, "%s; %s needs %s", text.title, bottom_name, units_kib((uint64_t)last(bottom)).text);
    const char *square = growth(top, from) > 32 ? " (N² alone: 64x)" : "";
    text.notice = arena_format(arena, "From %s to %s tokens, 8x as many, memory grows %s with %s%s and %s with %s.",
                               tokens_text(top->x[from]).text, tokens_text(8 * top->x[from]).text,
                               units_ratio(growth(top, from)).text, top_name, square,
                               units_ratio(growth(bottom, from)).text, bottom_name);
    return text;
}

static const char *source(const ViewInput *input, Arena *arena) {
    return arena_format(arena, "Simulated: allocations over time; issued bytes, accounting “%s”; %s.",
                        input->scenario->accounting == ACCOUNTING_PAPER ? "paper" : "code",
                        view_scenario_line_over(input->scenario, "2K to 128K", arena));
}

static PlotAxis y_axis(const Curve *curves, int count, bool is_memory, const char *title) {
    double low = INFINITY, high = 0;
    for (int i = 0; i < count; i++) {
        low = fmin(low, curves[i].y[0]);
        high = fmax(high, last(&curves[i]));
    }
    double factor = is_memory ? 8 : 10;
    low = pow(factor, floor(log(low / 2) / log(factor)));
    high = pow(factor, ceil(log(high) / log(factor) + 0.15));
    return (PlotAxis){.min = low,
                      .max = high,
                      .is_log = true,
                      .log_factor = factor,
                      .format = is_memory ? kib_text : gb_text,
                      .title = title};
}

/* A short dashed line of slope `power`, from (x0, y0) over a factor of 4 in N, named beside its middle. */
static void draw_guide(Plot *plot, double x0, double y0, int power, int side, const char *name) {
    double x[2] = {x0, 4 * x0}, y[2] = {y0, y0 * pow(4, power)};
    plot_curve(plot, x, y, 2, plot->theme->rule, 1.5 * plot->theme->scale, DASH_DASHED);
    TextStyle style = theme_text_soft(plot->theme, TYPE_BODY);
    style.face = FACE_ITALIC;
    plot_note(plot, 2 * x0, y0 * pow(2, power), side, side, style, name);
}

/* 8x along the curve: across, then up, each with its factor. */
static void draw_step(Plot *plot, const Curve *curve, int i, const char *what, Color color) {
    double factor = growth(curve, i);
    if (factor <= 1) return;
    Point from = plot_point(plot, curve->x[i], curve->y[i]), corner = plot_point(plot, curve->x[i + 3], curve->y[i]);
    Point to = plot_point(plot, curve->x[i + 3], curve->y[i + 3]);
    double width_px = 1.5 * plot->theme->scale;
    scene_line(plot->scene, from, corner, color, width_px);
    scene_line(plot->scene, corner, to, color, width_px);
    plot_take(plot, (Box){from.x, corner.y - 2, corner.x - from.x, 4});
    plot_take(plot, (Box){corner.x - 2, to.y, 4, corner.y - to.y});
    TextStyle style = text_color(theme_text_bold(plot->theme, TYPE_SMALL), color);
    plot_note(plot, sqrt(curve->x[i] * curve->x[i + 3]), curve->y[i], 0, 1, style, "8x the tokens");
    plot_note(plot, curve->x[i + 3], sqrt(curve->y[i] * curve->y[i + 3]), 1, 0, style,
              arena_format(plot->scene->arena, "%s %s", units_ratio(factor).text, what));
}

/* The GPU's memory as a line across the plot; false where it lies outside. */
static bool draw_capacity(Plot *plot, double capacity) {
    double y = plot_y(plot, capacity);
    const Theme *theme = plot->theme;
    if (capacity <= plot->y.min || capacity >= plot->y.max) return false;
    scene_dash_line(plot->scene, (Point){plot->area.x, y}, (Point){plot->area.x + plot->area.w, y}, theme->ink,
                    1.5 * theme->scale, DASH_DOTTED);
    plot_take(plot, (Box){plot->area.x, y - 2, plot->area.w, 4});
    return true;
}

/* Where a curve crosses that line. */
static void draw_crossing(Plot *plot, double capacity, const Curve *curve) {
    for (int i = 0; i + 1 < curve->count; i++) {
        if (curve->y[i] > capacity || curve->y[i + 1] <= capacity) continue;
        double part = log(capacity / curve->y[i]) / log(curve->y[i + 1] / curve->y[i]);
        double tokens = curve->x[i] * pow(curve->x[i + 1] / curve->x[i], part);
        plot_callout(plot, tokens, capacity, 22 * plot->theme->unit_px,
                     arena_format(plot->scene->arena, "%s no longer fits beyond %s tokens", curve->name,
                                  units_number(tokens).text));
    }
}

/* Traffic is the surprise: fewer bytes, but the power of N stays. */
static const char *traffic_title(const Curve *top, const Curve *bottom, Arena *arena) {
    if (last(top) < 1.01 * last(bottom)) return "bytes asked of HBM";
    return arena_format(arena, "bytes asked of HBM: %s fewer with %s%s", units_ratio(last(top) / last(bottom)).text,
                        bottom->name, growth(bottom, 1) > 40 ? ", but they grow as N² too" : "");
}

/* With a mark at each length, and a label for the end of each; returns how many labels. */
static int draw_curves(Plot *plot, const Curve *curves, int count, bool is_memory, PlotLabel *labels) {
    const Theme *theme = plot->theme;
    for (int i = 0; i < count; i++)
        plot_curve(plot, curves[i].x, curves[i].y, curves[i].count, theme_series(theme, curves[i].algorithm),
                   2.5 * theme->scale, DASH_SOLID);
    for (int i = 0; i < count; i++) {
        const Curve *curve = &curves[i];
        Color color = theme_series(theme, curve->algorithm);
        for (int p = 0; p < curve->count; p++) plot_mark(plot, curve->x[p], curve->y[p], color, false);
        UnitText value = is_memory ? units_kib((uint64_t)last(curve)) : units_gb((uint64_t)last(curve));
        labels[i] = (PlotLabel){.x = curve->x[curve->count - 1],
                                .y = last(curve),
                                .color = color,
                                .name = curve->name,
                                .value = arena_copy_text(plot->scene->arena, value.text)};
    }
    return count;
}

static void draw_plot(const ViewInput *input, const Theme *theme, Box box, Scene *scene, bool is_memory) {
    Curve curves[SCENARIO_ALGORITHMS_MAX];
    PlotLabel labels[SCENARIO_ALGORITHMS_MAX + 1];
    const Curve *top, *bottom;
    int count = fill_curves(input, is_memory, curves);
    if (!count) return;
    extremes(curves, count, &top, &bottom);
    const char *title = is_memory ? "peak memory in HBM" : traffic_title(top, bottom, scene->arena);
    if (scene_text_width(scene, theme_text_soft(theme, TYPE_SMALL), title) > box.w) title = "bytes asked of HBM";
    PlotAxis x = {.min = (double)input->sweep->tokens[0],
                  .max = (double)input->sweep->tokens[input->sweep->point_count - 1],
                  .is_log = true,
                  .log_factor = 2,
                  .log_base = 1024,
                  .format = tokens_text,
                  .title = "N, tokens"};
    Plot plot = plot_make(scene, theme, box, x, y_axis(curves, count, is_memory, title), 11 * theme->unit_px);
    plot_frame(&plot);
    int label_count = draw_curves(&plot, curves, count, is_memory, labels);
    bool is_low = plot.area.h < 30 * theme->unit_px; /* no room to measure slopes in */
    int high = top->count > 4 ? 3 : 0;
    if (!is_low) draw_guide(&plot, top->x[high], 4 * top->y[high], 2, -1, "slope of N²");
    if (!is_low) draw_guide(&plot, bottom->x[1], bottom->y[1] / 4, 1, 1, "slope of N");
    const Machine *machine = &input->scenario->machine;
    double capacity = (double)machine->hbm_bytes;
    if (is_memory && draw_capacity(&plot, capacity))
        labels[label_count++] = (PlotLabel){.x = plot.x.max,
                                            .y = capacity,
                                            .color = theme->ink,
                                            .name = machine->name,
                                            .value = arena_format(scene->arena, "has %s", kib_text(capacity).text)};
    if (plot.area.w >= 32 * theme->unit_px) /* else its words would cover the curves */
        draw_step(&plot, top, step_from(top, is_memory), is_memory ? "the memory" : "the bytes",
                  theme_series(theme, top->algorithm));
    if (is_memory) draw_crossing(&plot, capacity, top);
    if (is_memory && bottom != top) draw_crossing(&plot, capacity, bottom);
    plot_end_labels(&plot, labels, label_count);
}

/* Beside each other; in a narrow place one under the other; in a narrow and low one memory alone. */
static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    double u = theme->unit_px, gap_px = 5 * u;
    bool is_narrow = box.w < 110 * u, is_low = box.h < 62 * u;
    if (is_narrow && is_low) {
        draw_plot(input, theme, box, scene, true);
        return;
    }
    Box first = is_narrow ? box_cut_top(&box, (box.h - 2 * u) / 2) : box_cut_left(&box, (box.w - gap_px) / 2);
    if (is_narrow)
        box_cut_top(&box, 2 * u);
    else
        box_cut_left(&box, gap_px);
    draw_plot(input, theme, first, scene, true);
    draw_plot(input, theme, box, scene, false);
}

const View view_memory = {
    .name = "memory",
    .title = "Memory and traffic against context length",
    .help = "peak memory and issued bytes against N, 2K to 128K, with the slopes of N and N^2",
    .needs = VIEW_NEEDS_SWEEP,
    .least_width_units = 130,
    .least_height_units = 56,
    .headline = headline,
    .draw = draw,
    .source = source,
};
