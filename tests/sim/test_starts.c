/* Sectors of tiles that start anywhere in a sector: the running counters of every step, and the count, against a walk
 * of every step's requests as the lens shows them, for every algorithm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "sim/count.h"
#include "sim/memory/lens.h"

/* Small enough to walk; now and then long rows of small tiles, so that sums over many children and trips are met. */
static Scenario ragged(uint64_t *state) {
    Scenario s = scenario_default();
    bool is_long = random_below(state, 4) == 0;
    uint64_t length_max = is_long ? 200 : 60, block_max = is_long ? 10 : 30;
    s.batch_count = 1 + random_below(state, 2);
    s.kv_head_count = 1 + random_below(state, 2);
    s.head_count = s.kv_head_count * (1 + random_below(state, 3));
    s.query_rows = 1 + random_below(state, length_max);
    s.key_rows = 1 + random_below(state, length_max);
    s.head_dim_elems = 1 + random_below(state, 40);
    s.dtype = (Dtype)random_below(state, 4);
    s.pass = random_below(state, 2) ? PASS_BOTH : PASS_FORWARD;
    s.is_causal = random_below(state, 2);
    s.mask = (MaskKind)random_below(state, 3);
    s.dropout_probability = random_below(state, 2) ? 0.1 : 0;
    s.block_query_rows = 1 + random_below(state, block_max);
    s.block_key_rows = 1 + random_below(state, block_max);
    s.layer_count = 1 + random_below(state, 2);
    s.accounting = random_below(state, 2) ? ACCOUNTING_PAPER : ACCOUNTING_CODE;
    return s;
}

/* Hopper's tiles; rows of an odd number of 16 bytes, so that heads of an odd number of rows start inside sectors. */
static void suit_flash3(Scenario *s, uint64_t *state) {
    Err err;
    assert_true(machine_find("h100", &s->machine, &err));
    s->pass = PASS_FORWARD, s->mask = MASK_NONE, s->dropout_probability = 0;
    s->dtype = (Dtype)(DTYPE_FP16 + random_below(state, 3));
    s->head_dim_elems = (1 + 2 * random_below(state, 3)) * 16 / dtype_elem_bytes(s->dtype);
    s->query_rows |= 1, s->key_rows |= 1;
    s->block_query_rows = 64, s->block_key_rows = 32 * (1 + random_below(state, 2));
    if (s->dtype == DTYPE_FP8 || random_below(state, 2)) return;
    s->pass = PASS_BOTH, s->kv_head_count = s->head_count;
    s->block_query_rows = s->block_key_rows = 0;
}

/* What a scenario needs for the algorithms that take a few rows, learn what they see, or have one pass. */
static void suit(Scenario *s, const Algorithm *algorithm, uint64_t *state) {
    bool is_step = strcmp(algorithm->name, "decode") == 0 || strcmp(algorithm->name, "paged") == 0;
    if (is_step) s->query_rows = 1 + random_below(state, 3), s->split_count = random_below(state, 4);
    bool is_chosen = strcmp(algorithm->name, "moba") == 0 || strcmp(algorithm->name, "nsa") == 0 ||
                     strcmp(algorithm->name, "quest") == 0 || strcmp(algorithm->name, "dsa") == 0;
    if (is_step || is_chosen) s->pass = PASS_FORWARD, s->mask = MASK_NONE;
    if (is_step || random_below(state, 2)) s->select_block_rows = 1 + random_below(state, 9);
    if (is_chosen) s->block_key_rows = 0;
    if (strcmp(algorithm->name, "flash3") == 0) suit_flash3(s, state);
}

/* What the lens's requests of all steps so far touch. */
typedef struct Walk {
    const Program *program;
    uint64_t sectors[2]; /* read, written */
    uint64_t by_tensor[PROGRAM_KERNELS_MAX][PROGRAM_TENSORS_MAX][2];
} Walk;

/* Sectors of a step request by request, as `steps --lens` prints them. */
static uint64_t lens_sectors(const Program *program, const ReplayState *at) {
    WarpTile tile = lens_tile(program, at);
    uint64_t sum = 0;
    for (uint64_t r = 0; r < warp_tile_requests(&tile); r++) {
        WarpRequest request;
        warp_tile_request(&tile, r, &request);
        sum += (uint64_t)request.sector_count;
    }
    return sum;
}

static void assert_sectors(const char *what, const Program *program, uint64_t step, const Counters *got,
                           const uint64_t want[2]) {
    for (int i = 0; i < 2; i++) {
        uint64_t sectors = got->value[i ? COUNTER_L1_WRITE_SECTORS : COUNTER_L1_READ_SECTORS];
        if (sectors != want[i])
            fail_msg("%s, step %llu, %s: sectors %s want %llu, got %llu", program->algorithm, (unsigned long long)step,
                     what, i ? "written" : "read", (unsigned long long)want[i], (unsigned long long)sectors);
        assert_int_equal(got->value[i ? COUNTER_L2_WRITE_BYTES : COUNTER_L2_READ_BYTES], sectors * 32);
    }
}

static void walk_step(Walk *walk, const ReplayState *at) {
    assert_sectors("before it", walk->program, at->step_index, &at->before, walk->sectors);
    uint64_t own[2] = {0};
    if (at->leaf->tensor != TENSOR_NONE) own[at->leaf->kind != STEP_LOAD] = lens_sectors(walk->program, at);
    assert_sectors("its own", walk->program, at->step_index, &at->delta, own);
    for (int i = 0; i < 2; i++) {
        walk->sectors[i] += own[i];
        if (own[i]) walk->by_tensor[at->kernel][at->leaf->tensor][i] += own[i];
    }
}

/* The step that a sector counter rises in is found from any value of it. */
static void assert_found(const Program *program, const ReplayState *at, uint64_t *state) {
    static const CounterId ids[] = {COUNTER_L1_READ_SECTORS, COUNTER_L1_WRITE_SECTORS, COUNTER_L2_READ_BYTES,
                                    COUNTER_L2_WRITE_BYTES};
    CounterId id = ids[random_below(state, 4)];
    if (!at->delta.value[id]) return;
    ReplayState found;
    assert_true(
        replay_seek_counter(program, id, at->before.value[id] + random_below(state, at->delta.value[id]), &found));
    assert_int_equal(found.step_index, at->step_index);
    assert_false(replay_seek_counter(program, id, program_total(program)->value[id], &found));
}

static void assert_kernel(const Count *count, int kernel, uint64_t step, const uint64_t now[2],
                          uint64_t kernel_first[2]) {
    uint64_t moved[2] = {now[0] - kernel_first[0], now[1] - kernel_first[1]};
    assert_sectors("its kernel", count->program, step,
                   &count->program->nodes[count->program->kernels[kernel].node].total, moved);
    kernel_first[0] = now[0], kernel_first[1] = now[1];
}

static void assert_counted(const Count *count, const Walk *walk) {
    uint64_t step_count = program_total(count->program)->value[COUNTER_STEP_COUNT],
             layer_count = count->program->scenario.layer_count;
    assert_sectors("the end", count->program, step_count, program_total(count->program), walk->sectors);
    for (int i = 0; i < 2; i++)
        assert_int_equal(count->totals.value[i ? COUNTER_L1_WRITE_SECTORS : COUNTER_L1_READ_SECTORS], walk->sectors[i]);
    for (int k = 0; k < count->kernel_count; k++) {
        const Counters *one_layer = &count->program->nodes[count->program->kernels[k].node].total;
        for (int i = COUNTER_L1_READ_SECTORS; i <= COUNTER_L2_WRITE_BYTES; i++)
            assert_int_equal(count->kernels[k].totals.value[i], one_layer->value[i] * layer_count);
        for (int t = 0; t < count->kernels[k].tensor_count; t++) {
            const CountTensor *row = &count->kernels[k].tensors[t];
            assert_true(walk->by_tensor[k][row->tensor][0] + walk->by_tensor[k][row->tensor][1] > 0);
            assert_int_equal(row->totals.value[COUNTER_L1_READ_SECTORS], walk->by_tensor[k][row->tensor][0]);
            assert_int_equal(row->totals.value[COUNTER_L1_WRITE_SECTORS], walk->by_tensor[k][row->tensor][1]);
            assert_int_equal(row->totals.value[COUNTER_L2_READ_BYTES], walk->by_tensor[k][row->tensor][0] * 32);
            assert_int_equal(row->totals.value[COUNTER_L2_WRITE_BYTES], walk->by_tensor[k][row->tensor][1] * 32);
        }
    }
}

static void walk_program(const Count *count, uint64_t *state) {
    Walk walk = {.program = count->program};
    uint64_t step_count = program_total(count->program)->value[COUNTER_STEP_COUNT], kernel_first[2] = {0};
    ReplayState at, next;
    replay_seek(walk.program, 0, &next);
    for (uint64_t step = 0; step < step_count; step++) {
        at = next;
        walk_step(&walk, &at);
        if (step % 97 == 0) assert_found(walk.program, &at, state);
        if (step + 1 < step_count) replay_seek(walk.program, step + 1, &next);
        bool is_end =
            step + 1 == step_count || next.kernel != at.kernel || next.index[AXIS_LAYER] != at.index[AXIS_LAYER];
        if (is_end) assert_kernel(count, at.kernel, step, walk.sectors, kernel_first);
    }
    assert_counted(count, &walk);
}

static void test_every_step_is_the_lens(void **unused) {
    (void)unused;
    uint64_t state = 5;
    int counted = 0, ragged_count = 0;
    for (int i = 0; i < 480; i++) {
        Arena arena = {0};
        Err err = {0};
        Count count;
        Scenario s = ragged(&state);
        const Algorithm *algorithm = algorithm_table[i % algorithm_table_count];
        suit(&s, algorithm, &state);
        if (scenario_finish(&s, &err) &&
            count_algorithm(algorithm, &s, (CountOptions){.is_dram_skipped = true}, &count, &arena, &err)) {
            walk_program(&count, &state);
            counted++;
            ragged_count += count.program->has_ragged_tiles;
        }
        arena_free(&arena);
    }
    assert_true(counted == 480 && ragged_count > 400);
}

/* Too long to walk: at random steps of every algorithm, what is before a step and the step itself make up what is
 * before the next, and the step is the lens's. */
static void test_neighbours_far_out(void **unused) {
    (void)unused;
    uint64_t state = 9;
    for (int i = 0; i < algorithm_table_count; i++) {
        Arena arena = {0};
        Err err = {0};
        Program program;
        Scenario s = scenario_default();
        s.batch_count = 2, s.kv_head_count = 3, s.head_count = 6, s.layer_count = 2;
        s.query_rows = s.key_rows = 2501, s.head_dim_elems = 20, s.is_causal = i % 2;
        suit(&s, algorithm_table[i], &state);
        s.select_block_rows = 0;
        assert_true(scenario_finish(&s, &err));
        if (!algorithm_program(algorithm_table[i], &s, &program, &arena, &err)) fail_msg("%s", err.text);
        assert_true(program.has_ragged_tiles);
        uint64_t step_count = program_total(&program)->value[COUNTER_STEP_COUNT];
        for (int k = 0; k < 400; k++) {
            ReplayState at, next;
            uint64_t step = random_below(&state, step_count - 1), sectors[2];
            replay_seek(&program, step, &at);
            replay_seek(&program, step + 1, &next);
            for (int w = 0; w < 2; w++) {
                CounterId id = w ? COUNTER_L1_WRITE_SECTORS : COUNTER_L1_READ_SECTORS;
                bool is_own = at.leaf->tensor != TENSOR_NONE && (at.leaf->kind != STEP_LOAD) == w;
                sectors[w] = at.before.value[id] + (is_own ? lens_sectors(&program, &at) : 0);
            }
            assert_sectors("before the next", &program, step, &next.before, sectors);
        }
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_step_is_the_lens),
                                       cmocka_unit_test(test_neighbours_far_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
