/* Scene -> a cairo context: what raster.c and pdf.c share.
 *
 * On pixels (is_pixel) rectangles, axis-parallel lines and glyphs are snapped to whole device pixels and
 * hatches come from small repeated bitmaps whose coverage we compute; on paper everything stays where the
 * scene puts it and hatches are lines.
 */
#ifndef VIZ_BACKENDS_CAIRO_PEN_H
#define VIZ_BACKENDS_CAIRO_PEN_H
#include <cairo.h>

#include "viz/backends/font.h"
#include "viz/scene.h"

typedef struct CairoPen {
    cairo_t *cairo;
    const Fonts *fonts;
    bool is_pixel;
    cairo_antialias_t antialias; /* of shapes; text is always grey-scale */
    bool has_strips;             /* wide curves are drawn in strips: see raster.h */
} CairoPen;

/* Commands wholly outside *damage are skipped (NULL: none); the caller sets the clip and the background. */
void cairo_pen_draw(const CairoPen *pen, const Scene *scene, const Box *damage);
#endif
