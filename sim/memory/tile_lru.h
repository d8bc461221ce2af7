/* The L2 as an LRU list of whole units (pieces of tiles): the tile engine's cache.
 *
 * A unit's bytes lie half at home in either partition, as lines do (l2.h); each partition has one LRU order over home
 * halves and copies of the other's halves, and evicts by bytes. So it follows the sector engine where every unit
 * fills all sets alike, at a cost that does not depend on the unit's size.
 *
 * The order is a log of uses, not a chain of links: a use is written at the end, and an entry knows the place of its
 * last one. Who evicts reads the log from its oldest end and passes over places that are not some entry's last use.
 *
 *     log      3 7 3 5 8 7        7 was used last, then 8, 5, 3 (its older use, at 0, counts no more, nor 7's at 1)
 *              ^first      ^end
 *
 * Nothing is ever unlinked: a hit or a miss touches one entry and either end of the log. The log is a ring; where its
 * oldest end holds it up, it is closed up over what counts no more.
 * Not modelled, beside what l2.h leaves out: sets, single sectors.
 */
#ifndef SIM_MEMORY_TILE_LRU_H
#define SIM_MEMORY_TILE_LRU_H
#include "sim/memory/l2.h"

enum { TILE_LRU_OWNERS_MAX = 40 };

typedef struct TileLruEntry {
    uint32_t last_use; /* its number in the log; while is_listed */
    uint32_t half_bytes;
    uint8_t owner;
    bool is_listed, is_valid, is_dirty;
} TileLruEntry;

typedef struct TileLruList {
    TileLruEntry *entries; /* unit x 2 + home */
    uint32_t *log;         /* entries by time of use; use number n stands at n modulo log_places */
    uint32_t first, end;   /* numbers of the oldest use kept and of the next one; they wrap */
    uint32_t log_places;   /* a power of two */
    uint64_t used_bytes;
    bool has_evicted;
} TileLruList;

typedef struct TileLru {
    uint64_t capacity_bytes; /* of one partition */
    int partition_count;
    L2Store store;
    Arena *arena; /* given to tile_lru_init: logs grow in it */
    TileLruList lists[L2_PARTITIONS_MAX];
    uint64_t read_bytes[TILE_LRU_OWNERS_MAX], write_bytes[TILE_LRU_OWNERS_MAX]; /* to and from DRAM, by owner */
} TileLru;

/* Empty. unit_count is at most 2^30. The arena must outlive the list. */
void tile_lru_init(TileLru *lru, L2Config config, uint64_t unit_count, Arena *arena);
/* Sets a unit's size and owner; before its first use. */
void tile_lru_define(TileLru *lru, uint32_t unit, uint64_t size_bytes, uint8_t owner);
/* An SM on `side` (below partition_count) reads, overwrites or adds to a whole unit; as l2_read, l2_write, l2_atomic.
 */
void tile_lru_read(TileLru *lru, int side, uint32_t unit);
void tile_lru_write(TileLru *lru, int side, uint32_t unit);
void tile_lru_atomic(TileLru *lru, int side, uint32_t unit);
/* Adds what is dirty now, by owner. */
void tile_lru_count_dirty(const TileLru *lru, uint64_t *dirty_bytes);
/* Adds what is valid now, copies included, by owner. */
void tile_lru_count_valid(const TileLru *lru, uint64_t *valid_bytes);
/* Every partition has evicted. */
bool tile_lru_is_full(const TileLru *lru);
/* Everything is written back and dropped; counts in nobody's traffic. */
void tile_lru_flush(TileLru *lru);
void tile_lru_clear_traffic(TileLru *lru);
#endif
