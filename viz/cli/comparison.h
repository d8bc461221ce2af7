/* Everything that `compare` sets side by side, gathered: counts, the CUDA kernel on the CPU (the program
 * hbmscope-twin, run as a child), and hardware out of a capture file or ncu's CSV. For the verb and for the view.
 */
#ifndef VIZ_CLI_COMPARISON_H
#define VIZ_CLI_COMPARISON_H
#include "sim/compare.h"
#include "viz/views/views.h"

typedef struct ComparisonOptions {
    const char *capture_path, *ncu_path; /* at most one; NULL: no hardware */
    bool is_kernel_skipped;
    const Count *counts; /* of the scenario's algorithms, DRAM among it, where they are there already; or NULL */
} ComparisonOptions;

enum { COMPARISON_NOTES_MAX = 2 * SCENARIO_ALGORITHMS_MAX + 2 };

typedef struct Comparison {
    Compare compare;
    Capture hardware;   /* name NULL: none given */
    const char *engine; /* that counted the first algorithm's DRAM bytes, "" where none did */
    const char *unrun;  /* why an algorithm's CUDA kernels were not run on the CPU; NULL: all were */
    const char *notes[COMPARISON_NOTES_MAX]; /* what is missing, and why */
    int note_count;
} Comparison;

/* In the arena. What is not there (the program, a capture) is a note; fails where the scenario, or a file that was
 * named, is wrong. */
bool comparison_fill(const Scenario *scenario, ComparisonOptions options, Comparison *comparison, Arena *arena,
                     Err *err);
/* Hands it to the view `compare`. */
void comparison_show(const Comparison *comparison, ComparisonOptions options, ViewInput *input, Arena *arena);
#endif
