/* Points: every counter of every kernel that captures hold, beside what the model says of the same launch.
 *
 *     capture's run -> scenario (capture_scenario.h) -> count -> a point a kernel and counter, with its goal
 *
 * A goal belongs to a level, never to a case: l1 and l2 0.5 %, dram 5 % (10 % where all heads' S together has between
 * half and 1.1 of the L2: there conflicts and the order of blocks decide), time 15 %; `issued` has none. Runs of
 * kernels that the simulator does not have are counted with the reason, not hidden. Of drained runs only writes are
 * points, dirty bytes among them: the flush that drains the L2 reads. Allocates in the caller's arena only.
 */
#ifndef SIM_COMPARE_POINTS_H
#define SIM_COMPARE_POINTS_H
#include "sim/capture_scenario.h"
#include "sim/compare.h"

typedef struct ComparePoint {
    const Capture *capture;
    const CaptureRun *run;
    bool is_probe;
    const char *kernel;
    int counter;     /* CounterId or COMPARE_TIME */
    const char *key; /* of the counter */
    double model, hardware;
    double error; /* model / hardware - 1; infinite where hardware counted nothing and the model does not */
    double limit; /* 0.005, ...; 0: no goal */
} ComparePoint;

enum { COMPARE_REASONS_MAX = 16 };
typedef struct CompareReason {
    const char *text;
    int run_count;
} CompareReason;

typedef struct ComparePoints {
    ComparePoint *points;
    int point_count, run_count; /* runs that gave points */
    CompareReason reasons[COMPARE_REASONS_MAX];
    int reason_count; /* why other runs gave none */
} ComparePoints;

typedef struct CompareModel {
    L2Store store;
    const char *gpu; /* instead of the device's; NULL: none */
} CompareModel;

/* Adds a capture's points. Up to a second of counting a run. Fails where the capture's GPU is not known. */
bool compare_points_add(ComparePoints *points, const Capture *capture, CompareModel model, Arena *arena, Err *err);
bool compare_point_is_within(const ComparePoint *point);
/* "flash2 fp16, N = 1024, d = 64, 8 heads, causal, both passes, L2 cold"; a probe: "probe-read, 16 MiB, L2 warm". */
const char *compare_run_text(const CaptureRun *run, Arena *arena);

/* One counter over all points of attention. */
typedef struct CompareSummary {
    const char *key;
    int point_count, within_count;
    int not_zero_count; /* infinite errors: in no mean */
    double mean_error;  /* of absolute values */
    double limit_min, limit_max;
    const ComparePoint *worst;
} CompareSummary;
/* Counters that have points, in their order; at most COUNTER_COUNT + 1. */
int compare_points_summarise(const ComparePoints *points, CompareSummary *rows);

/* DRAM points on which the two store policies differ by more than the goal, 5 % of the hardware's reading: nearer
 * ones tell nothing. */
typedef struct ComparePolicyPoint {
    const ComparePoint *of[2]; /* by L2Store */
    L2Store nearer;
} ComparePolicyPoint;
/* home and near: the same captures, added in the same order under the two policies. */
ComparePolicyPoint *compare_policies(const ComparePoints *home, const ComparePoints *near, int *point_count,
                                     Arena *arena);
#endif
