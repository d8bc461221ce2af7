/* Two captures of the same launches, metric by metric: CUPTI against ncu. Pure; allocates in the caller's arena. */
#ifndef SIM_COMPARE_PAIR_H
#define SIM_COMPARE_PAIR_H
#include "sim/capture.h"

typedef struct ComparePair {
    const CaptureRun *run;
    const char *kernel, *metric, *unit;
    double first, second; /* medians */
    double error;         /* second / first - 1; infinite where only the first is 0 */
} ComparePair;

typedef struct ComparePairSummary {
    const char *metric;
    int pair_count, equal_count, not_zero_count;
    double mean_error; /* of absolute values, infinite ones left out */
    const ComparePair *worst;
} ComparePairSummary;

typedef struct ComparePairs {
    ComparePair *pairs;
    int pair_count;
    int matched_run_count, unmatched_run_count; /* of the first's runs */
    ComparePairSummary *summaries;              /* by metric, in the order in which they come */
    int summary_count;
} ComparePairs;

/* Every metric that both have of a run of the same kernels, sizes and state of the L2. */
ComparePairs compare_pairs(const Capture *first, const Capture *second, Arena *arena);
#endif
