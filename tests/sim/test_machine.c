/* The table of GPUs against the published rows, machine files good and bad, and bytes that no person typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "sim/machine.h"

/* Rows as printed in the vendor's papers: SMs, L2 MiB, HBM GiB, GB/s, KiB of shared memory a block, fp16 TFLOP/s. */
static void rows_are_as_published(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t sm_count;
        uint64_t l2_mib, hbm_gib;
        double gb_per_s;
        uint64_t smem_block_kib;
        double fp16_tf;
    } rows[] = {
        {"v100", 80, 6, 16, 900, 96, 125},          {"t4", 40, 4, 16, 320, 64, 65},
        {"a100-40", 108, 40, 40, 1555, 163, 312},   {"a100-80", 108, 40, 80, 2039, 163, 312},
        {"rtx3090", 82, 6, 24, 936, 99, 71},        {"rtx4090", 128, 72, 24, 1008, 99, 165.2},
        {"l40s", 142, 96, 48, 864, 99, 362},        {"h100", 132, 50, 80, 3350, 227, 989},
        {"h100-pcie", 114, 50, 80, 2000, 227, 756}, {"h200", 132, 60, 141, 4800, 227, 989},
        {"b200", 148, 126, 180, 7672, 227, 2250},   {"rtx5090", 170, 96, 32, 1792, 99, 209.5},
    };
    assert_int_equal(machine_table_count, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Machine m;
        Err err;
        assert_true(machine_find(rows[i].name, &m, &err));
        assert_true(machine_check(&m, &err));
        assert_string_equal(m.name, rows[i].name);
        assert_int_equal(m.sm_count, rows[i].sm_count);
        assert_int_equal(m.l2_bytes, rows[i].l2_mib << 20);
        assert_int_equal(m.hbm_bytes, rows[i].hbm_gib << 30);
        assert_true(m.hbm_bytes_per_s == rows[i].gb_per_s * 1e9);
        assert_int_equal(m.smem_per_block_bytes, rows[i].smem_block_kib << 10);
        assert_true(m.tensor_fp16_flops_per_s == rows[i].fp16_tf * 1e12);
    }
}

/* Figures that no vendor's own paper gives are marked. */
static void secondary_sources_are_marked(void **state) {
    (void)state;
    static const char *const secondary[] = {"a100-80", "l40s", "h100", "h100-pcie", "h200", "b200", "rtx5090"};
    for (int i = 0; i < machine_table_count; i++) {
        bool is_listed = false;
        for (size_t j = 0; j < sizeof secondary / sizeof *secondary; j++)
            is_listed |= strcmp(secondary[j], machine_table[i].name) == 0;
        assert_true(machine_table[i].source[0]);
        assert_int_equal(strstr(machine_table[i].source, "secondary:") != NULL, is_listed);
    }
}

/* All keys of a row, as a file. */
static char *file_of(const Machine *machine) {
    static char text[4096];
    size_t used_bytes = 0;
    for (const char *const *key = machine_keys; *key; key++) {
        char value[128];
        machine_format_value(machine, *key, value, sizeof value);
        used_bytes += (size_t)snprintf(text + used_bytes, sizeof text - used_bytes, "%s = %s\n", *key, value);
    }
    return text;
}

static void rows_read_back_from_files(void **state) {
    (void)state;
    for (int i = 0; i < machine_table_count; i++) {
        Machine read;
        Err err = {0};
        if (!machine_read_text("row", file_of(&machine_table[i]), &read, &err)) fail_msg("%s", err.text);
        assert_memory_equal(&read, &machine_table[i], sizeof read);
    }
}

static void a_file_builds_on_a_base(void **state) {
    (void)state;
    Machine m;
    Err err = {0};
    assert_true(
        machine_read_text("f", "name = mine # my own\n\n# comment\r\nbase=a100-40\r\n  l2_bytes\t= 60M  ", &m, &err));
    assert_string_equal(m.name, "mine");
    assert_string_equal(m.title, "mine");
    assert_non_null(strstr(m.source, "user"));
    assert_int_equal(m.l2_bytes, 60 << 20);
    assert_int_equal(m.sm_count, 108);
}

static void bad_files_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "f: name is not given"},
        {"name = x", "f: compute_capability is not given and there is no base"},
        {"base = a100-40", "f: name is not given"},
        {"base = a100-40\nname = x\nsm_count = 0", "f:3: sm_count is '0'; it must be a whole number from 1 to 4K"},
        {"base = a100-40\nname = x\nsm_count = 108.0", "f:3: sm_count is '108.0'"},
        {"base = a100-40\nname = x\nclock_hz = 1G", "f:3: clock_hz is '1G'"},
        {"base = a100-40\nname = x\nclock_hz = -1e9", "f:3: clock_hz is '-1e9'"},
        {"base = a100-40\nname =", "f:2: name is ''"},
        {"base = a100-40\nname = 12345678901234567890123456789012", "1 to 31 printable ASCII characters"},
        {"base = a100-40\nname = caf\xc3\xa9", "printable ASCII"},
        {"base = a100-40\nname = x\nname = y", "f:3: name is given twice"},
        {"base = a100-40\nbase = h100\nname = x", "f:2: base is given twice"},
        {"base = f\nname = x", "f:1: base is 'f'"},
        {"sm_count = 3\nbase = h100\nname = x", "f:2: base must come before"},
        {"base = h100\nname = x\nsmcount = 3", "f:3: unknown key 'smcount' of a GPU; did you mean 'sm_count'?"},
        {"base = h100\nname = x\nthreads_per_block_max = 4096", "f: threads_per_block_max is 4096; it must be at most"},
        {"base = h100\nname = x\nl2_bytes = 1G\nhbm_bytes = 512M",
         "l2_bytes is 1073741824; it must be at most hbm_bytes"},
        {"base = h100\nname = x\nsmem_per_sm_bytes = 1M", "at most l1_and_smem_per_sm_bytes"},
        {"= 3", "f:1: '= 3' is not `key = value`"},
        {"a b = 3", "f:1: 'a b = 3' is not `key = value`"},
        {"\x1b[31m", "f:1: '?[31m' is not `key = value`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Machine m = machine_table[0];
        Err err = {0};
        if (machine_read_text("f", cases[i].text, &m, &err)) fail_msg("read: %s", cases[i].text);
        if (!strstr(err.text, cases[i].part)) fail_msg("want %s, got %s", cases[i].part, err.text);
        assert_int_equal(err.code, ERR_USAGE);
        assert_memory_equal(&m, &machine_table[0], sizeof m);
    }
}

static uint64_t random_state = 12;

/* Read, and then it makes sense; or refused in one sentence. */
static void assert_survives(const char *text) {
    Machine m = machine_table[0];
    Err err = {0};
    if (machine_read_text("fuzz", text, &m, &err)) {
        assert_true(machine_check(&m, &err));
        assert_true(m.sm_count > 0 && m.hbm_bytes_per_s > 0 && m.clock_hz > 0 && m.name[sizeof m.name - 1] == 0);
        return;
    }
    assert_true(strlen(err.text) > 10);
    assert_null(strchr(err.text, '\n'));
    assert_memory_equal(&m, &machine_table[0], sizeof m);
}

static void any_bytes_are_read_or_refused(void **state) {
    (void)state;
    char text[4096];
    const char *good = file_of(&machine_table[7]);
    size_t length = strlen(good);
    for (size_t cut = 0; cut <= length; cut++) {
        memcpy(text, good, cut);
        text[cut] = 0;
        assert_survives(text);
    }
    for (int i = 0; i < 20000; i++) {
        memcpy(text, good, length + 1);
        for (uint64_t n = 1 + random_below(&random_state, 4); n > 0; n--)
            text[random_below(&random_state, length)] = (char)(1 + random_below(&random_state, 255));
        assert_survives(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_as_published),     cmocka_unit_test(secondary_sources_are_marked),
        cmocka_unit_test(rows_read_back_from_files), cmocka_unit_test(a_file_builds_on_a_base),
        cmocka_unit_test(bad_files_are_refused),     cmocka_unit_test(any_bytes_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
