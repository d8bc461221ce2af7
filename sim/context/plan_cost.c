/* Memory, traffic and roofline time of one way of running a model: see plan_cost.h and the simplifications in plan.h.
 */
#include "sim/context/plan_cost.h"

#include <math.h>

#include "sim/attention/algorithm.h"
#include "sim/base/checked.h"
#include "sim/context/layers.h"

enum { LONGEST_ROWS = 1 << 24 };

/* Memory. */

static ModelLayer layer_under(const Model *m, const PlanWay *way, uint64_t i) {
    if (!way->global_period || m->layers[i].is_stateful) return m->layers[i];
    bool is_global = i % way->global_period == way->global_period - 1;
    return (ModelLayer){.is_global = is_global,
                        .window_keys = is_global ? 0 : way->window_keys,
                        .shares_cache = m->layers[i].shares_cache};
}

/* What the caches hold; is_read: what one new token reads of them, where a cache that layers share is read by each. */
static uint64_t cache_bytes(const Model *m, const PlanWay *way, uint64_t batch, uint64_t n, bool is_read) {
    Model model = *m;
    if (way->kv_head_count) model.kv_head_count = way->kv_head_count;
    for (uint64_t i = 0; i < m->layer_count; i++) {
        model.layers[i] = layer_under(m, way, i);
        if (is_read) model.layers[i].shares_cache = false;
    }
    return model_kv_bytes(&model, KV_AS_MODEL, way->kv_elem_bytes, batch, n);
}

static uint64_t kv_bytes(const Model *m, const PlanWay *way, uint64_t batch, uint64_t n) {
    return cache_bytes(m, way, batch, n, false);
}

/* S and the matrix made from it are alive together: 2 x heads x N x N. More than 63 bits is "too much": the most. */
static uint64_t score_bytes(const Model *m, const PlanWay *way, uint64_t batch, uint64_t n) {
    bool has_overflow = false;
    uint64_t one_bytes = checked_mul(&has_overflow, n * n, 2 * dtype_elem_bytes(m->dtype));
    uint64_t all_bytes = checked_mul(&has_overflow, one_bytes, batch * m->head_count);
    return !way->is_standard ? 0 : has_overflow ? CHECKED_MAX : all_bytes;
}

/* Elements a token keeps in one layer: residual and its norm, Q, K, V, O, and the MLP's inner width. */
static uint64_t activation_bytes(const Model *m, const PlanWay *way, uint64_t batch, uint64_t n) {
    uint64_t kv_heads = model_is_mla(m) ? m->head_count : m->kv_head_count;
    uint64_t mlp =
        m->expert_count ? m->expert_active_count * m->expert_mlp_elems + m->expert_shared_elems : m->mlp_elems;
    uint64_t elems = 2 * m->hidden_elems + (m->head_count + kv_heads) * (m->head_dim_elems + m->value_dim_elems) +
                     (m->is_mlp_gated ? 2 : 1) * max_u64(mlp, m->mlp_elems);
    uint64_t rows = way->chunk_rows ? min_u64(n, way->chunk_rows) : n;
    bool has_overflow = false;
    uint64_t size_bytes = checked_mul(&has_overflow, batch * rows, elems * dtype_elem_bytes(m->dtype));
    return has_overflow ? CHECKED_MAX : size_bytes;
}

uint64_t plan_memory_bytes(const Model *m, const PlanWay *way, uint64_t batch, uint64_t n) {
    bool has_overflow = false;
    uint64_t all = checked_add(&has_overflow, model_weight_bytes(m), kv_bytes(m, way, batch, n));
    all = checked_add(&has_overflow, all, score_bytes(m, way, batch, n));
    all = checked_add(&has_overflow, all, activation_bytes(m, way, batch, n));
    return has_overflow ? CHECKED_MAX : ceil_div(all, max_u64(way->gpu_count, 1));
}

uint64_t plan_longest_rows(const Model *m, const PlanWay *way, uint64_t batch, uint64_t usable_bytes) {
    uint64_t fits = 0, fails = LONGEST_ROWS + 1;
    while (fails - fits > 1) {
        uint64_t middle = fits + (fails - fits) / 2;
        if (plan_memory_bytes(m, way, batch, middle) <= usable_bytes)
            fits = middle;
        else
            fails = middle;
    }
    return fits;
}

/* Scores. */

/* Sum over causal queries q = 0 .. n-1 of min(q + 1, rows). */
static double capped_pairs(double n, double rows) {
    double m = fmin(n, rows);
    return m * (m + 1) / 2 + (n - m) * rows;
}

/* Scores of one learned layer: what is kept, and what choosing scores. */
static double learned_pairs(const PlanWay *way, uint64_t n_rows) {
    const SelectOptions *o = &way->choice;
    double n = (double)n_rows, kept = (double)(o->select_count * o->block_rows), all = n * (n + 1) / 2;
    switch (way->method) {
    case SELECT_MOBA: return capped_pairs(n, kept) + all / (double)o->block_rows;
    case SELECT_QUEST: return capped_pairs(n, kept) + 2 * all / (double)o->block_rows;
    case SELECT_NSA:
        return capped_pairs(n, kept) + capped_pairs(n, (double)o->window_keys + 1) +
               all / (double)o->compress_stride_rows;
    default: return all;
    }
}

/* Scores that all layers compute for one head and one sequence. */
static double pair_count(const Model *m, const PlanWay *way, uint64_t n) {
    if (way->is_standard) return (double)model_attention_layer_count(m) * (double)n * (double)n;
    double sum = 0;
    bool is_learned = way->method != SELECT_DENSE && !way->is_choice_for_decode_only;
    for (uint64_t i = 0; i < m->layer_count; i++) {
        ModelLayer layer = layer_under(m, way, i);
        sum += is_learned && layer.is_global ? learned_pairs(way, n) : (double)model_layer_pair_count(m, &layer, n);
    }
    return sum;
}

/* Traffic and time. */

/* Q, K, V read once and O written once a layer. */
static uint64_t flash_traffic_bytes(const Model *m, uint64_t batch, uint64_t n) {
    uint64_t kv_heads = model_is_mla(m) ? m->head_count : m->kv_head_count;
    return model_attention_layer_count(m) * batch * n * (m->head_count + kv_heads) *
           (m->head_dim_elems + m->value_dim_elems) * dtype_elem_bytes(m->dtype);
}

/* The passes of standard attention, each operand once (accounting paper), from its closed form. */
static bool standard_traffic_bytes(const Model *m, const Machine *machine, uint64_t batch, uint64_t n, uint64_t *out,
                                   Arena *arena, Err *err) {
    ModelLayer layer = {.is_global = true};
    Scenario s = layers_scenario(m, &layer, &(LayersOptions){batch, n, "standard", true}, machine);
    Formula *f = ARENA_NEW(arena, Formula);
    s.accounting = ACCOUNTING_PAPER;
    s.layer_count = model_attention_layer_count(m);
    if (!algorithm_formula(algorithm_find("standard"), &s, f, arena, err)) return false;
    *out = f->total[COUNTER_ISSUED_READ_BYTES] + f->total[COUNTER_ISSUED_WRITE_BYTES];
    return true;
}

static double tensor_flops_per_s(const Machine *machine, Dtype dtype) {
    if (dtype == DTYPE_FP32) return machine->fp32_flops_per_s;
    bool has_fp8 = dtype == DTYPE_FP8 && machine->tensor_fp8_flops_per_s > 0;
    return has_fp8 ? machine->tensor_fp8_flops_per_s : machine->tensor_fp16_flops_per_s;
}

static double roofline_ns(const Machine *machine, Dtype dtype, double bytes, double flops) {
    return 1e9 * fmax(bytes / machine->hbm_bytes_per_s, flops / tensor_flops_per_s(machine, dtype));
}

/* What one new token reads of the cache: local layers their window, global ones all or what was chosen. */
static double decode_read_bytes(const Model *m, const PlanWay *way, uint64_t batch, uint64_t n) {
    double all = (double)cache_bytes(m, way, batch, n, true);
    if (way->method == SELECT_DENSE) return all;
    SelectCost cost = select_cost(way->choice, n, m->head_dim_elems, way->kv_elem_bytes);
    double row_bytes = (double)model_kv_bytes_per_token_layer(m, KV_AS_MODEL, way->kv_elem_bytes) * (double)batch;
    double in_global = row_bytes * (double)model_global_layer_count(m) * (double)n;
    return all - in_global * (1 - fmin(1, (cost.chosen_rows + cost.choosing_rows) / (double)n));
}

/* Weights that a decoding step of `batch` tokens reads: all of a dense model's, at most the experts they choose. */
static double step_weight_bytes(const Model *m, uint64_t batch) {
    double all = (double)model_weight_bytes(m), active = (double)model_active_weight_bytes(m);
    return m->expert_count ? fmin(all, active * (double)batch) : active;
}

/* Weights and cache that all GPUs read for one more token of every sequence. */
static double decode_bytes(const Model *m, const PlanWay *way, uint64_t batch, uint64_t n) {
    return step_weight_bytes(m, batch) + decode_read_bytes(m, way, batch, n);
}

double plan_decode_ns(const Model *m, const Machine *machine, const PlanWay *way, uint64_t batch, uint64_t n) {
    if (!m->is_causal) return 0;
    double flops = 2 * (double)model_active_parameter_count(m) * (double)batch;
    return roofline_ns(machine, m->dtype, decode_bytes(m, way, batch, n), flops) / (double)max_u64(way->gpu_count, 1);
}

bool plan_cost(const Model *m, const Machine *machine, const PlanWay *way, uint64_t batch, uint64_t n, PlanCost *cost,
               Arena *arena, Err *err) {
    double gpus = (double)max_u64(way->gpu_count, 1), rows = (double)(batch * n);
    PlanCost c = {.score_bytes = score_bytes(m, way, batch, n),
                  .kv_bytes = kv_bytes(m, way, batch, n),
                  .activation_bytes = activation_bytes(m, way, batch, n),
                  .weight_bytes = model_weight_bytes(m),
                  .memory_bytes = plan_memory_bytes(m, way, batch, n),
                  .traffic_bytes = flash_traffic_bytes(m, batch, n)};
    if (way->is_standard && !standard_traffic_bytes(m, machine, batch, n, &c.traffic_bytes, arena, err)) return false;
    double head_flops = 2.0 * (double)(m->head_dim_elems + m->value_dim_elems);
    c.attention_flops = pair_count(m, way, n) * head_flops * (double)(m->head_count * batch);
    c.linear_flops = 2 * (double)model_active_parameter_count(m) * rows;
    c.prefill_ns = (roofline_ns(machine, m->dtype, (double)c.traffic_bytes, c.attention_flops) +
                    roofline_ns(machine, m->dtype, (double)c.weight_bytes, c.linear_flops)) /
                   gpus;
    c.decode_ns = plan_decode_ns(m, machine, way, batch, n);
    c.decode_bytes = m->is_causal ? (uint64_t)decode_bytes(m, way, batch, n) : 0;
    *cost = c;
    return true;
}
