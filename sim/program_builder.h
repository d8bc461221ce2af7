/* Builds a program tree, bottom up, with every leaf's counters and every node's totals.
 *
 *     builder_start(&b, program, arena, &scenario, "flash2");
 *     uint8_t q = builder_tensor(&b, (Tensor){.name = "Q", ...});
 *     builder_kernel_begin(&b, (Kernel){.name = "flash forward", ...});
 *         builder_loop_begin(&b, AXIS_BATCH, batch_count, 0);
 *             builder_block_begin(&b);
 *                 builder_leaf(&b, (ProgramLeaf){.kind = STEP_LOAD, .tensor = q, ...}, 0);
 *             builder_end(&b);
 *         builder_end(&b);
 *     builder_kernel_end(&b);
 *     return builder_finish(&b, err);
 *
 * A count that does not fit 63 bits makes builder_finish fail; nothing is half-built.
 */
#ifndef SIM_PROGRAM_BUILDER_H
#define SIM_PROGRAM_BUILDER_H
#include "sim/program.h"

enum { BUILDER_DEPTH_MAX = 20, BUILDER_LEAF_SLOTS = 256, BUILDER_BODY_SLOTS = 256 };

typedef struct BuilderFrame {
    NodeKind kind;
    Axis axis;
    uint64_t trip_count, first_index;
    const uint32_t *index_table;
    bool is_block;
    uint32_t pending_first; /* its children so far, in ProgramBuilder.pending */
} BuilderFrame;

typedef struct ProgramBuilder {
    Program *program;
    Arena *arena;
    bool has_overflow;
    bool has_ragged_tiles; /* in the open kernel */
    uint32_t kernel_node_first;
    BuilderFrame frames[BUILDER_DEPTH_MAX];
    int depth;
    uint32_t *pending; /* children of open frames */
    uint32_t pending_count, pending_capacity;
    uint32_t node_capacity, child_capacity, leaf_capacity;
    uint64_t address_bytes;                  /* where the next tensor goes */
    uint32_t equal_leaf[BUILDER_LEAF_SLOTS]; /* node + 1 by hash: equal leaves share a node */
    uint32_t equal_body[BUILDER_BODY_SLOTS]; /* node + 1 by hash of its children: equal bodies share their
                                                place in Program.children */
} ProgramBuilder;

void builder_start(ProgramBuilder *builder, Program *program, Arena *arena, const Scenario *scenario,
                   const char *algorithm);
/* Adds a tensor; slice_count, size and base are filled in from its sharing and shape. Returns its number. */
uint8_t builder_tensor(ProgramBuilder *builder, Tensor tensor);
/* `tensor` is written where `over` lies, which has its shape, as softmax in place writes P over S. */
void builder_write_over(ProgramBuilder *builder, uint8_t tensor, uint8_t over);
/* Opens a kernel; buffers follow. */
void builder_kernel_begin(ProgramBuilder *builder, Kernel kernel);
uint8_t builder_buffer(ProgramBuilder *builder, Buffer buffer);
void builder_kernel_end(ProgramBuilder *builder);

/* Children until builder_end are the loop's body, in order. A loop of zero trips is left out. */
void builder_loop_begin(ProgramBuilder *builder, Axis axis, uint64_t trip_count, uint64_t first_index);
/* The same with the axis index of each iteration taken from a table that outlives the program. */
void builder_loop_table_begin(ProgramBuilder *builder, Axis axis, uint64_t trip_count, const uint32_t *index_table);
/* Each child until builder_end is one iteration. index_table may be NULL. */
void builder_vloop_begin(ProgramBuilder *builder, Axis axis, uint64_t first_index, const uint32_t *index_table);
/* A thread block's whole work. */
void builder_block_begin(ProgramBuilder *builder);
/* Closes the innermost loop, vloop or block and returns its node. */
uint32_t builder_end(ProgramBuilder *builder);

/* One step. Bytes, sectors, requests and FLOPs follow from the leaf; exp_count is given. Returns its node. */
uint32_t builder_leaf(ProgramBuilder *builder, ProgramLeaf leaf, uint64_t exp_count);
/* Shorthands: a tile rows x cols of `tensor`, first row by row_axis, first column by col_axis. */
typedef struct TileAt {
    Axis row_axis, col_axis;
    uint64_t row_stride, col_stride, rows, cols; /* elements; as in ProgramLeaf */
} TileAt;
uint32_t builder_load(ProgramBuilder *builder, uint8_t tensor, uint8_t buffer, TileAt at, const char *what);
uint32_t builder_store(ProgramBuilder *builder, uint8_t tensor, uint8_t buffer, TileAt at, const char *what);
/* The same, as a step that accounting paper leaves out when is_uncounted. */
uint32_t builder_load_if(ProgramBuilder *builder, bool is_uncounted, uint8_t tensor, uint8_t buffer, TileAt at,
                         const char *what);
uint32_t builder_store_if(ProgramBuilder *builder, bool is_uncounted, uint8_t tensor, uint8_t buffer, TileAt at,
                          const char *what);
/* rows x cols results, each a sum over inner elements. */
uint32_t builder_matmul(ProgramBuilder *builder, uint8_t buffer, uint64_t rows, uint64_t cols, uint64_t inner_elems,
                        const char *what);
uint32_t builder_softmax(ProgramBuilder *builder, uint8_t buffer, uint64_t rows, uint64_t cols, uint64_t exp_count,
                         const char *what);
uint32_t builder_map(ProgramBuilder *builder, uint8_t buffer, uint64_t rows, uint64_t cols, const char *what);

/* Wraps all kernels into the loop over layers and computes what is left. */
bool builder_finish(ProgramBuilder *builder, Err *err);

/* A range of rows or columns [0, length_elems) cut into tiles, as at most three runs of equal tiles: the first tile
 * apart (if asked), the full ones, the ragged last one. Returns how many runs. */
typedef struct TileRun {
    uint64_t first_index, trip_count; /* in tiles */
    uint64_t tile_elems;              /* rows or columns of each */
} TileRun;
int builder_tile_runs(uint64_t length_elems, uint64_t tile_elems, bool is_first_apart, TileRun runs[3]);
#endif
