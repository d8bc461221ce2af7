/* A file that appears whole or not at all: written as FILE.PID.new and renamed. */
#ifndef GPU_CAPTURE_OUT_FILE_H
#define GPU_CAPTURE_OUT_FILE_H
#include <stdio.h>

#include "sim/base/err.h"

/* Writes what goes into the file; false (with *err) leaves none. */
typedef bool OutFileWrite(void *context, FILE *out, Err *err);
bool out_file_write(const char *path, OutFileWrite *write, void *context, Err *err);
#endif
