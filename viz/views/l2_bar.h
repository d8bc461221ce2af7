/* The L2 as a bar: which tensors it holds at a step, at the scale of its capacity. Shared by the views machine, l2 and
 * replay. What is left of the bar is empty or unknown (sim/l2_resident.h).
 */
#ifndef VIZ_VIEWS_L2_BAR_H
#define VIZ_VIEWS_L2_BAR_H
#include "sim/l2_resident.h"
#include "viz/scene.h"
#include "viz/theme.h"

/* The frame and its parts, at a step of the program. Parts can be clicked: HIT_MACHINE_LEVEL with panel_index and the
 * tensor's number. */
void l2_bar_draw(Scene *scene, const Theme *theme, Box bar, const Program *program, const ReplayState *state,
                 int panel_index);
/* The parts alone, in a bar that is drawn already; `hit` is what all of them share. */
void l2_bar_parts(Scene *scene, const Theme *theme, Box bar, const Program *program, const L2Resident *held,
                  SceneHit hit);
#endif
