/* Progress through the lessons, kept in one text file under XDG data.
 *
 *     format = hbmscope.progress/1
 *     03-why-64x part 4 of 12                      where the student is; "done" behind it once the end was reached
 *     03-why-64x s-bytes right 2                   a question: right | shown | open, and tries
 *
 * Saved by writing a temporary file beside it, flushing it to disk and renaming: a crash leaves the old or the new
 * file, never half of one. A file that cannot be read is kept as FILE.unreadable and a fresh one begun.
 */
#ifndef LESSONS_PROGRESS_H
#define LESSONS_PROGRESS_H
#include "lessons/lesson_state.h"

enum { PROGRESS_LINES_MAX = 2000, PROGRESS_WORD_BYTES = 64 };

typedef enum ProgressMark { PROGRESS_OPEN, PROGRESS_SHOWN, PROGRESS_RIGHT } ProgressMark;
typedef struct ProgressLine {
    char lesson[PROGRESS_WORD_BYTES];
    char name[PROGRESS_WORD_BYTES]; /* "" for the place in the lesson */
    int part, part_count;           /* place */
    bool is_done;                   /* place: the lesson's end was reached, then or before */
    ProgressMark mark;              /* question */
    int try_count;
} ProgressLine;
typedef struct Progress {
    ProgressLine lines[PROGRESS_LINES_MAX];
    int line_count;
} Progress;

/* $XDG_DATA_HOME/hbmscope/progress, or ~/.local/share/... ; environment values are arguments, NULL where not set. */
bool progress_path(const char *xdg_data_home, const char *home, char *path, int path_bytes, Err *err);
/* The file's text; name is for messages. Fails with the line that is none of progress; *progress is then untouched. */
bool progress_parse(const char *name, const char *text, Progress *progress, Err *err);
/* A missing file is an empty progress. Where the file cannot be understood, *note says what was done. */
bool progress_load(const char *path, Progress *progress, char *note, int note_bytes, Err *err);
/* Makes the folders on the way; the old file stays where the new one cannot be written whole. */
bool progress_save(const char *path, const Progress *progress, Err *err);
/* Drafts (lessons/draft.h) go with it. */
bool progress_reset(const char *path, Err *err);

/* Into and out of a lesson's state. A lesson once done stays done, also while it is gone through again. */
void progress_put(Progress *progress, const LessonCase *c, const LessonState *state);
/* A lesson that has other parts than when it was left is begun at its start; answers are kept by name. */
LessonState progress_get(const Progress *progress, const LessonCase *c);
/* Where a lesson stands: 0 never opened, else its place's line. */
const ProgressLine *progress_place(const Progress *progress, const char *lesson);
#endif
