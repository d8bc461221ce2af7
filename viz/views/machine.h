/* One algorithm at one step, drawn as the machine: see machine.c. The window draws the same panels. */
#ifndef VIZ_VIEWS_MACHINE_H
#define VIZ_VIEWS_MACHINE_H
#include "sim/count.h"
#include "viz/scene.h"
#include "viz/theme.h"

/* Hit regions of a panel; index[0] is the caller's panel number, index[1] the tensor, buffer or level. */
enum { HIT_MACHINE_TENSOR = 10, HIT_MACHINE_BUFFER, HIT_MACHINE_LEVEL };

void machine_panel_draw(const Count *count, uint64_t step_index, int panel_index, const Theme *theme, Box box,
                        Scene *scene);
/* A step a third of the way through the run's reads: a load in the thick of it. */
uint64_t machine_telling_step(const Count *count);
#endif
