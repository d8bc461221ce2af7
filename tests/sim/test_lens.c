/* Steps as requests against the tree's own counts; bank conflicts worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/attention/algorithm.h"
#include "sim/memory/lens.h"

static LensBanks strided(uint64_t stride_bytes, int lane_count, uint64_t lane_bytes) {
    uint64_t address[WARP_LANES];
    for (int lane = 0; lane < lane_count; lane++) address[lane] = (uint64_t)lane * stride_bytes;
    return lens_banks(address, lane_count, lane_bytes);
}

static void conflicts_as_worked_by_hand(void **state) {
    (void)state;
    const struct {
        uint64_t stride_bytes;
        int lane_count;
        uint64_t lane_bytes;
        int phases, wavefronts;
    } rows[] = {
        {4, 32, 4, 1, 1},     /* neighbours */
        {8, 32, 4, 1, 2},     /* every other word: two lanes a bank */
        {128, 32, 4, 1, 32},  /* a column of 32 words: one bank serves all */
        {132, 32, 4, 1, 1},   /* the same, padded by a word */
        {0, 32, 4, 1, 1},     /* broadcast */
        {2, 32, 2, 1, 1},     /* two lanes share a word */
        {64, 32, 4, 1, 16},   /* banks 0 and 16 only */
        {8, 32, 8, 2, 2},     /* half warps */
        {16, 32, 16, 4, 4},   /* quarter warps */
        {128, 32, 16, 4, 32}, /* rows of 128 bytes read down a column of 16-byte pieces */
        {16, 5, 16, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        LensBanks got = strided(rows[i].stride_bytes, rows[i].lane_count, rows[i].lane_bytes);
        assert_int_equal(got.phase_count, rows[i].phases);
        assert_int_equal(got.wavefront_count, rows[i].wavefronts);
    }
    LensBanks pairs = strided(8, 32, 4);
    assert_int_equal(pairs.lane[0][2], 1);
    assert_int_equal(pairs.lane[1][0], 16);
    assert_int_equal(pairs.lane[0][1], -1);
}

/* Requests and sectors of each step, one by one, are what the tree counts for it. */
static void requests_are_those_of_the_tree(void **state) {
    (void)state;
    static const char *const names[] = {"standard", "flash1", "flash2"};
    int ragged_count = 0;
    for (int a = 0; a < 6; a++) {
        Arena arena = {0};
        Program program;
        Err err;
        Scenario scenario = scenario_default();
        scenario.batch_count = 1;
        scenario.head_count = scenario.kv_head_count = 2;
        scenario.query_rows = scenario.key_rows = a < 3 ? 192 : 201; /* 201: heads and rows start inside sectors */
        scenario.pass = PASS_BOTH;
        assert_true(scenario_finish(&scenario, &err));
        assert_true(algorithm_program(algorithm_find(names[a % 3]), &scenario, &program, &arena, &err));
        ragged_count += program.has_ragged_tiles;
        uint64_t step_count = program_total(&program)->value[COUNTER_STEP_COUNT];
        for (uint64_t step = 0; step < step_count; step++) {
            ReplayState at;
            replay_seek(&program, step, &at);
            if (at.leaf->kind != STEP_LOAD && at.leaf->kind != STEP_STORE) continue;
            WarpTile tile = lens_tile(&program, &at);
            uint64_t requests = warp_tile_requests(&tile), sectors = 0, lanes = 0;
            for (uint64_t r = 0; r < requests; r++) {
                WarpRequest request;
                warp_tile_request(&tile, r, &request);
                sectors += (uint64_t)request.sector_count;
                lanes += (uint64_t)request.lane_count;
                assert_true(lens_request_banks(r, &request).wavefront_count ==
                            lens_request_banks(r, &request).phase_count);
            }
            bool is_load = at.leaf->kind == STEP_LOAD;
            assert_int_equal(requests, at.delta.value[is_load ? COUNTER_L1_READ_REQUESTS : COUNTER_L1_WRITE_REQUESTS]);
            assert_int_equal(lanes * tile.lane_bytes, tile.rows * tile.row_bytes);
            assert_int_equal(sectors, at.delta.value[is_load ? COUNTER_L1_READ_SECTORS : COUNTER_L1_WRITE_SECTORS]);
        }
        arena_free(&arena);
    }
    assert_true(ragged_count == 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conflicts_as_worked_by_hand),
        cmocka_unit_test(requests_are_those_of_the_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
