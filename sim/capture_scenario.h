/* From what a capture says of itself to the scenario that the model is to be asked. Pure.
 *
 * The GPU is the row of the table that the device's name fits, with the L2 and the number of SMs that its driver
 * reported. Cold runs had their L2 flushed before every kernel, as --l2-start flushed has; warm ones are --l2-start
 * warm. Tiles are the algorithm's own, or the run's where those differ.
 */
#ifndef SIM_CAPTURE_SCENARIO_H
#define SIM_CAPTURE_SCENARIO_H
#include "sim/capture.h"

/* gpu: a name that --gpu takes, instead of the device's; or NULL. */
bool capture_machine(const Capture *capture, const char *gpu, Machine *machine, Err *err);
/* Whether the simulator has this run's kernels thread for thread: an attention run of the right version. */
bool capture_is_modelled(const CaptureRun *run);
/* A finished scenario of one algorithm, block sizes left to it unless the run's are others. Fails where there is none.
 */
bool capture_scenario(const CaptureRun *run, const Machine *machine, L2Store store, Scenario *scenario, Err *err);
#endif
