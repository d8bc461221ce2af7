/* The L2 as a bar: which tensors it holds at a step, at the scale of its capacity. Shared by the views machine and l2.
 */
#ifndef VIZ_VIEWS_L2_BAR_H
#define VIZ_VIEWS_L2_BAR_H
#include "sim/replay.h"
#include "viz/scene.h"
#include "viz/theme.h"

/* What is left of the bar is empty or unknown (sim/l2_resident.h). Parts can be clicked: HIT_MACHINE_LEVEL with
 * panel_index and the tensor's number. */
void l2_bar_draw(Scene *scene, const Theme *theme, Box bar, const Program *program, const ReplayState *state,
                 int panel_index);
#endif
