/* Gathering the four roads: see comparison.h. */
#include "viz/cli/comparison.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ncu.h"
#include "viz/cli/child.h"

static void add_note(Comparison *c, const char *note) {
    if (c->note_count < COMPARISON_NOTES_MAX) c->notes[c->note_count++] = note;
}

static bool read_hardware(ComparisonOptions options, Capture *capture, Arena *arena, Err *err) {
    if (options.capture_path && options.ncu_path)
        return err_set(err, ERR_USAGE, "--capture and --ncu are two sources of the same column; give one of them");
    if (options.capture_path) return capture_read_file(options.capture_path, capture, arena, err);
    return !options.ncu_path || ncu_read_file(options.ncu_path, capture, arena, err);
}

static const CaptureRun *find_hardware(const Comparison *c, bool is_ncu, const Count *count) {
    const Scenario *s = &count->program->scenario;
    CaptureL2 l2 = s->l2_start == L2_START_WARM ? CAPTURE_L2_WARM : CAPTURE_L2_COLD;
    if (!c->hardware.name) return NULL;
    return is_ncu ? &c->hardware.runs[0] : capture_find_run(&c->hardware, count->algorithm->name, s, l2);
}

/* The CUDA kernel on the CPU; NULL with a note where there is none for this case. */
static const CaptureRun *run_kernel(Comparison *c, const Scenario *scenario, const Count *count, Arena *arena) {
    enum { TEXT_MAX_BYTES = 1 << 20 };
    Scenario s = *scenario;
    s.algorithms[0] = count->algorithm->name;
    s.algorithm_count = 1;
    char *scenario_text = NULL, *text = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&scenario_text, &bytes);
    if (!memory) return NULL;
    scenario_write(&s, memory);
    fclose(memory);
    const char *const words[] = {"hbmscope-twin", "--scenario", scenario_text, NULL};
    Capture *capture = ARENA_NEW(arena, Capture);
    Err err = {0};
    bool is_ok = child_read("hbmscope-twin", words, TEXT_MAX_BYTES, &text, &err) &&
                 capture_read_text("hbmscope-twin", text, strlen(text), capture, arena, &err);
    free(scenario_text);
    free(text);
    if (is_ok && capture->run_count) return &capture->runs[0];
    if (!c->unrun) c->unrun = arena_copy_text(arena, err.text);
    add_note(c, arena_format(arena, "%s was not run on the CPU: %s", count->algorithm->name, err.text));
    return NULL;
}

/* A profiler flushes the L2 before every kernel, not before the first alone; so does the model then. */
static Scenario as_measured(Comparison *c, const Scenario *scenario) {
    Scenario s = *scenario;
    if (!c->hardware.name || s.l2_start != L2_START_COLD || s.l2_mode == L2_OFF) return s;
    s.l2_start = L2_START_FLUSHED;
    add_note(c, "the model's L2 is flushed before every kernel, as the hardware's was (--l2-start flushed)");
    return s;
}

/* Those that are there already, unless the hardware's L2 was in another state. */
static const Count *count(Comparison *c, const Scenario *scenario, const Count *counted, Arena *arena, Err *err) {
    Scenario measured = as_measured(c, scenario);
    if (counted && measured.l2_start == scenario->l2_start) return counted;
    Count *counts = ARENA_ARRAY(arena, Count, SCENARIO_ALGORITHMS_MAX);
    return count_scenario(&measured, (CountOptions){0}, counts, arena, err) ? counts : NULL;
}

bool comparison_fill(const Scenario *scenario, ComparisonOptions options, Comparison *c, Arena *arena, Err *err) {
    int found_count = 0;
    *c = (Comparison){.unrun = options.is_kernel_skipped ? "left out here, `hbmscope compare` runs them" : NULL};
    if (!read_hardware(options, &c->hardware, arena, err)) return false;
    const Count *counts = count(c, scenario, options.counts, arena, err);
    if (!counts) return false;
    c->engine = counts[0].dram_engine;
    for (int a = 0; a < scenario->algorithm_count; a++) {
        CompareInput input = {&counts[a], options.is_kernel_skipped ? NULL : run_kernel(c, scenario, &counts[a], arena),
                              find_hardware(c, options.ncu_path != NULL, &counts[a])};
        found_count += input.hardware != NULL;
        if (c->hardware.name && !input.hardware)
            add_note(c, arena_format(arena, "%s has no run of %s with these sizes", c->hardware.name,
                                     counts[a].algorithm->name));
        compare_add(&c->compare, &input, arena);
    }
    if (!c->hardware.name)
        add_note(c, "no hardware: give --capture FILE (`hbmscope capture` makes one where a GPU is) or --ncu FILE.csv");
    if (c->hardware.name && !found_count)
        return err_set(err, ERR_OTHER,
                       "%s has no run of any of these algorithms with these sizes, dtype, mask and state of the L2 (it "
                       "has %d runs)",
                       c->hardware.name, c->hardware.run_count);
    return true;
}

/* Where the hardware column comes from, one line; NULL where there is none. */
static const char *source(const Comparison *c, ComparisonOptions options, Arena *arena) {
    if (!c->hardware.name) return NULL;
    if (options.ncu_path) return arena_format(arena, "Hardware: ncu, %s", options.ncu_path);
    const char *date = capture_key(&c->hardware, "date");
    return arena_format(arena, "Hardware: %s%s%s", capture_key(&c->hardware, "device"), *date ? ", " : "", date);
}

void comparison_show(const Comparison *c, ComparisonOptions options, ViewInput *input, Arena *arena) {
    input->compare = &c->compare;
    input->compare_source = source(c, options, arena);
    input->compare_engine = c->engine;
    input->compare_unrun = c->unrun;
}
