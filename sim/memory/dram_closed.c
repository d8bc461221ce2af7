/* DRAM traffic in closed form: reuse distances out of the tree. Declared in dram.h.
 *
 * A byte that is moved again hits if less than the L2's capacity was touched in between, and misses if more was. For
 * every way in which a tile is moved again -- a loop inside the block, an axis of the grid that its place does not
 * depend on, a later kernel -- bounds on what is touched in between follow from the shape (dram_shape.h):
 *
 *     again in the block         blocks in flight x what one iteration touches
 *     again along a grid axis    what a wave, or the blocks up to the next index, touch
 *     again in a later kernel    what lies between, or the tensor itself if both go through it in the same order
 *
 * Room in L2: a read by one SM takes 1.5 times its bytes where there are two partitions (home, and a copy of the
 * far half), a read by all twice; a store once, or as a read with --l2-store near. Bounds take the least and the most.
 * Where a bound lies within dram_margin_bytes of the capacity, this engine says that it does not know; for a hit within
 * a quarter, since copies fall on sets by chance.
 *
 * Bytes written in a kernel end in HBM or are still dirty at its end. How many are dirty follows from the last
 * accesses alone (LRU), so the end of each kernel is simulated, from twice the capacity back.
 */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/memory/dram.h"
#include "sim/memory/dram_crowd.h"
#include "sim/memory/dram_run.h"
#include "sim/memory/dram_shape.h"
#include "sim/memory/dram_waves.h"

/* Sectors, in both directions, up to which a kernel's end is simulated sector by sector; tiles beyond. */
static const uint64_t TAIL_SECTORS_MAX = 200000;

/* How many times the capacity the first try at a kernel's end touches. */
static const double TAIL_MOVES_MAX = 2e7; /* of tiles; some 20 ns each */
static const double TAIL_CAPACITIES = 1.25;

typedef enum Verdict { VERDICT_HIT, VERDICT_MISS, VERDICT_UNSURE } Verdict;

/* One kernel of the sequence, with what it moves at least once from or to HBM if nothing stays from kernels before. */
typedef struct KernelMoves {
    KernelShape shape;
    double lo_bytes, hi_bytes; /* room that all it touches takes */
    uint64_t read_bytes[PROGRAM_TENSORS_MAX], written_bytes[PROGRAM_TENSORS_MAX];
    uint64_t unique_bytes[PROGRAM_TENSORS_MAX]; /* touched; 0: not touched */
    bool is_read_first[PROGRAM_TENSORS_MAX];    /* its first move is a load or an atomic */
} KernelMoves;

typedef struct Closed {
    const Program *program;
    DramConfig config;
    double capacity_bytes, margin_bytes, hit_margin_bytes;
    bool is_estimate; /* take the likelier side where the bounds do not decide */
    KernelMoves *kernels;
    Arena *arena;
} Closed;

static Verdict judge(const Closed *c, double lo_bytes, double hi_bytes) {
    if (c->is_estimate) return lo_bytes + hi_bytes <= 2 * c->capacity_bytes ? VERDICT_HIT : VERDICT_MISS;
    if (hi_bytes <= c->capacity_bytes - c->hit_margin_bytes) return VERDICT_HIT;
    return lo_bytes >= c->capacity_bytes + c->margin_bytes ? VERDICT_MISS : VERDICT_UNSURE;
}

/* ---- room ---- */

static double weight(const Closed *c, StepKind kind, bool is_upper) {
    if (c->config.l2.partition_count == 1) return 1;
    bool leaves_copies = kind == STEP_LOAD || (kind == STEP_STORE && c->config.l2.store == L2_STORE_NEAR);
    return !leaves_copies ? 1 : is_upper ? 2 : 1.5;
}

/* What consecutive blocks touch: `own_blocks` of them of one tensor, block_count of the others. The lower bound counts
 * each tensor once. */
static double span_bytes(const Closed *c, const KernelShape *s, uint64_t block_count, int own_tensor,
                         uint64_t own_blocks, bool is_upper) {
    double sum = 0, of_tensor[PROGRAM_TENSORS_MAX] = {0};
    for (int f = 0; f < s->family_count; f++) {
        const ShapeFamily *family = &s->families[f];
        uint64_t region_bytes = is_upper ? family->block_region_max_bytes : family->block_region_min_bytes;
        double bytes =
            (double)dram_shape_distinct(s, family, family->tensor == own_tensor ? own_blocks : block_count, is_upper) *
            (double)region_bytes * weight(c, family->kind, is_upper);
        double whole = (double)family->unique_bytes * weight(c, family->kind, is_upper);
        bytes = bytes < whole ? bytes : whole;
        if (is_upper) bytes *= family->line_room;
        if (is_upper)
            sum += bytes;
        else if (bytes > of_tensor[family->tensor])
            of_tensor[family->tensor] = bytes;
    }
    for (int t = 0; t < PROGRAM_TENSORS_MAX; t++) sum += of_tensor[t];
    return sum;
}

static double blocks_bytes(const Closed *c, const KernelShape *s, uint64_t block_count, bool is_upper) {
    return span_bytes(c, s, block_count, -1, 0, is_upper);
}

/* Blocks of the smallest wave. */
static uint64_t least_blocks(const KernelShape *s) {
    uint64_t rest = s->block_count % s->slot_count;
    return rest ? rest : min_u64(s->slot_count, s->block_count);
}

/* ---- within a kernel ---- */

static Verdict again_in_block(const Closed *c, const KernelShape *s, int tensor) {
    const ShapeAgain *again = &s->again[tensor];
    double most_blocks = (double)min_u64(s->slot_count, s->block_count);
    return judge(c, (double)again->lo_bytes * (double)least_blocks(s),
                 (double)again->hi_bytes * most_blocks * weight(c, STEP_LOAD, true));
}

/* Within neighbouring waves a shared tile is moved in the same round: what one wave touches after it and the next
 * before it is one wave's worth. Further apart, the blocks in between have moved the same tensor in that round, and the
 * whole waves in between all the rest. */
static Verdict again_on_axis(const Closed *c, const KernelShape *s, const ShapeFamily *family,
                             uint64_t distance_blocks) {
    uint64_t slots = s->slot_count;
    if (distance_blocks < slots)
        return judge(c, blocks_bytes(c, s, least_blocks(s), false), blocks_bytes(c, s, slots, true));
    return judge(c, span_bytes(c, s, distance_blocks / slots * slots, family->tensor, distance_blocks, false),
                 blocks_bytes(c, s, distance_blocks + slots, true));
}

/* Blocks of one wave that share a tile move it in the same round, if the round fits. */
static bool is_round_small(const Closed *c, const KernelShape *s, const ShapeFamily *family) {
    if (family->tile_room > 1 && c->capacity_bytes < 1 << 20) return false; /* few sets, and parts of lines in them */
    double tiles = (double)dram_shape_distinct(s, family, s->slot_count, true);
    return tiles * (double)family->tile_bytes_max * family->tile_room * weight(c, family->kind, true) <=
           c->capacity_bytes - c->margin_bytes;
}

/* About what every wave fetches once: the different tiles of its blocks. */
static uint64_t about_wave_bytes(const KernelShape *s, const ShapeFamily *family) {
    uint64_t waves = ceil_div(s->block_count, s->slot_count);
    double wave_bytes =
        (double)dram_shape_distinct(s, family, s->slot_count, true) * (double)family->block_region_max_bytes;
    double bytes = (double)waves * wave_bytes;
    return bytes < (double)family->accessed_bytes ? (uint64_t)bytes : family->accessed_bytes;
}

/* Bytes of a family that reach L2 as misses (or as first stores) in an empty L2. False: not known. */
static bool exact_family_bytes(const Closed *c, const KernelShape *s, int f, uint64_t *bytes) {
    const ShapeFamily *family = &s->families[f];
    Verdict in_block = s->again[family->tensor].is_again ? again_in_block(c, s, family->tensor) : VERDICT_HIT;
    if (in_block == VERDICT_UNSURE) return false;
    uint64_t repeats = 1; /* over axes that miss */
    bool has_shared = false, has_missed = false, has_hit = false;
    uint64_t touched_blocks = 0; /* from a tile's first to its last move along the faster axes */
    for (int d = s->dim_count; d-- > 0;) {
        const ShapeDim *dim = &s->dims[d];
        if (dim->trip_count < 2 || family->dim_mask >> dim->axis & 1) continue;
        has_shared = true;
        if (dim->stride_blocks < s->slot_count && !is_round_small(c, s, family)) return false;
        Verdict verdict = has_missed ? VERDICT_MISS : again_on_axis(c, s, family, dim->stride_blocks - touched_blocks);
        touched_blocks += (dim->trip_count - 1) * dim->stride_blocks;
        if (verdict == VERDICT_UNSURE) return false;
        if (verdict == VERDICT_HIT) {
            has_hit = true;
            continue;
        }
        if (dim->stride_blocks < s->slot_count) /* once a wave; slower axes miss too */
            return in_block == VERDICT_HIT && !has_hit &&
                   (dram_waves_bytes(s, f, bytes) || dram_waves_repeat_bytes(s, f, d, bytes));
        has_missed = true;
        repeats *= dim->trip_count;
    }
    if (in_block == VERDICT_MISS && has_shared) return false;
    if (in_block == VERDICT_MISS)
        *bytes = family->accessed_bytes;
    else if (has_hit || !has_missed)
        *bytes = family->unique_bytes * repeats;
    else
        *bytes = family->region_bytes;
    return true;
}

static bool family_bytes(const Closed *c, const KernelShape *s, int f, uint64_t *bytes) {
    if (exact_family_bytes(c, s, f, bytes)) return true;
    if (c->is_estimate) *bytes = about_wave_bytes(s, &s->families[f]);
    return c->is_estimate;
}

/* Adds what one family moves to its tensor's sums. */
static bool add_family(const Closed *c, KernelMoves *m, int f) {
    const KernelShape *s = &m->shape;
    const ShapeFamily *family = &s->families[f];
    int t = family->tensor;
    bool is_store_first = s->again[t].is_store_first;
    uint64_t bytes = 0;
    if (!family_bytes(c, s, f, &bytes)) return false;
    if (family->kind == STEP_LOAD && is_store_first) { /* reads back what the block stored: from L2, or all from HBM */
        Verdict verdict = s->again[t].is_again ? again_in_block(c, s, t) : VERDICT_UNSURE;
        if (verdict == VERDICT_UNSURE) return false;
        bytes = verdict == VERDICT_HIT ? 0 : family->accessed_bytes;
    }
    if (family->kind != STEP_STORE) m->read_bytes[t] += bytes;
    if (family->kind != STEP_LOAD) m->written_bytes[t] += bytes;
    m->unique_bytes[t] = max_u64(m->unique_bytes[t], family->unique_bytes);
    m->is_read_first[t] = !is_store_first && (m->is_read_first[t] || family->kind != STEP_STORE);
    return true;
}

static bool kernel_moves(const Closed *c, int kernel, KernelMoves *m) {
    if (!dram_shape_of(c->program, kernel, &m->shape, c->arena)) return false;
    int kinds[PROGRAM_TENSORS_MAX] = {0}, reads[PROGRAM_TENSORS_MAX] = {0};
    for (int f = 0; f < m->shape.family_count; f++) {
        const ShapeFamily *family = &m->shape.families[f];
        if (!add_family(c, m, f)) return false;
        kinds[family->tensor] += family->kind != STEP_LOAD;
        reads[family->tensor] += family->kind != STEP_STORE;
    }
    for (int t = 0; t < PROGRAM_TENSORS_MAX;
         t++) /* one family a tensor and direction, or they could serve each other */
        if (kinds[t] > 1 || reads[t] > 1) return false;
    m->lo_bytes = blocks_bytes(c, &m->shape, m->shape.block_count, false);
    m->hi_bytes = blocks_bytes(c, &m->shape, m->shape.block_count, true);
    return true;
}

/* ---- from kernel to kernel ---- */

/* Whether the grid comes back to a tile after it has gone on to others: a mask that all heads share. */
static bool goes_round_again(const KernelShape *s, const ShapeFamily *family) {
    bool has_skipped = false;
    for (int d = 0; d < s->dim_count; d++) {
        if (s->dims[d].trip_count < 2) continue;
        bool is_own = family->dim_mask >> s->dims[d].axis & 1;
        if (is_own && has_skipped) return true;
        has_skipped |= !is_own;
    }
    return false;
}

/* Bytes of a tensor that a wave's blocks lie within, counted in whole rows, or in whole slices where a block walks
 * over the rows. */
static double wave_span_bytes(const KernelShape *s, int tensor) {
    const Tensor *t = &s->program->tensors[tensor];
    double most = 0, row_bytes = (double)(t->cols * t->elem_bytes);
    for (int f = 0; f < s->family_count; f++) {
        if (s->families[f].tensor != tensor) continue;
        if (goes_round_again(s, &s->families[f])) return (double)t->size_bytes;
        ShapeFamily spread = s->families[f];
        unsigned slices = 1u << AXIS_BATCH | 1u << AXIS_HEAD | 1u << SHAPE_AXIS_GROUP;
        bool is_by_rows = false;
        int row_dim = -1, col_dim = -1;
        for (int d = 0; d < s->dim_count; d++) {
            if (spread.row_axis != AXIS_NONE && s->dims[d].axis == (int)spread.row_axis) row_dim = d;
            if (spread.col_axis != AXIS_NONE && s->dims[d].axis == (int)spread.col_axis) col_dim = d;
        }
        is_by_rows = row_dim >= 0 && (col_dim < 0 || row_dim < col_dim);
        spread.dim_mask &= is_by_rows ? slices | 1u << spread.row_axis : slices;
        double rows = is_by_rows ? (double)t->rows / (double)s->dims[row_dim].trip_count + 1 : (double)t->rows;
        double span = (double)dram_shape_distinct(s, &spread, s->slot_count, true) * rows * row_bytes;
        most = span > most ? span : most;
    }
    return most;
}

/* Is what kernel `from` left of a tensor still there when kernel `to` comes to it? Both go through the heads in the
 * same order, so between the two moves of a byte lies a part of what `from` touches after it and of what `to` touches
 * before it: together at least the smaller of the two kernels' bytes, less what a wave of either spans. Kernels count
 * on through the runs of the layer: kernel k of the second run is kernel_count + k. */
static Verdict again_in_kernel(const Closed *c, int from, int to, int tensor) {
    int count = c->program->kernel_count;
    double between_bytes = 0, hi_bytes = 0;
    for (int k = from; k <= to; k++) {
        if (k > from && k < to) between_bytes += c->kernels[k % count].lo_bytes;
        hi_bytes += c->kernels[k % count].hi_bytes;
    }
    const KernelMoves *first = &c->kernels[from % count], *last = &c->kernels[to % count];
    double span_bytes = wave_span_bytes(&first->shape, tensor) + wave_span_bytes(&last->shape, tensor);
    double apart = 1 - span_bytes / (double)min_u64(first->unique_bytes[tensor], last->unique_bytes[tensor]);
    double fewer_bytes = first->lo_bytes < last->lo_bytes ? first->lo_bytes : last->lo_bytes;
    double lo_bytes = between_bytes + (apart > 0 ? apart * fewer_bytes : 0);
    return judge(c, lo_bytes, hi_bytes);
}

/* The kernel before `kernel` that touched the tensor, or -1. */
static int last_touch(const Closed *c, int kernel, int tensor) {
    int first = c->config.start == L2_START_FLUSHED ? kernel : 0;
    for (int k = kernel - 1; k >= first; k--)
        if (c->kernels[k % c->program->kernel_count].unique_bytes[tensor]) return k;
    return -1;
}

/* What kernel number `at` of the sequence reads; and whether what it writes may meet its own dirty bytes from before.
 */
static bool sequence_moves(const Closed *c, int at, uint64_t reads[PROGRAM_TENSORS_MAX]) {
    const KernelMoves *m = &c->kernels[at % c->program->kernel_count];
    for (int t = 0; t < c->program->tensor_count; t++) {
        reads[t] = m->read_bytes[t];
        int before = m->unique_bytes[t] ? last_touch(c, at, t) : -1;
        if (before < 0) continue;
        bool is_asked = m->is_read_first[t] || m->written_bytes[t];
        Verdict verdict = is_asked ? again_in_kernel(c, before, at, t) : VERDICT_MISS;
        if (verdict == VERDICT_UNSURE) return false;
        if (verdict == VERDICT_HIT && m->is_read_first[t]) {
            uint64_t known_bytes = c->kernels[before % c->program->kernel_count].unique_bytes[t];
            if (known_bytes < m->unique_bytes[t] && !c->is_estimate) return false;
            reads[t] -= min_u64(reads[t], min_u64(known_bytes, m->unique_bytes[t]));
        }
        /* would merge with what is still dirty */
        if (verdict == VERDICT_HIT && m->written_bytes[t] && !c->is_estimate) return false;
    }
    return true;
}

/* ---- what is dirty at a kernel's end ---- */

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
    uint64_t waves = ceil_div(s->block_count, s->slot_count), last = least_blocks(s), first_wave = 0;
    for (uint64_t back = 1; back < waves && !first_wave; back *= 2)
        if (blocks_bytes(c, s, (back - 1) * s->slot_count + last, false) >= need_bytes) first_wave = waves - back;
    tail->part.block_first = first_wave * s->slot_count;
    tail->part_of_rounds = 1;
    double moved = (double)(s->block_count - tail->part.block_first), wave_bytes = blocks_bytes(c, s, last, false);
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
        need_bytes -= c->kernels[tail.first--].lo_bytes;
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
    DramRunOptions options = {.is_tiles = sectors > TAIL_SECTORS_MAX,
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
                     (double)s->families[f].tile_bytes_max;
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
static bool simulate_tail(const Closed *c, int at, DramTraffic *tensors) {
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

/* ---- the whole ---- */

/* The traffic of kernel number `at`, given what is dirty before it. */
static bool report_kernel(const Closed *c, int at, const DramTraffic *before, DramTraffic *tensors) {
    const KernelMoves *m = &c->kernels[at % c->program->kernel_count];
    uint64_t reads[PROGRAM_TENSORS_MAX];
    DramTraffic end[PROGRAM_TENSORS_MAX];
    if (!sequence_moves(c, at, reads) || !simulate_tail(c, at, end)) return false;
    for (int t = 0; t < c->program->tensor_count; t++) {
        uint64_t all_dirty_bytes =
            m->written_bytes[t] + (c->config.start == L2_START_FLUSHED ? 0 : before[t].dirty_bytes);
        if (end[t].dirty_bytes > all_dirty_bytes && !c->is_estimate) return false;
        end[t].dirty_bytes = min_u64(end[t].dirty_bytes, all_dirty_bytes);
        tensors[t] = (DramTraffic){.read_bytes = reads[t],
                                   .write_bytes = all_dirty_bytes - end[t].dirty_bytes,
                                   .dirty_bytes = end[t].dirty_bytes};
    }
    return true;
}

/* A hit must hold in the set that most meets in: below the capacity by at least a quarter, a half where there are
 * few sets, or by what the fullest set holds beyond its share and one way for what passes through. */
static double hit_margin_bytes(const Program *program, DramConfig config, Arena *arena) {
    uint64_t size_bytes = config.l2.size_bytes;
    DramCrowd crowd = dram_crowd_of(program, config, arena);
    double least = size_bytes < 128 << 10 ? 3. / 4 : size_bytes < 16 << 20 ? 1. / 2 : 1. / 4;
    return (double)size_bytes * fmax(least, (crowd.peak_ways - crowd.mean_ways + 1) / L2_WAYS);
}

bool dram_count_closed(const Program *program, DramConfig config, bool is_estimate, Arena *arena, DramReport *report) {
    Closed c = {.program = program,
                .config = config,
                .capacity_bytes = (double)config.l2.size_bytes,
                .margin_bytes = (double)dram_margin_bytes(config.l2.size_bytes),
                .hit_margin_bytes = hit_margin_bytes(program, config, arena),
                .is_estimate = is_estimate,
                .arena = arena,
                .kernels = ARENA_ARRAY(arena, KernelMoves, program->kernel_count)};
    int count = program->kernel_count;
    bool are_sides_even = config.l2.partition_count == 1 || config.sm_count % 2 == 0;
    if (!are_sides_even && !is_estimate) return false;
    for (int k = 0; k < count; k++)
        if (!kernel_moves(&c, k, &c.kernels[k])) return false;
    DramReport *result = ARENA_NEW(arena, DramReport);
    DramTraffic none[PROGRAM_TENSORS_MAX] = {{0}};
    const DramTraffic *before = none;
    int run_count = config.start == L2_START_WARM ? 2 : 1;
    for (int at = 0; at < run_count * count; at++) {
        if (!report_kernel(&c, at, before, result->tensors[at % count])) return false;
        before = result->tensors[at % count];
    }
    result->engine = "closed form";
    result->is_exact = !is_estimate;
    *report = *result;
    return true;
}
