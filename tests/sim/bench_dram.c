/* bench lines of the DRAM engines: tiles a second through the LRU list, and count's DRAM at 128K. */
#include <stdio.h>
#include <time.h>

#include "sim/attention/algorithm.h"
#include "sim/memory/dram.h"
#include "sim/memory/tile_lru.h"

/* CPU time: what else runs on the machine does not count. */
static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sweeps units of 32 KiB, all reads, through an L2 of 40 MiB in one partition: the best of ten times 50 ms, since what
 * shares the core's caches slows some of them. */
static void bench_tiles(const char *what, uint32_t unit_count) {
    enum { TILE_BYTES = 32 * 1024 };
    Arena arena = {0};
    TileLru lru;
    double best_per_s = 0;
    tile_lru_init(&lru, (L2Config){.size_bytes = 40 << 20, .partition_count = 1}, unit_count, &arena);
    for (uint32_t unit = 0; unit < unit_count; unit++) tile_lru_define(&lru, unit, TILE_BYTES, 0);
    for (int run = 0; run < 10; run++) {
        uint64_t done = 0;
        double start_s = now_s(), used_s;
        do
            for (uint32_t unit = 0; unit < unit_count; unit++, done++) tile_lru_read(&lru, 0, unit);
        while ((used_s = now_s() - start_s) < 0.05);
        if ((double)done / used_s > best_per_s) best_per_s = (double)done / used_s;
    }
    printf("bench tile_lru_%s %.0f Mtiles/s\n", what, best_per_s * 1e-6);
    arena_free(&arena);
}

static void bench_count(const char *algorithm) {
    Arena arena = {0};
    Scenario s = scenario_default();
    Program *program = ARENA_NEW(&arena, Program);
    DramReport *report = ARENA_NEW(&arena, DramReport);
    static const char *const options[] = {"seq", "128K", "head-dim", "128", "heads", "32", "batch", "1", "gpu", "h200"};
    for (int i = 0; i < 10; i += 2)
        if (!scenario_set(&s, options[i], options[i + 1], NULL)) return;
    if (!scenario_set(&s, "algorithm", algorithm, NULL) || !scenario_finish(&s, NULL) ||
        !algorithm_program(algorithm_find(algorithm), &s, program, &arena, NULL))
        return;
    double start_s = now_s();
    bool is_done = dram_count(program, report, NULL);
    if (is_done) printf("bench dram_128k_%s %.2f ms\n", algorithm, (now_s() - start_s) * 1e3);
    arena_free(&arena);
}

int main(void) {
    bench_tiles("hits", 1000);
    bench_tiles("misses", 4000);
    bench_count("standard");
    bench_count("flash1");
    bench_count("flash2");
    return 0;
}
