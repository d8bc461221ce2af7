/* Where labels go so that they cover nothing: see plot.h. */
#include <math.h>
#include <string.h>

#include "viz/plot.h"

static int overlap_count(const Plot *plot, Box box) {
    int count = 0;
    for (int i = 0; i < plot->taken_count; i++) count += box_overlaps(plot->taken[i], box);
    return count;
}

static int text_overlap_count(const Plot *plot, Box box) {
    int count = 0;
    for (int i = 0; i < plot->text_count; i++) count += box_overlaps(plot->texts[i], box);
    return count;
}

static void take_text(Plot *plot, Box box) {
    plot_take(plot, box);
    if (plot->text_count < PLOT_TEXTS_MAX) plot->texts[plot->text_count++] = box;
}

static bool is_inside(Box inner, Box outer) {
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

static Point nearest_in(Box box, Point at) {
    return (Point){fmin(fmax(at.x, box.x), box.x + box.w), fmin(fmax(at.y, box.y), box.y + box.h)};
}

/* How much taken ground a line from a label to its point crosses; the point's own mark does not count. */
static int crossing_count(const Plot *plot, Box box, Point at) {
    Point near = nearest_in(box, at);
    double length_px = hypot(near.x - at.x, near.y - at.y), step_px = plot->theme->unit_px;
    int count = 0;
    for (double along_px = 1.5 * step_px; along_px < length_px; along_px += step_px) {
        double part = along_px / length_px;
        count += overlap_count(plot, (Box){at.x + (near.x - at.x) * part, at.y + (near.y - at.y) * part, 1, 1}) > 0;
    }
    return count;
}

/* Candidate `i` around a point, as a direction: the side asked for, then eight sides and corners, then 16 angles. */
static Point direction(int i, int dx, int dy) {
    static const double sides[8][2] = {{1, -1}, {-1, -1}, {1, 1}, {-1, 1}, {0, -1}, {0, 1}, {1, 0}, {-1, 0}};
    if (i == 0) return (Point){dx, dy};
    if (i <= 8) return (Point){sides[i - 1][0], sides[i - 1][1]};
    double angle = 2 * M_PI * (i - 8.5) / 16;
    return (Point){cos(angle), sin(angle)};
}

static const double text_cost = 10000, cover_cost = 100, cross_cost = 20;

/* The best box of w x h around `at`. Covering a text costs most, then covering anything, then a line that crosses
 * something, then distance. */
static Box free_place(const Plot *plot, Point at, double w, double h, int dx, int dy, double *cost_of_best) {
    enum { CANDIDATES = 25, RINGS = 24 };
    Box best = {at.x, at.y - h, w, h};
    double best_cost = INFINITY, unit_px = plot->theme->unit_px;
    for (int ring = 1; ring <= RINGS && best_cost > ring; ring++) {
        for (int i = 0; i < CANDIDATES; i++) {
            Point side = direction(i, dx, dy);
            double off_px = ring * unit_px;
            Box box = {at.x + side.x * (off_px + w / 2) - w / 2, at.y + side.y * (off_px + h / 2) - h / 2, w, h};
            if (!is_inside(box, plot->area)) continue;
            double cost = text_cost * text_overlap_count(plot, box_inset(box, -unit_px / 4)) +
                          cover_cost * overlap_count(plot, box_inset(box, -unit_px / 4)) +
                          cross_cost * crossing_count(plot, box, at) + ring + 0.5 * (i > 0);
            if (cost < best_cost) best_cost = cost, best = box;
        }
    }
    *cost_of_best = best_cost;
    return best;
}

/* Only gridlines lie where a label may go; a plate of the background costs less than a halo around its letters. */
static void clear_grid(const Plot *plot, Box box) {
    scene_rect(plot->scene, box, (Paint){.pattern = PATTERN_SOLID, .fill = plot->theme->background});
}

void plot_callout(Plot *plot, double x, double y, double width_px, const char *text) {
    const Theme *theme = plot->theme;
    TextStyle style = theme_text(theme, TYPE_SMALL);
    double line_px = style.size_px * 1.35, natural_px = scene_text_width(plot->scene, style, text), least = INFINITY;
    Point at = plot_point(plot, x, y);
    Box box = {0};
    /* in more lines it may fit where it covers less */
    for (int narrower = 0; narrower < 3 && least >= cover_cost; narrower++) {
        double w = fmin(width_px * (1 - 0.22 * narrower), natural_px + 1), cost,
               h = line_px * scene_wrap_lines(plot->scene, w, style, text);
        Box place = free_place(plot, at, w, h, 1, -1, &cost);
        if (cost < least) least = cost, box = place;
    }
    if (least >= cover_cost) return;
    Point near = nearest_in(box, at);
    scene_line(plot->scene, at, near, theme->rule, theme->hairline_px);
    clear_grid(plot, box);
    scene_text_wrap(plot->scene, box.x, box.y + style.size_px, box.w, line_px, style, text);
    take_text(plot, box);
}

void plot_note(Plot *plot, double x, double y, int dx, int dy, TextStyle style, const char *text) {
    double width_px = 0, line_px = style.size_px * 1.3;
    int lines = 0;
    for (const char *at = text, *end; *at; at = end + (*end != 0), lines++) {
        end = at + strcspn(at, "\n");
        width_px = fmax(width_px, scene_text_width(plot->scene, style,
                                                   arena_format(plot->scene->arena, "%.*s", (int)(end - at), at)));
    }
    double cost;
    Box box = free_place(plot, plot_point(plot, x, y), width_px, lines * line_px, dx, dy, &cost);
    if (cost >= cover_cost) return;
    style.align = ALIGN_LEFT;
    clear_grid(plot, box);
    scene_text_wrap(plot->scene, box.x, box.y + style.size_px, INFINITY, line_px, style, text);
    take_text(plot, box);
}

enum { END_LABELS_MAX = 16 };

/* Top edges in rising order, moved apart by the least that ends every overlap, kept inside [top, bottom]. */
static void spread(double *top, int count, double height_px, double first, double last) {
    for (int pass = 0; pass < 50; pass++) {
        bool is_moved = false;
        for (int i = 0; i + 1 < count; i++) {
            double excess_px = top[i] + height_px - top[i + 1];
            if (excess_px <= 0.01) continue;
            top[i] -= excess_px / 2;
            top[i + 1] += excess_px / 2;
            is_moved = true;
        }
        for (int i = 0; i < count; i++)
            top[i] = fmax(first + i * height_px, fmin(last - (count - i) * height_px, top[i]));
        if (!is_moved) return;
    }
}

void plot_end_labels(Plot *plot, const PlotLabel *labels, int count) {
    const Theme *theme = plot->theme;
    int order[END_LABELS_MAX];
    double top[END_LABELS_MAX], size_px = theme->type_px[TYPE_SMALL];
    bool has_values = false;
    if (count > END_LABELS_MAX) count = END_LABELS_MAX;
    for (int i = 0; i < count; i++) {
        int at = i;
        for (; at > 0 && labels[order[at - 1]].y < labels[i].y; at--) order[at] = order[at - 1];
        order[at] = i;
        has_values |= *labels[i].value != 0;
    }
    double height_px = size_px * (has_values ? 2.5 : 1.35), last = plot->area.y + plot->area.h;
    for (int i = 0; i < count; i++)
        top[i] = fmin(last, fmax(plot->area.y, plot_y(plot, labels[order[i]].y))) - height_px / 2;
    spread(top, count, height_px, plot->area.y - height_px / 2, last + height_px / 2);
    for (int i = 0; i < count; i++) {
        const PlotLabel *label = &labels[order[i]];
        Point end = plot_point(plot, label->x, fmin(label->y, plot->y.max));
        double left = plot->area.x + plot->area.w + 2 * theme->unit_px, middle = top[i] + height_px / 2;
        scene_line(plot->scene, (Point){end.x + theme->unit_px / 2, end.y}, (Point){left - theme->unit_px / 2, middle},
                   label->color, theme->hairline_px);
        TextStyle name = text_color(theme_text_bold(theme, TYPE_SMALL), label->color);
        scene_text(plot->scene, left, has_values ? middle - 0.15 * size_px : middle + 0.35 * size_px, name,
                   label->name);
        if (*label->value)
            scene_text(plot->scene, left, middle + 1.1 * size_px, theme_text(theme, TYPE_SMALL), label->value);
    }
}
