/* Three engines on one definition: where closed form or tiles say that they are exact, they read what the sector engine
 * reads, and what they write back and leave dirty comes to the same: 10,000 random small scenarios on small GPUs, some
 * larger ones with an L2 of megabytes, and some on real GPUs. */
#include "sim/memory/dram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/attention/algorithm.h"
#include "sim/base/random.h"
#include "sim/memory/dram_sweep.h"

enum { SMALL_COUNT = 10000, LARGE_COUNT = 100, REAL_COUNT = 200, SWEEP_COUNT = 60 };

static uint64_t random_state = 20261124;

/* Shapes are multiples of 16 elements, so that every row is whole sectors; L2 from far too small to far too large. */
static Scenario random_scenario(void) {
    static const char *const algorithms[] = {"standard", "flash1", "flash2", "flash2", "flash2", "window"};
    Scenario s = scenario_default();
    s.algorithms[0] = algorithm_find(algorithms[random_below(&random_state, 6)])->name;
    s.algorithm_count = 1;
    s.batch_count = 1 + random_below(&random_state, 3);
    s.kv_head_count = 1 + random_below(&random_state, 4);
    s.head_count = s.kv_head_count * (random_below(&random_state, 4) ? 1 : 2);
    s.query_rows = s.key_rows = 16 * (1 + random_below(&random_state, 10));
    s.head_dim_elems = 16 * (1 + random_below(&random_state, 4));
    s.dtype = random_below(&random_state, 4) ? DTYPE_FP16 : DTYPE_FP32;
    s.pass = random_below(&random_state, 3) ? PASS_FORWARD : PASS_BOTH;
    s.is_causal = random_below(&random_state, 4) == 0;
    s.mask = random_below(&random_state, 6) ? MASK_NONE : MASK_ADDITIVE;
    s.block_query_rows = s.block_key_rows = 16 << random_below(&random_state, 3);
    if (random_below(&random_state, 2)) s.block_query_rows = 16;
    s.window_keys = 32;
    s.machine.sm_count = 1 + (uint32_t)random_below(&random_state, 6);
    s.machine.compute_capability = random_below(&random_state, 2) ? 80 : 89;
    s.machine.blocks_per_sm_max = 1 + (uint32_t)random_below(&random_state, 3);
    s.machine.l2_bytes = (uint64_t)(4 + random_below(&random_state, 13)) << (12 + random_below(&random_state, 9));
    s.l2_store = random_below(&random_state, 2) ? L2_STORE_NEAR : L2_STORE_HOME;
    s.l2_start = (L2Start)random_below(&random_state, 3);
    return s;
}

static Scenario random_large_scenario(void) {
    Scenario s = random_scenario();
    s.query_rows = s.key_rows = 256 * (1 + random_below(&random_state, 4));
    s.head_dim_elems = 64;
    s.block_query_rows = s.block_key_rows = 64 << random_below(&random_state, 2);
    s.window_keys = 128;
    s.machine.sm_count = 4 + 4 * (uint32_t)random_below(&random_state, 4);
    s.machine.l2_bytes = (uint64_t)(8 + random_below(&random_state, 9)) << (17 + random_below(&random_state, 4));
    return s;
}

/* Real GPUs with the tiles that their kernels take, up to 3,200 tokens. */
static Scenario random_real_scenario(void) {
    static const char *const algorithms[] = {"standard", "flash1", "flash2", "window", "flash3"};
    static const char *const gpus[] = {"v100",    "t4",   "a100-40", "a100-80", "rtx3090",
                                       "rtx4090", "l40s", "h100",    "h200",    "b200"};
    Scenario s = random_scenario();
    uint64_t algorithm = random_below(&random_state, 5);
    bool is_hopper = strcmp(algorithms[algorithm], "flash3") == 0;
    const char *gpu = gpus[is_hopper ? 7 + random_below(&random_state, 2) : random_below(&random_state, 10)];
    assert_true(machine_find(gpu, &s.machine, NULL));
    if (is_hopper) s.pass = PASS_FORWARD, s.mask = MASK_NONE;
    s.algorithms[0] = algorithm_find(algorithms[algorithm])->name;
    s.kv_head_count = 1 + random_below(&random_state, 12);
    s.head_count = s.kv_head_count * (random_below(&random_state, 4) ? 1 : 2);
    s.query_rows = s.key_rows = 128 * (2 + random_below(&random_state, algorithm == 0 ? 8 : 24));
    s.head_dim_elems = 64 << random_below(&random_state, 2);
    s.dtype = DTYPE_FP16;
    s.block_query_rows = s.block_key_rows = 0;
    s.window_keys = 256;
    return s;
}

/* flash1, its rows well above the L2. */
static Scenario random_sweep_scenario(void) {
    Scenario s = random_scenario();
    s.algorithms[0] = algorithm_find("flash1")->name;
    s.head_count = s.kv_head_count;
    s.query_rows = s.key_rows = 256 * (2 + random_below(&random_state, 6));
    s.head_dim_elems = 64;
    s.mask = MASK_NONE;
    s.is_causal = random_below(&random_state, 2);
    s.block_query_rows = 0;
    s.block_key_rows = 64 << random_below(&random_state, 2);
    s.machine.sm_count = 2 + 2 * (uint32_t)random_below(&random_state, 6);
    s.machine.l2_bytes = (uint64_t)(8 + random_below(&random_state, 9)) << (14 + random_below(&random_state, 2));
    return s;
}

static void complain(const Program *program, const DramReport *want, const DramReport *got) {
    const Scenario *s = &program->scenario;
    print_error(
        "%s B=%lu h=%lu/%lu N=%lu d=%lu blocks %lux%lu causal %d pass %d sms %u x %u cc %u l2 %lu store %d start %d\n",
        program->algorithm, s->batch_count, s->head_count, s->kv_head_count, s->query_rows, s->head_dim_elems,
        s->block_query_rows, s->block_key_rows, s->is_causal, s->pass, s->machine.sm_count,
        s->machine.blocks_per_sm_max, s->machine.compute_capability, s->machine.l2_bytes, s->l2_store, s->l2_start);
    for (int k = 0; k < program->kernel_count; k++)
        for (int t = 0; t < program->tensor_count; t++) {
            const DramTraffic *a = &want->tensors[k][t], *b = &got->tensors[k][t];
            if (memcmp(a, b, sizeof *a))
                print_error("  %s, %s: sectors %lu/%lu/%lu, %s %lu/%lu/%lu\n", program->kernels[k].name,
                            program->tensors[t].name, a->read_bytes, a->write_bytes, a->dirty_bytes, got->engine,
                            b->read_bytes, b->write_bytes, b->dirty_bytes);
        }
}

/* Two tiles of a row vector that share a line keep each other in L2: its reads may differ a little. */
static bool is_read_agreed(const Tensor *tensor, uint64_t want_bytes, uint64_t got_bytes) {
    uint64_t apart_bytes = want_bytes > got_bytes ? want_bytes - got_bytes : got_bytes - want_bytes;
    return tensor->tensor_class == TENSOR_STATISTICS ? apart_bytes <= want_bytes / 10 : apart_bytes == 0;
}

/* Bytes written by the end of kernel k: back to HBM so far, or dirty still. Flushed starts drop what was dirty. */
static bool is_agreed(const Program *program, const DramReport *want, const DramReport *got) {
    bool is_flushed = program->scenario.l2_start == L2_START_FLUSHED;
    for (int t = 0; t < program->tensor_count; t++) {
        int64_t want_sum = 0, got_sum = 0;
        for (int k = 0; k < program->kernel_count; k++) {
            const DramTraffic *a = &want->tensors[k][t], *b = &got->tensors[k][t];
            if (!is_read_agreed(&program->tensors[t], a->read_bytes, b->read_bytes)) return false;
            if (program->tensors[t].tensor_class == TENSOR_STATISTICS) continue;
            want_sum = (is_flushed ? 0 : want_sum) + (int64_t)a->write_bytes;
            got_sum = (is_flushed ? 0 : got_sum) + (int64_t)b->write_bytes;
            bool is_carried = program->scenario.l2_start == L2_START_WARM; /* the first run's dirty bytes come on top */
            if (!is_carried && want_sum + (int64_t)a->dirty_bytes != got_sum + (int64_t)b->dirty_bytes) return false;
        }
    }
    return true;
}

typedef struct Tally {
    int scenarios, closed, sweeps, tiles, bad;
} Tally;

static void check_engine(const Program *program, const DramReport *want, const DramReport *got, int *sure_count,
                         Tally *tally) {
    ++*sure_count;
    if (is_agreed(program, want, got)) return;
    tally->bad++;
    complain(program, want, got);
}

/* False where the random shape is refused. */
static bool check_scenario(Scenario scenario, Tally *tally, Arena *arena) {
    Program *program = ARENA_NEW(arena, Program);
    DramReport *want = ARENA_NEW(arena, DramReport), *got = ARENA_NEW(arena, DramReport);
    if (!scenario_finish(&scenario, NULL)) return false;
    if (!algorithm_program(algorithm_find(scenario.algorithms[0]), &scenario, program, arena, NULL)) return false;
    DramConfig config = dram_config(&program->scenario);
    assert_true(dram_simulate(program, config, false, arena, want, NULL));
    if (dram_count_closed(program, config, false, arena, got)) check_engine(program, want, got, &tally->closed, tally);
    if (dram_count_sweeps(program, config, arena, got)) check_engine(program, want, got, &tally->sweeps, tally);
    assert_true(dram_count_tiles(program, config, arena, got, NULL));
    if (got->is_exact) check_engine(program, want, got, &tally->tiles, tally);
    tally->scenarios++;
    return true;
}

static Tally check_many(Scenario (*next)(void), int count) {
    Tally tally = {0};
    while (tally.scenarios < count && tally.bad < 20) {
        Arena arena = {0};
        check_scenario(next(), &tally, &arena);
        arena_free(&arena);
    }
    print_message("%d scenarios: closed form sure in %d, with sectors at its ends in %d, tiles in %d\n",
                  tally.scenarios, tally.closed, tally.sweeps, tally.tiles);
    return tally;
}

static void engines_agree_on_small_scenarios(void **state) {
    (void)state;
    Tally tally = check_many(random_scenario, SMALL_COUNT);
    assert_int_equal(tally.bad, 0);
    assert_true(tally.closed > SMALL_COUNT / 5 && tally.tiles > SMALL_COUNT / 20);
}

static void engines_agree_on_larger_scenarios(void **state) {
    (void)state;
    Tally tally = check_many(random_large_scenario, LARGE_COUNT);
    assert_int_equal(tally.bad, 0);
    assert_true(tally.closed > LARGE_COUNT / 5);
}

static void engines_agree_on_real_gpus(void **state) {
    (void)state;
    Tally tally = check_many(random_real_scenario, REAL_COUNT);
    assert_int_equal(tally.bad, 0);
    assert_true(tally.closed > REAL_COUNT / 5 && tally.tiles > REAL_COUNT / 5);
}

static void engines_agree_on_sweeps(void **state) {
    (void)state;
    Tally tally = check_many(random_sweep_scenario, SWEEP_COUNT);
    assert_int_equal(tally.bad, 0);
    assert_true(tally.sweeps > SWEEP_COUNT / 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_agree_on_small_scenarios),
        cmocka_unit_test(engines_agree_on_larger_scenarios),
        cmocka_unit_test(engines_agree_on_real_gpus),
        cmocka_unit_test(engines_agree_on_sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
