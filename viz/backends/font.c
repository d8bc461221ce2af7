/* Exact font files through FreeType: see font.h. */
#include "viz/backends/font.h"

#include <cairo-ft.h>
#include <ft2build.h>
#include <stdio.h>
#include <stdlib.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H
#include FT_MODULE_H
#include FT_TRUETYPE_TABLES_H

typedef struct FaceSource {
    const char *file, *family;
} FaceSource;

static const FaceSource sources[FACE_COUNT] = {
    [FACE_REGULAR] = {"Lato-Regular.ttf", "Lato"},
    [FACE_BOLD] = {"Lato-Bold.ttf", "Lato"},
    [FACE_ITALIC] = {"Lato-Italic.ttf", "Lato"},
    [FACE_MONO] = {"DejaVuSansMono.ttf", "DejaVu Sans Mono"},
};

/* Where Debian and Ubuntu put them. */
static const char *const folders[] = {"/usr/share/fonts/truetype/lato", "/usr/share/fonts/truetype/dejavu"};

/* Code points past this (CJK and beyond) are in none of our texts. */
enum { CODE_POINT_END = 0x3000, PATH_BYTES = 1024 };

const char *fonts_family(Face face) { return sources[face].family; }

unsigned fonts_glyph(const Fonts *fonts, Face face, uint32_t code_point) {
    return FT_Get_Char_Index(fonts->file[face], code_point);
}

static bool open_file(Fonts *fonts, Face face) {
    const char *first = getenv("HBMSCOPE_FONT_DIR");
    for (int i = first ? -1 : 0; i < (int)(sizeof folders / sizeof folders[0]); i++) {
        char path[PATH_BYTES];
        int length = snprintf(path, sizeof path, "%s/%s", i < 0 ? first : folders[i], sources[face].file);
        if (length < (int)sizeof path && FT_New_Face(fonts->library, path, 0, &fonts->file[face]) == 0) return true;
    }
    return false;
}

static uint32_t advance_units(FT_Face file, unsigned glyph) {
    FT_Fixed advance = 0;
    return FT_Get_Advance(file, glyph, FT_LOAD_NO_SCALE, &advance) == 0 && advance > 0 ? (uint32_t)advance : 0;
}

/* FreeType walks a face's characters in rising order, so the table comes out sorted. */
static GlyphAdvance *fill_metrics(FT_Face file, FaceMetrics *metrics) {
    const TT_OS2 *os2 = FT_Get_Sfnt_Table(file, FT_SFNT_OS2);
    *metrics = (FaceMetrics){.units_per_em = file->units_per_EM,
                             .cap_height_units =
                                 os2 && os2->sCapHeight > 0 ? (uint32_t)os2->sCapHeight : file->units_per_EM * 7u / 10,
                             .missing_advance_units = advance_units(file, 0)};
    GlyphAdvance *wide = calloc((size_t)file->num_glyphs + CODE_POINT_END / 8, sizeof *wide);
    if (!wide) return NULL;
    int room = (int)file->num_glyphs + CODE_POINT_END / 8;
    for (int i = 0; i < 128; i++) metrics->ascii_advance_units[i] = metrics->missing_advance_units;
    unsigned glyph;
    for (FT_ULong code = FT_Get_First_Char(file, &glyph); glyph && code < CODE_POINT_END;
         code = FT_Get_Next_Char(file, code, &glyph)) {
        if (code < 128)
            metrics->ascii_advance_units[code] = advance_units(file, glyph);
        else if (metrics->wide_count < room)
            wide[metrics->wide_count++] = (GlyphAdvance){(uint32_t)code, advance_units(file, glyph)};
    }
    metrics->wide = wide;
    return wide;
}

/* cairo's caches may keep a face after we let go of it: the file and the library live as long as it does. */
static void file_done(void *file) {
    FT_Library library = ((FT_Face)file)->glyph->library;
    FT_Done_Face(file);
    FT_Done_Library(library);
}

static cairo_font_face_t *cairo_face(FT_Face file) {
    static const cairo_user_data_key_t key;
    cairo_font_face_t *face = cairo_ft_font_face_create_for_ft_face(file, FT_LOAD_NO_HINTING);
    if (cairo_font_face_set_user_data(face, &key, file, file_done) != CAIRO_STATUS_SUCCESS) {
        cairo_font_face_destroy(face);
        return NULL;
    }
    FT_Reference_Library(file->glyph->library);
    return face;
}

static void *block_new(FT_Memory memory, long size_bytes) {
    (void)memory;
    return malloc((size_t)size_bytes);
}
static void block_free(FT_Memory memory, void *block) {
    (void)memory;
    free(block);
}
static void *block_resize(FT_Memory memory, long old_bytes, long new_bytes, void *block) {
    (void)memory, (void)old_bytes;
    return realloc(block, (size_t)new_bytes);
}

/* FT_Init_FreeType's library owns a block that only FT_Done_FreeType frees, and that ignores the references which
 * cached faces hold. One with a memory of ours is gone with its last reference. */
static bool library_open(FontLibrary *library) {
    static struct FT_MemoryRec_ memory = {NULL, block_new, block_free, block_resize};
    if (FT_New_Library(&memory, library) != 0) return false;
    FT_Add_Default_Modules(*library);
    return true;
}

bool fonts_open(Fonts *fonts, Err *err) {
    *fonts = (Fonts){0};
    if (!library_open(&fonts->library))
        return err_set(err, ERR_HARDWARE, "FreeType does not start, so no text can be drawn");
    for (int i = 0; i < FACE_COUNT; i++) {
        if (!open_file(fonts, (Face)i)) {
            fonts_close(fonts);
            return err_set(err, ERR_HARDWARE,
                           "the font file %s is missing: install the packages fonts-lato and fonts-dejavu-core, "
                           "or name its folder in HBMSCOPE_FONT_DIR",
                           sources[i].file);
        }
        fonts->wide[i] = fill_metrics(fonts->file[i], &fonts->metrics.face[i]);
        fonts->face[i] = cairo_face(fonts->file[i]);
        if (!fonts->wide[i] || !fonts->face[i]) {
            fonts_close(fonts);
            return err_set(err, ERR_OTHER, "not enough memory to load the font %s", sources[i].file);
        }
    }
    return true;
}

void fonts_close(Fonts *fonts) {
    for (int i = 0; i < FACE_COUNT; i++) {
        if (fonts->face[i])
            cairo_font_face_destroy(fonts->face[i]);
        else if (fonts->file[i])
            FT_Done_Face(fonts->file[i]);
        free(fonts->wide[i]);
    }
    if (fonts->library) FT_Done_Library(fonts->library);
    *fonts = (Fonts){0};
}
