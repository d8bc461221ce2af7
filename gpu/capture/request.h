/* What hbmscope-capture was asked for: its command line as a value. */
#ifndef GPU_CAPTURE_REQUEST_H
#define GPU_CAPTURE_REQUEST_H
#include "gpu/capture/case_list.h"

typedef struct CaptureRequest {
    const char *command;         /* "capture", "counters", "ncu" or "resolve" */
    const char *chip;            /* counters */
    const char *out;             /* capture, ncu: -o FILE */
    const char *kernels, *cupti; /* libraries, "" for the usual places */
    const char *csv, *launches;  /* ncu: what it printed, and what was launched under it */
    bool is_json, is_just_run;   /* just run: launch and check, read no counters (under ncu, compute-sanitizer) */
    int device;
    CaptureCase *cases;
    int case_count;
    bool is_list;       /* from a file: what fails is named, and the others go on */
    double seconds_max; /* no case is begun after it; 0: no limit */
} CaptureRequest;

/* Cases are in the arena, texts in argv or the arena. */
bool request_parse(int argc, char **argv, CaptureRequest *request, Arena *arena, Err *err);
#endif
