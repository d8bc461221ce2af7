/* A kernel's time from its counters: see clock.h. */
#include "sim/memory/clock.h"

#include "sim/base/checked.h"
#include "sim/units.h"

const ClockConstantInfo clock_constants[CLOCK_CONSTANT_COUNT] = {
#define X(ID, constant_value, constant_unit, constant_source)                                                          \
    [CLOCK_##ID] = {.name = #ID, .unit = constant_unit, .source = constant_source, .value = constant_value},
    CLOCK_CONSTANT_LIST(X)
#undef X
};

static double constant(ClockConstant id) { return clock_constants[id].value; }

static const char *bound_name(ClockBound bound) {
    static const char *const names[] = {"dram", "l2", "math", "exp", "latency"};
    return names[bound];
}

/* Rates. */

/* Part of peak that products with these sides reach. */
static double math_part(uint64_t rows, uint64_t cols, uint64_t inner) {
    double smallest = (double)min_u64(rows, min_u64(cols, inner));
    return smallest / (smallest + constant(CLOCK_HALF_RATE_ROWS));
}

double clock_peak_flops_per_s(const Machine *machine, ProductUnit unit, Dtype dtype) {
    if (unit == PRODUCT_FP32) return machine->fp32_flops_per_s;
    bool is_fp8 = dtype == DTYPE_FP8 && machine->tensor_fp8_flops_per_s > 0;
    double peak = is_fp8 ? machine->tensor_fp8_flops_per_s : machine->tensor_fp16_flops_per_s;
    bool is_part = unit == PRODUCT_MMA_SYNC && machine->compute_capability == 90;
    return is_part ? constant(CLOCK_MMA_SYNC_PART) * peak : peak;
}

const char *clock_product_name(const Machine *machine, ProductUnit unit) {
    if (unit == PRODUCT_FP32) return "fp32 units";
    if (unit == PRODUCT_NATIVE && machine->compute_capability == 90) return "wgmma";
    if (unit == PRODUCT_NATIVE && machine->compute_capability == 100) return "tcgen05.mma";
    return "mma.sync";
}

static double sm_l2_bytes_per_s(const Machine *machine) {
    bool is_small =
        machine->compute_capability == 86 || machine->compute_capability == 89 || machine->compute_capability == 120;
    return constant(CLOCK_SM_L2_BYTES_PER_CYCLE) * machine->clock_hz *
           constant(is_small ? CLOCK_L2_PART_SMALL : CLOCK_L2_PART);
}

/* What a block does, out of the tree. */

/* Sums over one kernel: FLOPs divided by the part of peak they reach, and load steps that follow no load (loads next to
 * each other are in flight together). */
typedef struct KernelSums {
    double peak_flops;
    uint64_t load_rounds;
} KernelSums;

static bool is_load(const Program *program, uint32_t child) {
    const ProgramNode *node = &program->nodes[program->children[child].node];
    return node->kind == NODE_LEAF && program->leaves[node->leaf].kind == STEP_LOAD;
}

static void add_node(const Program *program, uint32_t number, double runs, KernelSums *sums, double *load_rounds) {
    const ProgramNode *node = &program->nodes[number];
    if (node->kind == NODE_LEAF) {
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        if (leaf->kind == STEP_MATMUL)
            sums->peak_flops +=
                runs * (double)node->total.value[COUNTER_FLOPS] / math_part(leaf->rows, leaf->cols, leaf->inner_elems);
        return;
    }
    double inner_runs = node->kind == NODE_LOOP ? runs * (double)node->trip_count : runs;
    for (uint32_t c = node->child_first; c < node->child_first + node->child_count; c++) {
        if (is_load(program, c) && (c == node->child_first || !is_load(program, c - 1))) *load_rounds += inner_runs;
        add_node(program, program->children[c].node, inner_runs, sums, load_rounds);
    }
}

static KernelSums kernel_sums(const Program *program, int kernel) {
    KernelSums sums = {0};
    double load_rounds = 0;
    add_node(program, program->kernels[kernel].node, 1, &sums, &load_rounds);
    sums.load_rounds = (uint64_t)(load_rounds / (double)max_u64(1, program->kernels[kernel].block_count) + 0.5);
    return sums;
}

/* A kernel. */

static double ns(double amount, double rate_per_s) { return rate_per_s > 0 ? amount / rate_per_s * 1e9 : 0; }

static void set_rates(const Program *program, int kernel, const KernelSums *sums, ClockKernel *c) {
    const Machine *machine = &program->scenario.machine;
    const Kernel *k = &program->kernels[kernel];
    c->dram_bytes_per_s = machine->hbm_bytes_per_s * constant(CLOCK_HBM_PART);
    c->l2_bytes_per_s = sm_l2_bytes_per_s(machine) * (double)c->active_sm_count;
    double part = sums->peak_flops > 0 ? (double)c->flops / sums->peak_flops : 1;
    c->flops_per_s = clock_peak_flops_per_s(machine, k->product_unit, program->scenario.dtype) * part;
    c->exp_per_s = constant(CLOCK_EXP_PER_CYCLE) * machine->clock_hz * machine->sm_count;
}

ClockKernel clock_kernel(const Program *program, int kernel, const DramTraffic *dram) {
    const Machine *machine = &program->scenario.machine;
    const Kernel *k = &program->kernels[kernel];
    const uint64_t *total = program->nodes[k->node].total.value;
    KernelSums sums = kernel_sums(program, kernel);
    ClockKernel c = {.occupancy = occupancy_of_kernel(machine, k),
                     .flops = total[COUNTER_FLOPS],
                     .exp_count = total[COUNTER_EXP_COUNT],
                     .l2_bytes = total[COUNTER_L2_READ_BYTES] + total[COUNTER_L2_WRITE_BYTES],
                     .load_rounds = sums.load_rounds,
                     .launch_ns = constant(CLOCK_LAUNCH_NS)};
    c.dram_bytes = dram ? dram->read_bytes + dram->write_bytes : c.l2_bytes;
    c.active_sm_count = max_u64(1, min_u64(machine->sm_count, k->block_count));
    c.blocks_per_sm_total = ceil_div(k->block_count, machine->sm_count);
    c.quantisation = k->block_count ? (double)c.blocks_per_sm_total * machine->sm_count / (double)k->block_count : 1;
    set_rates(program, kernel, &sums, &c);
    c.bound_ns[CLOCK_BOUND_DRAM] = ns((double)c.dram_bytes, c.dram_bytes_per_s);
    c.bound_ns[CLOCK_BOUND_L2] = ns((double)c.l2_bytes, c.l2_bytes_per_s);
    c.bound_ns[CLOCK_BOUND_MATH] = ns((double)c.flops, c.flops_per_s) * c.quantisation;
    c.bound_ns[CLOCK_BOUND_EXP] = ns((double)c.exp_count, c.exp_per_s) * c.quantisation;
    c.bound_ns[CLOCK_BOUND_LATENCY] =
        ns((double)(c.load_rounds * c.occupancy.wave_count) * constant(CLOCK_LOAD_CYCLES), machine->clock_hz);
    for (int b = 0; b < CLOCK_BOUND_COUNT; b++)
        if (c.bound_ns[b] > c.bound_ns[c.bound]) c.bound = (ClockBound)b;
    c.time_ns = c.launch_ns + c.bound_ns[c.bound];
    return c;
}

/* A step. */

uint64_t clock_step_ps(const Machine *machine, ProductUnit unit, Dtype dtype, const ProgramLeaf *leaf,
                       const Counters *delta) {
    double sms = machine->sm_count, seconds = 0;
    double bytes = (double)(delta->value[COUNTER_L2_READ_BYTES] + delta->value[COUNTER_L2_WRITE_BYTES]);
    switch (leaf->kind) {
    case STEP_LOAD:
    case STEP_STORE:
    case STEP_ATOMIC: seconds = bytes / (machine->hbm_bytes_per_s * constant(CLOCK_HBM_PART) / sms); break;
    case STEP_MATMUL:
        seconds = (double)delta->value[COUNTER_FLOPS] / (clock_peak_flops_per_s(machine, unit, dtype) *
                                                         math_part(leaf->rows, leaf->cols, leaf->inner_elems) / sms);
        break;
    case STEP_SOFTMAX:
        seconds = (double)delta->value[COUNTER_EXP_COUNT] / (constant(CLOCK_EXP_PER_CYCLE) * machine->clock_hz);
        break;
    default: seconds = (double)(leaf->rows * leaf->cols) / (constant(CLOCK_FP32_LANES) * machine->clock_hz); break;
    }
    return 1 + (uint64_t)(seconds * 1e12);
}

/* In words. */

static const char *line(Arena *arena, ClockBound bound, const ClockKernel *c, const char *arithmetic) {
    return arena_format(arena, "  %-8s %10s = %s%s\n", bound_name(bound), units_time(c->bound_ns[bound]).text,
                        arithmetic, bound == c->bound ? "   <- the bound" : "");
}

/* What multiplies, and which part of its peak is left with such tiles. */
static const char *product_text(const Program *program, const Kernel *k, const ClockKernel *c, Arena *arena) {
    if (!c->flops) return "";
    const Machine *machine = &program->scenario.machine;
    Dtype dtype = program->scenario.dtype;
    double peak = clock_peak_flops_per_s(machine, k->product_unit, dtype),
           native = clock_peak_flops_per_s(machine, PRODUCT_NATIVE, dtype);
    bool is_part = k->product_unit == PRODUCT_MMA_SYNC && peak < native;
    return arena_format(
        arena, "  products by %s: %s at most%s, %.3f of it with tiles of these sizes\n",
        clock_product_name(machine, k->product_unit), units_flops_rate(peak).text,
        is_part ? arena_format(arena, " (%g of %s)", constant(CLOCK_MMA_SYNC_PART), units_flops_rate(native).text) : "",
        c->flops_per_s / peak);
}

const char *clock_explain(const Program *program, int kernel, const ClockKernel *c, Arena *arena) {
    const Machine *machine = &program->scenario.machine;
    const Kernel *k = &program->kernels[kernel];
    const char *head = arena_format(
        arena, "%s: %s on %s\n  %s blocks, %u an SM (limit: %s), %s in flight, %s waves, the last with %s blocks\n",
        k->name, units_time(c->time_ns).text, machine->title, units_exact(k->block_count).text,
        c->occupancy.blocks_per_sm, occupancy_limit_name(c->occupancy.limit), units_exact(c->occupancy.slot_count).text,
        units_exact(c->occupancy.wave_count).text, units_exact(c->occupancy.tail_block_count).text);
    const char *dram = line(arena, CLOCK_BOUND_DRAM, c,
                            arena_format(arena, "%s / (%g x %s)", units_gb(c->dram_bytes).text,
                                         constant(CLOCK_HBM_PART), units_rate(machine->hbm_bytes_per_s).text));
    const char *l2 = line(arena, CLOCK_BOUND_L2, c,
                          arena_format(arena, "%s / %s of %s SMs", units_gb(c->l2_bytes).text,
                                       units_rate(c->l2_bytes_per_s).text, units_exact(c->active_sm_count).text));
    const char *math =
        line(arena, CLOCK_BOUND_MATH, c,
             arena_format(arena, "%s / %s x %.3f (whole blocks an SM: %s for %.2f)", units_flops(c->flops).text,
                          units_flops_rate(c->flops_per_s).text, c->quantisation,
                          units_exact(c->blocks_per_sm_total).text, (double)c->blocks_per_sm_total / c->quantisation));
    const char *exps =
        line(arena, CLOCK_BOUND_EXP, c,
             arena_format(arena, "%s exponentials / (%g a cycle and SM) x %.3f", units_count(c->exp_count).text,
                          constant(CLOCK_EXP_PER_CYCLE), c->quantisation));
    const char *latency =
        line(arena, CLOCK_BOUND_LATENCY, c,
             arena_format(arena, "%s rounds of loads a block x %s waves x %g cycles", units_exact(c->load_rounds).text,
                          units_exact(c->occupancy.wave_count).text, constant(CLOCK_LOAD_CYCLES)));
    return arena_format(
        arena,
        "%s%s%s%s%s%s%s  launch   %10s\n  ridge: %.0f FLOP a byte of HBM balance math and dram; this kernel has %.1f\n",
        head, product_text(program, k, c, arena), dram, l2, math, exps, latency, units_time(c->launch_ns).text,
        c->flops_per_s / c->dram_bytes_per_s, c->dram_bytes ? (double)c->flops / (double)c->dram_bytes : 0.0);
}
