/* Opening driver, CUPTI and kernels: see library.h. */
#include "gpu/capture/library.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cuCtxGetCurrent may be a macro for a versioned name: the symbol is what it expands to. */
#define TEXT_OF(x) #x
#define EXPANDED_TEXT(x) TEXT_OF(x)

static bool find_symbol(void *library, const char *what, const char *name, void *pointer, Err *err) {
    void *symbol = dlsym(library, name);
    if (!symbol)
        return err_set(err, ERR_OTHER,
                       "%s has no function %s: it is older or newer than this program needs (CUPTI API %d)", what, name,
                       CUPTI_API_VERSION);
    memcpy(pointer, &symbol, sizeof symbol); /* ISO C has no cast from an object to a function pointer */
    return true;
}
#define FIND(f)                                                                                                        \
    if (!find_symbol(library, what, EXPANDED_TEXT(f), &table->f, err)) return false;

bool library_open_driver(Driver *table, Err *err) {
    static const char what[] = "the driver (libcuda.so.1)";
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (!library)
        return err_set(err, ERR_HARDWARE,
                       "no NVIDIA driver on this machine (libcuda.so.1 cannot be opened): counters can only be read "
                       "where a GPU is");
    DRIVER_FUNCTIONS(FIND)
    return true;
}

/* libcupti opens libnvperf_host.so by its bare name and finds it only if it is open already or on the search path:
 * the one beside it is opened first. */
static void *open_cupti(const char *path) {
    char beside[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash &&
        snprintf(beside, sizeof beside, "%.*s/libnvperf_host.so", (int)(slash - path), path) < (int)sizeof beside)
        dlopen(beside, RTLD_NOW | RTLD_GLOBAL);
    return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
}

bool library_open_cupti(Cupti *table, const char *path, Err *err) {
    static const char what[] = "CUPTI (libcupti.so.13)";
    const char *places[] = {path, "libcupti.so.13", "/usr/local/cuda/lib64/libcupti.so.13",
                            "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so.13"};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof places / sizeof *places; i++)
        if (*places[i]) library = open_cupti(places[i]);
    if (!library)
        return err_set(err, ERR_OTHER,
                       "CUPTI 13 (libcupti.so.13) was not found; name the file with --cupti FILE or its folder in "
                       "LD_LIBRARY_PATH");
    CUPTI_HOST_FUNCTIONS(FIND)
    CUPTI_TARGET_FUNCTIONS(FIND)
    return true;
}

bool library_open_kernels(Kernels *table, const char *path, Err *err) {
    static const char what[] = "libhbmscope-gpu.so";
    char self[PATH_MAX] = "", beside[PATH_MAX + 32];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) self[length] = 0;
    char *slash = strrchr(self, '/');
    snprintf(beside, sizeof beside, "%.*s/libhbmscope-gpu.so", slash ? (int)(slash - self) : 1, slash ? self : ".");
    const char *name = *path ? path : beside;
    void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
    if (!library)
        return err_set(err, ERR_OTHER,
                       "the CUDA kernels (%s) cannot be opened; `make gpu` builds them where nvcc is: %s", name,
                       dlerror());
    KERNEL_FUNCTIONS(FIND)
    PROBE_FUNCTIONS(FIND)
    return true;
}

Kernels library_probes(const Kernels *kernels) {
    Kernels probes = *kernels;
    probes.gpu_kernel_count = kernels->probe_kernel_count;
    probes.gpu_kernel_name = kernels->probe_kernel_name;
    probes.gpu_launch = kernels->probe_launch;
    probes.gpu_verify = kernels->probe_verify;
    return probes;
}

bool library_start_driver(const Driver *driver, int *driver_version, Err *err) {
    CUresult result = driver->cuInit(0);
    if (result == CUDA_ERROR_STUB_LIBRARY)
        return err_set(err, ERR_HARDWARE,
                       "the libcuda.so.1 found is the toolkit's stub for linking, not a driver: take .../stubs out of "
                       "LD_LIBRARY_PATH");
    if (result != CUDA_SUCCESS) {
        const char *name = "?", *text = "?";
        driver->cuGetErrorName(result, &name);
        driver->cuGetErrorString(result, &text);
        return err_set(err, ERR_HARDWARE, "the driver is here but no GPU can be used: %s (%s)", name, text);
    }
    int device_count = 0;
    driver->cuDriverGetVersion(driver_version);
    if (driver->cuDeviceGetCount(&device_count) != CUDA_SUCCESS || device_count == 0)
        return err_set(err, ERR_HARDWARE, "the driver sees no GPU");
    if (*driver_version < 13000)
        return err_set(err, ERR_HARDWARE, "the driver is for CUDA %d.%d; CUPTI 13 needs one for 13.0 or later (r580)",
                       *driver_version / 1000, *driver_version % 1000 / 10);
    return true;
}
