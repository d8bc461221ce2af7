/* Measuring text without drawing it: advances of a face's glyphs, as a value.
 *
 * Layout must be pure and the same on every backend, so views ask this table and never a graphics
 * library. viz/backends/font fills one from a font file; tests may make one up. No kerning: the
 * backends place every glyph themselves, at the sums of these advances, so measured and drawn agree.
 * Text is UTF-8; a malformed byte counts as U+FFFD.
 */
#ifndef VIZ_TEXT_H
#define VIZ_TEXT_H
#include <stdint.h>

typedef enum Face { FACE_REGULAR, FACE_BOLD, FACE_ITALIC, FACE_MONO, FACE_COUNT } Face;

typedef struct GlyphAdvance {
    uint32_t code_point;
    uint32_t advance_units;
} GlyphAdvance;

/* One face in font units; `wide` is sorted by code point and holds what lies past ASCII. */
typedef struct FaceMetrics {
    uint32_t units_per_em;
    uint32_t cap_height_units;
    uint32_t ascii_advance_units[128];
    const GlyphAdvance *wide;
    int wide_count;
    uint32_t missing_advance_units; /* of the box drawn for a character that the face lacks */
} FaceMetrics;

typedef struct FontMetrics {
    FaceMetrics face[FACE_COUNT];
} FontMetrics;

/* Takes the next code point off *text; 0 at its end. */
uint32_t text_next(const char **text);
double text_advance_px(const FontMetrics *metrics, Face face, double size_px, uint32_t code_point);
double text_width_px(const FontMetrics *metrics, Face face, double size_px, const char *text);
/* Height of a capital letter: what text is centred by. */
double text_cap_height_px(const FontMetrics *metrics, Face face, double size_px);
/* How much of the text has no place to break, a number with its unit being one word; 0 at a space. */
int text_word_bytes(const char *text);
/* How many bytes of text fit into width_px, cut after a space where there is one (not between a
 * number and its unit), and after a newline always; at least one character. The whole length where all of it fits. */
int text_fit_bytes(const FontMetrics *metrics, Face face, double size_px, const char *text, double width_px);
#endif
