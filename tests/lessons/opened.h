/* A lesson of the program's own, opened for a test: its texts read, its scenario counted on demand. */
#ifndef TESTS_LESSONS_OPENED_H
#define TESTS_LESSONS_OPENED_H
#include <stdlib.h>

#include "lessons/lesson_case.h"

typedef struct Opened {
    Arena arena;
    AskMemory memory;
    Lesson lesson;
    LessonCase c;
} Opened;

/* Fails the test where the lesson cannot be opened; opened_close frees it. */
static inline Opened *opened_open(const char *id) {
    Opened *o = calloc(1, sizeof *o);
    Err err;
    assert_non_null(o);
    if (!lesson_read(&lesson_files, id, &o->lesson, &o->arena, &err) ||
        !lesson_case_open(&o->lesson, &o->memory, &o->c, &err))
        fail_msg("%s: %s", id, err.text);
    return o;
}

static inline void opened_close(Opened *o) {
    ask_memory_free(&o->memory);
    arena_free(&o->arena);
    free(o);
}

/* All of them, in order. */
static inline void opened_each(void (*check)(Opened *)) {
    Arena arena = {0};
    const char *ids[LESSON_FILES_MAX];
    int count = lesson_list(&lesson_files, ids, LESSON_FILES_MAX, &arena);
    assert_true(count >= 14);
    for (int i = 0; i < count; i++) {
        Opened *o = opened_open(ids[i]);
        check(o);
        opened_close(o);
    }
    arena_free(&arena);
}
#endif
