/* What the model says of a probe's kernel (gpu/kernels/probe.h): bytes that are read or written once, through the L2
 * of l2.h. Blocks of 16 KiB run in order, block b on SM b mod SMs; cold and drained kernels find the L2 empty, warm
 * ones what a whole round of the probe's kernels left.
 * Not modelled: how far blocks drift apart, which SM a block really runs on, anything but the bytes asked for.
 */
#ifndef SIM_COMPARE_PROBE_H
#define SIM_COMPARE_PROBE_H
#include "sim/capture.h"
#include "sim/counters.h"

bool compare_is_probe(const CaptureRun *run);
/* Counters of l1, l2 and dram, dirty bytes among them, for kernel number `kernel` of the run. */
bool compare_probe_count(const CaptureRun *run, int kernel, const Machine *machine, L2Store store, Totals *totals,
                         Err *err);

/* DRAM bytes of a probe that reads bytes once, as intercept and slope over the bytes asked for. */
typedef struct CompareProbeFit {
    int point_count;
    double intercept_bytes, slope;
} CompareProbeFit;
/* Least squares over runs of probe-read in that state, each weighted by its own size: relative errors count. */
CompareProbeFit compare_probe_fit(const Capture *capture, CaptureL2 l2, const char *metric);
#endif
