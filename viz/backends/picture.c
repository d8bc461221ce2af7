/* Choosing the backend by the file's ending: see picture.h. */
#include "viz/backends/picture.h"

#include <string.h>
#include <strings.h>

#include "sim/base/parse.h"
#include "viz/backends/out_file.h"
#include "viz/backends/pdf.h"
#include "viz/backends/png_file.h"
#include "viz/backends/raster.h"
#include "viz/backends/svg.h"

bool picture_format(const char *path, PictureFormat *format, Err *err) {
    static const char *const endings[] = {
        [PICTURE_PNG] = ".png", [PICTURE_SVG] = ".svg", [PICTURE_PDF] = ".pdf", [PICTURE_TEXT] = ".txt"};
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    for (int i = 0; dot && i < 4; i++) {
        if (strcasecmp(dot, endings[i]) != 0) continue;
        *format = (PictureFormat)i;
        return true;
    }
    return err_set(err, ERR_USAGE, "the output file '%s' must end in .png, .svg, .pdf or .txt", parse_quote(path).text);
}

static bool write_png(const char *path, const Scene *scene, const Fonts *fonts, const char *recipe, Err *err) {
    RasterTarget pixels;
    if (!raster_alloc((int)scene->width_px, (int)scene->height_px, &pixels, err)) return false;
    raster_draw(scene, fonts, RASTER_EXPORT, pixels, NULL);
    bool is_written = png_write(path, pixels, recipe, err);
    raster_free(&pixels);
    return is_written;
}

bool picture_write(const char *path, const Scene *scene, const Fonts *fonts, const char *title, const char *recipe,
                   Err *err) {
    PictureFormat format;
    if (!picture_format(path, &format, err)) return false;
    if (format == PICTURE_PNG) return write_png(path, scene, fonts, recipe, err);
    OutFile out;
    if (!out_file_open(&out, path, err)) return false;
    /* A fixed date: equal scenes must give equal files. */
    PdfOptions options = {.title = title, .subject = recipe, .creation_date = "2026-11-24T00:00:00Z"};
    bool is_drawn = true;
    if (format == PICTURE_SVG)
        svg_write(scene, title, recipe, out.stream);
    else if (format == PICTURE_TEXT)
        scene_dump(scene, out.stream);
    else
        is_drawn = pdf_write(scene, 1, fonts, &options, out.stream, path, err);
    if (!is_drawn) out_file_abandon(&out);
    return is_drawn && out_file_close(&out, err);
}
