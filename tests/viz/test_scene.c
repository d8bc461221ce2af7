/* The scene: measuring and breaking text, what lies at a point, dump and hash, all without a font file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/viz/dumped.h"
#include "tests/viz/plain_metrics.h"
#include "viz/scene.h"

static FontMetrics metrics;
static Arena arena;

static int make_metrics(void **state) {
    (void)state;
    metrics = plain_metrics();
    return 0;
}
static int free_arena(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static Scene empty_scene(void) { return scene_make(&arena, &metrics, 200, 100, 0xFFFFFFFF); }
static const TextStyle plain = {.size_px = 10, .color = 0x000000FF};

static void utf8_is_read_and_bad_bytes_are_marked(void **state) {
    (void)state;
    const struct {
        const char *text;
        uint32_t want[4];
    } rows[] = {{"a\xC3\x97z", {'a', 0xD7, 'z', 0}}, {"\xE2\x82\xAC", {0x20AC, 0}},
                {"\xF0\x9F\x98\x80", {0x1F600, 0}},  {"\xC3", {0xFFFD, 0}},
                {"\xE2\x82", {0xFFFD, 0xFFFD, 0}},   {"\x80x", {0xFFFD, 'x', 0}},
                {"\xC0\x80", {0xFFFD, 0xFFFD, 0}},   {"\xFF", {0xFFFD, 0}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *at = rows[i].text;
        for (int j = 0; j < 4; j++) {
            uint32_t got = text_next(&at);
            assert_int_equal(got, rows[i].want[j]);
            if (!got) break;
        }
    }
}

static void text_breaks_after_spaces_and_inside_long_words(void **state) {
    (void)state;
    /* 5 px a character */
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "one two", 100), 7);
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "one two", 34), 4);
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "one  two", 20), 5);
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "abcdefgh", 20), 4);
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "\xC3\x97\xC3\x97", 1), 2);
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "", 20), 0);
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "in all 940 MB, so", 52), 7);
    assert_int_equal(text_fit_bytes(&metrics, FACE_REGULAR, 10, "in all 940 rows", 52), 11);
    assert_int_equal(text_word_bytes("16 MiB of it"), 6);
    assert_int_equal(text_word_bytes("16 rows"), 2);
    assert_int_equal(text_word_bytes(" rows"), 0);
    assert_int_equal(text_word_bytes("rows"), 4);
    Scene scene = empty_scene();
    assert_int_equal(scene_wrap_lines(&scene, 35, plain, "one two three"), 2);
    assert_true(scene_text_wrap(&scene, 0, 10, 35, 12, plain, "one two\nthree") == 10 + 2 * 12);
    assert_string_equal(scene.commands[0].text, "one two");
    assert_string_equal(scene.commands[1].text, "three");
}

static void text_is_aligned_cut_and_centred(void **state) {
    (void)state;
    Scene scene = empty_scene();
    TextStyle right = plain, centre = plain;
    right.align = ALIGN_RIGHT;
    centre.align = ALIGN_CENTER;
    scene_text(&scene, 100, 50, right, "abcd");
    scene_text(&scene, 100, 50, centre, "abcd");
    assert_true(scene.commands[0].box.x == 80 && scene.commands[1].box.x == 90);
    scene_text_cut(&scene, 0, 50, 25, plain, "abcdefgh");
    assert_string_equal(scene.commands[2].text, "abcd…");
    assert_true(scene.commands[2].box.w <= 25);
    assert_true(scene_text_in(&scene, (Box){0, 0, 20, 10}, plain, "abcd"));
    assert_true(scene.commands[3].box.y == 8.5);
    assert_false(scene_text_in(&scene, (Box){0, 0, 19, 10}, plain, "abcd"));
    assert_int_equal(scene.command_count, 4);
}

static void the_topmost_region_inside_its_clip_answers(void **state) {
    (void)state;
    Scene scene = empty_scene();
    scene_hit(&scene, (Box){0, 0, 50, 50}, (SceneHit){.kind = 1, .text = "below"});
    scene_clip_push(&scene, (Box){0, 0, 20, 20});
    scene_hit(&scene, (Box){10, 10, 50, 50}, (SceneHit){.kind = 2});
    scene_clip_pop(&scene);
    assert_int_equal(scene_hit_at(&scene, 15, 15)->kind, 2);
    assert_int_equal(scene_hit_at(&scene, 25, 25)->kind, 1);
    assert_string_equal(scene_hit_at(&scene, 5, 5)->text, "below");
    assert_null(scene_hit_at(&scene, 55, 55));
    assert_null(scene_hit_at(&scene, 250, 5));
}

static void a_dump_says_everything(void **state) {
    (void)state;
    Scene scene = empty_scene();
    scene_round_rect(&scene, (Box){1, 2, 30.12345, 40}, 3,
                     (Paint){.pattern = PATTERN_HATCH, .fill = 0x0072B2FF, .edge = 0x000000FF, .edge_px = 1});
    scene_dash_line(&scene, (Point){0, -0.0001}, (Point){9, 9}, 0x112233FF, 2, DASH_DOTTED);
    scene_polygon(&scene, (Point[]){{0, 0}, {1, 0}, {0, 1}}, 3, (Paint){.pattern = PATTERN_SOLID, .fill = 0xFF0000FF});
    scene_clip_push(&scene, (Box){0, 0, 5, 5});
    scene_text(&scene, 7, 8, plain, "N");
    scene_clip_pop(&scene);
    scene_hit(&scene, (Box){1, 1, 2, 2}, (SceneHit){3, {4, 5, 6}, 7, "7 bytes"});
    char *text = dumped(&scene);
    assert_string_equal(text, "scene 200.000 100.000 #ffffffff\n"
                              "rect 1.000 2.000 30.123 40.000 radius 3.000 hatch #0072b2ff edge #000000ff 1.000\n"
                              "line 0.000,0.000 9.000,9.000 edge #112233ff 2.000 dotted\n"
                              "polygon 0.000,0.000 1.000,0.000 0.000,1.000 solid #ff0000ff\n"
                              "clip-push 0.000 0.000 5.000 5.000\n"
                              "text 7.000 8.000 5.000 regular 10.000 #000000ff left \"N\"\n"
                              "clip-pop\n"
                              "hit 1.000 1.000 2.000 2.000 3 4 5 6 7 \"7 bytes\"\n");
    free(text);
}

/* Every field that a dump shows must move the hash. */
static void a_changed_scene_has_another_hash(void **state) {
    (void)state;
    enum { VARIANTS = 9 };
    uint64_t hashes[VARIANTS];
    for (int i = 0; i < VARIANTS; i++) {
        Scene scene = empty_scene();
        TextStyle style = plain;
        if (i == 1) style.face = FACE_BOLD;
        scene_text(&scene, i == 2 ? 1.001 : 1, 5, style, i == 3 ? "b" : "a");
        Paint paint = {
            .pattern = i == 4 ? PATTERN_DOTS : PATTERN_SOLID, .fill = i == 5 ? 0x01 : 0xFF, .edge_px = i == 6 ? 2 : 1};
        scene_rect(&scene, (Box){1, 1, 5, 5}, paint);
        scene_line(&scene, (Point){0, 0}, (Point){1, i == 7 ? 2 : 1}, 0xFF, 1);
        scene_hit(&scene, (Box){0, 0, 1, 1}, (SceneHit){.value = i == 8 ? 1 : 0});
        hashes[i] = scene_hash(&scene);
        for (int j = 0; j < i; j++) assert_true(hashes[i] != hashes[j]);
    }
    Scene again = empty_scene();
    scene_text(&again, 1, 5, plain, "a");
    scene_rect(&again, (Box){1, 1, 5, 5}, (Paint){.pattern = PATTERN_SOLID, .fill = 0xFF, .edge_px = 1});
    scene_line(&again, (Point){0, 0}, (Point){1, 1}, 0xFF, 1);
    scene_hit(&again, (Box){0, 0, 1, 1}, (SceneHit){0});
    assert_true(scene_hash(&again) == hashes[0]);
}

static void an_arrow_ends_at_its_point_and_turns_where_told(void **state) {
    (void)state;
    Scene scene = empty_scene();
    scene_arrow(&scene, (Point){10, 90}, (Point){10, 20}, 6, (Paint){0});
    assert_int_equal(scene.commands[0].point_count, 7);
    assert_true(scene.points[3].x == 10 && scene.points[3].y == 20);
    scene_elbow_arrow(&scene, (Point){10, 90}, 50, (Point){60, 20}, 6, (Paint){0});
    const Point *points = scene.points + scene.commands[1].point_first;
    assert_int_equal(scene.commands[1].point_count, 11);
    assert_true(points[5].x == 60 && points[5].y == 20);
    assert_true(points[9].y == 53 && points[1].y == 47);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_read_and_bad_bytes_are_marked),
        cmocka_unit_test(text_breaks_after_spaces_and_inside_long_words),
        cmocka_unit_test(text_is_aligned_cut_and_centred),
        cmocka_unit_test(the_topmost_region_inside_its_clip_answers),
        cmocka_unit_test(a_dump_says_everything),
        cmocka_unit_test(a_changed_scene_has_another_hash),
        cmocka_unit_test(an_arrow_ends_at_its_point_and_turns_where_told),
    };
    return cmocka_run_group_tests(tests, make_metrics, free_arena);
}
