/* warp.h against a lane-by-lane count, and against cases worked by hand. */
#include "sim/memory/warp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/base/random.h"

static bool is_in(const uint64_t *list, int count, uint64_t value) {
    for (int i = count - 1; i >= 0; i--)
        if (list[i] == value) return true;
    return false;
}

/* Every byte of every lane, looked up in a list: the slow road. */
static uint64_t brute_sectors(const WarpTile *tile, uint64_t *request_count) {
    uint64_t row_pieces = tile->row_bytes / tile->lane_bytes, pieces = tile->rows * row_pieces, sectors = 0;
    *request_count = 0;
    for (uint64_t first = 0; first < pieces; first += 32, ++*request_count) {
        uint64_t touched[32 * 16];
        int touched_count = 0;
        for (uint64_t p = first; p < pieces && p < first + 32; p++)
            for (uint64_t b = 0; b < tile->lane_bytes; b++) {
                uint64_t row_first = tile->base_bytes + p / row_pieces * tile->pitch_bytes;
                uint64_t sector = (row_first + p % row_pieces * tile->lane_bytes + b) / 32;
                if (!is_in(touched, touched_count, sector)) touched[touched_count++] = sector;
            }
        sectors += (uint64_t)touched_count;
    }
    return sectors;
}

static WarpTile random_tile(uint64_t *seed) {
    uint64_t lane_bytes = (uint64_t)1 << random_below(seed, 5);
    uint64_t row_pieces = 1 + random_below(seed, random_below(seed, 2) ? 8 : 200);
    uint64_t row_bytes = row_pieces * lane_bytes;
    uint64_t gap_bytes = random_below(seed, 3) ? random_below(seed, 70) : 0;
    return (WarpTile){.base_bytes = random_below(seed, 3) ? random_below(seed, 4096) : 0,
                      .pitch_bytes = row_bytes + gap_bytes,
                      .rows = 1 + random_below(seed, 150),
                      .row_bytes = row_bytes,
                      .lane_bytes = lane_bytes};
}

static void fast_count_equals_lane_by_lane(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 6000; i++) {
        WarpTile tile = random_tile(&seed);
        uint64_t requests, sectors, want_requests, want_sectors = brute_sectors(&tile, &want_requests), listed = 0;
        warp_count_tile(&tile, &requests, &sectors);
        for (uint64_t r = 0; r < requests; r++) {
            WarpRequest request;
            warp_tile_request(&tile, r, &request);
            listed += (uint64_t)request.sector_count;
        }
        if (sectors != want_sectors || requests != want_requests || listed != want_sectors)
            print_error("tile base %lu pitch %lu rows %lu row_bytes %lu lane_bytes %lu\n", tile.base_bytes,
                        tile.pitch_bytes, tile.rows, tile.row_bytes, tile.lane_bytes);
        assert_int_equal(sectors, want_sectors);
        assert_int_equal(requests, want_requests);
        assert_int_equal(listed, want_sectors);
    }
}

static void coalescing_cases_by_hand(void **state) {
    (void)state;
    static const struct {
        const char *what;
        WarpTile tile;
        uint64_t requests, sectors;
    } cases[] = {
        {"one aligned warp of floats: 128 bytes, 4 sectors", {0, 128, 1, 128, 4}, 1, 4},
        {"the same 4 bytes later: a fifth sector", {4, 128, 1, 128, 4}, 1, 5},
        {"16-byte lanes: 512 bytes, 16 sectors", {0, 512, 1, 512, 16}, 1, 16},
        {"one float a row of 128 bytes: a sector a lane", {0, 128, 32, 4, 4}, 1, 32},
        {"one float a row of 16 bytes: two lanes a sector", {0, 16, 32, 4, 4}, 1, 16},
        {"halves, 64 a row, 1 KiB apart: half a warp a row", {0, 1024, 2, 128, 8}, 1, 8},
        {"128 x 64 halves, dense: 16 KiB", {0, 128, 128, 128, 16}, 32, 512},
        {"128 rows of 128 bytes out of rows of 2 KiB", {0, 2048, 128, 128, 4}, 128, 512},
        {"3 halves a row of 8 bytes, 4 rows: one sector", {0, 8, 4, 6, 2}, 1, 1},
        {"33 bytes by single bytes: a request of one lane", {0, 33, 1, 33, 1}, 2, 2},
        {"rows of 31 halves: each request lies across rows", {0, 62, 32, 62, 2}, 31, 62},
        {"nothing", {0, 128, 0, 128, 4}, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t requests, sectors;
        warp_count_tile(&cases[i].tile, &requests, &sectors);
        if (requests != cases[i].requests || sectors != cases[i].sectors) print_error("%s\n", cases[i].what);
        assert_int_equal(requests, cases[i].requests);
        assert_int_equal(sectors, cases[i].sectors);
    }
}

/* 10^15 bytes must not take 10^15 steps: the test would not end. */
static void a_huge_tile_is_instant(void **state) {
    (void)state;
    WarpTile tile = {.base_bytes = 2, .pitch_bytes = 262146, .rows = 4000000000u, .row_bytes = 262144, .lane_bytes = 2};
    uint64_t requests, sectors;
    warp_count_tile(&tile, &requests, &sectors);
    assert_int_equal(requests, (uint64_t)4000000000 * 4096);
    /* 16 row offsets of 2, 4, ..., 32 bytes: 3 sectors a request, but 2 where the row starts on a sector. */
    assert_int_equal(sectors, (uint64_t)4000000000 / 16 * 4096 * (15 * 3 + 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_count_equals_lane_by_lane),
        cmocka_unit_test(coalescing_cases_by_hand),
        cmocka_unit_test(a_huge_tile_is_instant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
