/* Every lesson in the program, from start to end: its texts expand, its claims hold, no number is typed, right answers
 * are right and known wrong ones are told apart, solutions pass and wrong answers fail with their own message. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/hardware.h"
#include "lessons/lesson_state.h"
#include "lessons/markdown.h"
#include "tests/lessons/opened.h"

/* Texts. */

static void expands(Opened *o, const LessonPart *part, const char *text) {
    const char *out;
    Err err;
    Markdown markdown;
    if (!text) return;
    if (!lesson_case_text(&o->c, text, &out, &o->arena, &err))
        fail_msg("%s:%d: %s", o->lesson.id, part->line, err.text);
    if (strstr(out, "{{") || strstr(out, "inf") == out || strstr(out, "nan "))
        fail_msg("%s:%d: %s", o->lesson.id, part->line, out);
    if (!markdown_read(out, &markdown, &o->arena, &err)) fail_msg("%s:%d: %s", o->lesson.id, part->line, err.text);
}

static void check_texts(Opened *o) {
    for (int i = 0; i < o->lesson.part_count; i++) {
        const LessonPart *p = &o->lesson.parts[i];
        if (p->kind == LESSON_CHECK) continue;
        expands(o, p, p->text);
        expands(o, p, p->reveal);
        for (int k = 0; k < p->slip_count; k++) expands(o, p, p->slips[k].sentence);
        for (int k = 0; k < p->hint_count; k++) expands(o, p, p->hints[k]);
    }
}

/* The window opens on the lesson's scenario: all of its algorithms can be counted. */
static void check_scenario(Opened *o) {
    Scenario scenario;
    Err err;
    Count *counts = ARENA_ARRAY(&o->arena, Count, SCENARIO_ALGORITHMS_MAX);
    if (!ask_scenario(&o->c.scenario, "", &scenario, &err) ||
        !count_scenario(&scenario, (CountOptions){true}, counts, &o->arena, &err))
        fail_msg("%s: %s", o->lesson.id, err.text);
}

/* What a list of lessons says of it. */
static void check_head(Opened *o) {
    LessonHead head;
    assert_true(lesson_read_head(&lesson_files, o->lesson.id, &head, &o->arena, NULL));
    assert_string_equal(head.title, o->lesson.title);
    assert_string_equal(head.question, o->lesson.question);
    assert_int_equal(head.minutes, o->lesson.minutes);
}

static void every_text_expands(void **state) {
    (void)state;
    opened_each(check_head);
    opened_each(check_scenario);
    opened_each(check_texts);
}

static void check_claims(Opened *o) {
    Ask ask = {.scenario = &o->c.scenario, .memory = &o->memory};
    int claim_count = 0;
    for (int i = 0; i < o->lesson.part_count; i++) {
        if (o->lesson.parts[i].kind != LESSON_CHECK) continue;
        char *rest = arena_copy_text(&o->arena, o->lesson.parts[i].text);
        for (char *line; (line = strsep(&rest, "\n"));) {
            bool is_true;
            Err err;
            if (!*line) continue;
            if (!ask_claim(&ask, line, &is_true, &err)) fail_msg("%s: %s: %s", o->lesson.id, line, err.text);
            if (!is_true) fail_msg("%s claims what is not so: %s", o->lesson.id, line);
            claim_count++;
        }
    }
    if (claim_count == 0) fail_msg("%s claims nothing that is checked", o->lesson.id);
}

static void what_the_prose_claims_holds(void **state) {
    (void)state;
    opened_each(check_claims);
}

/* No number is typed. */

static bool is_unit_at(const char *p) {
    static const char *const units[] = {"bytes", "byte", "KB", "MB", "GB", "TB",    "KiB",   "MiB",
                                        "GiB",   "TiB",  "ms", "us", "ns", "GFLOP", "TFLOP", "FLOP"};
    while (*p == ' ') p++;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i]);
        if (strncmp(p, units[i], length) == 0 && !isalnum((unsigned char)p[length])) return true;
    }
    return false;
}

/* The sizes of the machine's words, of a softmax example and of questions put are given, not measured. */
static bool is_given(const char *number, const char *rest) {
    static const char *const given[] = {"32 bytes", "128 bytes", "1 KiB",  "2 bytes",   "4 bytes",
                                        "4-byte",   "2-byte",    "1 byte", "two bytes", "16 bytes"};
    (void)rest;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (strncmp(number, given[i], strlen(given[i])) == 0) return true;
    return false;
}

/* A number with a unit, or of four digits or more, outside {{...}} and `code`. Returns where, or NULL. */
static const char *find_typed_number(const char *text) {
    bool is_code = false;
    for (const char *p = text; *p; p++) {
        if (*p == '`') is_code = !is_code;
        if (strncmp(p, "{{", 2) == 0) {
            const char *end = strstr(p, "}}");
            if (!end) return p;
            p = end + 1;
            continue;
        }
        bool is_start = isdigit((unsigned char)*p) &&
                        (p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '.' || p[-1] == '-' || p[-1] == '_'));
        if (!is_start || is_code) continue;
        const char *end = p;
        while (isdigit((unsigned char)*end) || ((*end == ',' || *end == '.') && isdigit((unsigned char)end[1]))) end++;
        bool is_year = end - p == 4 && (strncmp(p, "20", 2) == 0 || strncmp(p, "19", 2) == 0) && p[2] <= '2';
        if (is_unit_at(end) && !is_given(p, end)) return p;
        if (end - p >= 5 || (end - p == 4 && !is_year && strncmp(p, "1001", 4) != 0)) return p;
        p = end - 1;
    }
    return NULL;
}

static void refuse_typed(const Opened *o, const LessonPart *part, const char *text) {
    const char *at = text ? find_typed_number(text) : NULL;
    if (at) fail_msg("%s:%d: a number is typed, not asked of the tool: '%.40s'", o->lesson.id, part->line, at);
}

static void check_typed(Opened *o) {
    for (int i = 0; i < o->lesson.part_count; i++) {
        const LessonPart *p = &o->lesson.parts[i];
        if (p->kind == LESSON_CHECK) continue;
        refuse_typed(o, p, p->text);
        refuse_typed(o, p, p->reveal);
        for (int k = 0; k < p->slip_count; k++) refuse_typed(o, p, p->slips[k].sentence);
        for (int k = 0; k < p->budget_count; k++) refuse_typed(o, p, p->budgets[k].sentence);
        for (int k = 0; k < p->hint_count; k++) refuse_typed(o, p, p->hints[k]);
    }
}

static void no_number_is_typed(void **state) {
    (void)state;
    assert_non_null(find_typed_number("it moves 18.8 GB in all"));
    assert_non_null(find_typed_number("2048 rows"));
    assert_null(
        find_typed_number("it moves {{standard.issued_bytes as GB}} and `42 GB`, in 2022, for 8x the tokens, at 2K"));
    opened_each(check_typed);
}

/* Answers. */

static LessonState step(Opened *o, LessonState s, LessonEventKind kind, const char *text) {
    return lesson_state_step(&o->c, s, (LessonEvent){.kind = kind, .text = text});
}

static void check_number(Opened *o, const LessonPart *part, LessonState *s) {
    LessonTruth truth;
    Err err;
    char guess[64];
    if (!lesson_case_truth(&o->c, part, &truth, &o->arena, &err)) fail_msg("%s: %s", o->lesson.id, err.text);
    for (int k = 0; k < part->slip_count; k++) { /* every slip is told in its own words, and is no right answer */
        snprintf(guess, sizeof guess, "%.12g %s", truth.slips[k].value / truth.truth.unit->factor,
                 strcmp(truth.truth.unit->name, "count") ? truth.truth.unit->name : "");
        *s = step(o, *s, LESSON_ANSWER, guess);
        bool is_told = false;
        for (int other = 0; other < part->slip_count; other++)
            is_told = is_told || (other <= k && strcmp(s->feedback, truth.slips[other].sentence) == 0);
        if (!is_told || s->is_good)
            fail_msg("%s, %s: %s is told '%s', want '%s'", o->lesson.id, part->name, guess, s->feedback,
                     truth.slips[k].sentence);
    }
    *s = step(o, *s, LESSON_ANSWER, "gibberish");
    assert_false(s->is_good);
    assert_non_null(strstr(s->feedback, "not a number"));
    *s = step(o, *s, LESSON_ANSWER, truth.shown);
    if (!s->is_good || strncmp(s->feedback, "Right: ", 7) != 0)
        fail_msg("%s, %s: %s is not right: %s", o->lesson.id, part->name, truth.shown, s->feedback);
}

static void check_choice(Opened *o, const LessonPart *part, LessonState *s) {
    int right = -1;
    char number[16];
    for (int k = 0; k < part->slip_count; k++) {
        snprintf(number, sizeof number, "%d", k + 1);
        LessonState after = step(o, *s, LESSON_ANSWER, number);
        if (after.is_good) {
            assert_int_equal(right, -1);
            right = k;
        }
    }
    assert_true(right >= 0);
    snprintf(number, sizeof number, "%c", 'a' + right);
    *s = step(o, *s, LESSON_ANSWER, number);
    assert_true(s->is_good);
}

static void check_exercise(Opened *o, const LessonPart *part, LessonState *s) {
    const char *expect = strstr(part->wrong, "# expect: ");
    if (!expect) fail_msg("%s, %s.wrong does not say what it expects", o->lesson.id, part->name);
    char want[200];
    snprintf(want, sizeof want, "%.*s", (int)strcspn(expect + 10, "\n"), expect + 10);
    *s = step(o, *s, LESSON_ANSWER, part->wrong);
    if (s->is_good || !strstr(s->feedback, want))
        fail_msg("%s, %s: want '%s', got '%s'", o->lesson.id, part->name, want, s->feedback);
    *s = step(o, *s, LESSON_ANSWER, "");
    assert_false(s->is_good);
    for (int i = 0; i <= part->hint_count; i++) {
        *s = step(o, *s, LESSON_HINT, NULL);
        assert_true(strlen(s->feedback) > 0);
    }
    *s = step(o, *s, LESSON_ANSWER, part->solution);
    if (!s->is_good) fail_msg("%s, %s: the solution does not pass: %s", o->lesson.id, part->name, s->feedback);
}

static void check_bookmark(Opened *o, const LessonPart *part) {
    LessonPlace place;
    Err err;
    if (!lesson_case_bookmark(&o->c, part, &place, &err)) fail_msg("%s: %s", o->lesson.id, err.text);
    assert_true(place.state.step_index < place.step_count);
}

/* Answers everything, wrongly first. */
static void play_right(Opened *o) {
    LessonState s = lesson_state_start(&o->c);
    int question_count = 0;
    while (!lesson_state_is_over(&o->c, &s)) {
        const LessonPart *part = &o->lesson.parts[s.part];
        int before = s.part;
        if (part->kind == LESSON_PREDICT) {
            s = step(o, s, LESSON_NEXT, NULL);
            assert_int_equal(s.part, before); /* no peeking */
            part->is_choice ? check_choice(o, part, &s) : check_number(o, part, &s);
        }
        if (part->kind == LESSON_EXERCISE) check_exercise(o, part, &s);
        if (part->kind == LESSON_BOOKMARK) check_bookmark(o, part);
        question_count += part->kind == LESSON_PREDICT || part->kind == LESSON_EXERCISE;
        s = step(o, s, LESSON_NEXT, NULL);
        assert_true(s.part > before);
    }
    LessonScore score = lesson_state_score(&o->c, &s);
    assert_int_equal(score.question_count, question_count);
    assert_int_equal(score.right_count, question_count);
    if (question_count < 3) fail_msg("%s asks only %d questions", o->lesson.id, question_count);
}

static void right_answers_lead_to_the_end(void **state) {
    (void)state;
    opened_each(play_right);
}

static LessonState answer_rightly(Opened *o, LessonState s) {
    LessonTruth truth;
    if (!lesson_case_truth(&o->c, &o->lesson.parts[s.part], &truth, &o->arena, NULL)) fail_msg("%s", o->lesson.id);
    s = step(o, s, LESSON_ANSWER, truth.shown);
    assert_true(s.is_good);
    return s;
}

static void play_giving_up(Opened *o) {
    LessonState s = lesson_state_start(&o->c);
    while (!lesson_state_is_over(&o->c, &s)) {
        if (o->lesson.parts[s.part].kind == LESSON_PREDICT || o->lesson.parts[s.part].kind == LESSON_EXERCISE) {
            s = step(o, s, LESSON_SHOW, NULL);
            assert_true(strlen(s.feedback) > 10);
            if (o->lesson.parts[s.part].kind == LESSON_EXERCISE) /* what was shown does not count any more */
                s = step(o, s, LESSON_ANSWER, o->lesson.parts[s.part].solution);
            else if (!o->lesson.parts[s.part].is_choice)
                s = answer_rightly(o, s);
        }
        s = step(o, s, LESSON_NEXT, NULL);
    }
    assert_int_equal(lesson_state_score(&o->c, &s).right_count, 0);
    while (s.part > 0) {
        int before = s.part;
        s = step(o, s, LESSON_BACK, NULL);
        assert_true(s.part < before);
    }
}

static void giving_up_leads_to_the_end_too(void **state) {
    (void)state;
    opened_each(play_giving_up);
}

/* No known wrong answer is within the tolerance of the right one, nor what a factor of two would be. */
static void check_tolerances(Opened *o) {
    for (int i = 0; i < o->lesson.part_count; i++) {
        const LessonPart *part = &o->lesson.parts[i];
        LessonTruth truth;
        if (part->kind != LESSON_PREDICT || part->is_choice) continue;
        assert_true(lesson_case_truth(&o->c, part, &truth, &o->arena, NULL));
        for (int k = 0; k < part->slip_count; k++) {
            double off = truth.slips[k].value / truth.truth.value - 1;
            if ((off < 0 ? -off : off) <= truth.truth.tolerance)
                fail_msg("%s, %s: slip %d is within the tolerance", o->lesson.id, part->name, k + 1);
        }
    }
}

static void tolerances_are_narrower_than_mistakes(void **state) {
    (void)state;
    opened_each(check_tolerances);
}

/* Hardware. */

static const LessonPart *find_hardware(const Opened *o) {
    for (int i = 0; i < o->lesson.part_count; i++)
        if (o->lesson.parts[i].kind == LESSON_HARDWARE) return &o->lesson.parts[i];
    fail_msg("%s has no hardware block", o->lesson.id);
    return NULL;
}

/* What the lesson says where this capture is at hand. */
static const char *text_beside(Opened *o, const char *capture_text, Arena *arena) {
    Capture *capture = ARENA_NEW(arena, Capture);
    Err err;
    if (!capture_read_text("made-up.txt", capture_text, strlen(capture_text), capture, arena, &err))
        fail_msg("%s", err.text);
    LessonCase c = o->c;
    c.captures = capture;
    c.capture_count = 1;
    return hardware_text(&c, find_hardware(o), arena);
}

/* A made-up GPU's counters in the case of lesson 2, or of another one. */
static const char *made_up_hardware(Opened *o, const char *seq, Arena *arena) {
    const char *text = arena_format(
        arena,
        "hbmscope.capture/1\nsource = cupti\ndevice = A GPU for tests\nrun\nalgorithm = standard\nbatch = 1\nheads = "
        "1\n"
        "seq = %s\nkv-seq = %s\nhead-dim = 64\ndtype = fp16\nl2 = cold\nkernel = S = QK^T\n"
        "metric l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum sectors 5 65000 65536 65600\nkernel = softmax\n"
        "metric l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum sectors 5 65000 65536 65600\nkernel = O = PV\n"
        "metric l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum sectors 5 4000 4096 4100\nend\n",
        seq, seq);
    return text_beside(o, text, arena);
}

/* Four heads: S and P, 8 MiB each, stay in the L2 from kernel to kernel unless it is flushed, as captures do. */
static void hardware_is_compared_flushed_as_it_was_taken(void **state) {
    (void)state;
    Opened *o = opened_open("08-l2-and-the-count");
    Arena arena = {0};
    const char *made_up =
        "hbmscope.capture/1\nsource = cupti\ndevice = A GPU for tests\nrun\nalgorithm = standard\nbatch = 1\nheads = "
        "4\nseq = 1024\nkv-seq = 1024\nhead-dim = 64\ndtype = fp16\nl2 = cold\n"
        "kernel = S = QK^T\nmetric dram__bytes_read.sum bytes 5 1048576 1048576 1048576\n"
        "kernel = softmax\nmetric dram__bytes_read.sum bytes 5 8388608 8388608 8388608\n"
        "kernel = O = PV\nmetric dram__bytes_read.sum bytes 5 8912896 8912896 8912896\nend\n";
    const char *text = text_beside(o, made_up, &arena);
    if (!strstr(text, "flushed alike, says 18,350,080, equal")) fail_msg("%s", text);
    arena_free(&arena);
    opened_close(o);
}

static void hardware_is_shown_where_it_was_counted(void **state) {
    (void)state;
    Opened *o = opened_open("02-coalescing");
    Arena arena = {0};
    assert_non_null(strstr(hardware_text(&o->c, find_hardware(o), &arena), "No capture of this case is on file"));
    const char *text = made_up_hardware(o, "1024", &arena);
    if (!strstr(text, "Counted on A GPU for tests") || !strstr(text, "135,168 sectors") || !strstr(text, "equal"))
        fail_msg("%s", text);
    assert_non_null(strstr(made_up_hardware(o, "2048", &arena), "No capture"));
    arena_free(&arena);
    opened_close(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_expands),
        cmocka_unit_test(what_the_prose_claims_holds),
        cmocka_unit_test(no_number_is_typed),
        cmocka_unit_test(tolerances_are_narrower_than_mistakes),
        cmocka_unit_test(right_answers_lead_to_the_end),
        cmocka_unit_test(giving_up_leads_to_the_end_too),
        cmocka_unit_test(hardware_is_shown_where_it_was_counted),
        cmocka_unit_test(hardware_is_compared_flushed_as_it_was_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
