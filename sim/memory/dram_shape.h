/* What the closed form needs to know of a kernel, read off its tree: the grid's axes, and for each tensor which part
 * of it a block touches. Pure.
 *
 *     grid axes, slowest first:   batch, KV head, head in its group, q block, (k block)
 *     a block's region of K:      rows [0, 384) whole, moved once; of O: rows of its own q block
 *
 * A kernel has a shape where its grid is a regular nest (ragged last tiles and one uneven axis, such as causal rows,
 * may be), no index table decides where tiles lie, and every block's region is dense. dram_shape_of says false
 * elsewhere, and another engine counts.
 */
#ifndef SIM_MEMORY_DRAM_SHAPE_H
#define SIM_MEMORY_DRAM_SHAPE_H
#include "sim/memory/dram.h"

enum { SHAPE_DIMS_MAX = 6, SHAPE_TYPES_MAX = 1 << 16, SHAPE_FAMILIES_MAX = 24, SHAPE_AXIS_GROUP = AXIS_COUNT };

/* An axis of the grid; AXIS_HEAD is split into KV heads and SHAPE_AXIS_GROUP, the query heads of one. */
typedef struct ShapeDim {
    int axis;
    uint64_t trip_count, stride_blocks; /* blocks between neighbours on this axis */
} ShapeDim;

/* All moves of one kind (load, store, atomic) on one tensor. */
typedef struct ShapeFamily {
    int tensor;
    StepKind kind;
    Axis row_axis, col_axis, slice_axis;
    unsigned dim_mask; /* bit by grid axis (and group) on which its place depends */
    uint64_t tile_cols_min;
    double tile_room, line_room; /* at least 1: lines' bytes that a byte of a tile, of a region takes */
    uint64_t tile_max_bytes;     /* of one step */
    uint64_t accessed_bytes;     /* over all blocks, each move */
    uint64_t region_bytes;       /* over all blocks, each block's region once */
    uint64_t block_region_min_bytes, block_region_max_bytes;
    uint64_t unique_bytes;   /* over the kernel */
    bool is_sliding;         /* regions of blocks that share its place move on, as windows do: none holds the others */
    uint64_t block_move_max; /* moves of it in one block */
} ShapeFamily;

/* A block's region on one family, as rows and columns relative to its grid indices. */
typedef struct ShapeRegion {
    uint64_t row_first, row_end, col_first, col_end, slices;
    uint64_t accessed_bytes, move_count;
} ShapeRegion;

/* Blocks that run the same node. */
typedef struct ShapeType {
    uint32_t node;
    uint64_t block_count;
    ShapeRegion regions[SHAPE_FAMILIES_MAX]; /* by family; accessed_bytes 0: not touched */
} ShapeType;

/* How a tensor is touched again within a block. */
typedef struct ShapeAgain {
    bool is_again;               /* some block moves a byte of it more than once */
    bool is_store_first;         /* the block's first move of it is a store */
    uint64_t lo_bytes, hi_bytes; /* what one block touches between two moves of the same byte; bounds */
} ShapeAgain;

typedef struct KernelShape {
    const Program *program;
    int kernel;
    uint64_t slot_count, block_count;
    uint64_t round_count;          /* moves of the block that makes most */
    ShapeDim dims[SHAPE_DIMS_MAX]; /* slowest first */
    int dim_count;
    ShapeFamily families[SHAPE_FAMILIES_MAX];
    int family_count;
    ShapeType *types;
    uint32_t type_count;
    ShapeAgain again[PROGRAM_TENSORS_MAX];
} KernelShape;

/* Working tables in the arena. False where the kernel has no shape. */
bool dram_shape_of(const Program *program, int kernel, KernelShape *shape, Arena *arena);
/* Bounds on how many different tiles of a family `block_count` consecutive blocks touch. */
uint64_t dram_shape_distinct(const KernelShape *shape, const ShapeFamily *family, uint64_t block_count, bool is_upper);
/* Whether every block has tiles of its own of the family. */
bool dram_shape_is_own(const KernelShape *shape, const ShapeFamily *family);
/* Blocks of the smallest wave. */
uint64_t dram_shape_least_blocks(const KernelShape *shape);
#endif
