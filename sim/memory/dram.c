/* Choosing an engine: see dram.h. */
#include "sim/memory/dram.h"

#include <math.h>
#include <string.h>

#include "sim/memory/dram_cost.h"
#include "sim/memory/dram_crowd.h"
#include "sim/memory/dram_sweep.h"
#include "sim/memory/starts.h"

static const double SIMULATION_MAX_NS = 0.7e9; /* for an exact answer */
static const double ESTIMATE_MAX_NS = 0.5e9;   /* for one that is not */

DramConfig dram_config(const Scenario *scenario) {
    uint64_t size_bytes = scenario->l2_mode == L2_SIZE ? scenario->l2_size_bytes : scenario->machine.l2_bytes;
    return (DramConfig){.l2 = {.size_bytes = size_bytes,
                               .partition_count = l2_partition_count(&scenario->machine),
                               .store = scenario->l2_store},
                        .start = scenario->l2_start,
                        .sm_count = scenario->machine.sm_count};
}

/* Without an L2 all that SMs move goes to HBM. */
static void count_off(const Program *program, Arena *arena, DramReport *report, const char *engine) {
    uint64_t *runs = ARENA_ARRAY(arena, uint64_t, program->node_count);
    program_run_counts(program, runs);
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || program->leaves[node->leaf].tensor == TENSOR_NONE) continue;
        DramTraffic *traffic = &report->tensors[node->kernel][program->leaves[node->leaf].tensor];
        uint64_t layer_runs = runs[n] / program->scenario.layer_count;
        traffic->read_bytes += node->total.value[COUNTER_L2_READ_BYTES] * layer_runs;
        traffic->write_bytes += node->total.value[COUNTER_L2_WRITE_BYTES] * layer_runs;
    }
    for (int k = 0; k < program->kernel_count; k++)
        for (const StartStream *stream = program->kernels[k].streams; stream; stream = stream->next) {
            DramTraffic *traffic = &report->tensors[k][program->leaves[stream->leaf].tensor];
            uint64_t *moved_bytes = stream->is_load ? &traffic->read_bytes : &traffic->write_bytes;
            *moved_bytes += starts_excess_sectors(stream, &program->kernels[k]) * L2_SECTOR_BYTES;
        }
    report->engine = engine;
    report->is_exact = true;
}

static bool is_same_traffic(const Program *program, const DramReport *a, const DramReport *b) {
    for (int t = 0; t < program->tensor_count; t++) {
        uint64_t a_written = 0, b_written = 0;
        for (int k = 0; k < program->kernel_count; k++) {
            if (a->tensors[k][t].read_bytes != b->tensors[k][t].read_bytes) return false;
            a_written += a->tensors[k][t].write_bytes;
            b_written += b->tensors[k][t].write_bytes;
        }
        a_written += a->tensors[program->kernel_count - 1][t].dirty_bytes;
        b_written += b->tensors[program->kernel_count - 1][t].dirty_bytes;
        if (a_written != b_written) return false;
    }
    return true;
}

/* What the tile engine does not know of: parts of lines, tiles too large to leave one by one, an odd SM on one side. */
static bool fits_tiles(const Program *program, DramConfig config) {
    if (config.l2.partition_count == 2 && config.sm_count % 2) return false;
    for (uint32_t i = 0; i < program->leaf_count; i++) {
        const ProgramLeaf *leaf = &program->leaves[i];
        if (leaf->tensor == TENSOR_NONE) continue;
        const Tensor *tensor = &program->tensors[leaf->tensor];
        bool is_strided = leaf->cols != tensor->cols; /* its rows fall on few of the sets */
        if (is_strided && config.l2.size_bytes < 1 << 20) return false;
        uint64_t tile_bytes = leaf->rows * leaf->cols * tensor->elem_bytes;
        if (program_dense_bytes(tensor, leaf) % L2_LINE_BYTES || tile_bytes > config.l2.size_bytes / 16) return false;
    }
    return true;
}

/* No set is so crowded that it would hold more than a quarter of its ways beyond its share; the capacities of half and
 * of one and a half leave as much again for what passes through. */
static bool fits_sets(const Program *program, DramConfig config, Arena *arena) {
    DramCrowd crowd = dram_crowd_of(program, config, arena);
    return crowd.peak_ways <= L2_WAYS || crowd.peak_ways - crowd.mean_ways <= L2_WAYS / 4;
}

bool dram_count_tiles(const Program *program, DramConfig config, Arena *arena, DramReport *report, Err *err) {
    DramReport *other = ARENA_NEW(arena, DramReport);
    if (!dram_simulate(program, config, true, arena, report, err)) return false;
    uint64_t size_bytes = config.l2.size_bytes;
    report->is_exact = report->engine[0] != 0 && fits_tiles(program, config) && fits_sets(program, config, arena);
    for (int i = 0; i < 2 && report->is_exact; i++) {
        config.l2.size_bytes = i ? size_bytes + size_bytes / 2 : size_bytes / 2;
        if (!dram_simulate(program, config, true, arena, other, err)) return false;
        report->is_exact = is_same_traffic(program, report, other);
    }
    return true;
}

/* Simulates as many heads as the time is enough for, by sectors or else by tiles; engine "" where not for one. */
static bool estimate_by_sample(const Program *program, DramConfig config, double sectors_ns, double tiles_ns,
                               Arena *arena, DramReport *report, Err *err) {
    double heads = (double)(program->scenario.batch_count * program->scenario.head_count);
    bool is_tiles = sectors_ns > heads * ESTIMATE_MAX_NS;
    double sample_heads = floor(heads * ESTIMATE_MAX_NS / (is_tiles ? tiles_ns : sectors_ns));
    if (sample_heads < 1) return true;
    config.sample_part = fmin(1, sample_heads / heads);
    config.budget_ns = 1.5 * ESTIMATE_MAX_NS;
    return dram_simulate(program, config, is_tiles, arena, report, err);
}

static bool count_on(const Program *program, Arena *arena, DramReport *report, Err *err) {
    DramConfig config = dram_config(&program->scenario);
    if (dram_count_closed(program, config, false, arena, report)) return true;
    config.budget_ns = SIMULATION_MAX_NS;
    if (dram_count_sweeps(program, config, arena, report)) return true;
    DramCost cost = dram_cost_of(program, config, arena);
    double passes = config.start == L2_START_WARM ? 2 : 1;
    double sectors_ns = cost.sectors_ns * passes, tiles_ns = cost.tiles_ns * passes;
    *report = (DramReport){.engine = ""};
    bool are_tiles_faster = 3 * tiles_ns < sectors_ns || sectors_ns > SIMULATION_MAX_NS;
    if (are_tiles_faster && 3 * tiles_ns < SIMULATION_MAX_NS && !dram_count_tiles(program, config, arena, report, err))
        return false;
    if (report->is_exact) return true;
    DramReport *sectors = ARENA_NEW(arena, DramReport);
    if (sectors_ns < SIMULATION_MAX_NS && !dram_simulate(program, config, false, arena, sectors, err)) return false;
    if (sectors->is_exact) *report = *sectors;
    if (report->engine[0]) return true;
    if (!estimate_by_sample(program, config, sectors_ns, tiles_ns, arena, report, err)) return false;
    if (report->engine[0]) return true;
    if (!dram_count_closed(program, config, true, arena, report)) count_off(program, arena, report, "no reuse");
    report->is_exact = false;
    return true;
}

/* Tensors that take another's place. */

static bool has_moves(const Program *program, int kernel, int tensor, bool is_load) {
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || node->kernel != kernel) continue;
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        if (leaf->tensor == tensor && (leaf->kind == STEP_LOAD) == is_load) return true;
    }
    return false;
}

/* The same program with one tensor a place, which is what a cache sees; itself where no tensor takes another's. */
static const Program *by_place(const Program *program, Arena *arena) {
    bool is_shared = false;
    for (int t = 0; t < program->tensor_count; t++) is_shared |= program->tensors[t].written_over != 0;
    if (!is_shared) return program;
    Program *seen = ARENA_NEW(arena, Program);
    *seen = *program;
    seen->leaves = ARENA_ARRAY(arena, ProgramLeaf, program->leaf_count);
    for (uint32_t i = 0; i < program->leaf_count; i++) {
        seen->leaves[i] = program->leaves[i];
        uint8_t tensor = program->leaves[i].tensor;
        int over = tensor == TENSOR_NONE ? 0 : program->tensors[tensor].written_over;
        if (over) seen->leaves[i].tensor = (uint8_t)(over - 1);
    }
    for (int t = 0; t < program->tensor_count; t++) seen->tensors[t].is_accessed &= !program->tensors[t].written_over;
    return seen;
}

/* From the first kernel that stores it on, what leaves the place's L2 is the later tensor's; so are the reads of
 * kernels that do not load the earlier one. */
static void name_by_tensor(const Program *program, DramReport *report) {
    for (int t = 0; t < program->tensor_count; t++) {
        int over = program->tensors[t].written_over - 1;
        bool is_written = false;
        for (int k = 0; over >= 0 && k < program->kernel_count; k++) {
            DramTraffic *upper = &report->tensors[k][t], *lower = &report->tensors[k][over];
            is_written |= has_moves(program, k, t, false);
            if (!is_written) continue;
            upper->write_bytes = lower->write_bytes, upper->dirty_bytes = lower->dirty_bytes;
            lower->write_bytes = lower->dirty_bytes = 0;
            if (has_moves(program, k, over, true)) continue;
            upper->read_bytes = lower->read_bytes;
            lower->read_bytes = 0;
        }
    }
}

/* An answer that is not proved says so in its engine's name. */
static const char *estimate_name(const char *engine) {
    if (strcmp(engine, "tiles") == 0) return "tiles, estimate";
    if (strcmp(engine, "sectors") == 0) return "sectors, estimate";
    return strcmp(engine, "closed form") == 0 ? "closed form, estimate" : engine;
}

static void add_totals(const Program *program, DramReport *report) {
    for (int k = 0; k < program->kernel_count; k++)
        for (int t = 0; t < program->tensor_count; t++) {
            report->kernels[k].read_bytes += report->tensors[k][t].read_bytes;
            report->kernels[k].write_bytes += report->tensors[k][t].write_bytes;
            report->kernels[k].dirty_bytes += report->tensors[k][t].dirty_bytes;
        }
}

bool dram_count(const Program *program, DramReport *report, Err *err) {
    Arena work = {0};
    memset(report, 0, sizeof *report);
    bool is_done = true;
    if (program->scenario.l2_mode == L2_OFF)
        count_off(program, &work, report, "l2 off");
    else
        is_done = count_on(by_place(program, &work), &work, report, err);
    arena_free(&work);
    if (is_done && program->scenario.l2_mode != L2_OFF) name_by_tensor(program, report);
    if (is_done && !report->is_exact) report->engine = estimate_name(report->engine);
    if (is_done) add_totals(program, report);
    return is_done;
}
