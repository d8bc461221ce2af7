/* A lesson's number beside the hardware's: see hardware.h. */
#include "lessons/hardware.h"

#include <math.h>
#include <string.h>

#include "sim/compare.h"
#include "sim/units.h"

/* The commands as they are to be typed, for this lesson's case. */
static const char *no_capture(const LessonCase *c, const LessonPart *part, Arena *arena) {
    const char *id = c->lesson->id;
    int digits = (int)strcspn(id, "-");
    return arena_format(arena,
                        "No capture of this case is on file. On a machine with the GPU:\n\n"
                        "    hbmscope learn %.*s --print-scenario >case\n"
                        "    hbmscope capture case --algorithm %s -o run\n"
                        "    hbmscope learn %.*s --capture run",
                        digits, id, part->algorithm, digits, id);
}

/* The counter's row over the whole run: of all kernels together, or of the only one. */
static const CompareRow *find_row(const Compare *compare, int counter) {
    const CompareRow *found = NULL;
    for (int i = 0; i < compare->row_count; i++) {
        const CompareRow *row = &compare->rows[i];
        if (row->counter != counter || !row->has[COMPARE_HARDWARE]) continue;
        if (!found || !*row->kernel) found = row;
    }
    return found;
}

static const char *row_text(const Capture *capture, const CompareRow *row, Arena *arena) {
    const char *error = !row->has_error   ? ""
                        : row->error == 0 ? ", equal"
                                          : arena_format(arena, ", %+.2f%% beside it", 100 * row->error);
    return arena_format(
        arena, "**Counted on %s**, L2 flushed before every kernel (%s): %s %s. The replay, flushed alike, says %s%s.%s%s",
        capture_key(capture, "device"),
        capture->name, units_exact((uint64_t)llround(row->hardware)).text, row->unit,
        units_exact(row->exact[COMPARE_REPLAY]).text, error, *row->leaves_out ? " " : "", row->leaves_out);
}

const char *hardware_text(const LessonCase *c, const LessonPart *part, Arena *arena) {
    Scenario scenario = c->scenario;
    if (scenario.l2_start == L2_START_COLD) scenario.l2_start = L2_START_FLUSHED; /* as a cold capture is taken */
    Ask ask = {.scenario = &scenario, .memory = c->memory};
    int counter = counter_find(part->answer);
    const Count *count =
        counter < 0 ? NULL
                    : ask_count(&ask, part->algorithm, part->settings, strncmp(part->answer, "dram_", 5) == 0, NULL);
    for (int i = 0; count && i < c->capture_count; i++) {
        const Capture *capture = &c->captures[i];
        const CaptureRun *run = capture_find_run(capture, part->algorithm, &count->program->scenario, CAPTURE_L2_COLD);
        if (!run || strcmp(capture_key(capture, "source"), "cupti") != 0) continue;
        Compare compare = {0};
        compare_add(&compare, &(CompareInput){.count = count, .hardware = run}, arena);
        const CompareRow *row = find_row(&compare, counter);
        if (row) return row_text(capture, row, arena);
    }
    return no_capture(c, part, arena);
}
