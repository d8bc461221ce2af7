/* The plan: metrics sorted into groups of one pass each, on the host, without a GPU.
 *
 * A group is measured in launches of its own, so nothing is replayed and every launch meets the L2 that it should
 * (kernel replay would restore memory but not the cache). First fit in the order of the list; metrics from instrumented
 * code (_sass_) never share a pass with hardware counters, which the planner finds out by itself. Owns its images;
 * plan_free gives them back.
 */
#ifndef GPU_CAPTURE_PLAN_H
#define GPU_CAPTURE_PLAN_H
#include "gpu/capture/library.h"
#include "gpu/capture/metrics.h"

typedef struct MetricGroup {
    const char *names[METRICS_MAX];
    const char *units[METRICS_MAX];
    int metric_count;
    size_t pass_count;
    uint8_t *config;
    size_t config_bytes;
} MetricGroup;

typedef struct Plan {
    char chip[32];
    uint8_t *availability; /* what this GPU can count; NULL on a host without one */
    MetricGroup groups[METRICS_MAX];
    int group_count;
    const char *absent[METRICS_MAX]; /* metrics that the chip does not have */
    int absent_count;
} Plan;

/* chip as GH100; availability may be NULL and becomes the plan's. Fails where the chip lacks a metric that every chip
 * needs. */
bool plan_build(const Cupti *cupti, const char *chip, uint8_t *availability, const MetricInfo *metrics,
                int metric_count, Plan *plan, Err *err);
void plan_free(Plan *plan);
/* A host object of the plan's chip, for plan.c and measure.c. */
bool plan_open_host(const Cupti *cupti, const Plan *plan, CUpti_Profiler_Host_Object **host, Err *err);
bool plan_close_host(const Cupti *cupti, CUpti_Profiler_Host_Object *host, Err *err);
#endif
