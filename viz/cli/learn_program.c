/* A program of the student's own, counted: as text, or as JSON (hbmscope.program/1). */
#include <string.h>

#include "lessons/student.h"
#include "sim/base/text_file.h"
#include "sim/units.h"
#include "viz/cli/count_output.h"
#include "viz/cli/json_out.h"
#include "viz/cli/learn.h"
#include "viz/cli/scenario_json.h"

char *learn_read_answer(const char *path, Arena *arena, Err *err) {
    if (strcmp(path, "-") == 0)
        return text_file_read_stream(stdin, "standard input", STUDENT_MAX_BYTES, ERR_OTHER, arena, err);
    return text_file_read(path, STUDENT_MAX_BYTES, ERR_OTHER, arena, err);
}

bool learn_read_program(const char *path, const StudentText **program, Arena *arena, Err *err) {
    StudentText *read = ARENA_NEW(arena, StudentText);
    *read = (StudentText){path, learn_read_answer(path, arena, err)};
    if (read->text) *program = read;
    return read->text;
}

/* The student's program and the scenario's algorithms beside it: a table like that of the verb count. */
static bool count_beside(const Count *mine, const Scenario *scenario, Scenario *shown, Count *counts, Arena *arena,
                         Err *err) {
    *shown = *scenario;
    shown->algorithm_count = 1;
    shown->algorithms[0] = mine->algorithm->name;
    counts[0] = *mine;
    if (scenario->algorithm_count == SCENARIO_ALGORITHMS_MAX)
        return err_set(err, ERR_USAGE, "--program stands beside at most %d algorithms", SCENARIO_ALGORITHMS_MAX - 1);
    for (int i = 0; i < scenario->algorithm_count; i++)
        shown->algorithms[shown->algorithm_count++] = scenario->algorithms[i];
    return count_scenario(scenario, (CountOptions){0}, counts + 1, arena, err);
}

static void print_kernels(const Count *count, Output *output) {
    for (int k = 0; k < count->kernel_count; k++) {
        const uint64_t *v = count->kernels[k].totals.value;
        output_format(output, "  kernel %-17s read %s, written %s, %s of SRAM a block\n", count->kernels[k].name,
                      units_gb(v[COUNTER_ISSUED_READ_BYTES]).text, units_gb(v[COUNTER_ISSUED_WRITE_BYTES]).text,
                      units_kib(v[COUNTER_SMEM_PER_BLOCK_BYTES]).text);
    }
}

static bool print_student(const Count *mine, const Scenario *scenario, const char *path, Arena *arena, Output *output,
                          Err *err) {
    Scenario shown;
    Count *counts = ARENA_ARRAY(arena, Count, SCENARIO_ALGORITHMS_MAX);
    if (!count_beside(mine, scenario, &shown, counts, arena, err)) return false;
    output_format(output,
                  "The result is right: it was run on small numbers and is attention as the scenario asks.\n\n");
    count_print_totals(&shown, counts, arena, output);
    output_format(output, "\n");
    print_kernels(mine, output);
    if (strcmp(path, "-") != 0)
        output_format(output,
                      "\nIts replay: `hbmscope steps --program %s`, or `hbmscope show --program %s` for the window.\n",
                      path, path);
    return true;
}

static void print_json(const Count *count, Output *output) {
    bool has_dram = count->dram_engine[0] != 0;
    json_t *root = json_pack("{s:s}", "format", "hbmscope.program/1"), *kernels = json_array();
    json_object_set_new(root, "scenario", scenario_json(&count->program->scenario));
    json_object_set_new(root, "totals", count_totals_json(&count->totals, has_dram));
    for (int k = 0; k < count->kernel_count; k++) {
        const CountKernel *kernel = &count->kernels[k];
        json_t *row = json_pack("{s:s}", "name", kernel->name);
        json_object_set_new(row, "totals", count_totals_json(&kernel->totals, has_dram));
        json_object_set_new(row, "smem_per_block_bytes",
                            json_out_u64(kernel->totals.value[COUNTER_SMEM_PER_BLOCK_BYTES]));
        json_array_append_new(kernels, row);
    }
    json_object_set_new(root, "kernels", kernels);
    json_out_document(output, root);
}

bool learn_run_program(const char *path, const Scenario *scenario, OutputFormat format, Err *err) {
    Arena arena = {0};
    Output output = {0};
    Count count;
    if (format == OUTPUT_CSV) return err_set(err, ERR_USAGE, "--program prints text or --json, not CSV");
    const char *text = learn_read_answer(path, &arena, err);
    bool is_good = text && student_count(path, text, scenario, (CountOptions){0}, &count, &arena, err);
    if (is_good && format == OUTPUT_JSON)
        print_json(&count, &output);
    else if (is_good)
        is_good = print_student(&count, scenario, path, &arena, &output, err);
    if (is_good)
        is_good = output_flush(&output, err);
    else
        output_free(&output);
    arena_free(&arena);
    return is_good;
}
