/* bench lines of the DRAM engines: tiles a second through the LRU list, and what dram_count takes. */
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

/* dram_count of one scenario, the best of three. */
static void bench_count(const char *what, const char *const *options) {
    double best_s = 1e9;
    for (int run = 0; run < 3; run++) {
        Arena arena = {0};
        Scenario s = scenario_default();
        Program *program = ARENA_NEW(&arena, Program);
        DramReport *report = ARENA_NEW(&arena, DramReport);
        for (int i = 0; options[i]; i += 2)
            if (!scenario_set(&s, options[i], options[i + 1], NULL)) return;
        if (!scenario_finish(&s, NULL) ||
            !algorithm_program(algorithm_find(s.algorithms[0]), &s, program, &arena, NULL))
            return;
        double start_s = now_s();
        if (!dram_count(program, report, NULL)) return;
        if (now_s() - start_s < best_s) best_s = now_s() - start_s;
        arena_free(&arena);
    }
    printf("bench dram_%s %.2f ms\n", what, best_s * 1e3);
}

#define AT_128K "seq", "128K", "head-dim", "128", "heads", "32", "batch", "1", "gpu", "h200"

int main(void) {
    bench_tiles("hits", 1000);
    bench_tiles("misses", 4000);
    bench_count("128k_standard", (const char *const[]){"algorithm", "standard", AT_128K, NULL});
    bench_count("128k_flash1", (const char *const[]){"algorithm", "flash1", AT_128K, NULL});
    bench_count("128k_flash2", (const char *const[]){"algorithm", "flash2", AT_128K, NULL});
    bench_count("128k_flash2_causal", (const char *const[]){"algorithm", "flash2", AT_128K, "causal", "on", NULL});
    bench_count("gpt2_flash1_both", (const char *const[]){"algorithm", "flash1", "pass", "both", NULL});
    return 0;
}
