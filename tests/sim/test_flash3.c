/* FlashAttention-3: the released tiles and what they take of a block, counts worked by hand, values, and refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/count.h"
#include "sim/memory/occupancy.h"
#include "sim/values.h"

#define H100 "gpu = h100\nbatch = 1\nheads = 1\n"

static bool try_count(const char *algorithm, const char *text, Count *count, Arena *arena, Err *err) {
    Scenario s = scenario_default();
    if (!scenario_read_text(&s, "test", text, err) || !scenario_finish(&s, err)) fail_msg("%s", err->text);
    return count_algorithm(algorithm_find(algorithm), &s, (CountOptions){.is_dram_skipped = true}, count, arena, err);
}

static Count count_of(const char *algorithm, const char *text, Arena *arena) {
    Err err = {0};
    Count count;
    if (!try_count(algorithm, text, &count, arena, &err)) fail_msg("%s: %s", text, err.text);
    return count;
}

/* tile_size_fwd_sm90 of the released code, and what its kernel asks of an SM: bytes of Q, of K, V (and V transposed)
 * twice, of P where wgmma reads it from shared memory, and 72 of barriers. */
static const struct Tile {
    const char *dtype, *causal;
    uint64_t head_dim_elems, query_rows, key_rows, smem_bytes;
    uint32_t thread_count;
} tiles[] = {
    {"fp16", "off", 64, 192, 192, 24576 + 4 * 24576 + 73728 + 72, 512},
    {"bf16", "on", 64, 192, 128, 24576 + 4 * 16384 + 72, 512},
    {"fp16", "off", 96, 192, 144, 36864 + 4 * 27648 + 55296 + 72, 512},
    {"fp16", "on", 96, 192, 144, 36864 + 4 * 27648 + 55296 + 72, 512},
    {"fp16", "off", 128, 128, 176, 32768 + 4 * 45056 + 72, 384},
    {"fp16", "on", 128, 128, 128, 32768 + 4 * 32768 + 72, 384},
    {"bf16", "off", 192, 128, 112, 49152 + 4 * 43008 + 72, 384},
    {"fp16", "on", 256, 128, 80, 65536 + 4 * 40960 + 72, 384},
    {"fp8", "off", 64, 192, 160, 12288 + 6 * 10240 + 72, 512},
    {"fp8", "on", 96, 192, 128, 18432 + 6 * 12288 + 72, 512},
    {"fp8", "off", 128, 128, 224, 16384 + 6 * 28672 + 72, 384},
    {"fp8", "off", 192, 128, 160, 24576 + 6 * 30720 + 72, 384},
    {"fp8", "on", 256, 128, 128, 32768 + 6 * 32768 + 72, 384},
    /* between the compiled head dimensions: the next one's tile, rows padded in shared memory */
    {"fp16", "off", 80, 192, 144, 36864 + 4 * 27648 + 55296 + 72, 512},
    {"fp16", "off", 8, 192, 192, 24576 + 4 * 24576 + 73728 + 72, 512},
};

static int check_tile(const struct Tile *tile) {
    Arena arena = {0};
    char text[256];
    snprintf(text, sizeof text, H100 "seq = 1000\ndtype = %s\ncausal = %s\nhead-dim = %llu\n", tile->dtype,
             tile->causal, (unsigned long long)tile->head_dim_elems);
    Count count = count_of("flash3", text, &arena);
    const Scenario *s = &count.program->scenario;
    const Kernel *kernel = &count.program->kernels[0];
    Occupancy occupancy = occupancy_of_kernel(&s->machine, kernel);
    bool is_same = s->block_query_rows == tile->query_rows && s->block_key_rows == tile->key_rows &&
                   kernel->smem_per_block_bytes == tile->smem_bytes &&
                   kernel->threads_per_block == tile->thread_count && occupancy.blocks_per_sm == 1 &&
                   occupancy.limits[OCCUPANCY_REGISTERS] == 1;
    if (!is_same)
        fprintf(stderr, "%s d=%d causal %s: want %d x %d, %d bytes, %d threads; got %d x %d, %d bytes, %d threads\n",
                tile->dtype, (int)tile->head_dim_elems, tile->causal, (int)tile->query_rows, (int)tile->key_rows,
                (int)tile->smem_bytes, (int)tile->thread_count, (int)s->block_query_rows, (int)s->block_key_rows,
                (int)kernel->smem_per_block_bytes, (int)kernel->threads_per_block);
    assert_true(kernel->smem_per_block_bytes <= s->machine.smem_per_block_bytes);
    arena_free(&arena);
    return !is_same;
}

static void released_tiles_fit(void **unused) {
    (void)unused;
    int failed_count = 0;
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) failed_count += check_tile(&tiles[i]);
    assert_int_equal(failed_count, 0);
}

/* 400 queries and keys of 128 fp16: tiles 128 x 176, so 4 query blocks (the last of 16 rows) of 3 key tiles (176, 176,
 * 48). A row is 256 bytes, 8 sectors; lse is a fp32 a row, 50 sectors. */
static void counts_by_hand(void **unused) {
    (void)unused;
    Arena arena = {0};
    const uint64_t *got = count_of("flash3", H100 "seq = 400\nhead-dim = 128\n", &arena).totals.value;
    assert_int_equal(got[COUNTER_ISSUED_READ_BYTES], 400 * 256 + 2 * 4 * 400 * 256);
    assert_int_equal(got[COUNTER_ISSUED_WRITE_BYTES], 400 * 256 + 400 * 4);
    assert_int_equal(got[COUNTER_L1_READ_SECTORS], 9 * 400 * 8);
    assert_int_equal(got[COUNTER_L1_WRITE_SECTORS], 400 * 8 + 50);
    assert_int_equal(got[COUNTER_L2_READ_BYTES], 9 * 400 * 8 * 32);
    assert_int_equal(got[COUNTER_FLOPS], 4 * 400 * 400 * 128);
    assert_int_equal(got[COUNTER_EXP_COUNT], 400 * 400 + 2 * 400);
    assert_int_equal(got[COUNTER_BLOCK_COUNT], 4);
    assert_int_equal(got[COUNTER_STEP_COUNT], 4 * (3 + 3 * 5));
    arena_free(&arena);
}

/* Causal, tiles 128 x 128: blocks 0 .. 3 see 1, 2, 3 and 4 (the last of 16 keys) key tiles; fp8 turns V around. */
static void causal_and_fp8_by_hand(void **unused) {
    (void)unused;
    Arena arena = {0};
    Count causal = count_of("flash3", H100 "seq = 400\nhead-dim = 128\ncausal = on\n", &arena);
    const uint64_t *got = causal.totals.value;
    assert_int_equal(got[COUNTER_ISSUED_READ_BYTES], 400 * 256 + 2 * (128 + 256 + 384 + 400) * 256);
    assert_int_equal(got[COUNTER_STEP_COUNT], 4 * 3 + 10 * 6);
    Count fp8 = count_of("flash3", H100 "seq = 448\nhead-dim = 128\ndtype = fp8\n", &arena);
    assert_int_equal(fp8.totals.value[COUNTER_STEP_COUNT], 4 * 3 + 8 * 6);
    assert_int_equal(fp8.totals.value[COUNTER_ISSUED_READ_BYTES], 448 * 128 + 2 * 4 * 448 * 128);
    arena_free(&arena);
}

/* flash_bwd_launch_template.h's tiles, and what mainloop_bwd_sm90_tma_gmma_ws.hpp keeps in shared memory: K, V; Q
 * twice, dO twice or once; dQ in fp32 up to head-dim 192; two 16-bit score tiles; lse and D twice, rows in units of 64.
 */
static const struct BackwardTile {
    uint64_t head_dim_elems;
    const char *causal;
    uint64_t query_rows, key_rows, smem_bytes;
    uint32_t thread_count;
} backward_tiles[] = {
    {64, "off", 128, 128, 2 * 16384 + 4 * 16384 + 32768 + 2 * 32768 + 2048 + 72, 384},
    {64, "on", 128, 128, 2 * 16384 + 4 * 16384 + 32768 + 2 * 32768 + 2048 + 72, 384},
    {96, "off", 64, 128, 2 * 24576 + 4 * 12288 + 24576 + 2 * 16384 + 1024 + 72, 384},
    {128, "off", 80, 128, 2 * 32768 + 4 * 20480 + 40960 + 2 * 20480 + 2048 + 72, 384},
    {128, "on", 64, 128, 2 * 32768 + 4 * 16384 + 32768 + 2 * 16384 + 1024 + 72, 384},
    {192, "on", 64, 96, 2 * 36864 + 3 * 24576 + 49152 + 2 * 12288 + 1024 + 56, 512},
    {256, "off", 64, 80, 2 * 40960 + 3 * 32768 + 2 * 10240 + 1024 + 56, 384},
};

static void released_backward_tiles_fit(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof backward_tiles / sizeof *backward_tiles; i++) {
        const struct BackwardTile *tile = &backward_tiles[i];
        Arena arena = {0};
        char text[256];
        snprintf(text, sizeof text, H100 "seq = 1000\npass = backward\ncausal = %s\nhead-dim = %llu\n", tile->causal,
                 (unsigned long long)tile->head_dim_elems);
        Count count = count_of("flash3", text, &arena);
        const Kernel *kernel = &count.program->kernels[1];
        assert_string_equal(kernel->name, "flash3 backward");
        assert_int_equal(count.program->scenario.backward_block_query_rows, tile->query_rows);
        assert_int_equal(count.program->scenario.backward_block_key_rows, tile->key_rows);
        assert_int_equal(kernel->smem_per_block_bytes, tile->smem_bytes);
        assert_int_equal(kernel->threads_per_block, tile->thread_count);
        assert_true(tile->smem_bytes <= count.program->scenario.machine.smem_per_block_bytes);
        arena_free(&arena);
    }
}

/* 400 queries and keys of 128 fp16, tiles 80 x 128: 4 key blocks (the last of 16 keys) that 5 query tiles visit. A
 * head's N x d is 102,400 bytes, dQ's fp32 sum twice that, a row vector 1,600. */
static void backward_by_hand(void **unused) {
    (void)unused;
    Arena arena = {0};
    Count count = count_of("flash3", H100 "seq = 400\nhead-dim = 128\npass = backward\n", &arena);
    assert_int_equal(count.kernel_count, 3);
    const uint64_t u = 102400, r = 1600, *dot = count.kernels[0].totals.value, *got = count.kernels[1].totals.value,
                   *convert = count.kernels[2].totals.value;
    assert_int_equal(dot[COUNTER_ISSUED_READ_BYTES], 2 * u + r);
    assert_int_equal(dot[COUNTER_ISSUED_WRITE_BYTES], 2 * r + 2 * u);
    assert_int_equal(dot[COUNTER_STEP_COUNT], 5 * 7);
    assert_int_equal(got[COUNTER_ISSUED_READ_BYTES], 2 * u + 4 * (2 * u + 2 * r) + 4 * 2 * u);
    assert_int_equal(got[COUNTER_ISSUED_WRITE_BYTES], 4 * 2 * u + 2 * u);
    assert_int_equal(got[COUNTER_L1_WRITE_SECTORS], (4 * 2 * u + 2 * u) / 32);
    assert_int_equal(got[COUNTER_FLOPS], 10 * 400 * 400 * 128);
    assert_int_equal(got[COUNTER_BLOCK_COUNT], 4);
    assert_int_equal(convert[COUNTER_ISSUED_READ_BYTES], 2 * u);
    assert_int_equal(convert[COUNTER_ISSUED_WRITE_BYTES], u);
    arena_free(&arena);
}

/* With equal tiles it moves what FlashAttention-2 moves, to the sector, whatever the shape. */
static void equal_tiles_move_what_flash2_moves(void **unused) {
    (void)unused;
    static const char *const shapes[] = {"seq = 777\nhead-dim = 128\n",
                                         "seq = 300\nkv-seq = 901\nhead-dim = 64\ncausal = on\n",
                                         "seq = 901\nkv-seq = 300\nhead-dim = 96\ncausal = on\ndtype = bf16\n",
                                         "heads = 8\nkv-heads = 2\nbatch = 3\nlayers = 2\nseq = 513\nhead-dim = 40\n"};
    static const CounterId counters[] = {COUNTER_ISSUED_READ_BYTES,
                                         COUNTER_ISSUED_WRITE_BYTES,
                                         COUNTER_L1_READ_SECTORS,
                                         COUNTER_L1_WRITE_SECTORS,
                                         COUNTER_FLOPS,
                                         COUNTER_EXP_COUNT,
                                         COUNTER_STEP_COUNT,
                                         COUNTER_PEAK_HBM_BYTES};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        Arena arena = {0};
        char text[256];
        snprintf(text, sizeof text, "gpu = h100\nblock-q = 64\nblock-k = 64\n%s", shapes[i]);
        Count flash3 = count_of("flash3", text, &arena), flash2 = count_of("flash2", text, &arena);
        for (size_t c = 0; c < sizeof counters / sizeof *counters; c++)
            assert_int_equal(flash3.totals.value[counters[c]], flash2.totals.value[counters[c]]);
        arena_free(&arena);
    }
}

static double last_error(const char *text) {
    Arena arena = {0};
    Err err = {0};
    ValuesInput input;
    Count count = count_of("flash3", text, &arena);
    if (!values_make(count.program, &arena, &input, &err)) fail_msg("%s", err.text);
    ReplayState last;
    ValuesState values;
    replay_seek(count.program, program_total(count.program)->value[COUNTER_STEP_COUNT] - 1, &last);
    values_at(count.program, &input, &last, &arena, &values);
    bool is_causal = count.program->scenario.is_causal;
    for (uint64_t i = 0; i < input.rows; i++) assert_int_equal(values.seen_keys[i], is_causal ? i + 1 : input.keys);
    double error = values.error_max;
    arena_free(&arena);
    return error;
}

static void values_are_exact_within_rounding(void **unused) {
    (void)unused;
#define SMALL H100 "seq = 100\nhead-dim = 32\nblock-q = 64\nblock-k = 32\n"
    assert_true(last_error(SMALL) < 4e-3);
    assert_true(last_error(SMALL "causal = on\ndtype = bf16\n") < 3e-2);
    double fp8_error = last_error(SMALL "dtype = fp8\n"); /* three bits of fraction: P and O rounded to 2^-4 */
    assert_true(fp8_error > 4e-3 && fp8_error < 0.3);
}

static const struct {
    const char *text, *says;
} refusals[] = {
    {"gpu = a100-40\n", "a100-40 (compute capability 8.0) has no wgmma and no TMA; FlashAttention-3 runs on 9.0 only"},
    {"gpu = b200\n", "b200 (compute capability 10.0) has no wgmma"},
    {"gpu = h100\npass = both\nkv-heads = 4\n", "--pass both with --kv-heads 4 for 16 heads is not modelled"},
    {"gpu = h100\npass = backward\ndtype = fp8\n", "its backward pass has fp16 and bf16"},
    {"gpu = h100\npass = both\nblock-k = 64\n", "its backward kernel has one tile a head-dim"},
    {"gpu = h100\ndtype = fp32\n", "--dtype fp32 is not modelled"},
    {"gpu = h100\nmask = padding\n", "--mask padding is not modelled"},
    {"gpu = h100\ndropout = 0.1\n", "--dropout 0.1 is not modelled; FlashAttention-3 has no dropout"},
    {"gpu = h100\nhead-dim = 264\n", "at most 256"},
    {"gpu = h100\nhead-dim = 36\n", "must be a multiple of 8"},
    {"gpu = h100\nhead-dim = 24\ndtype = fp8\n", "must be a multiple of 16"},
    {"gpu = h100\nblock-q = 96\n", "it must be 64, 128 or 192"},
    {"gpu = h100\nblock-q = 256\n", "it must be 64, 128 or 192"},
    {"gpu = h100\nblock-k = 100\n", "it must be a multiple of 16"},
    {"gpu = h100\ndtype = fp8\nblock-k = 80\n", "it must be a multiple of 32"},
    {"gpu = h100\nblock-k = 512\n", "S and O take 110592 registers, their 3 warpgroups have 61440"},
    {"gpu = h100\nhead-dim = 128\nblock-k = 208\n", "245832 bytes of shared memory a block; h100 has 232448"},
    {"gpu = h100\ngpu.smem_per_block_bytes = 200K\nhead-dim = 128\n", "213064 bytes of shared memory"},
};

static void what_it_cannot_run_is_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        Arena arena = {0};
        Err err = {0};
        Count count;
        assert_false(try_count("flash3", refusals[i].text, &count, &arena, &err));
        if (err.code != ERR_USAGE || !strstr(err.text, refusals[i].says))
            fail_msg("want \"%s\", got \"%s\"", refusals[i].says, err.text);
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(released_tiles_fit),
        cmocka_unit_test(counts_by_hand),
        cmocka_unit_test(causal_and_fp8_by_hand),
        cmocka_unit_test(released_backward_tiles_fit),
        cmocka_unit_test(backward_by_hand),
        cmocka_unit_test(equal_tiles_move_what_flash2_moves),
        cmocka_unit_test(values_are_exact_within_rounding),
        cmocka_unit_test(what_it_cannot_run_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
