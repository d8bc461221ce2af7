/* The part of the CUDA runtime API that programs use around their kernels, on ordinary memory. For the twin.
 * Streams run at once and in order; events carry the CPU's clock, so elapsed times are the CPU's, not a GPU's. */
#ifndef HBM_TWIN_HOST_H
#define HBM_TWIN_HOST_H
#include "twin_launch.h"
#include <time.h>

typedef enum cudaError {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidSymbol = 13,
    cudaErrorInvalidDevicePointer = 17,
    cudaErrorInvalidMemcpyDirection = 21,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorMisalignedAddress = 716,
    cudaErrorLaunchFailure = 719,
    cudaErrorUnknown = 999
} cudaError_t;
enum cudaMemcpyKind {
    cudaMemcpyHostToHost,
    cudaMemcpyHostToDevice,
    cudaMemcpyDeviceToHost,
    cudaMemcpyDeviceToDevice,
    cudaMemcpyDefault
};
enum cudaFuncAttribute {
    cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
    cudaFuncAttributePreferredSharedMemoryCarveout = 9
};
enum cudaFuncCache {
    cudaFuncCachePreferNone,
    cudaFuncCachePreferShared,
    cudaFuncCachePreferL1,
    cudaFuncCachePreferEqual
};
enum cudaDeviceAttr {
    cudaDevAttrMaxThreadsPerBlock = 1,
    cudaDevAttrMaxSharedMemoryPerBlock = 8,
    cudaDevAttrWarpSize = 10,
    cudaDevAttrClockRate = 13,
    cudaDevAttrMemoryClockRate = 36,
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrL2CacheSize = 38,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76,
    cudaDevAttrMaxSharedMemoryPerBlockOptin = 97
};
enum {
    cudaMemAttachGlobal = 1,
    cudaMemAttachHost = 2,
    cudaHostAllocDefault = 0,
    cudaHostAllocMapped = 2,
    cudaStreamNonBlocking = 1,
    cudaEventDefault = 0,
    cudaEventBlockingSync = 1,
    cudaEventDisableTiming = 2,
    cudaCpuDeviceId = -1
};
struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem, sharedMemPerBlock, sharedMemPerBlockOptin, sharedMemPerMultiprocessor, totalConstMem;
    int regsPerBlock, warpSize, maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3], major, minor, multiProcessorCount;
    int l2CacheSize, maxThreadsPerMultiProcessor, memoryBusWidth, concurrentKernels, ECCEnabled, unifiedAddressing,
        managedMemory;
};
typedef struct HbmEvent {
    double ms;
} * cudaEvent_t;

#define HBM_API static inline __attribute__((unused)) cudaError_t
HBM_API hbm_set_error(cudaError_t error) {
    if (error) hbm_last_launch_error = error;
    return error;
}
HBM_API cudaPeekAtLastError() { return (cudaError_t)hbm_last_launch_error; }
HBM_API cudaGetLastError() {
    cudaError_t error = cudaPeekAtLastError();
    hbm_last_launch_error = twin_error(); /* an error of a kernel sticks, as on a GPU */
    return error;
}
static inline __attribute__((unused)) const char *cudaGetErrorName(cudaError_t error) {
    switch (error) {
#define HBM_NAME(e)                                                                                                    \
    case e: return #e;
        HBM_NAME(cudaSuccess)
        HBM_NAME(cudaErrorInvalidValue)
        HBM_NAME(cudaErrorMemoryAllocation)
        HBM_NAME(cudaErrorInvalidConfiguration)
        HBM_NAME(cudaErrorInvalidSymbol)
        HBM_NAME(cudaErrorInvalidDevicePointer)
        HBM_NAME(cudaErrorInvalidMemcpyDirection)
        HBM_NAME(cudaErrorNoDevice)
        HBM_NAME(cudaErrorInvalidDevice)
        HBM_NAME(cudaErrorNotReady)
        HBM_NAME(cudaErrorIllegalAddress)
        HBM_NAME(cudaErrorMisalignedAddress)
        HBM_NAME(cudaErrorLaunchFailure)
        HBM_NAME(cudaErrorUnknown)
    }
    return "unrecognized error code";
}
static inline __attribute__((unused)) const char *cudaGetErrorString(cudaError_t error) {
    switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorIllegalAddress: return "an illegal memory access was encountered";
    case cudaErrorMisalignedAddress: return "misaligned address";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    default: return cudaGetErrorName(error);
    }
}

HBM_API hbm_malloc(void **p, size_t bytes, const char *expression) {
    *p = twin_malloc(bytes, expression);
    return hbm_set_error(*p ? cudaSuccess : cudaErrorMemoryAllocation);
}
#define cudaMalloc(p, bytes) hbm_malloc((void **)(p), bytes, #p)
#define cudaMallocManaged(p, ...) hbm_malloc_managed((void **)(p), #p, __VA_ARGS__)
#define cudaMallocAsync(p, bytes, stream) hbm_malloc((void **)(p), bytes, #p)
HBM_API hbm_malloc_managed(void **p, const char *expression, size_t bytes, unsigned = cudaMemAttachGlobal) {
    return hbm_malloc(p, bytes, expression);
}
HBM_API cudaFree(void *p) { return hbm_set_error(!p || twin_free(p) ? cudaSuccess : cudaErrorInvalidValue); }
HBM_API cudaFreeAsync(void *p, cudaStream_t) { return cudaFree(p); }
HBM_API hbm_malloc_host(void **p, size_t bytes) {
    *p = malloc(bytes ? bytes : 1);
    return hbm_set_error(*p ? cudaSuccess : cudaErrorMemoryAllocation);
}
template <class T> HBM_API cudaMallocHost(T **p, size_t bytes, unsigned = 0) {
    return hbm_malloc_host((void **)p, bytes);
}
template <class T> HBM_API cudaHostAlloc(T **p, size_t bytes, unsigned) { return hbm_malloc_host((void **)p, bytes); }
HBM_API cudaFreeHost(void *p) { return free(p), cudaSuccess; }
HBM_API cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes) {
    return *free_bytes = *total_bytes = (size_t)16 << 30, cudaSuccess;
}

/* A side that must be the device's is checked to lie in one live piece of device memory. */
HBM_API cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind) {
    bool is_to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice ||
                        (kind == cudaMemcpyDefault && twin_is_device_address(to));
    bool is_from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice ||
                          (kind == cudaMemcpyDefault && twin_is_device_address(from));
    if ((is_to_device && bytes && !twin_is_device_span(to, bytes)) ||
        (is_from_device && bytes && !twin_is_device_span(from, bytes)))
        return hbm_set_error(cudaErrorInvalidValue);
    memmove(to, from, bytes);
    return (cudaError_t)twin_error();
}
HBM_API cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t = 0) {
    return cudaMemcpy(to, from, bytes, kind);
}
HBM_API cudaMemcpy2D(void *to, size_t to_pitch_bytes, const void *from, size_t from_pitch_bytes, size_t width_bytes,
                     size_t row_count, cudaMemcpyKind kind) {
    cudaError_t error = cudaSuccess;
    for (size_t row = 0; row < row_count && !error; row++)
        error = cudaMemcpy((char *)to + row * to_pitch_bytes, (const char *)from + row * from_pitch_bytes, width_bytes,
                           kind);
    return error;
}
HBM_API cudaMemset(void *p, int value, size_t bytes) {
    if (bytes && !twin_is_device_span(p, bytes)) return hbm_set_error(cudaErrorInvalidValue);
    memset(p, value, bytes);
    return cudaSuccess;
}
HBM_API cudaMemsetAsync(void *p, int value, size_t bytes, cudaStream_t = 0) { return cudaMemset(p, value, bytes); }
template <class T>
HBM_API cudaMemcpyToSymbol(T &symbol, const void *from, size_t bytes, size_t offset_bytes = 0,
                           cudaMemcpyKind = cudaMemcpyHostToDevice) {
    if (offset_bytes > sizeof symbol || bytes > sizeof symbol - offset_bytes)
        return hbm_set_error(cudaErrorInvalidValue);
    memcpy((char *)&symbol + offset_bytes, from, bytes);
    return cudaSuccess;
}
template <class T>
HBM_API cudaMemcpyFromSymbol(void *to, const T &symbol, size_t bytes, size_t offset_bytes = 0,
                             cudaMemcpyKind = cudaMemcpyDeviceToHost) {
    if (offset_bytes > sizeof symbol || bytes > sizeof symbol - offset_bytes)
        return hbm_set_error(cudaErrorInvalidValue);
    memcpy(to, (const char *)&symbol + offset_bytes, bytes);
    return cudaSuccess;
}
template <class T> HBM_API cudaGetSymbolAddress(void **p, T &symbol) { return *p = (void *)&symbol, cudaSuccess; }
HBM_API cudaMemPrefetchAsync(const void *, size_t, int, cudaStream_t = 0) { return cudaSuccess; }

HBM_API cudaDeviceSynchronize() { return (cudaError_t)twin_error(); }
HBM_API cudaDeviceReset() { return cudaSuccess; }
HBM_API cudaSetDevice(int device) { return hbm_set_error(device == 0 ? cudaSuccess : cudaErrorInvalidDevice); }
HBM_API cudaGetDevice(int *device) { return *device = 0, cudaSuccess; }
HBM_API cudaGetDeviceCount(int *count) { return *count = 1, cudaSuccess; }
HBM_API cudaDriverGetVersion(int *version) { return *version = CUDART_VERSION, cudaSuccess; }
HBM_API cudaRuntimeGetVersion(int *version) { return *version = CUDART_VERSION, cudaSuccess; }
/* Limits of compute capability 9.0 (references: CUDA C++ Programming Guide, compute capabilities). */
HBM_API cudaGetDeviceProperties(cudaDeviceProp *p, int) {
    *p = cudaDeviceProp{};
    snprintf(p->name, sizeof p->name, "hbmscope twin (CPU)");
    p->totalGlobalMem = (size_t)16 << 30;
    p->sharedMemPerBlock = 48 << 10, p->sharedMemPerBlockOptin = 227 << 10, p->sharedMemPerMultiprocessor = 228 << 10;
    p->totalConstMem = 64 << 10, p->regsPerBlock = 65536, p->warpSize = 32, p->maxThreadsPerBlock = 1024;
    p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024, p->maxThreadsDim[2] = 64;
    p->maxGridSize[0] = INT_MAX, p->maxGridSize[1] = p->maxGridSize[2] = 65535;
    p->major = 9, p->minor = 0, p->multiProcessorCount = 132, p->l2CacheSize = 50 << 20,
    p->maxThreadsPerMultiProcessor = 2048;
    p->unifiedAddressing = p->managedMemory = p->concurrentKernels = 1;
    return cudaSuccess;
}
HBM_API cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
    cudaDeviceProp p;
    cudaGetDeviceProperties(&p, 0);
    switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock: return *value = p.maxThreadsPerBlock, cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlock: return *value = (int)p.sharedMemPerBlock, cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: return *value = (int)p.sharedMemPerBlockOptin, cudaSuccess;
    case cudaDevAttrClockRate:
    case cudaDevAttrMemoryClockRate: return *value = 0, cudaSuccess;
    case cudaDevAttrWarpSize: return *value = p.warpSize, cudaSuccess;
    case cudaDevAttrMultiProcessorCount: return *value = p.multiProcessorCount, cudaSuccess;
    case cudaDevAttrL2CacheSize: return *value = p.l2CacheSize, cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor: return *value = p.major, cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor: return *value = p.minor, cudaSuccess;
    }
    return hbm_set_error(cudaErrorInvalidValue);
}
HBM_API cudaMallocPitch(void **p, size_t *pitch_bytes, size_t width_bytes, size_t row_count) {
    return *pitch_bytes = (width_bytes + 511) / 512 * 512, hbm_malloc(p, *pitch_bytes * row_count, "pitched");
}
template <class T> HBM_API cudaMallocPitch(T **p, size_t *pitch_bytes, size_t width_bytes, size_t row_count) {
    return cudaMallocPitch((void **)p, pitch_bytes, width_bytes, row_count);
}
template <class... Args> HBM_API cudaMemAdvise(Args...) { return cudaSuccess; }

/* Arguments by address, as many as the kernel has parameters. */
template <class... P, size_t... I>
static inline void hbm_launch_addresses(const char *name, void (*kernel)(P...), dim3 grid, dim3 block, void **values,
                                        size_t bytes, std::index_sequence<I...>) {
    hbm_launch(name, kernel, grid, block, bytes)(*static_cast<std::remove_reference_t<P> *>(values[I])...);
}
template <class... P>
HBM_API hbm_launch_kernel(const char *name, void (*kernel)(P...), dim3 grid, dim3 block, void **values,
                          size_t bytes = 0, cudaStream_t = 0) {
    hbm_launch_addresses(name, kernel, grid, block, values, bytes, std::index_sequence_for<P...>{});
    return cudaPeekAtLastError();
}
#define cudaLaunchKernel(kernel, ...) hbm_launch_kernel(#kernel, kernel, __VA_ARGS__)

/* Occupancy as if threads were its only limit: 2048 a multiprocessor. */
template <class F> HBM_API cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *count, F, int threads, size_t) {
    return *count = 2048 / (threads > 0 ? threads : 1), cudaSuccess;
}
template <class F> HBM_API cudaOccupancyMaxPotentialBlockSize(int *grid, int *block, F, size_t = 0, int limit = 0) {
    *block = limit > 0 && limit < 256 ? limit : 256;
    return *grid = 132 * 2048 / *block, cudaSuccess;
}
template <class F> HBM_API cudaFuncSetAttribute(F, cudaFuncAttribute, int) { return cudaSuccess; }
template <class F> HBM_API cudaFuncSetCacheConfig(F, cudaFuncCache) { return cudaSuccess; }

HBM_API cudaStreamCreate(cudaStream_t *stream) { return *stream = (cudaStream_t)1, cudaSuccess; }
HBM_API cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) { return cudaStreamCreate(stream); }
HBM_API cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
HBM_API cudaStreamSynchronize(cudaStream_t) { return cudaDeviceSynchronize(); }
HBM_API cudaEventCreate(cudaEvent_t *event) { return *event = new HbmEvent{0}, cudaSuccess; }
HBM_API cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) { return cudaEventCreate(event); }
HBM_API cudaEventDestroy(cudaEvent_t event) { return delete event, cudaSuccess; }
HBM_API cudaEventRecord(cudaEvent_t event, cudaStream_t = 0) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    event->ms = 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
    return cudaSuccess;
}
HBM_API cudaEventSynchronize(cudaEvent_t) { return cudaDeviceSynchronize(); }
HBM_API cudaEventQuery(cudaEvent_t) { return cudaSuccess; }
HBM_API cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned = 0) { return cudaSuccess; }
HBM_API cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to) {
    return *ms = (float)(to->ms - from->ms), cudaSuccess;
}
HBM_API cudaThreadSynchronize() { return cudaDeviceSynchronize(); }
template <class... Args> HBM_API cudaSetDeviceFlags(Args...) { return cudaSuccess; }
template <class... Args> HBM_API cudaDeviceSetLimit(Args...) { return cudaSuccess; }
template <class... Args> HBM_API cudaDeviceSetCacheConfig(Args...) { return cudaSuccess; }
template <class... Args> HBM_API cudaDeviceSetSharedMemConfig(Args...) { return cudaSuccess; }
enum cudaLimit { cudaLimitStackSize, cudaLimitPrintfFifoSize, cudaLimitMallocHeapSize };
enum cudaMemoryAdvise {
    cudaMemAdviseSetReadMostly = 1,
    cudaMemAdviseSetPreferredLocation = 3,
    cudaMemAdviseSetAccessedBy = 5
};
HBM_API cudaProfilerStart() { return cudaSuccess; }
HBM_API cudaProfilerStop() { return cudaSuccess; }
#endif
