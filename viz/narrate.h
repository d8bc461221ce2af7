/* One sentence for a step: what happens, where, how many bytes, and what for.
 *
 *     Load K rows 128 to 255 into SRAM, 128 × 64 × 2 B = 16.0 KiB: rows of the right operand.
 *     P = exp(S - m), row max and sum: 16 × 256 = 4,096 exponentials, and no byte leaves the chip.
 *
 * Pure. The reason is the phrase that the algorithm's file gives its leaf.
 */
#ifndef VIZ_NARRATE_H
#define VIZ_NARRATE_H
#include "sim/formula.h"
#include "sim/replay.h"

const char *narrate_step(const Program *program, const ReplayState *state, Arena *arena);
/* "batch 0, head 3, query block 4": the loops around the step that a reader can place. */
const char *narrate_place(const Program *program, const ReplayState *state, Arena *arena);
/* "S = QK^T reads K": what a formula's row is about. otherwise: the verb where its counter has no direction. */
const char *narrate_row(const FormulaRow *row, const char *otherwise, Arena *arena);
/* Bytes that the step moves to or from global memory. */
uint64_t narrate_moved_bytes(const ReplayState *state);
#endif
