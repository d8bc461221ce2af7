/* Text files of `key = value` lines: scenarios and machines.
 *
 * `#` starts a comment, at a line's start or after a blank. Keys are letters, digits, `-`, `_` and `.`.
 * Spaces around key and value do not count. Limits (64 KiB a file, KEY_FILE_VALUE_BYTES a value) keep a
 * wrong file, such as a picture, from being read on and on.
 */
#ifndef SIM_BASE_KEY_FILE_H
#define SIM_BASE_KEY_FILE_H
#include <stdbool.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

enum { KEY_FILE_MAX_BYTES = 64 * 1024, KEY_FILE_KEY_BYTES = 64, KEY_FILE_VALUE_BYTES = 256 };

typedef struct KeyFile {
    const char *name; /* for messages */
    const char *at;   /* the next line */
    int line_number;  /* of the line last read, from 1 */
    char key[KEY_FILE_KEY_BYTES], value[KEY_FILE_VALUE_BYTES];
} KeyFile;

/* The whole file as text in arena. Fails where it cannot be read, is too long or holds a zero byte. */
bool key_file_load(const char *path, char **text, Arena *arena, Err *err);
/* Reads the next `key = value` into file->key and file->value. False at the end (*is_end) and on an error. */
bool key_file_next(KeyFile *file, bool *is_end, Err *err);
/* Puts "name:line: " in front of err's text; returns false. */
bool key_file_fail(const KeyFile *file, Err *err);
#endif
