/* A lesson in a terminal: printed whole, or played part by part with lines read from a stream. */
#ifndef VIZ_CLI_LEARN_H
#define VIZ_CLI_LEARN_H
#include "lessons/lesson_state.h"
#include "lessons/progress.h"
#include "viz/cli/terminal.h"

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

/* Reads captures for the lesson's hardware blocks: the file given, or those beside the program (gpu/captures). */
bool learn_read_captures(LearnOpened *opened, const char *path, Err *err);

bool learn_print(const LearnOpened *opened, Terminal terminal, Err *err);       /* with answers, for reading */
bool learn_print_notes(const LearnOpened *opened, Terminal terminal, Err *err); /* the lecturer's, and the bookmarks */
bool learn_print_scenario(const LearnOpened *opened, Err *err);
/* Reads lines from in until the lesson or the input ends; progress is saved to path after every event ("": nowhere).
 * Where it cannot be saved, that is said once and the lesson goes on. */
bool learn_play(LearnOpened *opened, const char *path, Progress *progress, FILE *in, Terminal terminal, Err *err);
#endif
