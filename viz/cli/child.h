/* Helper programs that lie beside hbmscope: they bring what the main program must not link (CUDA, g++'s twin). */
#ifndef VIZ_CLI_CHILD_H
#define VIZ_CLI_CHILD_H
#include "sim/base/err.h"

/* Becomes the helper, argv[1..] handed on: its output and exit status are ours. Returns only on failure, with `code`
 * and a sentence that ends in `why_missing` where the helper is not there. */
bool child_become(const char *name, const char *const *argv, ErrCode code, const char *why_missing, Err *err);
/* Runs the helper with stdout into a text (at most max_bytes; caller frees) and waits. Where it fails, its own sentence
 * on stderr is the error's. */
bool child_read(const char *name, const char *const *argv, unsigned long max_bytes, char **text, Err *err);
#endif
