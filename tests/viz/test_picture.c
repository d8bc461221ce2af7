/* Files of pictures: the recipe in a PNG, damaged PNGs, paths that cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>

#include "sim/base/random.h"
#include "viz/backends/out_file.h"
#include "viz/backends/picture.h"
#include "viz/backends/png_file.h"

static Arena arena;
static char folder[] = "/tmp/hbmscope-picture-XXXXXX";

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}
static int remove_folder(void **state) {
    (void)state;
    arena_free(&arena);
    return rmdir(folder);
}

static const char *path_of(const char *name) { return arena_format(&arena, "%s/%s", folder, name); }

static int file_count(void) {
    DIR *dir = opendir(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static size_t png_bytes(const char *recipe, unsigned char *out, size_t room) {
    RasterTarget pixels;
    const char *path = path_of("a.png");
    assert_true(raster_alloc(8, 4, &pixels, NULL));
    assert_true(png_write(path, pixels, recipe, NULL));
    raster_free(&pixels);
    FILE *file = fopen(path, "rb");
    size_t size_bytes = fread(out, 1, room, file);
    fclose(file);
    unlink(path);
    return size_bytes;
}

static void a_recipe_comes_back(void **state) {
    (void)state;
    const char *recipe = "view = traffic\n[scenario]\nseq = 1K\n# Σ × é\n", *got = NULL;
    unsigned char bytes[4096];
    size_t size_bytes = png_bytes(recipe, bytes, sizeof bytes);
    Err err;
    assert_true(png_find_recipe("a.png", bytes, size_bytes, &arena, &got, &err));
    assert_string_equal(got, recipe);
}

static void other_pngs_are_refused_in_words(void **state) {
    (void)state;
    unsigned char bytes[4096], plain[4096];
    size_t size_bytes = png_bytes("x", bytes, sizeof bytes), chunk = 0;
    const char *got;
    Err err;
    assert_false(png_find_recipe("n", (const unsigned char *)"GIF89a", 6, &arena, &got, &err));
    assert_string_equal(err.text, "n is not a PNG file");
    assert_false(png_find_recipe("n", bytes, 40, &arena, &got, &err));
    assert_string_equal(err.text, "n is cut short");
    for (size_t i = 0; i + 4 < size_bytes; i++)
        if (memcmp(bytes + i, "iTXt", 4) == 0) chunk = i;
    assert_true(chunk > 0);
    memcpy(plain, bytes, size_bytes);
    plain[chunk + 4 + 9 + 4]++;
    assert_false(png_find_recipe("n", plain, size_bytes, &arena, &got, &err));
    assert_string_equal(err.text, "the hbmscope chunk of n is damaged: its checksum is wrong");
    memcpy(plain, bytes, size_bytes);
    plain[chunk + 4] = 'H';
    assert_false(png_find_recipe("n", plain, size_bytes, &arena, &got, &err));
    assert_non_null(strstr(err.text, "holds no hbmscope chunk"));
}

/* Any bytes at all are refused or read; the sanitizers watch. */
static void damaged_bytes_never_break_the_reader(void **state) {
    (void)state;
    unsigned char bytes[4096], damaged[4096];
    size_t size_bytes = png_bytes("view = traffic\nseq = 1K\n", bytes, sizeof bytes);
    uint64_t seed = 1;
    int read_count = 0;
    for (int round = 0; round < 20000; round++) {
        Arena scratch = {0};
        const char *got;
        memcpy(damaged, bytes, size_bytes);
        size_t cut = size_bytes;
        for (int i = 0; i < 1 + round % 4; i++) {
            damaged[random_below(&seed, size_bytes)] = (unsigned char)random_u64(&seed);
            if (i == 3) cut = random_below(&seed, size_bytes);
        }
        read_count += png_find_recipe("n", damaged, cut, &scratch, &got, NULL);
        arena_free(&scratch);
    }
    assert_in_range(read_count, 1, 19999);
}

static void a_recipe_that_is_too_long_is_refused(void **state) {
    (void)state;
    RasterTarget pixels;
    char *recipe = arena_alloc_bytes(&arena, PNG_RECIPE_MAX_BYTES + 2);
    memset(recipe, 'x', PNG_RECIPE_MAX_BYTES + 1);
    assert_true(raster_alloc(2, 2, &pixels, NULL));
    assert_false(png_write(path_of("long.png"), pixels, recipe, NULL));
    raster_free(&pixels);
    assert_int_equal(file_count(), 0);
}

static void nothing_is_left_where_writing_fails(void **state) {
    (void)state;
    RasterTarget pixels;
    OutFile out;
    Err err;
    assert_true(raster_alloc(200, 200, &pixels, NULL));
    assert_false(png_write("/nonexistent/x.png", pixels, "r", &err));
    assert_string_equal(err.text, "/nonexistent/x.png cannot be written: No such file or directory");
    assert_false(png_write("/dev/full", pixels, "r", &err));
    assert_string_equal(err.text, "/dev/full cannot be written: No space left on device");
    assert_false(png_write(folder, pixels, "r", &err));
    assert_int_equal(err.code, ERR_OTHER);
    raster_free(&pixels);
    assert_true(out_file_open(&out, path_of("b.svg"), &err));
    fputs("half", out.stream);
    out_file_abandon(&out);
    assert_int_equal(file_count(), 0);
}

static void a_file_that_exists_is_replaced_whole(void **state) {
    (void)state;
    OutFile out;
    const char *path = path_of("c.txt");
    char text[32] = "";
    for (int i = 0; i < 2; i++) {
        assert_true(out_file_open(&out, path, NULL));
        fprintf(out.stream, "version %d", i);
        assert_true(out_file_close(&out, NULL));
    }
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "version 1");
    unlink(path);
    assert_int_equal(file_count(), 0);
}

static void endings_choose_the_format(void **state) {
    (void)state;
    PictureFormat format;
    Err err;
    assert_true(picture_format("a.b/c.PDF", &format, &err) && format == PICTURE_PDF);
    assert_true(picture_format("x.svg", &format, &err) && format == PICTURE_SVG);
    assert_false(picture_format("a.png/c", &format, &err));
    assert_false(picture_format("c.gif", &format, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recipe_comes_back),
        cmocka_unit_test(other_pngs_are_refused_in_words),
        cmocka_unit_test(damaged_bytes_never_break_the_reader),
        cmocka_unit_test(a_recipe_that_is_too_long_is_refused),
        cmocka_unit_test(nothing_is_left_where_writing_fails),
        cmocka_unit_test(a_file_that_exists_is_replaced_whole),
        cmocka_unit_test(endings_choose_the_format),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
