/* Grouping metrics into passes: see plan.h. */
#include "gpu/capture/plan.h"

#include <stdio.h>
#include <stdlib.h>

bool plan_open_host(const Cupti *cupti, const Plan *plan, CUpti_Profiler_Host_Object **host, Err *err) {
    CUPTI_PARAMS(CUpti_Profiler_Host_Initialize_Params, p);
    p.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
    p.pChipName = plan->chip;
    p.pCounterAvailabilityImage = plan->availability;
    CUptiResult result = cupti->cuptiProfilerHostInitialize(&p);
    if (result == CUPTI_ERROR_INVALID_CHIP_NAME)
        return err_set(
            err, ERR_OTHER,
            "CUPTI knows no chip %s; names are the chip's own, such as GH100 (H100, H200), GA100, AD102, GB100",
            plan->chip);
    if (result != CUPTI_SUCCESS) return cupti_fail(cupti, "cuptiProfilerHostInitialize", result, err);
    *host = p.pHostObject;
    return true;
}
bool plan_close_host(const Cupti *cupti, CUpti_Profiler_Host_Object *host, Err *err) {
    CUPTI_PARAMS(CUpti_Profiler_Host_Deinitialize_Params, p);
    p.pHostObject = host;
    CUPTI_CHECK(cupti, cuptiProfilerHostDeinitialize, &p);
    return true;
}

static bool make_image(const Cupti *cupti, CUpti_Profiler_Host_Object *host, MetricGroup *group, Err *err) {
    CUPTI_PARAMS(CUpti_Profiler_Host_GetConfigImageSize_Params, size);
    size.pHostObject = host;
    CUPTI_CHECK(cupti, cuptiProfilerHostGetConfigImageSize, &size);
    group->config_bytes = size.configImageSize;
    group->config = calloc(1, group->config_bytes ? group->config_bytes : 1);
    if (!group->config) return err_no_memory(err, "a group of counters");
    CUPTI_PARAMS(CUpti_Profiler_Host_GetConfigImage_Params, image);
    image.pHostObject = host;
    image.configImageSize = group->config_bytes;
    image.pConfigImage = group->config;
    CUPTI_CHECK(cupti, cuptiProfilerHostGetConfigImage, &image);
    CUPTI_PARAMS(CUpti_Profiler_Host_GetNumOfPasses_Params, passes);
    passes.configImageSize = group->config_bytes;
    passes.pConfigImage = group->config;
    CUPTI_CHECK(cupti, cuptiProfilerHostGetNumOfPasses, &passes);
    group->pass_count = passes.numOfPasses;
    return true;
}

/* Fills config and pass_count; *is_known false where CUPTI refuses a name. */
static bool configure(const Cupti *cupti, const Plan *plan, MetricGroup *group, bool *is_known, Err *err) {
    CUpti_Profiler_Host_Object *host;
    if (!plan_open_host(cupti, plan, &host, err)) return false;
    CUPTI_PARAMS(CUpti_Profiler_Host_ConfigAddMetrics_Params, add);
    add.pHostObject = host;
    add.ppMetricNames = group->names;
    add.numMetrics = (size_t)group->metric_count;
    CUptiResult result = cupti->cuptiProfilerHostConfigAddMetrics(&add);
    *is_known = result == CUPTI_SUCCESS;
    bool is_refused = result == CUPTI_ERROR_INVALID_PARAMETER || result == CUPTI_ERROR_INVALID_METRIC_NAME;
    bool is_ok = *is_known ? make_image(cupti, host, group, err)
                           : is_refused || cupti_fail(cupti, "cuptiProfilerHostConfigAddMetrics", result, err);
    return plan_close_host(cupti, host, is_ok ? err : NULL) && is_ok;
}

/* Tries to put one more metric into a group; the group is replaced only if one pass still does. */
static bool try_join(const Cupti *cupti, const Plan *plan, MetricGroup *group, const MetricInfo *metric,
                     bool *has_joined, Err *err) {
    MetricGroup larger = *group;
    bool is_known;
    larger.config = NULL;
    larger.names[larger.metric_count] = metric->name;
    larger.units[larger.metric_count++] = metric->unit;
    *has_joined = false;
    if (!configure(cupti, plan, &larger, &is_known, err)) return free(larger.config), false;
    *has_joined = is_known && larger.pass_count == 1;
    free(*has_joined ? group->config : larger.config);
    if (*has_joined) *group = larger;
    return true;
}

static bool place(const Cupti *cupti, Plan *plan, const MetricInfo *metric, Err *err) {
    MetricGroup alone = {.names = {metric->name}, .units = {metric->unit}, .metric_count = 1};
    bool is_known, has_joined = false;
    if (!configure(cupti, plan, &alone, &is_known, err)) return free(alone.config), false;
    if (!is_known) {
        plan->absent[plan->absent_count++] = metric->name;
        return !metric->is_needed || err_set(err, ERR_OTHER, "%s has no counter %s", plan->chip, metric->name);
    }
    for (int g = 0; g < plan->group_count && alone.pass_count == 1 && !has_joined; g++)
        if (plan->groups[g].pass_count == 1 && !try_join(cupti, plan, &plan->groups[g], metric, &has_joined, err))
            return free(alone.config), false;
    if (has_joined)
        free(alone.config);
    else
        plan->groups[plan->group_count++] = alone;
    return true;
}

bool plan_build(const Cupti *cupti, const char *chip, uint8_t *availability, const MetricInfo *metrics,
                int metric_count, Plan *plan, Err *err) {
    *plan = (Plan){.availability = availability};
    snprintf(plan->chip, sizeof plan->chip, "%s", chip);
    for (int i = 0; i < metric_count; i++) {
        if (place(cupti, plan, &metrics[i], err)) continue;
        plan_free(plan);
        return false;
    }
    return true;
}

void plan_free(Plan *plan) {
    for (int g = 0; g < plan->group_count; g++) free(plan->groups[g].config);
    free(plan->availability);
    *plan = (Plan){0};
}
