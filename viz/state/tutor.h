/* Tutor: a lesson beside the replay, as a state: what is typed, what was answered, how far the text is scrolled.
 *
 *     (Tutor, Event, the scene drawn last) -> Tutor, and what the host must do
 *
 * Pure but for AskMemory in the case. What can be typed is what the terminal takes: a guess, `?` hint, `!` show, `<`
 * back, Enter alone goes on; in a program Enter makes a line and Ctrl+Enter hands it in. While is_typing, keys are the
 * tutor's; Escape or Tab gives them back to the replay. Where the text goes on below the panel, Enter and the button
 * turn the page first; PgUp and PgDn turn it while something is typed, with Shift always.
 *
 * Parts with a header of their own: tutor_text (texts and pages), tutor_field (what is typed), tutor_dial (a guess
 * dragged), tutor_place (bookmarks, lecture mode).
 */
#ifndef VIZ_STATE_TUTOR_H
#define VIZ_STATE_TUTOR_H
#include "lessons/lesson_state.h"
#include "lessons/markdown.h"
#include "viz/state/view_state.h"

enum { TUTOR_TEXT_BYTES = 2400 };

/* Hit regions of the panel, beside the replay's own. */
typedef enum TutorControl {
    TUTOR_PANEL =
        3000, /* the text; index: how far up and (negative) down the wheel may go, px; whether text is below */
    TUTOR_FIELD,
    TUTOR_LINE,  /* a line of the field; index: its first byte, its length, a character's width in 1/64 px */
    TUTOR_CHECK, /* hands in what is typed; Next, or the next page, where nothing is asked */
    TUTOR_LATER, /* leaves an exercise for later */
    TUTOR_BACK,
    TUTOR_HINT,
    TUTOR_SHOW,
    TUTOR_OPTION,   /* index[0]: the option */
    TUTOR_BOOKMARK, /* index[0]: the part; the replay goes there */
    TUTOR_DIAL,     /* a guess dragged: left is little, right is much */
    TUTOR_AGAIN,    /* at the end: from the lesson's beginning */
    TUTOR_NEXT_LESSON,
    TUTOR_CONTROL_END
} TutorControl;

typedef struct Tutor {
    const LessonCase *c;
    Markdown texts[LESSON_PARTS_MAX];      /* of every part, numbers filled in; made once */
    const char *answers[LESSON_PARTS_MAX]; /* what a settled prediction shows, or a hardware block */
    char *drafts[LESSON_PARTS_MAX];        /* of exercises: what was typed when they were left, TUTOR_TEXT_BYTES each */
    const char *next_title;                /* of the lesson after this one; NULL: none can be opened from here */
    LessonState lesson;
    char text[TUTOR_TEXT_BYTES];
    char handed[GUESS_MAX_CHARS + 1]; /* the guess that the feedback is about, "" for none */
    int caret_index;                  /* byte in text */
    bool is_typing;
    double scroll_px;               /* upwards from where the current part is in view; the panel's region bounds it */
    int pressed;                    /* TutorControl under the pressed pointer, 0: none */
    int bookmark;                   /* part whose place the replay shows; -1: none yet */
    double dial;                    /* 0 .. 1 */
    char program[TUTOR_TEXT_BYTES]; /* the student's, as handed in last */
} Tutor;

typedef struct TutorEffects {
    bool is_taken;         /* the event was the tutor's */
    bool is_place_changed; /* the replay is to go to tutor->bookmark */
    bool is_program;       /* tutor->program was handed in: the replay is to show it, if it is attention */
    bool is_progress;      /* something worth keeping has happened */
    bool is_next_lesson;   /* the lesson after this one is to be opened */
} TutorEffects;

/* Starts or goes on with a lesson; texts are made in arena. Fails where a number cannot be asked. */
bool tutor_make(const LessonCase *c, LessonState lesson, Tutor *tutor, Arena *arena, Err *err);
/* has_replay_focus: Tab was used to reach a control of the replay, which then gets Enter. */
TutorEffects tutor_apply(Tutor *tutor, bool has_replay_focus, const Scene *scene, const Event *event);

const LessonPart *tutor_part(const Tutor *tutor); /* NULL at the end of the lesson */
/* A question that is neither answered nor given up. */
bool tutor_is_open(const Tutor *tutor);
/* The exercise's program as far as it is written; NULL for other parts. */
const char *tutor_draft(const Tutor *tutor, int part);
/* One that was kept from another day. */
void tutor_set_draft(Tutor *tutor, int part, const char *text);
#endif
