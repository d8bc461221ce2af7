/* Scene -> 32-bit pixels: see raster.h. */
#include "viz/backends/raster.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "viz/backends/cairo_pen.h"

static Box whole_pixels(Box box, int width_px, int height_px) {
    double left = fmax(0, floor(box.x)), top = fmax(0, floor(box.y));
    double right = fmin(width_px, ceil(box.x + box.w)), bottom = fmin(height_px, ceil(box.y + box.h));
    return (Box){left, top, right - left, bottom - top};
}

static void draw_area(const CairoPen *pen, const Scene *scene, Box area, bool is_part) {
    cairo_t *cairo = pen->cairo;
    Color ground = scene->background;
    if (!(area.w > 0 && area.h > 0)) return;
    cairo_save(cairo);
    cairo_rectangle(cairo, area.x, area.y, area.w, area.h);
    cairo_clip(cairo);
    cairo_set_source_rgb(cairo, (ground >> 24) / 255.0, (ground >> 16 & 0xFF) / 255.0, (ground >> 8 & 0xFF) / 255.0);
    cairo_paint(cairo);
    cairo_pen_draw(pen, scene, is_part ? &area : NULL);
    cairo_restore(cairo);
}

static double first_strip(const SceneCommand *command) { return floor(command->touched.x / RASTER_STRIP_PX); }

int raster_strip_count(const SceneCommand *command) {
    return (int)(ceil((command->touched.x + command->touched.w) / RASTER_STRIP_PX) - first_strip(command));
}

Box raster_strip(const SceneCommand *command, int i) {
    Box strip = {(first_strip(command) + i) * RASTER_STRIP_PX, command->touched.y, RASTER_STRIP_PX, command->touched.h};
    return box_intersect(strip, command->touched);
}

void raster_draw_boxes(const Scene *scene, const Fonts *fonts, RasterQuality quality, RasterTarget target,
                       const Box *boxes, int box_count) {
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        (unsigned char *)target.pixels, CAIRO_FORMAT_RGB24, target.width_px, target.height_px, target.stride_bytes);
    assert(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS);
    cairo_antialias_t antialias = quality == RASTER_SCREEN ? CAIRO_ANTIALIAS_FAST : CAIRO_ANTIALIAS_DEFAULT;
    CairoPen pen = {cairo_create(surface), fonts, true, antialias, quality == RASTER_SCREEN};
    if (!boxes) draw_area(&pen, scene, (Box){0, 0, target.width_px, target.height_px}, false);
    for (int i = 0; i < box_count; i++)
        draw_area(&pen, scene, whole_pixels(boxes[i], target.width_px, target.height_px), true);
    cairo_destroy(pen.cairo);
    cairo_surface_flush(surface);
    cairo_surface_destroy(surface);
}

void raster_draw(const Scene *scene, const Fonts *fonts, RasterQuality quality, RasterTarget target,
                 const Box *damage) {
    raster_draw_boxes(scene, fonts, quality, target, damage, damage ? 1 : 0);
}

bool raster_alloc(int width_px, int height_px, RasterTarget *target, Err *err) {
    if (width_px < 1 || height_px < 1 || width_px > RASTER_SIDE_MAX_PX || height_px > RASTER_SIDE_MAX_PX)
        return err_set(err, ERR_USAGE, "a picture of %d x %d pixels is refused: each side must be 1 to %d pixels",
                       width_px, height_px, RASTER_SIDE_MAX_PX);
    uint32_t *pixels = calloc((size_t)width_px * (size_t)height_px, sizeof *pixels);
    if (!pixels)
        return err_set(err, ERR_OTHER, "not enough memory for a picture of %d x %d pixels", width_px, height_px);
    *target = (RasterTarget){pixels, width_px, height_px, width_px * (int)sizeof *pixels};
    return true;
}

void raster_free(RasterTarget *target) {
    free(target->pixels);
    *target = (RasterTarget){0};
}
