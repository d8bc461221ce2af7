/* Speed: timed passes (captures with source = events, gpu/speed.py), side by side for each size.
 *
 * TFLOP/s by the papers' convention: 4 N^2 d per head and batch, halved under a causal mask. Bytes/s: Q, K and V read
 * and O written once, over the time; what an algorithm moves beyond that is not in it. Pure; allocates in the caller's
 * arena only.
 */
#ifndef SIM_COMPARE_SPEED_H
#define SIM_COMPARE_SPEED_H
#include "sim/capture.h"

typedef struct SpeedRow {
    const CaptureRun *run;
    double time_ns, flops_per_s, bytes_per_s;
    double clock_mhz, power_w; /* 0: not read */
    double part_of_best;       /* of the fastest row of the same size, mask and dtype */
} SpeedRow;

/* One size and mask: how the goals stand. 0 where a row that it needs is missing. */
typedef struct SpeedGoals {
    const CaptureRun *size;
    double standard_over_math;  /* fp32: speed of our fastest standard over PyTorch's math backend's */
    double flash_over_standard; /* fp32: our fastest flash over our fastest standard */
    double flash_over_math;     /* fp16: our fastest flash over PyTorch's math backend */
    double flash_of_best;       /* fp16: our fastest flash over PyTorch's fastest backend */
} SpeedGoals;

typedef struct Speed {
    SpeedRow *rows; /* of one size together, fastest first */
    int row_count;
    SpeedGoals *goals;
    int goal_count;
} Speed;

Speed compare_speed(const Capture *capture, Arena *arena);
#endif
