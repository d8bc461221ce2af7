/* Sectors of tiles that do not start on a sector.
 *
 * A leaf of a program counts the sectors of a tile that starts on a 32-byte sector. Where rows, slices or tiles are not
 * multiples of 32 bytes, its iterations start at different bytes of a sector and touch more sectors:
 *
 *     sector      |...............|...............|...............|
 *     tile 0      |===============================|                  2 sectors
 *     tile 1              |===============================|          3: an excess of 1
 *
 * Only the start modulo 32 matters, and each index of a loop adds a known step to it. So a node keeps one number for
 * each of its (at most 32) starts: the excess of all tiles below it. What earlier tiles add to the count of any step is
 * then a sum over the levels of its path, in constant time a level:
 *
 *     kernel -> head 5 -> q block 7 -> ...     heads 0-4 at start 0; q blocks 0-6 at the start head 5 brings; ...
 *
 * Tiles of different tensors move apart, so each tensor has a stream of such numbers of its own; they add up.
 * Excesses are differences modulo 2^64: sums of them wrap, and a count they are added to is exact.
 * Pure; tables lie in the caller's arena. Source of the addresses: Tensor in sim/program.h.
 * Not modelled: busy_ps, which paces the clock, stays that of tiles that start on a sector.
 */
#ifndef SIM_MEMORY_STARTS_H
#define SIM_MEMORY_STARTS_H
#include "sim/base/arena.h"
#include "sim/replay.h"

/* A node's excesses in one stream, each row by start, start_count wide. */
typedef struct StartNode {
    const uint64_t *total;       /* of all tiles below; NULL: the stream has none there */
    const uint64_t *body;        /* LOOP: of one trip */
    const uint64_t *child_marks; /* rows: of the children before child 0, 16, 32, ...; NULL: fewer than 16 */
    const uint64_t *trip_marks;  /* LOOP over an index table: of the trips before trip 0, 16, 32, ... */
} StartNode;

/* The leaves of one kernel that load tiles of a tensor, or store them, at the same strides. */
typedef struct StartStream {
    struct StartStream *next; /* of the kernel */
    uint32_t leaf;            /* one of them, in Program.leaves: its tensor is the stream's */
    bool is_load;
    unsigned grain_bytes;      /* every start is a multiple of it: a power of two, 1 .. 16 */
    unsigned start_count;      /* 32 / grain_bytes */
    unsigned step[AXIS_COUNT]; /* what one more index of the axis adds to the start, in grains */
    uint64_t heads_per_slice;  /* heads that share a slice: the head axis steps once for so many */
    uint32_t node_first;       /* of the kernel's nodes */
    StartNode *nodes;          /* by node - node_first */
} StartStream;

/* Sets kernel->streams. The kernel's nodes are node_first .. kernel->node. */
void starts_build(const Program *program, Kernel *kernel, uint32_t node_first, Arena *arena);
/* The excess of all the stream's tiles in one layer's run of the kernel. */
uint64_t starts_excess_sectors(const StartStream *stream, const Kernel *kernel);
/* Adds so many sectors of the stream to its l1 and l2 counters. */
void starts_add_sectors(Counters *counters, const StartStream *stream, uint64_t sectors);
/* Adds excesses to the l1 and l2 counters of a state: of the steps before it in its kernel, and of its own. */
void starts_add(const Program *program, ReplayState *state);
#endif
