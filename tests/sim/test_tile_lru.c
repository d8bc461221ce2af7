/* The tile engine's LRU list against a slow one that keeps the time of every use and looks through all entries. */
#include "sim/memory/tile_lru.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/base/random.h"

enum { UNITS = 3000, OWNERS = 3 };

typedef struct SlowEntry {
    uint64_t bytes, used_at; /* used_at 0: not there */
    bool is_valid, is_dirty;
} SlowEntry;

typedef struct Slow {
    SlowEntry entries[2][2 * UNITS]; /* by partition: unit x 2 + home */
    uint64_t capacity_bytes, used_bytes[2], now, read_bytes[OWNERS], write_bytes[OWNERS];
    int partition_count;
    bool is_near;
} Slow;

static int owner_of(int unit) { return unit % OWNERS; }

static void slow_evict(Slow *slow, int p) {
    int oldest = -1;
    for (int i = 0; i < 2 * UNITS; i++) {
        const SlowEntry *entry = &slow->entries[p][i];
        if (entry->used_at && (oldest < 0 || entry->used_at < slow->entries[p][oldest].used_at)) oldest = i;
    }
    SlowEntry *entry = &slow->entries[p][oldest];
    if (entry->is_dirty) slow->write_bytes[owner_of(oldest / 2)] += entry->bytes;
    slow->used_bytes[p] -= entry->bytes;
    *entry = (SlowEntry){.bytes = entry->bytes};
}

static bool slow_touch(Slow *slow, int p, int at) {
    SlowEntry *entry = &slow->entries[p][at];
    bool was_valid = entry->is_valid;
    if (!entry->used_at) slow->used_bytes[p] += entry->bytes;
    while (slow->used_bytes[p] > slow->capacity_bytes) slow_evict(slow, p);
    entry->used_at = ++slow->now;
    entry->is_valid = true;
    return was_valid;
}

static void slow_read(Slow *slow, int side, int unit) {
    for (int home = 0; home < slow->partition_count; home++) {
        int at = 2 * unit + home;
        if (slow_touch(slow, side, at) || (home != side && slow_touch(slow, home, at))) continue;
        slow->read_bytes[owner_of(unit)] += slow->entries[home][at].bytes;
    }
}

static void slow_write(Slow *slow, int side, int unit) {
    for (int home = 0; home < slow->partition_count; home++) {
        int at = 2 * unit + home;
        slow_touch(slow, home, at);
        slow->entries[home][at].is_dirty = true;
        if (slow->is_near && home != side)
            slow_touch(slow, side, at);
        else
            slow->entries[1 - home][at].is_valid = false;
    }
}

static void slow_atomic(Slow *slow, int unit) {
    for (int home = 0; home < slow->partition_count; home++) {
        int at = 2 * unit + home;
        if (!slow_touch(slow, home, at)) slow->read_bytes[owner_of(unit)] += slow->entries[home][at].bytes;
        slow->entries[home][at].is_dirty = true;
        slow->entries[1 - home][at].is_valid = false;
    }
}

static uint64_t random_state = 20261124;
static int random_index(int count) { return (int)random_below(&random_state, (uint64_t)count); }

static void step(TileLru *lru, Slow *slow, int unit) {
    int side = random_index(slow->partition_count), kind = random_index(8);
    if (kind == 0) {
        tile_lru_atomic(lru, side, (uint32_t)unit), slow_atomic(slow, unit);
    } else if (kind < 3) {
        tile_lru_write(lru, side, (uint32_t)unit), slow_write(slow, side, unit);
    } else {
        tile_lru_read(lru, side, (uint32_t)unit), slow_read(slow, side, unit);
    }
}

static void assert_same(const TileLru *lru, const Slow *slow) {
    uint64_t dirty_bytes[TILE_LRU_OWNERS_MAX] = {0}, valid_bytes[TILE_LRU_OWNERS_MAX] = {0};
    uint64_t slow_dirty_bytes[OWNERS] = {0}, slow_valid_bytes[OWNERS] = {0};
    tile_lru_count_dirty(lru, dirty_bytes);
    tile_lru_count_valid(lru, valid_bytes);
    for (int p = 0; p < 2; p++)
        for (int i = 0; i < 2 * UNITS; i++) {
            const SlowEntry *entry = &slow->entries[p][i];
            if (entry->is_dirty) slow_dirty_bytes[owner_of(i / 2)] += entry->bytes;
            if (entry->is_valid) slow_valid_bytes[owner_of(i / 2)] += entry->bytes;
        }
    for (int o = 0; o < OWNERS; o++) {
        assert_int_equal(lru->read_bytes[o], slow->read_bytes[o]);
        assert_int_equal(lru->write_bytes[o], slow->write_bytes[o]);
        assert_int_equal(dirty_bytes[o], slow_dirty_bytes[o]);
        assert_int_equal(valid_bytes[o], slow_valid_bytes[o]);
    }
}

/* hot_units are used over and over, so that the log fills with uses that count no more while cold ones stay oldest. */
static void compare(int partition_count, L2Store store, uint64_t capacity_bytes, int hot_units) {
    Arena arena = {0};
    TileLru lru;
    Slow *slow = ARENA_NEW(&arena, Slow);
    tile_lru_init(&lru, (L2Config){.size_bytes = capacity_bytes, .partition_count = partition_count, .store = store},
                  UNITS, &arena);
    slow->capacity_bytes = capacity_bytes / (uint64_t)partition_count;
    slow->partition_count = partition_count;
    slow->is_near = partition_count == 2 && store == L2_STORE_NEAR;
    for (int unit = 0; unit < UNITS; unit++) {
        uint64_t bytes = 256 * (1 + (uint64_t)random_index(8));
        tile_lru_define(&lru, (uint32_t)unit, bytes, (uint8_t)owner_of(unit));
        for (int i = 0; i < 4; i++) slow->entries[i / 2][2 * unit + i % 2].bytes = bytes / (uint64_t)partition_count;
    }
    for (int i = 0; i < 12000; i++) step(&lru, slow, random_index(i / 3000 % 2 ? UNITS : hot_units));
    assert_same(&lru, slow);
    arena_free(&arena);
}

static void list_equals_the_slow_one(void **state) {
    (void)state;
    static const uint64_t kib[] = {16, 256, 2048, 8192}; /* from a few units to all, copies included */
    for (int i = 0; i < 4; i++) {
        compare(1, L2_STORE_HOME, kib[i] << 10, 20);
        compare(2, L2_STORE_HOME, kib[i] << 10, 300);
        compare(2, L2_STORE_NEAR, kib[i] << 10, 20);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(list_equals_the_slow_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
