/* The frame as text: golden scenes, and rules for every size and theme: no text leaves the window or lies on another.
 *
 * HBMSCOPE_UPDATE_GOLDEN=1 writes the golden files anew; look at the window before committing them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>
#include <string.h>

#include "tests/viz/dumped.h"
#include "tests/viz/plain_metrics.h"
#include "tests/window/stage.h"

enum { GOLDEN_MAX_BYTES = 1 << 20 };

static void press(Stage *stage, const char *keys) {
    for (; *keys; keys++) stage_key(stage, *keys == '>' ? (uint32_t)KEY_PAGE_DOWN : (uint32_t)*keys, 0);
}

/* Golden. */

static void check_golden(const Stage *stage, const char *name) {
    char path[80], *got = dumped(stage_scene(stage)), *want = calloc(1, GOLDEN_MAX_BYTES), *want_start = want;
    snprintf(path, sizeof path, "tests/window/golden/%s.txt", name);
    bool is_update = getenv("HBMSCOPE_UPDATE_GOLDEN") != NULL;
    FILE *file = fopen(path, is_update ? "wb" : "rb");
    assert_non_null(file);
    if (is_update) {
        fputs(got, file);
    } else {
        assert_true(fread(want, 1, GOLDEN_MAX_BYTES - 1, file) > 0);
        const char *at = got;
        for (int line = 1; *at || *want; line++) {
            int got_length = (int)strcspn(at, "\n"), want_length = (int)strcspn(want, "\n");
            if (got_length != want_length || memcmp(at, want, (size_t)got_length) != 0)
                fail_msg("%s:%d\n  want %.*s\n  got  %.*s", path, line, want_length, want, got_length, at);
            at += got_length + (at[got_length] != 0);
            want += want_length + (want[want_length] != 0);
        }
    }
    fclose(file);
    free(got);
    free(want_start);
}

/* A font of made-up metrics, so that the golden files do not depend on a font's version. */
static void frames_as_text(void **unused) {
    (void)unused;
    static const struct { const char *name, *keys; } rows[] = {{"replay", ">"}, {"formula", "i"}, {"lecture", "ld>"}};
    for (int i = 0; i < 3; i++) {
        Stage stage;
        stage_open(&stage, "algorithm = standard,flash2\nbatch = 1\nheads = 2\nseq = 512\ncausal = on\n", true);
        stage.fonts.metrics = plain_metrics();
        press(&stage, rows[i].keys);
        check_golden(&stage, rows[i].name);
        stage_close(&stage);
    }
}

/* Rules. */

static Box ink_of(const SceneCommand *command) {
    double size_px = command->style.size_px;
    return (Box){command->box.x, command->box.y - 0.72 * size_px, command->box.w, 0.72 * size_px};
}

static void check_texts(const Stage *stage, const char *state) {
    const Scene *scene = stage_scene(stage);
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *a = &scene->commands[i];
        if (a->kind != SCENE_TEXT) continue;
        Box box = ink_of(a);
        if (box.x < 0 || box.y < 0 || box.x + box.w > scene->width_px + 0.5 || box.y + box.h > scene->height_px)
            fail_msg("%s at %g x %g: '%s' leaves the window", state, scene->width_px, scene->height_px, a->text);
        for (int k = i + 1; k < scene->command_count; k++) {
            const SceneCommand *b = &scene->commands[k];
            if (b->kind == SCENE_TEXT && box_overlaps(box, box_inset(ink_of(b), 0.5)))
                fail_msg("%s at %g x %g: '%s' lies on '%s'", state, scene->width_px, scene->height_px, b->text,
                         a->text);
        }
    }
}

static void texts_neither_leave_nor_overlap(void **unused) {
    (void)unused;
    static const struct { int width_px, height_px; } sizes[] = {{1280, 720}, {1920, 1080}, {2560, 1600}, {1280, 800}};
    static const char *const scenarios[] = {
        "algorithm = standard,flash1\n", "algorithm = standard,flash1,flash2\ncausal = on\n",
        "algorithm = flash2\nseq = 128K\nbatch = 1\n", "algorithm = standard,flash2\npass = both\n"};
    static const char *const states[] = {"", ">", "x", "l", "d>", "++++++++++++"};
    for (int n = 0; n < 4; n++)
        for (int s = 0; s < 6; s++)
            for (int z = 0; z < 4; z++) {
                Stage stage;
                stage_open(&stage, scenarios[n], true);
                stage_apply(
                    &stage,
                    (Event){.kind = EVENT_RESIZE, .width_px = sizes[z].width_px, .height_px = sizes[z].height_px});
                press(&stage, states[s]);
                char state[120];
                snprintf(state, sizeof state, "keys '%s' of %.60s", states[s], scenarios[n]);
                check_texts(&stage, state);
                stage_close(&stage);
            }
}

/* The tile at work. */

/* Bold rectangles within the square of scores, and whether one of them is solid. */
static int bold_tiles(const Stage *stage, bool *has_solid) {
    const Scene *scene = stage_scene(stage);
    Theme theme = frame_theme(&stage->state);
    Paint now = theme_tile(&theme, TENSOR_S, TILE_NOW);
    Box square = {0};
    int count = 0;
    for (int i = 0; i < scene->command_count; i++)
        if (scene->commands[i].kind == SCENE_HIT && scene->commands[i].hit.kind == CONTROL_MATRIX)
            square = scene->commands[i].box;
    *has_solid = false;
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *c = &scene->commands[i];
        bool is_bold = c->kind == SCENE_RECT && c->paint.edge == now.edge && c->paint.edge_px == now.edge_px;
        if (!is_bold || !box_overlaps(box_inset(c->box, 1), square)) continue;
        count++;
        *has_solid = *has_solid || c->paint.pattern == PATTERN_SOLID;
    }
    return count;
}

/* Q comes in: no tile yet. K: its place. The product: the tile. O leaves: none again. */
static void the_square_shows_a_tile_while_there_is_one(void **unused) {
    (void)unused;
    static const struct {
        uint64_t step;
        int tiles;
        bool is_solid;
    } rows[] = {{0, 0, false},  {1, 1, false},  {2, 1, true},  {3, 1, true},
                {21, 0, false}, {22, 0, false}, {23, 0, false}};
    Stage stage;
    stage_open(&stage, "algorithm = flash2\nbatch = 1\nheads = 2\nseq = 512\nhead-dim = 64\n", true);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_solid;
        stage.state.step_index = rows[i].step;
        stage_draw(&stage);
        int tiles = bold_tiles(&stage, &is_solid);
        if (tiles != rows[i].tiles || is_solid != rows[i].is_solid)
            fail_msg("step %d: want %d tile, solid %d; got %d, %d", (int)rows[i].step, rows[i].tiles, rows[i].is_solid,
                     tiles, is_solid);
    }
    stage_close(&stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_as_text),
        cmocka_unit_test(texts_neither_leave_nor_overlap),
        cmocka_unit_test(the_square_shows_a_tile_while_there_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
