/* The built-in GPUs, one row each: see machine.h.
 *
 * Limits per compute capability: CUDA C++ Programming Guide, "Technical Specifications per Compute
 * Capability". Rates are dense (no structured sparsity), tensor cores with fp32 accumulation, at boost clock.
 * Memory sizes are the product's GB taken as 2^30.
 */
#include "sim/machine.h"

#define KIB(n) ((uint64_t)(n)*1024)
#define MIB(n) ((uint64_t)(n)*1024 * 1024)
#define GIB(n) ((uint64_t)(n)*1024 * 1024 * 1024)

/* CC(compute capability, shared KiB an SM, a block, reserved a block, L1 + shared KiB, threads an SM, blocks an SM) */
#define CC(cc, smem, block, reserved, both, threads, blocks)                                                           \
    .compute_capability = cc, .smem_per_sm_bytes = KIB(smem), .smem_per_block_bytes = KIB(block),                      \
    .smem_reserved_per_block_bytes = KIB(reserved), .l1_and_smem_per_sm_bytes = KIB(both),                             \
    .threads_per_sm_max = threads, .blocks_per_sm_max = blocks, .threads_per_block_max = 1024,                         \
    .registers_per_sm = 64 * 1024, .registers_per_thread_max = 255
#define CC_70 CC(70, 96, 96, 0, 128, 2048, 32)
#define CC_75 CC(75, 64, 64, 0, 96, 1024, 16)
#define CC_80 CC(80, 164, 163, 1, 192, 2048, 32)
#define CC_86 CC(86, 100, 99, 1, 128, 1536, 16)
#define CC_89 CC(89, 100, 99, 1, 128, 1536, 24)
#define CC_90 CC(90, 228, 227, 1, 256, 2048, 32)
#define CC_100 CC(100, 228, 227, 1, 256, 2048, 32)
#define CC_120 CC(120, 100, 99, 1, 128, 1536, 24)

/* CHIP(SMs, L2 MiB, HBM GiB, GB/s, boost MHz) and RATES(fp32, fp16 tensor, fp8 tensor TFLOP/s) */
#define CHIP(sms, l2, hbm, gb_per_s, mhz)                                                                              \
    .sm_count = sms, .l2_bytes = MIB(l2), .hbm_bytes = GIB(hbm), .hbm_bytes_per_s = (gb_per_s)*1e9,                    \
    .clock_hz = (mhz)*1e6
#define RATES(fp32, fp16, fp8)                                                                                         \
    .fp32_flops_per_s = (fp32)*1e12, .tensor_fp16_flops_per_s = (fp16)*1e12, .tensor_fp8_flops_per_s = (fp8)*1e12

const Machine machine_table[] = {
    {.name = "v100",
     .title = "V100 SXM2 16 GB HBM2",
     .source = "NVIDIA Tesla V100 GPU Architecture whitepaper",
     CC_70,
     CHIP(80, 6, 16, 900, 1530),
     RATES(15.7, 125, 0)},
    {.name = "t4",
     .title = "T4 16 GB GDDR6",
     .source = "NVIDIA Turing GPU Architecture whitepaper",
     CC_75,
     CHIP(40, 4, 16, 320, 1590),
     RATES(8.1, 65, 0)},
    {.name = "a100-40",
     .title = "A100 SXM 40 GB HBM2",
     .source = "NVIDIA A100 Tensor Core GPU Architecture whitepaper",
     CC_80,
     CHIP(108, 40, 40, 1555, 1410),
     RATES(19.5, 312, 0)},
    {.name = "a100-80",
     .title = "A100 SXM 80 GB HBM2e",
     .source = "secondary: product tables; chip as in the A100 whitepaper",
     CC_80,
     CHIP(108, 40, 80, 2039, 1410),
     RATES(19.5, 312, 0)},
    {.name = "rtx3090",
     .title = "GeForce RTX 3090 24 GB GDDR6X",
     .source = "NVIDIA Ampere GA102 GPU Architecture whitepaper",
     CC_86,
     CHIP(82, 6, 24, 936, 1695),
     RATES(35.6, 71, 0)},
    {.name = "rtx4090",
     .title = "GeForce RTX 4090 24 GB GDDR6X",
     .source = "NVIDIA Ada GPU Architecture whitepaper",
     CC_89,
     CHIP(128, 72, 24, 1008, 2520),
     RATES(82.6, 165.2, 330.3)},
    {.name = "l40s",
     .title = "L40S 48 GB GDDR6",
     .source = "secondary: product tables",
     CC_89,
     CHIP(142, 96, 48, 864, 2520),
     RATES(91.6, 362, 733)},
    {.name = "h100",
     .title = "H100 SXM 80 GB HBM3",
     .source = "NVIDIA H100 Tensor Core GPU whitepaper; secondary: clock (that of the 989 TF rating)",
     CC_90,
     CHIP(132, 50, 80, 3350, 1830),
     RATES(67, 989, 1979)},
    {.name = "h100-pcie",
     .title = "H100 PCIe 80 GB HBM2e",
     .source = "NVIDIA H100 Tensor Core GPU whitepaper; secondary: clock",
     CC_90,
     CHIP(114, 50, 80, 2000, 1755),
     RATES(51, 756, 1513)},
    {.name = "h200",
     .title = "H200 SXM 141 GB HBM3e",
     .source = "secondary: product tables, clock as H100; L2 as the driver reports it (data sheet: 50 MB)",
     CC_90,
     CHIP(132, 60, 141, 4800, 1830),
     RATES(67, 989, 1979)},
    {.name = "b200",
     .title = "B200 180 GB HBM3e",
     .source = "secondary: product tables and driver reports",
     CC_100,
     CHIP(148, 126, 180, 7672, 1965),
     RATES(75, 2250, 4500)},
    {.name = "rtx5090",
     .title = "GeForce RTX 5090 32 GB GDDR7",
     .source = "secondary: product tables",
     CC_120,
     CHIP(170, 96, 32, 1792, 2407),
     RATES(104.8, 209.5, 419)},
};
const int machine_table_count = (int)(sizeof machine_table / sizeof machine_table[0]);
