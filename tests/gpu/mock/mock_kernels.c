/* Stands in for libhbmscope-gpu.so: three kernels that do nothing. MOCK_KERNELS=wrong makes results wrong, =launch
 * fails a launch, =say tells on stderr what is launched and when the L2 is flushed, =slow takes a fifth of a second to
 * check a case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gpu/kernels/attention.h"
#include "gpu/kernels/probe.h"

static int is(const char *word) {
    const char *said = getenv("MOCK_KERNELS");
    return said && strcmp(said, word) == 0;
}
const char *gpu_error(void) { return "the mock's error"; }
bool gpu_open(int device, GpuInfo *info) {
    *info = (GpuInfo){
        .name = "Mock GPU", .device_count = 1, .compute_capability = 90, .sm_count = 132, .l2_bytes = 50 << 20};
    return device == 0;
}
bool gpu_prepare(const GpuCase *c) { return c->query_rows > 0; }
int gpu_kernel_count(void) { return 3; }
const char *gpu_kernel_name(int kernel) { return (const char *const[]){"S = QK^T", "softmax", "O = PV"}[kernel]; }
const char *gpu_tensor_name(const char *array) { return array; }
bool gpu_launch(int kernel) {
    if (is("say")) fprintf(stderr, "mock: launch %d\n", kernel);
    return kernel >= 0 && !is("launch");
}
bool gpu_synchronize(void) { return true; }
bool gpu_flush_l2(void) {
    if (is("say")) fprintf(stderr, "mock: flush\n");
    return true;
}
bool gpu_verify(double *relative_error) {
    if (is("slow")) usleep(200000);
    return *relative_error = is("wrong") ? 0.5 : 1e-7, true;
}
bool gpu_time(int kernel, int repeat_count, double *ms) {
    for (int i = 0; i < repeat_count; i++) ms[i] = 0.5 + kernel + i;
    return true;
}

bool probe_prepare(const char *name, uint64_t bytes) { return *name && bytes % PROBE_BLOCK_BYTES == 0; }
int probe_kernel_count(void) { return 2; }
const char *probe_kernel_name(int kernel) { return kernel ? "read" : "store"; }
bool probe_launch(int kernel) { return kernel >= 0; }
bool probe_verify(double *error) { return *error = is("wrong"), true; }
