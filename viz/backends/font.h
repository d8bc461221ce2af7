/* Fonts from exact files: FreeType faces for cairo, and their metrics for layout.
 *
 * The file is named, never searched by family, because the same picture must have the same pixels on
 * every machine. $HBMSCOPE_FONT_DIR, where set, is looked in first.
 */
#ifndef VIZ_BACKENDS_FONT_H
#define VIZ_BACKENDS_FONT_H
#include <cairo.h>
#include <stdbool.h>

#include "sim/base/err.h"
#include "viz/text.h"

typedef struct FT_LibraryRec_ *FontLibrary;
typedef struct FT_FaceRec_ *FontFile;

/* Owned by the caller; fonts_close frees it. metrics points into it. */
typedef struct Fonts {
    FontMetrics metrics;
    FontLibrary library;
    FontFile file[FACE_COUNT];
    cairo_font_face_t *face[FACE_COUNT];
    GlyphAdvance *wide[FACE_COUNT];
} Fonts;

/* Fails with ERR_HARDWARE where a font file is missing, naming it and the package that holds it. */
bool fonts_open(Fonts *fonts, Err *err);
void fonts_close(Fonts *fonts);
/* The family name that SVG and PDF readers know the face by. */
const char *fonts_family(Face face);
/* Glyph number of a code point in a face; 0 is the face's "missing" box. */
unsigned fonts_glyph(const Fonts *fonts, Face face, uint32_t code_point);
#endif
