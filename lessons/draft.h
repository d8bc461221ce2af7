/* Drafts: programs half written, a file each, beside the file of progress.
 *
 *     DIRECTORY OF PROGRESS/draft-05-softmax-in-pieces-mend-it
 *
 * Saved as progress is: a temporary file, renamed. Reads and writes files; everything else is the caller's.
 */
#ifndef LESSONS_DRAFT_H
#define LESSONS_DRAFT_H
#include <stdbool.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

enum { DRAFT_MAX_BYTES = 8192 };

/* The folder must be there (progress_save makes it). */
bool draft_save(const char *progress_path, const char *lesson, const char *exercise, const char *text, Err *err);
/* NULL where there is none, or none that can be read. */
const char *draft_load(const char *progress_path, const char *lesson, const char *exercise, Arena *arena);
/* All of them; a draft that cannot be removed is the error. */
bool draft_remove_all(const char *progress_path, Err *err);
#endif
