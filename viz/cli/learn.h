/* A lesson on the command line: opened, printed whole, played part by part with lines read from a stream or in the
 * window. One file each: learn.c, learn_print.c, learn_play.c, learn_window.c; learn_part.h has what print and play
 * share.
 */
#ifndef VIZ_CLI_LEARN_H
#define VIZ_CLI_LEARN_H
#include "lessons/lesson_state.h"
#include "lessons/progress.h"
#include "lessons/student.h"
#include "viz/cli/terminal.h"
#include "viz/cli/verb.h"

enum { LEARN_CAPTURES_MAX = 32 };

/* Large: keep it off the stack. */
typedef struct LearnOpened {
    Arena arena;
    AskMemory memory;
    LessonFiles own_files;
    Lesson lesson;
    LessonCase opened;
    Capture captures[LEARN_CAPTURES_MAX];
} LearnOpened;

/* What has been learnt so far, and where that is kept: "" where nowhere. Returns what there is to say of it, "" for
 * nothing. */
const char *learn_load_progress(char *path, int path_bytes, Progress *progress, Arena *arena);
/* "done", "4 of 12"; "" where the lesson was never begun. */
const char *learn_standing(const Progress *progress, const char *id, Arena *arena);

/* A lesson by number, name or folder. What is open is closed by learn_close. */
bool learn_open(const char *name, LearnOpened *opened, Err *err);
void learn_close(LearnOpened *opened);

/* A program of one's own from a file ("-": standard input), checked, counted and printed. */
bool learn_run_program(const char *path, const Scenario *scenario, OutputFormat format, Err *err);
/* The same file for those who replay it; text and name live in arena and argv. */
bool learn_read_program(const char *path, const StudentText **program, Arena *arena, Err *err);
/* A few steps of a program exercise's answer from step `from` on, narrow enough for a terminal. */
void learn_print_steps(const LessonCase *c, const LessonPart *part, const char *answer, uint64_t from,
                       const Terminal *terminal);
/* What a bookmark's look asks for: a request byte by byte, or the numbers of the step's tile; nothing without one. */
void learn_print_look(const LessonPart *part, const LessonPlace *place, const Terminal *terminal);
/* A student's answer from a file or standard input; NULL on failure. */
char *learn_read_answer(const char *path, Arena *arena, Err *err);
/* Reads captures for the lesson's hardware blocks: the file given, or those beside the program (gpu/captures). */
bool learn_read_captures(LearnOpened *opened, const char *path, Err *err);

bool learn_print(const LearnOpened *opened, Terminal terminal, Err *err);       /* with answers, for reading */
bool learn_print_notes(const LearnOpened *opened, Terminal terminal, Err *err); /* the lecturer's, and the bookmarks */
bool learn_print_scenario(const LearnOpened *opened, Err *err);
/* Reads lines from in until the lesson or the input ends; progress is saved to path after every event ("": nowhere).
 * Where it cannot be saved, that is said once and the lesson goes on. */
bool learn_play(LearnOpened *opened, const char *path, Progress *progress, FILE *in, Terminal terminal, Err *err);
/* The same in the window, and on to the lessons after it. capture_path: as given, or NULL. ERR_HARDWARE where no window
 * can be opened. */
bool learn_play_window(LearnOpened *opened, const char *path, Progress *progress, const char *capture_path, Err *err);
/* The window on a scenario, where lessons can be begun from the list. Options as given, but for those of lessons. */
struct WindowOptions;
bool learn_show_window(const Scenario *scenario, const struct WindowOptions *options, Err *err);
#endif
