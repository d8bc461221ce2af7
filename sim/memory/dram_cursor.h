/* A place among the memory steps of one block: its loads, stores and atomics, without the arithmetic between. Pure.
 *
 * Steps are counted from 0 within the block. A table of how many steps each node has (cursor_memory_steps) makes any
 * of them reachable at once.
 */
#ifndef SIM_MEMORY_DRAM_CURSOR_H
#define SIM_MEMORY_DRAM_CURSOR_H
#include "sim/program.h"

enum { CURSOR_DEPTH_MAX = 12 };

/* Always at a memory leaf until is_done. */
typedef struct Cursor {
    struct {
        uint32_t node, child;
        uint64_t iteration;
    } levels[CURSOR_DEPTH_MAX];
    int depth;
    bool is_done;
    const ProgramLeaf *leaf;
    uint64_t index[AXIS_COUNT];
    unsigned inner_axes; /* bit by Axis: set by a loop inside the block */
} Cursor;

/* Memory steps of one run of each node, in the arena. */
uint64_t *cursor_memory_steps(const Program *program, Arena *arena);
/* To step `step` of node `number`, without walking the steps before it; is_done where it has fewer. */
void cursor_seek(const Program *program, const uint64_t *steps, Cursor *cursor, uint32_t number, uint64_t step);
/* To the next step. */
void cursor_advance(const Program *program, Cursor *cursor);
/* How many steps two nodes make alike before they differ: loops of unequal length part where the shorter ends. */
uint64_t cursor_shared_steps(const Program *program, const uint64_t *steps, uint32_t a, uint32_t b);
#endif
