/* Both ends simulated, the middle counted: see dram_sweep.h. */
#include "sim/memory/dram_sweep.h"

#include "sim/base/checked.h"
#include "sim/memory/dram_cursor.h"
#include "sim/memory/dram_region.h"
#include "sim/memory/dram_run.h"
#include "sim/memory/dram_tree.h"

/* Of an iteration's bytes, what surely lies between two moves of a row in neighbouring ones: the first moves a little
 * less a row than the second, and a causal one has fewer rows. */
static const double BETWEEN_PART = 0.9;
/* Of the L2, what lies between two moves for the second to miss in every set. Sets fill unevenly: with an eighth beyond
 * the whole, some 8 KiB of 1.5 GB still hit. The first is tried, then more while some set is not full after it. */
static const double MISS_PARTS[] = {1.5, 2.5, 4};

static const uint64_t LINES_MIN = 32; /* so that a step is some hundredths of a sweep */
static const uint64_t MOVES_MIN = 16; /* and no more than a part that BETWEEN_PART leaves room for */

/* Iterations that a block makes one after another: `count` alike. */
typedef struct Stretch {
    uint64_t count, steps; /* steps: of one */
    double bytes;          /* that one iteration of one block touches; 0: not known */
} Stretch;

/* Rounds [0, early_end) and [late_first, end) are simulated, the latter from warm_first on. */
typedef struct Sweep {
    uint64_t early_end, warm_first, late_first;
} Sweep;

/* A kernel of which each block makes the same iterations. */
typedef struct SweepKernel {
    KernelShape shape;
    const Stretch *stretches;
    uint32_t stretch_count;
} SweepKernel;

typedef struct Sweeper {
    const Program *program;
    DramConfig config;
    SweepKernel *kernels;
    double limit_bytes; /* an iteration that touches as much between two moves leaves nothing for the next */
    bool is_uneven;     /* the limit was too low for some set */
    DramRun run;
    Arena *arena;
} Sweeper;

/* Which kernels sweep. */

/* Data of the blocks' own, in whole sectors, loaded and stored. */
static bool is_plain(const KernelShape *s) {
    const Program *program = s->program;
    for (int f = 0; f < s->family_count; f++)
        if (!dram_shape_is_own(s, &s->families[f]) || s->families[f].kind == STEP_ATOMIC) return false;
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || node->kernel != s->kernel) continue;
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        if (leaf->tensor == TENSOR_NONE) continue;
        const Tensor *tensor = &program->tensors[leaf->tensor];
        if (program_dense_bytes(tensor, leaf) % L2_SECTOR_BYTES || !program_starts_on_sectors(tensor, leaf))
            return false;
    }
    return true;
}

/* Tensors that are loaded and stored below a node, bit by tensor. */
typedef struct Touched {
    uint64_t loads, stores;
    bool is_stored_first; /* some tensor is stored before it is loaded */
} Touched;

static void note_touched(const Program *program, uint32_t number, Touched *touched) {
    const ProgramNode *node = &program->nodes[number];
    for (uint32_t c = 0; c < node->child_count; c++)
        note_touched(program, program->children[node->child_first + c].node, touched);
    if (node->kind != NODE_LEAF || program->leaves[node->leaf].tensor == TENSOR_NONE) return;
    const ProgramLeaf *leaf = &program->leaves[node->leaf];
    uint64_t bit = (uint64_t)1 << leaf->tensor;
    if (leaf->kind == STEP_STORE) touched->stores |= bit;
    if (leaf->kind != STEP_LOAD) return;
    touched->is_stored_first |= (touched->stores & bit) != 0;
    touched->loads |= bit;
}

/* Whether an iteration loads only what it has not stored: in each of its parts, and over them where a part stores what
 * only others load. Parts that load and store a tensor move the same rows of it, each their own (bytes_moved_once). */
static bool loads_nothing_stored(const Program *program, const ProgramNode *node) {
    uint64_t loads = 0, stored_only = 0;
    for (uint32_t c = 0; c < node->child_count; c++) {
        Touched touched = {0};
        note_touched(program, program->children[node->child_first + c].node, &touched);
        if (touched.is_stored_first) return false;
        loads |= touched.loads;
        stored_only |= touched.stores & ~touched.loads;
    }
    return !(loads & stored_only);
}

/* What an iteration touches, where each of its moves is of another place but for stores to where a load came from, and
 * of many lines, since neighbours that share one bring its two moves nearer by a step. Else 0, as if it were too short
 * to leave nothing. */
static double bytes_moved_once(const KernelShape *s, const ShapeRegion *regions) {
    uint64_t of_tensor[PROGRAM_TENSORS_MAX] = {0};
    double bytes = 0;
    for (int f = 0; f < s->family_count; f++) {
        uint64_t region_bytes = dram_region_bytes(s, f, &regions[f]);
        if (regions[f].accessed_bytes != region_bytes) return 0;
        bool shares_lines = s->families[f].tile_max_bytes < L2_LINE_BYTES || region_bytes % L2_LINE_BYTES;
        if (region_bytes && shares_lines && region_bytes < LINES_MIN * L2_LINE_BYTES) return 0;
        bool is_again = region_bytes && s->again[s->families[f].tensor].is_again;
        if (is_again && regions[f].move_count < MOVES_MIN) return 0;
        uint64_t *largest = &of_tensor[s->families[f].tensor];
        *largest = max_u64(*largest, region_bytes);
    }
    for (int t = 0; t < PROGRAM_TENSORS_MAX; t++) bytes += (double)of_tensor[t];
    return bytes;
}

static bool stretch_of(KernelShape *s, const uint64_t *steps, uint32_t number, Stretch *stretch) {
    const Program *program = s->program;
    const ProgramNode *node = &program->nodes[number];
    if (node->kind != NODE_LOOP || steps[number] == 0) return false;
    ShapeRegion regions[SHAPE_FAMILIES_MAX] = {0};
    for (uint32_t c = 0; c < node->child_count; c++)
        if (!dram_region_collect(s, program->children[node->child_first + c].node, regions)) return false;
    *stretch = (Stretch){.count = node->trip_count, .steps = steps[number] / node->trip_count};
    if (loads_nothing_stored(program, node)) stretch->bytes = bytes_moved_once(s, regions);
    return true;
}

/* The block's iterations; NULL where it is not made of such. */
static const Stretch *stretches_of(KernelShape *s, Arena *arena, uint32_t *count) {
    NodeList list = tree_children(&s->program->nodes[s->types[0].node]);
    Stretch *stretches = ARENA_ARRAY(arena, Stretch, list.count);
    const uint64_t *steps = cursor_memory_steps(s->program, arena);
    for (uint32_t i = 0; i < list.count; i++)
        if (!stretch_of(s, steps, s->program->children[list.first + i].node, &stretches[i])) return NULL;
    *count = list.count;
    return stretches;
}

/* Steps of an iteration that fill the L2: not more than it has, where it leaves nothing. */
static uint64_t fill_steps(double limit_bytes, const Stretch *stretch, double wave_blocks) {
    double part = limit_bytes / (BETWEEN_PART * stretch->bytes * wave_blocks);
    return min_u64(stretch->steps, (uint64_t)((double)stretch->steps * part) + 1);
}

/* Where the middle of a wave lies. False where there is none to speak of. */
static bool find_sweep(double limit_bytes, const SweepKernel *kernel, uint64_t blocks, Sweep *sweep) {
    const Stretch *stretches = kernel->stretches;
    const Stretch *before = &stretches[0]; /* the last that leaves nothing */
    double wave_blocks = (double)blocks;
    *sweep = (Sweep){0};
    for (uint32_t i = 0; i < kernel->stretch_count; i++) {
        const Stretch *stretch = &stretches[i];
        double between = stretch->bytes < before->bytes ? stretch->bytes : before->bytes;
        if (BETWEEN_PART * between * wave_blocks < limit_bytes) break;
        sweep->late_first += stretch->steps * stretch->count;
        before = stretch;
    }
    if (sweep->late_first == 0) return false;
    sweep->early_end = fill_steps(limit_bytes, &stretches[0], wave_blocks);
    sweep->warm_first = sweep->late_first - fill_steps(limit_bytes, before, wave_blocks);
    return sweep->early_end <= sweep->warm_first;
}

/* Counting. */

/* What a part of a wave did: its moves, its traffic, and what was dirty before and after it. */
typedef struct PartTraffic {
    DramTraffic traffic[PROGRAM_TENSORS_MAX], before[PROGRAM_TENSORS_MAX], moved[PROGRAM_TENSORS_MAX];
} PartTraffic;

static bool run_rounds(Sweeper *sweeper, int kernel, WalkPart part, PartTraffic *out) {
    dram_run_report(&sweeper->run, out->before);
    dram_run_clear_traffic(&sweeper->run);
    bool is_done = dram_run_part(&sweeper->run, kernel, part, sweeper->arena);
    dram_run_report(&sweeper->run, out->traffic);
    dram_run_moved(&sweeper->run, out->moved);
    return is_done;
}

/* Bytes that a block loads and stores. */
static void block_moves(const KernelShape *s, DramTraffic *moves) {
    for (int f = 0; f < s->family_count; f++) {
        DramTraffic *of_tensor = &moves[s->families[f].tensor];
        uint64_t bytes = s->types[0].regions[f].accessed_bytes;
        *(s->families[f].kind == STEP_LOAD ? &of_tensor->read_bytes : &of_tensor->write_bytes) += bytes;
    }
}

/* Adds a wave's traffic: all that is moved between early and late is read from HBM; all that is stored up to late is
 * written, but for what is dirty there. */
static void add_wave(const KernelShape *s, uint64_t blocks, const PartTraffic *early, const PartTraffic *late,
                     DramTraffic *sum) {
    DramTraffic moves[PROGRAM_TENSORS_MAX] = {{0}};
    block_moves(s, moves);
    for (int t = 0; t < s->program->tensor_count; t++) {
        uint64_t read = moves[t].read_bytes * blocks - early->moved[t].read_bytes - late->moved[t].read_bytes;
        uint64_t written = moves[t].write_bytes * blocks - early->moved[t].write_bytes - late->moved[t].write_bytes;
        sum[t].read_bytes += early->traffic[t].read_bytes + read + late->traffic[t].read_bytes;
        sum[t].write_bytes += early->traffic[t].write_bytes + early->traffic[t].dirty_bytes + written -
                              late->before[t].dirty_bytes + late->traffic[t].write_bytes;
        sum[t].dirty_bytes = late->traffic[t].dirty_bytes;
    }
}

static bool count_wave(Sweeper *sweeper, const KernelShape *s, Sweep sweep, WalkPart wave, DramTraffic *sum) {
    PartTraffic early, warm, late;
    WalkPart part = wave;
    part.round_end = sweep.early_end;
    if (!run_rounds(sweeper, s->kernel, part, &early)) return false;
    dram_run_flush(&sweeper->run);
    part.round_first = sweep.warm_first;
    part.round_end = sweep.late_first;
    if (!run_rounds(sweeper, s->kernel, part, &warm)) return false;
    sweeper->is_uneven = !dram_run_is_full(&sweeper->run);
    if (sweeper->is_uneven) return false;
    part.round_first = sweep.late_first;
    part.round_end = UINT64_MAX;
    if (!run_rounds(sweeper, s->kernel, part, &late)) return false;
    add_wave(s, wave.block_end - wave.block_first, &early, &late, sum);
    return true;
}

static bool count_kernel(Sweeper *sweeper, const SweepKernel *kernel, DramTraffic *sum) {
    const KernelShape *s = &kernel->shape;
    if (sweeper->config.start == L2_START_FLUSHED) dram_run_flush(&sweeper->run);
    for (uint64_t first = 0; first < s->block_count; first += s->slot_count) {
        WalkPart wave = {.block_first = first, .block_end = min_u64(first + s->slot_count, s->block_count)};
        Sweep sweep;
        if (!find_sweep(sweeper->limit_bytes, kernel, wave.block_end - first, &sweep) ||
            !count_wave(sweeper, s, sweep, wave, sum))
            return false;
    }
    return true;
}

/* The whole. */

static bool read_kernels(Sweeper *sweeper) {
    sweeper->kernels = ARENA_ARRAY(sweeper->arena, SweepKernel, sweeper->program->kernel_count);
    for (int k = 0; k < sweeper->program->kernel_count; k++) {
        SweepKernel *kernel = &sweeper->kernels[k];
        if (!dram_shape_of(sweeper->program, k, &kernel->shape, sweeper->arena)) return false;
        if (kernel->shape.type_count != 1 || !is_plain(&kernel->shape)) return false;
        kernel->stretches = stretches_of(&kernel->shape, sweeper->arena, &kernel->stretch_count);
        if (!kernel->stretches) return false;
    }
    return true;
}

/* Whether every wave has a middle: the smallest has the shortest, if any. */
static bool have_middles(const Sweeper *sweeper) {
    for (int k = 0; k < sweeper->program->kernel_count; k++) {
        const KernelShape *s = &sweeper->kernels[k].shape;
        Sweep sweep;
        if (!find_sweep(sweeper->limit_bytes, &sweeper->kernels[k], dram_shape_least_blocks(s), &sweep)) return false;
    }
    return true;
}

static bool count_layers(Sweeper *sweeper, DramReport *report) {
    int kernel_count = sweeper->program->kernel_count;
    DramRunOptions options = {.range = {0, kernel_count - 1}};
    if (!dram_run_init(&sweeper->run, sweeper->program, sweeper->config, options, sweeper->arena, NULL)) return false;
    for (int pass = sweeper->config.start == L2_START_WARM ? 0 : 1; pass < 2; pass++) {
        *report = (DramReport){.engine = "closed form, sectors at its ends", .is_exact = true};
        for (int k = 0; k < kernel_count; k++)
            if (!count_kernel(sweeper, &sweeper->kernels[k], report->tensors[k])) return false;
    }
    return true;
}

bool dram_count_sweeps(const Program *program, DramConfig config, Arena *arena, DramReport *report) {
    DramReport *result = ARENA_NEW(arena, DramReport);
    Sweeper sweeper = {.program = program, .config = config, .arena = arena, .is_uneven = true};
    if (!read_kernels(&sweeper)) return false;
    bool is_done = false;
    for (size_t i = 0; i < sizeof MISS_PARTS / sizeof *MISS_PARTS && !is_done && sweeper.is_uneven; i++) {
        sweeper.is_uneven = false;
        sweeper.limit_bytes = MISS_PARTS[i] * (double)config.l2.size_bytes;
        is_done = have_middles(&sweeper) && count_layers(&sweeper, result);
    }
    if (is_done) *report = *result;
    return is_done;
}
