/* Moving through a replay, runners on one clock, score tiles as runs: against brute force at small sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "viz/state/navigate.h"
#include "viz/state/race.h"

typedef struct Case {
    Arena arena;
    Scenario scenario;
    Race race;
} Case;

static void open_case(Case *c, const char *text) {
    Err err = {0};
    *c = (Case){.scenario = scenario_default()};
    if (!scenario_read_text(&c->scenario, "test", text, &err) || !scenario_finish(&c->scenario, &err))
        fail_msg("%s", err.text);
    Count *counts = ARENA_ARRAY(&c->arena, Count, c->scenario.algorithm_count);
    if (!count_scenario(&c->scenario, (CountOptions){.is_dram_skipped = true}, counts, &c->arena, &err))
        fail_msg("%s", err.text);
    race_make(&c->scenario, counts, c->scenario.algorithm_count, &c->arena, &c->race);
}
static void close_case(Case *c) { arena_free(&c->arena); }

static const char small[] = "algorithm = standard,flash1,flash2\nbatch = 2\nheads = 2\nseq = 96\nhead-dim = 16\n"
                            "block-q = 16\nblock-k = 32\n";
static const char causal[] = "algorithm = flash2,flash1\nbatch = 1\nheads = 2\nseq = 80\nhead-dim = 16\n"
                             "block-q = 16\nblock-k = 32\ncausal = on\npass = both\n";

static void forward_and_back_meet(void **unused) {
    (void)unused;
    const char *texts[] = {small, causal};
    for (int t = 0; t < 2; t++) {
        Case c;
        open_case(&c, texts[t]);
        for (int r = 0; r < c.race.runner_count; r++) {
            const Runner *run = &c.race.runners[r];
            for (int unit = MOVE_STEP; unit < MOVE_UNIT_COUNT; unit++)
                for (uint64_t step = 0; step < run->step_count; step += 1 + step / 7) {
                    uint64_t next = navigate_move(run->program, step, (MoveUnit)unit, 1);
                    assert_true(next > step && next <= run->step_count);
                    uint64_t back = navigate_move(run->program, next, (MoveUnit)unit, -1);
                    assert_true(back <= step); /* the unit that step lies in begins at back */
                    assert_int_equal(navigate_move(run->program, back, (MoveUnit)unit, 1), next);
                }
            assert_int_equal(navigate_move(run->program, run->step_count, MOVE_KERNEL, 1), run->step_count);
            assert_int_equal(navigate_move(run->program, 0, MOVE_TILE, -1), 0);
        }
        close_case(&c);
    }
}

static void a_tile_of_flash2_is_one_key_block(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, small);
    const Program *program = c.race.runners[2].program;
    ReplayState state;
    replay_seek(program, 1, &state); /* after the load of Q: the first key block */
    assert_int_equal(state.index[AXIS_K_BLOCK], 0);
    replay_seek(program, navigate_move(program, 1, MOVE_TILE, 1), &state);
    assert_int_equal(state.index[AXIS_K_BLOCK], 1);
    assert_int_equal(state.index[AXIS_Q_BLOCK], 0);
    replay_seek(program, navigate_move(program, 1, MOVE_ROW, 1), &state);
    assert_int_equal(state.index[AXIS_Q_BLOCK], 1);
    close_case(&c);
}

/* The score map. */

enum { TILES_MAX = 64 };

static bool has_axis(const Program *program, const ReplayState *state, Axis axis) {
    for (int i = 0; i < state->depth; i++)
        if (program->nodes[state->path[i].node].axis == axis) return true;
    return false;
}

/* Which tiles of a head any step touches, by walking. */
static void walk_tiles(const Program *program, int kernel, uint64_t batch, uint64_t head,
                       bool seen[TILES_MAX][TILES_MAX]) {
    uint64_t steps = program_total(program)->value[COUNTER_STEP_COUNT];
    for (uint64_t step = 0; step < steps; step++) {
        ReplayState state;
        replay_seek(program, step, &state);
        if (state.kernel != kernel || state.index[AXIS_BATCH] != batch || state.index[AXIS_HEAD] != head) continue;
        if (has_axis(program, &state, AXIS_K_BLOCK) && has_axis(program, &state, AXIS_Q_BLOCK))
            seen[state.index[AXIS_Q_BLOCK]][state.index[AXIS_K_BLOCK]] = true;
    }
}

static void check_head(const Runner *run, int kernel, uint64_t batch, uint64_t head) {
    const ScoreMap *map = &run->maps[kernel];
    bool seen[TILES_MAX][TILES_MAX] = {0};
    walk_tiles(run->program, kernel, batch, head, seen);
    int rows = (int)((map->rows + map->row_tile_elems - 1) / map->row_tile_elems);
    int cols = (int)((map->cols + map->col_tile_elems - 1) / map->col_tile_elems);
    ScoreWindow window = {0, (double)rows * (double)map->row_tile_elems, 0, (double)cols * (double)map->col_tile_elems};
    ScoreCells cells;
    score_map_cells(map, UINT64_MAX, window, rows, cols, &cells);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++) {
            bool is_visited = cells.visited[i * cols + j] > 0.01f;
            if (is_visited != seen[i][j])
                fail_msg("%s kernel %d batch %d head %d tile (%d, %d): want %d, got %d", run->program->algorithm,
                         kernel, (int)batch, (int)head, i, j, seen[i][j], is_visited);
            assert_float_equal(cells.done[i * cols + j], cells.visited[i * cols + j], 1e-5);
        }
}

static void check_visits(const Runner *run, int kernel) {
    const Scenario *s = &run->program->scenario;
    for (uint64_t batch = 0; batch < s->batch_count; batch++)
        for (uint64_t head = 0; head < s->head_count; head++) check_head(run, kernel, batch, head);
}

static const char learned[] = "algorithm = moba,quest,dsa\nbatch = 2\nheads = 3\nseq = 64\nhead-dim = 16\nblock-q = 8\n"
                              "block-k = 8\nselect-block = 8\nselect-count = 2\n";
static const char native[] = "algorithm = nsa\nbatch = 1\nheads = 3\nseq = 64\nhead-dim = 16\nblock-q = 8\n"
                             "block-k = 8\nselect-block = 8\nselect-count = 4\nwindow = 7\n";

/* Of every head: the panel shows one map for all of them, beside the number of the head. */
static void map_visits_the_tiles_that_steps_touch(void **unused) {
    (void)unused;
    const char *texts[] = {small, causal, learned, native};
    int checked_count = 0;
    for (int t = 0; t < 4; t++) {
        Case c;
        open_case(&c, texts[t]);
        for (int r = 0; r < c.race.runner_count; r++)
            for (int k = 0; k < c.race.runners[r].program->kernel_count; k++) {
                const ScoreMap *map = &c.race.runners[r].maps[k];
                if (!map->run_count || !map->col_tile_elems || !map->row_tile_elems) continue;
                check_visits(&c.race.runners[r], k);
                checked_count++;
            }
        close_case(&c);
    }
    assert_int_equal(checked_count, 14);
}

/* Compressed keys are the columns of their own, narrower matrix; the selected ones are tiles of the whole. */
static void compressed_keys_have_a_matrix_of_their_own(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, native);
    const Runner *run = &c.race.runners[0];
    int checked_count = 0;
    for (int k = 0; k < run->program->kernel_count; k++) {
        bool is_compressed = strcmp(run->program->kernels[k].name, "compressed attention") == 0;
        bool is_selected = strcmp(run->program->kernels[k].name, "selected attention") == 0;
        if (!is_compressed && !is_selected) continue;
        assert_int_equal(run->maps[k].cols, is_compressed ? 64 / 16 : 64);
        assert_int_equal(run->maps[k].has_table, is_selected);
        checked_count++;
    }
    assert_int_equal(checked_count, 2);
    close_case(&c);
}

/* 128 query blocks of 128 rows gather 2,048 keys each, K and then V: two million loads, a map of four thousand runs. */
static void gathered_keys_of_a_long_text_are_all_there(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, "algorithm = dsa\nbatch = 1\nheads = 1\nseq = 16K\n");
    const Runner *run = &c.race.runners[0];
    int kernel = run->program->kernel_count - 1;
    const ScoreMap *map = &run->maps[kernel];
    ScoreWindow window = {0, 16384, 0, 16384};
    ScoreCells cells;
    assert_true(map->is_complete);
    assert_true(map->run_count <= 128 * 32);
    score_map_cells(map, UINT64_MAX, window, 64, 64, &cells);
    double visited_elems = 0, done_elems = 0;
    for (int i = 0; i < 64 * 64; i++) visited_elems += cells.visited[i] * 256.0 * 256.0;
    for (int i = 0; i < 64 * 64; i++) done_elems += cells.done[i] * 256.0 * 256.0;
    assert_float_equal(visited_elems / (16384.0 * 2048), 1, 1e-4);
    assert_float_equal(done_elems / (16384.0 * 2048), 1, 1e-4);
    close_case(&c);
}

static void map_fills_as_steps_pass(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, small);
    const Runner *run = &c.race.runners[2]; /* flash2: 6 x 3 tiles, a row at a time */
    ScoreWindow window = {0, 96, 0, 96};
    ScoreCells cells;
    uint64_t row = navigate_move(run->program, 0, MOVE_ROW, 1);
    score_map_cells(&run->maps[0], row, window, 6, 3, &cells);
    for (int i = 0; i < 18; i++) assert_float_equal(cells.done[i], i < 3 ? 1 : 0, 1e-6);
    uint64_t tile = navigate_move(run->program, navigate_move(run->program, row + 1, MOVE_TILE, 1), MOVE_TILE, 1);
    score_map_cells(&run->maps[0], tile, window, 6, 3, &cells);
    for (int i = 0; i < 18; i++) assert_float_equal(cells.done[i], i < 5 ? 1 : 0, 1e-6);
    close_case(&c);
}

static void map_of_a_million_tiles_is_short(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, "algorithm = flash2\nseq = 128K\nhead-dim = 64\nheads = 1\nbatch = 1\n");
    const ScoreMap *map = &c.race.runners[0].maps[0];
    assert_int_equal(map->run_count, 2 * 1024); /* a row's first tile stands apart: nothing to rescale yet */
    ScoreCells cells;
    uint64_t half = c.race.runners[0].step_count / 2;
    score_map_cells(map, half, (ScoreWindow){0, 131072, 0, 131072}, 64, 64, &cells);
    double done = 0, visited = 0;
    for (int i = 0; i < 64 * 64; i++) done += (double)cells.done[i], visited += (double)cells.visited[i];
    assert_float_equal(visited, 4096, 1e-2);
    assert_float_equal(done, 2048, 5);
    close_case(&c);
}

/* The clock. */

static void seek_inverts_the_clock(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, small);
    for (int r = 0; r < c.race.runner_count; r++)
        for (int clock = RACE_BYTES; clock < RACE_CLOCK_COUNT; clock++) {
            const Runner *run = &c.race.runners[r];
            double end = runner_clock(run, (RaceClock)clock, run->step_count);
            for (int i = 0; i <= 20; i++) {
                double value = end * i / 20;
                uint64_t step = runner_seek(run, (RaceClock)clock, value);
                assert_true(runner_clock(run, (RaceClock)clock, step) <= value);
                if (step < run->step_count) assert_true(runner_clock(run, (RaceClock)clock, step + 1) > value);
            }
            assert_int_equal(runner_seek(run, (RaceClock)clock, end), run->step_count);
        }
    close_case(&c);
}

static void runners_stand_at_the_same_bytes(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, small);
    int lead = race_longest(&c.race, RACE_BYTES);
    assert_string_equal(c.race.runners[lead].program->algorithm, "standard");
    for (uint64_t step = 0; step <= c.race.runners[lead].step_count; step += 37) {
        double value = runner_clock(&c.race.runners[lead], RACE_BYTES, step);
        for (int r = 0; r < c.race.runner_count; r++) {
            uint64_t at = race_step(&c.race, RACE_BYTES, lead, step, r);
            assert_true(runner_clock(&c.race.runners[r], RACE_BYTES, at) <= value);
        }
    }
    close_case(&c);
}

/* Bookmarks. */

static const RaceMark *find_mark(const Runner *run, MarkKind kind) {
    for (int i = 0; i < run->mark_count; i++)
        if (run->marks[i].kind == kind) return &run->marks[i];
    return NULL;
}

static void marks_stand_where_they_say(void **unused) {
    (void)unused;
    Case c;
    open_case(&c, "algorithm = standard,flash1,flash2\n");
    ReplayState state;
    for (int r = 0; r < 3; r++) {
        const Runner *run = &c.race.runners[r];
        for (int i = 1; i < run->mark_count; i++) assert_true(run->marks[i - 1].step_index <= run->marks[i].step_index);
        const RaceMark *reuse = find_mark(run, MARK_REUSE);
        assert_non_null(reuse);
        replay_seek(run->program, reuse->step_index, &state);
        assert_int_equal(state.leaf->kind, STEP_LOAD);
        TensorClass wanted = r == 1 ? TENSOR_Q : TENSOR_K; /* flash1's inner loop runs over Q */
        assert_int_equal(run->program->tensors[state.leaf->tensor].tensor_class, wanted);
    }
    const RaceMark *full = find_mark(&c.race.runners[0], MARK_L2_FULL);
    assert_non_null(full); /* S is 2 GiB, L2 40 MiB */
    replay_seek(c.race.runners[0].program, full->step_index, &state);
    uint64_t before = state.before.value[COUNTER_ISSUED_WRITE_BYTES], l2_bytes = 40u << 20;
    assert_true(before <= l2_bytes && before + state.delta.value[COUNTER_ISSUED_WRITE_BYTES] > l2_bytes);
    assert_null(find_mark(&c.race.runners[1], MARK_L2_FULL));
    const RaceMark *rescale = find_mark(&c.race.runners[1], MARK_RESCALE);
    assert_non_null(rescale);
    replay_seek(c.race.runners[1].program, rescale->step_index, &state);
    assert_non_null(strstr(state.leaf->what, "m_old"));
    assert_null(runner_mark_next(&c.race.runners[0], 0, -1));
    close_case(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_and_back_meet),
        cmocka_unit_test(a_tile_of_flash2_is_one_key_block),
        cmocka_unit_test(map_visits_the_tiles_that_steps_touch),
        cmocka_unit_test(map_fills_as_steps_pass),
        cmocka_unit_test(gathered_keys_of_a_long_text_are_all_there),
        cmocka_unit_test(compressed_keys_have_a_matrix_of_their_own),
        cmocka_unit_test(map_of_a_million_tiles_is_short),
        cmocka_unit_test(seek_inverts_the_clock),
        cmocka_unit_test(runners_stand_at_the_same_bytes),
        cmocka_unit_test(marks_stand_where_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
