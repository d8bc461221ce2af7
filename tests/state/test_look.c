/* A replay's look in words: what P saves is what `draw` draws again, for any state that events can reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>
#include <string.h>

#include "sim/base/key_file.h"
#include "tests/window/stage.h"
#include "viz/state/look.h"
#include "viz/views/replay.h"

static uint64_t picture_hash(const Stage *stage, const ViewState *state) {
    Arena arena = {0};
    Theme theme = theme_make(false, 1);
    Scene scene = scene_make(&arena, &stage->fonts.metrics, 1280, 800, theme.background);
    ViewInput input = stage->world.input;
    input.state = state;
    view_picture(view_find("replay"), &input, &theme, &scene);
    uint64_t hash = scene_hash(&scene);
    arena_free(&arena);
    return hash;
}

/* Through the lines of text and back, as `draw --from` does. */
static ViewState again(const Stage *stage, Arena *arena, Err *err) {
    const Race *race = stage->world.input.race;
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&text, &size_bytes);
    look_write(&stage->state, race, out);
    fclose(out);
    LookTexts texts = {0};
    KeyFile file = {.name = "look", .at = text};
    bool is_end = false;
    while (key_file_next(&file, &is_end, err)) {
#define X(key_name)                                                                                                    \
    if (strcmp(file.key, #key_name) == 0) texts.key_name = arena_copy_text(arena, file.value);
        LOOK_LIST(X)
#undef X
    }
    assert_true(is_end);
    ViewInput input = stage->world.input;
    input.clock = stage->state.clock;
    ViewState state = replay_state(&input);
    if (!look_read(&texts, race, &state, err)) fail_msg("%s\n%s", err->text, text);
    state.step_index = stage->state.step_index;
    free(text);
    return state;
}

static void click_first(Stage *stage, int kind) {
    const Scene *scene = stage_scene(stage);
    for (int i = 0; i < scene->command_count; i++) {
        if (scene->commands[i].kind != SCENE_HIT || scene->commands[i].hit.kind != kind) continue;
        double x_px = scene->commands[i].box.x + 2, y_px = scene->commands[i].box.y + 2;
        stage_apply(stage, (Event){.kind = EVENT_POINTER_DOWN, .x_px = x_px, .y_px = y_px});
        stage_apply(stage, (Event){.kind = EVENT_POINTER_UP, .x_px = x_px, .y_px = y_px});
        return;
    }
}

static void every_look_is_drawn_again(void **unused) {
    (void)unused;
    static const uint32_t keys[] = {'+', '+', '-', 'a', KEY_RIGHT, KEY_PAGE_DOWN, '.', ',', 'c', '0', KEY_END, 'u'};
    Stage stage;
    Arena arena = {0};
    Err err = {0};
    uint32_t seed = 7;
    int zoomed = 0, led = 0, with_values = 0, lens = 0, marked = 0;
    stage_open(&stage, "algorithm = standard,flash1,flash2\nbatch = 1\nheads = 2\nseq = 512\n", false);
    for (int i = 0; i < 400; i++) {
        seed = seed * 1664525u + 1013904223u;
        double x_px = seed >> 8 & 1023, y_px = 100 + (seed >> 18 & 511);
        if (i % 29 == 5)
            stage_key(&stage, 'i', 0), click_first(&stage, CONTROL_FORMULA_ROW);
        else if (i % 3 == 0)
            stage_apply(&stage,
                        (Event){.kind = EVENT_WHEEL, .x_px = x_px, .y_px = y_px, .wheel_steps = i % 4 ? 1 : -1});
        else
            stage_key(&stage, keys[(seed >> 16) % (sizeof keys / sizeof keys[0])], 0);
        ViewState seen = stage.state, read = again(&stage, &arena, &err);
        seen.hover = seen.focus = seen.pressed = (Control){0};
        if (picture_hash(&stage, &seen) != picture_hash(&stage, &read)) fail_msg("event %d: another picture", i);
        zoomed += seen.zoom > 0 && seen.zoom < ZOOM_WARP && seen.is_zoom_fixed;
        lens += seen.zoom >= ZOOM_WARP;
        led += seen.lead != race_longest(stage.world.input.race, seen.clock);
        with_values += seen.has_values;
        marked += seen.summed_row >= 0;
    }
    assert_true(zoomed > 5 && lens > 5 && led > 5 && with_values > 5 && marked > 5);
    arena_free(&arena);
    stage_close(&stage);
}

static void a_wrong_look_is_refused(void **unused) {
    (void)unused;
    static const struct {
        LookTexts texts;
        const char *want;
    } cases[] = {
        {{.lead = "flash3"}, "--lead is 'flash3'"},
        {{.zoom = "99"}, "0 to 2 (where a tile fills the square), warp or lane"},
        {{.zoom = "1@0.5"}, "a row and a column"},
        {{.zoom = "1@0.5,1.5"}, "the column of --zoom is '1.5'"},
        {{.lane = "32"}, "--lane is '32'"},
        {{.values = "yes"}, "--values is 'yes'; it must be on or off"},
        {{.values = "on"}, "--seq up to 16"},
        {{.summed = "flops/K"}, "--summed is 'flops/K'"},
    };
    Stage stage;
    stage_open(&stage, "algorithm = standard,flash2\nseq = 512\n", true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Err err = {0};
        ViewState state = stage.state;
        assert_false(look_read(&cases[i].texts, stage.world.input.race, &state, &err));
        if (!strstr(err.text, cases[i].want)) fail_msg("want '%s', got '%s'", cases[i].want, err.text);
        assert_memory_equal(&state, &stage.state, sizeof state);
    }
    stage_close(&stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_look_is_drawn_again),
        cmocka_unit_test(a_wrong_look_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
