/* The job: GPU, driver, kernels and CUPTI opened once, then one case after another. */
#ifndef GPU_CAPTURE_JOB_H
#define GPU_CAPTURE_JOB_H
#include <signal.h>

#include "gpu/capture/measure.h"
#include "gpu/capture/request.h"

typedef struct Job {
    bool is_just_run;
    Driver driver;
    Kernels kernels, probes;
    Cupti cupti;
    Gpu gpu;
    GpuInfo info;
    Plan plan;
    int driver_version;
    unsigned long long measured_count;        /* launches under the profiler so far */
    const volatile sig_atomic_t *is_stopping; /* set from outside: give up at the next launch */
} Job;

/* The GPU and, unless they are only run, the counters. Fails with the status that the program ends with. */
bool job_open(Job *job, const CaptureRequest *request, const volatile sig_atomic_t *is_stopping, Err *err);
/* The file's first lines: where and with what. */
void job_write_provenance(const Job *job, FILE *out);
/* Runs one case, checks its results and writes its runs. Just run: one run a case, whose kernels have no metrics but
 * stand in the order in which they were launched; a line goes to stdout. `out` may be NULL then. */
bool job_run_case(Job *job, const CaptureCase *c, FILE *out, Err *err);
#endif
