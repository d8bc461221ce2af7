/* ncu's CSV in both layouts, refusals, and random damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/ncu.h"

static const char raw[] =
    "==PROF== Connected to process 1\nhello, from the program\n"
    "\"ID\",\"Kernel "
    "Name\",\"dram__bytes_read.sum\",\"gpu__time_duration.sum\",\"lts__t_sectors_srcunit_tex_op_read.sum\",\"launch__"
    "grid_size\"\n"
    "\"\",\"\",\"Mbyte\",\"usecond\",\"sector\",\"\"\n"
    "\"0\",\"void flash2_forward<64, 128, 128>(const float *, int)\",\"1.5\",\"20\",\"12,345\",\"8\"\n"
    "\"1\",\"void flash2_forward<64, 128, 128>(const float *, int)\",\"1.7\",\"22\",\"12,349\",\"8\"\n"
    "\"2\",\"softmax(\"\"quoted\"\")\",\"2\",\"1\",\"n/a\",\"8\"\n";
static const char rows[] =
    "\"ID\",\"Kernel Name\",\"Section Name\",\"Metric Name\",\"Metric Unit\",\"Metric Value\"\r\n"
    "\"0\",\"k\",\"Command line profiler metrics\",\"dram__bytes_read.sum\",\"Kbyte\",\"2\"\r\n"
    "\"0\",\"k\",\"Command line profiler metrics\",\"smsp__inst_executed_op_global_ld.sum\",\"inst\",\"1,024\"\r\n"
    "\"0\",\"k\",\"Details\",\"Registers Per Thread\",\"register/thread\",\"32\"\r\n";

static bool read(const char *text, Capture *capture, Arena *arena, Err *err) {
    return ncu_read_text("n.csv", text, strlen(text), capture, arena, err);
}

static void test_raw(void **state) {
    (void)state;
    Arena arena = {0};
    Capture c;
    Err err = {0};
    if (!read(raw, &c, &arena, &err)) fail_msg("%s", err.text);
    const CaptureRun *run = &c.runs[0];
    assert_int_equal(run->kernel_count, 2);
    assert_string_equal(run->kernels[0].name, "flash2_forward");
    const CaptureMetric *m = capture_metric(&run->kernels[0], "dram__bytes_read.sum");
    assert_true(m->launch_count == 2 && m->min == 1.5e6 && m->median == 1.5e6 && m->max == 1.7e6);
    assert_string_equal(m->unit, "bytes");
    assert_true(capture_metric(&run->kernels[0], "gpu__time_duration.sum")->max == 22000);
    assert_true(capture_metric(&run->kernels[0], "lts__t_sectors_srcunit_tex_op_read.sum")->min == 12345);
    assert_null(capture_metric(&run->kernels[1], "lts__t_sectors_srcunit_tex_op_read.sum"));
    arena_free(&arena);
}

static void test_rows(void **state) {
    (void)state;
    Arena arena = {0};
    Capture c;
    assert_true(read(rows, &c, &arena, NULL));
    assert_int_equal(c.runs[0].kernels[0].metric_count, 2);
    assert_true(capture_metric(&c.runs[0].kernels[0], "dram__bytes_read.sum")->median == 2000);
    assert_true(capture_metric(&c.runs[0].kernels[0], "smsp__inst_executed_op_global_ld.sum")->median == 1024);
    arena_free(&arena);
}

static void test_refusals(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"", "n.csv:0: there is no column \"Kernel Name\": this is no output of `ncu --csv`"},
        {"a,b\nc,d\n", "n.csv:2: there is no column \"Kernel Name\": this is no output of `ncu --csv`"},
        {"Kernel Name,x__y.sum\nunit\n",
         "n.csv:2: the row of units is not as long as the header: is this `ncu --csv --page raw`?"},
        {"Kernel Name,x\n,\nk,1\n", "n.csv:3: no kernel has a metric of the form unit__name"},
        {"Kernel Name,Metric Name\n", "n.csv:1: the header has Metric Name but no Metric Unit or Metric Value"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Arena arena = {0};
        Capture c;
        Err err = {0};
        assert_false(read(bad[i][0], &c, &arena, &err));
        assert_string_equal(err.text, bad[i][1]);
        arena_free(&arena);
    }
}

static void test_damage(void **state) {
    (void)state;
    srand(5);
    for (int round = 0; round < 10000; round++) {
        char text[sizeof raw];
        memcpy(text, raw, sizeof raw);
        for (int hits = rand() % 8; hits >= 0; hits--) text[(size_t)rand() % (sizeof raw - 1)] = "\",\n_.x"[rand() % 6];
        if (rand() % 4 == 0) text[(size_t)rand() % (sizeof raw - 1)] = 0;
        Arena arena = {0};
        Capture c;
        Err err = {0};
        if (!read(text, &c, &arena, &err)) assert_true(err.text[0]);
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_raw), cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_refusals), cmocka_unit_test(test_damage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
