/* The drill: 10,000 drawn questions with one right answer each by two roads, none trivial or ambiguous; marking;
 * sessions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/quiz.h"
#include "sim/base/random.h"

static Arena arena;
static Lesson *quiz;

static int set_up(void **state) {
    (void)state;
    Err err;
    quiz = ARENA_NEW(&arena, Lesson);
    if (!lesson_read_quiz(&lesson_files, quiz, &arena, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static bool is_within(double a, double b, double tolerance) { return fabs(a - b) <= tolerance * fabs(b); }

static Verdict verdict_of(const QuizQuestion *q, double value) {
    Guess guess = {value, q->truth.unit, true};
    return guess_judge(&guess, &q->truth).verdict;
}

static void check_number(const QuizQuestion *q) {
    const char *name = q->part->name;
    if (!is_within(q->truth.value, q->check, 1e-9))
        fail_msg("%s, seed %llu: the tool says %.17g, the formula %.17g", name, (unsigned long long)q->seed,
                 q->truth.value, q->check);
    if (q->truth.value == 1 && q->truth.unit->quantity != QUANTITY_RATIO) fail_msg("%s: the answer is 1", name);
    if (verdict_of(q, q->truth.value) != VERDICT_RIGHT) fail_msg("%s: its own answer is not right", name);
    if (verdict_of(q, q->truth.value * 2) == VERDICT_RIGHT || verdict_of(q, q->truth.value / 2) == VERDICT_RIGHT)
        fail_msg("%s: twice or half is right, too", name);
    for (int i = 0; i < q->truth.slip_count; i++) {
        if (is_within(q->slips[i].value, q->truth.value, q->truth.tolerance))
            fail_msg("%s: slip %d is right, too", name, i + 1);
        if (verdict_of(q, q->slips[i].value) != VERDICT_SLIP) fail_msg("%s: slip %d is not told apart", name, i + 1);
    }
    if (q->truth.unit->quantity == QUANTITY_BYTES && q->truth.value >= 1 << 20) /* MB for MiB is no right answer */
        assert_int_not_equal(verdict_of(q, q->truth.value * 1000 * 1000 / 1024 / 1024), VERDICT_RIGHT);
}

static void check_text(const QuizQuestion *q) {
    if (strlen(q->text) <= 30 || strstr(q->text, "{{") || strchr(q->text, '$'))
        fail_msg("%s: %s", q->part->name, q->text);
    if (strlen(q->solution) <= 5 || strstr(q->solution, "{{") || strchr(q->solution, '$'))
        fail_msg("%s: %s", q->part->name, q->solution);
    if (q->kind != QUIZ_EXPLAIN && strlen(q->answer) == 0) fail_msg("%s has no answer", q->part->name);
}

static void ten_thousand_questions(void **state) {
    (void)state;
    int question_count = 0, template_count = 0;
    for (int i = 0; i < quiz->part_count; i++) template_count += quiz->parts[i].kind == LESSON_QUESTION;
    assert_true(template_count >= 30);
    AskMemory *memory = calloc(1, sizeof *memory);
    for (int i = 0; i < quiz->part_count; i++) {
        if (quiz->parts[i].kind != LESSON_QUESTION) continue;
        for (uint64_t s = 0; s < 10000 / (uint64_t)template_count + 1; s++) {
            Arena scratch = {0};
            QuizQuestion q;
            Err err;
            if (memory->counted_count > ASK_COUNTS_MAX - 20) ask_memory_free(memory);
            if (!quiz_draw(&quiz->parts[i], random_at(77, s), memory, &q, &scratch, &err)) fail_msg("%s", err.text);
            check_text(&q);
            if (q.kind == QUIZ_NUMBER) check_number(&q);
            if (q.kind == QUIZ_CHOICE) assert_true(q.right_option_index >= 0 && q.right_option_index < q.option_count);
            if (q.kind == QUIZ_EXPLAIN) assert_true(q.point_count >= 3);
            question_count++;
            arena_free(&scratch);
        }
    }
    ask_memory_free(memory);
    free(memory);
    assert_true(question_count >= 10000);
}

static QuizQuestion draw(const char *name, uint64_t seed, AskMemory *memory) {
    QuizQuestion q;
    Err err;
    const LessonPart *part = quiz_find(quiz, name);
    assert_non_null(part);
    if (!quiz_draw(part, seed, memory, &q, &arena, &err)) fail_msg("%s", err.text);
    q.truth.slips = q.slips;
    return q;
}

static void a_seed_is_a_question(void **state) {
    (void)state;
    AskMemory memory = {0};
    QuizQuestion a = draw("standard-forward", 5, &memory), b = draw("standard-forward", 5, &memory);
    assert_string_equal(a.text, b.text);
    assert_string_equal(a.answer, b.answer);
    int other_count = 0;
    for (uint64_t s = 0; s < 20; s++) other_count += strcmp(draw("standard-forward", s, &memory).text, a.text) != 0;
    assert_true(other_count > 12);
    ask_memory_free(&memory);
}

static void marks_are_fair(void **state) {
    (void)state;
    AskMemory memory = {0};
    QuizQuestion q = draw("s-layer", 3, &memory);
    q.truth.slips = q.slips;
    char guess[64];
    const struct {
        double factor;
        const char *unit;
        double points;
        bool is_answered;
    } rows[] = {
        {1, "bytes", 1, true},          {1.01, "bytes", 1, true}, {1.2, "bytes", 0.5, true},
        {2, "bytes", 0, true},          {0.5, "bytes", 0, true},  {1024, "bytes", 0, true},
        {1.048576, "bytes", 0.5, true}, {1, "ms", 0, true},       {1, "parsecs", 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(guess, sizeof guess, "%.15g %s", q.truth.value * rows[i].factor, rows[i].unit);
        QuizMark mark = quiz_mark(&q, guess);
        if (mark.points != rows[i].points || mark.is_answered != rows[i].is_answered)
            fail_msg("%s: %g points: %s", guess, mark.points, mark.text);
    }
    q = draw("which-bound", 3, &memory);
    snprintf(guess, sizeof guess, "%d", q.right_option_index + 1);
    assert_true(quiz_mark(&q, guess).points == 1);
    snprintf(guess, sizeof guess, "%d", 2 - q.right_option_index);
    assert_true(quiz_mark(&q, guess).points == 0);
    assert_false(quiz_mark(&q, "7").is_answered);
    assert_false(quiz_mark(&q, "memory").is_answered);
    q = draw("why-profiler-less", 1, &memory);
    QuizMark full = quiz_mark(&q, "Most re-reads are served by the L2 cache; the formula counts what the algorithm "
                                  "asks (issued), so compare with lts sectors. Dirty lines are not yet written back.");
    assert_true(full.points == 1);
    QuizMark none = quiz_mark(&q, "The profiler is broken.");
    assert_true(none.points == 0 && none.is_answered);
    assert_non_null(strstr(none.text, "[missing]"));
    assert_false(quiz_mark(&q, "").is_answered);
    ask_memory_free(&memory);
}

static void sessions_and_reports(void **state) {
    (void)state;
    int chosen[QUIZ_QUESTIONS_MAX];
    const char *topics[QUIZ_TOPICS_MAX];
    int count = quiz_choose(quiz, "", 9, 20, chosen);
    assert_int_equal(count, 20);
    for (int i = 0; i < count; i++)
        for (int k = 0; k < i; k++) assert_int_not_equal(chosen[i], chosen[k]);
    assert_int_equal(quiz_choose(quiz, "decoding", 9, 12, chosen), 12);
    for (int i = 0; i < 12; i++) assert_string_equal(quiz->parts[chosen[i]].topic, "decoding");
    assert_int_equal(quiz_choose(quiz, "cooking", 9, 12, chosen), 0);
    int topic_count = quiz_topics(quiz, topics);
    assert_true(topic_count >= 6);
    for (int i = 0; i < topic_count; i++) {
        const char *lesson = quiz_lesson_for(topics[i]);
        if (!lesson_file(&lesson_files, lesson, "lesson.md")) fail_msg("topic %s leads to no lesson", topics[i]);
    }
    AskMemory memory = {0};
    QuizQuestion q = draw("s-layer", 3, &memory), w = draw("which-bound", 3, &memory);
    QuizMark right = {.points = 1, .points_max = 1}, wrong = {.points_max = 1};
    QuizReport *report = calloc(1, sizeof *report);
    report->limit_s = 60;
    quiz_report_add(report, &q, &right, 10);
    quiz_report_add(report, &q, &right, 90); /* late: half */
    quiz_report_add(report, &w, &wrong, 5);
    QuizTopicSum sums[QUIZ_TOPICS_MAX], all;
    assert_int_equal(quiz_report_topics(report, sums, &all), 2);
    assert_string_equal(sums[0].topic, "work");
    assert_true(all.points == 1.5 && all.points_max == 3 && all.spent_s == 105 && all.count == 3);
    assert_true(report->rows[1].is_late);
    free(report);
    ask_memory_free(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_questions),
        cmocka_unit_test(a_seed_is_a_question),
        cmocka_unit_test(marks_are_fair),
        cmocka_unit_test(sessions_and_reports),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
