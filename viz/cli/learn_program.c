/* A program of the student's own, counted: as text, or as JSON (hbmscope.program/1). */
#include <errno.h>
#include <string.h>

#include "lessons/student.h"
#include "sim/units.h"
#include "viz/cli/json_out.h"
#include "viz/cli/learn.h"
#include "viz/cli/scenario_json.h"

char *learn_read_answer(const char *path, Arena *arena, Err *err) {
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!in) {
        err_set(err, ERR_OTHER, "%s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = arena_alloc_bytes(arena, STUDENT_TEXT_MAX + 2);
    size_t length = fread(text, 1, STUDENT_TEXT_MAX + 1, in);
    bool is_bad = ferror(in) || length > STUDENT_TEXT_MAX || memchr(text, '\0', length);
    if (in != stdin) fclose(in);
    if (!is_bad) return text;
    err_set(err, ERR_OTHER, "%s: it cannot be read as a text of at most %d bytes", path, STUDENT_TEXT_MAX);
    return NULL;
}

static void print_row(Output *output, const char *name, UnitText text, uint64_t exact) {
    output_format(output, "  %-24s %10s   %s\n", name, text.text, units_exact(exact).text);
}

static void print_student(const Program *program, const Totals *totals, Output *output) {
    const uint64_t *v = totals->value;
    output_format(output, "The result is right. On %s it takes:\n", program->scenario.machine.title);
    print_row(output, "issued, read", units_gb(v[COUNTER_ISSUED_READ_BYTES]), v[COUNTER_ISSUED_READ_BYTES]);
    print_row(output, "issued, written", units_gb(v[COUNTER_ISSUED_WRITE_BYTES]), v[COUNTER_ISSUED_WRITE_BYTES]);
    print_row(output, "L1 sectors, read", units_count(v[COUNTER_L1_READ_SECTORS]), v[COUNTER_L1_READ_SECTORS]);
    print_row(output, "arithmetic", units_flops(v[COUNTER_FLOPS]), v[COUNTER_FLOPS]);
    print_row(output, "exponentials", units_count(v[COUNTER_EXP_COUNT]), v[COUNTER_EXP_COUNT]);
    print_row(output, "peak HBM", units_kib(v[COUNTER_PEAK_HBM_BYTES]), v[COUNTER_PEAK_HBM_BYTES]);
    print_row(output, "SRAM a block", units_kib(v[COUNTER_SMEM_PER_BLOCK_BYTES]), v[COUNTER_SMEM_PER_BLOCK_BYTES]);
    print_row(output, "thread blocks", units_count(v[COUNTER_BLOCK_COUNT]), v[COUNTER_BLOCK_COUNT]);
    print_row(output, "steps", units_count(v[COUNTER_STEP_COUNT]), v[COUNTER_STEP_COUNT]);
    for (int k = 0; k < program->kernel_count; k++) {
        const Counters *total = &program->nodes[program->kernels[k].node].total;
        output_format(output, "  kernel %-17s read %s, written %s, %s of SRAM a block\n", program->kernels[k].name,
                      units_gb(total->value[COUNTER_ISSUED_READ_BYTES]).text,
                      units_gb(total->value[COUNTER_ISSUED_WRITE_BYTES]).text,
                      units_kib(program->kernels[k].smem_per_block_bytes).text);
    }
}

/* The counters that a program's tree and gauges give. */
static json_t *counters_json(const uint64_t *value, int count) {
    json_t *object = json_object();
    for (int id = 0; id < count; id++)
        if (id != COUNTER_BUSY_PS) json_object_set_new(object, counter_info[id].key, json_out_u64(value[id]));
    return object;
}

static void print_json(const Program *program, const Totals *totals, Output *output) {
    json_t *root = json_pack("{s:s}", "format", "hbmscope.program/1"), *kernels = json_array();
    json_object_set_new(root, "scenario", scenario_json(&program->scenario));
    json_t *sums = counters_json(totals->value, COUNTER_TREE_COUNT);
    json_object_set_new(sums, "peak_hbm_bytes", json_out_u64(totals->value[COUNTER_PEAK_HBM_BYTES]));
    json_object_set_new(sums, "smem_per_block_bytes", json_out_u64(totals->value[COUNTER_SMEM_PER_BLOCK_BYTES]));
    json_object_set_new(root, "totals", sums);
    for (int k = 0; k < program->kernel_count; k++) {
        const Kernel *kernel = &program->kernels[k];
        json_t *row = json_pack("{s:s}", "name", kernel->name);
        json_object_set_new(row, "totals", counters_json(program->nodes[kernel->node].total.value, COUNTER_TREE_COUNT));
        json_object_set_new(row, "smem_per_block_bytes", json_out_u64(kernel->smem_per_block_bytes));
        json_array_append_new(kernels, row);
    }
    json_object_set_new(root, "kernels", kernels);
    json_out_document(output, root);
}

bool learn_run_program(const char *path, const Scenario *scenario, OutputFormat format, Err *err) {
    Arena arena = {0};
    Output output = {0};
    Program program;
    Totals totals;
    if (format == OUTPUT_CSV) return err_set(err, ERR_USAGE, "--program prints text or --json, not CSV");
    const char *text = learn_read_answer(path, &arena, err);
    bool is_good = text && student_count(path, text, scenario, &program, &totals, &arena, err);
    if (is_good) {
        if (format == OUTPUT_JSON)
            print_json(&program, &totals, &output);
        else
            print_student(&program, &totals, &output);
        is_good = output_flush(&output, err);
    }
    arena_free(&arena);
    return is_good;
}
