/* One step of a replay as a line of text or of JSON (hbmscope.steps/1). Pure: values in, text out. */
#ifndef VIZ_CLI_STEP_OUTPUT_H
#define VIZ_CLI_STEP_OUTPUT_H
#include "sim/count.h"
#include "sim/replay.h"
#include "viz/cli/output.h"

/* The line above steps first .. last. */
void step_print_head(const Count *count, uint64_t first, uint64_t last, Output *output);
void step_print_text(const Count *count, const ReplayState *state, Output *output);
void step_print_json(const Count *count, const ReplayState *state, Output *output);
#endif
