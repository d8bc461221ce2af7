/* A whole text file in memory: read at once, refused where it is not text or longer than text of its kind is. */
#ifndef SIM_BASE_TEXT_FILE_H
#define SIM_BASE_TEXT_FILE_H
#include <stddef.h>
#include <stdio.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

/* Its text in arena, or NULL: with ERR_OTHER where it cannot be read, with bad_code where it has more than max_bytes
 * (whole KiB) or a zero byte. */
char *text_file_read(const char *path, size_t max_bytes, ErrCode bad_code, Arena *arena, Err *err);
/* The same of an open file, to its end; name is for messages. */
char *text_file_read_stream(FILE *in, const char *name, size_t max_bytes, ErrCode bad_code, Arena *arena, Err *err);
#endif
