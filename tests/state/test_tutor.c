/* Every lesson in the window, without a window, from its first page to its end: by keys, and by clicks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/state/played.h"
#include "viz/state/tutor_place.h"

static void settle_predict(Played *p, const LessonPart *part) {
    LessonTruth truth;
    char number[2] = "1";
    if (part->is_choice) {
        for (int i = 0; i < part->slip_count && tutor_is_open(&p->tutor); i++) {
            number[0] = (char)('1' + i);
            played_type(p, number);
        }
        return;
    }
    assert_true(p->tutor.is_typing);
    played_type(p, "3 parsecs");
    played_key(p, KEY_ENTER, 0);
    assert_true(tutor_is_open(&p->tutor) && *p->tutor.lesson.feedback);
    assert_string_equal(p->tutor.text, "");
    if (!lesson_case_truth(&p->opened->c, part, &truth, &p->opened->arena, NULL)) fail_msg("%s", part->name);
    played_type(p, truth.shown);
    assert_string_equal(p->tutor.text, truth.shown);
    played_key(p, KEY_ENTER, 0);
}

static void settle_exercise(Played *p, const LessonPart *part) {
    while (*p->tutor.text) {
        p->tutor.caret_index = (int)strlen(p->tutor.text);
        played_key(p, KEY_BACKSPACE, 0);
    }
    for (const char *line = part->solution; *line;) { /* comments need not be typed; lines indent themselves */
        size_t length = strcspn(line, "\n");
        if (*line != '#') {
            char copy[200];
            snprintf(copy, sizeof copy, "%.*s", (int)length, line);
            while (p->tutor.caret_index > 0 && p->tutor.text[p->tutor.caret_index - 1] == ' ')
                played_key(p, KEY_BACKSPACE, 0);
            played_type(p, copy);
            if (part->is_program) played_key(p, KEY_ENTER, 0);
        }
        line += length + (line[length] == '\n');
    }
    played_key(p, KEY_ENTER, MODIFIER_CONTROL);
}

/* What the window replays. */
static void check_program(Played *p, const LessonPart *part) {
    Count counted;
    assert_true(lesson_case_program(&p->opened->c, part, p->tutor.program, (CountOptions){true}, &counted,
                                    &p->opened->arena, NULL));
}

static void check_bookmark(const Played *p) {
    Scenario scenario;
    uint64_t step_index;
    int part = p->tutor.lesson.part;
    assert_int_equal(p->tutor.bookmark, part);
    assert_true(tutor_place(&p->tutor, part, &scenario, &step_index, NULL));
    assert_int_equal(scenario.algorithm_count, 1);
}

static void play_by_keys(Opened *opened) {
    Played *p = played_open(opened->lesson.id);
    int bookmark_count = 0, program_count = 0;
    for (const LessonPart *part; (part = tutor_part(&p->tutor)); played_go_on(p, false)) {
        if (part->kind == LESSON_PREDICT) settle_predict(p, part);
        if (part->kind == LESSON_EXERCISE) settle_exercise(p, part);
        if (part->kind == LESSON_EXERCISE && part->is_program) {
            assert_int_equal(p->program_count, ++program_count);
            check_program(p, part);
        }
        if (tutor_is_open(&p->tutor))
            fail_msg("%s, %s is not settled: %s", opened->lesson.id, part->name, p->tutor.lesson.feedback);
        if (part->kind != LESSON_BOOKMARK) continue;
        check_bookmark(p);
        bookmark_count++;
    }
    LessonScore score = lesson_state_score(&p->opened->c, &p->tutor.lesson);
    assert_int_equal(score.right_count, score.question_count);
    assert_int_equal(p->place_count, bookmark_count);
    assert_int_equal(p->program_count, program_count);
    assert_true(p->progress_count >= score.question_count);
    played_close(p);
}

static void every_lesson_by_keys(void **state) {
    (void)state;
    opened_each(play_by_keys);
}

static void a_lesson_by_clicks(void **state) {
    (void)state;
    Played *p = played_open("06-tile-by-tile");
    int shown = 0;
    for (const LessonPart *part; (part = tutor_part(&p->tutor));) {
        int before = p->tutor.lesson.part;
        if (tutor_is_open(&p->tutor)) {
            assert_true(played_click(p, TUTOR_HINT, 0) == (part->hint_count > 0));
            assert_true(*p->tutor.lesson.feedback || !part->hint_count);
            assert_true(played_click(p, TUTOR_SHOW, 0));
            shown++;
        }
        if (part->kind == LESSON_BOOKMARK) assert_true(played_click(p, TUTOR_BOOKMARK, before));
        played_go_on(p, true);
    }
    assert_int_equal(lesson_state_score(&p->opened->c, &p->tutor.lesson).shown_count, shown);
    assert_true(played_click(p, TUTOR_BACK, 0));
    assert_non_null(tutor_part(&p->tutor));
    played_close(p);
}

static void the_end_leads_on(void **state) {
    (void)state;
    Played *p = played_open("03-why-64x");
    p->tutor.next_title = "Another lesson";
    while (tutor_part(&p->tutor)) {
        if (tutor_is_open(&p->tutor) && tutor_part(&p->tutor)->kind == LESSON_PREDICT) played_click(p, TUTOR_SHOW, 0);
        if (tutor_is_open(&p->tutor)) {
            assert_true(played_click(p, TUTOR_LATER, 0));
            continue;
        }
        played_go_on(p, true);
    }
    assert_true(played_says(p, "left"));
    assert_true(played_says(p, "Another"));
    assert_true(played_key(p, KEY_ENTER, 0).is_next_lesson);
    assert_true(played_click(p, TUTOR_AGAIN, 0));
    assert_int_equal(p->tutor.lesson.part, 0);
    played_close(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lesson_by_keys),
        cmocka_unit_test(a_lesson_by_clicks),
        cmocka_unit_test(the_end_leads_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
