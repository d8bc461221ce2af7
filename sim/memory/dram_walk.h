/* The order in which a kernel's blocks touch global memory on the whole GPU.
 *
 * Blocks start in grid order, as many as the GPU holds (slots = blocks per SM x SMs): a wave. Slot i runs on SM
 * i mod SMs; an SM's side is SM mod partitions. The blocks of a wave advance in lock step: in each round every
 * block does its next load, store or atomic, in block order; the next wave starts when the last block is done.
 *
 *     wave 0   round 0: block 0 loads Q_0, block 1 loads Q_1, ...   round 1: block 0 loads K_0, block 1 loads K_0, ...
 *
 * Equal neighbours in a round are told once for each side: in an LRU order the repeats change nothing.
 * The walker allocates from the arena given to it; nothing can fail.
 * Not modelled: blocks that drift apart within a wave (l2_curve.h shows what drift does), a slot that is refilled
 * before its wave ends.
 */
#ifndef SIM_MEMORY_DRAM_WALK_H
#define SIM_MEMORY_DRAM_WALK_H
#include "sim/program.h"
#include "sim/replay.h"

/* One tile moved by one block (or by several neighbours on the same side at once). */
typedef struct TileAccess {
    const ProgramLeaf *leaf;
    TilePlace place;
    int side;
} TileAccess;

typedef struct WalkConfig {
    uint64_t slot_count;
    uint32_t sm_count;
    int partition_count;
} WalkConfig;

/* The part of a kernel that is walked: blocks [block_first, block_end), in the first wave from round_first on, in every
 * wave up to round_end (0: all). Waves are counted from block 0, so block_first should be a multiple of the slots. */
typedef struct WalkPart {
    uint64_t block_first, block_end, round_first, round_end;
} WalkPart;

/* Calls visit(context, access) for every tile access of the part, in order, until it says false; whether it never did.
 */
typedef bool WalkVisit(void *context, const TileAccess *access);
bool dram_walk_blocks(const Program *program, int kernel, WalkConfig config, WalkPart part, WalkVisit *visit,
                      void *context, Arena *arena);
#endif
