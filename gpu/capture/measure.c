/* One measurement: see measure.h. Calls are in the order that CUPTI asks for:
 * enable, size of the data, empty data, configuration, [L2 state], start, launch, stop, decode, evaluate, disable. */
#include "gpu/capture/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool kernels_fail(const Gpu *gpu, const char *doing, Err *err) {
    return err_set(err, ERR_OTHER, "%s: %s", doing, gpu->kernels->gpu_error());
}

static bool check_support(const Gpu *gpu, const Driver *driver, int device, Err *err) {
    CUdevice handle;
    if (driver->cuDeviceGet(&handle, device) != CUDA_SUCCESS)
        return err_set(err, ERR_HARDWARE, "there is no device %d", device);
    CUPTI_PARAMS(CUpti_Profiler_DeviceSupported_Params, p);
    p.cuDevice = handle;
    p.api = CUPTI_PROFILER_RANGE_PROFILING;
    CUPTI_CHECK(gpu->cupti, cuptiProfilerDeviceSupported, &p);
    const CUpti_Profiler_Support_Level ok = CUPTI_PROFILER_CONFIGURATION_SUPPORTED;
    if (p.isSupported == ok) return true;
    return err_set(err, ERR_HARDWARE, "CUPTI's range profiler cannot serve this device:%s%s%s%s%s%s",
                   p.architecture != ok ? " its architecture (before 7.5);" : "", p.sli != ok ? " SLI is on;" : "",
                   p.vGpu == CUPTI_PROFILER_CONFIGURATION_DISABLED ? " a vGPU whose hypervisor forbids it;"
                   : p.vGpu != ok                                  ? " a vGPU;"
                                                                   : "",
                   p.confidentialCompute != ok ? " confidential computing is on;" : "",
                   p.cmp != ok ? " a mining card;" : "", p.wsl != ok ? " WSL;" : "");
}

bool measure_open(Gpu *gpu, const Driver *driver, int device, char *chip, size_t chip_bytes, uint8_t **availability,
                  Err *err) {
    if (driver->cuCtxGetCurrent(&gpu->context) != CUDA_SUCCESS || !gpu->context)
        return err_set(err, ERR_OTHER, "the kernels opened no CUDA context");
    CUPTI_PARAMS(CUpti_Profiler_Initialize_Params, start);
    CUPTI_CHECK(gpu->cupti, cuptiProfilerInitialize, &start);
    if (!check_support(gpu, driver, device, err)) return false;
    CUPTI_PARAMS(CUpti_Device_GetChipName_Params, name);
    name.deviceIndex = (size_t)device;
    CUPTI_CHECK(gpu->cupti, cuptiDeviceGetChipName, &name);
    snprintf(chip, chip_bytes, "%s", name.pChipName);
    CUPTI_PARAMS(CUpti_Profiler_GetCounterAvailability_Params, can);
    can.ctx = gpu->context;
    CUPTI_CHECK(gpu->cupti, cuptiProfilerGetCounterAvailability, &can);
    uint8_t *image = calloc(1, can.counterAvailabilityImageSize ? can.counterAvailabilityImageSize : 1);
    if (!image) return err_no_memory(err, "the image of the counters");
    can.pCounterAvailabilityImage = image;
    CUptiResult result = gpu->cupti->cuptiProfilerGetCounterAvailability(&can);
    if (result != CUPTI_SUCCESS) {
        free(image);
        return cupti_fail(gpu->cupti, "cuptiProfilerGetCounterAvailability", result, err);
    }
    *availability = image;
    return true;
}

enum { RANGES_MAX = 8 };

static bool configure(const Gpu *gpu, CUpti_RangeProfiler_Object *profiler, const MetricGroup *group, bool is_drained,
                      uint8_t *data, size_t data_bytes, Err *err) {
    CUPTI_PARAMS(CUpti_RangeProfiler_CounterDataImage_Initialize_Params, empty);
    empty.pRangeProfilerObject = profiler;
    empty.counterDataSize = data_bytes;
    empty.pCounterData = data;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerCounterDataImageInitialize, &empty);
    CUPTI_PARAMS(CUpti_RangeProfiler_SetConfig_Params, config);
    config.pRangeProfilerObject = profiler;
    config.pConfig = group->config;
    config.configSize = group->config_bytes;
    config.pCounterDataImage = data;
    config.counterDataImageSize = data_bytes;
    /* Drained: our own range around the kernel and the flush behind it, which only user replay allows. */
    config.range = is_drained ? CUPTI_UserRange : CUPTI_AutoRange;
    config.replayMode = is_drained ? CUPTI_UserReplay : CUPTI_KernelReplay;
    config.maxRangesPerPass = RANGES_MAX;
    config.numNestingLevels = config.minNestingLevel = config.targetNestingLevel = 1;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerSetConfig, &config);
    return true;
}

/* The L2 before the launch. Warm: the whole case ran, the kernel's own predecessor last, so that the L2 holds what that
 * one left. */
static bool set_l2(const Gpu *gpu, int kernel, CaptureL2 l2, Err *err) {
    const Kernels *k = gpu->kernels;
    int count = k->gpu_kernel_count();
    if (l2 != CAPTURE_L2_WARM) return k->gpu_flush_l2() || kernels_fail(gpu, "flushing the L2", err);
    for (int i = 0; i < count; i++)
        if (!k->gpu_launch((kernel + i) % count)) return kernels_fail(gpu, "warming the L2", err);
    return k->gpu_synchronize() || kernels_fail(gpu, "warming the L2", err);
}

static bool launch(const Gpu *gpu, CUpti_RangeProfiler_Object *profiler, int kernel, CaptureL2 l2, Err *err) {
    const Kernels *k = gpu->kernels;
    bool is_drained = l2 == CAPTURE_L2_DRAINED;
    if (!set_l2(gpu, kernel, l2, err)) return false;
    CUPTI_PARAMS(CUpti_RangeProfiler_Start_Params, start);
    start.pRangeProfilerObject = profiler;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerStart, &start);
    if (is_drained) {
        CUPTI_PARAMS(CUpti_RangeProfiler_PushRange_Params, push);
        push.pRangeProfilerObject = profiler;
        push.pRangeName = "drained";
        CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerPushRange, &push);
    }
    if (!k->gpu_launch(kernel) || !k->gpu_synchronize()) return kernels_fail(gpu, k->gpu_kernel_name(kernel), err);
    if (is_drained) {
        if (!k->gpu_flush_l2()) return kernels_fail(gpu, "draining the L2", err);
        CUPTI_PARAMS(CUpti_RangeProfiler_PopRange_Params, pop);
        pop.pRangeProfilerObject = profiler;
        CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerPopRange, &pop);
    }
    CUPTI_PARAMS(CUpti_RangeProfiler_Stop_Params, stop);
    stop.pRangeProfilerObject = profiler;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerStop, &stop);
    return true;
}

static bool evaluate(const Gpu *gpu, const Plan *plan, CUpti_RangeProfiler_Object *profiler, const MetricGroup *group,
                     uint8_t *data, size_t data_bytes, double *values, Err *err) {
    CUPTI_PARAMS(CUpti_RangeProfiler_DecodeData_Params, decode);
    decode.pRangeProfilerObject = profiler;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerDecodeData, &decode);
    CUPTI_PARAMS(CUpti_RangeProfiler_GetCounterDataInfo_Params, info);
    info.pCounterDataImage = data;
    info.counterDataImageSize = data_bytes;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerGetCounterDataInfo, &info);
    if (decode.numOfRangeDropped || info.numTotalRanges != 1)
        return err_set(err, ERR_OTHER, "CUPTI recorded %zu ranges and dropped %zu where one launch was measured",
                       info.numTotalRanges, decode.numOfRangeDropped);
    CUpti_Profiler_Host_Object *host;
    if (!plan_open_host(gpu->cupti, plan, &host, err)) return false;
    CUPTI_PARAMS(CUpti_Profiler_Host_EvaluateToGpuValues_Params, p);
    p.pHostObject = host;
    p.pCounterDataImage = data;
    p.counterDataImageSize = data_bytes;
    p.ppMetricNames = (const char **)group->names;
    p.numMetrics = (size_t)group->metric_count;
    p.pMetricValues = values;
    CUPTI_CHECK(gpu->cupti, cuptiProfilerHostEvaluateToGpuValues, &p);
    if (!plan_close_host(gpu->cupti, host, err)) return false;
    for (int i = 0; i < group->metric_count; i++)
        if (!isfinite(values[i]) || values[i] < 0)
            return err_set(err, ERR_OTHER, "CUPTI gave %g for %s", values[i], group->names[i]);
    return true;
}

bool measure_kernel(const Gpu *gpu, const Plan *plan, const MetricGroup *group, int kernel, CaptureL2 l2,
                    double *values, Err *err) {
    CUPTI_PARAMS(CUpti_RangeProfiler_Enable_Params, enable);
    enable.ctx = gpu->context;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerEnable, &enable);
    CUpti_RangeProfiler_Object *profiler = enable.pRangeProfilerObject;
    CUPTI_PARAMS(CUpti_RangeProfiler_GetCounterDataSize_Params, size);
    size.pRangeProfilerObject = profiler;
    size.pMetricNames = (const char **)group->names;
    size.numMetrics = (size_t)group->metric_count;
    size.maxNumOfRanges = size.maxNumRangeTreeNodes = RANGES_MAX;
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerGetCounterDataSize, &size);
    uint8_t *data = calloc(1, size.counterDataSize ? size.counterDataSize : 1);
    if (!data) return err_no_memory(err, "the counters' values");
    bool is_ok = configure(gpu, profiler, group, l2 == CAPTURE_L2_DRAINED, data, size.counterDataSize, err) &&
                 launch(gpu, profiler, kernel, l2, err) &&
                 evaluate(gpu, plan, profiler, group, data, size.counterDataSize, values, err);
    free(data);
    CUPTI_PARAMS(CUpti_RangeProfiler_Disable_Params, disable);
    disable.pRangeProfilerObject = profiler;
    if (!is_ok) return false; /* the process ends; CUPTI's state ends with it */
    CUPTI_CHECK(gpu->cupti, cuptiRangeProfilerDisable, &disable);
    return true;
}
