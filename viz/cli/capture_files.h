/* Captures by a path: one file, or every *.txt of a folder in the order of their names. */
#ifndef VIZ_CLI_CAPTURE_FILES_H
#define VIZ_CLI_CAPTURE_FILES_H
#include "sim/capture.h"

enum { CAPTURE_FILES_MAX = 64 };

typedef struct CaptureFiles {
    Capture *captures;
    int count;
} CaptureFiles;

/* Fails where a file cannot be read or is no capture; a folder without one gives none. */
bool capture_files_read(const char *path, CaptureFiles *files, Arena *arena, Err *err);
/* "cupti", ...: `source` of a capture. */
bool capture_files_is(const Capture *capture, const char *source);
#endif
