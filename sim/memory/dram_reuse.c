/* Bounds on reuse distances, and what they decide: see dram_reuse.h. */
#include "sim/memory/dram_reuse.h"

#include <math.h>

#include "sim/base/checked.h"
#include "sim/memory/dram_waves.h"

typedef enum Verdict { VERDICT_HIT, VERDICT_MISS, VERDICT_UNSURE } Verdict;

/* piece_ways: what a set may hold beyond its share of hi_bytes. */
static Verdict judge(const Closed *c, double lo_bytes, double hi_bytes, double piece_ways) {
    if (c->is_estimate) return lo_bytes + hi_bytes <= 2 * c->capacity_bytes ? VERDICT_HIT : VERDICT_MISS;
    double hit_margin_bytes = fmax(c->hit_margin_bytes, c->capacity_bytes * piece_ways / L2_WAYS);
    if (hi_bytes <= c->capacity_bytes - hit_margin_bytes) return VERDICT_HIT;
    return lo_bytes >= c->capacity_bytes + c->margin_bytes ? VERDICT_MISS : VERDICT_UNSURE;
}

/* Room. */

static double weight(const Closed *c, StepKind kind, bool is_upper) {
    if (c->config.l2.partition_count == 1) return 1;
    bool leaves_copies = kind == STEP_LOAD || (kind == STEP_STORE && c->config.l2.store == L2_STORE_NEAR);
    return !leaves_copies ? 1 : is_upper ? 2 : 1.5;
}

/* What a kernel touches of a tensor is a piece of it, and where the piece ends some sets hold one line more of it than
 * their share; one of its copies too, if it leaves any. */
static double piece_ways(const Closed *c, const KernelShape *s) {
    double of_tensor[PROGRAM_TENSORS_MAX] = {0}, sum = 0;
    for (int f = 0; f < s->family_count; f++) {
        double *ways = &of_tensor[s->families[f].tensor];
        *ways = fmax(*ways, weight(c, s->families[f].kind, true));
    }
    for (int t = 0; t < PROGRAM_TENSORS_MAX; t++) sum += of_tensor[t];
    return sum;
}

/* Whether all blocks that share a tile run on the same side: their numbers differ by even ones. */
static bool is_one_sided(const Closed *c, const KernelShape *s, const ShapeFamily *family) {
    if (s->slot_count % 2 || c->config.sm_count % 2) return false;
    for (int d = 0; d < s->dim_count; d++) {
        const ShapeDim *dim = &s->dims[d];
        if (dim->trip_count > 1 && !(family->dim_mask >> dim->axis & 1) && dim->stride_blocks % 2) return false;
    }
    return true;
}

/* What consecutive blocks touch: `own_blocks` of them of one tensor, block_count of the others. The lower bound counts
 * each tensor once. */
static double span_bytes(const Closed *c, const KernelShape *s, uint64_t block_count, int own_tensor,
                         uint64_t own_blocks, bool is_upper) {
    double sum = 0, of_tensor[PROGRAM_TENSORS_MAX] = {0};
    for (int f = 0; f < s->family_count; f++) {
        const ShapeFamily *family = &s->families[f];
        uint64_t region_bytes = is_upper ? family->block_region_max_bytes : family->block_region_min_bytes;
        double room = weight(c, family->kind, is_upper && !is_one_sided(c, s, family));
        uint64_t family_blocks = family->tensor == own_tensor ? own_blocks : block_count;
        uint64_t regions = is_upper && family->is_sliding ? min_u64(family_blocks, s->block_count)
                                                          : dram_shape_distinct(s, family, family_blocks, is_upper);
        double bytes = (double)regions * (double)region_bytes * room;
        double whole = (double)family->unique_bytes * room;
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

double dram_reuse_blocks_bytes(const Closed *c, const KernelShape *s, uint64_t block_count, bool is_upper) {
    return span_bytes(c, s, block_count, -1, 0, is_upper);
}

/* Within a kernel. */

static Verdict again_in_block(const Closed *c, const KernelShape *s, int tensor) {
    const ShapeAgain *again = &s->again[tensor];
    double most_blocks = (double)min_u64(s->slot_count, s->block_count);
    return judge(c, (double)again->lo_bytes * (double)dram_shape_least_blocks(s),
                 (double)again->hi_bytes * most_blocks * weight(c, STEP_LOAD, true), piece_ways(c, s));
}

/* A tensor of which each block moves one tile: between two moves of a tile, only the blocks between move others. */
static bool is_moved_once(const KernelShape *s, const ShapeFamily *family) {
    int families = 0;
    for (int f = 0; f < s->family_count; f++) families += s->families[f].tensor == family->tensor;
    return families == 1 && family->block_move_max == 1;
}

/* Within neighbouring waves a shared tile is moved in the same round: what one wave touches after it and the next
 * before it is one wave's worth. Further apart, the blocks in between have moved the same tensor in that round, and the
 * whole waves in between all the rest. */
static Verdict again_on_axis(const Closed *c, const KernelShape *s, const ShapeFamily *family,
                             uint64_t distance_blocks) {
    uint64_t slots = s->slot_count;
    if (distance_blocks < slots)
        return judge(c, dram_reuse_blocks_bytes(c, s, dram_shape_least_blocks(s), false),
                     dram_reuse_blocks_bytes(c, s, slots, true), piece_ways(c, s));
    uint64_t own_blocks = is_moved_once(s, family) ? distance_blocks : distance_blocks + slots;
    return judge(c, span_bytes(c, s, distance_blocks / slots * slots, family->tensor, distance_blocks, false),
                 span_bytes(c, s, distance_blocks + slots, family->tensor, own_blocks, true), piece_ways(c, s));
}

/* Blocks of one wave that share a tile move it in the same round, if the round fits. */
static bool is_round_small(const Closed *c, const KernelShape *s, const ShapeFamily *family) {
    if (family->tile_room > 1 && c->capacity_bytes < 1 << 20) return false; /* few sets, and parts of lines in them */
    double tiles = (double)dram_shape_distinct(s, family, s->slot_count, true);
    return tiles * (double)family->tile_max_bytes * family->tile_room * weight(c, family->kind, true) <=
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

/* Whether it matters that a block comes back to a tensor's bytes: not where it loads each once and then stores each
 * once, since a store reads nothing from HBM whether it hits or not. */
static bool matters_again(const KernelShape *s, int tensor) {
    if (!s->again[tensor].is_again || s->again[tensor].is_store_first) return s->again[tensor].is_again;
    for (int f = 0; f < s->family_count; f++) {
        const ShapeFamily *family = &s->families[f];
        if (family->tensor == tensor && family->accessed_bytes > family->region_bytes) return true;
    }
    return false;
}

/* Bytes of a family that reach L2 as misses (or as first stores) in an empty L2. False: not known. */
static bool exact_family_bytes(const Closed *c, const KernelShape *s, int f, uint64_t *bytes) {
    const ShapeFamily *family = &s->families[f];
    Verdict in_block = matters_again(s, family->tensor) ? again_in_block(c, s, family->tensor) : VERDICT_HIT;
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

bool dram_reuse_kernel(const Closed *c, int kernel, KernelMoves *m) {
    if (!dram_shape_of(c->program, kernel, &m->shape, c->arena)) return false;
    int kinds[PROGRAM_TENSORS_MAX] = {0}, reads[PROGRAM_TENSORS_MAX] = {0};
    for (int f = 0; f < m->shape.family_count; f++) {
        const ShapeFamily *family = &m->shape.families[f];
        if (!add_family(c, m, f)) return false;
        kinds[family->tensor] += family->kind != STEP_LOAD;
        reads[family->tensor] += family->kind != STEP_STORE;
    }
    /* one family a tensor and direction, or they could serve each other */
    for (int t = 0; t < PROGRAM_TENSORS_MAX; t++)
        if (kinds[t] > 1 || reads[t] > 1) return false;
    m->lo_bytes = dram_reuse_blocks_bytes(c, &m->shape, m->shape.block_count, false);
    m->hi_bytes = dram_reuse_blocks_bytes(c, &m->shape, m->shape.block_count, true);
    return true;
}

/* From kernel to kernel. */

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
    double between_bytes = 0, hi_bytes = 0, ways = 0;
    for (int k = from; k <= to; k++) {
        if (k > from && k < to) between_bytes += c->kernels[k % count].lo_bytes;
        hi_bytes += c->kernels[k % count].hi_bytes;
        ways += piece_ways(c, &c->kernels[k % count].shape);
    }
    const KernelMoves *first = &c->kernels[from % count], *last = &c->kernels[to % count];
    double span_bytes = wave_span_bytes(&first->shape, tensor) + wave_span_bytes(&last->shape, tensor);
    double apart = 1 - span_bytes / (double)min_u64(first->unique_bytes[tensor], last->unique_bytes[tensor]);
    double fewer_bytes = first->lo_bytes < last->lo_bytes ? first->lo_bytes : last->lo_bytes;
    double lo_bytes = between_bytes + (apart > 0 ? apart * fewer_bytes : 0);
    return judge(c, lo_bytes, hi_bytes, ways);
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
bool dram_reuse_sequence(const Closed *c, int at, uint64_t reads[PROGRAM_TENSORS_MAX]) {
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
