/* hbmscope steps: the replay, a line a step, as text or as JSON lines (hbmscope.steps/1).
 *
 * Any range of billions of steps costs the same to reach. Everything that can be wrong is found before the first
 * line is written; then lines go out in pieces of PIECE_BYTES, so that ten million steps need no memory.
 */
#include <stdio.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/base/parse.h"
#include "sim/count_time.h"
#include "viz/cli/learn.h"
#include "viz/cli/lens_output.h"
#include "viz/cli/step_output.h"
#include "viz/cli/verbs.h"

enum { STEPS_MAX = 10000000, LENS_STEPS_MAX = 10000, DEFAULT_STEPS = 20, PIECE_BYTES = 1 << 20 };

typedef struct StepArgs {
    const char *from, *to, *at_bytes, *at_time, *program;
    bool has_lens; /* each step's requests too */
} StepArgs;

typedef struct StepRange {
    uint64_t first, last; /* both printed */
} StepRange;

static uint64_t step_count(const Count *count) { return count->totals.value[COUNTER_STEP_COUNT]; }

/* --from and --to; without --to, DEFAULT_STEPS of them. */
static bool find_range(const StepArgs *args, const Count *count, StepRange *range, Err *err) {
    uint64_t from = 0, to;
    if (args->from && !parse_size(args->from, "--from", 0, CHECKED_MAX, &from, err)) return false;
    if (from >= step_count(count))
        return err_set(err, ERR_USAGE, "--from is %llu; %s has %llu steps, so it must be below that",
                       (unsigned long long)from, count->algorithm->name, (unsigned long long)step_count(count));
    to = min_u64(from + DEFAULT_STEPS, step_count(count)) - 1;
    if (args->to && !parse_size(args->to, "--to", 0, CHECKED_MAX, &to, err)) return false;
    if (to >= step_count(count))
        return err_set(err, ERR_USAGE, "--to is %llu; %s has %llu steps, so it must be below that",
                       (unsigned long long)to, count->algorithm->name, (unsigned long long)step_count(count));
    if (from > to)
        return err_set(err, ERR_USAGE, "--from is %llu and --to is %llu; --from must not be above --to",
                       (unsigned long long)from, (unsigned long long)to);
    if (to - from >= STEPS_MAX)
        return err_set(err, ERR_USAGE, "--from %llu --to %llu are %llu steps; at most %d are printed",
                       (unsigned long long)from, (unsigned long long)to, (unsigned long long)(to - from + 1),
                       STEPS_MAX);
    if (args->has_lens && to - from >= LENS_STEPS_MAX)
        return err_set(err, ERR_USAGE, "--lens with %llu steps; it shows at most %d",
                       (unsigned long long)(to - from + 1), LENS_STEPS_MAX);
    *range = (StepRange){from, to};
    return true;
}

static uint64_t issued_after(const Count *count, uint64_t step) {
    ReplayState state;
    replay_seek(count->program, step, &state);
    const Counters *delta = &state.delta;
    return state.before.value[COUNTER_ISSUED_READ_BYTES] + state.before.value[COUNTER_ISSUED_WRITE_BYTES] +
           delta->value[COUNTER_ISSUED_READ_BYTES] + delta->value[COUNTER_ISSUED_WRITE_BYTES];
}

/* The first step after which more than the given bytes have been issued, reads and writes together. */
static bool find_bytes(const char *text, const Count *count, StepRange *range, Err *err) {
    uint64_t bytes, low = 0, high = step_count(count) - 1;
    if (!parse_size(text, "--at-bytes", 0, CHECKED_MAX, &bytes, err)) return false;
    if (issued_after(count, high) <= bytes)
        return err_set(err, ERR_USAGE, "--at-bytes is %llu; %s issues %llu bytes in all, so it must be below that",
                       (unsigned long long)bytes, count->algorithm->name,
                       (unsigned long long)issued_after(count, high));
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (issued_after(count, middle) > bytes)
            high = middle;
        else
            low = middle + 1;
    }
    *range = (StepRange){low, low};
    return true;
}

/* "1.3ms": a decimal number and ns, us, ms or s. */
static bool parse_time(const char *text, double *time_ns, Err *err) {
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    size_t digits = strspn(text, "0123456789.");
    char number[32];
    snprintf(number, sizeof number, "%.*s", (int)digits, text);
    for (int i = 0; i < 4; i++)
        if (strcmp(text + digits, units[i].unit) == 0 && digits < sizeof number &&
            parse_real(number, "--at-time", 0, 1e18, time_ns, NULL)) {
            *time_ns *= units[i].ns;
            return true;
        }
    return err_set(err, ERR_USAGE, "--at-time is '%s'; it must be a number and ns, us, ms or s, such as 1.3ms",
                   parse_quote(text).text);
}

static bool find_time(const char *text, const Count *count, StepRange *range, Err *err) {
    double time_ns;
    ReplayState state;
    if (!parse_time(text, &time_ns, err)) return false;
    if (count->totals.time_ns <= 0)
        return err_set(err, ERR_OTHER, "--at-time cannot be found: no time is modelled for %s", count->algorithm->name);
    if (!count_seek_time(count, time_ns, &state))
        return err_set(err, ERR_USAGE, "--at-time is %s; %s takes %.0f ns, so it must be below that",
                       parse_quote(text).text, count->algorithm->name, count->totals.time_ns);
    *range = (StepRange){state.step_index, state.step_index};
    return true;
}

static bool find_steps(const StepArgs *args, const Count *count, StepRange *range, Err *err) {
    if (args->at_bytes) return find_bytes(args->at_bytes, count, range, err);
    if (args->at_time) return find_time(args->at_time, count, range, err);
    return find_range(args, count, range, err);
}

static bool print_range(const Count *count, StepRange range, bool has_lens, OutputFormat format, Err *err) {
    Output output = {0};
    if (format == OUTPUT_TEXT) step_print_head(count, range.first, range.last, &output);
    for (uint64_t step = range.first; step <= range.last; step++) {
        ReplayState state;
        replay_seek(count->program, step, &state);
        if (format == OUTPUT_JSON)
            step_print_json(count, &state, &output);
        else
            step_print_text(count, &state, &output);
        if (has_lens) (format == OUTPUT_JSON ? lens_print_json : lens_print_text)(count, &state, &output);
        if (output.length_bytes >= PIECE_BYTES && !output_flush(&output, err)) return false;
    }
    return output_flush(&output, err);
}

/* --program: the student's own in place of the scenario's algorithms. */
static bool count_own(const char *path, const Scenario *scenario, CountOptions options, Count *count, Arena *arena,
                      Err *err) {
    const StudentText *own;
    return learn_read_program(path, &own, arena, err) &&
           student_count(own->name, own->text, scenario, options, count, arena, err);
}

static bool print_all(const Scenario *scenario, const StepArgs *args, OutputFormat format, Arena *arena, Err *err) {
    Count *counts = ARENA_ARRAY(arena, Count, SCENARIO_ALGORITHMS_MAX);
    StepRange ranges[SCENARIO_ALGORITHMS_MAX] = {{0}};
    CountOptions options = {.is_dram_skipped = !args->at_time};
    int count = args->program ? 1 : scenario->algorithm_count;
    if (args->program ? !count_own(args->program, scenario, options, counts, arena, err)
                      : !count_scenario(scenario, options, counts, arena, err))
        return false;
    for (int i = 0; i < count; i++)
        if (!find_steps(args, &counts[i], &ranges[i], err)) return false;
    for (int i = 0; i < count; i++)
        if (!print_range(&counts[i], ranges[i], args->has_lens, format, err)) return false;
    return true;
}

bool verb_steps(int argc, char **argv, Err *err) {
    StepArgs args = {0};
    const VerbOption own[] = {{"from", &args.from, NULL},         {"to", &args.to, NULL},
                              {"at-bytes", &args.at_bytes, NULL}, {"at-time", &args.at_time, NULL},
                              {"program", &args.program, NULL},   {"lens", NULL, &args.has_lens}};
    Scenario scenario;
    OutputFormat format;
    if (!verb_parse(argc, argv, own, sizeof own / sizeof own[0], &scenario, &format, err)) return false;
    if (format == OUTPUT_CSV) return err_set(err, ERR_USAGE, "steps prints text or --json lines; it has no --csv");
    if ((args.from || args.to) + (args.at_bytes != NULL) + (args.at_time != NULL) > 1)
        return err_set(err, ERR_USAGE, "--from/--to, --at-bytes and --at-time exclude each other; give one of them");
    Arena arena = {0};
    bool is_done = print_all(&scenario, &args, format, &arena, err);
    arena_free(&arena);
    return is_done;
}
