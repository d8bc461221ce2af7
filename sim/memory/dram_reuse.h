/* Which moves of a program hit in L2 and which miss, read off its reuse distances. Pure. Internal to the closed form.
 *
 * A byte that is moved again hits if less than the L2's capacity was touched in between, and misses if more was. For
 * every way in which a tile is moved again -- a loop inside the block, an axis of the grid that its place does not
 * depend on, a later kernel -- bounds on what is touched in between follow from the shape (dram_shape.h):
 *
 *     again in the block         blocks in flight x what one iteration touches
 *     again along a grid axis    what a wave, or the blocks up to the next index, touch
 *     again in a later kernel    what lies between, or the tensor itself if both go through it in the same order
 *
 * Room in L2: a read by one SM takes 1.5 times its bytes where there are two partitions (home, and a copy of the
 * far half), a read by all twice; a store once, or as a read with --l2-store near. Bounds take the least and the most.
 * Where a bound lies within a margin of the capacity the answer is that it is not known: sets fill unevenly. The margin
 * is dram_margin_bytes for a miss; for a hit it is wider, since tensors and copies fall on sets by chance.
 */
#ifndef SIM_MEMORY_DRAM_REUSE_H
#define SIM_MEMORY_DRAM_REUSE_H
#include "sim/memory/dram_shape.h"

/* One kernel of the sequence, with what it moves at least once from or to HBM if nothing stays from kernels before. */
typedef struct KernelMoves {
    KernelShape shape;
    double lo_bytes, hi_bytes; /* room that all it touches takes */
    uint64_t read_bytes[PROGRAM_TENSORS_MAX], written_bytes[PROGRAM_TENSORS_MAX];
    uint64_t unique_bytes[PROGRAM_TENSORS_MAX]; /* touched; 0: not touched */
    bool is_read_first[PROGRAM_TENSORS_MAX];    /* its first move is a load or an atomic */
} KernelMoves;

typedef struct Closed {
    const Program *program;
    DramConfig config;
    double capacity_bytes, margin_bytes /* of a miss */, hit_margin_bytes;
    bool is_estimate; /* take the likelier side where the bounds do not decide */
    KernelMoves *kernels;
    Arena *arena;
} Closed;

/* What kernel number `kernel` moves from and to HBM if nothing stays from the kernels before. False: not known. */
bool dram_reuse_kernel(const Closed *c, int kernel, KernelMoves *moves);
/* What kernel number `at` of the sequence reads, after the kernels before it. False: not known. Kernels count on
 * through the runs of the layer: kernel k of the second run is kernel_count + k. */
bool dram_reuse_sequence(const Closed *c, int at, uint64_t reads[PROGRAM_TENSORS_MAX]);
/* Room in L2 of what consecutive blocks touch, at least or at most. */
double dram_reuse_blocks_bytes(const Closed *c, const KernelShape *shape, uint64_t block_count, bool is_upper);
#endif
