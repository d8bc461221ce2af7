/* Captures: written and read back; refusals with file and line; random damage, which must never crash or be half taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/capture.h"

static const char good[] = "hbmscope.capture/1\n# a comment\nsource = cupti\ndevice = Some GPU\n\nrun\nalgorithm = "
                           "flash2\nversion = 1\nbatch = 1\nheads = 2\n"
                           "seq = 1024\nkv-seq = 1K\nhead-dim = 64\ndtype = fp32\nblock-q = 128\ncausal = off\nl2 = "
                           "warm\nrelative_error = 1e-7\n"
                           "kernel = flash2 forward\nmetric dram__bytes_read.sum bytes 3 100 110 1.5e9\nmetric "
                           "gpu__time_duration.sum ns 1 5 5 5\n"
                           "run\nalgorithm = standard\nkernel = softmax\nend\n";

static bool read(const char *text, Capture *capture, Arena *arena, Err *err) {
    return capture_read_text("f.txt", text, strlen(text), capture, arena, err);
}

static void test_read(void **state) {
    (void)state;
    Arena arena = {0};
    Capture c;
    Err err = {0};
    if (!read(good, &c, &arena, &err)) fail_msg("%s", err.text);
    assert_string_equal(capture_key(&c, "device"), "Some GPU");
    assert_string_equal(capture_key(&c, "absent"), "");
    assert_int_equal(c.run_count, 2);
    assert_int_equal(c.runs[0].key_rows, 1024);
    assert_int_equal(c.runs[0].l2, CAPTURE_L2_WARM);
    assert_int_equal(c.runs[0].kernel_count, 1);
    const CaptureMetric *m = capture_metric(&c.runs[0].kernels[0], "dram__bytes_read.sum");
    assert_non_null(m);
    assert_string_equal(m->unit, "bytes");
    assert_true(m->launch_count == 3 && m->min == 100 && m->median == 110 && m->max == 1.5e9);
    assert_null(capture_metric(&c.runs[0].kernels[0], "absent"));
    assert_true(c.runs[1].relative_error < 0);
    arena_free(&arena);
}

static void test_find(void **state) {
    (void)state;
    Arena arena = {0};
    Capture c;
    assert_true(read(good, &c, &arena, NULL));
    Scenario s = scenario_default();
    s.batch_count = 1;
    s.head_count = s.kv_head_count = 2;
    s.query_rows = s.key_rows = 1024;
    s.dtype = DTYPE_FP32;
    s.block_query_rows = 128;
    assert_ptr_equal(capture_find_run(&c, "flash2", &s, CAPTURE_L2_WARM), &c.runs[0]);
    assert_null(capture_find_run(&c, "flash2", &s, CAPTURE_L2_COLD));
    s.query_rows = 2048;
    assert_null(capture_find_run(&c, "flash2", &s, CAPTURE_L2_WARM));
    arena_free(&arena);
}

/* A run of both passes answers one of them too, but a run of that one alone goes before it. */
static void test_find_pass(void **state) {
    (void)state;
    static const char runs[] = "hbmscope.capture/1\nrun\nalgorithm = flash2\npass = forward\nrun\nalgorithm = flash2\n"
                               "pass = both\nbackward-block-q = 64\nrun\nalgorithm = flash1\npass = both\nend\n";
    static const struct {
        const char *algorithm;
        Pass pass;
        uint64_t backward_rows;
        int run; /* -1: none */
    } cases[] = {{"flash2", PASS_FORWARD, 128, 0}, {"flash2", PASS_BOTH, 64, 1},   {"flash2", PASS_BACKWARD, 64, 1},
                 {"flash2", PASS_BOTH, 128, -1},   {"flash1", PASS_FORWARD, 0, 2}, {"flash1", PASS_BOTH, 16, 2}};
    Arena arena = {0};
    Capture c;
    assert_true(read(runs, &c, &arena, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Scenario s = scenario_default();
        s.pass = cases[i].pass;
        s.backward_block_query_rows = cases[i].backward_rows;
        const CaptureRun *run = capture_find_run(&c, cases[i].algorithm, &s, CAPTURE_L2_COLD);
        if (run != (cases[i].run < 0 ? NULL : &c.runs[cases[i].run])) fail_msg("case %zu", i);
    }
    arena_free(&arena);
}

static const struct {
    const char *text, *message;
} bad[] = {
    {"", "f.txt:0: the file is empty"},
    {"bytes\n", "f.txt:1: this is no capture: the first line must be hbmscope.capture/1"},
    {"hbmscope.capture/2\nend\n", "f.txt:1: format is 'hbmscope.capture/2'; this version reads hbmscope.capture/1"},
    {"hbmscope.capture/1\nrun\n", "f.txt:2: the last line must be `end`: the file was cut short"},
    {"hbmscope.capture/1\nend\nrun\n", "f.txt:3: a line follows `end`"},
    {"hbmscope.capture/1\nkernel = k\nend\n", "f.txt:2: a kernel stands before any `run`"},
    {"hbmscope.capture/1\nrun\nmetric a b 1 1 1 1\nend\n", "f.txt:3: a metric stands before any `kernel`"},
    {"hbmscope.capture/1\nrun\nkernel = k\nmetric a bytes 1 1 1\nend\n",
     "f.txt:4: a metric line needs a name, a unit, how many launches, min, median and max"},
    {"hbmscope.capture/1\nrun\nkernel = k\nmetric a bytes 1 3 2 4\nend\n",
     "f.txt:4: a has min 3, median 2, max 4; they must rise"},
    {"hbmscope.capture/1\nrun\nkernel = k\nmetric a bytes 1.5 1 2 4\nend\n",
     "f.txt:4: launches is 1.5; it must be a whole number from 1 to 1000000"},
    {"hbmscope.capture/1\nrun\npass = once\nend\n", "f.txt:3: pass is 'once'; it must be forward, backward or both"},
    {"hbmscope.capture/1\nrun\nl2 = hot\nend\n", "f.txt:3: l2 is 'hot'; it must be cold, warm or drained"},
    {"hbmscope.capture/1\nhello\nend\n", "f.txt:2: 'hello' is no line of a capture; see the format in sim/capture.h"},
};

static void test_refusals(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Arena arena = {0};
        Capture c = {.name = "untouched"};
        Err err = {0};
        assert_false(read(bad[i].text, &c, &arena, &err));
        assert_string_equal(err.text, bad[i].message);
        assert_string_equal(c.name, "untouched");
        arena_free(&arena);
    }
    Arena arena = {0};
    Capture c;
    assert_false(capture_read_text("f", "hbmscope.capture/1\nend\n", 40, &c, &arena, NULL));
    assert_false(capture_read_file("/absent", &c, &arena, NULL));
    arena_free(&arena);
}

static void test_limits(void **state) {
    (void)state;
    Arena arena = {0};
    Capture c;
    Err err = {0};
    char *text = malloc(20 * CAPTURE_RUNS_MAX + 100), *at = text + sprintf(text, "hbmscope.capture/1\n");
    for (int i = 0; i <= CAPTURE_RUNS_MAX; i++) at += sprintf(at, "run\n");
    sprintf(at, "end\n");
    assert_false(read(text, &c, &arena, &err));
    assert_string_equal(err.text, "f.txt:4098: more than 4096 runs");
    memset(text, 'x', 3000);
    memcpy(text, "hbmscope.capture/1\n", 19);
    text[3000] = 0;
    assert_false(read(text, &c, &arena, &err));
    assert_string_equal(err.text, "f.txt:2: the line has 2981 bytes; at most 1024 are allowed");
    free(text);
    arena_free(&arena);
}

static void test_write(void **state) {
    (void)state;
    char text[4096] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    double values[] = {30, 10, 0.1, 20};
    capture_write_start(out);
    capture_write_key(out, "device", "two\nlines");
    capture_write_run(out, &(CaptureRun){.algorithm = "flash1",
                                         .dtype = "fp32",
                                         .query_rows = 77,
                                         .backward_block_key_rows = 64,
                                         .pass = PASS_BOTH,
                                         .is_causal = true,
                                         .l2 = CAPTURE_L2_DRAINED,
                                         .relative_error = 0.5});
    capture_write_kernel(out, "flash1 forward");
    capture_write_metric(out, "m", "bytes", values, 4);
    capture_write_end(out);
    fclose(out);
    Arena arena = {0};
    Capture c;
    Err err = {0};
    if (!read(text, &c, &arena, &err)) fail_msg("%s", err.text);
    assert_string_equal(capture_key(&c, "device"), "two lines");
    const CaptureRun *run = &c.runs[0];
    assert_true(run->pass == PASS_BOTH && run->backward_block_key_rows == 64);
    assert_true(run->query_rows == 77 && run->is_causal && run->l2 == CAPTURE_L2_DRAINED && run->relative_error == 0.5);
    const CaptureMetric *m = &run->kernels[0].metrics[0];
    assert_true(m->launch_count == 4 && m->min == 0.1 && m->median == 10 && m->max == 30);
    arena_free(&arena);
}

static void test_damage(void **state) {
    (void)state;
    srand(11);
    for (int round = 0; round < 20000; round++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (int hits = rand() % 6; hits >= 0; hits--) {
            size_t at = (size_t)rand() % (sizeof good - 1);
            if (rand() % 3 == 0)
                memmove(text + at, text + at + 1, sizeof good - at - 1); /* a byte lost */
            else
                text[at] = "=\n# -.e9x\t"[rand() % 10];
        }
        Arena arena = {0};
        Capture c = {0};
        Err err = {0};
        if (!read(text, &c, &arena, &err)) {
            assert_true(err.text[0] && !c.name);
            assert_null(strchr(err.text, '\n'));
        }
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read),      cmocka_unit_test(test_find),
                                       cmocka_unit_test(test_find_pass), cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_limits),    cmocka_unit_test(test_write),
                                       cmocka_unit_test(test_damage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
