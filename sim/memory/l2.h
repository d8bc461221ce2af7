/* The L2 cache, sector by sector: 128-byte lines of four 32-byte sectors filled singly, 16 ways, LRU, write-back.
 *
 *       SMs of side 0        SMs of side 1
 *            |                    |
 *     +-------------+      +-------------+      Each line has a home partition. An SM reads through the
 *     | partition 0 | <--> | partition 1 |      partition on its side: a line whose home is the other one
 *     +------+------+      +------+------+      is fetched from there and leaves a copy on the near side.
 *            |                    |             So data that all SMs read takes its room twice.
 *           HBM                  HBM
 *
 * Misses of a buffer that all SMs of an A100 sweep start at half the L2's size: that is why (l2_curve.h has the
 * measured curve that this model follows; one LRU pool misses it by far). GPUs with one partition have no copies.
 *
 * Stores go to the home partition and mark sectors dirty there. Whether a store from the far side also leaves a near
 * copy is not known of real hardware: L2Config.store holds both policies. A copy that a store made stale loses
 * those sectors. Homes alternate by parity of the address above 4 KiB; lines spread evenly over the sets of their
 * partition (random hashing would give early misses that are not measured), rotated from one span of all sets to
 * the next so that matrices with a power-of-two pitch do not pile up.
 *
 * The engine works on runs of sectors; the inner loop uses AVX-512 or AVX2 where the CPU has them (same results).
 * Memory comes from the arena given to l2_init. Only l2_init and l2_shape can fail.
 * Not modelled: latency, bandwidth, requests in flight to the same line, replacement other than LRU, partial
 * sector writes, compression, persisting accesses, L2 fabric limits.
 */
#ifndef SIM_MEMORY_L2_H
#define SIM_MEMORY_L2_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "sim/scenario.h"

enum {
    L2_WAYS = 16, /* gives the measured A100 curve; public microbenchmarks report 16 */
    L2_SECTOR_BYTES = 32,
    L2_LINE_BYTES = 128,
    L2_LINE_SECTORS = 4,
    L2_HOME_LINES = 32, /* consecutive lines that share a home: 4 KiB, an assumption */
    L2_PARTITIONS_MAX = 2,
    L2_REGIONS_MAX = 48,
};

/* Which vector instructions the inner loop may use; all give the same counts. */
typedef enum L2Vector { L2_VECTOR_BEST, L2_VECTOR_AVX2, L2_VECTOR_NONE } L2Vector;

typedef struct L2Config {
    uint64_t size_bytes;
    int partition_count; /* 1 or 2 */
    L2Store store;
    L2Vector vector_max; /* 0: the best this CPU has */
    /* Lines that accesses mostly cover whole and aligned, a power of two up to L2_HOME_LINES; 0: single lines. What
     * one row of ways can stand for, and the step of the spans' rotation, so that narrow rows still reach all sets. */
    uint64_t granule_lines;
    bool is_each_set_kept; /* no row stands for several sets: slower, same counts, for tests */
} L2Config;

/* What one region (a tensor) did to DRAM. */
typedef struct L2Traffic {
    uint64_t read_sectors;       /* SM reads that reached L2 */
    uint64_t write_sectors;      /* SM writes */
    uint64_t dram_read_sectors;  /* filled from HBM */
    uint64_t dram_write_sectors; /* written back to HBM */
    uint64_t fabric_sectors;     /* reads served by the far partition */
} L2Traffic;

/* Rows of 16 ways, most recently used first; flags: low half valid, high half dirty sectors. */
typedef struct L2Rows {
    uint32_t *tags;
    uint8_t *flags;
} L2Rows;

/* One partition: a row for each granule of sets, and one for each set of those that are apart (l2_sets.h). */
typedef struct L2Partition {
    L2Rows granules, sets;
    bool *is_apart; /* by granule */
} L2Partition;

typedef struct L2 L2;
typedef struct L2Touch L2Touch;
typedef void L2TouchFunction(L2 *l2, const L2Touch *touch);

struct L2 {
    L2Config config;
    uint64_t set_count;                       /* of one partition */
    uint64_t set_reciprocal;                  /* 2^64 / set_count */
    uint64_t rotation_lines, rotation_counts; /* spans are rotated by multiples of it; how many there are */
    uint64_t granule_lines;                   /* sets that a row may stand for */
    int granule_shift;                        /* granule_lines is 2^it */
    L2Partition partitions[L2_PARTITIONS_MAX];
    L2TouchFunction *touch;
    const char *touch_name; /* "avx512", "avx2" or "plain" */
    uint64_t region_first_sector[L2_REGIONS_MAX], region_end_sector[L2_REGIONS_MAX];
    L2Traffic traffic[L2_REGIONS_MAX]; /* by region; addresses outside all regions count in region 0 */
    int region_count;
    int last_region; /* of the last line written back */
};

/* How many partitions this GPU's L2 has: two on the big dies from A100 on, else one. Source: A100 and H100
 * whitepapers; on an L40 (cc 8.9) misses start at the whole size, so one there. */
int l2_partition_count(const Machine *machine);

/* Only where lines go, without room for any: what l2_add_lines and l2_can_address need. Fails as l2_init does. */
bool l2_shape(L2 *l2, L2Config config, Err *err);
/* An empty (cold) cache. Fails where size_bytes is below one set of every partition. */
bool l2_init(L2 *l2, L2Config config, Arena *arena, Err *err);
/* Adds a region and returns its number; regions must not overlap and come in rising order. */
int l2_add_region(L2 *l2, uint64_t first_sector, uint64_t sector_count);
/* Whether tags are wide enough for addresses below end_sector; a tiny L2 has few sets and so long tags. */
bool l2_can_address(const L2 *l2, uint64_t end_sector);
/* An SM on `side` (below partition_count) reads or writes consecutive sectors, all of one region. */
void l2_read(L2 *l2, int side, int region, uint64_t first_sector, uint64_t sector_count);
void l2_write(L2 *l2, int side, int region, uint64_t first_sector, uint64_t sector_count);

/* An atomic update, done at the sectors' home: missing ones are filled first, then dirty. Counts as read and write. */
void l2_atomic(L2 *l2, int side, int region, uint64_t first_sector, uint64_t sector_count);

/* Sectors that are dirty now, by region, added to dirty_sectors[region_count]. */
void l2_count_dirty(const L2 *l2, uint64_t *dirty_sectors);
/* Sectors that are valid now, by region, copies included, added to valid_sectors[region_count]. */
void l2_count_valid(const L2 *l2, uint64_t *valid_sectors);
/* Where these sectors' lines go, as differences: the sum of change[0 .. set] grows by the lines that the set would hold
 * in one partition (its own and copies of the other's). change has set_count + 1 places. */
void l2_add_lines(const L2 *l2, uint64_t first_sector, uint64_t sector_count, int64_t *change);
/* No set has room left. */
bool l2_is_full(const L2 *l2);
/* Between kernels, by a profiler: everything is written back and dropped; counts in no kernel's traffic. */
void l2_flush(L2 *l2);
void l2_clear_traffic(L2 *l2);
#endif
