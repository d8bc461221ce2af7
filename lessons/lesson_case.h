/* A lesson opened: its scenario read, its numbers ready to be asked; what its blocks evaluate to.
 *
 * Pure but for AskMemory. Everything returned lives in memory's arena or the arena given.
 */
#ifndef LESSONS_LESSON_CASE_H
#define LESSONS_LESSON_CASE_H
#include "lessons/ask.h"
#include "lessons/lesson.h"
#include "sim/capture.h"
#include "sim/replay.h"

typedef struct LessonCase {
    const Lesson *lesson;
    Scenario scenario; /* as set, not finished */
    AskMemory *memory;
    const Capture *captures; /* of real GPUs, for hardware blocks; may be none */
    int capture_count;
} LessonCase;

/* Reads the lesson's scenario; lesson and memory must outlive the case. */
bool lesson_case_open(const Lesson *lesson, AskMemory *memory, LessonCase *opened, Err *err);

/* A part's text with its numbers filled in. Whoever shows PROSE and NOTES reads the result as Markdown. */
bool lesson_case_text(const LessonCase *c, const char *text, const char **expanded, Arena *arena, Err *err);

/* The truth of a predict block in numbers; slips' sentences are expanded. */
typedef struct LessonTruth {
    GuessTruth truth;
    GuessSlip slips[LESSON_SLIPS_MAX];
    const char *shown; /* "8 MiB" */
} LessonTruth;
bool lesson_case_truth(const LessonCase *c, const LessonPart *part, LessonTruth *truth, Arena *arena, Err *err);

/* Where a bookmark points. */
typedef struct LessonPlace {
    const Count *count;
    ReplayState state;
    uint64_t step_count;
} LessonPlace;
bool lesson_case_bookmark(const LessonCase *c, const LessonPart *part, LessonPlace *place, Err *err);

/* A program exercise's answer, counted in the exercise's scenario, for those who replay it. */
bool lesson_case_program(const LessonCase *c, const LessonPart *part, const char *answer, CountOptions options,
                         Count *count, Arena *arena, Err *err);
/* The scenario it is counted in, finished. */
bool lesson_case_scenario(const LessonCase *c, const LessonPart *part, Scenario *scenario, Err *err);

/* An exercise's answer, run: what it moved, and whether every budget holds. text says so in sentences. */
typedef struct LessonMark {
    bool is_pass;
    Totals totals;
    bool is_counted; /* totals mean something */
    char text[1800];
} LessonMark;
LessonMark lesson_case_mark(const LessonCase *c, const LessonPart *part, const char *answer);
#endif
