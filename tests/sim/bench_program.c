/* How fast the spine is: building the program of 128K tokens, head-dim 128, 32 heads x 32 layers, finding steps in it.
 * Prints `bench NAME VALUE UNIT`, CPU time, medians. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/base/random.h"
#include "sim/count.h"
#include "sim/replay.h"

enum { ROUND_COUNT = 31, SEEK_COUNT = 20000 };

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

/* is_ragged: a token more, so that rows and heads of the scores, and lse's heads, start inside sectors. */
static Scenario long_context(bool is_causal, bool is_ragged) {
    Scenario s = scenario_default();
    s.batch_count = 1, s.head_count = s.kv_head_count = 32, s.layer_count = 32;
    s.query_rows = s.key_rows = 128 * 1024 + is_ragged, s.head_dim_elems = 128, s.is_causal = is_causal;
    Err err;
    if (!machine_find("h200", &s.machine, &err)) exit(1);
    return s;
}

static void bench_build(const char *name, const char *algorithm, bool is_causal, bool is_ragged) {
    double rounds_ns[ROUND_COUNT];
    Scenario s = long_context(is_causal, is_ragged);
    Program program;
    Err err;
    Arena arena = {0};
    for (int i = 0; i < ROUND_COUNT; i++) {
        arena_reset(&arena);
        double start_ns = now_ns();
        if (!algorithm_program(algorithm_find(algorithm), &s, &program, &arena, &err)) exit(1);
        rounds_ns[i] = now_ns() - start_ns;
    }
    printf("bench %s %.1f us\n", name, median(rounds_ns, ROUND_COUNT) / 1e3);
    arena_free(&arena);
}

static uint64_t random_state = 7;

static void bench_seek(const char *name, const char *algorithm, bool is_causal, bool is_ragged, CounterId id) {
    double rounds_ns[ROUND_COUNT];
    Scenario s = long_context(is_causal, is_ragged);
    Program program;
    Err err;
    Arena arena = {0};
    if (!algorithm_program(algorithm_find(algorithm), &s, &program, &arena, &err)) exit(1);
    uint64_t total = program_total(&program)->value[id], sum = 0;
    ReplayState state;
    for (int i = 0; i < ROUND_COUNT; i++) {
        double start_ns = now_ns();
        for (int k = 0; k < SEEK_COUNT; k++) {
            if (id == COUNTER_STEP_COUNT)
                replay_seek(&program, random_below(&random_state, total), &state);
            else
                replay_seek_counter(&program, id, random_below(&random_state, total), &state);
            sum += state.before.value[COUNTER_FLOPS];
        }
        rounds_ns[i] = (now_ns() - start_ns) / SEEK_COUNT;
    }
    if (sum == 1) puts(""); /* keeps the loop */
    printf("bench %s %.1f ns\n", name, median(rounds_ns, ROUND_COUNT));
    arena_free(&arena);
}

int main(void) {
    bench_build("program_build_standard_128k", "standard", false, false);
    bench_build("program_build_flash2_128k", "flash2", false, false);
    bench_build("program_build_flash2_causal_128k", "flash2", true, false);
    bench_build("program_build_standard_ragged_128k", "standard", false, true);
    bench_build("program_build_flash2_causal_ragged_128k", "flash2", true, true);
    bench_seek("seek_standard_128k", "standard", false, false, COUNTER_STEP_COUNT);
    bench_seek("seek_flash2_128k", "flash2", false, false, COUNTER_STEP_COUNT);
    bench_seek("seek_flash2_causal_128k", "flash2", true, false, COUNTER_STEP_COUNT);
    bench_seek("seek_standard_ragged_128k", "standard", false, true, COUNTER_STEP_COUNT);
    bench_seek("seek_flash2_causal_ragged_128k", "flash2", true, true, COUNTER_STEP_COUNT);
    bench_seek("seek_counter_standard_128k", "standard", false, false, COUNTER_ISSUED_READ_BYTES);
    bench_seek("seek_counter_flash2_causal_128k", "flash2", true, false, COUNTER_ISSUED_READ_BYTES);
    bench_seek("seek_counter_standard_ragged_128k", "standard", false, true, COUNTER_ISSUED_READ_BYTES);
    bench_seek("seek_l2_bytes_standard_ragged_128k", "standard", false, true, COUNTER_L2_READ_BYTES);
    return 0;
}
