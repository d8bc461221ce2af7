/* Lessons in the window, without a window: every lesson played by keys and by clicks on what the panel drew. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/viz/plain_metrics.h"
#include "viz/state/tutor.h"
#include "viz/state/tutor_dial.h"
#include "viz/state/tutor_place.h"
#include "viz/state/tutor_text.h"
#include "viz/views/tutor_panel.h"

typedef struct Played {
    Arena arena, frame;
    AskMemory memory;
    Lesson lesson;
    LessonCase c;
    Tutor tutor;
    FontMetrics metrics;
    Scene scene;
    int place_count, progress_count, program_count;
} Played;

static void draw(Played *p) {
    Theme theme = theme_make(false, 1);
    arena_reset(&p->frame);
    p->scene = scene_make(&p->frame, &p->metrics, 1280, 800, theme.background);
    tutor_panel_draw(&p->tutor, &theme, (Box){0, 0, tutor_panel_px(&theme, 1280), 800}, &p->scene);
}

static Played *open_played(const char *id) {
    Played *p = calloc(1, sizeof *p);
    Err err;
    p->metrics = plain_metrics();
    if (!lesson_read(&lesson_files, id, &p->lesson, &p->arena, &err) ||
        !lesson_case_open(&p->lesson, &p->memory, &p->c, &err) ||
        !tutor_make(&p->c, lesson_state_start(&p->c), &p->tutor, &p->arena, &err))
        fail_msg("%s: %s", id, err.text);
    draw(p);
    return p;
}

static void close_played(Played *p) {
    arena_free(&p->arena);
    arena_free(&p->frame);
    ask_memory_free(&p->memory);
    free(p);
}

static TutorEffects apply(Played *p, Event event) {
    TutorEffects effects = tutor_apply(&p->tutor, false, &p->scene, &event);
    p->place_count += effects.is_place_changed;
    p->progress_count += effects.is_progress;
    p->program_count += effects.is_program;
    draw(p);
    return effects;
}

static TutorEffects key(Played *p, uint32_t code, unsigned modifiers) {
    return apply(p, (Event){.kind = EVENT_KEY, .key = code, .modifiers = modifiers});
}

static void type(Played *p, const char *text) {
    for (; *text; text++) {
        bool is_upper = isupper((unsigned char)*text);
        if (*text == '\n')
            key(p, KEY_ENTER, 0);
        else
            key(p, (uint32_t)(is_upper ? tolower((unsigned char)*text) : *text), is_upper ? MODIFIER_SHIFT : 0);
    }
}

static const SceneCommand *find(const Played *p, int kind, int index) {
    for (int i = p->scene.command_count; i-- > 0;)
        if (p->scene.commands[i].kind == SCENE_HIT && p->scene.commands[i].hit.kind == kind &&
            p->scene.commands[i].hit.index[0] == index)
            return &p->scene.commands[i];
    return NULL;
}

static bool click(Played *p, int kind, int index) {
    const SceneCommand *region = find(p, kind, index);
    if (!region) return false;
    double x = region->box.x + region->box.w / 2, y = region->box.y + region->box.h / 2;
    apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = x, .y_px = y});
    return apply(p, (Event){.kind = EVENT_POINTER_UP, .x_px = x, .y_px = y}).is_taken;
}

/* Enter, or the button, until the page is another: a long text is turned first. */
static void go_on(Played *p, bool is_click) {
    int before = p->tutor.lesson.part, tries = 0;
    while (p->tutor.lesson.part == before && tries++ < 9) {
        if (is_click)
            assert_true(click(p, TUTOR_CHECK, 0));
        else
            assert_true(key(p, KEY_ENTER, 0).is_taken);
    }
    assert_true(p->tutor.lesson.part > before);
}

static void settle_predict(Played *p, const LessonPart *part) {
    LessonTruth truth;
    char number[2] = "1";
    if (part->is_choice) {
        for (int i = 0; i < part->slip_count && tutor_is_open(&p->tutor); i++) {
            number[0] = (char)('1' + i);
            type(p, number);
        }
        return;
    }
    assert_true(p->tutor.is_typing);
    type(p, "3 parsecs");
    key(p, KEY_ENTER, 0);
    assert_true(tutor_is_open(&p->tutor) && *p->tutor.lesson.feedback);
    assert_string_equal(p->tutor.text, "");
    if (!lesson_case_truth(&p->c, part, &truth, &p->arena, NULL)) fail_msg("%s", part->name);
    type(p, truth.shown);
    assert_string_equal(p->tutor.text, truth.shown);
    key(p, KEY_ENTER, 0);
}

static void settle_exercise(Played *p, const LessonPart *part) {
    while (*p->tutor.text) {
        p->tutor.caret = (int)strlen(p->tutor.text);
        key(p, KEY_BACKSPACE, 0);
    }
    for (const char *line = part->solution; *line;) { /* comments need not be typed; lines indent themselves */
        size_t length = strcspn(line, "\n");
        if (*line != '#') {
            char copy[200];
            snprintf(copy, sizeof copy, "%.*s", (int)length, line);
            while (p->tutor.caret > 0 && p->tutor.text[p->tutor.caret - 1] == ' ') key(p, KEY_BACKSPACE, 0);
            type(p, copy);
            if (part->is_program) key(p, KEY_ENTER, 0);
        }
        line += length + (line[length] == '\n');
    }
    key(p, KEY_ENTER, MODIFIER_CONTROL);
}

static void every_lesson_by_keys(void **state) {
    (void)state;
    Arena arena = {0};
    const char *ids[LESSON_FILES_MAX];
    int count = lesson_list(&lesson_files, ids, LESSON_FILES_MAX, &arena);
    for (int i = 0; i < count; i++) {
        Played *p = open_played(ids[i]);
        int bookmark_count = 0, program_count = 0;
        for (const LessonPart *part; (part = tutor_part(&p->tutor));) {
            int before = p->tutor.lesson.part;
            if (part->kind == LESSON_PREDICT) settle_predict(p, part);
            if (part->kind == LESSON_EXERCISE) settle_exercise(p, part);
            if (part->kind == LESSON_EXERCISE && part->is_program) { /* what the window replays */
                Count counted;
                assert_int_equal(p->program_count, ++program_count);
                assert_true(lesson_case_program(&p->c, part, p->tutor.program, (CountOptions){true}, &counted,
                                                &p->arena, NULL));
            }
            if (tutor_is_open(&p->tutor))
                fail_msg("%s, %s is not settled: %s", ids[i], part->name, p->tutor.lesson.feedback);
            if (part->kind == LESSON_BOOKMARK) {
                Scenario scenario;
                uint64_t step;
                assert_int_equal(p->tutor.bookmark, before);
                assert_true(tutor_place(&p->tutor, before, &scenario, &step, NULL));
                assert_int_equal(scenario.algorithm_count, 1);
                bookmark_count++;
            }
            go_on(p, false);
        }
        LessonScore score = lesson_state_score(&p->c, &p->tutor.lesson);
        assert_int_equal(score.right_count, score.question_count);
        assert_int_equal(p->place_count, bookmark_count);
        assert_int_equal(p->program_count, program_count);
        assert_true(p->progress_count >= score.question_count);
        close_played(p);
    }
    arena_free(&arena);
}

static void a_lesson_by_clicks(void **state) {
    (void)state;
    Played *p = open_played("06-tile-by-tile");
    int shown = 0;
    for (const LessonPart *part; (part = tutor_part(&p->tutor));) {
        int before = p->tutor.lesson.part;
        if (tutor_is_open(&p->tutor)) {
            assert_true(click(p, TUTOR_HINT, 0) == (part->hint_count > 0));
            assert_true(*p->tutor.lesson.feedback || !part->hint_count);
            assert_true(click(p, TUTOR_SHOW, 0));
            shown++;
        }
        if (part->kind == LESSON_BOOKMARK) assert_true(click(p, TUTOR_BOOKMARK, before));
        go_on(p, true);
    }
    assert_int_equal(lesson_state_score(&p->c, &p->tutor.lesson).shown_count, shown);
    assert_true(click(p, TUTOR_BACK, 0));
    assert_non_null(tutor_part(&p->tutor));
    close_played(p);
}

static void keys_are_the_replays_until_asked_for(void **state) {
    (void)state;
    Played *p = open_played("03-why-64x");
    assert_false(key(p, 'q', 0).is_taken); /* prose: q is the window's */
    assert_false(key(p, KEY_RIGHT, 0).is_taken);
    Event enter = {.kind = EVENT_KEY, .key = KEY_ENTER};
    assert_false(tutor_apply(&p->tutor, true, &p->scene, &enter).is_taken); /* a button of the replay has the focus */
    go_on(p, false);
    assert_true(p->tutor.is_typing);
    assert_true(key(p, 'q', 0).is_taken);
    assert_string_equal(p->tutor.text, "q");
    key(p, KEY_ESCAPE, 0);
    assert_false(key(p, 'q', 0).is_taken);
    assert_true(click(p, TUTOR_FIELD, 0));
    key(p, KEY_HOME, 0);
    type(p, "a");
    key(p, KEY_END, 0);
    type(p, "B");
    key(p, KEY_LEFT, 0);
    key(p, KEY_BACKSPACE, 0);
    assert_string_equal(p->tutor.text, "aB");
    key(p, KEY_HOME, 0);
    key(p, KEY_DELETE, 0);
    assert_string_equal(p->tutor.text, "B");
    key(p, KEY_END, 0);
    key(p, KEY_DELETE, 0);
    assert_string_equal(p->tutor.text, "B");
    assert_false(key(p, '+', MODIFIER_CONTROL).is_taken); /* larger type, also while one types */
    assert_false(key(p, KEY_F11, 0).is_taken);
    apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = 1000, .y_px = 400}); /* into the replay */
    assert_false(p->tutor.is_typing);
    close_played(p);
}

static void a_guess_is_dragged(void **state) {
    (void)state;
    Played *p = open_played("03-why-64x");
    go_on(p, false);
    const SceneCommand *dial = find(p, TUTOR_DIAL, 0);
    assert_non_null(dial);
    Box box = dial->box;
    char last[64] = "";
    double last_value = 0;
    apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = box.x, .y_px = box.y + box.h / 2});
    for (int i = 0; i <= 40; i++) {
        Guess guess;
        Err err;
        apply(p, (Event){.kind = EVENT_POINTER_MOVE, .x_px = box.x + box.w * i / 40, .y_px = box.y});
        if (!guess_parse(p->tutor.text, guess_unit_find("bytes"), &guess, &err))
            fail_msg("%s: %s", p->tutor.text, err.text);
        assert_true(guess.value >= last_value);
        assert_string_not_equal(p->tutor.text, last);
        last_value = guess.value;
        strcpy(last, p->tutor.text);
    }
    apply(p, (Event){.kind = EVENT_POINTER_UP, .x_px = box.x, .y_px = box.y});
    assert_true(last_value >= 1e14);
    close_played(p);
}

/* Every question's dial: words that can be read back, growing, with the answer within its span. */
static void check_dial(Played *p, const LessonPart *part) {
    LessonTruth truth;
    double last = 0;
    if (!lesson_case_truth(&p->c, part, &truth, &p->arena, NULL)) fail_msg("%s", part->name);
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

static void every_guess_can_be_dragged(void **state) {
    (void)state;
    Arena arena = {0};
    const char *ids[LESSON_FILES_MAX];
    int count = lesson_list(&lesson_files, ids, LESSON_FILES_MAX, &arena);
    for (int i = 0; i < count; i++) {
        Played *p = open_played(ids[i]);
        for (int k = 0; k < p->lesson.part_count; k++) {
            const LessonPart *part = &p->lesson.parts[k];
            p->tutor.lesson.part = k;
            if (part->kind == LESSON_PREDICT && !part->is_choice) check_dial(p, part);
        }
        close_played(p);
    }
    arena_free(&arena);
}

static void lecture_mode_goes_from_bookmark_to_bookmark(void **state) {
    (void)state;
    Played *p = open_played("06-tile-by-tile");
    Event next = {.kind = EVENT_KEY, .key = KEY_ENTER}, back = {.kind = EVENT_KEY, .key = KEY_BACKSPACE},
          other = {.kind = EVENT_KEY, .key = KEY_RIGHT};
    assert_null(tutor_note(&p->tutor, &p->arena));
    assert_string_equal(tutor_note_place(&p->tutor, &p->arena), "0 of 4, Enter begins");
    int count = 0;
    while (tutor_apply_lecture(&p->tutor, &next).is_place_changed) {
        count++;
        assert_true(strlen(tutor_note(&p->tutor, &p->arena)) > 20);
    }
    assert_int_equal(count, 4);
    assert_string_equal(tutor_note_place(&p->tutor, &p->arena), "4 of 4, the last; L: back to the text");
    int last = p->tutor.bookmark;
    assert_true(tutor_apply_lecture(&p->tutor, &back).is_place_changed);
    assert_true(p->tutor.bookmark < last);
    assert_false(tutor_apply_lecture(&p->tutor, &other).is_taken); /* steps are the replay's */
    close_played(p);
}

static void the_wheel_stays_within_the_text(void **state) {
    (void)state;
    Played *p = open_played("06-tile-by-tile");
    while (tutor_part(&p->tutor)) {
        if (tutor_is_open(&p->tutor)) click(p, TUTOR_SHOW, 0);
        click(p, TUTOR_CHECK, 0);
    }
    for (int i = 0; i < 400; i++) apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = 5, .x_px = 100, .y_px = 300});
    double top = p->tutor.scroll_px;
    assert_true(top > 500 && top < 20000);
    apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = -1, .x_px = 100, .y_px = 300});
    assert_true(p->tutor.scroll_px < top);
    for (int i = 0; i < 400; i++) apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = -5, .x_px = 100, .y_px = 300});
    assert_true(p->tutor.scroll_px <= 0 && p->tutor.scroll_px > -2000);
    assert_false(apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = -5, .x_px = 1000, .y_px = 300}).is_taken);
    close_played(p);
}

static bool says(const Played *p, const char *text) {
    for (int i = 0; i < p->scene.command_count; i++)
        if (p->scene.commands[i].kind == SCENE_TEXT && strstr(p->scene.commands[i].text, text)) return true;
    return false;
}

static void a_long_page_is_read_to_its_end(void **state) {
    (void)state;
    Played *p = open_played("01-threads-and-memory");
    assert_true(says(p, "dizzying")); /* the question that the lesson answers opens it */
    assert_true(says(p, "More"));
    assert_null(find(p, TUTOR_BACK, 0)); /* there is no page before the first */
    for (int page = 0; page < 3 && says(p, "More"); page++) {
        key(p, KEY_ENTER, 0);
        assert_int_equal(p->tutor.lesson.part, 0);
    }
    assert_true(says(p, "Next") && !says(p, "More"));
    key(p, KEY_ENTER, 0);
    assert_true(p->tutor.is_typing);
    double before = p->tutor.scroll_px;
    assert_true(key(p, KEY_PAGE_UP, 0).is_taken);
    assert_true(p->tutor.scroll_px > before);
    key(p, KEY_PAGE_DOWN, 0);
    assert_true(p->tutor.scroll_px == before);
    key(p, KEY_ESCAPE, 0);
    assert_false(key(p, KEY_PAGE_UP, 0).is_taken); /* the replay's: a kernel back */
    assert_true(key(p, KEY_PAGE_UP, MODIFIER_SHIFT).is_taken);
    close_played(p);
}

static void a_heading_is_no_page(void **state) {
    (void)state;
    Played *p = open_played("03-why-64x");
    int page_count, page = tutor_page(&p->tutor, &page_count), last = 0;
    assert_int_equal(page, 1);
    while (tutor_part(&p->tutor)) {
        assert_false(tutor_is_heading(&p->tutor, p->tutor.lesson.part));
        assert_int_equal(page = tutor_page(&p->tutor, &page_count), last + 1);
        last = page;
        if (tutor_is_open(&p->tutor)) click(p, TUTOR_SHOW, 0);
        go_on(p, true);
    }
    assert_int_equal(last, page_count);
    while (p->tutor.lesson.part > 0) {
        assert_true(click(p, TUTOR_BACK, 0));
        assert_false(tutor_is_heading(&p->tutor, p->tutor.lesson.part));
    }
    close_played(p);
}

static void go_to_exercise(Played *p) {
    while (tutor_part(&p->tutor)->kind != LESSON_EXERCISE) {
        if (tutor_is_open(&p->tutor)) click(p, TUTOR_SHOW, 0);
        go_on(p, true);
    }
}

static void a_program_is_kept_while_one_looks_elsewhere(void **state) {
    (void)state;
    Played *p = open_played("05-softmax-in-pieces");
    char typed[TUTOR_TEXT_MAX];
    go_to_exercise(p);
    type(p, "x = y");
    strcpy(typed, p->tutor.text);
    assert_true(strstr(typed, "x = y") != NULL);
    assert_true(click(p, TUTOR_LATER, 0));
    assert_true(click(p, TUTOR_BACK, 0));
    assert_string_equal(p->tutor.text, typed);
    click(p, TUTOR_BACK, 0);
    go_on(p, true);
    assert_string_equal(p->tutor.text, typed);
    close_played(p);
}

static void a_draft_comes_back(void **state) {
    (void)state;
    Played *p = open_played("05-softmax-in-pieces");
    go_to_exercise(p);
    int part = p->tutor.lesson.part, before = p->progress_count;
    assert_null(tutor_draft(&p->tutor, 0));
    type(p, "x = y");
    assert_int_equal(p->progress_count, before);
    key(p, KEY_ENTER, 0);
    assert_int_equal(p->progress_count, before + 1); /* a line is worth keeping */
    assert_non_null(strstr(tutor_draft(&p->tutor, part), "x = y\n"));
    tutor_set_draft(&p->tutor, part, "grid q by 4\n");
    assert_string_equal(p->tutor.text, "grid q by 4\n");
    close_played(p);
}

static void a_click_sets_the_caret(void **state) {
    (void)state;
    Played *p = open_played("05-softmax-in-pieces");
    go_to_exercise(p);
    const char *second = strchr(p->tutor.text, '\n') + 1;
    int start = (int)(second - p->tutor.text);
    const SceneCommand *line = find(p, TUTOR_LINE, start);
    assert_non_null(line);
    double character_px = line->hit.index[2] / 64.0, y = line->box.y + line->box.h / 2, x = line->box.x;
    int length = line->hit.index[1];
    apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = x + 4.2 * character_px, .y_px = y});
    assert_int_equal(p->tutor.caret, start + 4);
    apply(p, (Event){.kind = EVENT_POINTER_UP, .x_px = x, .y_px = y});
    apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = x + (length + 3) * character_px, .y_px = y});
    assert_int_equal(p->tutor.caret, start + length);
    close_played(p);
}

static void a_guess_is_repeated_with_what_it_was_worth(void **state) {
    (void)state;
    Played *p = open_played("03-why-64x");
    go_on(p, false);
    type(p, "3 GB");
    assert_false(says(p, "You: 3 GB"));
    key(p, KEY_ENTER, 0);
    assert_true(says(p, "You: 3 GB"));
    assert_true(says(p, "a number alone is in MiB"));
    type(p, "?");
    key(p, KEY_ENTER, 0);
    assert_false(says(p, "You:"));
    close_played(p);
}

static void the_end_leads_on(void **state) {
    (void)state;
    Played *p = open_played("03-why-64x");
    p->tutor.next_title = "Another lesson";
    while (tutor_part(&p->tutor)) {
        if (tutor_is_open(&p->tutor) && tutor_part(&p->tutor)->kind == LESSON_PREDICT) click(p, TUTOR_SHOW, 0);
        if (tutor_is_open(&p->tutor)) {
            assert_true(click(p, TUTOR_LATER, 0));
            continue;
        }
        go_on(p, true);
    }
    assert_true(says(p, "left"));
    assert_true(says(p, "Another"));
    assert_true(key(p, KEY_ENTER, 0).is_next_lesson);
    assert_true(click(p, TUTOR_AGAIN, 0));
    assert_int_equal(p->tutor.lesson.part, 0);
    close_played(p);
}

static void bookmarks_open_what_they_speak_of(void **state) {
    (void)state;
    Played *p = open_played("02-coalescing");
    ViewState view = {.zoom = 3};
    tutor_look(&p->tutor, &view);
    assert_int_equal(view.zoom, 0);
    for (int i = 0; i < p->lesson.part_count; i++) {
        if (p->lesson.parts[i].kind != LESSON_BOOKMARK) continue;
        p->tutor.bookmark = i;
        tutor_look(&p->tutor, &view);
        assert_int_equal(view.zoom, ZOOM_WARP);
        assert_int_equal(view.lens_index + 1, lesson_lens_request(p->lesson.parts[i].look));
    }
    close_played(p);
    p = open_played("05-softmax-in-pieces");
    for (int i = 0; i < p->lesson.part_count; i++) {
        if (p->lesson.parts[i].kind != LESSON_BOOKMARK) continue;
        p->tutor.bookmark = i;
        tutor_look(&p->tutor, &view);
        assert_true(view.has_values && view.zoom == 0);
    }
    close_played(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lesson_by_keys),
        cmocka_unit_test(a_lesson_by_clicks),
        cmocka_unit_test(keys_are_the_replays_until_asked_for),
        cmocka_unit_test(a_guess_is_dragged),
        cmocka_unit_test(every_guess_can_be_dragged),
        cmocka_unit_test(lecture_mode_goes_from_bookmark_to_bookmark),
        cmocka_unit_test(the_wheel_stays_within_the_text),
        cmocka_unit_test(a_long_page_is_read_to_its_end),
        cmocka_unit_test(a_heading_is_no_page),
        cmocka_unit_test(a_program_is_kept_while_one_looks_elsewhere),
        cmocka_unit_test(a_draft_comes_back),
        cmocka_unit_test(a_click_sets_the_caret),
        cmocka_unit_test(a_guess_is_repeated_with_what_it_was_worth),
        cmocka_unit_test(the_end_leads_on),
        cmocka_unit_test(bookmarks_open_what_they_speak_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
