/* Blocks in flight, in the order of their simulated times, read chunks through the L2 engine: see l2_curve.h. */
#include "sim/memory/l2_curve.h"

#include "sim/base/checked.h"
#include "sim/base/random.h"
#include "sim/memory/l2.h"

/* The drift model: one set for all GPUs, chosen on the A100's curve and kept for the others (an H200's curve, read
 * off its bandwidths, comes out with RMS 0.04). Other drifts gave RMS 0.05 to 0.13 on the A100. */
static const double PHASE_MAX = 0.5;   /* blocks start within half of a block's life */
static const double JITTER = 0.9;      /* a chunk takes 1 +- 0.9 times the mean */
static const uint64_t WAVE_COUNT = 12; /* blocks in all = waves x blocks in flight; the second half is counted */
enum { RUN_COUNT = 3 };                /* independent runs whose counts are added */

enum { BLOCK_CHUNKS = 32, BLOCKS_PER_SM = 2 };
static const uint64_t SWEEPS_MIN = 4; /* of a buffer that could stay in L2, so that the counted half is not cold */

typedef struct Slot {
    double time; /* of its next read, in mean chunk times */
    uint64_t block;
    uint32_t chunk; /* 0 .. 31 of the block */
    uint32_t side;  /* of the slot's SM */
} Slot;

/* A binary heap, the earliest slot first. */
typedef struct Run {
    Slot *heap;
    uint64_t slot_count, next_block, block_count, row_chunks;
    uint64_t random_state;
} Run;

static void sift_down(Run *run, uint64_t at) {
    Slot slot = run->heap[at];
    for (uint64_t child; (child = 2 * at + 1) < run->slot_count; at = child) {
        if (child + 1 < run->slot_count && run->heap[child + 1].time < run->heap[child].time) child++;
        if (slot.time <= run->heap[child].time) break;
        run->heap[at] = run->heap[child];
    }
    run->heap[at] = slot;
}

static void start_blocks(Run *run, const L2CurveConfig *config) {
    for (uint64_t i = 0; i < run->slot_count; i++)
        run->heap[i] = (Slot){.time = random_unit(&run->random_state) * PHASE_MAX * BLOCK_CHUNKS,
                              .block = i,
                              .side = (uint32_t)(i % config->sm_count % (uint64_t)config->partition_count)};
    run->next_block = run->slot_count;
    for (uint64_t i = run->slot_count / 2; i-- > 0;) sift_down(run, i);
}

/* The earliest slot has read its chunk: on to its next one, or to the next block. */
static void advance(Run *run) {
    Slot *slot = &run->heap[0];
    slot->time += 1 + JITTER * (2 * random_unit(&run->random_state) - 1);
    if (++slot->chunk == BLOCK_CHUNKS) {
        slot->chunk = 0;
        slot->block = run->next_block++;
        if (slot->block >= run->block_count) *slot = run->heap[--run->slot_count];
    }
    if (run->slot_count) sift_down(run, 0);
}

/* The largest granule that chunks consist of: one row of ways stands for all of its lines. */
static uint64_t whole_lines(uint64_t chunk_bytes) {
    uint64_t lines = chunk_bytes / L2_LINE_BYTES, granule_lines = 1;
    while (granule_lines < L2_HOME_LINES && lines % (2 * granule_lines) == 0) granule_lines *= 2;
    return granule_lines;
}

/* Runs the blocks; adds what the second half of them reads. */
static bool add_run(const L2CurveConfig *config, uint64_t seed, L2CurvePoint *point, Arena *arena, Err *err) {
    L2 l2;
    L2Config cache = {.size_bytes = config->l2_bytes,
                      .partition_count = config->partition_count,
                      .granule_lines = whole_lines(config->chunk_bytes)};
    if (!l2_init(&l2, cache, arena, err)) return false;
    l2_add_region(&l2, 0, point->buffer_bytes / L2_SECTOR_BYTES);
    Run run = {.slot_count = (uint64_t)config->sm_count * BLOCKS_PER_SM, .random_state = seed};
    run.row_chunks = point->buffer_bytes / config->chunk_bytes / BLOCK_CHUNKS;
    run.block_count = WAVE_COUNT * run.slot_count;
    if (point->buffer_bytes <= config->l2_bytes)
        run.block_count = max_u64(run.block_count, SWEEPS_MIN * run.row_chunks);
    run.heap = ARENA_ARRAY(arena, Slot, run.slot_count);
    start_blocks(&run, config);
    uint64_t chunk_sectors = config->chunk_bytes / L2_SECTOR_BYTES;
    for (bool is_counting = false; run.slot_count; advance(&run)) {
        if (!is_counting && run.next_block > run.block_count / 2) is_counting = true, l2_clear_traffic(&l2);
        const Slot *slot = &run.heap[0];
        uint64_t chunk = slot->chunk * run.row_chunks + slot->block % run.row_chunks;
        l2_read(&l2, (int)slot->side, 0, chunk * chunk_sectors, chunk_sectors);
    }
    point->l2_read_bytes += l2.traffic[0].read_sectors * L2_SECTOR_BYTES;
    point->dram_read_bytes += l2.traffic[0].dram_read_sectors * L2_SECTOR_BYTES;
    return true;
}

L2CurveConfig l2_curve_config(const Machine *machine) {
    return (L2CurveConfig){.l2_bytes = machine->l2_bytes,
                           .partition_count = l2_partition_count(machine),
                           .sm_count = machine->sm_count,
                           .chunk_bytes = machine->compute_capability >= 90 ? 16384 : 8192};
}

bool l2_curve_point(L2CurveConfig config, uint64_t buffer_bytes, L2CurvePoint *point, Arena *arena, Err *err) {
    uint64_t row_bytes = config.chunk_bytes * BLOCK_CHUNKS;
    if (buffer_bytes == 0 || buffer_bytes % row_bytes != 0)
        return err_set(
            err, ERR_USAGE,
            "a buffer of %llu bytes cannot be swept; it must be a multiple of %llu KiB, 32 chunks of %llu bytes",
            (unsigned long long)buffer_bytes, (unsigned long long)(row_bytes / 1024),
            (unsigned long long)config.chunk_bytes);
    L2CurvePoint sum = {.buffer_bytes = buffer_bytes};
    for (uint64_t seed = 1; seed <= RUN_COUNT; seed++)
        if (!add_run(&config, seed, &sum, arena, err)) return false;
    sum.dram_fraction = (double)sum.dram_read_bytes / (double)sum.l2_read_bytes;
    *point = sum;
    return true;
}
