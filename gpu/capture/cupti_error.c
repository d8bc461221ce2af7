/* CUPTI's error codes in words: what is the matter and what helps. */
#include <stdio.h>
#include <string.h>

#include "gpu/capture/library.h"

/* Codes that mean "this machine's GPU cannot be profiled" are ERR_HARDWARE, the rest ERR_OTHER. Numbers: cupti_result.h
 * of 13.0. */
static const struct {
    int code;
    ErrCode status;
    const char *text;
} words[] = {
    {8, ERR_OTHER, "out of memory"},
    {15, ERR_OTHER,
     "CUPTI could not start: libnvperf_host.so is not beside libcupti, or the driver is older than r580, or a sandbox "
     "hides the driver"},
    {26, ERR_OTHER,
     "another profiler holds the counters (ncu, nsys, DCGM); end it, or pause DCGM with `dcgmi profile --pause`"},
    {33, ERR_HARDWARE, "this virtual GPU does not support profiling"},
    {35, ERR_OTHER,
     "this user may not read the counters; run as root or with CAP_SYS_ADMIN (container: --cap-add=SYS_ADMIN), or on "
     "the host set "
     "NVreg_RestrictProfilingToAdminUsers=0 for the nvidia module"},
    {38, ERR_HARDWARE, "this GPU is served by the legacy interface only"},
    {39, ERR_OTHER, "this program already runs under another profiler (ncu, nsys, compute-sanitizer)"},
    {40, ERR_OTHER, "the hypervisor does not let this virtual GPU be profiled; its administrator can"},
    {41, ERR_HARDWARE, "the GPU is in confidential-computing mode"},
    {42, ERR_HARDWARE, "this is a mining card (CMP)"},
    {43, ERR_HARDWARE, "this MIG instance cannot be profiled; only one that owns its whole GPU can"},
    {44, ERR_HARDWARE, "SLI is on"},
    {45, ERR_HARDWARE, "this WSL setup does not support profiling"},
    {46, ERR_HARDWARE, "this CUPTI does not know the chip"},
    {999, ERR_OTHER, "an internal error, as seen where a sandbox (gVisor) hides parts of the driver"},
};

/* What the kernel module says about restriction, where it can be read. */
static void append_restriction(char *text, size_t text_bytes) {
    FILE *in = fopen("/proc/driver/nvidia/params", "r");
    char line[128];
    while (in && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = 0;
        size_t used = strlen(text);
        if (strncmp(line, "RmProfilingAdminOnly", 20) == 0)
            snprintf(text + used, text_bytes - used, " (/proc/driver/nvidia/params: %s)", line);
    }
    if (in) fclose(in);
}

bool cupti_fail(const Cupti *cupti, const char *call, CUptiResult result, Err *err) {
    const char *name = NULL;
    if (cupti->cuptiGetResultString(result, &name) != CUPTI_SUCCESS || !name) name = "unknown result";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].code != (int)result) continue;
        err_set(err, words[i].status, "%s (%s: %s, %d)", words[i].text, call, name, (int)result);
        if (result == CUPTI_ERROR_INSUFFICIENT_PRIVILEGES) append_restriction(err->text, sizeof err->text);
        return false;
    }
    return err_set(err, ERR_OTHER, "%s: %s (%d)", call, name, (int)result);
}
