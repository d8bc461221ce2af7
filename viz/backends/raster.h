/* Scene -> pixels, with cairo.
 *
 * The same scene gives the same pixels on every machine because: fonts come from exact files, glyphs
 * are placed on whole pixels by us, lines join with bevels, rectangles and axis-parallel lines are
 * snapped by us. Pixels are 32 bits, 0xXXRRGGBB in native byte order: what SDL_GetWindowSurface gives
 * on a desktop and what cairo calls RGB24.
 */
#ifndef VIZ_BACKENDS_RASTER_H
#define VIZ_BACKENDS_RASTER_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/err.h"
#include "viz/backends/font.h"
#include "viz/scene.h"

typedef enum RasterQuality {
    RASTER_EXPORT, /* cairo's ANTIALIAS_DEFAULT */
    RASTER_SCREEN, /* ANTIALIAS_FAST: about half the time, slightly rougher curves */
} RasterQuality;

typedef struct RasterTarget {
    uint32_t *pixels;
    int width_px, height_px;
    int stride_bytes; /* a multiple of 4 */
} RasterTarget;

enum { RASTER_SIDE_MAX_PX = 16384, RASTER_STRIP_PX = 128, RASTER_WIDE_PX = 512 };

/* On the screen a wide curve is drawn in strips of the picture, each for itself, so that a part of it can be drawn
 * again to the pixel: cairo's coverage of a slanted edge depends, by a shade, on where it is cut. */
static inline bool raster_is_in_strips(const SceneCommand *command) {
    return command->kind == SCENE_POLYLINE && command->touched.w > RASTER_WIDE_PX;
}
int raster_strip_count(const SceneCommand *command);
/* Part number i of what the command touches. */
Box raster_strip(const SceneCommand *command, int i);

/* Draws the whole scene, background first, or only what lies in *damage (not NULL). */
void raster_draw(const Scene *scene, const Fonts *fonts, RasterQuality quality, RasterTarget target, const Box *damage);
/* The same for several boxes at once; boxes NULL: the whole scene. */
void raster_draw_boxes(const Scene *scene, const Fonts *fonts, RasterQuality quality, RasterTarget target,
                       const Box *boxes, int box_count);
/* Pixels of its own, zeroed; ERR_OTHER where a side is 0 or beyond RASTER_SIDE_MAX_PX or memory is short. */
bool raster_alloc(int width_px, int height_px, RasterTarget *target, Err *err);
void raster_free(RasterTarget *target);
#endif
