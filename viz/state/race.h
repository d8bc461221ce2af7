/* A race: up to three algorithms replayed side by side on one clock.
 *
 * One runner leads: its step index is the position. The others stand where the clock shows the same:
 *
 *     clock TIME    the same modelled nanoseconds since the start
 *     clock BYTES   the same issued bytes moved
 *     clock STEPS   the same number of steps
 *
 * Positions run from 0 to step_count; step_count is the end, after the last step.
 * Pure; everything is made once per scenario in the caller's arena and then only read.
 */
#ifndef VIZ_STATE_RACE_H
#define VIZ_STATE_RACE_H
#include "sim/count.h"
#include "sim/replay.h"
#include "viz/state/score_map.h"

typedef enum RaceClock { RACE_TIME, RACE_BYTES, RACE_STEPS, RACE_CLOCK_COUNT } RaceClock;

typedef enum MarkKind { MARK_KERNEL, MARK_REUSE, MARK_RESCALE, MARK_L2_FULL } MarkKind;

/* A place worth stopping at. */
typedef struct RaceMark {
    uint64_t step_index;
    MarkKind kind;
    const char *label; /* "softmax begins" */
    const char *note;  /* what a presenter says there, one sentence */
} RaceMark;

enum { RACE_RUNNERS_MAX = 3, RACE_MARKS_MAX = PROGRAM_KERNELS_MAX + 8, RACE_CURVE_POINTS = 161 };

/* Counters along the replay, for the timeline: values before step i / (points - 1) of all. */
typedef struct RaceCurve {
    double issued[RACE_CURVE_POINTS], time_ns[RACE_CURVE_POINTS]; /* 0..1 of the whole */
} RaceCurve;

typedef struct Runner {
    const Count *count;
    const Program *program;
    uint64_t step_count;
    RaceMark marks[RACE_MARKS_MAX]; /* by rising step */
    int mark_count;
    ScoreMap maps[PROGRAM_KERNELS_MAX];
    RaceCurve curve;
    uint64_t memory_at_kernel_bytes[PROGRAM_KERNELS_MAX];
} Runner;

typedef struct Race {
    const Scenario *scenario;
    Runner runners[RACE_RUNNERS_MAX];
    int runner_count;
    bool has_time; /* the clock model has run */
} Race;

/* The first RACE_RUNNERS_MAX of the counts. */
void race_make(const Scenario *scenario, const Count *counts, int count, Arena *arena, Race *race);
/* Fills runner->marks (marks.c). */
void race_find_marks(Runner *runner, Arena *arena);

/* A runner at a position. At the end `state` is that of the last step and is_finished is set. */
typedef struct RunnerAt {
    uint64_t step_index;
    bool is_finished;
    ReplayState state;
    Counters done; /* what all steps before the position add up to */
} RunnerAt;
RunnerAt runner_at(const Runner *runner, uint64_t step_index);

/* What the clock shows at the position: nanoseconds, bytes or steps. */
double runner_clock(const Runner *runner, RaceClock clock, uint64_t step_index);
/* Modelled time until the position; 0 where none was modelled. */
double runner_time_ns(const Runner *runner, const RunnerAt *at);
/* The last position at which the clock shows no more than value; step_count where the whole run does. */
uint64_t runner_seek(const Runner *runner, RaceClock clock, double value);
/* Where runner number `runner` stands when `lead` is at lead_step. */
uint64_t race_step(const Race *race, RaceClock clock, int lead, uint64_t lead_step, int runner);
/* The runner whose whole run is longest on the clock. */
int race_longest(const Race *race, RaceClock clock);
/* TIME falls back to BYTES where the time was not modelled. */
RaceClock race_usable_clock(const Race *race, RaceClock clock);
/* As people read it: "same time". */
const char *race_clock_name(RaceClock clock);
/* The name as options take it: time, bytes or steps; ERR_USAGE for any other. */
bool race_clock_parse(const char *text, RaceClock *clock, Err *err);
/* ...and the name for a clock. */
const char *race_clock_key(RaceClock clock);

/* The mark at or before the position; NULL where there is none. The next mark after it, or the one before. */
const RaceMark *runner_mark_at(const Runner *runner, uint64_t step_index);
const RaceMark *runner_mark_next(const Runner *runner, uint64_t step_index, int direction);
#endif
