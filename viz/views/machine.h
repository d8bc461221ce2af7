/* What others need of the view `machine`: its hit regions, and the step that it shows unasked. */
#ifndef VIZ_VIEWS_MACHINE_H
#define VIZ_VIEWS_MACHINE_H
#include "sim/count.h"
#include "viz/scene.h"
#include "viz/theme.h"

/* Hit regions of a panel; index[0] is the caller's panel number, index[1] the tensor, buffer or level. */
enum { HIT_MACHINE_TENSOR = 10, HIT_MACHINE_BUFFER, HIT_MACHINE_LEVEL };

enum { MACHINE_PANELS_MAX = 3 };

/* A step a third of the way through the run's reads: a load in the thick of it. */
uint64_t machine_telling_step(const Count *count);
#endif
