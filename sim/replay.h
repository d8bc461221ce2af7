/* Replay: the state of a program at any step, found by descending its tree.
 *
 * A pure function of (program, step): rewind is step - 1 and jumping costs the same as stepping
 * (O(depth), a binary search where a node has many children). Nothing is allocated.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H
#include "sim/program.h"

enum { REPLAY_DEPTH_MAX = 24 };

/* One level of the path from root to leaf. */
typedef struct ReplayLevel {
    uint32_t node;
    uint32_t child;     /* which child of the node the path takes */
    uint64_t iteration; /* LOOP: which trip; VLOOP: equals child */
} ReplayLevel;

typedef struct ReplayState {
    uint64_t step_index;        /* 0-based */
    Counters before;            /* what all earlier steps add up to */
    const ProgramLeaf *leaf;    /* the step itself */
    Counters delta;             /* what it adds */
    int kernel;                 /* in Program.kernels */
    uint64_t index[AXIS_COUNT]; /* loop indices by axis */
    ReplayLevel path[REPLAY_DEPTH_MAX];
    int depth;
} ReplayState;

/* step_index must be below program_total(program)->value[COUNTER_STEP_COUNT]. */
void replay_seek(const Program *program, uint64_t step_index, ReplayState *state);
/* The step during which counter `id` rises past `value`: the first whose running total exceeds it.
 * block_count rises as blocks end, so for it the answer is the first step of block number `value`.
 * An l1 or l2 counter of a program with ragged tiles costs some tens of seeks.
 * False where the whole program stays at or below value. */
bool replay_seek_counter(const Program *program, CounterId id, uint64_t value, ReplayState *state);

/* What a block holds on chip once the step is done. */
typedef struct Residency {
    bool is_loaded[PROGRAM_BUFFERS_MAX];
    uint64_t row_first[PROGRAM_BUFFERS_MAX], rows[PROGRAM_BUFFERS_MAX]; /* of the tile in it, in its tensor */
    uint64_t col_first[PROGRAM_BUFFERS_MAX], cols[PROGRAM_BUFFERS_MAX];
    uint64_t smem_used_bytes;     /* of loaded SRAM buffers */
    uint64_t register_used_bytes; /* of loaded register buffers */
} Residency;
void replay_residency(const Program *program, const ReplayState *state, Residency *residency);

/* First row and column of the state's tile in its tensor, and the slice (batch x head matrix) it lies in. */
typedef struct TilePlace {
    uint64_t slice, row_first, col_first;
} TilePlace;
TilePlace replay_tile(const Program *program, const ReplayState *state);
/* The same for any leaf at given loop indices. */
TilePlace replay_place(const Program *program, const ProgramLeaf *leaf, const uint64_t index[AXIS_COUNT]);
#endif
