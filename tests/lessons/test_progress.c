/* Progress: round trips, a crash between two saves, files of noise, and no home to keep it in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lessons/draft.h"
#include "lessons/progress.h"
#include "tests/lessons/opened.h"

static char folder[64], path[128];
static Progress progress; /* large */

static int set_up(void **state) {
    (void)state;
    strcpy(folder, "/tmp/hbmscope-progress-XXXXXX");
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/a/b/progress", folder);
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void write_file(const char *text) {
    Err err;
    progress = (Progress){0};
    assert_true(progress_save(path, &progress, &err)); /* makes the folders */
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void a_state_comes_back(void **state) {
    (void)state;
    Opened *o = opened_open("03-why-64x");
    Err err;
    char note[1500];
    LessonState s = lesson_state_start(&o->c);
    s = lesson_state_step(&o->c, s, (LessonEvent){.kind = LESSON_NEXT});
    s = lesson_state_step(&o->c, s, (LessonEvent){.kind = LESSON_ANSWER, .text = "3 MB"});
    s = lesson_state_step(&o->c, s, (LessonEvent){.kind = LESSON_ANSWER, .text = "8 MiB"});
    int answered = s.part;
    s = lesson_state_step(&o->c, s, (LessonEvent){.kind = LESSON_NEXT});
    s = lesson_state_step(&o->c, s, (LessonEvent){.kind = LESSON_SHOW});
    progress = (Progress){0};
    progress_put(&progress, &o->c, &s);
    progress_put(&progress, &o->c, &s); /* twice is once */
    if (!progress_save(path, &progress, &err)) fail_msg("%s", err.text);
    progress = (Progress){0};
    if (!progress_load(path, &progress, note, sizeof note, &err)) fail_msg("%s", err.text);
    assert_string_equal(note, "");
    LessonState back = progress_get(&progress, &o->c);
    assert_int_equal(back.part, s.part);
    assert_int_equal(back.parts[answered].try_count, 2);
    assert_true(back.parts[answered].is_right);
    assert_true(back.parts[s.part].is_shown && !back.parts[s.part].is_right);
    assert_int_equal(progress.line_count, 3);
    assert_true(progress_reset(path, &err));
    assert_true(progress_reset(path, &err));
    assert_true(progress_load(path, &progress, note, sizeof note, &err));
    assert_int_equal(progress.line_count, 0);
    opened_close(o);
}

static void done_stays_until_a_reset(void **state) {
    (void)state;
    Opened *o = opened_open("03-why-64x");
    Err err;
    char note[1500];
    LessonState s = lesson_state_start(&o->c);
    progress = (Progress){0};
    progress_put(&progress, &o->c, &s);
    assert_false(progress_place(&progress, "03-why-64x")->is_done);
    s = lesson_state_step(&o->c, s, (LessonEvent){.kind = LESSON_GO, .part = o->lesson.part_count});
    progress_put(&progress, &o->c, &s);
    assert_true(progress_place(&progress, "03-why-64x")->is_done);
    s = lesson_state_step(&o->c, s, (LessonEvent){.kind = LESSON_GO, .part = 0}); /* once more */
    progress_put(&progress, &o->c, &s);
    assert_true(progress_save(path, &progress, &err));
    assert_true(progress_load(path, &progress, note, sizeof note, &err));
    assert_string_equal(note, "");
    assert_int_equal(progress_place(&progress, "03-why-64x")->part, 0);
    assert_true(progress_place(&progress, "03-why-64x")->is_done);
    assert_int_equal(progress_get(&progress, &o->c).part, 0); /* it goes on where it was left */
    assert_true(progress_reset(path, &err));
    assert_true(progress_load(path, &progress, note, sizeof note, &err));
    assert_null(progress_place(&progress, "03-why-64x"));
    /* kept before "done" was written: the place at the end says it */
    assert_true(
        progress_parse("old", "format = hbmscope.progress/1\n01-a part 9 of 9\n01-b part 8 of 9\n", &progress, &err));
    assert_true(progress_place(&progress, "01-a")->is_done);
    assert_false(progress_place(&progress, "01-b")->is_done);
    opened_close(o);
}

static void drafts_are_kept_and_go_with_a_reset(void **state) {
    (void)state;
    Arena arena = {0};
    Err err;
    assert_null(draft_load(path, "05-softmax", "mend-it", &arena));
    progress = (Progress){0};
    assert_true(progress_save(path, &progress, &err));
    assert_true(draft_save(path, "05-softmax", "mend-it", "grid q by 4\n  load Q[q]\n", &err));
    assert_true(draft_save(path, "06-tiles", "strips", "zero O", &err));
    assert_true(draft_save(path, "05-softmax", "mend-it", "grid q by 8\n", &err));
    assert_string_equal(draft_load(path, "05-softmax", "mend-it", &arena), "grid q by 8\n");
    assert_string_equal(draft_load(path, "06-tiles", "strips", &arena), "zero O");
    assert_null(draft_load(path, "06-tiles", "other", &arena));
    assert_true(progress_reset(path, &err));
    assert_null(draft_load(path, "05-softmax", "mend-it", &arena));
    assert_null(draft_load(path, "06-tiles", "strips", &arena));
    assert_false(draft_save("/nonexistent/hbmscope/progress", "a", "b", "c", &err));
    assert_non_null(strstr(err.text, "/nonexistent/hbmscope/draft-a-b"));
    arena_free(&arena);
}

static void a_crash_leaves_the_old_file(void **state) {
    (void)state;
    Err err;
    char note[1500], half[200];
    write_file("format = hbmscope.progress/1\n01-a part 2 of 9\n");
    snprintf(half, sizeof half, "%s.4711.new", path); /* what a crash while saving leaves behind */
    FILE *out = fopen(half, "w");
    fputs("format = hbmsc", out);
    fclose(out);
    assert_true(progress_load(path, &progress, note, sizeof note, &err));
    assert_string_equal(note, "");
    assert_int_equal(progress_place(&progress, "01-a")->part, 2);
    /* a save that cannot happen keeps the old one, and nothing half-written */
    chmod(folder, 0700);
    char bad[300];
    snprintf(bad, sizeof bad, "%s/below", path);
    assert_false(progress_save(bad, &progress, &err));
    assert_true(progress_load(path, &progress, note, sizeof note, &err));
    assert_int_equal(progress.line_count, 1);
    assert_int_equal(remove(half), 0);
}

static void noise_is_put_aside(void **state) {
    (void)state;
    const char *bad[] = {"",
                         "nonsense\n",
                         "format = hbmscope.progress/9\n",
                         "format = hbmscope.progress/1\n01-a part x of 9\n",
                         "format = hbmscope.progress/1\n01-a part 9 of 2\n",
                         "format = hbmscope.progress/1\n01-a part 1 of 2 gone\n",
                         "format = hbmscope.progress/1\n01-a part 9 of 2 done\n",
                         "format = hbmscope.progress/1\n01-a q maybe 2\n",
                         "format = hbmscope.progress/1\n01-a q right -2\n",
                         "format = hbmscope.progress/1\n01-a q right 2 3\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Err err;
        char note[1500], aside[200];
        write_file(bad[i]);
        assert_true(progress_load(path, &progress, note, sizeof note, &err));
        if (!strstr(note, "fresh one")) fail_msg("taken as it is: %s", bad[i]);
        assert_int_equal(progress.line_count, 0);
        snprintf(aside, sizeof aside, "%s.unreadable", path);
        assert_int_equal(access(aside, F_OK), 0);
        assert_int_not_equal(access(path, F_OK), 0);
    }
}

static void its_place_follows_xdg(void **state) {
    (void)state;
    char out[100];
    Err err;
    assert_true(progress_path("/x", "/h", out, sizeof out, &err));
    assert_string_equal(out, "/x/hbmscope/progress");
    assert_true(progress_path(NULL, "/h", out, sizeof out, &err));
    assert_string_equal(out, "/h/.local/share/hbmscope/progress");
    assert_true(progress_path("relative", "/h", out, sizeof out, &err)); /* XDG: a relative path is ignored */
    assert_string_equal(out, "/h/.local/share/hbmscope/progress");
    assert_false(progress_path(NULL, NULL, out, sizeof out, &err));
    assert_false(progress_path("/x", NULL, out, 8, &err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_comes_back),          cmocka_unit_test(drafts_are_kept_and_go_with_a_reset),
        cmocka_unit_test(a_crash_leaves_the_old_file), cmocka_unit_test(noise_is_put_aside),
        cmocka_unit_test(its_place_follows_xdg),       cmocka_unit_test(done_stays_until_a_reset),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
