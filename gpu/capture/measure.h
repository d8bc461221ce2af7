/* One measurement: one kernel, one group of metrics, one launch. */
#ifndef GPU_CAPTURE_MEASURE_H
#define GPU_CAPTURE_MEASURE_H
#include "gpu/capture/plan.h"
#include "sim/capture.h"

typedef struct Gpu {
    const Cupti *cupti;
    const Kernels *kernels;
    CUcontext context;
} Gpu;

/* Whether CUPTI can profile the device, the chip's name, and what it can count (malloc'd). */
bool measure_open(Gpu *gpu, const Driver *driver, int device, char *chip, size_t chip_bytes, uint8_t **availability,
                  Err *err);
/* values: one a metric of the group. The L2 is put into its state right before the launch. */
bool measure_kernel(const Gpu *gpu, const Plan *plan, const MetricGroup *group, int kernel, CaptureL2 l2,
                    double *values, Err *err);
#endif
