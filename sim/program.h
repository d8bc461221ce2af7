/* A program: everything an algorithm does to memory, as a tree of loops over tile operations.
 *
 * The tree is built in microseconds and never unrolled; replay.h finds any of billions of steps in it.
 *
 *     LEAF   one step: a tile is loaded, stored, multiplied, ...; carries the counters it adds
 *     LOOP   its children in order, repeated trip_count times   (SEQ is a LOOP of one trip)
 *     VLOOP  each child is one iteration: causal rows, windows, selected blocks
 *
 *     LOOP layer 32
 *      +- LOOP batch 64                        <- kernel 0
 *      |   +- LOOP head 16
 *      |       +- VLOOP q_block 8              <- an iteration is a thread block
 *      |           +- LOOP x1
 *      |               +- LEAF load Q
 *      |               +- LOOP k_block 3: LEAF load K, LEAF load V, LEAF S = QK^T, ...
 *
 * Nodes are shared where they are equal, so the tree is a DAG in memory; children come before parents.
 * A LOOP may name an axis: inside it, index[axis] = first_index + iteration, or
 * index_table[iteration] where a table is given (learned sparsity).
 * First iterations that cost differently are peeled off as a LOOP of one trip on the same axis.
 * Pure data: owned by the arena it was built in.
 */
#ifndef SIM_PROGRAM_H
#define SIM_PROGRAM_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "sim/counters.h"
#include "sim/scenario.h"

typedef enum Axis {
    AXIS_NONE,
    AXIS_LAYER,
    AXIS_BATCH,
    AXIS_HEAD,
    AXIS_Q_BLOCK, /* tile of query rows: first row = index x Program.tile_rows[axis] */
    AXIS_K_BLOCK, /* tile of key rows */
    AXIS_ROW,     /* tile of rows of a row-wise kernel (softmax), or flash1's 16-row Q step */
    AXIS_COLUMN,  /* tile of columns of such a row */
    AXIS_SPLIT,   /* part of the keys in flash decoding */
    AXIS_COUNT
} Axis;

typedef enum StepKind {
    STEP_LOAD,    /* global memory -> SRAM (or registers) */
    STEP_STORE,   /* SRAM or registers -> global memory */
    STEP_ATOMIC,  /* an atomic add to global memory: issued as a read and a write */
    STEP_MATMUL,  /* a tile product on chip */
    STEP_SOFTMAX, /* row max, exponentials, row sum, rescale, on chip */
    STEP_MAP,     /* element by element on chip: mask, dropout, scale, convert */
    STEP_SELECT,  /* choosing what to attend to */
    STEP_KIND_COUNT
} StepKind;

/* What a tensor looks like from one head: decides its colour on screen and the meaning of "N x N". */
typedef enum TensorClass {
    TENSOR_Q,
    TENSOR_K,
    TENSOR_V,
    TENSOR_S,
    TENSOR_P,
    TENSOR_O,
    TENSOR_GRADIENT_Q,
    TENSOR_GRADIENT_K,
    TENSOR_GRADIENT_V,
    TENSOR_GRADIENT_O,
    TENSOR_GRADIENT_S,
    TENSOR_STATISTICS, /* row vectors: log-sum-exp, D */
    TENSOR_MASK,       /* additive or padding mask, dropout mask */
    TENSOR_OTHER,      /* indexer keys, block means, packed copies */
    TENSOR_CLASS_COUNT
} TensorClass;

typedef enum TensorSharing { TENSOR_PER_HEAD, TENSOR_PER_KV_HEAD, TENSOR_PER_BATCH, TENSOR_SHARED } TensorSharing;

enum {
    PROGRAM_TENSORS_MAX = 40,
    PROGRAM_KERNELS_MAX = 32,
    PROGRAM_BUFFERS_MAX = 12,
    TENSOR_NONE = 255,
    BUFFER_NONE = 255
};

/* A tensor in HBM: `slice_count` dense row-major matrices of rows x cols elements, one after another.
 * address of (slice, r, c) = base_bytes + ((slice x rows) + r) x cols x elem_bytes + c x elem_bytes */
typedef struct Tensor {
    const char *name; /* "Q", "S", "dK", "lse", "dQ fp32" */
    TensorClass tensor_class;
    TensorSharing sharing;
    uint64_t rows, cols, elem_bytes;
    uint64_t slice_count; /* matrices over batch and heads, one layer */
    uint64_t size_bytes;  /* one layer: slice_count x rows x cols x elem_bytes */
    uint64_t base_bytes;  /* in the model's address space, 2 MiB aligned */
    bool is_accessed;     /* false: a framework's copy that exists but that no kernel touches */
    bool is_saved;        /* every layer's stays: kept from forward to backward, or a KV cache */
    int written_over; /* 1 + the tensor whose place in memory it takes, element for element; 0: a place of its own */
    int alloc_kernel, free_kernel; /* allocated while kernels alloc..free run, in Program.kernels order */
} Tensor;

/* A tile's place in a block's SRAM or registers. */
typedef struct Buffer {
    const char *name; /* "Q", "K", "S", "O accumulator", "m, l" */
    uint8_t tensor;   /* whose tile it holds, or TENSOR_NONE */
    TensorClass tensor_class;
    uint64_t rows, cols, elem_bytes, size_bytes;
    bool is_register; /* held in registers: not counted in smem_per_block_bytes */
} Buffer;

/* What multiplies a kernel's tiles: decides which peak its products are held against (sim/memory/clock.h). */
typedef enum ProductUnit {
    PRODUCT_FP32,     /* no tensor cores */
    PRODUCT_MMA_SYNC, /* tensor cores by mma.sync, a warp at a time: code that runs on every chip since cc 7.0 */
    PRODUCT_NATIVE    /* tensor cores by the chip's own instruction, wgmma on Hopper: libraries, code for one chip */
} ProductUnit;

typedef struct Kernel {
    const char *name; /* "S = QK^T", "softmax", "flash forward" */
    Pass pass;        /* PASS_FORWARD or PASS_BACKWARD */
    uint32_t node;    /* one layer's run of this kernel */
    uint32_t threads_per_block, registers_per_thread;
    uint64_t smem_per_block_bytes;
    uint64_t block_count; /* one layer */
    Buffer buffers[PROGRAM_BUFFERS_MAX];
    int buffer_count;
    ProductUnit product_unit;
    bool loads_by_tma; /* one thread asks, a copy engine moves: LSU counters of the hardware see none of its loads */
    struct StartStream *streams; /* tensors whose tiles start inside sectors: sim/memory/starts.h; NULL: none */
} Kernel;

typedef struct ProgramLeaf {
    StepKind kind;
    uint8_t tensor;          /* of a LOAD, STORE, ATOMIC; else TENSOR_NONE */
    uint8_t buffer;          /* SRAM buffer it fills (LOAD) or empties (STORE) or updates; BUFFER_NONE */
    bool is_uncounted;       /* accounting paper: a re-read or a statistic that the published count leaves out */
    Axis slice_axis;         /* slice += index[slice_axis]; AXIS_NONE: only batch and head decide the slice */
    Axis row_axis, col_axis; /* tile's first row = index[row_axis] x row_stride; AXIS_NONE: 0 */
    uint64_t row_stride, col_stride; /* elements */
    uint64_t rows, cols;             /* of the tile, clipped at the tensor's edge */
    uint64_t lane_bytes;             /* what one lane moves at a time: 16, 8, 4, 2 or 1 */
    uint64_t inner_elems;            /* MATMUL: the summed dimension */
    const char *what;                /* "S = Q K^T", "rescale O by exp(m_old - m_new)": a phrase for the narrator */
} ProgramLeaf;

typedef enum NodeKind { NODE_LEAF, NODE_LOOP, NODE_VLOOP } NodeKind;

typedef struct ProgramNode {
    NodeKind kind;
    Axis axis;
    uint8_t kernel;       /* of the leaves below; PROGRAM_KERNELS_MAX above kernels */
    bool is_block;        /* an iteration of this node is one thread block */
    uint32_t buffer_mask; /* buffers that some leaf below fills */
    uint64_t trip_count;  /* LOOP; VLOOP: child_count */
    uint64_t first_index;
    const uint32_t *index_table;       /* NULL, or the axis index of each iteration */
    uint32_t child_first, child_count; /* in Program.children */
    uint32_t leaf;                     /* LEAF: in Program.leaves */
    /* l1 and l2 below a kernel's node: as if every tile started on a sector; replay adds the rest (Kernel.streams).
     * A kernel's node and those above it count what is. */
    Counters iteration; /* LOOP: one trip; VLOOP and LEAF: the whole */
    Counters total;
} ProgramNode;

/* A child of a node, with what the earlier children of the same iteration add up to. */
typedef struct ProgramChild {
    uint32_t node;
    Counters before;
} ProgramChild;

typedef struct Program {
    const char *algorithm;
    Scenario scenario;              /* with block sizes resolved */
    uint64_t tile_rows[AXIS_COUNT]; /* rows (or columns) an index step of the axis stands for; 0: not a tile axis */
    Tensor tensors[PROGRAM_TENSORS_MAX];
    int tensor_count;
    Kernel kernels[PROGRAM_KERNELS_MAX];
    int kernel_count;
    ProgramNode *nodes;
    uint32_t node_count;
    ProgramChild *children;
    uint32_t child_count;
    ProgramLeaf *leaves;
    uint32_t leaf_count;
    uint32_t root;         /* over all layers */
    bool has_ragged_tiles; /* some tile may start inside a sector: kernels have streams */
    char note[320];        /* "" or what was chosen for the user, e.g. a smaller default tile */
} Program;

static inline const Counters *program_total(const Program *program) { return &program->nodes[program->root].total; }
/* Node's axis index in its iteration. */
static inline uint64_t program_index(const ProgramNode *node, uint64_t iteration) {
    return node->index_table ? node->index_table[iteration] : node->first_index + iteration;
}
/* How often each node runs: out[node] for all node_count nodes; out[root] = 1. */
void program_run_counts(const Program *program, uint64_t *out);
/* Every tile of the leaf starts on a 32-byte sector. */
bool program_starts_on_sectors(const Tensor *tensor, const ProgramLeaf *leaf);
/* Bytes of a tile that follow each other in memory: all of it where its rows are the tensor's, else one row's. */
static inline uint64_t program_dense_bytes(const Tensor *tensor, const ProgramLeaf *leaf) {
    return leaf->cols * tensor->elem_bytes * (leaf->cols == tensor->cols ? leaf->rows : 1);
}
#endif
