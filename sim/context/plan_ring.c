/* Ring attention: the sequence is cut over GPUs, and K and V blocks go round while each GPU computes on what it has.
 *
 *     GPU 0  Q0 x K0 | Q0 x K3 | Q0 x K2 | Q0 x K1        in each step a GPU sends its current K, V block to the next
 *     GPU 1  Q1 x K1 | Q1 x K0 | Q1 x K3 | Q1 x K2        and computes with it: sending is hidden where computing
 *     ...                                                 takes longer, that is from a number of tokens a GPU on
 *
 * Source: Liu et al. 2023, arXiv 2310.01889; causal work is taken as evenly spread (striped, arXiv 2311.09431).
 * Not modelled: latency of a message, links shared with other traffic, nodes with more than 8 GPUs.
 */
#include <math.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/context/plan_parts.h"

typedef struct Link {
    const char *gpu, *name;
    double bytes_per_s; /* one direction of one GPU */
} Link;

/* NVIDIA's product pages: half of the NVLink total, or a PCIe x16 slot. */
static const Link links[] = {
    {"v100", "NVLink 2", 150e9},  {"a100-40", "NVLink 3", 300e9},    {"a100-80", "NVLink 3", 300e9},
    {"h100", "NVLink 4", 450e9},  {"h200", "NVLink 4", 450e9},       {"b200", "NVLink 5", 900e9},
    {"t4", "PCIe 3 x16", 15.8e9}, {"h100-pcie", "PCIe 5 x16", 63e9}, {"rtx5090", "PCIe 5 x16", 63e9},
};
static const Link node_link = {"", "InfiniBand 400 Gb/s a GPU", 50e9}; /* NVIDIA DGX H100 data sheet */
enum { NODE_GPUS = 8 };
static const Link other_link = {"", "PCIe 4 x16", 31.5e9};

/* The slowest link of the ring: between nodes where one node does not hold it. */
static const Link *link_find(const char *gpu, uint64_t gpu_count) {
    if (gpu_count > NODE_GPUS) return &node_link;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (strcmp(links[i].gpu, gpu) == 0) return &links[i];
    return &other_link;
}

PlanRing plan_ring(const Model *m, const Machine *machine, uint64_t batch, uint64_t n, uint64_t gpu_count) {
    const Link *link = link_find(machine->name, gpu_count);
    uint64_t rows = ceil_div(n, gpu_count), e = dtype_elem_bytes(m->dtype);
    /* MLA sends its latent rows and expands them on arrival. */
    uint64_t elems = model_is_mla(m) ? m->latent_elems + m->latent_rope_elems
                                     : m->kv_head_count * (m->head_dim_elems + m->value_dim_elems);
    uint64_t row_bytes = elems * e;
    double pair_flops =
        2.0 * (double)(m->head_dim_elems + m->value_dim_elems) * (double)m->head_count / (m->is_causal ? 2 : 1);
    double flops_per_s = machine->tensor_fp16_flops_per_s;
    PlanRing ring = {.gpu_count = gpu_count,
                     .link = link->name,
                     .link_bytes_per_s = link->bytes_per_s,
                     .step_bytes = batch * rows * row_bytes};
    ring.step_link_ns = 1e9 * (double)ring.step_bytes / link->bytes_per_s;
    ring.step_compute_ns = 1e9 * (double)batch * (double)rows * (double)rows * pair_flops / flops_per_s;
    /* rows x row_bytes / link = rows^2 x pair_flops / rate */
    ring.hidden_rows = (uint64_t)ceil((double)row_bytes / link->bytes_per_s * flops_per_s / pair_flops);
    return ring;
}
