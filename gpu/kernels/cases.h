/* From a scenario to the cases that our kernels can run: algorithm, sizes, tiles. */
#ifndef GPU_KERNELS_CASES_H
#define GPU_KERNELS_CASES_H
#include "gpu/kernels/attention.h"
#include "sim/capture.h"

/* One algorithm of the scenario, block sizes resolved as the simulator does. Fails where there is no such kernel. */
bool case_from_scenario(const Scenario *scenario, int algorithm, int version, GpuCase *out, Err *err);
/* The same as a capture's run; texts belong to `c`. */
CaptureRun case_run(const GpuCase *c, CaptureL2 l2, double relative_error);
#endif
