/* Damage: drawing only what differs gives the same pixels as drawing everything, through random events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>
#include <string.h>

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
        if (damage.is_all) raster_draw(stage_scene(&stage), &stage.fonts, RASTER_SCREEN, part, NULL);
        for (int b = 0; b < damage.box_count; b++)
            raster_draw(stage_scene(&stage), &stage.fonts, RASTER_SCREEN, part, &damage.boxes[b]);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_draws_the_same_pixels),
        cmocka_unit_test(nothing_changed_is_no_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
