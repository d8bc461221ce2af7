/* Lessons beside the replay, the drill's report and handouts: nothing that a reader cannot read. See scene_lint.h.
 *
 * On paper small type is 9 px = 6.75 pt at 96 px an inch; it is held in the hand.
 */
#include "tests/viz/lint_report.h"

#include "tests/lessons/opened.h"
#include "viz/state/tutor.h"
#include "viz/views/handout.h"
#include "viz/views/quiz_report.h"
#include "viz/views/tutor_panel.h"

static const double paper_small_px = 9;

static void lint_panel(const Tutor *tutor, LintSize size, bool is_dark, const char *id, const char *state) {
    Arena arena = {0};
    double scale = theme_scale_for(size.width_px, size.height_px, 1);
    Theme theme = theme_make(is_dark, scale);
    Scene scene = scene_make(&arena, &lint_fonts.metrics, size.width_px, size.height_px, theme.background);
    tutor_panel_draw(tutor, &theme, (Box){0, 0, tutor_panel_px(&theme, size.width_px), size.height_px}, &scene);
    char where[120];
    snprintf(where, sizeof where, "%s, part %d%s, %d x %d%s", id, tutor->lesson.part, state, size.width_px,
             size.height_px, is_dark ? " dark" : "");
    lint_picture(&scene, lint_small_px * scale, true, "tutor", where);
    arena_free(&arena);
}

/* Every part: as it opens, with something typed, with a hint, with the answer. */
static void lint_parts(Opened *opened) {
    static const struct {
        LessonEventKind kind;
        const char *state;
    } events[] = {{LESSON_GO, ""}, {LESSON_HINT, ", hint"}, {LESSON_SHOW, ", shown"}};
    const char *id = opened->lesson.id;
    Tutor *tutor = ARENA_NEW(&opened->arena, Tutor);
    Err err = {0};
    if (!tutor_make(&opened->c, lesson_state_start(&opened->c), tutor, &opened->arena, &err))
        fail_msg("%s: %s", id, err.text);
    for (int part = 0; part <= opened->lesson.part_count; part++) {
        tutor->text[0] = 0;
        for (int e = 0; e < 3; e++) {
            tutor->lesson =
                lesson_state_step(&opened->c, tutor->lesson, (LessonEvent){.kind = events[e].kind, .part = part});
            for (int s = 0; s < LINT_SIZES; s += e ? 3 : 1) /* every size once, then the extremes */
                lint_panel(tutor, lint_sizes[s], part & 1, id, events[e].state);
        }
        strcpy(tutor->text, "block-q = 64, block-k = 128");
        lint_panel(tutor, lint_sizes[0], false, id, ", typed");
    }
}

static void tutors_are_readable(void **unused) {
    (void)unused;
    opened_each(lint_parts);
    lint_end();
}

static void lint_handout(Opened *opened) {
    Handout *handout = calloc(1, sizeof *handout);
    Err err = {0};
    if (!handout_make(&opened->c, true, &lint_fonts.metrics, handout, &opened->arena, &err))
        fail_msg("%s: %s", opened->lesson.id, err.text);
    for (int i = 0; i < handout->page_count; i++) {
        char where[80];
        snprintf(where, sizeof where, "%s, page %d", opened->lesson.id, i + 1);
        lint_picture(&handout->pages[i], paper_small_px, false, "handout", where);
    }
    free(handout);
}

static void handouts_are_readable(void **unused) {
    (void)unused;
    opened_each(lint_handout);
    lint_end();
}

static void reports_are_readable(void **unused) {
    (void)unused;
    Arena arena = {0};
    Err err = {0};
    Lesson quiz;
    QuizReport report = {.seed = 123456789, .limit_s = 60};
    if (!lesson_read_quiz(&lesson_files, &quiz, &arena, &err)) fail_msg("%s", err.text);
    for (int i = 0; i < quiz.part_count && report.row_count < 40; i++) {
        const LessonPart *part = &quiz.parts[i];
        if (part->kind != LESSON_QUESTION) continue;
        report.rows[report.row_count++] = (QuizRow){part->name, part->topic, i % 3 * 0.5, 1, 7 + 45.0 * i, i % 4 == 0};
        for (int is_dark = 0; is_dark < 2; is_dark++) {
            Theme theme = theme_make(is_dark, 1);
            Scene scene =
                scene_make(&arena, &lint_fonts.metrics, 1280, quiz_report_height_px(&report, &theme), theme.background);
            quiz_report_draw(&report, &theme, &scene);
            lint_picture(&scene, lint_small_px, false, "quiz report", "1280 px wide");
        }
    }
    assert_true(report.row_count > 20);
    arena_free(&arena);
    lint_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tutors_are_readable),
        cmocka_unit_test(handouts_are_readable),
        cmocka_unit_test(reports_are_readable),
    };
    return cmocka_run_group_tests(tests, lint_open_fonts, lint_close_fonts);
}
