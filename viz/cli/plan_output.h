/* What `hbmscope plan` prints: a Plan in, text or a format for scripts out. Pure but for the Output. */
#ifndef VIZ_CLI_PLAN_OUTPUT_H
#define VIZ_CLI_PLAN_OUTPUT_H
#include "sim/context/plan.h"
#include "viz/cli/output.h"

void plan_print_text(const Plan *plan, Arena *arena, Output *output);
/* hbmscope.plan/1 */
void plan_print_json(const Plan *plan, Output *output);
/* One line a remedy. */
void plan_print_csv(const Plan *plan, Output *output);
#endif
