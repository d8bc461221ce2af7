/* Views as text: scenes of made-up counts against golden files, and rules that hold for every view, theme and size.
 *
 * HBMSCOPE_UPDATE_GOLDEN=1 writes the golden files anew; look at the pictures before committing them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/viz/dumped.h"
#include "tests/viz/made_up.h"
#include "tests/viz/plain_metrics.h"
#include "viz/backends/font.h"

static FontMetrics metrics;
static Arena arena;
static MadeUp made_up;

static int make_all(void **state) {
    (void)state;
    metrics = plain_metrics();
    made_up_fill(&made_up);
    return 0;
}
static int free_arena(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static char *file_text(const char *path) {
    char *text = arena_alloc_bytes(&arena, 1 << 20);
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    size_t size_bytes = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[size_bytes] = 0;
    return text;
}

/* Names the first line that differs: a wall of text helps nobody. */
static void assert_same_lines(const char *got, const char *want, const char *name) {
    for (int line = 1; *got || *want; line++) {
        int got_length = (int)strcspn(got, "\n"), want_length = (int)strcspn(want, "\n");
        if (got_length != want_length || memcmp(got, want, (size_t)got_length) != 0)
            fail_msg("%s:%d\n  want %.*s\n  got  %.*s", name, line, want_length, want, got_length, got);
        got += got_length + (got[got_length] != 0);
        want += want_length + (want[want_length] != 0);
    }
}

static Scene picture_of(const View *view, const ViewInput *input, const FontMetrics *font, double width_px,
                        double height_px, double scale, bool is_dark) {
    Theme theme = theme_make(is_dark, theme_scale_for(width_px, height_px, scale));
    Scene scene = scene_make(&arena, font, width_px, height_px, theme.background);
    view_picture(view, input, &theme, &scene);
    return scene;
}

static void check_golden(const char *view_name, const ViewInput *input) {
    Scene scene = picture_of(view_find(view_name), input, &metrics, 1280, 720, 1, false);
    const char *path = arena_format(&arena, "tests/viz/golden/%s.txt", view_name);
    char *got = dumped(&scene);
    if (getenv("HBMSCOPE_UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs(got, file);
        fclose(file);
    }
    const char *want = file_text(path);
    assert_non_null(want);
    assert_same_lines(got, want, path);
    free(got);
}

static void traffic_is_as_it_was(void **state) {
    (void)state;
    check_golden("traffic", &made_up.input);
}
static void memory_is_as_it_was(void **state) {
    (void)state;
    check_golden("memory", &made_up.input);
}

/* A small real program: 2 heads, 64 rows, so that every part of the machine appears. */
static Scenario small_scenario(void) {
    Scenario scenario = scenario_default();
    scenario.batch_count = 1;
    scenario.head_count = scenario.kv_head_count = 2;
    scenario.query_rows = scenario.key_rows = 512;
    assert_true(scenario_finish(&scenario, NULL));
    return scenario;
}

static void machine_is_as_it_was(void **state) {
    (void)state;
    Scenario scenario = small_scenario();
    ViewInput input;
    assert_true(view_prepare(view_find("machine"), &scenario, 100, &arena, &input, NULL));
    check_golden("machine", &input);
}

static void titles_say_what_the_numbers_say(void **state) {
    (void)state;
    ViewHeadline headline = view_find("traffic")->headline(&made_up.input, &arena);
    assert_string_equal(headline.title, "Standard attention moves 9.09x the bytes of FlashAttention");
    headline = view_find("memory")->headline(&made_up.input, &arena);
    assert_non_null(strstr(headline.notice, "grows 62.9x with standard attention (N² alone: 64x) and 8.00x with FlashAttention"));
}

static void sentences_and_headings_name_algorithms_alike(void **state) {
    (void)state;
    static const char *const names[][3] = {{"standard", "standard attention", "Standard attention"},
                                           {"flash1", "FlashAttention", "FlashAttention"},
                                           {"window", "sliding window", "Sliding window"},
                                           {"nsa", "NSA", "NSA"},
                                           {"dsa", "DeepSeek sparse attention", "DeepSeek sparse attention"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_string_equal(view_name(algorithm_find(names[i][0]), &arena), names[i][1]);
        assert_string_equal(view_title(algorithm_find(names[i][0]), &arena), names[i][2]);
    }
    assert_string_equal(view_name_of("mine", &arena), "mine");
    Scenario scenario = small_scenario();
    ViewInput input;
    assert_true(view_prepare(view_find("levels"), &scenario, VIEW_STEP_DEFAULT, &arena, &input, NULL));
    assert_non_null(strstr(view_find("levels")->headline(&input, &arena).title, "Of standard attention’s"));
}

/* Texts and shapes stay on the page, texts do not run into each other, in real type. */
static void check_layout(const Scene *scene, const char *what) {
    double margin_px = 16 * theme_scale_for(scene->width_px, scene->height_px, 1);
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *a = &scene->commands[i];
        if (a->kind == SCENE_RECT &&
            (a->box.x < -0.01 || a->box.y < -0.01 || a->box.x + a->box.w > scene->width_px + 0.01 ||
             a->box.y + a->box.h > scene->height_px + 0.01))
            fail_msg("%s: a rectangle leaves the page at %.1f %.1f", what, a->box.x, a->box.y);
        if (a->kind != SCENE_TEXT) continue;
        double cap_px = 0.72 * a->style.size_px;
        Box box = {a->box.x, a->box.y - cap_px, a->box.w, cap_px};
        if (box.x < margin_px || box.y < margin_px || box.x + box.w > scene->width_px - margin_px ||
            a->box.y > scene->height_px - margin_px)
            fail_msg("%s: '%s' leaves the page", what, a->text);
        for (int j = 0; j < i; j++) {
            const SceneCommand *b = &scene->commands[j];
            Box other = {b->box.x, b->box.y - 0.72 * b->style.size_px, b->box.w, 0.72 * b->style.size_px};
            if (b->kind == SCENE_TEXT && box_overlaps(box, other))
                fail_msg("%s: '%s' covers '%s'", what, a->text, b->text);
        }
    }
}

static void nothing_overlaps_and_nothing_leaves_the_page(void **state) {
    (void)state;
    /* width, height, --scale */
    static const double sizes[][3] = {{1280, 720, 1}, {2560, 1440, 1},  {1600, 1200, 1},
                                      {900, 640, 1},  {1280, 720, 1.5}, {1920, 1080, 0.75}};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    enum { slow_needs = VIEW_NEEDS_L2 | VIEW_NEEDS_CHOICE | VIEW_NEEDS_TRADEOFF };
    static const uint64_t lengths[] = {512, 1024, 4096, 128 * 1024};
    Fonts fonts;
    assert_true(fonts_open(&fonts, NULL));
    for (int v = 0; v < view_table_count; v++) {
        for (int n = 0; n < 4; n++) {
            for (int both = 0; both < 2; both++) {
                if (view_table[v]->needs & slow_needs && (n > 0 || both)) continue;
                Scenario scenario = scenario_default();
                scenario.query_rows = scenario.key_rows = lengths[n];
                scenario.pass = both ? PASS_BOTH : PASS_FORWARD;
                if (both) scenario_set(&scenario, "mask", "additive", NULL);
                if (n > 0) scenario_set(&scenario, "l2", "off", NULL); /* DRAM is not this test's matter */
                assert_true(scenario_finish(&scenario, NULL));
                ViewInput input;
                assert_true(view_prepare(view_table[v], &scenario, VIEW_STEP_DEFAULT, &arena, &input, NULL));
                Compare compare = {0};
                for (int i = 0; i < input.count_count && view_table[v]->needs & VIEW_NEEDS_COMPARE; i++)
                    compare_add(&compare, &(CompareInput){.count = &input.counts[i]}, &arena);
                input.compare = &compare;
                for (int s = 0; s < SIZES; s++) {
                    Scene scene =
                        picture_of(view_table[v], &input, &fonts.metrics, sizes[s][0], sizes[s][1], sizes[s][2], n & 1);
                    check_layout(&scene, arena_format(&arena, "%s %gx%g --scale %g N %d both %d", view_table[v]->name,
                                                      sizes[s][0], sizes[s][1], sizes[s][2], (int)lengths[n], both));
                }
                arena_reset(&arena);
            }
        }
    }
    fonts_close(&fonts);
}

static int count_of_text(const Scene *scene, const char *text) {
    int count = 0;
    for (int i = 0; i < scene->command_count; i++)
        count += scene->commands[i].kind == SCENE_TEXT && strcmp(scene->commands[i].text, text) == 0;
    return count;
}

/* All that is simulated stands there, nothing looks measured, and the empty column says what would fill it. */
static void without_a_capture_compare_shows_what_is_computed(void **state) {
    (void)state;
    Scenario scenario = small_scenario();
    ViewInput input;
    Compare compare = {0};
    const View *view = view_find("compare");
    static const View counted = {.name = "counted", .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_DRAM};
    assert_true(view_prepare(&counted, &scenario, VIEW_STEP_DEFAULT, &arena, &input, NULL));
    for (int i = 0; i < 2; i++) compare_add(&compare, &(CompareInput){.count = &input.counts[i]}, &arena);
    input.compare = &compare;
    Scene scene = picture_of(view, &input, &metrics, 1280, 720, 1, false);
    static const char *const rows[] = {"issued read bytes", "L1 write sectors", "L2 read bytes", "DRAM write bytes",
                                       "time"};
    for (int i = 0; i < 5; i++) assert_int_equal(count_of_text(&scene, rows[i]), 2);
    assert_int_equal(count_of_text(&scene, "measured"), 2);
    assert_int_equal(count_of_text(&scene, "not run"), 2);
    assert_int_equal(count_of_text(&scene, "equal"), 4); /* issued bytes: what has a closed form */
    for (int i = 0; i < scene.command_count; i++)
        assert_int_equal(scene.commands[i].kind == SCENE_RECT ? scene.commands[i].paint.pattern : PATTERN_NONE,
                         PATTERN_NONE);
    char *text = dumped(&scene);
    assert_non_null(strstr(text, "--capture"));
    free(text);
}

/* Every hit region knows the exact number behind it. */
static void a_number_can_be_asked_for(void **state) {
    (void)state;
    Scene scene = picture_of(view_find("traffic"), &made_up.input, &metrics, 1280, 720, 1, false);
    int count = 0;
    for (int i = 0; i < scene.command_count; i++) {
        if (scene.commands[i].kind != SCENE_HIT) continue;
        count++;
        assert_non_null(strstr(scene.commands[i].hit.text, " bytes"));
        assert_true(scene.commands[i].hit.value > 0);
    }
    assert_in_range(count, 40, 50);
}

/* What the pieces of a bar say adds up to what was counted. */
static uint64_t sum_of_hits(const Scene *scene, int algorithm, int last_index) {
    uint64_t sum = 0;
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *command = &scene->commands[i];
        if (command->kind != SCENE_HIT || command->hit.index[0] != algorithm) continue;
        if (last_index < 0 || command->hit.index[2] == last_index) sum += command->hit.value;
    }
    return sum;
}

static void pieces_add_up_to_the_counts(void **state) {
    (void)state;
    Scenario scenario = small_scenario();
    scenario.pass = PASS_BOTH;
    ViewInput input;
    assert_true(view_prepare(view_find("levels"), &scenario, VIEW_STEP_DEFAULT, &arena, &input, NULL));
    Scene traffic = picture_of(view_find("traffic"), &input, &metrics, 1280, 720, 1, false);
    Scene levels = picture_of(view_find("levels"), &input, &metrics, 1280, 720, 1, false);
    for (int i = 0; i < input.count_count; i++) {
        const uint64_t *total = input.counts[i].totals.value;
        uint64_t issued = total[COUNTER_ISSUED_READ_BYTES] + total[COUNTER_ISSUED_WRITE_BYTES];
        assert_int_equal(sum_of_hits(&traffic, i, -1), issued);
        const uint64_t want[] = {issued, 32 * (total[COUNTER_L1_READ_SECTORS] + total[COUNTER_L1_WRITE_SECTORS]),
                                 total[COUNTER_L2_READ_BYTES] + total[COUNTER_L2_WRITE_BYTES],
                                 total[COUNTER_DRAM_READ_BYTES] + total[COUNTER_DRAM_WRITE_BYTES]};
        for (int level = 0; level < 4; level++) assert_int_equal(sum_of_hits(&levels, i, level), want[level]);
    }
}

/* A kernel's width on the timeline is its share of the longest run. */
static void widths_are_times(void **state) {
    (void)state;
    Scenario scenario = small_scenario();
    ViewInput input;
    assert_true(view_prepare(view_find("timeline"), &scenario, VIEW_STEP_DEFAULT, &arena, &input, NULL));
    Scene scene = picture_of(view_find("timeline"), &input, &metrics, 1280, 720, 1, false);
    double width_px[2] = {0, 0};
    for (int i = 0; i < scene.command_count; i++)
        if (scene.commands[i].kind == SCENE_HIT) width_px[scene.commands[i].hit.index[0]] += scene.commands[i].box.w;
    double want = input.counts[0].totals.time_ns / input.counts[1].totals.time_ns;
    assert_true(width_px[0] > 0 && width_px[1] > 0);
    assert_float_equal(width_px[0] / width_px[1], want, 1e-9 * want);
}

static void a_step_past_every_end_is_refused(void **state) {
    (void)state;
    Scenario scenario = small_scenario();
    ViewInput input;
    Err err;
    assert_false(view_prepare(view_find("machine"), &scenario, 1000000000, &arena, &input, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traffic_is_as_it_was),
        cmocka_unit_test(memory_is_as_it_was),
        cmocka_unit_test(machine_is_as_it_was),
        cmocka_unit_test(titles_say_what_the_numbers_say),
        cmocka_unit_test(sentences_and_headings_name_algorithms_alike),
        cmocka_unit_test(nothing_overlaps_and_nothing_leaves_the_page),
        cmocka_unit_test(without_a_capture_compare_shows_what_is_computed),
        cmocka_unit_test(a_number_can_be_asked_for),
        cmocka_unit_test(pieces_add_up_to_the_counts),
        cmocka_unit_test(widths_are_times),
        cmocka_unit_test(a_step_past_every_end_is_refused),
    };
    return cmocka_run_group_tests(tests, make_all, free_arena);
}
