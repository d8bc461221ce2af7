/* L2 and DRAM of a whole program: which of the bytes between SMs and L2 go on to HBM, per kernel and tensor.
 *
 * Three engines on one definition (dram_walk.h: waves in lock step; l2.h: the cache):
 *
 *     sectors      every sector through the L2 engine: exact by definition. Sets that act alike are kept once
 *                  (l2_sets.h), so 10^9 sectors in tiles of whole rows take some tenths of a second, and as many
 *                  in narrow pieces of rows some seconds
 *     tiles        the same order of accesses on an LRU list of tiles; any size of tile costs the same
 *     closed form  reuse distances out of the tree, no access at all: microseconds. Where blocks sweep over more than
 *                  the L2 again and again, it counts the middle and sectors the ends (dram_sweep.h)
 *
 * The closed form answers only where every reuse distance is well below or well above the capacity, the tiles where
 * they read the same with half the capacity and with one and a half (sets fill unevenly); else the sectors decide while
 * that takes less than a second (dram_cost.h). dram_count takes the fastest that is exact for the case and says which;
 * where none is, is_exact is false and an estimate is given: by sectors or tiles on the first heads, as if the others
 * did the same, or for very large programs by the closed form.
 *
 * Exact means: what is read, and what is written in a kernel or still dirty at its end, are what the sector engine
 * gives but for conflicts within single sets. How written bytes divide into written back and still dirty may differ
 * by some percent of the L2, since tiles leave it whole and sectors one by one.
 *
 * One layer is counted; the caller multiplies. --l2-start: cold begins with an empty L2; warm with what one earlier
 * run of the same layer left there; flushed empties the L2 before every kernel, as profilers do.
 * Not modelled: what runs between attention layers, L1 hits (our kernels bypass L1), drift within a wave, ECC and
 * page tables.
 */
#ifndef SIM_MEMORY_DRAM_H
#define SIM_MEMORY_DRAM_H
#include "sim/memory/l2.h"
#include "sim/program.h"

/* dirty_bytes: in L2 at the kernel's end and not yet in HBM, whichever kernel wrote them. */
typedef struct DramTraffic {
    uint64_t read_bytes, write_bytes, dirty_bytes;
} DramTraffic;

typedef struct DramReport {
    DramTraffic kernels[PROGRAM_KERNELS_MAX]; /* one layer */
    DramTraffic tensors[PROGRAM_KERNELS_MAX][PROGRAM_TENSORS_MAX];
    const char *engine; /* "closed form", "closed form, sectors at its ends", "tiles", "sectors", "l2 off"; "...,
                           estimate" or "no reuse" (a bound) where not exact */
    bool is_exact;      /* the engine's answer is what the sectors would give */
} DramReport;

/* Fills *report for the scenario's machine, --l2, --l2-store and --l2-start. Working memory is freed again. */
bool dram_count(const Program *program, DramReport *report, Err *err);

/* The engines, for tests and views. */

/* How near to the capacity a reuse distance may lie for the closed form to say miss: sets fill unevenly, the more so
 * the fewer there are. Found with tests/sim/test_dram_agree.c. */
static inline uint64_t dram_margin_bytes(uint64_t l2_bytes) {
    return l2_bytes / (l2_bytes < 128 << 10 ? 1 : l2_bytes < 4 << 20 ? 2 : l2_bytes < 16 << 20 ? 4 : 8);
}

typedef struct DramConfig {
    L2Config l2;
    L2Start start;
    uint32_t sm_count;
    double budget_ns;   /* of a simulation, as dram_cost.h counts; 0: none */
    double sample_part; /* of every kernel's blocks that a simulation runs, the rest taken to be like them; 0: all */
} DramConfig;
/* The scenario's machine and L2 options; no budget, no sample. */
DramConfig dram_config(const Scenario *scenario);

/* The whole layer through one of the simulating engines; engine "" where it cannot hold the program, or
 * not within the budget. Kernels' sums are left to the caller. */
bool dram_simulate(const Program *program, DramConfig config, bool is_tiles, Arena *arena, DramReport *report,
                   Err *err);
/* The tile engine with its own proof: is_exact where its tiles fill whole lines and the sets evenly, and half and one
 * and a half of the capacity give the same reads and, in the end, the same written bytes. */
bool dram_count_tiles(const Program *program, DramConfig config, Arena *arena, DramReport *report, Err *err);
/* The closed form; false where it does not know (nothing is reported then). is_estimate: where bounds on a reuse
 * distance lie on both sides of the capacity, the likelier side is taken. */
bool dram_count_closed(const Program *program, DramConfig config, bool is_estimate, Arena *arena, DramReport *report);
#endif
