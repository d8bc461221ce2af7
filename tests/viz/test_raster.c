/* Exact pixels of tiny scenes, and a redrawn part that equals the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "viz/backends/raster.h"
#include "viz/theme.h"

static Fonts fonts;
static Arena arena;

static int open_fonts(void **state) {
    (void)state;
    Err err;
    return fonts_open(&fonts, &err) ? 0 : -1;
}
static int close_fonts(void **state) {
    (void)state;
    fonts_close(&fonts);
    arena_free(&arena);
    return 0;
}

static Scene small_scene(double side_px) { return scene_make(&arena, &fonts.metrics, side_px, side_px, 0xFFFFFFFF); }

/* The picture as letters: '.' white, '#' black, 'r' red, '+' anything else. */
static const char *letters(const Scene *scene, RasterQuality quality) {
    RasterTarget target;
    assert_true(raster_alloc((int)scene->width_px, (int)scene->height_px, &target, NULL));
    raster_draw(scene, &fonts, quality, target, NULL);
    char *text = arena_alloc_bytes(&arena, (size_t)(target.width_px + 1) * (size_t)target.height_px + 1), *at = text;
    for (int y = 0; y < target.height_px; y++) {
        for (int x = 0; x < target.width_px; x++) {
            uint32_t pixel = target.pixels[y * target.width_px + x] & 0xFFFFFF;
            *at++ = pixel == 0xFFFFFF ? '.' : pixel == 0 ? '#' : pixel == 0xFF0000 ? 'r' : '+';
        }
        *at++ = '\n';
    }
    raster_free(&target);
    return text;
}

static void rectangles_snap_and_edges_lie_inside(void **state) {
    (void)state;
    Scene scene = small_scene(8);
    scene_rect(&scene, (Box){0.6, 1.4, 5.0, 4.2},
               (Paint){.pattern = PATTERN_SOLID, .fill = 0xFF0000FF, .edge = 0xFF, .edge_px = 1});
    const char *want = "........\n.#####..\n.#rrr#..\n.#rrr#..\n.#rrr#..\n.#####..\n........\n........\n";
    assert_string_equal(letters(&scene, RASTER_EXPORT), want);
    assert_string_equal(letters(&scene, RASTER_SCREEN), want);
}

static void what_is_there_is_at_least_a_pixel(void **state) {
    (void)state;
    Scene scene = small_scene(4);
    scene_rect(&scene, (Box){1.2, 0, 0.01, 4}, (Paint){.pattern = PATTERN_SOLID, .fill = 0xFF});
    assert_string_equal(letters(&scene, RASTER_EXPORT), ".#..\n.#..\n.#..\n.#..\n");
}

static void hairlines_are_whole_pixels(void **state) {
    (void)state;
    Scene scene = small_scene(6);
    scene_line(&scene, (Point){0, 1.3}, (Point){6, 1.3}, 0xFF, 1);
    scene_line(&scene, (Point){4, 0}, (Point){4, 6}, 0xFF0000FF, 2);
    assert_string_equal(letters(&scene, RASTER_EXPORT), "...rr.\n###rr#\n...rr.\n...rr.\n...rr.\n...rr.\n");
    assert_string_equal(letters(&scene, RASTER_SCREEN), letters(&scene, RASTER_EXPORT));
}

static void clips_cut_and_end(void **state) {
    (void)state;
    Scene scene = small_scene(4);
    Paint black = {.pattern = PATTERN_SOLID, .fill = 0xFF};
    scene_clip_push(&scene, (Box){1, 1, 2, 2});
    scene_rect(&scene, (Box){0, 0, 4, 2}, black);
    scene_clip_pop(&scene);
    scene_rect(&scene, (Box){0, 3, 1, 1}, black);
    assert_string_equal(letters(&scene, RASTER_EXPORT), "....\n.##.\n....\n#...\n");
}

/* Hatches are anchored at the picture's corner, so that two boxes side by side look like one. */
static void hatches_run_on_across_boxes(void **state) {
    (void)state;
    Paint hatch = {.pattern = PATTERN_HATCH, .fill = 0xFF, .period_px = 6};
    Scene one = small_scene(24), two = small_scene(24);
    scene_rect(&one, (Box){2, 2, 20, 20}, hatch);
    scene_rect(&two, (Box){2, 2, 9, 20}, hatch);
    scene_rect(&two, (Box){11, 2, 11, 20}, hatch);
    const char *picture = letters(&one, RASTER_EXPORT);
    assert_string_equal(letters(&two, RASTER_EXPORT), picture);
    int inked = 0;
    for (const char *at = picture; *at; at++) inked += *at == '#' || *at == '+';
    assert_in_range(inked, 60, 260);
}

static void no_stroke_leaves_the_picture_changed_outside_a_damaged_part(void **state) {
    (void)state;
    Theme theme = theme_make(false, 1);
    Scene scene = scene_make(&arena, &fonts.metrics, 120, 90, theme.background);
    for (int i = 0; i < 5; i++)
        scene_rect(&scene, (Box){5.5 + 22 * i, 5, 20, 20}, theme_tile(&theme, TENSOR_S, (TileState)i));
    scene_text(&scene, 10, 50, theme_text_bold(&theme, TYPE_HEADING), "S = QKᵀ, 18.8 GB");
    scene_arrow(&scene, (Point){20, 85}, (Point){100, 55}, 6, theme_area(&theme, TENSOR_K));
    RasterTarget whole, part;
    assert_true(raster_alloc(120, 90, &whole, NULL) && raster_alloc(120, 90, &part, NULL));
    raster_draw(&scene, &fonts, RASTER_SCREEN, whole, NULL);
    memcpy(part.pixels, whole.pixels, 120 * 90 * 4);
    for (int y = 30; y < 70; y++) memset(part.pixels + y * 120 + 15, 0x55, 60 * 4);
    raster_draw(&scene, &fonts, RASTER_SCREEN, part, &(Box){15, 30, 60, 40});
    assert_memory_equal(part.pixels, whole.pixels, 120 * 90 * 4);
    raster_free(&whole);
    raster_free(&part);
}

/* Text is placed on whole pixels: moved by a whole pixel it is the same picture, moved. */
static void glyphs_stand_on_whole_pixels(void **state) {
    (void)state;
    TextStyle style = {.size_px = 13, .color = 0xFF};
    Scene one = small_scene(40), two = small_scene(40);
    scene_text(&one, 3.2, 20.4, style, "B_r");
    scene_text(&two, 4.2, 21.4, style, "B_r");
    const char *first = letters(&one, RASTER_EXPORT), *second = letters(&two, RASTER_EXPORT);
    for (int y = 0; y < 39; y++) assert_memory_equal(first + 41 * y, second + 41 * (y + 1) + 1, 39);
}

static void absurd_sizes_are_refused(void **state) {
    (void)state;
    RasterTarget target;
    Err err;
    assert_false(raster_alloc(0, 5, &target, &err));
    assert_false(raster_alloc(5, RASTER_SIDE_MAX_PX + 1, &target, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

/* Drawn strip by strip on the screen, in one stroke for export: dashes and gaps lie in the same places. */
static void strips_of_a_curve_keep_its_dashes(void **state) {
    (void)state;
    enum { SIDE_PX = 700, POINTS = 90 };
    Point points[POINTS];
    for (int i = 0; i < POINTS; i++) points[i] = (Point){3 + 7.7 * i, 350 - 0.03 * i * i};
    Scene scene = small_scene(SIDE_PX);
    scene_polyline(&scene, points, POINTS, 0x000000FF, 3, DASH_DASHED);
    RasterTarget one, strips;
    assert_true(raster_alloc(SIDE_PX, SIDE_PX, &one, NULL) && raster_alloc(SIDE_PX, SIDE_PX, &strips, NULL));
    raster_draw(&scene, &fonts, RASTER_EXPORT, one, NULL);
    raster_draw(&scene, &fonts, RASTER_SCREEN, strips, NULL);
    int apart = 0;
    for (int i = 0; i < SIDE_PX * SIDE_PX; i++)
        apart += abs((int)(one.pixels[i] & 0xFF) - (int)(strips.pixels[i] & 0xFF)) > 128;
    assert_int_equal(apart, 0);
    raster_free(&one);
    raster_free(&strips);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_of_a_curve_keep_its_dashes),
        cmocka_unit_test(rectangles_snap_and_edges_lie_inside),
        cmocka_unit_test(what_is_there_is_at_least_a_pixel),
        cmocka_unit_test(hairlines_are_whole_pixels),
        cmocka_unit_test(clips_cut_and_end),
        cmocka_unit_test(hatches_run_on_across_boxes),
        cmocka_unit_test(no_stroke_leaves_the_picture_changed_outside_a_damaged_part),
        cmocka_unit_test(glyphs_stand_on_whole_pixels),
        cmocka_unit_test(absurd_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, open_fonts, close_fonts);
}
