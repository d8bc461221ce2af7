/* The interview drill: questions drawn from templates with fresh parameters, marked, and reported on.
 *
 * Templates are question blocks in lessons/quiz/quiz.md (format: lessons/lesson.h):
 *     ```question s-one-head
 *     topic = memory
 *     draw = seq: 1K 2K 4K; dtype: fp16 fp32; $x: 2 4 8     scenario options, and $words put into the texts
 *     ask = How large is S ...?
 *     answer = standard.S.size_bytes as bytes               by the tool
 *     check = B*h*N*N*e                                     by an independent formula; a test compares them
 *     tolerance = 2                                         percent
 *     slip = N*d*e -> What was forgotten.
 *     reveal = The worked solution.
 *     follow = What is asked next? -> What to say.
 *     ```
 * Instead of answer and check: `option = TEXT | CLAIM -> sentence` lines, of which exactly one claim holds; or
 * `point = words / that / show it -> the point` lines for a question to explain.
 * Pure: a question is a function of (template, seed); the clock is the caller's.
 */
#ifndef LESSONS_QUIZ_H
#define LESSONS_QUIZ_H
#include "lessons/ask.h"
#include "lessons/lesson.h"

enum { QUIZ_QUESTIONS_MAX = 200, QUIZ_TOPICS_MAX = 16, QUIZ_DRAWS_MAX = 12 };

typedef enum QuizKind { QUIZ_NUMBER, QUIZ_CHOICE, QUIZ_EXPLAIN } QuizKind;

typedef struct QuizQuestion {
    const LessonPart *part; /* its template */
    uint64_t seed;
    QuizKind kind;
    Scenario scenario; /* drawn; not finished */
    const char *text;  /* Markdown */
    GuessTruth truth;  /* NUMBER; slips too near the truth in this draw are left out */
    GuessSlip slips[LESSON_SLIPS_MAX];
    const char *answer;                   /* as shown */
    double check;                         /* the independent formula's value */
    LessonSlip options[LESSON_SLIPS_MAX]; /* CHOICE: text and sentence */
    int option_count, right_option_index;
    LessonSlip points[LESSON_SLIPS_MAX]; /* EXPLAIN: key words and the point */
    int point_count;
    const char *solution; /* worked, Markdown */
    LessonSlip follow;    /* "" where there is none */
} QuizQuestion;

/* Draws template `part` of the quiz. Everything in arena; memory keeps counts. */
bool quiz_draw(const LessonPart *part, uint64_t seed, AskMemory *memory, QuizQuestion *question, Arena *arena,
               Err *err);

typedef struct QuizMark {
    double points, points_max;
    char text[1500];                /* what was right or forgotten; not the solution */
    bool is_said[LESSON_SLIPS_MAX]; /* EXPLAIN: which points were found in the answer */
    bool is_answered;               /* false: it could not be read; ask again */
} QuizMark;
/* NUMBER: a guess; CHOICE: an option's number or letter; EXPLAIN: sentences, whose points are found by key words. */
QuizMark quiz_mark(const QuizQuestion *question, const char *answer);

/* Which templates a session asks: `count` of them out of topic ("" any), each at most once until all were. */
int quiz_choose(const Lesson *quiz, const char *topic, uint64_t seed, int count, int chosen[QUIZ_QUESTIONS_MAX]);
/* The long question ("long") or NULL. */
const LessonPart *quiz_find(const Lesson *quiz, const char *name);
int quiz_topics(const Lesson *quiz, const char *topics[QUIZ_TOPICS_MAX]);

/* What a session came to. */
typedef struct QuizRow {
    const char *name, *topic;
    double points, points_max, spent_s;
    bool is_late; /* timed mode: answered after the time was up; counts half */
} QuizRow;
typedef struct QuizReport {
    uint64_t seed;
    double limit_s; /* a question's time; 0: not timed */
    QuizRow rows[QUIZ_QUESTIONS_MAX];
    int row_count;
} QuizReport;
typedef struct QuizTopicSum {
    const char *topic;
    double points, points_max, spent_s;
    int count;
} QuizTopicSum;
void quiz_report_add(QuizReport *report, const QuizQuestion *question, const QuizMark *mark, double spent_s);
/* Sums by topic, weakest first; the last sum in *all. */
int quiz_report_topics(const QuizReport *report, QuizTopicSum sums[QUIZ_TOPICS_MAX], QuizTopicSum *all);
/* What to read next: the lesson for the weakest topic, or "". */
const char *quiz_lesson_for(const char *topic);
#endif
