/* Tile accesses of the walk, turned into sectors or units: see dram_run.h. */
#include "sim/memory/dram_run.h"

#include <assert.h>

#include "sim/base/checked.h"
#include "sim/memory/dram_cost.h"
#include "sim/memory/occupancy.h"

/* Units. */

static void define_units(DramRun *run) {
    for (int t = 0; t < run->program->tensor_count; t++) {
        const Tensor *tensor = &run->program->tensors[t];
        const DramUnits *u = &run->units[t];
        if (!tensor->is_accessed) continue;
        uint32_t unit = (uint32_t)u->first;
        for (uint64_t slice = 0; slice < tensor->slice_count; slice++)
            for (uint64_t row = 0; row < tensor->rows; row += u->rows)
                for (uint64_t col = 0; col < tensor->cols; col += u->cols) {
                    uint64_t elems = min_u64(u->rows, tensor->rows - row) * min_u64(u->cols, tensor->cols - col);
                    tile_lru_define(&run->lru, unit++, elems * tensor->elem_bytes, (uint8_t)t);
                }
    }
}

/* A table of twice the units' number, a power of two. */
static void open_map(DramRun *run, uint64_t unit_max, Arena *arena) {
    run->map_capacity = 1024;
    while (run->map_capacity < 2 * unit_max) run->map_capacity *= 2;
    run->map_keys = ARENA_ARRAY(arena, uint64_t, run->map_capacity);
    run->map_entries = ARENA_ARRAY(arena, uint32_t, run->map_capacity);
}

/* The entry of a unit of `elems` elements; a new one where it has none yet. */
static uint32_t unit_entry(DramRun *run, uint64_t unit, int tensor, uint64_t elems) {
    if (!run->map_keys) return (uint32_t)unit;
    uint64_t at = unit * 0x9E3779B97F4A7C15u >> 32; /* the high bits depend on all of unit's */
    for (at %= run->map_capacity; run->map_keys[at]; at = (at + 1) % run->map_capacity)
        if (run->map_keys[at] == unit + 1) return run->map_entries[at];
    if (run->map_count == run->map_capacity / 2) {
        run->is_map_full = true;
        return 0;
    }
    run->map_keys[at] = unit + 1;
    run->map_entries[at] = run->map_count;
    tile_lru_define(&run->lru, run->map_count, elems * run->program->tensors[tensor].elem_bytes, (uint8_t)tensor);
    return run->map_count++;
}

static void visit_units(DramRun *run, const TileAccess *access) {
    const ProgramLeaf *leaf = access->leaf;
    const Tensor *tensor = &run->program->tensors[leaf->tensor];
    const DramUnits *u = &run->units[leaf->tensor];
    uint64_t row_first = access->place.row_first / u->rows,
             row_end = ceil_div(access->place.row_first + leaf->rows, u->rows);
    uint64_t col_first = access->place.col_first / u->cols,
             col_end = ceil_div(access->place.col_first + leaf->cols, u->cols);
    for (uint64_t row = row_first; row < row_end; row++)
        for (uint64_t col = col_first; col < col_end; col++) {
            uint64_t elems =
                min_u64(u->rows, tensor->rows - row * u->rows) * min_u64(u->cols, tensor->cols - col * u->cols);
            uint64_t unit = u->first + (access->place.slice * u->row_count + row) * u->col_count + col;
            uint32_t entry = unit_entry(run, unit, leaf->tensor, elems);
            if (leaf->kind == STEP_LOAD)
                tile_lru_read(&run->lru, access->side, entry);
            else if (leaf->kind == STEP_STORE)
                tile_lru_write(&run->lru, access->side, entry);
            else
                tile_lru_atomic(&run->lru, access->side, entry);
        }
}

/* Sectors. */

static void add_regions(DramRun *run) {
    for (int t = 0; t < run->program->tensor_count; t++) {
        const Tensor *tensor = &run->program->tensors[t];
        run->region_of[t] = -1;
        if (tensor->is_accessed)
            run->region_of[t] = l2_add_region(&run->l2, tensor->base_bytes / L2_SECTOR_BYTES,
                                              ceil_div(tensor->size_bytes, L2_SECTOR_BYTES));
    }
}

static void move_run(DramRun *run, const TileAccess *access, uint64_t first_bytes, uint64_t size_bytes) {
    uint64_t first = first_bytes / L2_SECTOR_BYTES, count = ceil_div(first_bytes + size_bytes, L2_SECTOR_BYTES) - first;
    int region = run->region_of[access->leaf->tensor];
    switch (access->leaf->kind) {
    case STEP_LOAD: l2_read(&run->l2, access->side, region, first, count); break;
    case STEP_STORE: l2_write(&run->l2, access->side, region, first, count); break;
    default: l2_atomic(&run->l2, access->side, region, first, count); break;
    }
}

/* The tile's rows, as one run where they are dense. */
static void visit_sectors(DramRun *run, const TileAccess *access) {
    const Tensor *tensor = &run->program->tensors[access->leaf->tensor];
    uint64_t rows = access->leaf->rows, row_bytes = access->leaf->cols * tensor->elem_bytes,
             pitch_bytes = tensor->cols * tensor->elem_bytes;
    uint64_t first_bytes = tensor->base_bytes +
                           (access->place.slice * tensor->rows + access->place.row_first) * pitch_bytes +
                           access->place.col_first * tensor->elem_bytes;
    if (row_bytes == pitch_bytes) {
        move_run(run, access, first_bytes, rows * row_bytes);
        return;
    }
    for (uint64_t row = 0; row < rows; row++) move_run(run, access, first_bytes + row * pitch_bytes, row_bytes);
}

/* Both. */

bool dram_run_init(DramRun *run, const Program *program, DramConfig config, DramRunOptions options, Arena *arena,
                   Err *err) {
    *run = (DramRun){.program = program,
                     .config = config,
                     .is_tiles = options.is_tiles,
                     .leaf_ns = dram_cost_of_leaves(program, options.is_tiles, arena)};
    if (!options.is_tiles) {
        config.l2.granule_lines = dram_granule_lines(program, arena);
        if (!l2_init(&run->l2, config.l2, arena, err)) return false;
        for (int t = 0; t < program->tensor_count; t++) {
            const Tensor *tensor = &program->tensors[t];
            if (!l2_can_address(&run->l2, (tensor->base_bytes + tensor->size_bytes) / L2_SECTOR_BYTES))
                return err_set(
                    err, ERR_USAGE,
                    "an L2 of %llu bytes is too small to be modelled beside tensor %s; give --l2 a larger size or off",
                    (unsigned long long)config.l2.size_bytes, tensor->name);
        }
        add_regions(run);
        return true;
    }
    uint64_t unit_count,
        unit_max = options.unit_max ? min_u64(options.unit_max, DRAM_MAP_UNITS_MAX) : DRAM_MAP_UNITS_MAX;
    dram_units(program, options.range, run->units, &unit_count);
    bool is_mapped = unit_count > DRAM_UNITS_MAX || (options.unit_max && unit_count > 2 * unit_max);
    if (is_mapped) open_map(run, unit_max, arena);
    tile_lru_init(&run->lru, config.l2, is_mapped ? run->map_capacity / 2 : unit_count, arena);
    if (!is_mapped) define_units(run);
    return true;
}

static bool visit(void *context, const TileAccess *access) {
    DramRun *run = context;
    if (run->is_tiles)
        visit_units(run, access);
    else
        visit_sectors(run, access);
    run->used_ns += (double)run->leaf_ns[access->leaf - run->program->leaves];
    return !run->is_map_full && (run->config.budget_ns == 0 || run->used_ns <= run->config.budget_ns);
}

bool dram_run_part(DramRun *run, int kernel, WalkPart part, Arena *arena) {
    WalkConfig walk = {
        .slot_count = occupancy_of_kernel(&run->program->scenario.machine, &run->program->kernels[kernel]).slot_count,
        .sm_count = run->config.sm_count,
        .partition_count = run->config.l2.partition_count};
    return dram_walk_blocks(run->program, kernel, walk, part, visit, run, arena);
}

bool dram_run_is_full(const DramRun *run) { return run->is_tiles ? tile_lru_is_full(&run->lru) : l2_is_full(&run->l2); }

static void report_sectors(const DramRun *run, DramTraffic *tensors) {
    uint64_t dirty_sectors[L2_REGIONS_MAX] = {0};
    l2_count_dirty(&run->l2, dirty_sectors);
    for (int t = 0; t < run->program->tensor_count; t++) {
        int region = run->region_of[t];
        tensors[t] = (DramTraffic){0};
        if (region < 0) continue;
        tensors[t] = (DramTraffic){.read_bytes = run->l2.traffic[region].dram_read_sectors * L2_SECTOR_BYTES,
                                   .write_bytes = run->l2.traffic[region].dram_write_sectors * L2_SECTOR_BYTES,
                                   .dirty_bytes = dirty_sectors[region] * L2_SECTOR_BYTES};
    }
}

void dram_run_report(const DramRun *run, DramTraffic tensors[PROGRAM_TENSORS_MAX]) {
    if (!run->is_tiles) {
        report_sectors(run, tensors);
        return;
    }
    uint64_t dirty_bytes[TILE_LRU_OWNERS_MAX] = {0};
    tile_lru_count_dirty(&run->lru, dirty_bytes);
    for (int t = 0; t < run->program->tensor_count; t++)
        tensors[t] = (DramTraffic){run->lru.read_bytes[t], run->lru.write_bytes[t], dirty_bytes[t]};
}

void dram_run_moved(const DramRun *run, DramTraffic tensors[PROGRAM_TENSORS_MAX]) {
    assert(!run->is_tiles);
    for (int t = 0; t < run->program->tensor_count; t++) {
        int region = run->region_of[t];
        tensors[t] = (DramTraffic){0};
        if (region < 0) continue;
        tensors[t].read_bytes = run->l2.traffic[region].read_sectors * L2_SECTOR_BYTES;
        tensors[t].write_bytes = run->l2.traffic[region].write_sectors * L2_SECTOR_BYTES;
    }
}

void dram_run_clear_traffic(DramRun *run) {
    if (run->is_tiles)
        tile_lru_clear_traffic(&run->lru);
    else
        l2_clear_traffic(&run->l2);
}

void dram_run_flush(DramRun *run) {
    if (run->is_tiles)
        tile_lru_flush(&run->lru);
    else
        l2_flush(&run->l2);
}

static bool is_sample(const DramRun *run) { return run->config.sample_part > 0 && run->config.sample_part < 1; }

static uint64_t sample_blocks(const DramRun *run, int kernel) {
    uint64_t all = run->program->kernels[kernel].block_count;
    return is_sample(run) ? max_u64(1, (uint64_t)((double)all * run->config.sample_part)) : all;
}

/* As if all blocks had done what the sample did; what is dirty at the end is the last ones'. */
static void scale_up(const DramRun *run, int kernel, DramTraffic *tensors) {
    double up = (double)run->program->kernels[kernel].block_count / (double)sample_blocks(run, kernel);
    for (int t = 0; t < run->program->tensor_count; t++) {
        tensors[t].read_bytes = (uint64_t)((double)tensors[t].read_bytes * up);
        tensors[t].write_bytes = (uint64_t)((double)tensors[t].write_bytes * up);
    }
}

/* A run of the layer; the traffic of its kernels. A sample finds nothing of the kernel before in L2: the blocks that it
 * leaves out would have come in between. */
static bool run_layer(DramRun *run, DramReport *report, Arena *arena) {
    for (int k = 0; k < run->program->kernel_count; k++) {
        if (run->config.start == L2_START_FLUSHED || is_sample(run)) dram_run_flush(run);
        dram_run_clear_traffic(run);
        if (!dram_run_part(run, k, (WalkPart){.block_end = sample_blocks(run, k)}, arena)) return false;
        dram_run_report(run, report->tensors[k]);
        scale_up(run, k, report->tensors[k]);
    }
    return true;
}

bool dram_simulate(const Program *program, DramConfig config, bool is_tiles, Arena *arena, DramReport *report,
                   Err *err) {
    DramRun run;
    DramRunOptions options = {.is_tiles = is_tiles, .range = {0, program->kernel_count - 1}};
    if (!dram_run_init(&run, program, config, options, arena, err)) return false;
    *report = (DramReport){.engine = is_tiles ? "tiles" : "sectors", .is_exact = !is_tiles && !is_sample(&run)};
    bool is_done = config.start != L2_START_WARM || run_layer(&run, report, arena);
    if (!is_done || !run_layer(&run, report, arena)) *report = (DramReport){.engine = ""};
    return true;
}
