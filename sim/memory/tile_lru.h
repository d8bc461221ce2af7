/* The L2 as an LRU list of whole units (pieces of tiles): the tile engine's cache.
 *
 * A unit's bytes lie half at home in either partition, as lines do (l2.h); each partition has one LRU order over home
 * halves and copies of the other's halves, and evicts by bytes. So it follows the sector engine where every unit
 * fills all sets alike, at a cost that does not depend on the unit's size.
 * Not modelled, beside what l2.h leaves out: sets, single sectors.
 */
#ifndef SIM_MEMORY_TILE_LRU_H
#define SIM_MEMORY_TILE_LRU_H
#include "sim/memory/l2.h"

enum { TILE_LRU_OWNERS_MAX = 40 };

typedef struct TileLruEntry {
    uint32_t newer, older; /* in the partition's list; itself when not in it */
    uint32_t half_bytes;
    uint8_t owner;
    bool is_listed, is_valid, is_dirty;
} TileLruEntry;

typedef struct TileLruList {
    TileLruEntry *entries; /* unit x 2 + home; the last one is the list's head: its older is the newest */
    uint64_t used_bytes;
    bool has_evicted;
} TileLruList;

typedef struct TileLru {
    uint64_t capacity_bytes; /* of one partition */
    int partition_count;
    L2Store store;
    uint32_t head;
    TileLruList lists[L2_PARTITIONS_MAX];
    uint64_t read_bytes[TILE_LRU_OWNERS_MAX], write_bytes[TILE_LRU_OWNERS_MAX]; /* to and from DRAM, by owner */
} TileLru;

/* Empty. unit_count is at most 2^30. */
void tile_lru_init(TileLru *lru, L2Config config, uint64_t unit_count, Arena *arena);
/* Sets a unit's size and owner; before its first use. */
void tile_lru_define(TileLru *lru, uint32_t unit, uint64_t size_bytes, uint8_t owner);
void tile_lru_read(TileLru *lru, int side, uint32_t unit);
void tile_lru_write(TileLru *lru, int side, uint32_t unit);
void tile_lru_atomic(TileLru *lru, int side, uint32_t unit);
/* Adds what is dirty now, by owner. */
void tile_lru_count_dirty(const TileLru *lru, uint64_t *dirty_bytes);
/* Adds what is valid now, copies included, by owner. */
void tile_lru_count_valid(const TileLru *lru, uint64_t *valid_bytes);
/* Every partition has evicted. */
bool tile_lru_is_full(const TileLru *lru);
void tile_lru_flush(TileLru *lru);
void tile_lru_clear_traffic(TileLru *lru);
#endif
