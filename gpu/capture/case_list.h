/* What hbmscope-capture runs: one case from its command line, or a list from a file, a line each.
 *
 *     # algorithm, sizes and so on are a scenario's keys; version, repeat and l2-state are ours
 *     algorithm=standard version=2 seq=1024 head-dim=64 heads=1 batch=1 dtype=fp32 gpu=h100 l2-state=cold,warm repeat=3
 *     probe=read bytes=64M l2-state=cold repeat=5        a kernel of probe.h instead of attention
 *
 * Allocates in the caller's arena only.
 */
#ifndef GPU_CAPTURE_CASE_LIST_H
#define GPU_CAPTURE_CASE_LIST_H
#include "sim/capture.h"

enum { CAPTURE_REPEATS_MAX = 100, CASE_LIST_MAX = 1024 };

typedef struct CaptureCase {
    const char *text; /* its line, to be named by; "" from the command line */
    Scenario scenario;
    int version; /* of the kernels; 0: the one the simulator models */
    int repeat_count;
    CaptureL2 l2[3];
    int l2_count;
    const char *probe; /* "" for attention */
    uint64_t probe_bytes;
} CaptureCase;

CaptureCase case_default(void);
/* One option: ours, or a scenario's. `value` must stay where it is. */
bool case_set(CaptureCase *c, const char *key, const char *value, Err *err);
/* All lines of a file; errors name the line. */
bool case_list_read(const char *path, CaptureCase **cases, int *case_count, Arena *arena, Err *err);
#endif
