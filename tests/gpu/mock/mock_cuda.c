/* Stands in for libcuda.so.1 in tests: one device, or what MOCK_CUDA says (none, stub, empty, old). */
#include <cuda.h>
#include <stdlib.h>
#include <string.h>

static int is(const char *word) {
    const char *said = getenv("MOCK_CUDA");
    return said && strcmp(said, word) == 0;
}
CUresult cuInit(unsigned flags) {
    return (void)flags, is("none") ? CUDA_ERROR_NO_DEVICE : is("stub") ? CUDA_ERROR_STUB_LIBRARY : CUDA_SUCCESS;
}
CUresult cuDriverGetVersion(int *version) { return *version = is("old") ? 12040 : 13000, CUDA_SUCCESS; }
CUresult cuDeviceGetCount(int *count) { return *count = is("empty") ? 0 : 1, CUDA_SUCCESS; }
CUresult cuDeviceGet(CUdevice *device, int index) { return *device = index, CUDA_SUCCESS; }
CUresult cuCtxGetCurrent(CUcontext *context) { return *context = (CUcontext)(void *)0x1000, CUDA_SUCCESS; }
CUresult cuGetErrorName(CUresult error, const char **name) {
    return *name = error == CUDA_ERROR_NO_DEVICE ? "CUDA_ERROR_NO_DEVICE" : "?", CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult error, const char **text) {
    return (void)error, *text = "no CUDA-capable device is detected", CUDA_SUCCESS;
}
