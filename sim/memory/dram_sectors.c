/* Every sector of a program through the L2 engine: see dram.h. */
#include "sim/base/checked.h"
#include "sim/memory/dram.h"
#include "sim/memory/dram_walk.h"
#include "sim/memory/occupancy.h"

typedef struct Sectors {
    const Program *program;
    L2 l2;
    int region_of[PROGRAM_TENSORS_MAX]; /* -1: not accessed */
} Sectors;

static void add_regions(Sectors *s) {
    for (int t = 0; t < s->program->tensor_count; t++) {
        const Tensor *tensor = &s->program->tensors[t];
        s->region_of[t] = -1;
        if (!tensor->is_accessed) continue;
        s->region_of[t] =
            l2_add_region(&s->l2, tensor->base_bytes / L2_SECTOR_BYTES, ceil_div(tensor->size_bytes, L2_SECTOR_BYTES));
    }
}

static void move_run(Sectors *s, const TileAccess *access, uint64_t first_bytes, uint64_t size_bytes) {
    uint64_t first = first_bytes / L2_SECTOR_BYTES, count = ceil_div(first_bytes + size_bytes, L2_SECTOR_BYTES) - first;
    int region = s->region_of[access->leaf->tensor];
    switch (access->leaf->kind) {
    case STEP_LOAD: l2_read(&s->l2, access->side, region, first, count); break;
    case STEP_STORE: l2_write(&s->l2, access->side, region, first, count); break;
    default: l2_atomic(&s->l2, access->side, region, first, count); break;
    }
}

/* The tile's rows, as one run where they are dense. */
static void visit(void *context, const TileAccess *access) {
    Sectors *s = context;
    const Tensor *tensor = &s->program->tensors[access->leaf->tensor];
    uint64_t rows = access->leaf->rows, row_bytes = access->leaf->cols * tensor->elem_bytes,
             pitch_bytes = tensor->cols * tensor->elem_bytes;
    uint64_t first_bytes = tensor->base_bytes +
                           (access->place.slice * tensor->rows + access->place.row_first) * pitch_bytes +
                           access->place.col_first * tensor->elem_bytes;
    if (row_bytes == pitch_bytes) {
        move_run(s, access, first_bytes, rows * row_bytes);
        return;
    }
    for (uint64_t row = 0; row < rows; row++) move_run(s, access, first_bytes + row * pitch_bytes, row_bytes);
}

static void report_kernel(const Sectors *s, int kernel, DramReport *report) {
    uint64_t dirty_sectors[L2_REGIONS_MAX] = {0};
    l2_count_dirty(&s->l2, dirty_sectors);
    for (int t = 0; t < s->program->tensor_count; t++) {
        if (s->region_of[t] < 0) continue;
        const L2Traffic *traffic = &s->l2.traffic[s->region_of[t]];
        report->tensors[kernel][t] = (DramTraffic){.read_bytes = traffic->dram_read_sectors * L2_SECTOR_BYTES,
                                                   .write_bytes = traffic->dram_write_sectors * L2_SECTOR_BYTES,
                                                   .dirty_bytes = dirty_sectors[s->region_of[t]] * L2_SECTOR_BYTES};
    }
}

bool dram_count_sectors(const Program *program, DramConfig config, Arena *arena, DramReport *report, Err *err) {
    Sectors s = {.program = program};
    if (!l2_init(&s.l2, config.l2, arena, err)) return false;
    add_regions(&s);
    *report = (DramReport){.engine = "sectors", .is_exact = true};
    for (int run = config.start == L2_START_WARM ? 0 : 1; run < 2; run++)
        for (int k = 0; k < program->kernel_count; k++) {
            WalkConfig walk = {.slot_count =
                                   occupancy_of_kernel(&program->scenario.machine, &program->kernels[k]).slot_count,
                               .sm_count = config.sm_count,
                               .partition_count = config.l2.partition_count};
            if (config.start == L2_START_FLUSHED) l2_flush(&s.l2);
            l2_clear_traffic(&s.l2);
            dram_walk_blocks(program, k, walk, 0, program->kernels[k].block_count, visit, &s, arena);
            report_kernel(&s, k, report);
        }
    return true;
}
