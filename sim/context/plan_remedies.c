/* The remedies: each a way of running (plan_cost.h) with its price in words, then sorted.
 *
 * Rule of the ranking: what fits first; then no training before training; exact before approximate; fewer GPUs; less
 * time to the first token and for a token after it. What the model has already is listed last, without a rank.
 */

#include "sim/base/checked.h"
#include "sim/context/plan_parts.h"
#include "sim/units.h"

enum { CHUNK_ROWS = 8192 }; /* vLLM's default max_num_batched_tokens on large GPUs */

PlanWay plan_chunked_way(const Model *m, uint64_t gpu_count) {
    PlanWay way = plan_flash_way(m, gpu_count);
    way.chunk_rows = m->is_causal ? CHUNK_ROWS : 0; /* an encoder's queries see what comes after them */
    return way;
}

PlanWay plan_flash_way(const Model *m, uint64_t gpu_count) {
    return (PlanWay){.kv_elem_bytes = dtype_elem_bytes(m->cache_dtype), .gpu_count = gpu_count};
}

static bool add(Plan *plan, PlanWay way, PlanRemedy text, Arena *arena, Err *err) {
    const Model *m = plan->model;
    PlanCost cost;
    if (!plan_cost(m, &plan->machine, &way, plan->options.batch_count, plan->options.to_rows, &cost, arena, err))
        return false;
    PlanRemedy *r = &plan->remedies[plan->remedy_count++];
    *r = text;
    r->gpu_count = way.gpu_count;
    r->score_bytes = ceil_div(cost.score_bytes, way.gpu_count), r->kv_bytes = ceil_div(cost.kv_bytes, way.gpu_count);
    r->memory_bytes = cost.memory_bytes, r->traffic_bytes = cost.traffic_bytes;
    r->prefill_ns = cost.prefill_ns, r->decode_ns = cost.decode_ns, r->decode_bytes = cost.decode_bytes;
    r->tokens_max = plan_longest_rows(m, &way, plan->options.batch_count, plan->usable_bytes);
    for (int i = 0; i < plan->point_count; i++) {
        r->point_memory_bytes[i] = plan_memory_bytes(m, &way, plan->options.batch_count, plan->points[i].tokens_rows);
        r->point_decode_ns[i] =
            plan_decode_ns(m, &plan->machine, &way, plan->options.batch_count, plan->points[i].tokens_rows);
    }
    r->fits = cost.memory_bytes <= plan->usable_bytes;
    return true;
}

/* Each remedy. */

static bool add_baseline(Plan *plan, Arena *arena, Err *err) {
    PlanWay way = plan_flash_way(plan->model, plan->weight_gpu_count);
    way.is_standard = true;
    return add(plan, way,
               (PlanRemedy){.key = "standard",
                            .title = "Standard attention (the starting point)",
                            .price = "scores go through HBM: memory and traffic grow as N^2",
                            .source = "eager attention: S and P in HBM"},
               arena, err);
}

static bool add_flash(Plan *plan, Arena *arena, Err *err) {
    return add(plan, plan_flash_way(plan->model, plan->weight_gpu_count),
               (PlanRemedy){.key = "flash",
                            .title = "FlashAttention",
                            .price = "the same result; arithmetic still grows as N^2",
                            .source = "Dao et al. 2022, arXiv 2205.14135"},
               arena, err);
}

static bool add_chunks(Plan *plan, Arena *arena, Err *err) {
    if (!plan->model->is_causal) return true;
    return add(
        plan, plan_chunked_way(plan->model, plan->weight_gpu_count),
        (PlanRemedy){.key = "chunked",
                     .title = arena_format(arena, "Prompt read in chunks of %s tokens", units_exact(CHUNK_ROWS).text),
                     .price = "activations of one chunk at a time; weights are read again for every chunk; the other "
                              "remedies do it too",
                     .source = "Agrawal et al. 2023, arXiv 2308.16369; vLLM's chunked prefill"},
        arena, err);
}

static bool add_fp8_cache(Plan *plan, Arena *arena, Err *err) {
    if (!plan->model->is_causal || dtype_elem_bytes(plan->model->cache_dtype) == 1) return true;
    PlanWay way = plan_chunked_way(plan->model, plan->weight_gpu_count);
    way.kv_elem_bytes = 1;
    return add(
        plan, way,
        (PlanRemedy){.key = "fp8-cache",
                     .title = "KV cache in fp8",
                     .exactness = PLAN_APPROXIMATE,
                     .price = "keys and values rounded to 3 bits of fraction; needs scales, check long retrieval",
                     .source = "Micikevicius et al. 2022, arXiv 2209.05433"},
        arena, err);
}

/* One KV head for eight query heads, the ratio of Llama-2-70B and Llama-3-70B. */
static bool add_shared_heads(Plan *plan, Arena *arena, Err *err) {
    const Model *m = plan->model;
    if (!m->is_causal || model_is_mla(m)) return true;
    PlanWay way = plan_chunked_way(m, plan->weight_gpu_count);
    bool has_it = m->kv_head_count < m->head_count;
    if (!has_it) way.kv_head_count = max_u64(1, m->head_count / 8);
    while (!has_it && m->head_count % way.kv_head_count) way.kv_head_count--;
    const char *title =
        has_it ? arena_format(arena, "Grouped-query attention, as it is (%llu KV heads)",
                              (unsigned long long)m->kv_head_count)
               : arena_format(arena, "Grouped-query attention (%llu KV heads)", (unsigned long long)way.kv_head_count);
    const char *price =
        has_it
            ? arena_format(
                  arena, "paid when the model was trained: the cache is %llux smaller than with a KV head a query head",
                  (unsigned long long)(m->head_count / m->kv_head_count))
            : "uptraining with about 5% of the pretraining steps; small loss of quality";
    return add(plan, way,
               (PlanRemedy){.key = "gqa",
                            .title = title,
                            .is_in_model = has_it,
                            .exactness = has_it ? PLAN_EXACT : PLAN_APPROXIMATE,
                            .training = has_it ? PLAN_NO_TRAINING : PLAN_CONTINUED_PRETRAINING,
                            .price = price,
                            .source = "Ainslie et al. 2023, arXiv 2305.13245"},
               arena, err);
}

/* Decoders: one global layer in six, 1024 keys in the others (Gemma 3). Encoders: one in three, 128 (ModernBERT). */
static bool add_window(Plan *plan, Arena *arena, Err *err) {
    const Model *m = plan->model;
    uint64_t attention = model_attention_layer_count(m);
    bool has_it = model_global_layer_count(m) < attention;
    /* A hybrid has few layers with attention already; which of them could be local is its makers' to say. */
    if (!has_it && attention < m->layer_count) return true;
    PlanWay way = plan_chunked_way(m, plan->weight_gpu_count);
    if (!has_it) way.global_period = m->is_causal ? 6 : 3, way.window_keys = m->is_causal ? 1023 : 128;
    uint64_t local = attention - model_global_layer_count(m);
    const char *title = has_it         ? arena_format(arena, "Local layers, as they are (%llu of %llu)",
                                                      (unsigned long long)local, (unsigned long long)m->layer_count)
                        : m->is_causal ? "Local layers: window 1024 in five of six"
                                       : "Local layers: window 128 in two of three";
    return add(
        plan, way,
        (PlanRemedy){
            .key = "window",
            .title = title,
            .is_in_model = has_it,
            .exactness = has_it ? PLAN_EXACT : PLAN_APPROXIMATE,
            .training = has_it ? PLAN_NO_TRAINING : PLAN_CONTINUED_PRETRAINING,
            .price =
                has_it ? "paid when the model was trained; run it as skipped tiles, not as a mask"
                       : "the pattern must be trained in; only global layers see far; skip tiles, a mask saves nothing",
            .source = m->is_causal ? "Gemma 3 report, arXiv 2503.19786" : "ModernBERT, arXiv 2412.13663"},
        arena, err);
}

static bool add_learned(Plan *plan, SelectMethod method, SelectOptions choice, PlanRemedy text, Arena *arena,
                        Err *err) {
    if (!plan->model->is_causal || model_is_mla(plan->model) || !model_global_layer_count(plan->model)) return true;
    PlanWay way = plan_chunked_way(plan->model, plan->weight_gpu_count);
    choice.method = method, choice.is_causal = true;
    way.method = method, way.choice = select_resolve(choice);
    way.is_choice_for_decode_only = method == SELECT_QUEST;
    text.exactness = PLAN_APPROXIMATE;
    return add(plan, way, text, arena, err);
}

static bool add_all_learned(Plan *plan, Arena *arena, Err *err) {
    return add_learned(
               plan, SELECT_QUEST, (SelectOptions){.select_count = 256},
               (PlanRemedy){
                   .key = "quest",
                   .title = "Quest: 256 best pages of 16 when decoding",
                   .price = "reads less of the cache, keeps all of it; may miss keys: measure it (hbmscope tradeoff)",
                   .source = "Tang et al. 2024, arXiv 2406.10774"},
               arena, err) &&
           add_learned(plan, SELECT_MOBA, (SelectOptions){.block_rows = 4096, .select_count = 12},
                       (PlanRemedy){.key = "moba",
                                    .title = "MoBA: 12 best blocks of 4096",
                                    .training = PLAN_CONTINUED_PRETRAINING,
                                    .price = "trained in, can be switched to full attention; the cache stays whole",
                                    .source = "Lu et al. 2025, arXiv 2502.13189"},
                       arena, err) &&
           add_learned(plan, SELECT_NSA, (SelectOptions){0},
                       (PlanRemedy){.key = "nsa",
                                    .title = "NSA: compressed, 16 blocks of 64, window 512",
                                    .training = PLAN_PRETRAINING,
                                    .price = "trained from the start; the cache stays whole and gains compressed rows",
                                    .source = "Yuan et al. 2025, arXiv 2502.11089"},
                       arena, err);
}

/* The fewest GPUs, doubling, that hold the memory and meet the time; 8 in a node are the most but for weights. */
static uint64_t ring_gpu_count(const Plan *plan, Arena *arena) {
    uint64_t most = max_u64(8, 2 * plan->weight_gpu_count);
    PlanCost cost;
    for (uint64_t count = 2 * plan->weight_gpu_count; count < most; count *= 2) {
        PlanWay way = plan_chunked_way(plan->model, count);
        if (!plan_cost(plan->model, &plan->machine, &way, plan->options.batch_count, plan->options.to_rows, &cost,
                       arena, NULL))
            break;
        if (cost.memory_bytes <= plan->usable_bytes && cost.prefill_ns <= 1e9 * plan->options.first_token_s)
            return count;
    }
    return most;
}

static bool add_ring(Plan *plan, Arena *arena, Err *err) {
    uint64_t count = ring_gpu_count(plan, arena);
    plan->ring = plan_ring(plan->model, &plan->machine, plan->options.batch_count, plan->options.to_rows, count);
    const PlanRing *r = &plan->ring;
    const char *price = arena_format(
        arena, "%llu GPUs; a layer's step sends %s in %s over %s and computes %s: %s (from %s tokens a GPU on)",
        (unsigned long long)count, units_kib(r->step_bytes).text, units_time(r->step_link_ns).text, r->link,
        units_time(r->step_compute_ns).text, r->step_link_ns <= r->step_compute_ns ? "hidden" : "not hidden",
        units_exact(r->hidden_rows).text);
    PlanWay way = plan_chunked_way(plan->model, count);
    if (!add(plan, way,
             (PlanRemedy){.key = "ring",
                          .title = arena_format(arena, "Ring attention over %llu GPUs", (unsigned long long)count),
                          .price = price,
                          .source = "Liu et al. 2023, arXiv 2310.01889"},
             arena, err))
        return false;
    /* Sending that computing does not hide, in every global layer. */
    double shown_ns = r->step_link_ns > r->step_compute_ns ? r->step_link_ns - r->step_compute_ns : 0;
    plan->remedies[plan->remedy_count - 1].prefill_ns +=
        shown_ns * (double)((count - 1) * model_global_layer_count(plan->model));
    return true;
}

/* The order. */

static bool is_better(const PlanRemedy *a, const PlanRemedy *b) {
    if (a->is_in_model != b->is_in_model) return b->is_in_model;
    if (a->fits != b->fits) return a->fits;
    if (a->training != b->training) return a->training < b->training;
    if (a->exactness != b->exactness) return a->exactness < b->exactness;
    if (a->gpu_count != b->gpu_count) return a->gpu_count < b->gpu_count;
    return a->prefill_ns + a->decode_ns < b->prefill_ns + b->decode_ns;
}

/* Insertion sort behind the baseline: equal ones keep the order in which they were added. */
static void rank(Plan *plan) {
    for (int i = 2; i < plan->remedy_count; i++)
        for (int j = i; j > 1 && is_better(&plan->remedies[j], &plan->remedies[j - 1]); j--) {
            PlanRemedy swap = plan->remedies[j];
            plan->remedies[j] = plan->remedies[j - 1], plan->remedies[j - 1] = swap;
        }
    for (int i = 1; i < plan->remedy_count; i++) plan->remedies[i].rank = plan->remedies[i].is_in_model ? 0 : i;
}

bool plan_add_remedies(Plan *plan, Arena *arena, Err *err) {
    if (!add_baseline(plan, arena, err) || !add_flash(plan, arena, err) || !add_chunks(plan, arena, err) ||
        !add_fp8_cache(plan, arena, err) || !add_shared_heads(plan, arena, err) || !add_window(plan, arena, err) ||
        !add_all_learned(plan, arena, err) || !add_ring(plan, arena, err))
        return false;
    rank(plan);
    return true;
}
