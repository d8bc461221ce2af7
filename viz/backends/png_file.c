/* PNG through libpng, and a reader of one chunk by hand: see png_file.h. */
#include "viz/backends/png_file.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "viz/backends/out_file.h"

/* Level 3 without row filters: see the measurements in viz/README.md. */
enum { ZLIB_LEVEL = 3 };

static const char keyword[] = "hbmscope";

static void fill_info(png_structp png, png_infop info, RasterTarget picture, const char *recipe) {
    png_set_IHDR(png, info, (png_uint_32)picture.width_px, (png_uint_32)picture.height_px, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_text text = {.compression = PNG_ITXT_COMPRESSION_NONE,
                     .key = (char *)(uintptr_t)keyword,
                     .text = (char *)(uintptr_t)recipe,
                     .itxt_length = strlen(recipe),
                     .lang = (char *)(uintptr_t) "",
                     .lang_key = (char *)(uintptr_t) ""};
    png_set_text(png, info, &text, 1);
}

static void write_rows(png_structp png, RasterTarget picture, unsigned char *row) {
    for (int y = 0; y < picture.height_px; y++) {
        const uint32_t *from =
            (const uint32_t *)((const char *)picture.pixels + (size_t)y * (size_t)picture.stride_bytes);
        for (int x = 0; x < picture.width_px; x++) {
            row[3 * x] = (unsigned char)(from[x] >> 16);
            row[3 * x + 1] = (unsigned char)(from[x] >> 8);
            row[3 * x + 2] = (unsigned char)from[x];
        }
        png_write_row(png, row);
    }
}

static void quiet_error(png_structp png, png_const_charp message) {
    (void)message;
    longjmp(png_jmpbuf(png), 1);
}
static void quiet_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/* libpng reports failure by longjmp; nothing that it could skip over lives in this frame. */
static bool write_stream(FILE *stream, RasterTarget picture, const char *recipe, unsigned char *row) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, quiet_error, quiet_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_init_io(png, stream);
    png_set_compression_level(png, ZLIB_LEVEL);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    fill_info(png, info, picture, recipe);
    png_write_info(png, info);
    write_rows(png, picture, row);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return true;
}

bool png_write(const char *path, RasterTarget picture, const char *recipe, Err *err) {
    if (strlen(recipe) > PNG_RECIPE_MAX_BYTES)
        return err_set(err, ERR_OTHER, "the text to keep in %s has %zu bytes; at most %d fit", path, strlen(recipe),
                       PNG_RECIPE_MAX_BYTES);
    OutFile out;
    if (!out_file_open(&out, path, err)) return false;
    unsigned char *row = malloc(3 * (size_t)picture.width_px);
    errno = 0;
    if (!row || !write_stream(out.stream, picture, recipe, row)) {
        err_cannot_write(err, path, errno ? errno : ENOMEM);
        free(row);
        out_file_abandon(&out);
        return false;
    }
    free(row);
    return out_file_close(&out, err);
}

static uint32_t big_endian(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* iTXt: keyword 0, compression flag, method, language 0, translated keyword 0, text. */
static const unsigned char *chunk_text(const unsigned char *data, size_t size_bytes, size_t *text_bytes) {
    const unsigned char *end = data + size_bytes, *at = data + sizeof keyword;
    if (size_bytes < sizeof keyword + 2 || memcmp(data, keyword, sizeof keyword) != 0) return NULL;
    if (at[0] != 0) return NULL;
    at += 2;
    for (int i = 0; i < 2; i++) {
        at = memchr(at, 0, (size_t)(end - at));
        if (!at) return NULL;
        at++;
    }
    *text_bytes = (size_t)(end - at);
    return memchr(at, 0, *text_bytes) ? NULL : at;
}

bool png_find_recipe(const char *name, const unsigned char *bytes, size_t size_bytes, Arena *arena, const char **recipe,
                     Err *err) {
    static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (size_bytes < sizeof signature || memcmp(bytes, signature, sizeof signature) != 0)
        return err_set(err, ERR_OTHER, "%s is not a PNG file", name);
    for (size_t at = sizeof signature; size_bytes - at >= 12;) {
        size_t length = big_endian(bytes + at);
        if (length > size_bytes - at - 12) break;
        const unsigned char *type = bytes + at + 4, *data = type + 4;
        size_t text_bytes = 0;
        const unsigned char *text = memcmp(type, "iTXt", 4) == 0 ? chunk_text(data, length, &text_bytes) : NULL;
        if (text) {
            if (crc32(0, type, (uInt)(length + 4)) != big_endian(data + length))
                return err_set(err, ERR_OTHER, "the hbmscope chunk of %s is damaged: its checksum is wrong", name);
            if (text_bytes > PNG_RECIPE_MAX_BYTES)
                return err_set(err, ERR_OTHER, "the hbmscope chunk of %s has %zu bytes; at most %d are read", name,
                               text_bytes, PNG_RECIPE_MAX_BYTES);
            *recipe = arena_format(arena, "%.*s", (int)text_bytes, (const char *)text);
            return true;
        }
        if (memcmp(type, "IEND", 4) == 0)
            return err_set(err, ERR_OTHER,
                           "%s holds no hbmscope chunk: only pictures that hbmscope wrote can be drawn again", name);
        at += length + 12;
    }
    return err_set(err, ERR_OTHER, "%s is cut short", name);
}

/* The chunk stands before the pixels, so the head of the file is enough; that the file is whole, its tail says. */
enum { HEAD_BYTES = 2 * PNG_RECIPE_MAX_BYTES };

static bool is_whole(FILE *file) {
    static const unsigned char last_chunk[12] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    unsigned char tail[sizeof last_chunk];
    if (fseek(file, -(long)sizeof tail, SEEK_END) != 0) return true; /* a pipe has no end to look at */
    return fread(tail, 1, sizeof tail, file) == sizeof tail && memcmp(tail, last_chunk, sizeof tail) == 0;
}

bool png_read_recipe(const char *path, Arena *arena, const char **recipe, Err *err) {
    FILE *file = fopen(path, "rb");
    if (!file) return err_cannot_read(err, path, errno);
    unsigned char *bytes = malloc(HEAD_BYTES);
    size_t size_bytes = bytes ? fread(bytes, 1, HEAD_BYTES, file) : 0;
    bool is_read = bytes && !ferror(file);
    int error = bytes ? errno : ENOMEM;
    bool is_cut = is_read && !is_whole(file);
    fclose(file);
    bool is_found =
        is_read ? png_find_recipe(path, bytes, size_bytes, arena, recipe, err) : err_cannot_read(err, path, error);
    free(bytes);
    if (is_found && is_cut) return err_set(err, ERR_OTHER, "%s is cut short: it does not end as a PNG file does", path);
    return is_found;
}
