/* Two LRU lists of half units: see tile_lru.h. With one partition a unit's "half" at home 0 is the whole of it. */
#include "sim/memory/tile_lru.h"

#include <assert.h>
#include <string.h>

void tile_lru_init(TileLru *lru, L2Config config, uint64_t unit_count, Arena *arena) {
    assert(unit_count <= (uint64_t)1 << 30);
    uint64_t entry_count = unit_count * (uint64_t)config.partition_count;
    *lru = (TileLru){.capacity_bytes = config.size_bytes / (uint64_t)config.partition_count,
                     .partition_count = config.partition_count,
                     .store = config.store,
                     .head = (uint32_t)entry_count};
    for (int p = 0; p < lru->partition_count; p++) {
        lru->lists[p].entries = ARENA_ARRAY(arena, TileLruEntry, entry_count + 1);
        lru->lists[p].entries[lru->head].newer = lru->lists[p].entries[lru->head].older = lru->head;
    }
}

void tile_lru_define(TileLru *lru, uint32_t unit, uint64_t size_bytes, uint8_t owner) {
    uint64_t half_bytes = size_bytes / (uint64_t)lru->partition_count;
    assert(half_bytes <= UINT32_MAX && owner < TILE_LRU_OWNERS_MAX);
    for (int p = 0; p < lru->partition_count; p++)
        for (int home = 0; home < lru->partition_count; home++) {
            TileLruEntry *entry = &lru->lists[p].entries[unit * (uint32_t)lru->partition_count + (uint32_t)home];
            entry->half_bytes = (uint32_t)half_bytes;
            entry->owner = owner;
        }
}

static void unlink_entry(TileLruEntry *entries, TileLruEntry *entry) {
    entries[entry->newer].older = entry->older;
    entries[entry->older].newer = entry->newer;
}

static void push_front(TileLru *lru, TileLruEntry *entries, uint32_t at) {
    uint32_t newest = entries[lru->head].older;
    entries[at].newer = lru->head;
    entries[at].older = newest;
    entries[newest].newer = at;
    entries[lru->head].older = at;
}

static void evict(TileLru *lru, TileLruList *list) {
    uint32_t oldest = list->entries[lru->head].newer;
    TileLruEntry *entry = &list->entries[oldest];
    unlink_entry(list->entries, entry);
    if (entry->is_dirty) lru->write_bytes[entry->owner] += entry->half_bytes;
    entry->is_listed = entry->is_valid = entry->is_dirty = false;
    list->used_bytes -= entry->half_bytes;
    list->has_evicted = true;
}

/* Makes the entry the newest of its partition. True where it was there and valid. */
static bool touch(TileLru *lru, int partition, uint32_t at) {
    TileLruList *list = &lru->lists[partition];
    TileLruEntry *entry = &list->entries[at];
    if (entry->is_listed) {
        bool was_valid = entry->is_valid;
        entry->is_valid = true;
        if (list->entries[lru->head].older == at) return was_valid;
        unlink_entry(list->entries, entry);
        push_front(lru, list->entries, at);
        return was_valid;
    }
    list->used_bytes += entry->half_bytes;
    while (list->used_bytes > lru->capacity_bytes && list->entries[lru->head].newer != lru->head) evict(lru, list);
    push_front(lru, list->entries, at);
    entry->is_listed = entry->is_valid = true;
    return false;
}

static uint32_t entry_of(const TileLru *lru, uint32_t unit, int home) {
    return unit * (uint32_t)lru->partition_count + (uint32_t)home;
}

void tile_lru_read(TileLru *lru, int side, uint32_t unit) {
    for (int home = 0; home < lru->partition_count; home++) {
        uint32_t at = entry_of(lru, unit, home);
        if (touch(lru, side, at)) continue;
        if (home != side && touch(lru, home, at)) continue;
        const TileLruEntry *entry = &lru->lists[home].entries[at];
        lru->read_bytes[entry->owner] += entry->half_bytes;
    }
}

/* The other partition's copy, if any, keeps its place but holds nothing. */
static void write_home(TileLru *lru, int side, uint32_t at, int home) {
    touch(lru, home, at);
    lru->lists[home].entries[at].is_dirty = true;
    if (lru->partition_count == 1) return;
    if (lru->store == L2_STORE_NEAR && home != side)
        touch(lru, side, at);
    else
        lru->lists[1 - home].entries[at].is_valid = false;
}

void tile_lru_write(TileLru *lru, int side, uint32_t unit) {
    for (int home = 0; home < lru->partition_count; home++) write_home(lru, side, entry_of(lru, unit, home), home);
}

void tile_lru_atomic(TileLru *lru, int side, uint32_t unit) {
    (void)side;
    for (int home = 0; home < lru->partition_count; home++) {
        uint32_t at = entry_of(lru, unit, home);
        TileLruEntry *entry = &lru->lists[home].entries[at];
        if (!touch(lru, home, at)) lru->read_bytes[entry->owner] += entry->half_bytes;
        entry->is_dirty = true;
        if (lru->partition_count == 2) lru->lists[1 - home].entries[at].is_valid = false;
    }
}

void tile_lru_count_dirty(const TileLru *lru, uint64_t *dirty_bytes) {
    for (int p = 0; p < lru->partition_count; p++) {
        const TileLruEntry *entries = lru->lists[p].entries;
        for (uint32_t at = entries[lru->head].older; at != lru->head; at = entries[at].older)
            if (entries[at].is_dirty) dirty_bytes[entries[at].owner] += entries[at].half_bytes;
    }
}

void tile_lru_count_valid(const TileLru *lru, uint64_t *valid_bytes) {
    for (int p = 0; p < lru->partition_count; p++) {
        const TileLruEntry *entries = lru->lists[p].entries;
        for (uint32_t at = entries[lru->head].older; at != lru->head; at = entries[at].older)
            if (entries[at].is_valid) valid_bytes[entries[at].owner] += entries[at].half_bytes;
    }
}

bool tile_lru_is_full(const TileLru *lru) {
    return lru->lists[0].has_evicted && lru->lists[lru->partition_count - 1].has_evicted;
}

void tile_lru_flush(TileLru *lru) {
    for (int p = 0; p < lru->partition_count; p++) {
        TileLruEntry *entries = lru->lists[p].entries;
        for (uint32_t at = entries[lru->head].older; at != lru->head; at = entries[at].older)
            entries[at].is_listed = entries[at].is_valid = entries[at].is_dirty = false;
        entries[lru->head].older = entries[lru->head].newer = lru->head;
        lru->lists[p].used_bytes = 0;
        lru->lists[p].has_evicted = false;
    }
}

void tile_lru_clear_traffic(TileLru *lru) {
    memset(lru->read_bytes, 0, sizeof lru->read_bytes);
    memset(lru->write_bytes, 0, sizeof lru->write_bytes);
}
