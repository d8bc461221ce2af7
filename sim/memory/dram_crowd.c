/* Lines of every tensor counted set by set: see dram_crowd.h. */
#include "sim/memory/dram_crowd.h"

#include "sim/base/checked.h"
#include "sim/memory/dram_units.h"

DramCrowd dram_crowd_of(const Program *program, DramConfig config, Arena *arena) {
    L2 l2;
    config.l2.granule_lines = dram_granule_lines(program, arena);
    if (!l2_shape(&l2, config.l2, NULL)) return (DramCrowd){.peak_ways = L2_WAYS};
    int64_t *change = ARENA_ARRAY(arena, int64_t, l2.set_count + 1), lines = 0;
    for (int t = 0; t < program->tensor_count; t++) {
        const Tensor *tensor = &program->tensors[t];
        uint64_t sectors = ceil_div(tensor->size_bytes, L2_SECTOR_BYTES);
        if (tensor->is_accessed) l2_add_lines(&l2, tensor->base_bytes / L2_SECTOR_BYTES, sectors, change);
    }
    DramCrowd crowd = {0};
    for (uint64_t set = 0; set < l2.set_count; set++) {
        lines += change[set];
        crowd.mean_ways += (double)lines / (double)l2.set_count;
        if ((double)lines > crowd.peak_ways) crowd.peak_ways = (double)lines;
    }
    return crowd;
}
