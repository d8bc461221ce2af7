/* bench lines of the L2 engine: sectors a second on line runs, one core. */
#include <stdio.h>
#include <time.h>

#include "sim/memory/l2.h"

/* CPU time: what else runs on the machine does not count. */
static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sweeps a buffer in runs of 8 KiB from both sides in turn until half a second has passed. */
static void bench(const char *what, uint64_t buffer_mib, bool is_write, L2Vector vector_max) {
    enum { RUN_SECTORS = 256 };
    Arena arena = {0};
    L2 l2;
    Err err = {0};
    if (!l2_init(&l2, (L2Config){.size_bytes = 40 << 20, .partition_count = 2, .vector_max = vector_max}, &arena, &err))
        return;
    uint64_t sectors = (buffer_mib << 20) / L2_SECTOR_BYTES, done_sectors = 0;
    l2_add_region(&l2, 0, sectors);
    double start_s = now_s();
    for (int sweep = 0; now_s() - start_s < 0.5; sweep++)
        for (uint64_t first = 0; first < sectors; first += RUN_SECTORS, done_sectors += RUN_SECTORS)
            (is_write ? l2_write : l2_read)(&l2, (int)(first / RUN_SECTORS + (uint64_t)sweep) % 2, 0, first,
                                            RUN_SECTORS);
    printf("bench l2_%s_%s %.0f Msectors/s\n", what, l2.touch_name, (double)done_sectors / (now_s() - start_s) * 1e-6);
    arena_free(&arena);
}

int main(void) {
    for (L2Vector vector = L2_VECTOR_BEST; vector <= L2_VECTOR_NONE; vector++) {
        bench("read_hits", 16, false, vector);
        bench("read_misses", 60, false, vector);
        bench("write_misses", 60, true, vector);
    }
    return 0;
}
