/* A file that appears whole or not at all.
 *
 * Bytes go to a temporary file in the same folder, which is renamed over the target at the end; on any
 * failure it is removed. A target that exists and is no regular file (a device, a pipe) is written to
 * directly, since renaming over /dev/stdout would replace the device.
 * From out_file_open on, SIGINT, SIGTERM and SIGHUP wait until the file is whole or gone, so that they leave nothing
 * half-written; who writes for long asks out_file_is_stopped and gives up.
 */
#ifndef VIZ_BACKENDS_OUT_FILE_H
#define VIZ_BACKENDS_OUT_FILE_H
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "sim/base/err.h"

typedef struct OutFile {
    FILE *stream;
    const char *path;    /* the caller's, until out_file_close or out_file_abandon */
    char temporary[512]; /* "" where path is written to directly */
    sigset_t signals;    /* blocked before out_file_open */
} OutFile;

bool out_file_open(OutFile *out, const char *path, Err *err);
/* Whether one of those signals is waiting: out_file_abandon lets it through. */
bool out_file_is_stopped(void);
/* Fails where out_file_open would, and leaves no trace: for verbs that write at the end of a long session. */
bool out_file_check(const char *path, Err *err);
/* Flushes, checks and renames; on failure nothing is left behind. */
bool out_file_close(OutFile *out, Err *err);
void out_file_abandon(OutFile *out);
#endif
