/* hbmscope-capture: runs our CUDA kernels under CUPTI and writes what the counters said (sim/capture.h).
 *
 *     hbmscope-capture capture -o FILE --scenario TEXT [--l2-state cold,warm,drained] [--repeat N] [--device I]
 * [--version V] hbmscope-capture capture --just-run --scenario TEXT     launch and check only: to run under ncu or
 * compute-sanitizer hbmscope-capture counters --chip GH100 [--json]         no GPU: do the counters exist, and how do
 * they fit into passes
 *
 * `hbmscope capture` and `hbmscope counters --chip` start it. Exit 3 where there is no GPU that can be read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gpu/capture/measure.h"
#include "gpu/capture/request.h"
#include "gpu/kernels/cases.h"

/* ---- counters ---- */

static void print_plan_text(const Plan *plan) {
    for (int g = 0; g < plan->group_count; g++) {
        const MetricGroup *group = &plan->groups[g];
        printf("pass group %d: %d counters in %zu pass%s\n", g + 1, group->metric_count, group->pass_count,
               group->pass_count == 1 ? "" : "es");
        for (int i = 0; i < group->metric_count; i++) printf("  %-66s %s\n", group->names[i], group->units[i]);
    }
    for (int i = 0; i < plan->absent_count; i++) printf("not on this chip: %s\n", plan->absent[i]);
    printf("%s: %d counters in %d groups; each group is a launch of its own\n", plan->chip,
           metric_table_count - plan->absent_count, plan->group_count);
}

static void print_plan_json(const Plan *plan, uint32_t cupti_version) {
    printf("{\"format\": \"hbmscope.chip_counters/1\", \"chip\": \"%s\", \"cupti\": %u, \"groups\": [", plan->chip,
           cupti_version);
    for (int g = 0; g < plan->group_count; g++) {
        printf("%s\n  {\"passes\": %zu, \"counters\": [", g ? "," : "", plan->groups[g].pass_count);
        for (int i = 0; i < plan->groups[g].metric_count; i++)
            printf("%s\n    {\"name\": \"%s\", \"unit\": \"%s\"}", i ? "," : "", plan->groups[g].names[i],
                   plan->groups[g].units[i]);
        printf("]}");
    }
    printf("], \"absent\": [");
    for (int i = 0; i < plan->absent_count; i++) printf("%s\"%s\"", i ? ", " : "", plan->absent[i]);
    printf("]}\n");
}

static bool run_counters(const CaptureRequest *request, Err *err) {
    static Plan plan; /* large */
    Cupti cupti;
    uint32_t version = 0;
    if (!library_open_cupti(&cupti, request->cupti, err)) return false;
    cupti.cuptiGetVersion(&version);
    if (!plan_build(&cupti, request->chip, NULL, metric_table, metric_table_count, &plan, err)) return false;
    if (request->is_json)
        print_plan_json(&plan, version);
    else
        print_plan_text(&plan);
    plan_free(&plan);
    return fflush(stdout) == 0 || err_set(err, ERR_OTHER, "cannot write the result: %s", strerror(errno));
}

/* ---- capture ---- */

typedef struct CaptureJob {
    const CaptureRequest *request;
    Driver driver;
    Kernels kernels;
    Cupti cupti;
    Gpu gpu;
    GpuInfo info;
    Plan plan;
    int driver_version;
    FILE *out;
} CaptureJob;

static bool kernels_fail(const CaptureJob *s, Err *err) {
    return err_set(err, ERR_OTHER, "%s", s->kernels.gpu_error());
}

static bool open_gpu(CaptureJob *s, Err *err) {
    const CaptureRequest *r = s->request;
    return library_open_driver(&s->driver, err) && library_start_driver(&s->driver, &s->driver_version, err) &&
           library_open_kernels(&s->kernels, r->kernels, err) &&
           (s->kernels.gpu_open(r->device, &s->info) || kernels_fail(s, err));
}

static bool open_counters(CaptureJob *s, Err *err) {
    char chip[32];
    uint8_t *availability = NULL;
    s->gpu = (Gpu){.cupti = &s->cupti, .kernels = &s->kernels};
    return library_open_cupti(&s->cupti, s->request->cupti, err) &&
           measure_open(&s->gpu, &s->driver, s->request->device, chip, sizeof chip, &availability, err) &&
           plan_build(&s->cupti, chip, availability, metric_table, metric_table_count, &s->plan, err);
}

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

static void write_provenance(const CaptureJob *s) {
    char date[32];
    time_t now = time(NULL);
    uint32_t cupti_version = 0;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    s->cupti.cuptiGetVersion(&cupti_version);
    capture_write_start(s->out);
    capture_write_key(s->out, "source", "cupti");
    capture_write_key(s->out, "program", "hbmscope-capture");
    capture_write_key(s->out, "date", date);
    capture_write_key(s->out, "device", s->info.name);
    capture_write_key(s->out, "chip", s->plan.chip);
    write_number(s->out, "compute_capability", (unsigned long long)s->info.compute_capability);
    write_number(s->out, "sm_count", (unsigned long long)s->info.sm_count);
    write_number(s->out, "l2_bytes", s->info.l2_bytes);
    write_number(s->out, "memory_bytes", s->info.memory_bytes);
    write_number(s->out, "clock_max_khz", (unsigned long long)s->info.clock_khz);
    write_number(s->out, "memory_clock_max_khz", (unsigned long long)s->info.memory_clock_khz);
    write_number(s->out, "driver", (unsigned long long)s->driver_version);
    write_number(s->out, "runtime", (unsigned long long)s->info.runtime_version);
    write_number(s->out, "cupti", cupti_version);
    write_driver_text(s->out);
}

static bool capture_group(const CaptureJob *s, const MetricGroup *group, int kernel, CaptureL2 l2, Err *err) {
    double values[METRICS_MAX][CAPTURE_REPEATS_MAX];
    for (int repeat = 0; repeat < s->request->repeat_count; repeat++) {
        double once[METRICS_MAX];
        if (!measure_kernel(&s->gpu, &s->plan, group, kernel, l2, once, err)) return false;
        for (int m = 0; m < group->metric_count; m++) values[m][repeat] = once[m];
    }
    for (int m = 0; m < group->metric_count; m++)
        capture_write_metric(s->out, group->names[m], group->units[m], values[m], s->request->repeat_count);
    return true;
}

static bool capture_kernel(const CaptureJob *s, int kernel, CaptureL2 l2, Err *err) {
    double ms[CAPTURE_REPEATS_MAX];
    int repeat_count = s->request->repeat_count;
    if (!s->kernels.gpu_time(kernel, repeat_count, ms)) return kernels_fail(s, err);
    for (int i = 0; i < repeat_count; i++) ms[i] *= 1e6;
    capture_write_kernel(s->out, s->kernels.gpu_kernel_name(kernel));
    capture_write_metric(s->out, "event_time", "ns", ms, repeat_count);
    for (int g = 0; g < s->plan.group_count; g++) /* a group of several passes would need replay: left out */
        if (s->plan.groups[g].pass_count == 1 && !capture_group(s, &s->plan.groups[g], kernel, l2, err)) return false;
    return true;
}

static bool verify(const CaptureJob *s, const GpuCase *c, double *error, Err *err) {
    double limit = strcmp(c->dtype, "fp32") == 0 ? 1e-4 : 1e-2; /* fp16 rounds P and O: 2^-11 each */
    if (!s->kernels.gpu_verify(error)) return kernels_fail(s, err);
    if (*error < limit) return true;
    return err_set(err, ERR_OTHER, "%s computes something wrong: error %g against float64 (at most %g)", c->algorithm,
                   *error, limit);
}

static bool capture_case(const CaptureJob *s, const GpuCase *c, Err *err) {
    double error = -1;
    if (!s->kernels.gpu_prepare(c)) return kernels_fail(s, err);
    if (!verify(s, c, &error, err)) return false;
    if (s->request->is_just_run) {
        printf("%s seq %lld head-dim %lld %s: error %.2g against float64\n", c->algorithm, (long long)c->query_rows,
               (long long)c->head_dim_elems, c->dtype, error);
        return true;
    }
    for (int i = 0; i < s->request->l2_count; i++) {
        CaptureRun run = case_run(c, s->request->l2[i], error);
        capture_write_run(s->out, &run);
        for (int kernel = 0; kernel < s->kernels.gpu_kernel_count(); kernel++)
            if (!capture_kernel(s, kernel, s->request->l2[i], err)) return false;
    }
    return true;
}

static bool capture_all(const CaptureJob *s, Err *err) {
    const Scenario *scenario = &s->request->scenario;
    for (int a = 0; a < scenario->algorithm_count; a++) {
        GpuCase c;
        if (!case_from_scenario(scenario, a, s->request->version, &c, err) || !capture_case(s, &c, err)) return false;
    }
    return true;
}

/* The file appears whole or not at all. */
static bool capture_to_file(CaptureJob *s, Err *err) {
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.%ld.new", s->request->out, (long)getpid()) >= (int)sizeof temporary)
        return err_set(err, ERR_USAGE, "the name after -o is too long");
    s->out = fopen(temporary, "w");
    if (!s->out) return err_set(err, ERR_OTHER, "cannot write %s: %s", s->request->out, strerror(errno));
    write_provenance(s);
    bool is_ok = capture_all(s, err);
    if (is_ok) capture_write_end(s->out);
    bool is_written = !ferror(s->out);
    is_written = fclose(s->out) == 0 && is_written;
    if (is_ok && is_written && rename(temporary, s->request->out) == 0) return true;
    if (is_ok) err_set(err, ERR_OTHER, "cannot write %s: %s", s->request->out, strerror(errno));
    unlink(temporary);
    return false;
}

static bool run_capture(const CaptureRequest *request, Err *err) {
    static CaptureJob job; /* large */
    job.request = request;
    if (!open_gpu(&job, err)) return false;
    GpuCase c;
    for (int a = 0; a < request->scenario.algorithm_count;
         a++) /* what there is no kernel for is refused before anything runs */
        if (!case_from_scenario(&request->scenario, a, request->version, &c, err)) return false;
    if (request->is_just_run) return capture_all(&job, err);
    return open_counters(&job, err) && capture_to_file(&job, err);
}

int main(int argc, char **argv) {
    CaptureRequest request;
    Err err = {0};
    bool is_ok =
        request_parse(argc, argv, &request, &err) &&
        (strcmp(request.command, "counters") == 0 ? run_counters(&request, &err) : run_capture(&request, &err));
    if (is_ok) return 0;
    fprintf(stderr, "hbmscope: %s\n", err.text);
    return (int)err.code;
}
