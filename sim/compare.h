/* Compare: four roads to every counter in one row, with the error and what the model leaves out.
 *
 *     formula | replay | kernel on the CPU | hardware        equal, equal, equal, near
 *
 * Formula and replay come from a Count; the kernel on the CPU and the hardware are captures (sim/capture.h), the latter
 * from CUPTI or from ncu's CSV (sim/ncu.h). Pure: values in, rows out, in the caller's arena. Error of a row: the
 * replay against the hardware; without hardware the farthest of formula and kernel from the replay.
 */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H
#include "sim/capture.h"
#include "sim/count.h"

typedef enum CompareRoad {
    COMPARE_FORMULA,
    COMPARE_REPLAY,
    COMPARE_KERNEL,
    COMPARE_HARDWARE,
    COMPARE_ROAD_COUNT
} CompareRoad;
enum { COMPARE_TIME = COUNTER_COUNT }; /* the one row that is no counter */

typedef struct CompareRow {
    const char *algorithm;
    const char *kernel; /* "" for all kernels together */
    int counter;        /* CounterId or COMPARE_TIME */
    const char *key, *unit;
    bool has[COMPARE_ROAD_COUNT];
    uint64_t exact[COMPARE_HARDWARE];            /* formula, replay, kernel: exact counts (time: ns, rounded) */
    double hardware, hardware_min, hardware_max; /* median over the capture's launches */
    bool has_error;
    double error;           /* relative, signed: 0.02 = the replay is 2% above */
    const char *leaves_out; /* why they may differ, one sentence; "" where nothing is left out */
} CompareRow;

typedef struct CompareInput {
    const Count *count;
    const CaptureRun *kernel;   /* of a capture with source twin, or NULL */
    const CaptureRun *hardware; /* or NULL */
} CompareInput;

typedef struct Compare {
    CompareRow *rows;
    int row_count;
} Compare;

/* Appends the rows of one algorithm: each kernel, then all together where there are several. */
void compare_add(Compare *compare, const CompareInput *input, Arena *arena);
/* Appends the rows of one kernel that has no program: what the model says in `totals`, what hardware has. */
void compare_add_kernel(Compare *compare, const CaptureKernel *hardware, const Totals *totals, Arena *arena);
/* The first row whose error is above `limit` (0.05 = 5%); NULL where none is. *miss_count: how many are. */
const CompareRow *compare_first_miss(const Compare *compare, double limit, int *miss_count);
/* Whether a function that ncu shows can be the simulator's kernel; true where nothing is known of either. */
bool compare_may_be_function(const char *function, const char *kernel);
#endif
