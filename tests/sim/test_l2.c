/* The L2 engine against a slow reference on caches of one set, vector versions against the plain loop, and cases
 * worked by hand. */
#include "sim/memory/l2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/random.h"

enum { KIB = 1024, LINES_MAX = 16 };

/* Reference: two lists of at most 16 lines with the time of their last use. */
typedef struct RefLine {
    uint64_t line, used_at;
    bool valid[4], dirty[4];
} RefLine;
typedef struct Ref {
    RefLine lines[2][LINES_MAX];
    int count[2], partition_count;
    uint64_t now, dram_read, dram_write;
    bool is_near;
} Ref;

static RefLine *ref_find(Ref *ref, int p, uint64_t line) {
    for (int i = 0; i < ref->count[p]; i++)
        if (ref->lines[p][i].line == line) return &ref->lines[p][i];
    return NULL;
}

static RefLine *ref_use(Ref *ref, int p, uint64_t line) {
    RefLine *found = ref_find(ref, p, line);
    if (!found && ref->count[p] < LINES_MAX)
        found = &ref->lines[p][ref->count[p]++];
    else if (!found) {
        found = &ref->lines[p][0];
        for (int i = 1; i < LINES_MAX; i++)
            if (ref->lines[p][i].used_at < found->used_at) found = &ref->lines[p][i];
        for (int s = 0; s < 4; s++) ref->dram_write += found->dirty[s];
        memset(found, 0, sizeof *found);
    } else {
        found->used_at = ++ref->now;
        return found;
    }
    *found = (RefLine){.line = line, .used_at = ++ref->now};
    return found;
}

static int ref_home(const Ref *ref, uint64_t line) {
    int ones = 0;
    for (uint64_t group = line / 32; group; group /= 2) ones += group % 2;
    return ref->partition_count == 2 ? ones % 2 : 0;
}

static void ref_read(Ref *ref, int side, uint64_t sector) {
    uint64_t line = sector / 4;
    RefLine *near = ref_use(ref, side, line);
    if (near->valid[sector % 4]) return;
    near->valid[sector % 4] = true;
    if (ref_home(ref, line) != side) {
        RefLine *home = ref_use(ref, 1 - side, line);
        if (home->valid[sector % 4]) return;
        home->valid[sector % 4] = true;
    }
    ref->dram_read++;
}

static void ref_write(Ref *ref, int side, uint64_t sector) {
    uint64_t line = sector / 4;
    int home = ref_home(ref, line);
    RefLine *stored = ref_use(ref, home, line);
    stored->valid[sector % 4] = stored->dirty[sector % 4] = true;
    if (ref->partition_count == 1) return;
    if (ref->is_near && home != side)
        ref_use(ref, side, line)->valid[sector % 4] = true;
    else if (ref_find(ref, 1 - home, line))
        ref_find(ref, 1 - home, line)->valid[sector % 4] = false;
}

static void engine_equals_reference_on_one_set(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (int round = 0; round < 400; round++) {
        int partitions = 1 + round % 2;
        L2Store store = round / 2 % 2 ? L2_STORE_NEAR : L2_STORE_HOME;
        Arena arena = {0};
        L2 l2;
        L2Config config = {.size_bytes = (uint64_t)partitions * 2 * KIB,
                           .partition_count = partitions,
                           .store = store,
                           .vector_max = (L2Vector)(round / 4 % 3)};
        assert_true(l2_init(&l2, config, &arena, NULL));
        l2_add_region(&l2, 0, 1 << 20);
        Ref ref = {.partition_count = partitions, .is_near = store == L2_STORE_NEAR};
        for (int step = 0; step < 300; step++) {
            int side = (int)random_below(&seed, (uint64_t)partitions);
            /* a few lines of eight groups, one sector at a time: the reference's order within a run is by sector */
            uint64_t sector = random_below(&seed, 8) * 128 + random_below(&seed, 14);
            bool is_write = random_below(&seed, 3) == 0;
            if (is_write)
                l2_write(&l2, side, 0, sector, 1), ref_write(&ref, side, sector);
            else
                l2_read(&l2, side, 0, sector, 1), ref_read(&ref, side, sector);
            assert_int_equal(l2.traffic[0].dram_read_sectors, ref.dram_read);
            assert_int_equal(l2.traffic[0].dram_write_sectors, ref.dram_write);
        }
        arena_free(&arena);
    }
}

static void vector_loops_equal_the_plain_loop(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 200; round++) {
        int partitions = 1 + round % 2;
        Arena arena = {0};
        L2 l2[3];
        L2Config config = {.size_bytes = (1 + random_below(&seed, 200)) * 4 * KIB,
                           .partition_count = partitions,
                           .store = (L2Store)(round / 2 % 2)};
        for (int v = 0; v < 3; v++) {
            config.vector_max = (L2Vector)v;
            assert_true(l2_init(&l2[v], config, &arena, NULL));
            l2_add_region(&l2[v], 0, 1 << 15);
            l2_add_region(&l2[v], 1 << 15, 1 << 15);
        }
        for (int step = 0; step < 300; step++) {
            int side = (int)random_below(&seed, (uint64_t)partitions), region = (int)random_below(&seed, 2);
            bool is_write = random_below(&seed, 3) == 0;
            uint64_t first = random_below(&seed, 30000), count = 1 + random_below(&seed, 700);
            for (int v = 0; v < 3; v++)
                (is_write ? l2_write : l2_read)(&l2[v], side, region, (uint64_t)region * 32768 + first, count);
        }
        for (int v = 1; v < 3; v++) assert_memory_equal(l2[v].traffic, l2[0].traffic, sizeof l2[0].traffic);
        uint64_t dirty[3][2] = {{0}};
        for (int v = 0; v < 3; v++) l2_count_dirty(&l2[v], dirty[v]);
        assert_memory_equal(dirty[0], dirty[1], sizeof dirty[0]);
        assert_memory_equal(dirty[0], dirty[2], sizeof dirty[0]);
        arena_free(&arena);
    }
}

/* Mostly whole granules, some parts of them, so that sets part and join again; rows of alike sets against all sets. */
static void alike_sets_count_as_each_on_its_own(void **state) {
    (void)state;
    uint64_t seed = 11;
    for (int round = 0; round < 200; round++) {
        Arena arena = {0};
        int partitions = 1 + round % 2;
        uint64_t granule_lines = 1u << random_below(&seed, 6), granule_sectors = granule_lines * L2_LINE_SECTORS;
        L2 l2[2];
        L2Config config = {.size_bytes = (1 + random_below(&seed, 50)) * 128 * KIB,
                           .partition_count = partitions,
                           .store = (L2Store)(round / 2 % 2),
                           .granule_lines = granule_lines};
        for (int v = 0; v < 2; v++) {
            config.is_each_set_kept = v;
            assert_true(l2_init(&l2[v], config, &arena, NULL));
            l2_add_region(&l2[v], 0, 1 << 20);
        }
        for (int step = 0; step < 1000; step++) {
            int side = (int)random_below(&seed, (uint64_t)partitions), kind = (int)random_below(&seed, 4);
            bool is_part = random_below(&seed, 10) == 0;
            uint64_t first = random_below(&seed, 400) * granule_sectors;
            uint64_t count = granule_sectors * random_below(&seed, 9);
            if (is_part) first += random_below(&seed, granule_sectors), count = 1 + random_below(&seed, 40);
            for (int v = 0; v < 2; v++)
                (kind == 0 ? l2_write : kind == 1 ? l2_atomic : l2_read)(&l2[v], side, 0, first, count);
        }
        assert_memory_equal(l2[0].traffic, l2[1].traffic, sizeof l2[0].traffic);
        uint64_t dirty[2] = {0}, valid[2] = {0};
        for (int v = 0; v < 2; v++) l2_count_dirty(&l2[v], &dirty[v]), l2_count_valid(&l2[v], &valid[v]);
        assert_int_equal(dirty[0], dirty[1]);
        assert_int_equal(valid[0], valid[1]);
        assert_int_equal(l2_is_full(&l2[0]), l2_is_full(&l2[1]));
        arena_free(&arena);
    }
}

/* Sweeps a buffer `sweeps` times, each 4 KiB from one side or from both in turn. */
static uint64_t sweep(L2 *l2, uint64_t buffer_bytes, int sweeps, bool both_sides) {
    uint64_t sectors = buffer_bytes / L2_SECTOR_BYTES;
    for (int i = 0; i < sweeps; i++)
        for (uint64_t s = 0; s < sectors; s += 128)
            for (int side = 0; side <= both_sides; side++) l2_read(l2, side, 0, s, 128);
    return l2->traffic[0].dram_read_sectors;
}

static L2 cold(Arena *arena, uint64_t size_bytes, int partitions, L2Store store) {
    L2 l2;
    L2Config config = {.size_bytes = size_bytes, .partition_count = partitions, .store = store};
    assert_true(l2_init(&l2, config, arena, NULL));
    l2_add_region(&l2, 0, 1 << 24);
    return l2;
}

static void capacity_by_hand(void **state) {
    (void)state;
    static const struct {
        const char *what;
        uint64_t l2_kib;
        int partitions;
        uint64_t buffer_kib;
        bool both_sides;
        uint64_t dram_kib; /* of three sweeps */
    } cases[] = {
        {"one partition holds all it says", 1024, 1, 1024, false, 1024},
        {"read by all, half the L2 fits: the rest would be its copies", 1024, 2, 512, true, 512},
        {"read by all, above half: LRU loses every line before its next use", 1024, 2, 1024, true, 3 * 1024},
        {"read from one side only, its own half is the limit", 1024, 2, 512, false, 512},
        {"772 sets a partition, no multiple of a group", 3088, 2, 1544, true, 1544},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Arena arena = {0};
        L2 l2 = cold(&arena, cases[i].l2_kib * KIB, cases[i].partitions, L2_STORE_HOME);
        uint64_t dram = sweep(&l2, cases[i].buffer_kib * KIB, 3, cases[i].both_sides) * L2_SECTOR_BYTES / KIB;
        if (dram != cases[i].dram_kib) print_error("%s\n", cases[i].what);
        assert_int_equal(dram, cases[i].dram_kib);
        arena_free(&arena);
    }
}

/* A result as large as three quarters of L2, written then read back by the same SMs: it fits at home, but near
 * copies of stores would push it out. */
static void store_policies_differ_between_half_and_whole(void **state) {
    (void)state;
    uint64_t back_bytes[2];
    for (int policy = 0; policy < 2; policy++) {
        Arena arena = {0};
        L2 l2 = cold(&arena, 1024 * KIB, 2, policy ? L2_STORE_NEAR : L2_STORE_HOME);
        uint64_t sectors = 768 * KIB / L2_SECTOR_BYTES;
        for (uint64_t s = 0; s < sectors; s += 128) l2_write(&l2, (int)(s / 256 % 2), 0, s, 128);
        back_bytes[policy] = l2.traffic[0].dram_write_sectors * L2_SECTOR_BYTES;
        uint64_t dirty = 0;
        l2_count_dirty(&l2, &dirty);
        assert_int_equal(dirty * L2_SECTOR_BYTES + back_bytes[policy], 768 * KIB);
        arena_free(&arena);
    }
    assert_int_equal(back_bytes[0], 0);
    assert_true(back_bytes[1] > 0);
}

/* Sectors are filled singly: reading one of four costs one. */
static void sectors_fill_singly(void **state) {
    (void)state;
    Arena arena = {0};
    L2 l2 = cold(&arena, 1024 * KIB, 2, L2_STORE_HOME);
    for (uint64_t line = 0; line < 100; line++) l2_read(&l2, 0, 0, line * 4 + 1, 1);
    assert_int_equal(l2.traffic[0].dram_read_sectors, 100);
    for (uint64_t line = 0; line < 100; line++) l2_read(&l2, 0, 0, line * 4, 4);
    assert_int_equal(l2.traffic[0].dram_read_sectors, 400);
    l2_flush(&l2);
    l2_read(&l2, 1, 0, 0, 400);
    assert_int_equal(l2.traffic[0].dram_read_sectors, 800);
    arena_free(&arena);
}

static void write_backs_belong_to_their_region(void **state) {
    (void)state;
    Arena arena = {0};
    L2 l2;
    L2Config config = {.size_bytes = 64 * KIB, .partition_count = 2};
    assert_true(l2_init(&l2, config, &arena, NULL));
    l2_add_region(&l2, 0, 1024);
    l2_add_region(&l2, 65536, 65536);
    l2_write(&l2, 0, 0, 0, 1024);
    l2_read(&l2, 1, 1, 65536, 65536);
    assert_int_equal(l2.traffic[0].dram_write_sectors, 1024);
    assert_int_equal(l2.traffic[1].dram_write_sectors, 0);
    assert_int_equal(l2.traffic[1].dram_read_sectors, 65536);
    uint64_t valid[2] = {0};
    l2_count_valid(&l2, valid);
    assert_int_equal(valid[0], 0);
    assert_int_equal(valid[1], 64 * KIB / L2_SECTOR_BYTES);
    arena_free(&arena);
}

static void too_small_is_an_error(void **state) {
    (void)state;
    Arena arena = {0};
    L2 l2;
    Err err = {0};
    assert_false(l2_init(&l2, (L2Config){.size_bytes = 4095, .partition_count = 2}, &arena, &err));
    assert_non_null(strstr(err.text, "4095"));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_equals_reference_on_one_set),
        cmocka_unit_test(vector_loops_equal_the_plain_loop),
        cmocka_unit_test(alike_sets_count_as_each_on_its_own),
        cmocka_unit_test(capacity_by_hand),
        cmocka_unit_test(store_policies_differ_between_half_and_whole),
        cmocka_unit_test(sectors_fill_singly),
        cmocka_unit_test(write_backs_belong_to_their_region),
        cmocka_unit_test(too_small_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
