/* The driver, CUPTI and our kernels, opened at run time: nothing of CUDA is linked, so the program starts anywhere and
 * says what is missing. Functions are reached through tables of pointers that have the headers' types. */
#ifndef GPU_CAPTURE_LIBRARY_H
#define GPU_CAPTURE_LIBRARY_H
#include <cuda.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_range_profiler.h>
#include <cupti_result.h>
#include <cupti_target.h>
#include <cupti_version.h>

#include "gpu/kernels/attention.h"
#include "gpu/kernels/probe.h"
#include "sim/base/err.h"

/* The half of CUPTI that needs neither GPU nor driver, and the half that does. */
#define CUPTI_HOST_FUNCTIONS(F)                                                                                        \
    F(cuptiGetVersion)                                                                                                 \
    F(cuptiGetResultString)                                                                                            \
    F(cuptiProfilerHostInitialize)                                                                                     \
    F(cuptiProfilerHostDeinitialize)                                                                                   \
    F(cuptiProfilerHostConfigAddMetrics)                                                                               \
    F(cuptiProfilerHostGetConfigImageSize)                                                                             \
    F(cuptiProfilerHostGetConfigImage)                                                                                 \
    F(cuptiProfilerHostGetNumOfPasses)                                                                                 \
    F(cuptiProfilerHostEvaluateToGpuValues)
#define CUPTI_TARGET_FUNCTIONS(F)                                                                                      \
    F(cuptiProfilerInitialize)                                                                                         \
    F(cuptiProfilerDeInitialize)                                                                                       \
    F(cuptiProfilerDeviceSupported)                                                                                    \
    F(cuptiDeviceGetChipName)                                                                                          \
    F(cuptiProfilerGetCounterAvailability)                                                                             \
    F(cuptiRangeProfilerEnable)                                                                                        \
    F(cuptiRangeProfilerDisable)                                                                                       \
    F(cuptiRangeProfilerGetCounterDataSize)                                                                            \
    F(cuptiRangeProfilerCounterDataImageInitialize)                                                                    \
    F(cuptiRangeProfilerSetConfig)                                                                                     \
    F(cuptiRangeProfilerStart)                                                                                         \
    F(cuptiRangeProfilerStop)                                                                                          \
    F(cuptiRangeProfilerPushRange)                                                                                     \
    F(cuptiRangeProfilerPopRange)                                                                                      \
    F(cuptiRangeProfilerDecodeData)                                                                                    \
    F(cuptiRangeProfilerGetCounterDataInfo)
#define DRIVER_FUNCTIONS(F)                                                                                            \
    F(cuInit)                                                                                                          \
    F(cuDriverGetVersion)                                                                                              \
    F(cuDeviceGetCount)                                                                                                \
    F(cuDeviceGet)                                                                                                     \
    F(cuCtxGetCurrent)                                                                                                 \
    F(cuGetErrorName)                                                                                                  \
    F(cuGetErrorString)
#define KERNEL_FUNCTIONS(F)                                                                                            \
    F(gpu_error)                                                                                                       \
    F(gpu_open)                                                                                                        \
    F(gpu_prepare)                                                                                                     \
    F(gpu_kernel_count)                                                                                                \
    F(gpu_kernel_name)                                                                                                 \
    F(gpu_launch)                                                                                                      \
    F(gpu_synchronize)                                                                                                 \
    F(gpu_flush_l2)                                                                                                    \
    F(gpu_verify)                                                                                                      \
    F(gpu_time)
#define PROBE_FUNCTIONS(F)                                                                                             \
    F(probe_prepare)                                                                                                   \
    F(probe_kernel_count)                                                                                              \
    F(probe_kernel_name)                                                                                               \
    F(probe_launch)                                                                                                    \
    F(probe_verify)

#define LIBRARY_MEMBER(f) __typeof__(&f) f;
typedef struct Cupti {
    CUPTI_HOST_FUNCTIONS(LIBRARY_MEMBER) CUPTI_TARGET_FUNCTIONS(LIBRARY_MEMBER)
} Cupti;
typedef struct Driver {
    DRIVER_FUNCTIONS(LIBRARY_MEMBER)
} Driver;
typedef struct Kernels {
    KERNEL_FUNCTIONS(LIBRARY_MEMBER) PROBE_FUNCTIONS(LIBRARY_MEMBER)
} Kernels;

/* path: "" looks in the usual places. A missing driver is ERR_HARDWARE, the others ERR_OTHER. */
bool library_open_driver(Driver *driver, Err *err);
bool library_open_cupti(Cupti *cupti, const char *path, Err *err);
bool library_open_kernels(Kernels *kernels, const char *path, Err *err);
/* The same library with the probes in the place of attention's kernels, for whatever launches and measures. */
Kernels library_probes(const Kernels *kernels);
/* cuInit, at least one device; *driver_version as 13000. */
bool library_start_driver(const Driver *driver, int *driver_version, Err *err);

/* Fills *err with a call's CUPTI error in words and returns false. */
bool cupti_fail(const Cupti *cupti, const char *call, CUptiResult result, Err *err);
/* A call with its parameter struct; the error names the call. */
#define CUPTI_CHECK(cupti, f, params)                                                                                  \
    do {                                                                                                               \
        CUptiResult result_ = (cupti)->f(params);                                                                      \
        if (result_ != CUPTI_SUCCESS) return cupti_fail((cupti), #f, result_, err);                                    \
    } while (0)
/* A zeroed parameter struct with its size set, as every call wants it. */
#define CUPTI_PARAMS(T, name)                                                                                          \
    T name = {0};                                                                                                      \
    name.structSize = T##_STRUCT_SIZE
#endif
