/* What hbmscope-capture was asked for: its command line as a value. */
#ifndef GPU_CAPTURE_REQUEST_H
#define GPU_CAPTURE_REQUEST_H
#include "sim/capture.h"

enum { CAPTURE_REPEATS_MAX = 100 };

typedef struct CaptureRequest {
    const char *command;         /* "capture" or "counters" */
    const char *chip;            /* counters */
    const char *out;             /* capture: -o FILE */
    const char *kernels, *cupti; /* libraries, "" for the usual places */
    bool is_json, is_just_run;   /* just run: launch and check, read no counters (under ncu, compute-sanitizer) */
    int device, repeat_count;
    CaptureL2 l2[3];
    int l2_count;
    int version; /* of the kernels; 0: the one the simulator models */
    Scenario scenario;
} CaptureRequest;

bool request_parse(int argc, char **argv, CaptureRequest *request, Err *err);
#endif
