/* Each scene command as cairo calls: see cairo_pen.h. */
#include "viz/backends/cairo_pen.h"

#include <assert.h>
#include <math.h>

#include "viz/backends/raster.h"

enum { GLYPHS_PER_CALL = 256, PATTERN_SIDE_MAX_PX = 64 };

static double snapped(const CairoPen *pen, double px) { return pen->is_pixel ? floor(px + 0.5) : px; }
/* A line is never thinner than a pixel: what is there must be seen. */
static double snapped_width(const CairoPen *pen, double px) { return pen->is_pixel ? fmax(1, floor(px + 0.5)) : px; }

static Box snapped_box(const CairoPen *pen, Box box) { return pen->is_pixel ? box_snap(box) : box; }

static void set_color(const CairoPen *pen, Color color) {
    cairo_set_source_rgba(pen->cairo, (color >> 24) / 255.0, (color >> 16 & 0xFF) / 255.0, (color >> 8 & 0xFF) / 255.0,
                          (color & 0xFF) / 255.0);
}

static void set_dash_from(const CairoPen *pen, Dash dash, double width_px, double along_px) {
    double on_px = dash == DASH_DASHED ? 4 * width_px : width_px,
           off_px = dash == DASH_DASHED ? 3 * width_px : 2 * width_px;
    cairo_set_dash(pen->cairo, (double[]){on_px, off_px}, dash == DASH_SOLID ? 0 : 2, along_px);
}
static void set_dash(const CairoPen *pen, Dash dash, double width_px) { set_dash_from(pen, dash, width_px, 0); }

static void rect_path(const CairoPen *pen, Box box, double radius_px) {
    cairo_t *cairo = pen->cairo;
    double r = fmin(radius_px, fmin(box.w, box.h) / 2);
    if (r <= 0) {
        cairo_rectangle(cairo, box.x, box.y, box.w, box.h);
        return;
    }
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, box.x + box.w - r, box.y + r, r, -M_PI / 2, 0);
    cairo_arc(cairo, box.x + box.w - r, box.y + box.h - r, r, 0, M_PI / 2);
    cairo_arc(cairo, box.x + r, box.y + box.h - r, r, M_PI / 2, M_PI);
    cairo_arc(cairo, box.x + r, box.y + r, r, M_PI, 3 * M_PI / 2);
    cairo_close_path(cairo);
}

static double clamp01(double value) { return fmin(1, fmax(0, value)); }

/* How much of pixel (x, y) of a side x side cell the pattern covers, 0..1. */
static double coverage(Pattern pattern, int side_px, int x, int y) {
    double centre = side_px / 2.0;
    if (pattern == PATTERN_HATCH) {
        double across_px = fmod(x + y + 1, side_px) - centre;
        return clamp01(fmax(0.55, side_px / 12.0) + 0.5 - fabs(across_px) / M_SQRT2);
    }
    return clamp01(fmax(0.8, side_px / 8.0) + 0.5 - hypot(x + 0.5 - centre, y + 0.5 - centre));
}

static uint32_t premultiplied(Color color, double part) {
    double alpha = (color & 0xFF) / 255.0 * part;
    uint32_t pixel = (uint32_t)lround(alpha * 255) << 24;
    for (int shift = 8; shift <= 24; shift += 8)
        pixel |= (uint32_t)lround((color >> shift & 0xFF) * alpha) << (shift - 8);
    return pixel;
}

/* Fills the current path with a repeated cell of whole pixels, anchored at the picture's corner. */
static void fill_cells(const CairoPen *pen, Paint paint, double period_px) {
    uint32_t cell[PATTERN_SIDE_MAX_PX * PATTERN_SIDE_MAX_PX];
    int side_px = (int)fmin(PATTERN_SIDE_MAX_PX, fmax(3, floor(period_px + 0.5)));
    for (int y = 0; y < side_px; y++)
        for (int x = 0; x < side_px; x++)
            cell[y * side_px + x] = premultiplied(paint.fill, coverage(paint.pattern, side_px, x, y));
    cairo_surface_t *surface =
        cairo_image_surface_create_for_data((unsigned char *)cell, CAIRO_FORMAT_ARGB32, side_px, side_px, side_px * 4);
    cairo_pattern_t *pattern = cairo_pattern_create_for_surface(surface);
    cairo_pattern_set_extend(pattern, CAIRO_EXTEND_REPEAT);
    cairo_pattern_set_filter(pattern, CAIRO_FILTER_NEAREST);
    cairo_set_source(pen->cairo, pattern);
    cairo_fill_preserve(pen->cairo);
    set_color(pen, paint.fill);
    cairo_pattern_destroy(pattern);
    cairo_surface_finish(surface);
    cairo_surface_destroy(surface);
}

/* The same on paper: lines or dots inside the current path, which is kept. */
static void fill_lines(const CairoPen *pen, Paint paint, double period_px) {
    cairo_t *cairo = pen->cairo;
    double left, top, right, bottom;
    cairo_path_t *path = cairo_copy_path(cairo);
    cairo_path_extents(cairo, &left, &top, &right, &bottom);
    cairo_save(cairo);
    cairo_clip(cairo);
    set_color(pen, paint.fill);
    if (paint.pattern == PATTERN_HATCH) {
        for (double sum = floor((left + top) / period_px) * period_px; sum < right + bottom; sum += period_px) {
            cairo_move_to(cairo, sum - top, top);
            cairo_line_to(cairo, sum - bottom, bottom);
        }
        cairo_set_dash(cairo, NULL, 0, 0);
        cairo_set_line_width(cairo, period_px / 6);
        cairo_stroke(cairo);
    } else {
        for (double y = floor(top / period_px) * period_px; y < bottom + period_px; y += period_px)
            for (double x = floor(left / period_px) * period_px; x < right + period_px; x += period_px) {
                cairo_new_sub_path(cairo);
                cairo_arc(cairo, x, y, period_px / 8, 0, 2 * M_PI);
            }
        cairo_fill(cairo);
    }
    cairo_restore(cairo);
    cairo_append_path(cairo, path);
    cairo_path_destroy(path);
}

/* Fills the current path and keeps it. */
static void fill(const CairoPen *pen, Paint paint) {
    double period_px = paint.period_px > 0 ? paint.period_px : 6;
    if (paint.pattern == PATTERN_NONE || !(paint.fill & 0xFF)) return;
    if (paint.pattern == PATTERN_SOLID) {
        set_color(pen, paint.fill);
        cairo_fill_preserve(pen->cairo);
    } else if (pen->is_pixel) {
        fill_cells(pen, paint, period_px);
    } else {
        fill_lines(pen, paint, period_px);
    }
}

static void draw_rect(const CairoPen *pen, const SceneCommand *command) {
    Box box = snapped_box(pen, command->box);
    Paint paint = command->paint;
    rect_path(pen, box, command->radius_px);
    fill(pen, paint);
    cairo_new_path(pen->cairo);
    if (!paint.edge) return;
    double edge_px = fmin(snapped_width(pen, paint.edge_px), fmin(box.w, box.h) / 2);
    rect_path(pen, box_inset(box, edge_px / 2), command->radius_px - edge_px / 2);
    set_color(pen, paint.edge);
    cairo_set_line_width(pen->cairo, edge_px);
    set_dash(pen, paint.dash, edge_px);
    cairo_set_line_join(pen->cairo, CAIRO_LINE_JOIN_MITER); /* right angles: the corner pixel must be there */
    cairo_stroke(pen->cairo);
    cairo_set_line_join(pen->cairo, CAIRO_LINE_JOIN_BEVEL);
}

static void draw_line(const CairoPen *pen, const SceneCommand *command, const Point *points) {
    cairo_t *cairo = pen->cairo;
    Point from = points[0], to = points[1];
    double width_px = snapped_width(pen, command->paint.edge_px);
    if (pen->is_pixel && from.x == to.x) from.x = to.x = floor(from.x - width_px / 2 + 0.5) + width_px / 2;
    if (pen->is_pixel && from.y == to.y) from.y = to.y = floor(from.y - width_px / 2 + 0.5) + width_px / 2;
    if (from.x == to.x)
        from.y = snapped(pen, from.y), to.y = snapped(pen, to.y);
    else if (from.y == to.y)
        from.x = snapped(pen, from.x), to.x = snapped(pen, to.x);
    else
        width_px = command->paint.edge_px;
    set_color(pen, command->paint.edge);
    cairo_set_line_width(cairo, width_px);
    set_dash(pen, command->paint.dash, width_px);
    cairo_move_to(cairo, from.x, from.y);
    cairo_line_to(cairo, to.x, to.y);
    cairo_stroke(cairo);
}

static void draw_polygon(const CairoPen *pen, const SceneCommand *command, const Point *points) {
    cairo_t *cairo = pen->cairo;
    cairo_move_to(cairo, points[0].x, points[0].y);
    for (int i = 1; i < command->point_count; i++) cairo_line_to(cairo, points[i].x, points[i].y);
    if (command->kind == SCENE_POLYGON) {
        cairo_close_path(cairo);
        fill(pen, command->paint);
    }
    if (command->paint.edge) {
        set_color(pen, command->paint.edge);
        cairo_set_line_width(cairo, command->paint.edge_px);
        set_dash(pen, command->paint.dash, command->paint.edge_px);
        cairo_stroke(cairo);
    }
    cairo_new_path(cairo);
}

/* The segments that come near the strip, run by run. Where two meet outside, their joins are not seen in it; dashes go
 * on where the segments left out have brought them. */
static void stroke_strip(const CairoPen *pen, const SceneCommand *command, const Point *points, Box strip) {
    const Paint *paint = &command->paint;
    double left = strip.x - 2 * paint->edge_px - 1, right = strip.x + strip.w + 2 * paint->edge_px + 1, along_px = 0;
    bool is_open = false;
    for (int i = 0; i + 1 < command->point_count; i++) {
        Point from = points[i], to = points[i + 1];
        bool is_near = (from.x >= left || to.x >= left) && (from.x <= right || to.x <= right);
        if (is_near && !is_open) {
            set_dash_from(pen, paint->dash, paint->edge_px, along_px);
            cairo_move_to(pen->cairo, from.x, from.y);
        }
        if (is_near) cairo_line_to(pen->cairo, to.x, to.y);
        if (!is_near && is_open) cairo_stroke(pen->cairo);
        is_open = is_near;
        if (paint->dash != DASH_SOLID) along_px += hypot(to.x - from.x, to.y - from.y);
    }
    if (is_open) cairo_stroke(pen->cairo);
}

static void draw_strips(const CairoPen *pen, const SceneCommand *command, const Point *points, const Box *damage) {
    cairo_t *cairo = pen->cairo;
    for (int i = 0; i < raster_strip_count(command); i++) {
        Box strip = raster_strip(command, i);
        if (damage && !box_overlaps(strip, *damage)) continue;
        cairo_save(cairo);
        cairo_rectangle(cairo, strip.x, strip.y, strip.w, strip.h);
        cairo_clip(cairo);
        set_color(pen, command->paint.edge);
        cairo_set_line_width(cairo, command->paint.edge_px);
        stroke_strip(pen, command, points, strip);
        cairo_restore(cairo);
    }
}

static void show_glyphs(const CairoPen *pen, const SceneCommand *command, cairo_glyph_t *glyphs, int count) {
    cairo_t *cairo = pen->cairo;
    if (command->style.halo) {
        cairo_glyph_path(cairo, glyphs, count);
        set_color(pen, command->style.halo);
        cairo_set_line_width(cairo, command->style.size_px / 4);
        cairo_set_dash(cairo, NULL, 0, 0);
        cairo_stroke(cairo);
    }
    set_color(pen, command->style.color);
    cairo_show_glyphs(cairo, glyphs, count);
}

static void draw_text(const CairoPen *pen, const SceneCommand *command) {
    TextStyle style = command->style;
    cairo_set_font_face(pen->cairo, pen->fonts->face[style.face]);
    cairo_set_font_size(pen->cairo, style.size_px);
    double pen_px = command->box.x, baseline_px = snapped(pen, command->box.y);
    const char *text = command->text;
    cairo_glyph_t glyphs[GLYPHS_PER_CALL];
    int count = 0;
    for (uint32_t code_point; (code_point = text_next(&text)) != 0;) {
        glyphs[count++] =
            (cairo_glyph_t){fonts_glyph(pen->fonts, style.face, code_point), snapped(pen, pen_px), baseline_px};
        pen_px += text_advance_px(&pen->fonts->metrics, style.face, style.size_px, code_point);
        if (count < GLYPHS_PER_CALL) continue;
        show_glyphs(pen, command, glyphs, count);
        count = 0;
    }
    if (count) show_glyphs(pen, command, glyphs, count);
}

static bool is_drawn(SceneKind kind) { return kind <= SCENE_TEXT; }

void cairo_pen_draw(const CairoPen *pen, const Scene *scene, const Box *damage) {
    cairo_t *cairo = pen->cairo;
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(cairo, options);
    cairo_font_options_destroy(options);
    cairo_set_antialias(cairo, pen->antialias);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_BEVEL);
    int clip_depth = 0;
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *command = &scene->commands[i];
        const Point *points = scene->points + command->point_first;
        if (damage && is_drawn(command->kind) && !box_overlaps(command->touched, *damage)) continue;
        switch (command->kind) {
        case SCENE_RECT: draw_rect(pen, command); break;
        case SCENE_LINE: draw_line(pen, command, points); break;
        case SCENE_POLYLINE:
            if (pen->has_strips && raster_is_in_strips(command))
                draw_strips(pen, command, points, damage);
            else
                draw_polygon(pen, command, points);
            break;
        case SCENE_POLYGON: draw_polygon(pen, command, points); break;
        case SCENE_TEXT: draw_text(pen, command); break;
        case SCENE_CLIP_PUSH: {
            Box box = snapped_box(pen, command->box);
            cairo_save(cairo);
            cairo_rectangle(cairo, box.x, box.y, box.w, box.h);
            cairo_clip(cairo);
            clip_depth++;
            break;
        }
        case SCENE_CLIP_POP:
            assert(clip_depth > 0);
            cairo_restore(cairo);
            clip_depth--;
            break;
        case SCENE_HIT:
        case SCENE_KIND_COUNT: break;
        }
    }
    assert(clip_depth == 0);
}
