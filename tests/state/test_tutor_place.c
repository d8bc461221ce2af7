/* A lesson's bookmarks: where they take the replay, what they open, and lecture mode, which goes from one to the next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/state/played.h"
#include "viz/state/tutor_place.h"

static void lecture_mode_goes_from_bookmark_to_bookmark(void **state) {
    (void)state;
    Played *p = played_open("06-tile-by-tile");
    Event next = {.kind = EVENT_KEY, .key = KEY_ENTER}, back = {.kind = EVENT_KEY, .key = KEY_BACKSPACE},
          other = {.kind = EVENT_KEY, .key = KEY_RIGHT};
    assert_null(tutor_note(&p->tutor, &p->opened->arena));
    assert_string_equal(tutor_note_place(&p->tutor, &p->opened->arena), "0 of 4, Enter begins");
    int count = 0;
    while (tutor_apply_lecture(&p->tutor, &next).is_place_changed) {
        count++;
        assert_true(strlen(tutor_note(&p->tutor, &p->opened->arena)) > 20);
    }
    assert_int_equal(count, 4);
    assert_string_equal(tutor_note_place(&p->tutor, &p->opened->arena), "4 of 4, the last; L: back to the text");
    int last = p->tutor.bookmark;
    assert_true(tutor_apply_lecture(&p->tutor, &back).is_place_changed);
    assert_true(p->tutor.bookmark < last);
    assert_false(tutor_apply_lecture(&p->tutor, &other).is_taken); /* steps are the replay's */
    played_close(p);
}

static void bookmarks_open_what_they_speak_of(void **state) {
    (void)state;
    Played *p = played_open("02-coalescing");
    ViewState view = {.zoom = 3};
    tutor_look(&p->tutor, &view);
    assert_int_equal(view.zoom, 0);
    for (int i = 0; i < p->opened->lesson.part_count; i++) {
        if (p->opened->lesson.parts[i].kind != LESSON_BOOKMARK) continue;
        p->tutor.bookmark = i;
        tutor_look(&p->tutor, &view);
        assert_int_equal(view.zoom, ZOOM_WARP);
        assert_int_equal(view.lens_index + 1, lesson_lens_request(p->opened->lesson.parts[i].look));
    }
    played_close(p);
    p = played_open("05-softmax-in-pieces");
    for (int i = 0; i < p->opened->lesson.part_count; i++) {
        if (p->opened->lesson.parts[i].kind != LESSON_BOOKMARK) continue;
        p->tutor.bookmark = i;
        tutor_look(&p->tutor, &view);
        assert_true(view.has_values && view.zoom == 0);
    }
    played_close(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lecture_mode_goes_from_bookmark_to_bookmark),
        cmocka_unit_test(bookmarks_open_what_they_speak_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
