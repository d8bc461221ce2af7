/* How far a student is in a lesson, and what every event makes of it: a pure function, for terminal and window alike.
 *
 *     state = lesson_state_step(&opened, state, (LessonEvent){LESSON_ANSWER, "8 MiB"});
 *
 * Parts are shown one after another; NOTES are the lecturer's and are passed over. A prediction has to be answered
 * (or given up) before the next part shows; an exercise may be left for later.
 */
#ifndef LESSONS_LESSON_STATE_H
#define LESSONS_LESSON_STATE_H
#include "lessons/lesson_case.h"

enum { LESSON_FEEDBACK_MAX = 3000 };

typedef struct LessonPartState {
    int try_count;
    bool is_right;  /* answered rightly by the student */
    bool is_shown;  /* the answer was asked for */
    int hint_count; /* hints given so far */
} LessonPartState;

typedef struct LessonState {
    int part; /* being worked on; part_count: the lesson is over */
    LessonPartState parts[LESSON_PARTS_MAX];
    bool is_good;                       /* the last answer was right */
    char feedback[LESSON_FEEDBACK_MAX]; /* to the last event, "" where there is nothing to say; Markdown */
} LessonState;

typedef enum LessonEventKind {
    LESSON_NEXT,
    LESSON_BACK,
    LESSON_ANSWER, /* text: a guess, an option (its number or letter), settings, or a program */
    LESSON_SHOW,   /* give up: the answer or the reference solution */
    LESSON_HINT,
    LESSON_GO, /* to part */
} LessonEventKind;
typedef struct LessonEvent {
    LessonEventKind kind;
    const char *text;
    int part;
} LessonEvent;

/* At the first part, nothing answered. */
LessonState lesson_state_start(const LessonCase *c);
/* What an event makes of a state; what is to be said to it stands in its feedback. */
LessonState lesson_state_step(const LessonCase *c, LessonState state, LessonEvent event);
/* Behind the last part. */
bool lesson_state_is_over(const LessonCase *c, const LessonState *state);

/* Predictions and exercises of a lesson, and how many of them were answered rightly. */
typedef struct LessonScore {
    int question_count, right_count, shown_count;
} LessonScore;
LessonScore lesson_state_score(const LessonCase *c, const LessonState *state);
#endif
