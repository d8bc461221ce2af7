/* Pixels <-> PNG files, with libpng.
 *
 * Every PNG carries in an iTXt chunk with keyword "hbmscope" the text that draws it again: the view, the
 * drawing options and the scenario (see verb_draw.c). Reading takes only that chunk, walks the file itself
 * and trusts nothing in it: lengths are bounded, checksums must hold, compressed text is refused.
 */
#ifndef VIZ_BACKENDS_PNG_FILE_H
#define VIZ_BACKENDS_PNG_FILE_H
#include <stdbool.h>
#include <stddef.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "viz/backends/raster.h"

enum { PNG_RECIPE_MAX_BYTES = 64 * 1024 };

/* recipe: UTF-8 text for the chunk, at most PNG_RECIPE_MAX_BYTES. The file appears whole or not at all. */
bool png_write(const char *path, RasterTarget picture, const char *recipe, Err *err);
/* The recipe of a PNG that hbmscope wrote, in the arena. */
bool png_read_recipe(const char *path, Arena *arena, const char **recipe, Err *err);
/* The same from memory; `name` is for messages. */
bool png_find_recipe(const char *name, const unsigned char *bytes, size_t size_bytes, Arena *arena, const char **recipe,
                     Err *err);
#endif
