/* A scenario as JSON: every option by its long name, numbers as numbers, switches as booleans. */
#ifndef VIZ_CLI_SCENARIO_JSON_H
#define VIZ_CLI_SCENARIO_JSON_H
#include <jansson.h>

#include "sim/scenario.h"

/* `algorithm` is an array. A GPU that is not in the table brings its figures as "gpu.KEY". */
json_t *scenario_json(const Scenario *scenario);
/* One line for people: "B=64 h=16 N=1,024 d=64 fp16, forward, A100 SXM 40 GB HBM2". */
void scenario_sentence(const Scenario *scenario, char *out, int out_bytes);
#endif
