/* A small tree written out by hand: every step's place, what the block holds, seeking by bytes and by block, index
 * tables, and counts that do not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/program_builder.h"
#include "sim/replay.h"

/* Two blocks; block 0 visits K tiles 4 and 1, block 1 tile 3: what a table of selected tiles looks like.
 *     step   0 load Q0 | 1 load K4 | 2 S | 3 load K1 | 4 S | 5 store | 6 load Q1 | 7 load K3 | 8 S | 9 store */
static const uint32_t first_table[] = {4, 1}, second_table[] = {3};

static TileAt rows_of(Axis axis) { return (TileAt){.row_axis = axis, .row_stride = 8, .rows = 8, .cols = 16}; }

static void block(ProgramBuilder *b, const uint8_t tensors[3], const uint32_t *table, uint64_t count) {
    builder_block_begin(b);
    builder_load(b, tensors[0], 0, rows_of(AXIS_Q_BLOCK), "Q");
    builder_loop_table_begin(b, AXIS_K_BLOCK, count, table);
    builder_load(b, tensors[1], 1, rows_of(AXIS_K_BLOCK), "K");
    builder_matmul(b, 2, 8, 8, 16, "S");
    builder_end(b);
    builder_store(b, tensors[2], BUFFER_NONE, rows_of(AXIS_Q_BLOCK), "O");
    builder_end(b);
}

static Program table_program(Arena *arena) {
    Scenario s = scenario_default();
    s.batch_count = s.head_count = s.kv_head_count = s.layer_count = 1;
    Program program;
    ProgramBuilder b;
    Err err;
    builder_start(&b, &program, arena, &s, "test");
    Tensor q = {.name = "Q", .rows = 16, .cols = 16, .elem_bytes = 4, .is_accessed = true};
    Tensor k = {.name = "K", .tensor_class = TENSOR_K, .rows = 40, .cols = 16, .elem_bytes = 4, .is_accessed = true};
    uint8_t tensors[3] = {builder_tensor(&b, q), builder_tensor(&b, k), builder_tensor(&b, q)};
    builder_kernel_begin(&b, (Kernel){.name = "only", .threads_per_block = 32});
    for (int i = 0; i < 3; i++)
        builder_buffer(&b, (Buffer){.name = "", .rows = 8, .cols = i == 2 ? 8 : 16, .elem_bytes = 4});
    builder_vloop_begin(&b, AXIS_Q_BLOCK, 0, NULL);
    block(&b, tensors, first_table, 2);
    block(&b, tensors, second_table, 1);
    builder_end(&b);
    builder_kernel_end(&b);
    assert_true(builder_finish(&b, &err));
    return program;
}

static void test_every_step(void **unused) {
    (void)unused;
    Arena arena = {0};
    Program p = table_program(&arena);
    assert_int_equal(program_total(&p)->value[COUNTER_STEP_COUNT], 10);
    assert_int_equal(program_total(&p)->value[COUNTER_BLOCK_COUNT], 2);
    assert_int_equal(p.kernels[0].smem_per_block_bytes, 2 * 8 * 16 * 4 + 8 * 8 * 4);
    static const struct {
        uint64_t row_first;
        int tensor;
        uint64_t block, read_bytes;
    } want[10] = {{0, 0, 0, 0},    {32, 1, 0, 512}, {0, -1, 0, 1024}, {8, 1, 0, 1024},  {0, -1, 0, 1536},
                  {0, 2, 0, 1536}, {8, 0, 1, 1536}, {24, 1, 1, 2048}, {0, -1, 1, 2560}, {8, 2, 1, 2560}};
    for (uint64_t step = 0; step < 10; step++) {
        ReplayState state;
        replay_seek(&p, step, &state);
        assert_int_equal(state.leaf->tensor, want[step].tensor < 0 ? TENSOR_NONE : want[step].tensor);
        assert_int_equal(replay_tile(&p, &state).row_first, want[step].row_first);
        assert_int_equal(state.before.value[COUNTER_BLOCK_COUNT], want[step].block);
        assert_int_equal(state.before.value[COUNTER_ISSUED_READ_BYTES], want[step].read_bytes);
    }
    arena_free(&arena);
}

static void test_residency(void **unused) {
    (void)unused;
    Arena arena = {0};
    Program p = table_program(&arena);
    static const struct {
        int loaded[3];
        uint64_t k_row;
    } want[10] = {{{1, 0, 0}, 0}, {{1, 1, 0}, 32}, {{1, 1, 1}, 32}, {{1, 1, 1}, 8},  {{1, 1, 1}, 8},
                  {{1, 1, 1}, 8}, {{1, 0, 0}, 0},  {{1, 1, 0}, 24}, {{1, 1, 1}, 24}, {{1, 1, 1}, 24}};
    for (uint64_t step = 0; step < 10; step++) {
        ReplayState state;
        Residency r;
        replay_seek(&p, step, &state);
        replay_residency(&p, &state, &r);
        for (int i = 0; i < 3; i++) assert_int_equal(r.is_loaded[i], want[step].loaded[i]);
        if (r.is_loaded[1]) assert_int_equal(r.row_first[1], want[step].k_row);
        assert_int_equal(r.row_first[0], step < 6 ? 0 : 8);
    }
    arena_free(&arena);
}

static void test_seek_counter(void **unused) {
    (void)unused;
    Arena arena = {0};
    Program p = table_program(&arena);
    const struct {
        CounterId id;
        uint64_t value, want_step;
    } cases[] = {{COUNTER_ISSUED_READ_BYTES, 0, 0},    {COUNTER_ISSUED_READ_BYTES, 511, 0},
                 {COUNTER_ISSUED_READ_BYTES, 512, 1},  {COUNTER_ISSUED_READ_BYTES, 1024, 3},
                 {COUNTER_ISSUED_READ_BYTES, 2559, 7}, {COUNTER_ISSUED_WRITE_BYTES, 0, 5},
                 {COUNTER_ISSUED_WRITE_BYTES, 512, 9}, {COUNTER_FLOPS, 2048, 4},
                 {COUNTER_BLOCK_COUNT, 0, 0},          {COUNTER_BLOCK_COUNT, 1, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ReplayState state;
        assert_true(replay_seek_counter(&p, cases[i].id, cases[i].value, &state));
        assert_int_equal(state.step_index, cases[i].want_step);
    }
    ReplayState state;
    assert_false(replay_seek_counter(&p, COUNTER_ISSUED_READ_BYTES, 2560, &state));
    assert_false(replay_seek_counter(&p, COUNTER_EXP_COUNT, 0, &state));
    arena_free(&arena);
}

static void test_overflow_is_an_error(void **unused) {
    (void)unused;
    Arena arena = {0};
    Scenario s = scenario_default();
    s.layer_count = UINT64_C(1) << 40;
    Program program;
    ProgramBuilder b;
    Err err = {0};
    builder_start(&b, &program, &arena, &s, "test");
    builder_kernel_begin(&b, (Kernel){.name = "only", .threads_per_block = 32});
    builder_loop_begin(&b, AXIS_BATCH, UINT64_C(1) << 30, 0);
    builder_block_begin(&b);
    builder_map(&b, BUFFER_NONE, 1, 1, "x");
    builder_end(&b);
    builder_end(&b);
    builder_kernel_end(&b);
    assert_false(builder_finish(&b, &err));
    assert_non_null(strstr(err.text, "63 bits"));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_step), cmocka_unit_test(test_residency),
                                       cmocka_unit_test(test_seek_counter),
                                       cmocka_unit_test(test_overflow_is_an_error)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
