/* One case after another on one GPU: see job.h. */
#include "gpu/capture/job.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gpu/kernels/cases.h"

static bool kernels_fail(const Job *job, Err *err) { return err_set(err, ERR_OTHER, "%s", job->kernels.gpu_error()); }

static bool open_counters(Job *job, const CaptureRequest *request, Err *err) {
    char chip[32];
    uint8_t *availability = NULL;
    job->gpu.cupti = &job->cupti;
    return library_open_cupti(&job->cupti, request->cupti, err) &&
           measure_open(&job->gpu, &job->driver, request->device, chip, sizeof chip, &availability, err) &&
           plan_build(&job->cupti, chip, availability, metric_table, metric_table_count, &job->plan, err);
}

bool job_open(Job *job, const CaptureRequest *request, const volatile sig_atomic_t *is_stopping, Err *err) {
    *job = (Job){.is_just_run = request->is_just_run, .is_stopping = is_stopping};
    job->gpu.kernels = &job->kernels;
    if (!library_open_driver(&job->driver, err) || !library_start_driver(&job->driver, &job->driver_version, err) ||
        !library_open_kernels(&job->kernels, request->kernels, err))
        return false;
    job->probes = library_probes(&job->kernels);
    if (!job->kernels.gpu_open(request->device, &job->info)) return kernels_fail(job, err);
    return job->is_just_run || open_counters(job, request, err);
}

/* Provenance. */

static void write_number(FILE *out, const char *key, unsigned long long value) {
    char text[32];
    snprintf(text, sizeof text, "%llu", value);
    capture_write_key(out, key, text);
}

static void write_driver_text(FILE *out) {
    FILE *in = fopen("/proc/driver/nvidia/version", "r");
    char line[256];
    if (in && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = 0;
        capture_write_key(out, "driver_text", line);
    }
    if (in) fclose(in);
}

void job_write_provenance(const Job *job, FILE *out) {
    char date[32];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    capture_write_start(out);
    capture_write_key(out, "source", job->is_just_run ? "launches" : "cupti");
    capture_write_key(out, "program", "hbmscope-capture");
    capture_write_key(out, "date", date);
    capture_write_key(out, "device", job->info.name);
    capture_write_key(out, "chip", job->plan.chip);
    write_number(out, "compute_capability", (unsigned long long)job->info.compute_capability);
    write_number(out, "sm_count", (unsigned long long)job->info.sm_count);
    write_number(out, "l2_bytes", job->info.l2_bytes);
    write_number(out, "memory_bytes", job->info.memory_bytes);
    write_number(out, "clock_max_khz", (unsigned long long)job->info.clock_khz);
    write_number(out, "memory_clock_max_khz", (unsigned long long)job->info.memory_clock_khz);
    write_number(out, "driver", (unsigned long long)job->driver_version);
    write_number(out, "runtime", (unsigned long long)job->info.runtime_version);
    if (!job->is_just_run) {
        uint32_t cupti_version = 0;
        job->cupti.cuptiGetVersion(&cupti_version);
        write_number(out, "cupti", cupti_version);
    }
    write_driver_text(out);
}

/* Measuring. */

static bool capture_group(Job *job, const MetricGroup *group, int kernel, CaptureL2 l2, int repeat_count, FILE *out,
                          Err *err) {
    double values[METRICS_MAX][CAPTURE_REPEATS_MAX];
    for (int repeat = 0; repeat < repeat_count; repeat++) {
        double once[METRICS_MAX];
        if (*job->is_stopping) return err_set(err, ERR_OTHER, "it was stopped from outside");
        if (!measure_kernel(&job->gpu, &job->plan, group, kernel, l2, once, err)) return false;
        job->measured_count++;
        for (int m = 0; m < group->metric_count; m++) values[m][repeat] = once[m];
    }
    for (int m = 0; m < group->metric_count; m++)
        capture_write_metric(out, group->names[m], group->units[m], values[m], repeat_count);
    return true;
}

static bool write_event_time(const Job *job, int kernel, int repeat_count, FILE *out, Err *err) {
    double ms[CAPTURE_REPEATS_MAX];
    if (!job->kernels.gpu_time(kernel, repeat_count, ms)) return kernels_fail(job, err);
    for (int i = 0; i < repeat_count; i++) ms[i] *= 1e6;
    capture_write_metric(out, "event_time", "ns", ms, repeat_count);
    return true;
}

static bool capture_kernel(Job *job, int kernel, CaptureL2 l2, int repeat_count, FILE *out, Err *err) {
    capture_write_kernel(out, job->gpu.kernels->gpu_kernel_name(kernel));
    bool is_probe = job->gpu.kernels == &job->probes;
    if (!is_probe && !write_event_time(job, kernel, repeat_count, out, err)) return false;
    for (int g = 0; g < job->plan.group_count; g++) /* a group of several passes would need replay: left out */
        if (job->plan.groups[g].pass_count == 1 &&
            !capture_group(job, &job->plan.groups[g], kernel, l2, repeat_count, out, err))
            return false;
    return true;
}

static void write_launches(const Job *job, FILE *out) {
    for (int kernel = 0; kernel < job->gpu.kernels->gpu_kernel_count(); kernel++)
        capture_write_kernel(out, job->gpu.kernels->gpu_kernel_name(kernel));
}

static bool capture_states(Job *job, const CaptureCase *c, CaptureRun run, FILE *out, Err *err) {
    for (int i = 0; i < c->l2_count; i++) {
        run.l2 = c->l2[i];
        capture_write_run(out, &run);
        for (int kernel = 0; kernel < job->gpu.kernels->gpu_kernel_count(); kernel++)
            if (!capture_kernel(job, kernel, run.l2, c->repeat_count, out, err)) return false;
    }
    return true;
}

/* What was prepared and verified: measured, or only written down. */
static bool finish_case(Job *job, const CaptureCase *c, CaptureRun run, FILE *out, Err *err) {
    if (!job->is_just_run) return capture_states(job, c, run, out, err);
    if (*c->probe)
        printf("%s of %llu bytes: all of them touched\n", run.algorithm, (unsigned long long)run.probe_bytes);
    else
        printf("%s seq %llu head-dim %llu %s: error %.2g against float64\n", run.algorithm,
               (unsigned long long)run.query_rows, (unsigned long long)run.head_dim_elems, run.dtype,
               run.relative_error);
    if (!out) return true;
    capture_write_run(out, &run);
    write_launches(job, out);
    return true;
}

static bool run_attention(Job *job, const CaptureCase *c, int algorithm, FILE *out, Err *err) {
    GpuCase g;
    double error = -1, limit;
    if (!case_from_scenario(&c->scenario, algorithm, c->version, &g, err)) return false;
    if (!job->kernels.gpu_prepare(&g) || !job->kernels.gpu_verify(&error)) return kernels_fail(job, err);
    limit = strcmp(g.dtype, "fp32") == 0 ? 1e-4 : 1e-2; /* fp16 rounds P and O: 2^-11 each */
    if (!(error < limit))
        return err_set(err, ERR_OTHER, "%s computes something wrong: error %g against float64 (at most %g)",
                       g.algorithm, error, limit);
    job->gpu.kernels = &job->kernels;
    return finish_case(job, c, case_run(&g, CAPTURE_L2_COLD, error), out, err);
}

static bool run_probe(Job *job, const CaptureCase *c, FILE *out, Err *err) {
    char algorithm[48];
    double error = -1;
    if (!job->kernels.probe_prepare(c->probe, c->probe_bytes) || !job->kernels.probe_verify(&error))
        return kernels_fail(job, err);
    if (!(error == 0)) return err_set(err, ERR_OTHER, "probe %s does not touch all of its bytes", c->probe);
    snprintf(algorithm, sizeof algorithm, "probe-%s", c->probe);
    job->gpu.kernels = &job->probes;
    return finish_case(
        job, c, (CaptureRun){.algorithm = algorithm, .probe_bytes = c->probe_bytes, .relative_error = error}, out, err);
}

bool job_run_case(Job *job, const CaptureCase *c, FILE *out, Err *err) {
    if (*c->probe) return run_probe(job, c, out, err);
    for (int a = 0; a < c->scenario.algorithm_count; a++)
        if (!run_attention(job, c, a, out, err)) return false;
    return true;
}
