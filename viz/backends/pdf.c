/* Pages through cairo's PDF surface: see pdf.h. */
#include "viz/backends/pdf.h"

#include <cairo-pdf.h>

#include "viz/backends/cairo_pen.h"

static cairo_status_t write_bytes(void *stream, const unsigned char *bytes, unsigned length) {
    return fwrite(bytes, 1, length, stream) == length ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void set_metadata(cairo_surface_t *surface, const PdfOptions *options) {
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, options->title);
    if (options->subject) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, options->subject);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "hbmscope");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, options->creation_date);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, options->creation_date);
}

static void draw_page(cairo_t *cairo, const Scene *scene, const Fonts *fonts) {
    Color ground = scene->background;
    cairo_set_source_rgb(cairo, (ground >> 24) / 255.0, (ground >> 16 & 0xFF) / 255.0, (ground >> 8 & 0xFF) / 255.0);
    cairo_paint(cairo);
    cairo_pen_draw(&(CairoPen){cairo, fonts, false, CAIRO_ANTIALIAS_DEFAULT, false}, scene, NULL);
    cairo_show_page(cairo);
}

bool pdf_write(const Scene *scenes, int scene_count, const Fonts *fonts, const PdfOptions *options, FILE *out,
               const char *name, Err *err) {
    double page_width_pt = options->page_width_pt > 0 ? options->page_width_pt : 720;
    double pt_per_px = page_width_pt / scenes[0].width_px;
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(write_bytes, out, page_width_pt, scenes[0].height_px * pt_per_px);
    set_metadata(surface, options);
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, pt_per_px, pt_per_px);
    for (int i = 0; i < scene_count; i++) draw_page(cairo, &scenes[i], fonts);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status == CAIRO_STATUS_SUCCESS) return true;
    return err_set(err, ERR_OTHER, "%s cannot be written: %s", name, cairo_status_to_string(status));
}
