/* A lesson: a folder of text files, read into parts that are shown one after another.
 *
 *     NN-name/lesson.md        Markdown; fenced blocks with the names below are not shown but acted on
 *     NN-name/scenario.txt     the case all numbers are about, a scenario file
 *     NN-name/EXERCISE.start   what the student's editor begins with (optional)
 *     NN-name/EXERCISE.solution, EXERCISE.wrong   answers that pass and that fail; .wrong opens with "# expect: WORDS"
 *
 * lesson.md:
 *     # Title
 *     ```lesson
 *     minutes = 12
 *     question = The question that the lesson answers.
 *     ```
 *     Text. Numbers are asked of the tool: {{standard.issued_bytes as GB}} (lessons/ask.h).
 *
 *     ```predict NAME            a guess before the answer is shown
 *     ask = How many bytes ...?
 *     answer = N*N*e as MiB
 *     tolerance = 3              percent
 *     slip = N*d*e -> That is one N x d tensor.
 *     hint = Where to begin.     (optional)
 *     reveal = Text shown once answered.
 *     ```
 *     Instead of answer: `choice = text -> why not` lines and one `right = text -> why`.
 *     ```bookmark NAME           a place in the replay
 *     algorithm = standard
 *     settings = seq=8K          (optional)
 *     at = kernel "softmax" + 3 : WORDS of a step | start | end | first S | step 120 | counter issued_read_bytes 1e9
 *     look = lens N | values     (optional) what the window opens there: the step's Nth request, the numbers
 *     say = What to look at.
 *     ```
 *     ```exercise NAME           judged by running the answer
 *     kind = settings | program
 *     ask = ...
 *     algorithm = flash2         (settings)
 *     may = block-q block-k      (settings) the options the student may choose
 *     budget = reads: mine.issued_read_bytes as MB <= 2*N*d*e -> What to say when it is over.
 *     hint = ...
 *     ```
 *     ```hardware NAME           what a real GPU counted; says plainly where no capture is on file
 *     ```question NAME           quiz files only (lessons/quiz.h)
 *     ```notes                   for the lecturer
 *     ```check                   claims that the prose makes in words, a line each: A < B; never shown, always tested
 * A value goes on in lines that begin with two spaces; a line with one dot is an empty line.
 *
 * Pure data in the caller's arena. Errors name file and line. Limits are hard: see the enum.
 */
#ifndef LESSONS_LESSON_H
#define LESSONS_LESSON_H
#include <stdbool.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

enum {
    LESSON_MAX_BYTES = 64 * 1024,
    LESSON_LINE_MAX_BYTES = 2000,
    LESSON_VALUE_MAX = 6000,
    LESSON_PARTS_MAX = 96,
    LESSON_SLIPS_MAX = 8,
    LESSON_BUDGETS_MAX = 6,
    LESSON_HINTS_MAX = 4,
    LESSON_FILES_MAX = 400,
};

/* A file of a lesson's folder, by its path from lessons/. */
typedef struct LessonFile {
    const char *path, *text;
} LessonFile;
typedef struct LessonFiles {
    const LessonFile *files;
    int count;
} LessonFiles;
/* What was built in. */
extern const LessonFiles lesson_files;

typedef enum LessonPartKind {
    LESSON_PROSE,
    LESSON_PREDICT,
    LESSON_BOOKMARK,
    LESSON_EXERCISE,
    LESSON_HARDWARE,
    LESSON_NOTES,
    LESSON_CHECK,
    LESSON_QUESTION,
} LessonPartKind;

/* A wrong answer (or an option of a choice) and what to say to it. */
typedef struct LessonSlip {
    const char *expression, *sentence;
} LessonSlip;

typedef struct LessonPart {
    LessonPartKind kind;
    const char *name;   /* "" for prose and notes */
    int line;           /* in lesson.md, 1-based */
    const char *text;   /* PROSE, NOTES: Markdown; CHECK: its lines; else the `ask` or `say` line */
    const char *answer; /* PREDICT: "EXPR as UNIT"; of a choice: the right option's text; HARDWARE: the counter */
    bool is_choice;     /* PREDICT */
    double tolerance;   /* relative */
    const char *reveal; /* PREDICT */
    LessonSlip slips[LESSON_SLIPS_MAX]; /* PREDICT: known wrong answers; of a choice: all options in order */
    int slip_count;
    const char *algorithm;                  /* BOOKMARK, EXERCISE, HARDWARE */
    const char *settings;                   /* "" where none */
    const char *at, *look;                  /* BOOKMARK; look: "" for the whole matrix */
    bool is_program;                        /* EXERCISE */
    const char *may;                        /* EXERCISE by settings: option names */
    LessonSlip budgets[LESSON_BUDGETS_MAX]; /* EXERCISE: "NAME: LEFT <= RIGHT", and what to say when it does not hold */
    int budget_count;
    const char *hints[LESSON_HINTS_MAX];
    int hint_count;
    const char *topic; /* QUESTION, and the rest of its own below: see quiz.h */
    const char *draw, *check;
    LessonSlip points[LESSON_SLIPS_MAX];
    int point_count;
    LessonSlip follow;                    /* what is asked next, and what to say to it */
    const char *start, *solution, *wrong; /* EXERCISE: files' texts, "" where there is none */
} LessonPart;

typedef struct Lesson {
    const char *id; /* folder name: "03-why-64x" */
    const char *title, *question;
    int minutes;
    const char *scenario_text;
    LessonPart parts[LESSON_PARTS_MAX];
    int part_count;
} Lesson;

/* What a list of lessons shows. */
typedef struct LessonHead {
    const char *title, *question;
    int minutes;
} LessonHead;

/* Reads lesson `id` out of files; all of it, or no further than its head goes. */
bool lesson_read(const LessonFiles *files, const char *id, Lesson *lesson, Arena *arena, Err *err);
bool lesson_read_head(const LessonFiles *files, const char *id, LessonHead *head, Arena *arena, Err *err);
/* Reads a quiz file, "quiz/quiz.md": question blocks instead of a lesson's. */
bool lesson_read_quiz(const LessonFiles *files, Lesson *quiz, Arena *arena, Err *err);
/* The same from one text; file names are for messages and for the exercises' files. */
bool lesson_parse(const LessonFiles *files, const char *id, const char *text, Lesson *lesson, Arena *arena, Err *err);

/* Ids in order. Returns how many; at most max are written. */
int lesson_list(const LessonFiles *files, const char **ids, int max, Arena *arena);
/* "3", "03", "why-64x" or "03-why-64x" -> the id; NULL where none or more than one fits. */
const char *lesson_find(const LessonFiles *files, const char *name, Arena *arena);
const char *lesson_file(const LessonFiles *files, const char *id, const char *name); /* NULL where there is none */

/* Predictions and exercises: the student's answer is judged, and kept. */
bool lesson_kind_is_asked(LessonPartKind kind);
/* All but the lecturer's notes, the tests' claims, and the drill's questions. */
bool lesson_kind_is_shown(LessonPartKind kind);

/* The request, from 1, that a bookmark's look puts under the lens; 0 where it asks for no lens. */
int lesson_lens_request(const char *look);

/* Reads a lesson folder of the user's own ("path/NN-name"); its id goes to *id. */
bool lesson_files_read_folder(const char *path, LessonFiles *files, const char **id, Arena *arena, Err *err);
#endif
