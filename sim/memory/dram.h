/* L2 and DRAM of a whole program: which of the bytes between SMs and L2 go on to HBM, per kernel and tensor.
 *
 * Three engines on one definition (dram_walk.h: waves in lock step; l2.h: the cache):
 *
 *     sectors      every sector through the L2 engine: exact by definition, 10^9 sectors take seconds
 *     tiles        the same order of accesses on an LRU list of tiles; any size of tile costs the same
 *     closed form  reuse distances out of the tree, no access at all: microseconds
 *
 * The closed form answers only where every reuse distance is well below or well above the capacity, the tiles where
 * their answer is the same for a capacity a little smaller and larger; else the sectors decide while they can
 * (SECTORS_MAX). dram_count takes the fastest that is exact for the case and says which; where none is,
 * is_exact is false and the tiles' (or, for very large programs, the closed form's) estimate is given.
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
    const char *engine; /* "closed form", "tiles", "sectors", "l2 off" */
    bool is_exact;      /* the engine's answer is what the sectors would give */
} DramReport;

/* Fills *report for the scenario's machine, --l2, --l2-store and --l2-start. */
bool dram_count(const Program *program, Arena *arena, DramReport *report, Err *err);

/* ---- the engines, for tests and views ---- */

typedef struct DramConfig {
    L2Config l2;
    L2Start start;
    uint32_t sm_count;
} DramConfig;
DramConfig dram_config(const Scenario *scenario);

bool dram_count_sectors(const Program *program, DramConfig config, Arena *arena, DramReport *report, Err *err);
#endif
