/* Writing captures: see capture.h. */
#include <inttypes.h>

#include "sim/base/parse.h"
#include "sim/capture.h"

void capture_write_start(FILE *out) { fprintf(out, "hbmscope.capture/1\n"); }
void capture_write_key(FILE *out, const char *key, const char *value) {
    if (!*value) return;
    fprintf(out, "%s = ", key);
    for (; *value; value++) fputc((unsigned char)*value < ' ' ? ' ' : *value, out); /* a line stays one */
    fputc('\n', out);
}

static void write_count(FILE *out, const char *key, uint64_t count) {
    if (count) fprintf(out, "%s = %" PRIu64 "\n", key, count);
}

void capture_write_run(FILE *out, const CaptureRun *run) {
    fprintf(out, "\nrun\nalgorithm = %s\n", run->algorithm);
    write_count(out, "version", run->version);
    write_count(out, "bytes", run->probe_bytes);
    write_count(out, "batch", run->batch_count);
    write_count(out, "heads", run->head_count);
    write_count(out, "kv-heads", run->kv_head_count);
    write_count(out, "seq", run->query_rows);
    write_count(out, "kv-seq", run->key_rows);
    write_count(out, "head-dim", run->head_dim_elems);
    if (run->dtype) capture_write_key(out, "dtype", run->dtype);
    write_count(out, "block-q", run->block_query_rows);
    write_count(out, "block-k", run->block_key_rows);
    write_count(out, "backward-block-q", run->backward_block_query_rows);
    write_count(out, "backward-block-k", run->backward_block_key_rows);
    write_count(out, "window", run->window_keys);
    if (run->query_rows) {
        capture_write_key(out, "pass", pass_name(run->pass));
        capture_write_key(out, "causal", run->is_causal ? "on" : "off");
    }
    capture_write_key(out, "l2", capture_l2_name(run->l2));
    if (run->relative_error >= 0) fprintf(out, "relative_error = %s\n", parse_real_text(run->relative_error).text);
}

void capture_write_kernel(FILE *out, const char *name) { fprintf(out, "kernel = %s\n", name); }

/* Counts as whole numbers, anything else as the shortest text that reads back. */
static void write_value(FILE *out, double value) {
    bool is_whole = value < 9e15 && value == (double)(uint64_t)value;
    if (is_whole)
        fprintf(out, " %" PRIu64, (uint64_t)value);
    else
        fprintf(out, " %s", parse_real_text(value).text);
}

static void write_metric(FILE *out, const CaptureMetric *metric) {
    fprintf(out, "metric %s %s %" PRIu64, metric->name, metric->unit, metric->launch_count);
    write_value(out, metric->min);
    write_value(out, metric->median);
    write_value(out, metric->max);
    fputc('\n', out);
}

void capture_write_metric(FILE *out, const char *name, const char *unit, double *values, int launch_count) {
    CaptureMetric metric = capture_metric_make(name, unit, values, launch_count);
    write_metric(out, &metric);
}

void capture_write_end(FILE *out) { fprintf(out, "end\n"); }

static void write_kernels(FILE *out, const CaptureRun *run) {
    for (int k = 0; k < run->kernel_count; k++) {
        capture_write_kernel(out, run->kernels[k].name);
        for (int m = 0; m < run->kernels[k].metric_count; m++) write_metric(out, &run->kernels[k].metrics[m]);
    }
}

void capture_write(FILE *out, const Capture *capture) {
    capture_write_start(out);
    for (int i = 0; i < capture->key_count; i++) capture_write_key(out, capture->keys[i].key, capture->keys[i].value);
    for (int r = 0; r < capture->run_count; r++) {
        capture_write_run(out, &capture->runs[r]);
        write_kernels(out, &capture->runs[r]);
    }
    capture_write_end(out);
}
