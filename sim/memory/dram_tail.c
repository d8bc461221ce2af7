/* Finding the end, running it, judging whether it was enough: see dram_tail.h. */
#include "sim/memory/dram_tail.h"

#include <math.h>

#include "sim/base/checked.h"
#include "sim/memory/dram_run.h"

/* Sectors, in both directions, up to which a kernel's end is simulated sector by sector; tiles beyond. */
static const uint64_t TAIL_MAX_SECTORS = 200000;
static const double TAIL_MOVES_MAX = 2e7;   /* of tiles; some 20 ns each */
static const double TAIL_CAPACITIES = 1.25; /* that the first try touches */

/* The end of a sequence of kernels: from `first`, in it from part.block_first and part.round_first on. */
typedef struct Tail {
    int first;
    WalkPart part;
    double part_of_first, part_of_rounds; /* of the first kernel's moves, and of its blocks' rounds, about */
    bool is_all;                          /* whole kernels: nothing earlier is left out that could be put in */
} Tail;

/* What `block_count` blocks move, each move counted. */
static double moved_bytes(const KernelShape *s, uint64_t block_count) {
    double sum = 0;
    for (int f = 0; f < s->family_count; f++) sum += (double)s->families[f].accessed_bytes;
    return sum * (double)block_count / (double)s->block_count;
}

/* From the kernel's end back, whole waves that touch at least need_bytes; or, of a last wave that touches more than
 * twice that, its last rounds: as many as move need_bytes. They may touch less, where blocks share tiles; who asks
 * looks whether the cache is full and asks for more. */
static void cut_first(const Closed *c, const KernelShape *s, double need_bytes, Tail *tail) {
    uint64_t waves = ceil_div(s->block_count, s->slot_count), last = dram_shape_least_blocks(s), first_wave = 0;
    for (uint64_t back = 1; back < waves && !first_wave; back *= 2)
        if (dram_reuse_blocks_bytes(c, s, (back - 1) * s->slot_count + last, false) >= need_bytes)
            first_wave = waves - back;
    tail->part.block_first = first_wave * s->slot_count;
    tail->part_of_rounds = 1;
    double moved = (double)(s->block_count - tail->part.block_first),
           wave_bytes = dram_reuse_blocks_bytes(c, s, last, false);
    if (first_wave == waves - 1 && wave_bytes > 2 * need_bytes) {
        tail->part_of_rounds = need_bytes / fmax(wave_bytes, moved_bytes(s, last));
        tail->part.round_first = (uint64_t)((double)s->round_count * (1 - tail->part_of_rounds));
    }
    tail->part_of_first = moved / (double)s->block_count * tail->part_of_rounds;
}

/* The last accesses before the end of kernel number `at` that touch at least need_bytes; all where there are fewer. */
static Tail find_tail(const Closed *c, int at, double need_bytes) {
    int count = c->program->kernel_count, earliest = c->config.start == L2_START_FLUSHED ? at : 0;
    Tail tail = {.first = at};
    while (tail.first > earliest && tail.first > at - count + 1 && c->kernels[tail.first % count].lo_bytes < need_bytes)
        need_bytes -= c->kernels[tail.first-- % count].lo_bytes;
    cut_first(c, &c->kernels[tail.first % count].shape, need_bytes, &tail);
    tail.is_all = tail.part.block_first == 0 && tail.part.round_first == 0;
    return tail;
}

/* Sectors that the tail moves and tiles that it touches, about. */
static void tail_cost(const Closed *c, int at, const Tail *tail, double *sectors, double *units) {
    *sectors = *units = 0;
    for (int k = tail->first; k <= at; k++) {
        int kernel = k % c->program->kernel_count;
        const KernelShape *s = &c->kernels[kernel].shape;
        double part = k == tail->first ? tail->part_of_first : 1;
        const uint64_t *total = c->program->nodes[c->program->kernels[kernel].node].total.value;
        *sectors += part * (double)(total[COUNTER_L1_READ_SECTORS] + total[COUNTER_L1_WRITE_SECTORS]);
        uint64_t blocks = k == tail->first ? s->block_count - tail->part.block_first : s->block_count;
        for (int f = 0; f < s->family_count; f++)
            *units += (double)dram_shape_distinct(s, &s->families[f], blocks, true) *
                      ((double)s->families[f].block_move_max * (k == tail->first ? tail->part_of_rounds : 1) + 1);
    }
}

/* False where the tail touches more units than were expected, or than a table holds. */
static bool run_tail(const Closed *c, int at, const Tail *tail, bool has_room, DramTraffic *tensors, bool *is_full) {
    int count = c->program->kernel_count;
    double sectors, units;
    tail_cost(c, at, tail, &sectors, &units);
    bool is_one_run = tail->first / count == at / count;
    DramRunOptions options = {.is_tiles = sectors > TAIL_MAX_SECTORS,
                              .range = is_one_run ? (KernelRange){tail->first % count, at % count}
                                                  : (KernelRange){0, count - 1},
                              .unit_max = tail->first == at && !has_room ? (uint64_t)units + 64 : 0};
    DramRun run;
    if (!dram_run_init(&run, c->program, c->config, options, c->arena, NULL)) return false;
    for (int k = tail->first; k <= at; k++) {
        WalkPart part = k == tail->first ? tail->part : (WalkPart){0};
        part.block_end = c->program->kernels[k % count].block_count;
        dram_run_part(&run, k % count, part, c->arena);
    }
    dram_run_report(&run, tensors);
    *is_full = dram_run_is_full(&run);
    return !run.is_map_full;
}

/* Moves that the tail's walk makes, at most about. */
static double tail_moves(const Closed *c, int at, const Tail *tail) {
    double moves = 0;
    for (int k = tail->first; k <= at; k++) {
        const KernelShape *s = &c->kernels[k % c->program->kernel_count].shape;
        for (int f = 0; f < s->family_count; f++)
            moves += (k == tail->first ? tail->part_of_first : 1) * (double)s->families[f].accessed_bytes /
                     (double)s->families[f].tile_max_bytes;
    }
    return moves;
}

/* Where the walk would take too long: the L2's share of what the kernel wrote, as if its tensors were written alike. */
static void guess_tail(const Closed *c, int at, DramTraffic *tensors) {
    const KernelMoves *m = &c->kernels[at % c->program->kernel_count];
    double sum_bytes = 0;
    for (int t = 0; t < c->program->tensor_count; t++) sum_bytes += (double)m->written_bytes[t];
    double kept_part = fmin(1, c->capacity_bytes / fmax(1, sum_bytes));
    for (int t = 0; t < c->program->tensor_count; t++)
        tensors[t] = (DramTraffic){.dirty_bytes = (uint64_t)((double)m->written_bytes[t] * kept_part)};
}

/* What came before a full cache's content cannot show: the run need only fill it. False where that takes too long. */
bool dram_tail_simulate(const Closed *c, int at, DramTraffic *tensors) {
    for (double capacities = TAIL_CAPACITIES;; capacities *= 2) {
        Tail tail = find_tail(c, at, capacities * c->capacity_bytes);
        bool is_full;
        if (tail_moves(c, at, &tail) > TAIL_MOVES_MAX) {
            guess_tail(c, at, tensors);
            return c->is_estimate;
        }
        if (!run_tail(c, at, &tail, false, tensors, &is_full) && !run_tail(c, at, &tail, true, tensors, &is_full))
            return false;
        if (is_full || tail.is_all) return true;
    }
}
