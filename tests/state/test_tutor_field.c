/* Typing into a lesson: whose the keys are, the caret, and programs that are kept while one looks elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/state/played.h"

static void keys_are_the_replays_until_asked_for(void **state) {
    (void)state;
    Played *p = played_open("03-why-64x");
    assert_false(played_key(p, 'q', 0).is_taken); /* prose: q is the window's */
    assert_false(played_key(p, KEY_RIGHT, 0).is_taken);
    Event enter = {.kind = EVENT_KEY, .key = KEY_ENTER};
    assert_false(tutor_apply(&p->tutor, true, &p->scene, &enter).is_taken); /* a button of the replay has the focus */
    played_go_on(p, false);
    assert_true(p->tutor.is_typing);
    assert_true(played_key(p, 'q', 0).is_taken);
    assert_string_equal(p->tutor.text, "q");
    played_key(p, KEY_ESCAPE, 0);
    assert_false(played_key(p, 'q', 0).is_taken);
    assert_true(played_click(p, TUTOR_FIELD, 0));
    played_key(p, KEY_HOME, 0);
    played_type(p, "a");
    played_key(p, KEY_END, 0);
    played_type(p, "B");
    played_key(p, KEY_LEFT, 0);
    played_key(p, KEY_BACKSPACE, 0);
    assert_string_equal(p->tutor.text, "aB");
    played_key(p, KEY_HOME, 0);
    played_key(p, KEY_DELETE, 0);
    assert_string_equal(p->tutor.text, "B");
    played_key(p, KEY_END, 0);
    played_key(p, KEY_DELETE, 0);
    assert_string_equal(p->tutor.text, "B");
    assert_false(played_key(p, '+', MODIFIER_CONTROL).is_taken); /* larger type, also while one types */
    assert_false(played_key(p, KEY_F11, 0).is_taken);
    played_apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = 1000, .y_px = 400}); /* into the replay */
    assert_false(p->tutor.is_typing);
    played_close(p);
}

static void a_program_is_kept_while_one_looks_elsewhere(void **state) {
    (void)state;
    Played *p = played_open("05-softmax-in-pieces");
    char typed[TUTOR_TEXT_BYTES];
    played_go_to_exercise(p);
    played_type(p, "x = y");
    strcpy(typed, p->tutor.text);
    assert_true(strstr(typed, "x = y") != NULL);
    assert_true(played_click(p, TUTOR_LATER, 0));
    assert_true(played_click(p, TUTOR_BACK, 0));
    assert_string_equal(p->tutor.text, typed);
    played_click(p, TUTOR_BACK, 0);
    played_go_on(p, true);
    assert_string_equal(p->tutor.text, typed);
    played_close(p);
}

static void a_draft_comes_back(void **state) {
    (void)state;
    Played *p = played_open("05-softmax-in-pieces");
    played_go_to_exercise(p);
    int part = p->tutor.lesson.part, before = p->progress_count;
    assert_null(tutor_draft(&p->tutor, 0));
    played_type(p, "x = y");
    assert_int_equal(p->progress_count, before);
    played_key(p, KEY_ENTER, 0);
    assert_int_equal(p->progress_count, before + 1); /* a line is worth keeping */
    assert_non_null(strstr(tutor_draft(&p->tutor, part), "x = y\n"));
    tutor_set_draft(&p->tutor, part, "grid q by 4\n");
    assert_string_equal(p->tutor.text, "grid q by 4\n");
    played_close(p);
}

static void a_click_sets_the_caret(void **state) {
    (void)state;
    Played *p = played_open("05-softmax-in-pieces");
    played_go_to_exercise(p);
    const char *second = strchr(p->tutor.text, '\n') + 1;
    int start = (int)(second - p->tutor.text);
    const SceneCommand *line = played_find(p, TUTOR_LINE, start);
    assert_non_null(line);
    double character_px = line->hit.index[2] / 64.0, y = line->box.y + line->box.h / 2, x = line->box.x;
    int length = line->hit.index[1];
    played_apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = x + 4.2 * character_px, .y_px = y});
    assert_int_equal(p->tutor.caret_index, start + 4);
    played_apply(p, (Event){.kind = EVENT_POINTER_UP, .x_px = x, .y_px = y});
    played_apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = x + (length + 3) * character_px, .y_px = y});
    assert_int_equal(p->tutor.caret_index, start + length);
    played_close(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_the_replays_until_asked_for),
        cmocka_unit_test(a_program_is_kept_while_one_looks_elsewhere),
        cmocka_unit_test(a_draft_comes_back),
        cmocka_unit_test(a_click_sets_the_caret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
