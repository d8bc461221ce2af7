/* Blocks an SM holds: see occupancy.h. */
#include "sim/memory/occupancy.h"

#include "sim/base/checked.h"

enum {
    WARP_THREADS = 32,
    REGISTER_UNIT = 256, /* registers are given out to a warp in units of 256 */
    SMEM_UNIT_BYTES = 128,
};

const char *occupancy_limit_name(OccupancyLimit limit) {
    static const char *const names[] = {"shared memory", "registers", "threads", "blocks per SM"};
    return names[limit];
}

static uint32_t register_limit(const Machine *machine, const Kernel *kernel) {
    uint64_t warp_registers =
        ceil_div((uint64_t)kernel->registers_per_thread * WARP_THREADS, REGISTER_UNIT) * REGISTER_UNIT;
    uint64_t block_registers = warp_registers * ceil_div(kernel->threads_per_block, WARP_THREADS);
    return block_registers ? (uint32_t)(machine->registers_per_sm / block_registers) : machine->blocks_per_sm_max;
}

Occupancy occupancy_of_kernel(const Machine *machine, const Kernel *kernel) {
    uint64_t smem_bytes = ceil_div(kernel->smem_per_block_bytes, SMEM_UNIT_BYTES) * SMEM_UNIT_BYTES +
                          machine->smem_reserved_per_block_bytes;
    Occupancy o = {
        .limits = {[OCCUPANCY_SMEM] = smem_bytes
                                          ? (uint32_t)min_u64(machine->smem_per_sm_bytes / smem_bytes, UINT32_MAX)
                                          : machine->blocks_per_sm_max,
                   [OCCUPANCY_REGISTERS] = register_limit(machine, kernel),
                   [OCCUPANCY_THREADS] = machine->threads_per_sm_max / (uint32_t)max_u64(1, kernel->threads_per_block),
                   [OCCUPANCY_BLOCKS] = machine->blocks_per_sm_max}};
    o.limit = OCCUPANCY_BLOCKS;
    for (int i = 0; i < OCCUPANCY_LIMIT_COUNT; i++)
        if (o.limits[i] < o.limits[o.limit]) o.limit = (OccupancyLimit)i;
    o.blocks_per_sm = (uint32_t)max_u64(1, o.limits[o.limit]);
    o.slot_count = (uint64_t)o.blocks_per_sm * machine->sm_count;
    o.wave_count = ceil_div(kernel->block_count, o.slot_count);
    o.tail_block_count = kernel->block_count - (o.wave_count ? (o.wave_count - 1) * o.slot_count : 0);
    return o;
}
