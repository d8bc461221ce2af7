/* A step's warp-wide requests as lines of text or of JSON (hbmscope.lens/1), for steps --lens. Pure: values in, text
 * out. Steps on chip have none and print nothing. */
#ifndef VIZ_CLI_LENS_OUTPUT_H
#define VIZ_CLI_LENS_OUTPUT_H
#include "sim/count.h"
#include "sim/replay.h"
#include "viz/cli/output.h"

void lens_print_text(const Count *count, const ReplayState *state, Output *output);
void lens_print_json(const Count *count, const ReplayState *state, Output *output);
#endif
