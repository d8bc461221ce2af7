/* The two roads: over random scenarios, every counter that has a closed form equals the program's total, and small
 * programs are walked step by step: the sum of the steps' deltas is the total, seek agrees with the walk.
 * HBMSCOPE_SCENARIOS sets how many (100,000 unless told). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/attention/algorithm.h"
#include "sim/base/random.h"
#include "sim/count.h"
#include "sim/replay.h"

static uint64_t random_state = 20261124;
static uint64_t pick(const uint64_t *values, int count) { return values[random_below(&random_state, (uint64_t)count)]; }
#define PICK(...)                                                                                                      \
    pick((const uint64_t[]){__VA_ARGS__}, (int)(sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)))

/* Small sizes are likelier, so that edges (one tile, ragged tiles, N_q above N_k) are met often. */
static Scenario random_scenario(void) {
    Scenario s = scenario_default();
    s.batch_count = PICK(1, 2, 3, 64);
    s.kv_head_count = PICK(1, 2, 4);
    s.head_count = s.kv_head_count * PICK(1, 1, 2, 3);
    uint64_t top = PICK(5, 70, 300, 1500, 9000);
    s.query_rows = 1 + random_below(&random_state, top);
    s.key_rows = random_below(&random_state, 2) ? s.query_rows : 1 + random_below(&random_state, top);
    s.head_dim_elems = PICK(1, 16, 33, 40, 64, 80, 96, 128, 256);
    s.layer_count = PICK(1, 1, 2, 32);
    s.dtype = (Dtype)random_below(&random_state, DTYPE_COUNT);
    s.pass = (Pass)(1 + random_below(&random_state, 3));
    s.is_causal = random_below(&random_state, 2);
    s.mask = (MaskKind)random_below(&random_state, 3);
    s.dropout_probability = random_below(&random_state, 2) ? 0.1 : 0;
    s.block_query_rows = PICK(0, 0, 16, 32, 48, 64, 7);
    s.block_key_rows = PICK(0, 0, 16, 32, 64, 100, 13);
    s.accounting = (Accounting)random_below(&random_state, 2);
    s.memory_rule = (MemoryRule)random_below(&random_state, 2);
    s.window_keys = PICK(0, 0, 1, 2, 63, 128, 200, 1000);
    s.global_token_count = PICK(0, 1, 5, 70, 500);
    s.select_block_rows = PICK(0, 16, 24, 64, 100);
    s.select_count = PICK(0, 1, 2, 5, 40);
    s.compress_rows = PICK(0, 16, 32, 33);
    s.compress_stride_rows = PICK(0, 8, 16);
    s.split_count = PICK(0, 1, 3, 8);
    Err err;
    assert_true(machine_find("h100", &s.machine, &err));
    return s;
}

/* flash3 takes little of the above: what it does, drawn anew, so that it is compared as often as the others. */
static void suit(Scenario *s, const Algorithm *algorithm) {
    if (strcmp(algorithm->name, "flash3") != 0) return;
    s->mask = MASK_NONE, s->dropout_probability = 0;
    s->dtype = (Dtype)PICK(DTYPE_FP16, DTYPE_BF16, DTYPE_FP8);
    s->head_dim_elems = PICK(16, 48, 64, 80, 96, 128, 192, 256);
    s->block_query_rows = PICK(0, 0, 64, 128, 192);
    s->block_key_rows = PICK(0, 0, 32, 64, 96, 160);
    if (s->pass == PASS_FORWARD) return;
    s->dtype = (Dtype)PICK(DTYPE_FP16, DTYPE_BF16), s->kv_head_count = s->head_count;
    s->block_query_rows = s->block_key_rows = 0;
}

static void print_scenario(const Algorithm *algorithm, const Scenario *s) {
    printf("# %s with:\n", algorithm->name);
    scenario_write(s, stdout);
}

static int compare(const Algorithm *algorithm, const Scenario *s, const Count *count) {
    int difference_count = 0;
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (!count->formula->has_counter[i] || count->formula->total[i] == count->totals.value[i]) continue;
        if (difference_count++ == 0) print_scenario(algorithm, s);
        printf("# %s: replay %llu, formula %llu\n", counter_info[i].key, (unsigned long long)count->totals.value[i],
               (unsigned long long)count->formula->total[i]);
    }
    static const CounterId needed[] = {
        COUNTER_STEP_COUNT, COUNTER_BLOCK_COUNT, COUNTER_ISSUED_READ_BYTES, COUNTER_ISSUED_WRITE_BYTES,
        COUNTER_FLOPS,      COUNTER_EXP_COUNT,   COUNTER_PEAK_HBM_BYTES,    COUNTER_SMEM_PER_BLOCK_BYTES};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        bool is_empty = needed[i] == COUNTER_EXP_COUNT || needed[i] == COUNTER_FLOPS;
        if (!is_empty || count->totals.value[needed[i]]) assert_true(count->formula->has_counter[needed[i]]);
    }
    return difference_count;
}

static uint64_t formula_of_tensor_bytes(const Formula *formula, CounterId counter, const char *kernel,
                                        const char *tensor) {
    uint64_t sum_bytes = 0;
    for (int i = 0; i < formula->row_count; i++) {
        const FormulaRow *row = &formula->rows[i];
        if (row->counter == counter && strcmp(row->kernel, kernel) == 0 && strcmp(row->tensor, tensor) == 0)
            sum_bytes += row->value;
    }
    return sum_bytes;
}

/* Every tensor of every kernel by itself: rows that only add up right would mislead on screen. */
static int compare_tensors(const Algorithm *algorithm, const Scenario *s, const Count *count) {
    int difference_count = 0;
    for (int k = 0; k < count->kernel_count; k++)
        for (int t = 0; t < count->kernels[k].tensor_count; t++)
            for (int c = COUNTER_ISSUED_READ_BYTES; c <= COUNTER_ISSUED_WRITE_BYTES; c++) {
                const CountTensor *tensor = &count->kernels[k].tensors[t];
                uint64_t formula_bytes =
                    formula_of_tensor_bytes(count->formula, (CounterId)c, count->kernels[k].name, tensor->name);
                if (formula_bytes == tensor->totals.value[c]) continue;
                if (difference_count++ == 0) print_scenario(algorithm, s);
                printf("# %s of %s in %s: replay %llu, formula %llu\n", counter_info[c].key, tensor->name,
                       count->kernels[k].name, (unsigned long long)tensor->totals.value[c],
                       (unsigned long long)formula_bytes);
            }
    return difference_count;
}

static void walk(const Program *program) {
    const Counters *total = program_total(program);
    uint64_t step_count = total->value[COUNTER_STEP_COUNT];
    Counters sum = {0};
    ReplayState state;
    for (uint64_t step = 0; step < step_count; step++) {
        replay_seek(program, step, &state);
        assert_int_equal(state.step_index, step);
        if (state.before.value[COUNTER_BLOCK_COUNT] > sum.value[COUNTER_BLOCK_COUNT]) {
            sum.value[COUNTER_BLOCK_COUNT]++; /* blocks end between steps: one at a time, and seeking finds the next's
                                                 start */
            ReplayState first;
            assert_true(replay_seek_counter(program, COUNTER_BLOCK_COUNT, sum.value[COUNTER_BLOCK_COUNT], &first));
            assert_int_equal(first.step_index, step);
        }
        assert_memory_equal(&state.before, &sum, sizeof sum);
        counters_add(&sum, &state.delta);
        for (int i = 0; i < AXIS_COUNT; i++) assert_true(state.index[i] < UINT64_C(1) << 40);
        if (state.leaf->tensor != TENSOR_NONE) {
            const Tensor *tensor = &program->tensors[state.leaf->tensor];
            TilePlace place = replay_tile(program, &state);
            assert_true(place.slice < tensor->slice_count);
            assert_true(place.row_first + state.leaf->rows <= tensor->rows);
            assert_true(place.col_first + state.leaf->cols <= tensor->cols);
        }
        Residency residency;
        replay_residency(program, &state, &residency);
        assert_true(residency.smem_used_bytes <= program->kernels[state.kernel].smem_per_block_bytes);
    }
    sum.value[COUNTER_BLOCK_COUNT]++; /* the last block */
    assert_memory_equal(&sum, total, sizeof sum);
    assert_true(sum.value[COUNTER_STEP_COUNT] == 0 ||
                !replay_seek_counter(program, COUNTER_STEP_COUNT, step_count, &state));
}

/* What an algorithm may say to a scenario drawn without regard to it. */
static bool is_fair_refusal(const char *text) {
    return strstr(text, "shared memory") || strstr(text, "only the forward pass") || strstr(text, "it must divide") ||
           strstr(text, "not modelled") || strstr(text, "a step has at most");
}

static void test_formula_equals_replay(void **unused) {
    (void)unused;
    const char *asked = getenv("HBMSCOPE_SCENARIOS");
    long wanted = asked ? atol(asked) : 100000, walked = 0, compared = 0;
    int difference_count = 0;
    Arena arena = {0};
    for (long i = 0; compared < wanted && difference_count < 5; i++) {
        Scenario s = random_scenario();
        const Algorithm *algorithm = algorithm_table[random_below(&random_state, (uint64_t)algorithm_table_count)];
        suit(&s, algorithm);
        Count count;
        Err err = {0};
        arena_reset(&arena);
        if (!count_algorithm(algorithm, &s, (CountOptions){.is_dram_skipped = true}, &count, &arena, &err)) {
            if (err.code != ERR_USAGE || !is_fair_refusal(err.text)) fail_msg("%s: %s", algorithm->name, err.text);
            continue;
        }
        compared++;
        difference_count += compare(algorithm, &s, &count);
        difference_count += compare_tensors(algorithm, &s, &count);
        if (count.totals.value[COUNTER_STEP_COUNT] > 3000) continue;
        walk(count.program);
        walked++;
    }
    arena_free(&arena);
    printf("# %ld scenarios compared, %ld walked step by step\n", compared, walked);
    assert_int_equal(difference_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formula_equals_replay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
