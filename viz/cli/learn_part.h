/* A lesson's head and its parts as a terminal shows them, whether the lesson is played or printed whole.
 *
 * In: a lesson opened, a part of it. Out: lines on terminal->out. A question is put, not answered; where a number
 * cannot be asked, the sentence that says why stands in its place, so that nothing here fails.
 */
#ifndef VIZ_CLI_LEARN_PART_H
#define VIZ_CLI_LEARN_PART_H
#include "lessons/lesson_case.h"
#include "viz/cli/terminal.h"

enum { LEARN_INDENT = 2 }; /* columns before what is not prose */

/* Title, question, how long it takes. */
void learn_show_head(const Lesson *lesson, const Terminal *terminal);
/* Nothing for notes, checks and quiz questions. */
void learn_show_part(const LessonCase *c, const LessonPart *part, const Terminal *terminal);
/* A text with its numbers filled in, or itself with the reason why not behind it. */
const char *learn_text(const LessonCase *c, const char *text, Arena *arena);
#endif
