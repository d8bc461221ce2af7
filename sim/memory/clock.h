/* Cycle-light time: how long a kernel takes, and which level holds it back. Pure.
 *
 *     time = launch + max over levels of (what the kernel moves or computes / what the GPU can)
 *
 *     dram      bytes between L2 and HBM (dram.h) / sustained HBM rate
 *     l2        bytes between SMs and L2 / sustained L2 rate of the SMs that have a block
 *     math      FLOPs / (peak of the instruction x part reached with tiles that small), in whole blocks an SM:
 *               ceil(blocks / SMs)
 *     exp       exponentials / special-function rate, in whole blocks an SM
 *     latency   rounds of loads that wait for each other x latency, wave after wave
 *
 * Memory-bound kernels are not quantised to whole waves: in the last, partial wave each block gets a larger share of
 * HBM. Every constant stands in the one table below with its source; none depends on an algorithm or a shape.
 *
 * Along a replay, time runs in step with busy_ps: each step's cost on an SM of its own (clock_step_ps), an additive
 * counter of the tree, scaled for each kernel so that it ends at the kernel's time (sim/count_time.h). So seeking by
 * time is seeking by a counter.
 * Not modelled: overlap of two kernels, clocks that drop under load, asynchronous copies that hide math, instruction
 * issue, bank conflicts' time; that softmax and products overlap only in part where a kernel does not schedule them as
 * FlashAttention-3 does: the largest bound stands for all; what mma.sync reaches on cc 10.0 (taken to be the peak).
 */
#ifndef SIM_MEMORY_CLOCK_H
#define SIM_MEMORY_CLOCK_H
#include "sim/memory/dram.h"
#include "sim/memory/occupancy.h"
#include "sim/program.h"

/* X(name, value, unit, source). The source stands beside the value on screen too. */
#define CLOCK_CONSTANT_LIST(X)                                                                                         \
    X(HBM_PART, 0.75, "of the HBM peak",                                                                               \
      "softmax and dropout of Dao et al. 2022, Fig. 1: 4.3 GB in 3.7 ms, 5.4 GB in 4.6 ms at 1555 GB/s")               \
    X(HALF_RATE_ROWS, 44, "rows",                                                                                      \
      "a product whose smallest side is m runs at m / (m + 44) of peak: 84 of 312 TFLOP/s with the 16-row steps of "   \
      "FlashAttention-1 (3.3 ms, Fig. 2), about 0.6 with 64 (FlashAttention-2 on an A100)")                            \
    X(MMA_SYNC_PART, 0.629, "of the tensor peak on cc 9.0",                                                            \
      "mma.sync, which only wgmma exceeds: Luo et al. 2025, arXiv 2501.12084, section 6.2 and Table 7 (H800): mma "    \
      "62.9 % of peak on average, wgmma over 95 %")                                                                    \
    X(SM_L2_BYTES_PER_CYCLE, 64, "bytes a cycle and SM",                                                               \
      "NVIDIA A100 whitepaper: 5120 B a cycle for 108 SMs, an SM's port 64")                                           \
    X(L2_PART, 0.55, "of the SMs' ports", "gpu-benches, gpu-l2-cache: A100 5.4 TB/s of 9.7, H200 9.7 of 15.5")         \
    X(L2_PART_SMALL, 0.23, "of the SMs' ports", "the same on an L40: 5.2 TB/s of 22.9 (cc 8.6, 8.9, 12.0)")            \
    X(EXP_PER_CYCLE, 16, "a cycle and SM", "CUDA C++ Programming Guide, arithmetic instructions: special functions")   \
    X(FP32_LANES, 64, "lanes an SM", "A100 whitepaper; only spreads a step's time")                                    \
    X(LOAD_CYCLES, 290, "cycles",                                                                                      \
      "global load latency, Abdelkhalik et al. 2022, Demystifying the Nvidia Ampere Architecture")                     \
    X(LAUNCH_NS, 900, "ns", "NVIDIA, Getting Started with CUDA Graphs: 3.8 us a launch for 2.9 us of work")

typedef enum ClockConstant {
#define X(ID, value, unit, source) CLOCK_##ID,
    CLOCK_CONSTANT_LIST(X)
#undef X
        CLOCK_CONSTANT_COUNT
} ClockConstant;
typedef struct ClockConstantInfo {
    const char *name, *unit, *source;
    double value;
} ClockConstantInfo;
extern const ClockConstantInfo clock_constants[CLOCK_CONSTANT_COUNT];

typedef enum ClockBound {
    CLOCK_BOUND_DRAM,
    CLOCK_BOUND_L2,
    CLOCK_BOUND_MATH,
    CLOCK_BOUND_EXP,
    CLOCK_BOUND_LATENCY,
    CLOCK_BOUND_COUNT
} ClockBound;

/* One kernel, one layer. */
typedef struct ClockKernel {
    Occupancy occupancy;
    uint64_t active_sm_count;                                        /* SMs that get a block at all */
    uint64_t blocks_per_sm_total;                                    /* of the busiest SM, over the whole kernel */
    uint64_t dram_bytes, l2_bytes, flops, exp_count, load_rounds;    /* load_rounds: of one block */
    double dram_bytes_per_s, l2_bytes_per_s, flops_per_s, exp_per_s; /* what the GPU sustains for this kernel */
    double quantisation;                                             /* math and exp: busiest SM's blocks / mean */
    double bound_ns[CLOCK_BOUND_COUNT];
    ClockBound bound;          /* the largest */
    double launch_ns, time_ns; /* time_ns: launch and bound */
} ClockKernel;

/* dram: the kernel's traffic; NULL where it is not modelled, then all L2 traffic is taken to reach HBM. */
ClockKernel clock_kernel(const Program *program, int kernel, const DramTraffic *dram);
/* The roofline arithmetic of a kernel in words and numbers, several lines. */
const char *clock_explain(const Program *program, int kernel, const ClockKernel *clock, Arena *arena);
/* The most that products of a kernel can reach, and what multiplies them: "wgmma", "mma.sync", ... */
double clock_peak_flops_per_s(const Machine *machine, ProductUnit unit, Dtype dtype);
const char *clock_product_name(const Machine *machine, ProductUnit unit);
/* A step's cost on an SM of its own, at least 1 ps. `delta` holds its counters but busy_ps. */
uint64_t clock_step_ps(const Machine *machine, ProductUnit unit, Dtype dtype, const ProgramLeaf *leaf,
                       const Counters *delta);
#endif
