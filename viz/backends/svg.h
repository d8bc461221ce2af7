/* Scene -> SVG, by hand: real <text>, rectangles and paths that an editor can take apart.
 *
 * Text names its family and falls back to sans-serif; every text carries textLength, so that a viewer
 * without the font keeps the layout. Pure but for the stream.
 */
#ifndef VIZ_BACKENDS_SVG_H
#define VIZ_BACKENDS_SVG_H
#include <stdio.h>

#include "viz/scene.h"

/* recipe: what draws the picture again, kept in <metadata>; "" for none. */
void svg_write(const Scene *scene, const char *title, const char *recipe, FILE *out);
#endif
