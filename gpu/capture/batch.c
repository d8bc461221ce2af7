/* Cases into one file: see batch.h. */
#include "gpu/capture/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gpu/capture/job.h"
#include "gpu/capture/out_file.h"
#include "gpu/kernels/cases.h"

enum { FAILED_IN_A_ROW_MAX = 5 }; /* then the GPU itself is gone, not a case */

static volatile sig_atomic_t is_stopping; /* a signal's handler can reach nothing else */
static void stop(int number) { (void)number, is_stopping = 1; }

typedef struct Batch {
    const CaptureRequest *request;
    Job job;
    FILE *out; /* NULL where nothing is to be written */
    struct timespec begin;
    int done_count, failed_count, failed_in_a_row;
} Batch;

static double elapsed_s(const Batch *b) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - b->begin.tv_sec) + 1e-9 * (double)(now.tv_nsec - b->begin.tv_nsec);
}

/* A case's text is gathered first, so that the file only ever holds whole runs. */
static bool run_gathered(Batch *b, const CaptureCase *c, Err *err) {
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *memory = open_memstream(&text, &text_bytes);
    if (!memory) return err_no_memory(err, "the counters of a case");
    bool is_ok = job_run_case(&b->job, c, memory, err);
    fclose(memory);
    if (is_ok && b->out) {
        fwrite(text, 1, text_bytes, b->out);
        fflush(b->out);
    }
    free(text);
    return is_ok;
}

static bool is_over(const Batch *b) {
    double limit_s = b->request->seconds_max;
    return is_stopping || b->failed_in_a_row >= FAILED_IN_A_ROW_MAX || (limit_s > 0 && elapsed_s(b) >= limit_s);
}

static void run_list(Batch *b) {
    int i = 0;
    for (; i < b->request->case_count && !is_over(b); i++) {
        const CaptureCase *c = &b->request->cases[i];
        Err err = {0};
        if (run_gathered(b, c, &err)) {
            b->done_count++;
            b->failed_in_a_row = 0;
        } else {
            b->failed_count++;
            b->failed_in_a_row++;
            fprintf(stderr, "hbmscope: %s: %s\n", c->text, err.text);
        }
    }
    if (b->failed_in_a_row >= FAILED_IN_A_ROW_MAX)
        fprintf(stderr, "hbmscope: %d cases failed in a row: the rest is left out\n", b->failed_in_a_row);
    int left_count = b->request->case_count - i;
    for (; i < b->request->case_count; i++) printf("left out: %s\n", b->request->cases[i].text);
    printf("%d of %d cases done, %d failed, %d left out; %llu launches measured; %.1f s\n", b->done_count,
           b->request->case_count, b->failed_count, left_count, b->job.measured_count, elapsed_s(b));
}

static bool run_all(Batch *b, Err *err) {
    if (!b->request->is_list) return run_gathered(b, &b->request->cases[0], err);
    run_list(b);
    return b->done_count > 0 || err_set(err, ERR_OTHER, "none of the %d cases was done", b->request->case_count);
}

static bool write_all(void *context, FILE *out, Err *err) {
    Batch *b = context;
    b->out = out;
    job_write_provenance(&b->job, out);
    if (!run_all(b, err)) return false;
    capture_write_end(out);
    return true;
}

/* What there is no kernel for is refused before anything runs; in a list it fails in its turn. */
static bool check_single(const CaptureRequest *request, Err *err) {
    const CaptureCase *c = &request->cases[0];
    GpuCase g;
    for (int a = 0; !request->is_list && a < c->scenario.algorithm_count; a++)
        if (!case_from_scenario(&c->scenario, a, c->version, &g, err)) return false;
    return true;
}

bool batch_run(const CaptureRequest *request, Err *err) {
    static Batch batch; /* large */
    batch = (Batch){.request = request};
    clock_gettime(CLOCK_MONOTONIC, &batch.begin);
    struct sigaction action = {.sa_handler = stop};
    if (request->is_list) sigaction(SIGTERM, &action, NULL);
    if (!job_open(&batch.job, request, &is_stopping, err) || !check_single(request, err)) return false;
    if (!(*request->out ? out_file_write(request->out, write_all, &batch, err) : run_all(&batch, err))) return false;
    return batch.failed_count == 0 ||
           err_set(err, ERR_OTHER, "%d of %d cases failed", batch.failed_count, request->case_count);
}
