/* The steps that a formula's row sums: against a walk over every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "viz/state/summed.h"

static bool is_of_row(const Program *program, const FormulaRow *row, const ReplayState *state) {
    const ProgramLeaf *leaf = state->leaf;
    if (!state->delta.value[row->counter]) return false;
    if (row->kernel[0] && strcmp(program->kernels[state->kernel].name, row->kernel) != 0) return false;
    return !row->tensor[0] ||
           (leaf->tensor != TENSOR_NONE && strcmp(program->tensors[leaf->tensor].name, row->tensor) == 0);
}

static void check_row(const Runner *run, int number, const Summed *summed) {
    const FormulaRow *row = &run->count->formula->rows[number];
    uint64_t rank = 0, sum = 0;
    for (uint64_t step = 0; step < run->step_count; step++) {
        ReplayState state;
        replay_seek(run->program, step, &state);
        assert_int_equal(summed_rank(summed, step), rank);
        bool is_summed = is_of_row(run->program, row, &state);
        assert_int_equal(summed_has(summed, step), is_summed);
        if (!is_summed) continue;
        assert_int_equal(summed_seek(summed, rank), step);
        sum += state.delta.value[row->counter];
        rank++;
    }
    assert_int_equal(rank, summed->count);
    assert_int_equal(summed_rank(summed, run->step_count), summed->count);
    uint64_t want = 0;
    for (int i = 0; i < run->count->formula->row_count; i++) {
        const FormulaRow *other = &run->count->formula->rows[i];
        bool is_alike = other->counter == row->counter && strcmp(other->kernel, row->kernel) == 0 &&
                        strcmp(other->tensor, row->tensor) == 0;
        want += is_alike ? other->value : 0;
    }
    assert_int_equal(sum, want);
}

/* Returns how many rows have steps. Rows about bytes of a tensor have them all. */
static int check_rows(const char *text) {
    Arena arena = {0};
    Err err = {0};
    Scenario scenario = scenario_default();
    if (!scenario_read_text(&scenario, "test", text, &err) || !scenario_finish(&scenario, &err))
        fail_msg("%s", err.text);
    Count *counts = ARENA_ARRAY(&arena, Count, scenario.algorithm_count);
    if (!count_scenario(&scenario, (CountOptions){.is_dram_skipped = true}, counts, &arena, &err))
        fail_msg("%s", err.text);
    Race race;
    race_make(&scenario, counts, scenario.algorithm_count, &arena, &race);
    int checked_count = 0;
    for (int r = 0; r < race.runner_count; r++)
        for (int i = 0; i < race.runners[r].count->formula->row_count; i++) {
            const FormulaRow *row = &race.runners[r].count->formula->rows[i];
            Summed summed;
            bool has_steps = summed_make(&race.runners[r], i, &arena, &summed);
            bool is_issued = row->counter == COUNTER_ISSUED_READ_BYTES || row->counter == COUNTER_ISSUED_WRITE_BYTES;
            if (!has_steps && is_issued && row->value)
                fail_msg("%s: %s of %s in '%s' has no steps", race.runners[r].program->algorithm,
                         counter_info[row->counter].key, row->tensor, row->kernel);
            if (!has_steps) continue;
            check_row(&race.runners[r], i, &summed);
            checked_count++;
        }
    arena_free(&arena);
    return checked_count;
}

static void rows_and_their_steps(void **unused) {
    (void)unused;
    int small = check_rows("algorithm = standard,flash1,flash2\nbatch = 1\nheads = 2\nseq = 48\nhead-dim = 16\n"
                           "block-q = 16\nblock-k = 32\n");
    int causal = check_rows("algorithm = flash2,standard\nbatch = 1\nheads = 2\nseq = 72\nhead-dim = 16\nblock-q = 16\n"
                            "block-k = 32\ncausal = on\npass = both\nlayers = 2\n");
    int paper = check_rows("algorithm = standard,flash1\nbatch = 1\nheads = 2\nseq = 48\nhead-dim = 16\nblock-q = 16\n"
                           "block-k = 16\naccounting = paper\n");
    int learned = check_rows("algorithm = moba,nsa\nbatch = 1\nheads = 2\nseq = 64\nhead-dim = 16\nblock-q = 16\n"
                             "block-k = 8\nselect-block = 8\nselect-count = 4\n");
    assert_true(small > 20 && causal > 30 && paper > 10 && learned > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_and_their_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
