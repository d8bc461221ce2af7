/* The counters: one list drives the tree, the file formats, JSON, help, screen and comparison.
 *
 * The four counts of bytes (issued, l1, l2, dram) are never mixed: see the meaning of each below.
 * A counter of class TREE is the sum of its steps' deltas and is held by every node of a program;
 * MODEL comes from the L2 and clock models for a whole kernel; GAUGE is a maximum, not a sum.
 */
#ifndef SIM_COUNTERS_H
#define SIM_COUNTERS_H
#include <stdint.h>

typedef enum CounterClass { COUNTER_CLASS_TREE, COUNTER_CLASS_MODEL, COUNTER_CLASS_GAUGE } CounterClass;

/* X(ID, key, class, unit, hardware counter of Hopper or "", meaning). TREE rows first. */
#define COUNTER_LIST(X)                                                                                                \
    X(STEP_COUNT, step_count, TREE, "steps", "", "tile operations, one leaf of the program each")                      \
    X(BLOCK_COUNT, block_count, TREE, "blocks", "",                                                                    \
      "thread blocks finished; before a step: the number of its own block")                                            \
    X(ISSUED_READ_BYTES, issued_read_bytes, TREE, "bytes", "",                                                         \
      "bytes the algorithm asks to read from global memory, as if SRAM and HBM were all there is")                     \
    X(ISSUED_WRITE_BYTES, issued_write_bytes, TREE, "bytes", "", "bytes the algorithm asks to write")                  \
    X(L1_READ_SECTORS, l1_read_sectors, TREE, "sectors", "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",             \
      "32-byte sectors that warps' loads touch, after coalescing; TMA's too, which the hardware's LSU does not see")   \
    X(L1_WRITE_SECTORS, l1_write_sectors, TREE, "sectors", "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum",           \
      "32-byte sectors that warps' stores touch, after coalescing")                                                    \
    X(L1_READ_REQUESTS, l1_read_requests, TREE, "requests", "smsp__inst_executed_op_global_ld.sum",                    \
      "warp-wide load instructions; for TMA, which has none, what its tiles would take")                               \
    X(L1_WRITE_REQUESTS, l1_write_requests, TREE, "requests", "smsp__inst_executed_op_global_st.sum",                  \
      "warp-wide store instructions")                                                                                  \
    X(L2_READ_BYTES, l2_read_bytes, TREE, "bytes", "lts__t_sectors_srcunit_tex_op_read.sum",                           \
      "bytes SMs read from L2: sectors that miss or bypass L1, x 32")                                                  \
    X(L2_WRITE_BYTES, l2_write_bytes, TREE, "bytes", "lts__t_sectors_srcunit_tex_op_write.sum",                        \
      "bytes SMs write to L2 (the L1 writes through)")                                                                 \
    X(FLOPS, flops, TREE, "FLOP", "", "floating-point operations of matrix products, 2 m n k a tile")                  \
    X(EXP_COUNT, exp_count, TREE, "exponentials", "", "exponentials: softmax and rescale factors")                     \
    X(BUSY_PS, busy_ps, TREE, "ps", "",                                                                                \
      "cycle-light cost of the steps on one block's share of the machine, as if each tile started on a sector")        \
    X(DRAM_READ_BYTES, dram_read_bytes, MODEL, "bytes", "dram__bytes_read.sum", "bytes L2 reads from HBM")             \
    X(DRAM_WRITE_BYTES, dram_write_bytes, MODEL, "bytes", "dram__bytes_write.sum", "bytes L2 writes back to HBM")      \
    X(DRAM_DIRTY_BYTES, dram_dirty_bytes, MODEL, "bytes", "",                                                          \
      "bytes still dirty in L2 at the end: no counter of the kernel shows them")                                       \
    X(PEAK_HBM_BYTES, peak_hbm_bytes, GAUGE, "bytes", "", "most HBM allocated at once")                                \
    X(SMEM_PER_BLOCK_BYTES, smem_per_block_bytes, GAUGE, "bytes", "", "shared memory of a block, largest kernel")

typedef enum CounterId {
#define X(ID, key, class, unit, hardware, meaning) COUNTER_##ID,
    COUNTER_LIST(X)
#undef X
        COUNTER_COUNT,
    COUNTER_TREE_COUNT = COUNTER_DRAM_READ_BYTES, /* ids below this are TREE */
} CounterId;

typedef struct CounterInfo {
    const char *key; /* JSON key, file key, screen name; its last part is the unit */
    const char *unit;
    const char *hardware; /* CUPTI metric on GH100, "" where hardware has none */
    const char *meaning;
    CounterClass counter_class;
} CounterInfo;
extern const CounterInfo counter_info[COUNTER_COUNT];

/* TREE counters, padded so that a compiler adds them with full vectors. */
enum { COUNTERS_PADDED_COUNT = 16 };
typedef struct Counters {
    _Alignas(64) uint64_t value[COUNTERS_PADDED_COUNT]; /* by CounterId, below COUNTER_TREE_COUNT */
} Counters;

/* Every counter of a kernel, an algorithm or a whole run. */
typedef struct Totals {
    uint64_t value[COUNTER_COUNT]; /* by CounterId */
    double time_ns;                /* cycle-light time; 0 where not modelled */
} Totals;

static inline void counters_add(Counters *sum, const Counters *more) {
    for (int i = 0; i < COUNTERS_PADDED_COUNT; i++) sum->value[i] += more->value[i];
}
static inline void counters_add_times(Counters *sum, const Counters *more, uint64_t times_count) {
    for (int i = 0; i < COUNTER_TREE_COUNT; i++) sum->value[i] += more->value[i] * times_count;
}
/* -1 where no counter has this key. */
int counter_find(const char *key);
#endif
