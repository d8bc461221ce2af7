/* Time along a replay: which moment of the modelled run a step is, and the step of a moment. Pure.
 *
 * The clock gives each kernel its time. Within a kernel, time runs in step with busy_ps, the cycle-light cost of the
 * steps, or evenly over the steps where no step has a cost.
 * Not modelled: that blocks run side by side; the replay's order within a kernel is one of many.
 */
#ifndef SIM_COUNT_TIME_H
#define SIM_COUNT_TIME_H
#include "sim/count.h"
#include "sim/replay.h"

/* When the step begins; 0 where time is not modelled. */
double count_time_ns(const Count *count, const ReplayState *state);
/* The step that runs at time_ns. False where time is not modelled or the run ends at or before time_ns. */
bool count_seek_time(const Count *count, double time_ns, ReplayState *state);
#endif
