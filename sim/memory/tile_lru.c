/* Two LRU lists of half units: see tile_lru.h. With one partition a unit's "half" at home 0 is the whole of it. */
#include "sim/memory/tile_lru.h"

#include <assert.h>
#include <string.h>

enum { LOG_PLACES_MIN = 1024 };

void tile_lru_init(TileLru *lru, L2Config config, uint64_t unit_count, Arena *arena) {
    assert(unit_count <= (uint64_t)1 << 30);
    uint64_t entry_count = unit_count * (uint64_t)config.partition_count; /* of a list */
    *lru = (TileLru){.capacity_bytes = config.size_bytes / (uint64_t)config.partition_count,
                     .partition_count = config.partition_count,
                     .store = config.store,
                     .arena = arena};
    for (int p = 0; p < lru->partition_count; p++) {
        lru->lists[p] = (TileLruList){.entries = ARENA_ARRAY(arena, TileLruEntry, entry_count),
                                      .log = ARENA_ARRAY(arena, uint32_t, LOG_PLACES_MIN),
                                      .log_places = LOG_PLACES_MIN};
    }
}

static uint32_t entry_of(const TileLru *lru, uint32_t unit, int home) {
    return unit * (uint32_t)lru->partition_count + (uint32_t)home;
}

void tile_lru_define(TileLru *lru, uint32_t unit, uint64_t size_bytes, uint8_t owner) {
    uint64_t half_bytes = size_bytes / (uint64_t)lru->partition_count;
    assert(half_bytes <= UINT32_MAX && owner < TILE_LRU_OWNERS_MAX);
    for (int p = 0; p < lru->partition_count; p++)
        for (int home = 0; home < lru->partition_count; home++) {
            TileLruEntry *entry = &lru->lists[p].entries[entry_of(lru, unit, home)];
            entry->half_bytes = (uint32_t)half_bytes;
            entry->owner = owner;
        }
}

static inline uint32_t *logged(const TileLruList *list, uint32_t use) {
    return &list->log[use & (list->log_places - 1)];
}

/* Whether this use is its entry's last. */
static inline bool counts(const TileLruList *list, uint32_t use) {
    const TileLruEntry *entry = &list->entries[*logged(list, use)];
    return entry->is_listed && entry->last_use == use;
}

/* The oldest uses that count no more are forgotten. */
static inline void skip_stale(TileLruList *list) {
    while (list->first != list->end && !counts(list, list->first)) list->first++;
}

/* Closes up what counts towards the newest end, which leaves numbers of later uses as they are. */
static void close_up(TileLruList *list) {
    uint32_t first = list->end;
    for (uint32_t use = list->end; use-- != list->first;) {
        if (!counts(list, use)) continue;
        uint32_t at = *logged(list, use);
        *logged(list, --first) = at;
        list->entries[at].last_use = first;
    }
    list->first = first;
}

/* Room in a full log: from its oldest end, or by closing up; half of it at least, or the log grows. */
static void make_room(TileLru *lru, TileLruList *list) {
    skip_stale(list);
    if (list->end - list->first > list->log_places / 2) close_up(list);
    if (list->end - list->first <= list->log_places / 2) return;
    TileLruList longer = *list;
    longer.log_places = 2 * list->log_places;
    longer.log = ARENA_ARRAY(lru->arena, uint32_t, longer.log_places);
    for (uint32_t use = list->first; use != list->end; use++) *logged(&longer, use) = *logged(list, use);
    *list = longer;
}

static inline void log_use(TileLru *lru, TileLruList *list, uint32_t at) {
    if (list->end - list->first == list->log_places) make_room(lru, list);
    *logged(list, list->end) = at;
    list->entries[at].last_use = list->end++;
}

/* Drops the entry whose last use is the oldest; how many bytes that frees, 0 where the list is empty. */
static inline uint64_t evict(TileLru *lru, TileLruList *list) {
    skip_stale(list);
    if (list->first == list->end) return 0;
    TileLruEntry *entry = &list->entries[*logged(list, list->first++)];
    if (entry->is_dirty) lru->write_bytes[entry->owner] += entry->half_bytes;
    entry->is_listed = entry->is_valid = entry->is_dirty = false;
    list->has_evicted = true;
    return entry->half_bytes;
}

static void insert(TileLru *lru, TileLruList *list, uint32_t at) {
    TileLruEntry *entry = &list->entries[at];
    uint64_t used_bytes = list->used_bytes + entry->half_bytes;
    while (used_bytes > lru->capacity_bytes && list->first != list->end) used_bytes -= evict(lru, list);
    list->used_bytes = used_bytes;
    log_use(lru, list, at);
    entry->is_listed = entry->is_valid = true;
}

/* Makes the entry the newest of its partition. True where it was there and valid. */
static inline bool touch(TileLru *lru, int partition, uint32_t at) {
    TileLruList *list = &lru->lists[partition];
    TileLruEntry *entry = &list->entries[at];
    if (!entry->is_listed) {
        insert(lru, list, at);
        return false;
    }
    bool was_valid = entry->is_valid;
    entry->is_valid = true;
    if (entry->last_use + 1 != list->end) log_use(lru, list, at);
    return was_valid;
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

/* Adds what is listed and passes the test, by owner. */
static void count_listed(const TileLru *lru, bool (*passes)(const TileLruEntry *), uint64_t *bytes) {
    for (int p = 0; p < lru->partition_count; p++) {
        const TileLruList *list = &lru->lists[p];
        for (uint32_t use = list->first; use != list->end; use++) {
            const TileLruEntry *entry = &list->entries[*logged(list, use)];
            if (counts(list, use) && passes(entry)) bytes[entry->owner] += entry->half_bytes;
        }
    }
}

static bool is_dirty(const TileLruEntry *entry) { return entry->is_dirty; }
static bool is_valid(const TileLruEntry *entry) { return entry->is_valid; }

void tile_lru_count_dirty(const TileLru *lru, uint64_t *dirty_bytes) { count_listed(lru, is_dirty, dirty_bytes); }
void tile_lru_count_valid(const TileLru *lru, uint64_t *valid_bytes) { count_listed(lru, is_valid, valid_bytes); }

bool tile_lru_is_full(const TileLru *lru) {
    return lru->lists[0].has_evicted && lru->lists[lru->partition_count - 1].has_evicted;
}

void tile_lru_flush(TileLru *lru) {
    for (int p = 0; p < lru->partition_count; p++) {
        TileLruList *list = &lru->lists[p];
        for (uint32_t use = list->first; use != list->end; use++) {
            TileLruEntry *entry = &list->entries[*logged(list, use)];
            entry->is_listed = entry->is_valid = entry->is_dirty = false;
        }
        list->first = list->end = 0;
        list->used_bytes = 0;
        list->has_evicted = false;
    }
}

void tile_lru_clear_traffic(TileLru *lru) {
    memset(lru->read_bytes, 0, sizeof lru->read_bytes);
    memset(lru->write_bytes, 0, sizeof lru->write_bytes);
}
