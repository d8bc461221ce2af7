/* One of our fenced blocks in lesson.md: `key = value` lines into a LessonPart. The keys are described in lesson.h.
 *
 *     ```predict size            lesson_block_kind tells the kind, lesson_part_make begins the part
 *     ask = How many bytes ...?  lesson_block_line, line by line
 *       and in which unit?       (two spaces: the value goes on)
 *     ```                        lesson_block_end: the last key, and whether all is there that the kind needs
 *
 * Which lines are a block's is lesson.c's to say. Texts live in the arena. Fails with a sentence that names file, line
 * and value: a key that the kind does not have, a value out of bounds, something missing.
 */
#ifndef LESSONS_LESSON_BLOCK_H
#define LESSONS_LESSON_BLOCK_H
#include "lessons/lesson.h"

typedef struct LessonBlock {
    const LessonFiles *files; /* an exercise's start, solution and wrong are among them */
    const char *file_name;    /* for messages */
    Lesson *lesson;           /* the head's keys go there */
    Arena *arena;
    Err *err;
    LessonPart part;   /* being read; kind PROSE: the head, ```lesson */
    char *key, *value; /* of the last line, to be continued; key NULL: none */
    int key_line;
} LessonBlock;

/* The kind of a fence's word, PROSE for "lesson"; false: a fence that is plain Markdown. */
bool lesson_block_kind(const char *word, LessonPartKind *kind);
/* Notes and checks are text as it stands, without keys. */
bool lesson_block_is_text(LessonPartKind kind);
/* A part with nothing in it yet: texts "", five percent of tolerance. */
LessonPart lesson_part_make(LessonPartKind kind, const char *name, int line);
/* line is written to. */
bool lesson_block_line(LessonBlock *block, char *line, int line_number);
bool lesson_block_end(LessonBlock *block);

/* "FILE:LINE: WHAT 'VALUE'" into err, without the quotes where value is ""; false. */
bool lesson_block_fail(LessonBlock *block, int line, const char *what, const char *value);
#endif
