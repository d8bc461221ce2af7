/* One scene -> one file, by its ending: .png, .svg, .pdf or .txt (the scene's dump). */
#ifndef VIZ_BACKENDS_PICTURE_H
#define VIZ_BACKENDS_PICTURE_H
#include <stdbool.h>

#include "sim/base/err.h"
#include "viz/backends/font.h"
#include "viz/scene.h"

typedef enum PictureFormat { PICTURE_PNG, PICTURE_SVG, PICTURE_PDF, PICTURE_TEXT } PictureFormat;

/* By the path's ending; ERR_USAGE names the endings that there are. */
bool picture_format(const char *path, PictureFormat *format, Err *err);
/* recipe: the text that draws the picture again; it goes into PNG and SVG. The file appears whole or not at all. */
bool picture_write(const char *path, const Scene *scene, const Fonts *fonts, const char *title, const char *recipe,
                   Err *err);
#endif
