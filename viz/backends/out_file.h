/* A file that appears whole or not at all.
 *
 * Bytes go to a temporary file in the same folder, which is renamed over the target at the end; on any
 * failure it is removed. A target that exists and is no regular file (a device, a pipe) is written to
 * directly, since renaming over /dev/stdout would replace the device.
 */
#ifndef VIZ_BACKENDS_OUT_FILE_H
#define VIZ_BACKENDS_OUT_FILE_H
#include <stdbool.h>
#include <stdio.h>

#include "sim/base/err.h"

typedef struct OutFile {
    FILE *stream;
    const char *path;    /* the caller's, until out_file_close or out_file_abandon */
    char temporary[512]; /* "" where path is written to directly */
} OutFile;

bool out_file_open(OutFile *out, const char *path, Err *err);
/* Flushes, checks and renames; on failure nothing is left behind. */
bool out_file_close(OutFile *out, Err *err);
void out_file_abandon(OutFile *out);
#endif
