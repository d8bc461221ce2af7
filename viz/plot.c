/* Axes, ticks, curves and marks: see plot.h. Where labels go is plot_label.c. */
#include "viz/plot.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* 1, 2, 5 in each power of ten; as many as the axis has, or 0 where they are more than count_max. */
static int fine_log_ticks(const PlotAxis *axis, int count_max, double *out) {
    static const double parts[] = {1, 2, 5};
    int count = 0;
    for (int power = (int)floor(log10(axis->min) + 1e-9); power <= log10(axis->max) + 1e-9; power++)
        for (int i = 0; i < 3; i++) {
            double tick = parts[i] * pow(10, power);
            if (tick < axis->min * (1 - 1e-9) || tick > axis->max * (1 + 1e-9)) continue;
            if (count == count_max) return 0;
            out[count++] = tick;
        }
    return count;
}

static int log_ticks(const PlotAxis *axis, int count_max, double *out) {
    int fine_count = axis->log_factor > 1 ? 0 : fine_log_ticks(axis, count_max, out);
    if (fine_count > 0) return fine_count;
    double factor = axis->log_factor > 1 ? axis->log_factor : 10, base = axis->log_base > 0 ? axis->log_base : 1;
    int first = (int)ceil(log(axis->min / base) / log(factor) - 1e-9);
    int last = (int)floor(log(axis->max / base) / log(factor) + 1e-9), every = 1, count = 0;
    while ((last - first) / every + 1 > count_max) every++;
    for (int i = first; i <= last; i += every) out[count++] = base * pow(factor, i);
    return count;
}

/* The smallest of 1, 2, 5 x 10^n that is at least `least`. */
static double round_step(double least) {
    double power = pow(10, floor(log10(least)));
    for (int i = 0; i < 3; i++) {
        double step = power * (double[]){1, 2, 5}[i];
        if (step >= least * (1 - 1e-9)) return step;
    }
    return power * 10;
}

int plot_ticks(const PlotAxis *axis, int count_max, double *out) {
    if (count_max > PLOT_TICKS_MAX) count_max = PLOT_TICKS_MAX;
    assert(count_max >= 2 && axis->max > axis->min);
    if (axis->is_log) return log_ticks(axis, count_max, out);
    double step = round_step((axis->max - axis->min) / count_max);
    while (floor(axis->max / step + 1e-9) - ceil(axis->min / step - 1e-9) >= count_max) step = round_step(step * 1.01);
    int count = 0;
    for (double i = ceil(axis->min / step - 1e-9) + 0.0; i * step <= axis->max + step * 1e-9 && count < count_max; i++)
        out[count++] = i * step;
    return count;
}

UnitText plot_tick_text(const PlotAxis *axis, double value) {
    UnitText label = axis->format(value);
    char *point = strchr(label.text, '.'), *end = point;
    if (!point) return label;
    while (end[1] >= '0' && end[1] <= '9') end++;
    char *rest = end + 1;
    while (*end == '0') end--;
    if (end == point) end--;
    memmove(end + 1, rest, strlen(rest) + 1);
    return label;
}

PlotAxis plot_axis_from_zero(double max, PlotFormat format, const char *title) {
    double step = round_step(max > 0 ? max / 6 : 1);
    return (PlotAxis){
        .min = 0, .max = ceil((max > 0 ? max : 1) / step - 1e-9) * step, .format = format, .title = title};
}

static double part_of_axis(const PlotAxis *axis, double value) {
    if (!axis->is_log) return (value - axis->min) / (axis->max - axis->min);
    return log(fmax(value, 1e-300) / axis->min) / log(axis->max / axis->min);
}

static double x_px(const Plot *plot, double value) {
    return plot->area.x + plot->area.w * part_of_axis(&plot->x, value);
}
double plot_y(const Plot *plot, double value) {
    return plot->area.y + plot->area.h * (1 - part_of_axis(&plot->y, value));
}
Point plot_point(const Plot *plot, double x, double y) { return (Point){x_px(plot, x), plot_y(plot, y)}; }

static double line_px(const Theme *theme) { return theme->type_px[TYPE_SMALL] * 1.4; }

Plot plot_make(Scene *scene, const Theme *theme, Box box, PlotAxis x, PlotAxis y, double right_px) {
    Plot plot = {.scene = scene, .theme = theme, .box = box, .area = box, .x = x, .y = y};
    double widest_px = 0, ticks[PLOT_TICKS_MAX];
    int count = plot_ticks(&y, 8, ticks);
    for (int i = 0; i < count; i++)
        widest_px =
            fmax(widest_px, scene_text_width(scene, theme_text(theme, TYPE_SMALL), plot_tick_text(&y, ticks[i]).text));
    box_cut_left(&plot.area, widest_px + theme->unit_px);
    box_cut_right(&plot.area, right_px);
    box_cut_top(&plot.area, line_px(theme) + theme->unit_px);
    box_cut_bottom(&plot.area, 2.2 * line_px(theme));
    return plot;
}

static void y_axis(Plot *plot) {
    const Theme *theme = plot->theme;
    Box area = plot->area;
    double ticks[PLOT_TICKS_MAX],
        cap_px = text_cap_height_px(plot->scene->metrics, FACE_REGULAR, theme->type_px[TYPE_SMALL]);
    int count = plot_ticks(&plot->y, 8, ticks);
    for (int i = 0; i < count; i++) {
        double y = plot_y(plot, ticks[i]);
        scene_line(plot->scene, (Point){area.x, y}, (Point){area.x + area.w, y}, theme->grid, theme->hairline_px);
        scene_text(plot->scene, area.x - theme->unit_px, y + cap_px / 2, text_right(theme_text_soft(theme, TYPE_SMALL)),
                   plot_tick_text(&plot->y, ticks[i]).text);
    }
    /* letters such as k rise a little over capitals */
    scene_text(plot->scene, plot->box.x, plot->box.y + 1.1 * cap_px, theme_text_soft(theme, TYPE_SMALL), plot->y.title);
}

static void x_axis(Plot *plot) {
    const Theme *theme = plot->theme;
    Box area = plot->area;
    double ticks[PLOT_TICKS_MAX], bottom = area.y + area.h, text_y = bottom + line_px(theme), last_right = -INFINITY;
    TextStyle style = text_center(theme_text_soft(theme, TYPE_SMALL));
    double label_px = scene_text_width(plot->scene, style, plot->x.format(plot->x.max).text) + 2 * theme->unit_px;
    int most = plot->x.is_log ? PLOT_TICKS_MAX : (int)fmax(2, fmin(PLOT_TICKS_MAX, area.w / label_px));
    int count = plot_ticks(&plot->x, most, ticks);
    for (int i = 0; i < count; i++) {
        UnitText label = plot_tick_text(&plot->x, ticks[i]);
        double x = x_px(plot, ticks[i]), half_px = scene_text_width(plot->scene, style, label.text) / 2;
        scene_line(plot->scene, (Point){x, area.y}, (Point){x, bottom}, theme->grid, theme->hairline_px);
        scene_line(plot->scene, (Point){x, bottom}, (Point){x, bottom + theme->unit_px / 2}, theme->rule,
                   theme->hairline_px);
        if (x - half_px < last_right + theme->unit_px) continue;
        scene_text(plot->scene, x, text_y, style, label.text);
        last_right = x + half_px;
    }
    scene_text(plot->scene, area.x + area.w, text_y + line_px(theme), text_right(theme_text_soft(theme, TYPE_SMALL)),
               plot->x.title);
}

void plot_frame(Plot *plot) {
    Box area = plot->area;
    y_axis(plot);
    x_axis(plot);
    double bottom = area.y + area.h;
    scene_line(plot->scene, (Point){area.x, bottom}, (Point){area.x + area.w, bottom}, plot->theme->rule,
               plot->theme->hairline_px);
}

void plot_take(Plot *plot, Box box) {
    if (plot->taken_count < PLOT_TAKEN_MAX) plot->taken[plot->taken_count++] = box;
}

/* A segment's ground, as small boxes along it. */
static void take_segment(Plot *plot, Point from, Point to) {
    double step_px = 2.5 * plot->theme->unit_px, length_px = hypot(to.x - from.x, to.y - from.y),
           half_px = plot->theme->unit_px / 2;
    int count = 1 + (int)fmin(60, length_px / step_px);
    for (int i = 0; i <= count; i++) {
        double part = (double)i / count;
        plot_take(plot, (Box){from.x + (to.x - from.x) * part - half_px, from.y + (to.y - from.y) * part - half_px,
                              2 * half_px, 2 * half_px});
    }
}

void plot_curve(Plot *plot, const double *x, const double *y, int count, Color color, double width_px, Dash dash) {
    enum { CURVE_POINTS_MAX = 1024 };
    assert(count <= CURVE_POINTS_MAX);
    Point points[CURVE_POINTS_MAX];
    for (int i = 0; i < count; i++) {
        points[i] = plot_point(plot, x[i], y[i]);
        if (i > 0) take_segment(plot, points[i - 1], points[i]);
    }
    double edge_px = width_px + 2;
    scene_clip_push(plot->scene, box_inset(plot->area, -edge_px));
    scene_polyline(plot->scene, points, count, color, width_px, dash);
    scene_clip_pop(plot->scene);
}

void plot_mark(Plot *plot, double x, double y, Color color, bool is_filled) {
    Point at = plot_point(plot, x, y);
    double radius_px = 0.5 * plot->theme->unit_px;
    if (!box_has(box_inset(plot->area, -radius_px), at.x, at.y)) return;
    Paint paint = {.pattern = PATTERN_SOLID,
                   .fill = is_filled ? color : plot->theme->background,
                   .edge = color,
                   .edge_px = 2 * plot->theme->scale};
    scene_disc(plot->scene, at, radius_px, paint);
    plot_take(plot, (Box){at.x - radius_px, at.y - radius_px, 2 * radius_px, 2 * radius_px});
}
