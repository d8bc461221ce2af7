/* Runs parts of a program through a cache, sector by sector or unit by unit: the two simulating engines as one.
 *
 * Tables lie in the arena given to dram_run_init, which must outlive the run; the cache keeps its content from part to
 * part. Only dram_run_init can fail for the outside world.
 */
#ifndef SIM_MEMORY_DRAM_RUN_H
#define SIM_MEMORY_DRAM_RUN_H
#include "sim/memory/dram.h"
#include "sim/memory/dram_units.h"
#include "sim/memory/dram_walk.h"
#include "sim/memory/tile_lru.h"

typedef struct DramRun {
    const Program *program;
    DramConfig config;
    bool is_tiles;
    L2 l2;                              /* sectors */
    int region_of[PROGRAM_TENSORS_MAX]; /* -1: not accessed */
    TileLru lru;                        /* tiles */
    DramUnits units[PROGRAM_TENSORS_MAX];
    /* Where there are more units than DRAM_UNITS_MAX, only those that are touched get an entry: an open hash table. */
    uint64_t *map_keys; /* unit + 1; NULL: units are entries */
    uint32_t *map_entries, map_count, map_capacity;
    bool is_map_full;     /* more were touched than the table holds: the answer is void */
    const float *leaf_ns; /* by leaf: what a move takes, as dram_cost.h counts */
    double used_ns;
} DramRun;

enum { DRAM_UNITS_MAX = 1 << 22, DRAM_MAP_UNITS_MAX = 1 << 18 };

/* What to run: is_tiles or sectors; at most unit_max units will be touched (0: as many as there are). */
typedef struct DramRunOptions {
    bool is_tiles;
    KernelRange range;
    uint64_t unit_max;
} DramRunOptions;
/* An empty cache. Fails where the L2 is too small to be modelled. */
bool dram_run_init(DramRun *run, const Program *program, DramConfig config, DramRunOptions options, Arena *arena,
                   Err *err);
/* Runs a part of a kernel. False where the budget does not reach, or there are too many units. */
bool dram_run_part(DramRun *run, int kernel, WalkPart part, Arena *arena);
/* Whether every partition is full: what came before the run cannot show any more. Tiles: but for less than a unit. */
bool dram_run_is_full(const DramRun *run);
/* Traffic since the last clear, and what is dirty now, by tensor. */
void dram_run_report(const DramRun *run, DramTraffic tensors[PROGRAM_TENSORS_MAX]);
/* What was moved between SMs and L2 since the last clear, in whole sectors; of a run through sectors only. */
void dram_run_moved(const DramRun *run, DramTraffic tensors[PROGRAM_TENSORS_MAX]);
void dram_run_clear_traffic(DramRun *run);
/* Empties the cache; what was dirty counts nowhere. */
void dram_run_flush(DramRun *run);
#endif
