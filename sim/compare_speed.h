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

/* One size, mask and dtype: how our fastest standard and flash stand. 0 where a row that it needs is missing. */
typedef struct SpeedGoals {
    const CaptureRun *size;
    double standard_over_math;  /* speed over PyTorch's math backend's */
    double flash_over_standard; /* flash's over standard's */
    double flash_of_best;       /* flash's over PyTorch's fastest backend's */
} SpeedGoals;

typedef struct Speed {
    SpeedRow *rows; /* of one size and dtype together, fastest first */
    int row_count;
    SpeedGoals *goals;
    int goal_count;
} Speed;

Speed compare_speed(const Capture *capture, Arena *arena);
#endif
