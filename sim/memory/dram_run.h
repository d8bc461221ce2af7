/* Runs parts of a program through a cache, sector by sector or unit by unit: the two simulating engines as one.
 *
 * A unit is what all tiles of a tensor, over all kernels, are whole multiples of: the greatest common divisor of
 * their strides and sizes in rows and in columns.
 */
#ifndef SIM_MEMORY_DRAM_RUN_H
#define SIM_MEMORY_DRAM_RUN_H
#include "sim/memory/dram.h"
#include "sim/memory/dram_walk.h"
#include "sim/memory/tile_lru.h"

typedef struct DramUnits {
    uint64_t rows, cols;           /* of a unit */
    uint64_t row_count, col_count; /* units in a slice */
    uint64_t first;                /* the tensor's first unit */
} DramUnits;

/* Which kernels a run covers: units follow from their tiles alone. */
typedef struct KernelRange {
    int first, last; /* both covered */
} KernelRange;

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
    bool is_map_full; /* more were touched than the table holds: the answer is void */
} DramRun;

enum { DRAM_UNITS_MAX = 1 << 22, DRAM_MAP_UNITS_MAX = 1 << 18 };

/* Units of all accessed tensors over the range's kernels; how many there are is *unit_count. */
void dram_units(const Program *program, KernelRange range, DramUnits units[PROGRAM_TENSORS_MAX], uint64_t *unit_count);
/* What to run: is_tiles or sectors; at most unit_max units will be touched (0: as many as there are). */
typedef struct DramRunOptions {
    bool is_tiles;
    KernelRange range;
    uint64_t unit_max;
} DramRunOptions;
/* An empty cache. Fails where the L2 is too small to be modelled. */
bool dram_run_init(DramRun *run, const Program *program, DramConfig config, DramRunOptions options, Arena *arena,
                   Err *err);
/* Runs a part of a kernel. */
void dram_run_part(DramRun *run, int kernel, WalkPart part, Arena *arena);
/* Whether every partition is full: what came before the run cannot show any more. Tiles: but for less than a unit. */
bool dram_run_is_full(const DramRun *run);
/* Traffic since the last clear, and what is dirty now, by tensor. */
void dram_run_report(const DramRun *run, DramTraffic tensors[PROGRAM_TENSORS_MAX]);
/* Bytes of each tensor that the L2 holds now, copies included. */
void dram_run_resident(const DramRun *run, uint64_t resident_bytes[PROGRAM_TENSORS_MAX]);
void dram_run_clear_traffic(DramRun *run);
void dram_run_flush(DramRun *run);
#endif
