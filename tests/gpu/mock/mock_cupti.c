/* Stands in for the half of CUPTI that needs a GPU; the host half is the real library's (REAL_CUPTI).
 *
 * MOCK_FAIL=cuptiRangeProfilerEnable:35 makes that call return 35; MOCK_SAY tells where a measurement starts. The order
 * of calls and the fields that can be checked are: a call out of order returns CUPTI_ERROR_INVALID_PARAMETER and says
 * so. Values are 1000 x the length of a metric's name, plus the launches so far. Chip: GH100.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/capture/library.h"

static void *real(const char *name) {
    static void *library;
    if (!library) library = dlopen(getenv("REAL_CUPTI"), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "mock: %s\n", dlerror());
        abort();
    }
    return dlsym(library, name);
}

static int injected(const char *call) {
    const char *said = getenv("MOCK_FAIL");
    size_t length = strlen(call);
    return said && strncmp(said, call, length) == 0 && said[length] == ':' ? atoi(said + length + 1) : 0;
}
#define INJECT                                                                                                         \
    do {                                                                                                               \
        int code_ = injected(__func__);                                                                                \
        if (code_) return (CUptiResult)code_;                                                                          \
    } while (0)
#define REFUSE_IF(condition)                                                                                           \
    do {                                                                                                               \
        if (condition) {                                                                                               \
            fprintf(stderr, "mock: %s: %s\n", __func__, #condition);                                                   \
            return CUPTI_ERROR_INVALID_PARAMETER;                                                                      \
        }                                                                                                              \
    } while (0)
#define FORWARD(f, T)                                                                                                  \
    CUptiResult f(T *p) {                                                                                              \
        INJECT;                                                                                                        \
        CUptiResult (*call)(T *);                                                                                      \
        void *symbol = real(#f);                                                                                       \
        memcpy(&call, &symbol, sizeof call);                                                                           \
        return call(p);                                                                                                \
    }

CUptiResult cuptiGetVersion(uint32_t *version) { return *version = CUPTI_API_VERSION, CUPTI_SUCCESS; }
CUptiResult cuptiGetResultString(CUptiResult result, const char **text) {
    CUptiResult (*call)(CUptiResult, const char **);
    void *symbol = real("cuptiGetResultString");
    memcpy(&call, &symbol, sizeof call);
    return call(result, text);
}
FORWARD(cuptiProfilerHostDeinitialize, CUpti_Profiler_Host_Deinitialize_Params)
FORWARD(cuptiProfilerHostConfigAddMetrics, CUpti_Profiler_Host_ConfigAddMetrics_Params)
FORWARD(cuptiProfilerHostGetConfigImageSize, CUpti_Profiler_Host_GetConfigImageSize_Params)
FORWARD(cuptiProfilerHostGetConfigImage, CUpti_Profiler_Host_GetConfigImage_Params)
FORWARD(cuptiProfilerHostGetNumOfPasses, CUpti_Profiler_Host_GetNumOfPasses_Params)

/* The mock's availability image means nothing to the real library: it is left out. */
CUptiResult cuptiProfilerHostInitialize(CUpti_Profiler_Host_Initialize_Params *p) {
    INJECT;
    CUptiResult (*call)(CUpti_Profiler_Host_Initialize_Params *);
    void *symbol = real("cuptiProfilerHostInitialize");
    memcpy(&call, &symbol, sizeof call);
    CUpti_Profiler_Host_Initialize_Params copy = *p;
    copy.pCounterAvailabilityImage = NULL;
    CUptiResult result = call(&copy);
    p->pHostObject = copy.pHostObject;
    return result;
}

static int is_enabled, is_configured, is_started, is_decoded, pushed_count, range_kind, launch_count;

CUptiResult cuptiProfilerInitialize(CUpti_Profiler_Initialize_Params *p) {
    (void)p;
    INJECT;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerDeInitialize(CUpti_Profiler_DeInitialize_Params *p) {
    (void)p;
    INJECT;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerDeviceSupported(CUpti_Profiler_DeviceSupported_Params *p) {
    INJECT;
    REFUSE_IF(p->structSize != CUpti_Profiler_DeviceSupported_Params_STRUCT_SIZE ||
              p->api != CUPTI_PROFILER_RANGE_PROFILING);
    p->isSupported = p->architecture = p->sli = p->vGpu = p->confidentialCompute = p->cmp = p->wsl =
        CUPTI_PROFILER_CONFIGURATION_SUPPORTED;
    const char *said = getenv("MOCK_SUPPORT");
    if (!said) return CUPTI_SUCCESS;
    p->isSupported = CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED;
    if (strcmp(said, "vgpu") == 0) p->vGpu = CUPTI_PROFILER_CONFIGURATION_DISABLED;
    if (strcmp(said, "old") == 0) p->architecture = CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiDeviceGetChipName(CUpti_Device_GetChipName_Params *p) {
    INJECT;
    return p->pChipName = "GH100", CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerGetCounterAvailability(CUpti_Profiler_GetCounterAvailability_Params *p) {
    INJECT;
    REFUSE_IF(!p->ctx);
    return p->counterAvailabilityImageSize = 64, CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerEnable(CUpti_RangeProfiler_Enable_Params *p) {
    INJECT;
    REFUSE_IF(is_enabled || !p->ctx);
    is_enabled = 1;
    p->pRangeProfilerObject = (CUpti_RangeProfiler_Object *)(void *)0x2000;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerDisable(CUpti_RangeProfiler_Disable_Params *p) {
    INJECT;
    REFUSE_IF(!is_enabled || is_started || !p->pRangeProfilerObject);
    is_enabled = is_configured = is_decoded = 0;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerGetCounterDataSize(CUpti_RangeProfiler_GetCounterDataSize_Params *p) {
    INJECT;
    REFUSE_IF(!is_enabled || p->maxNumRangeTreeNodes < p->maxNumOfRanges || !p->numMetrics);
    return p->counterDataSize = 4096, CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerCounterDataImageInitialize(CUpti_RangeProfiler_CounterDataImage_Initialize_Params *p) {
    INJECT;
    REFUSE_IF(!is_enabled || p->counterDataSize != 4096);
    memset(p->pCounterData, 0x5a, 4096);
    return CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerSetConfig(CUpti_RangeProfiler_SetConfig_Params *p) {
    INJECT;
    REFUSE_IF(!is_enabled || p->pCounterDataImage[0] != 0x5a || !p->configSize);
    REFUSE_IF(p->numNestingLevels != 1 || p->minNestingLevel != 1 || p->targetNestingLevel != 1 || p->passIndex != 0);
    REFUSE_IF(p->range == CUPTI_UserRange && p->replayMode == CUPTI_KernelReplay);
    is_configured = 1;
    range_kind = (int)p->range;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerStart(CUpti_RangeProfiler_Start_Params *p) {
    (void)p;
    INJECT;
    REFUSE_IF(!is_configured || is_started);
    is_started = 1;
    launch_count++;
    if (getenv("MOCK_SAY")) fprintf(stderr, "mock: start\n");
    return CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerStop(CUpti_RangeProfiler_Stop_Params *p) {
    INJECT;
    REFUSE_IF(!is_started || pushed_count);
    is_started = 0;
    return p->isAllPassSubmitted = 1, CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerPushRange(CUpti_RangeProfiler_PushRange_Params *p) {
    INJECT;
    REFUSE_IF(!is_started || range_kind != CUPTI_UserRange || !p->pRangeName);
    pushed_count++;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerPopRange(CUpti_RangeProfiler_PopRange_Params *p) {
    (void)p;
    INJECT;
    REFUSE_IF(!pushed_count);
    pushed_count--;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerDecodeData(CUpti_RangeProfiler_DecodeData_Params *p) {
    INJECT;
    REFUSE_IF(is_started);
    is_decoded = 1;
    return p->numOfRangeDropped = 0, CUPTI_SUCCESS;
}
CUptiResult cuptiRangeProfilerGetCounterDataInfo(CUpti_RangeProfiler_GetCounterDataInfo_Params *p) {
    INJECT;
    REFUSE_IF(!is_decoded);
    return p->numTotalRanges = getenv("MOCK_RANGES") ? 2 : 1, CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerHostEvaluateToGpuValues(CUpti_Profiler_Host_EvaluateToGpuValues_Params *p) {
    INJECT;
    REFUSE_IF(!is_decoded);
    for (size_t i = 0; i < p->numMetrics; i++)
        p->pMetricValues[i] = 1000.0 * (double)strlen(p->ppMetricNames[i]) + launch_count;
    if (getenv("MOCK_NAN")) p->pMetricValues[0] = 0.0 / 0.0;
    return CUPTI_SUCCESS;
}
