/* lesson.md into parts: every kind of block, every refusal with file and line, and mutated lessons by the thousand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/lesson.h"
#include "tests/lessons/damage.h"

static const char head[] = "# Title\n```lesson\nminutes = 12\nquestion = Why?\n```\n";
static const char sample[] = "# Why it grows\n"
                             "```lesson\nminutes = 12\nquestion = Why\n  is that?\n```\n"
                             "Some *text* with {{N}}.\n\n```\nplain code\n```\n"
                             "```predict size\nask = How big?\nanswer = N*N*e as MiB\ntolerance = 3\nslip = N*d*e -> "
                             "One strip.\nreveal = So.\n  .\n  And so.\n```\n"
                             "```predict which\nask = Which?\nchoice = Q -> No.\nright = S -> Yes.\n```\n"
                             "More.\n"
                             "```bookmark b\nalgorithm = standard\nat = start\nsay = Look.\n```\n"
                             "```exercise e\nkind = settings\nask = Do.\nalgorithm = flash2\nmay = block-q "
                             "block-k\nbudget = mine.issued_bytes <= 5 -> Over.\nhint = Try.\n```\n"
                             "```hardware h\nalgorithm = standard\ncounter = dram_read_bytes\n```\n"
                             "```notes\nFor the *lecturer*.\n```\n";
static const LessonFile sample_files[] = {
    {"01-a/lesson.md", sample},          {"01-a/e.solution", "block-q=1\n"}, {"01-a/e.wrong", "# expect: Over\n"},
    {"01-a/scenario.txt", "seq = 8K\n"}, {"02-b/lesson.md", head},           {"12-a/lesson.md", head}};
static const LessonFiles files = {sample_files, 6};

static void every_block_is_read(void **state) {
    (void)state;
    Arena arena = {0};
    Lesson lesson;
    Err err;
    if (!lesson_read(&files, "01-a", &lesson, &arena, &err)) fail_msg("%s", err.text);
    assert_string_equal(lesson.title, "Why it grows");
    assert_string_equal(lesson.question, "Why is that?");
    assert_int_equal(lesson.minutes, 12);
    assert_string_equal(lesson.scenario_text, "seq = 8K\n");
    assert_int_equal(lesson.part_count, 8);
    const LessonPartKind want[] = {LESSON_PROSE,    LESSON_PREDICT,  LESSON_PREDICT,  LESSON_PROSE,
                                   LESSON_BOOKMARK, LESSON_EXERCISE, LESSON_HARDWARE, LESSON_NOTES};
    for (int i = 0; i < 8; i++) assert_int_equal(lesson.parts[i].kind, want[i]);
    assert_string_equal(lesson.parts[0].text, "Some *text* with {{N}}.\n\n```\nplain code\n```\n");
    assert_string_equal(lesson.parts[1].reveal, "So.\n\n And so.");
    assert_true(lesson.parts[1].tolerance > 0.0299 && lesson.parts[1].tolerance < 0.0301);
    assert_string_equal(lesson.parts[1].slips[0].sentence, "One strip.");
    assert_string_equal(lesson.parts[2].answer, "S");
    assert_true(lesson.parts[2].is_choice);
    assert_string_equal(lesson.parts[5].solution, "block-q=1\n");
    assert_string_equal(lesson.parts[7].text, "For the *lecturer*.\n");
    arena_free(&arena);
}

static void lessons_are_found_by_number_and_name(void **state) {
    (void)state;
    Arena arena = {0};
    const char *ids[2];
    assert_int_equal(lesson_list(&files, ids, 2, &arena), 3);
    assert_string_equal(ids[0], "01-a");
    assert_string_equal(lesson_find(&files, "1", &arena), "01-a");
    assert_string_equal(lesson_find(&files, "b", &arena), "02-b");
    assert_string_equal(lesson_find(&files, "12", &arena), "12-a");
    assert_null(lesson_find(&files, "a", &arena)); /* two have that name */
    assert_null(lesson_find(&files, "3", &arena));
    assert_null(lesson_find(&files, "", &arena));
    Lesson lesson;
    Err err;
    assert_false(lesson_read(&files, "99-x", &lesson, &arena, &err));
    assert_int_equal(err.code, ERR_USAGE);
    arena_free(&arena);
}

static void bad_lessons_are_refused_with_file_and_line(void **state) {
    (void)state;
    const struct {
        const char *tail;
        int line;
        const char *words;
    } rows[] = {
        {"```predict\n", 6, "needs a name"},
        {"```predict a\nask = x\n", 6, "not closed"},
        {"```predict a\nask = x\n```\n", 6, "needs ask and answer"},
        {"```predict a\nask\n```\n", 7, "key = value"},
        {"```predict a\nnonsense = 4\n```\n", 7, "no key of a predict"},
        {"```predict a\nask = x\nanswer = 1\ntolerance = 50\n```\n", 9, "0 to 30"},
        {"```predict a\nask = x\nanswer = 1\nslip = 4\n```\n", 9, "->"},
        {"```predict a\nask = \n```\n", 7, "no value"},
        {"```predict a\nask = x\nanswer = 1\n```\n```predict a\nask = x\nanswer = 1\n```\n", 10, "name of two"},
        {"```predict a\nask = x\nright = 1 -> y\n```\n", 6, "at least two options"},
        {"```bookmark a\nat = start\n```\n", 6, "algorithm, at and say"},
        {"```exercise a\nask = x\n```\n", 6, "budget"},
        {"```exercise a\nask = x\nkind = essay\n```\n", 8, "settings or program"},
        {"```exercise a\nask = x\nkind = program\nbudget = 1 <= 2 -> z\n```\n", 6, "NAME.solution"},
        {"```hardware a\nsay = x\n```\n", 6, "algorithm and counter"},
        {"```lesson\nminutes = 3\n```\n", 6, "second lesson block"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Arena arena = {0};
        Lesson lesson;
        Err err = {0};
        char text[1000], want[40];
        snprintf(text, sizeof text, "%s%s", head, rows[i].tail);
        snprintf(want, sizeof want, "x/lesson.md:%d: ", rows[i].line);
        if (lesson_parse(&files, "x", text, &lesson, &arena, &err)) fail_msg("read: %s", rows[i].tail);
        if (strncmp(err.text, want, strlen(want)) != 0 || !strstr(err.text, rows[i].words))
            fail_msg("want %s..%s, got %s", want, rows[i].words, err.text);
        arena_free(&arena);
    }
    const char *const whole[] = {"",
                                 "no title\n",
                                 "# Title only\n",
                                 "# T\n```lesson\nminutes = 0\nquestion = q\n```\n",
                                 "# T\n```lesson\nminutes = 9\n```\n",
                                 "# T\xff\n"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        Arena arena = {0};
        Lesson lesson;
        Err err = {0};
        if (lesson_parse(&files, "x", whole[i], &lesson, &arena, &err)) fail_msg("read: %s", whole[i]);
        assert_non_null(strstr(err.text, "lesson.md:"));
        arena_free(&arena);
    }
}

/* No further than it goes: what follows may be wrong. Without a whole one there is none. */
static void the_head_is_read_alone(void **state) {
    (void)state;
    char broken[400];
    snprintf(broken, sizeof broken, "%s```predict\n", head);
    const LessonFile rows[] = {{"01-a/lesson.md", broken}, {"02-b/lesson.md", "# T\n```lesson\nminutes = 9\n```\n"}};
    const LessonFiles some = {rows, 2};
    Arena arena = {0};
    LessonHead read = {.minutes = -7};
    Err err;
    if (!lesson_read_head(&some, "01-a", &read, &arena, &err)) fail_msg("%s", err.text);
    assert_string_equal(read.title, "Title");
    assert_string_equal(read.question, "Why?");
    assert_int_equal(read.minutes, 12);
    assert_false(lesson_read_head(&some, "02-b", &read, &arena, &err));
    assert_string_equal(err.text, "02-b/lesson.md:1: a lesson needs a block ```lesson with question and minutes");
    assert_false(lesson_read_head(&some, "03-c", &read, &arena, &err));
    assert_int_equal(read.minutes, 12);
    arena_free(&arena);
}

static void limits_hold(void **state) {
    (void)state;
    Arena arena = {0};
    Lesson lesson;
    Err err;
    char *text = arena_alloc_bytes(&arena, LESSON_MAX_BYTES + 100);
    strcpy(text, head);
    memset(text + strlen(text), 'a', LESSON_LINE_MAX_BYTES + 1);
    assert_false(lesson_parse(&files, "x", text, &lesson, &arena, &err));
    assert_non_null(strstr(err.text, "line is too long"));
    memset(text, 'a', LESSON_MAX_BYTES + 1);
    assert_false(lesson_parse(&files, "x", text, &lesson, &arena, &err));
    assert_non_null(strstr(err.text, "64 KiB"));
    memset(text, 0, LESSON_MAX_BYTES + 1);
    strcpy(text, head);
    for (int i = 0; i <= LESSON_PARTS_MAX; i++) strcat(text, "```notes\nn\n```\n");
    assert_false(lesson_parse(&files, "x", text, &lesson, &arena, &err));
    assert_non_null(strstr(err.text, "too many parts"));
    strcpy(text, head);
    strcat(text, "```predict a\nask = x\n");
    for (int i = 0; i < 6000; i++) strcat(text, "  more\n");
    assert_false(lesson_parse(&files, "x", text, &lesson, &arena, &err));
    assert_non_null(strstr(err.text, "value is too long"));
    arena_free(&arena);
}

/* The sample with bytes changed, lines doubled, cut out or swapped: read or refused with a sentence, never worse. */
static void mutated_lessons_do_no_harm(void **state) {
    (void)state;
    uint64_t seed = 11;
    for (int i = 0; i < 20000; i++) {
        char text[2 * sizeof sample];
        strcpy(text, sample);
        for (int change = 0; change < 1 + i % 4; change++) damage_text(&seed, text, "`#=\n -> {[*|1");
        Arena arena = {0};
        Lesson lesson = {.minutes = -7};
        Err err = {0};
        bool is_read = lesson_parse(&files, "01-a", text, &lesson, &arena, &err);
        if (!is_read && (strlen(err.text) < 10 || lesson.minutes != -7))
            fail_msg("refused without a sentence: %s", text);
        if (is_read) assert_true(lesson.part_count <= LESSON_PARTS_MAX && lesson.title && lesson.question);
        arena_free(&arena);
    }
}

static void a_folder_of_ones_own(void **state) {
    (void)state;
    char folder[] = "/tmp/hbmscope-lesson-XXXXXX", path[100];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/lesson.md", folder);
    FILE *out = fopen(path, "w");
    fputs(head, out);
    fclose(out);
    Arena arena = {0};
    LessonFiles own;
    const char *id;
    Lesson lesson;
    Err err;
    if (!lesson_files_read_folder(folder, &own, &id, &arena, &err)) fail_msg("%s", err.text);
    assert_true(lesson_read(&own, id, &lesson, &arena, &err));
    out = fopen(path, "a");
    fputc('\0', out);
    fclose(out);
    assert_false(lesson_files_read_folder(folder, &own, &id, &arena, &err));
    assert_non_null(strstr(err.text, "zero byte"));
    assert_int_equal(remove(path), 0);
    assert_int_equal(remove(folder), 0);
    assert_false(lesson_files_read_folder(folder, &own, &id, &arena, &err));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_is_read),
        cmocka_unit_test(lessons_are_found_by_number_and_name),
        cmocka_unit_test(bad_lessons_are_refused_with_file_and_line),
        cmocka_unit_test(the_head_is_read_alone),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(mutated_lessons_do_no_harm),
        cmocka_unit_test(a_folder_of_ones_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
