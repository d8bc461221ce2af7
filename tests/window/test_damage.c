/* Damage: drawing only what differs gives the same pixels as drawing everything, through random events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>

#include "tests/window/stage.h"
#include "viz/backends/raster.h"
#include "viz/window/damage.h"

static long differing_pixels(RasterTarget a, RasterTarget b) {
    long count = 0;
    for (long i = 0; i < (long)a.width_px * a.height_px; i++) count += (a.pixels[i] ^ b.pixels[i]) << 8 != 0;
    return count;
}

static Event event_number(int i) {
    static const uint32_t keys[] = {KEY_RIGHT,  KEY_RIGHT, KEY_PAGE_DOWN, 'v', KEY_RIGHT, KEY_TAB,    '?',
                                    KEY_ESCAPE, 'x',       KEY_LEFT,      'm', 'i',       KEY_ESCAPE, '+',
                                    '+',        KEY_RIGHT, 'd',           'u', KEY_RIGHT, KEY_RIGHT,  'u',
                                    KEY_END,    'c',       '0',           'v', 'h',       KEY_DOWN};
    int count = sizeof keys / sizeof keys[0];
    if (i % 3 == 2) return (Event){.kind = EVENT_POINTER_MOVE, .x_px = (i * 97) % 960, .y_px = (i * 61) % 600};
    return (Event){.kind = EVENT_KEY, .key = keys[(i - i / 3) % count]};
}

static void damage_draws_the_same_pixels(void **unused) {
    (void)unused;
    Stage stage;
    Err err;
    RasterTarget part, whole;
    stage_open(&stage, "algorithm = standard,flash2\nseq = 1K\n", true);
    stage_apply(&stage, (Event){.kind = EVENT_RESIZE, .width_px = 960, .height_px = 600});
    assert_true(raster_alloc(960, 600, &part, &err) && raster_alloc(960, 600, &whole, &err));
    raster_draw(stage_scene(&stage), &stage.fonts, RASTER_SCREEN, part, NULL);
    int partial_count = 0;
    for (int i = 0; i < 90; i++) {
        const Scene *before = stage_scene(&stage);
        stage_apply(&stage, event_number(i));
        Damage damage = damage_between(before, stage_scene(&stage));
        raster_draw_boxes(stage_scene(&stage), &stage.fonts, RASTER_SCREEN, part, damage.is_all ? NULL : damage.boxes,
                          damage.box_count);
        raster_draw(stage_scene(&stage), &stage.fonts, RASTER_SCREEN, whole, NULL);
        long differing = differing_pixels(part, whole);
        if (differing) fail_msg("event %d: want 0 differing pixels, got %ld", i, differing);
        partial_count += !damage.is_all;
    }
    assert_true(partial_count > 60);
    raster_free(&part);
    raster_free(&whole);
    stage_close(&stage);
}

static void nothing_changed_is_no_damage(void **unused) {
    (void)unused;
    Stage stage;
    stage_open(&stage, "algorithm = standard,flash2\n", true);
    const Scene *before = stage_scene(&stage);
    stage_draw(&stage);
    Damage damage = damage_between(before, stage_scene(&stage));
    assert_false(damage.is_all);
    assert_int_equal(damage.box_count, 0);
    assert_true(damage_between(NULL, before).is_all);
    stage_close(&stage);
}

/* Scenes made by hand. */

enum { SIDE_PX = 900 };
static Scene made_scene(Stage *stage) {
    return scene_make(&stage->arenas[0], &stage->fonts.metrics, SIDE_PX, SIDE_PX, 0xFFFFFFFF);
}
static const Paint red = {.pattern = PATTERN_SOLID, .fill = 0xFF0000FF};

/* A clip that comes or goes changes what is drawn in it, not all that it could hold. */
static void a_clip_is_no_damage_but_what_it_cuts_is(void **unused) {
    (void)unused;
    Stage stage;
    stage_open(&stage, "algorithm = flash2\n", true);
    Scene bare = made_scene(&stage), clipped = made_scene(&stage), cut = made_scene(&stage);
    scene_rect(&bare, (Box){10, 10, 20, 20}, red);
    scene_rect(&clipped, (Box){10, 10, 20, 20}, red);
    scene_clip_push(&clipped, (Box){0, 0, 800, 800});
    scene_rect(&clipped, (Box){100, 100, 20, 20}, red);
    scene_clip_pop(&clipped);
    Damage damage = damage_between(&bare, &clipped);
    assert_int_equal(damage.box_count, 1);
    assert_true(damage.boxes[0].w == 20 && damage.boxes[0].h == 20);
    scene_clip_push(&cut, (Box){0, 0, 25, 800});
    scene_rect(&cut, (Box){10, 10, 20, 20}, red);
    scene_clip_pop(&cut);
    damage = damage_between(&bare, &cut);
    assert_int_equal(damage.box_count, 1);
    stage_close(&stage);
}

/* cairo drops glyphs that lie far outside a clip, and then mixes the others in another way where they touch. */
static void a_text_is_drawn_whole(void **unused) {
    (void)unused;
    Stage stage;
    Err err;
    RasterTarget part, whole;
    stage_open(&stage, "algorithm = flash2\n", true);
    assert_true(raster_alloc(SIDE_PX, SIDE_PX, &part, &err) && raster_alloc(SIDE_PX, SIDE_PX, &whole, &err));
    TextStyle style = {.face = FACE_BOLD, .size_px = 14.192, .color = 0x1A1C20FF};
    Scene before = made_scene(&stage), after = made_scene(&stage);
    scene_rect(&after, (Box){0, 70, 40, 40}, red);
    for (int i = 0; i < 2; i++)
        scene_text(i ? &after : &before, 6.3, 78, style,
                   "largest error so far 3.5e-04, against float64 over the keys seen (fp16)");
    raster_draw(&before, &stage.fonts, RASTER_SCREEN, part, NULL);
    raster_draw(&after, &stage.fonts, RASTER_SCREEN, whole, NULL);
    Damage damage = damage_between(&before, &after);
    for (int i = 0; i < damage.box_count; i++) raster_draw(&after, &stage.fonts, RASTER_SCREEN, part, &damage.boxes[i]);
    assert_int_equal(differing_pixels(part, whole), 0);
    raster_free(&part);
    raster_free(&whole);
    stage_close(&stage);
}

static void a_bar_that_grows_changes_its_end(void **unused) {
    (void)unused;
    static const struct {
        Box before, after, want;
    } cases[] = {
        {{10, 10, 100, 20}, {10, 10, 110, 20}, {110, 10, 10, 20}}, /* right, left, down, up */
        {{10, 10, 100, 20}, {7, 10, 103, 20}, {7, 10, 3, 20}},
        {{10, 10, 100, 20}, {10, 10, 100, 15}, {10, 25, 100, 5}},
        {{10, 10, 100, 20}, {10, 12, 100, 18}, {10, 10, 100, 2}},
        {{10, 10, 100, 20}, {10, 10, 100.3, 20.2}, {0, 0, 0, 0}},  /* the same pixels */
        {{10, 10, 100, 20}, {12, 10, 100, 20}, {10, 10, 102, 20}}, /* moved: all of it */
    };
    Stage stage;
    stage_open(&stage, "algorithm = flash2\n", true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene before = made_scene(&stage), after = made_scene(&stage);
        scene_rect(&before, cases[i].before, red);
        scene_rect(&after, cases[i].after, red);
        Damage damage = damage_between(&before, &after);
        assert_int_equal(damage.box_count, cases[i].want.w > 0);
        if (damage.box_count) assert_memory_equal(&damage.boxes[0], &cases[i].want, sizeof(Box));
    }
    stage_close(&stage);
}

/* A mark that moves over a curve as wide as the window: the curve is drawn again near it only, dashes in place. */
static void a_wide_curve_is_drawn_again_in_strips(void **unused) {
    (void)unused;
    enum { POINTS = 161 };
    Stage stage;
    Err err;
    RasterTarget part, whole;
    Point points[POINTS];
    for (int i = 0; i < POINTS; i++) points[i] = (Point){5 + 5.5 * i, 300 - 0.01 * i * i};
    stage_open(&stage, "algorithm = flash2\n", true);
    assert_true(raster_alloc(SIDE_PX, SIDE_PX, &part, &err) && raster_alloc(SIDE_PX, SIDE_PX, &whole, &err));
    for (int step = 0; step < 60; step++) {
        Scene scenes[2] = {made_scene(&stage), made_scene(&stage)};
        for (int i = 0; i < 2; i++) {
            scene_polyline(&scenes[i], points, POINTS, 0x0072B2FF, 2.4, DASH_SOLID);
            scene_polyline(&scenes[i], points, POINTS, 0xD55E00FF, 1.7, DASH_DASHED);
            scene_rect(&scenes[i], (Box){13.7 * (step + i), 20, 3, 300}, red);
        }
        raster_draw(&scenes[0], &stage.fonts, RASTER_SCREEN, part, NULL);
        raster_draw(&scenes[1], &stage.fonts, RASTER_SCREEN, whole, NULL);
        Damage damage = damage_between(&scenes[0], &scenes[1]);
        for (int i = 0; i < damage.box_count; i++) assert_true(damage.boxes[i].w <= 2 * RASTER_STRIP_PX);
        raster_draw_boxes(&scenes[1], &stage.fonts, RASTER_SCREEN, part, damage.boxes, damage.box_count);
        assert_int_equal(differing_pixels(part, whole), 0);
        arena_reset(&stage.arenas[0]);
    }
    raster_free(&part);
    raster_free(&whole);
    stage_close(&stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_draws_the_same_pixels),
        cmocka_unit_test(nothing_changed_is_no_damage),
        cmocka_unit_test(a_clip_is_no_damage_but_what_it_cuts_is),
        cmocka_unit_test(a_text_is_drawn_whole),
        cmocka_unit_test(a_bar_that_grows_changes_its_end),
        cmocka_unit_test(a_wide_curve_is_drawn_again_in_strips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
