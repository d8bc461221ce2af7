/* A guess dragged instead of typed: every text on the dial can be read back, and the answer lies on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/state/played.h"
#include "viz/state/tutor_dial.h"

static void a_guess_is_dragged(void **state) {
    (void)state;
    Played *p = played_open("03-why-64x");
    played_go_on(p, false);
    const SceneCommand *dial = played_find(p, TUTOR_DIAL, 0);
    assert_non_null(dial);
    Box box = dial->box;
    char last[64] = "";
    double last_value = 0;
    played_apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = box.x, .y_px = box.y + box.h / 2});
    for (int i = 0; i <= 40; i++) {
        Guess guess;
        Err err;
        played_apply(p, (Event){.kind = EVENT_POINTER_MOVE, .x_px = box.x + box.w * i / 40, .y_px = box.y});
        if (!guess_parse(p->tutor.text, guess_unit_find("bytes"), &guess, &err))
            fail_msg("%s: %s", p->tutor.text, err.text);
        assert_true(guess.value >= last_value);
        assert_string_not_equal(p->tutor.text, last);
        last_value = guess.value;
        strcpy(last, p->tutor.text);
    }
    played_apply(p, (Event){.kind = EVENT_POINTER_UP, .x_px = box.x, .y_px = box.y});
    assert_true(last_value >= 1e14);
    played_close(p);
}

/* Every question's dial: words that can be read back, growing, with the answer within its span. */
static void check_dial(Played *p, const LessonPart *part) {
    LessonTruth truth;
    double last = 0;
    if (!lesson_case_truth(&p->opened->c, part, &truth, &p->opened->arena, NULL)) fail_msg("%s", part->name);
    for (int i = 0; i <= 60; i++) {
        char text[64];
        Guess guess;
        Err err;
        tutor_dial_text(&p->tutor, i / 60.0, text, sizeof text);
        if (!guess_parse(text, truth.truth.unit, &guess, &err)) fail_msg("%s: %s: %s", part->name, text, err.text);
        if (guess.unit->quantity != truth.truth.unit->quantity) fail_msg("%s: %s", part->name, text);
        if (strncmp(text, "1 ", 2) == 0 && guess.unit->quantity == QUANTITY_COUNT && text[strlen(text) - 1] == 's')
            fail_msg("%s: %s", part->name, text);
        if (i == 0 && guess.value > truth.truth.value) fail_msg("%s: its least is %s", part->name, text);
        if (guess.value < last * (1 - 1e-9)) fail_msg("%s: %s after %g", part->name, text, last);
        last = guess.value;
    }
    if (last < truth.truth.value) fail_msg("%s: its most is %g", part->name, last);
}

static void check_dials(Opened *opened) {
    Played *p = played_open(opened->lesson.id);
    for (int k = 0; k < p->opened->lesson.part_count; k++) {
        const LessonPart *part = &p->opened->lesson.parts[k];
        p->tutor.lesson.part = k;
        if (part->kind == LESSON_PREDICT && !part->is_choice) check_dial(p, part);
    }
    played_close(p);
}

static void every_guess_can_be_dragged(void **state) {
    (void)state;
    opened_each(check_dials);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guess_is_dragged),
        cmocka_unit_test(every_guess_can_be_dragged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
