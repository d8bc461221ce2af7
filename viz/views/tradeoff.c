/* View `tradeoff`: what leaving keys out saves against what it costs, measured against dense attention in float64.
 *
 * Left: attention mass kept. Right: error of the output. Both against the part of dense attention's K and V bytes that
 * is read, what choosing reads included. A curve is one method from a small budget to all keys.
 */
#include <math.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

enum { CURVE_POINTS_MAX = 24 };
#define ERROR_LEAST 1e-2
#define READ_LEAST (1.0 / 64)

typedef struct Curve {
    SelectMethod method;
    int count;
    double x[CURVE_POINTS_MAX], mass[CURVE_POINTS_MAX], error[CURVE_POINTS_MAX];
} Curve;

static UnitText percent_text(double part) { return units_percent(part); }

/* Points of one method, within the axes. */
static Curve curve_of(const ChoiceData *d, SelectMethod method) {
    Curve curve = {.method = method};
    for (int i = 0; i < d->point_count; i++) {
        const SelectQuality *q = &d->points[i].quality;
        if (d->points[i].options.method != method || curve.count == CURVE_POINTS_MAX || q->read_fraction > 1.0001)
            continue;
        if (q->read_fraction < READ_LEAST) continue;
        curve.x[curve.count] = q->read_fraction;
        curve.mass[curve.count] = q->mass_kept;
        curve.error[curve.count++] = q->output_error;
    }
    return curve;
}

/* The least part of the bytes at which a method keeps `mass`, between its points; infinite where it never does. */
static double bytes_for_mass(const Curve *curve, double mass) {
    for (int i = 0; i < curve->count; i++) {
        if (curve->mass[i] < mass) continue;
        if (i == 0) return curve->x[0];
        double part = (mass - curve->mass[i - 1]) / (curve->mass[i] - curve->mass[i - 1]);
        return curve->x[i - 1] + part * (curve->x[i] - curve->x[i - 1]);
    }
    return INFINITY;
}

static int all_curves(const ChoiceData *d, Curve *curves) {
    int count = 0;
    for (int m = SELECT_WINDOW; m < SELECT_METHOD_COUNT; m++) {
        curves[count] = curve_of(d, (SelectMethod)m);
        if (curves[count].count > 1) count++;
    }
    return count;
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    Curve curves[SELECT_METHOD_COUNT];
    int count = all_curves(input->choice, curves);
    const Curve *best = &curves[0], *window = &curves[0];
    for (int i = 1; i < count; i++)
        if (bytes_for_mass(&curves[i], 0.9) < bytes_for_mass(best, 0.9)) best = &curves[i];
    double few = bytes_for_mass(best, 0.9), many = bytes_for_mass(window, 0.9);
    ViewHeadline text = {"No method keeps 90% of the attention for less than all bytes",
                         "A choice made by the data keeps more for the same bytes than a fixed pattern, but choosing "
                         "reads too; NSA and DSA are made for longer texts, where that costs less."};
    if (isinf(few)) return text;
    const char *fixed = isinf(many) ? "never does" : arena_format(arena, "reads %s", units_percent(many).text);
    text.title = arena_format(arena, "To keep 90%% of the attention, %s reads %s of the bytes; a window %s",
                              view_name_of(select_method_name(best->method), arena), units_percent(few).text, fixed);
    return text;
}

static const char *source(const ViewInput *input, Arena *arena) {
    const ChoiceData *d = input->choice;
    return arena_format(
        arena,
        "Selection run on %s, one head, %llu × %llu, causal; means over queries, against dense attention in float64. "
        "What training would teach is not modelled.",
        d->input.origin, (unsigned long long)d->input.n_rows, (unsigned long long)d->input.dim_elems);
}

static void draw_plot(const Theme *theme, Box box, Scene *scene, const Curve *curves, int count, bool is_mass) {
    double least = 1;
    for (int c = 0; c < count; c++) least = fmin(least, curves[c].x[0]);
    PlotAxis x = {.min = pow(2, floor(log2(least))),
                  .max = 1,
                  .is_log = true,
                  .log_factor = 2,
                  .log_base = 1.0 / 64,
                  .format = percent_text,
                  .title = "bytes of K and V read, of dense"};
    PlotAxis mass = {.min = 0, .max = 1, .format = percent_text, .title = "attention mass kept"};
    PlotAxis error = {.min = ERROR_LEAST,
                      .max = 2,
                      .is_log = true,
                      .log_factor = 10,
                      .format = percent_text,
                      .title = "error of the output"};
    Plot plot = plot_make(scene, theme, box, x, is_mass ? mass : error, 3 * theme->unit_px);
    plot_frame(&plot);
    for (int c = 0; c < count; c++) {
        const double *y = is_mass ? curves[c].mass : curves[c].error;
        int points = curves[c].count;
        while (!is_mass && points > 1 && y[points - 1] < ERROR_LEAST) points--; /* all keys kept: rounding only */
        plot_curve(&plot, curves[c].x, y, points, theme_series(theme, c), 2.5 * theme->scale,
                   c > 3 ? DASH_DASHED : DASH_SOLID);
        for (int i = 0; i < points; i++) plot_mark(&plot, curves[c].x[i], y[i], theme_series(theme, c), false);
    }
    for (int c = 0; c < count; c++)
        plot_note(&plot, curves[c].x[0], is_mass ? curves[c].mass[0] : fmin(2, curves[c].error[0]), -1,
                  is_mass ? 1 : -1, text_color(theme_text_bold(theme, TYPE_BODY), theme_series(theme, c)),
                  select_method_name(curves[c].method));
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    Curve curves[SELECT_METHOD_COUNT];
    int count = all_curves(input->choice, curves);
    double gap_px = 4 * theme->unit_px;
    Box left = box_cut_left(&box, (box.w - gap_px) * 0.5);
    box_cut_left(&box, gap_px);
    draw_plot(theme, left, scene, curves, count, true);
    draw_plot(theme, box, scene, curves, count, false);
}

const View view_tradeoff = {
    .name = "tradeoff",
    .title = "Bytes against quality",
    .help = "attention mass kept and output error against bytes read, a curve a method (--q --k --v, --seed)",
    .needs = VIEW_NEEDS_TRADEOFF,
    .least_width_units = 130,
    .least_height_units = 54,
    .headline = headline,
    .draw = draw,
    .source = source,
};
