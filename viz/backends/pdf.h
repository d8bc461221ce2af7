/* Scenes -> PDF pages, with cairo; text stays text, lines stay lines.
 *
 * One scene pixel at width_px maps to the page so that the page is page_width_pt wide. The creation date
 * is the caller's word, so that equal scenes give equal files.
 */
#ifndef VIZ_BACKENDS_PDF_H
#define VIZ_BACKENDS_PDF_H
#include <stdbool.h>
#include <stdio.h>

#include "sim/base/err.h"
#include "viz/backends/font.h"
#include "viz/scene.h"

typedef struct PdfOptions {
    const char *title, *subject; /* document properties; subject may be NULL */
    const char *creation_date;   /* ISO 8601, "2026-11-24T00:00:00Z" */
    double page_width_pt;        /* 0: 720 (10 inches) */
} PdfOptions;

/* One page a scene, all of the first one's size. `name` is for messages. */
bool pdf_write(const Scene *scenes, int scene_count, const Fonts *fonts, const PdfOptions *options, FILE *out,
               const char *name, Err *err);
#endif
