/* Sectors of tiles that start anywhere in a sector: a count against a walk of every step's lanes, for every algorithm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "sim/count.h"
#include "sim/memory/lens.h"

typedef struct Walked { uint64_t read_sectors, write_sectors; } Walked;

static Walked walk(const Program *program) {
    Walked sum = {0};
    uint64_t step_count = program_total(program)->value[COUNTER_STEP_COUNT];
    for (uint64_t step = 0; step < step_count; step++) {
        ReplayState at;
        replay_seek(program, step, &at);
        StepKind kind = at.leaf->kind;
        if (kind != STEP_LOAD && kind != STEP_STORE && kind != STEP_ATOMIC) continue;
        WarpTile tile = lens_tile(program, &at);
        *(kind == STEP_LOAD ? &sum.read_sectors : &sum.write_sectors) += warp_tile_sectors(&tile);
    }
    return sum;
}

static uint64_t below(uint64_t *state, uint64_t bound) { return random_u64(state) % bound; }

static Scenario ragged(uint64_t *state) {
    Scenario s = scenario_default();
    s.batch_count = 1 + below(state, 2);
    s.kv_head_count = 1 + below(state, 2);
    s.head_count = s.kv_head_count * (1 + below(state, 2));
    s.query_rows = 1 + below(state, 90);
    s.key_rows = 1 + below(state, 90);
    s.head_dim_elems = 1 + below(state, 40);
    s.dtype = (Dtype)below(state, 4);
    s.pass = below(state, 2) ? PASS_BOTH : PASS_FORWARD;
    s.is_causal = below(state, 2);
    s.mask = (MaskKind)below(state, 3);
    s.dropout_probability = below(state, 2) ? 0.1 : 0;
    s.block_query_rows = 1 + below(state, 40);
    s.block_key_rows = 1 + below(state, 40);
    s.layer_count = 1 + below(state, 2);
    return s;
}

static void test_count_is_a_walk(void **unused) {
    (void)unused;
    uint64_t state = 5;
    int counted = 0, ragged_count = 0;
    for (int i = 0; i < 400; i++) {
        Arena arena = {0};
        Err err = {0};
        Count count;
        Scenario s = ragged(&state);
        const Algorithm *algorithm = algorithm_table[below(&state, (uint64_t)algorithm_table_count)];
        if (scenario_finish(&s, &err) && count_algorithm(algorithm, &s, (CountOptions){.is_dram_skipped = true}, &count, &arena, &err)) {
            Walked want = walk(count.program);
            uint64_t got_read = count.totals.value[COUNTER_L1_READ_SECTORS], got_write = count.totals.value[COUNTER_L1_WRITE_SECTORS];
            if (got_read != want.read_sectors || got_write != want.write_sectors)
                fail_msg("%s, case %d: read sectors want %llu, got %llu; written want %llu, got %llu", algorithm->name, i,
                         (unsigned long long)want.read_sectors, (unsigned long long)got_read,
                         (unsigned long long)want.write_sectors, (unsigned long long)got_write);
            assert_int_equal(count.totals.value[COUNTER_L2_READ_BYTES], got_read * 32);
            assert_int_equal(count.totals.value[COUNTER_L2_WRITE_BYTES], got_write * 32);
            uint64_t by_tensor = 0;
            for (int k = 0; k < count.kernel_count; k++)
                for (int t = 0; t < count.kernels[k].tensor_count; t++)
                    by_tensor += count.kernels[k].tensors[t].totals.value[COUNTER_L1_READ_SECTORS];
            assert_int_equal(by_tensor, got_read);
            counted++;
            ragged_count += !count.program->is_l1_exact;
        }
        arena_free(&arena);
    }
    assert_true(counted > 200 && ragged_count > 150);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_count_is_a_walk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
