/* Moving through a replay by what a person means: a step, a tile, a row of tiles, a head, a kernel.
 *
 * Pure. A position is a step index from 0 to step_count; step_count itself is the end, after the last step.
 */
#ifndef VIZ_STATE_NAVIGATE_H
#define VIZ_STATE_NAVIGATE_H
#include "sim/replay.h"

typedef enum MoveUnit { MOVE_STEP, MOVE_TILE, MOVE_ROW, MOVE_HEAD, MOVE_KERNEL, MOVE_UNIT_COUNT } MoveUnit;

typedef struct StepSpan {
    uint64_t first, count; /* steps */
} StepSpan;

/* The current iteration of the loop at this level of the state's path. */
StepSpan navigate_span(const Program *program, const ReplayState *state, int level);
/* All of the current kernel in the current layer. */
StepSpan navigate_kernel_span(const Program *program, const ReplayState *state);
/* The steps of the unit that the state is in: of a tile, a row of tiles, ... */
StepSpan navigate_unit_span(const Program *program, const ReplayState *state, MoveUnit unit);
/* Forward (direction 1): the first step of the next unit. Back (-1): the first step of this unit, or of the one
 * before where step_index is that already. Stays within 0 .. step_count. */
uint64_t navigate_move(const Program *program, uint64_t step_index, MoveUnit unit, int direction);
#endif
