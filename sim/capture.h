/* A capture: counters that kernels really showed, as text with provenance and units. Format hbmscope.capture/1:
 *
 *     hbmscope.capture/1
 *     source = cupti                      cupti: a GPU's counters; twin: our kernels counted on the CPU
 *     device = NVIDIA H100 80GB HBM3      provenance, any number of `key = value` lines
 *     ...
 *     run                                 one case in one state of the L2
 *     algorithm = flash2                  what was run: keys as the long flags of a scenario
 *     seq = 1024
 *     l2 = cold                           cold, warm or drained (see below)
 *     kernel = flash2 forward             as the simulator names it
 *     metric lts__t_sectors_srcunit_tex_op_read.sum sectors 5 81920 81920 81952
 *     ...                                 name, unit, launches measured, then min, median and max over them
 *     end
 *
 * `#` begins a comment line. `end` is the last line: a file cut short is refused. l2: cold = a buffer of four L2 sizes
 * was read before each launch; warm = the case ran once before; drained = cold, and that buffer was read again within
 * the measurement, so that dirty lines count as DRAM writes of the kernel (and its DRAM reads do not count). Reading
 * allocates in the caller's arena only. Limits are fixed and an excess is an error that names them.
 */
#ifndef SIM_CAPTURE_H
#define SIM_CAPTURE_H
#include <stdint.h>
#include <stdio.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "sim/scenario.h"

enum {
    CAPTURE_FILE_MAX_BYTES = 16 << 20,
    CAPTURE_LINE_MAX_BYTES = 1024,
    CAPTURE_KEYS_MAX = 64, /* of provenance */
    CAPTURE_RUNS_MAX = 4096,
    CAPTURE_KERNELS_MAX = 32,  /* of a run */
    CAPTURE_METRICS_MAX = 256, /* of a kernel */
};

typedef enum CaptureL2 { CAPTURE_L2_COLD, CAPTURE_L2_WARM, CAPTURE_L2_DRAINED } CaptureL2;

typedef struct CaptureMetric {
    const char *name; /* a CUPTI metric with its rollup, or a counter's key (sim/counters.h) */
    const char *unit; /* bytes, sectors, requests, ns, ... */
    uint64_t launch_count;
    double min, median, max;
} CaptureMetric;

typedef struct CaptureKernel {
    const char *name;
    CaptureMetric *metrics;
    int metric_count;
} CaptureKernel;

/* What ran. 0 and "" stand for a key that the file does not give. */
typedef struct CaptureRun {
    const char *algorithm, *dtype;
    uint64_t version;
    uint64_t batch_count, head_count, kv_head_count, query_rows, key_rows, head_dim_elems;
    uint64_t block_query_rows, block_key_rows, backward_block_query_rows, backward_block_key_rows, window_keys;
    uint64_t probe_bytes; /* key `bytes`: what a probe (algorithm probe-...) moves; no attention is run then */
    Pass pass;            /* the kernels that were run; 0 where the file does not say */
    bool is_causal;
    CaptureL2 l2;
    double relative_error; /* of the result against float64; negative: not checked */
    CaptureKernel *kernels;
    int kernel_count;
    int line; /* of its `run` */
} CaptureRun;

typedef struct CaptureKey {
    const char *key, *value;
} CaptureKey;

typedef struct Capture {
    const char *name; /* of the file, for messages */
    CaptureKey keys[CAPTURE_KEYS_MAX];
    int key_count;
    CaptureRun *runs;
    int run_count;
} Capture;

bool capture_read_file(const char *path, Capture *capture, Arena *arena, Err *err);
/* The same from memory; text ends with a zero byte at text[text_bytes]. */
bool capture_read_text(const char *name, const char *text, size_t text_bytes, Capture *capture, Arena *arena, Err *err);
/* A whole file of at most CAPTURE_FILE_MAX_BYTES, a zero byte behind it; for this reader and ncu.h's. */
bool capture_read_bytes(const char *path, const char **text, size_t *text_bytes, Arena *arena, Err *err);
/* Provenance by key, "" where absent. */
const char *capture_key(const Capture *capture, const char *key);
/* NULL where the kernel has no such metric. */
const CaptureMetric *capture_metric(const CaptureKernel *kernel, const char *name);
/* What is kept of a metric's values over launches, which are sorted here. */
CaptureMetric capture_metric_make(const char *name, const char *unit, double *values, int launch_count);
const char *capture_l2_name(CaptureL2 l2);
bool capture_l2_find(const char *name, CaptureL2 *l2);

/* The run of one algorithm that answers a scenario (sizes, dtype, mask, tiles where both name them, at least its
 * passes) in that state of the L2: the version that the simulator models first, then the highest, then the one with its
 * passes and no more; NULL where there is none. The scenario's block sizes must be resolved. */
const CaptureRun *capture_find_run(const Capture *capture, const char *algorithm, const Scenario *scenario,
                                   CaptureL2 l2);

/* Writing, piece by piece, in the order of the format. Errors stay in the stream (ferror). */
void capture_write_start(FILE *out);
void capture_write_key(FILE *out, const char *key, const char *value);
void capture_write_run(FILE *out, const CaptureRun *run); /* its keys; kernels follow one by one */
void capture_write_kernel(FILE *out, const char *name);
/* values: launch_count measurements, sorted in place. */
void capture_write_metric(FILE *out, const char *name, const char *unit, double *values, int launch_count);
void capture_write_end(FILE *out);
/* A whole capture, as it would read back. */
void capture_write(FILE *out, const Capture *capture);
#endif
