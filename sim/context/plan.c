/* The planner: points, breaks, and the order in which the rest is made. See plan.h. */
#include "sim/context/plan.h"

#include "sim/base/checked.h"
#include "sim/context/plan_parts.h"
#include "sim/units.h"

const char *plan_training_text(PlanTraining training) {
    static const char *const texts[] = {"none", "fine-tuning", "continued pretraining", "pretraining"};
    return texts[training];
}

/* Points. */

static bool add_point(Plan *plan, uint64_t n, Arena *arena, Err *err) {
    const Model *m = plan->model;
    uint64_t e = dtype_elem_bytes(m->dtype), batch = plan->options.batch_count;
    PlanWay flash = plan_flash_way(m, plan->weight_gpu_count), standard = flash;
    standard.is_standard = true;
    PlanCost f, s;
    if (!plan_cost(m, &plan->machine, &flash, batch, n, &f, arena, err) ||
        !plan_cost(m, &plan->machine, &standard, batch, n, &s, arena, err))
        return false;
    bool has_overflow = false;
    uint64_t head_bytes = checked_mul(&has_overflow, n * n, e);
    uint64_t layer_bytes = checked_mul(&has_overflow, head_bytes, batch * m->head_count);
    plan->points[plan->point_count++] =
        (PlanPoint){.tokens_rows = n,
                    .score_head_bytes = head_bytes,
                    .score_layer_bytes = s.score_bytes,
                    .saved_score_bytes = checked_mul(&has_overflow, layer_bytes, model_attention_layer_count(m)),
                    .kv_bytes = f.kv_bytes,
                    .activation_bytes = f.activation_bytes,
                    .standard_bytes = s.memory_bytes,
                    .flash_bytes = f.memory_bytes,
                    .standard_traffic_bytes = s.traffic_bytes,
                    .flash_traffic_bytes = f.traffic_bytes,
                    .linear_flops = f.linear_flops,
                    .attention_flops = f.attention_flops,
                    .standard_ns = s.prefill_ns,
                    .flash_ns = f.prefill_ns,
                    .decode_ns = f.decode_ns};
    return !has_overflow ||
           err_set(err, ERR_USAGE, "--to %llu: the score matrices' bytes do not fit 63 bits", (unsigned long long)n);
}

/* from, then doublings, then to. */
static bool add_points(Plan *plan, Arena *arena, Err *err) {
    uint64_t n = plan->options.from_rows, to = plan->options.to_rows;
    for (; n < to && plan->point_count < PLAN_POINTS_MAX - 1; n *= 2)
        if (!add_point(plan, n, arena, err)) return false;
    return add_point(plan, to, arena, err);
}

/* What breaks. */

static void add_break(Plan *plan, const char *what, uint64_t tokens_rows, const char *says) {
    plan->breaks[plan->break_count++] = (PlanBreak){what, tokens_rows < plan->options.to_rows, tokens_rows, says};
}

/* Longest length whose first token comes within the limit, FlashAttention; the time rises with the length. */
static uint64_t longest_in_time(Plan *plan, Arena *arena) {
    PlanWay way = plan_flash_way(plan->model, plan->weight_gpu_count);
    uint64_t works = 0, fails = 1 << 24;
    PlanCost cost;
    while (fails - works > 1) {
        uint64_t middle = works + (fails - works) / 2;
        plan_cost(plan->model, &plan->machine, &way, plan->options.batch_count, middle, &cost, arena, NULL);
        if (cost.prefill_ns <= 1e9 * plan->options.first_token_s)
            works = middle;
        else
            fails = middle;
    }
    return works;
}

/* The first to break first. */
static void sort_breaks(Plan *plan) {
    for (int i = 1; i < plan->break_count; i++)
        for (int j = i; j > 0 && plan->breaks[j].tokens_rows < plan->breaks[j - 1].tokens_rows; j--) {
            PlanBreak swap = plan->breaks[j];
            plan->breaks[j] = plan->breaks[j - 1], plan->breaks[j - 1] = swap;
        }
}

static void add_breaks(Plan *plan, Arena *arena) {
    const Model *m = plan->model;
    const PlanPoint *to = &plan->points[plan->point_count - 1];
    PlanWay flash = plan_flash_way(m, plan->weight_gpu_count), standard = flash;
    standard.is_standard = true;
    uint64_t batch = plan->options.batch_count, scores_max = plan_longest_rows(m, &standard, batch, plan->usable_bytes);
    PlanWay chunked = plan_chunked_way(m, plan->weight_gpu_count);
    uint64_t cache_max = plan_longest_rows(m, &chunked, batch, plan->usable_bytes),
             time_max = longest_in_time(plan, arena);
    add_break(plan, "score matrix", scores_max,
              arena_format(
                  arena, "S and P of one layer take %s at %s; with standard attention the last length that fits is %s.",
                  units_kib(to->score_layer_bytes).text, units_tokens(to->tokens_rows).text,
                  units_exact(scores_max).text));
    uint64_t layer_bytes = model_kv_bytes_per_token_layer(m, KV_AS_MODEL, dtype_elem_bytes(m->cache_dtype)) * batch;
    if (m->is_causal)
        add_break(plan, "KV cache", cache_max,
                  arena_format(arena,
                               "%s a token and layer, %llu of %llu layers keep every token: %s at %s; with "
                               "FlashAttention and the prompt in chunks the last length that fits is %s%s.",
                               plan_size_text(layer_bytes).text, (unsigned long long)model_global_layer_count(m),
                               (unsigned long long)m->layer_count, plan_size_text(to->kv_bytes).text,
                               units_tokens(to->tokens_rows).text, cache_max >= 1 << 24 ? "above " : "",
                               units_exact(cache_max).text));
    else
        add_break(plan, "activations", cache_max,
                  arena_format(arena,
                               "An encoder keeps no cache; one layer's activations take %s at %s, and the last length "
                               "that fits is %s%s.",
                               units_kib(to->activation_bytes).text, units_tokens(to->tokens_rows).text,
                               cache_max >= 1 << 24 ? "above " : "", units_exact(cache_max).text));
    add_break(
        plan, "time", time_max,
        arena_format(
            arena, "%s takes at least %s at %s (attention is %.0f%% of the arithmetic); %s are enough for %s tokens.",
            m->is_causal ? "The first token" : "One pass", units_time(to->flash_ns).text,
            units_tokens(to->tokens_rows).text, 100 * to->attention_flops / (to->attention_flops + to->linear_flops),
            units_time(1e9 * plan->options.first_token_s).text, units_exact(time_max).text));
    add_break(plan, "positions", plan->positions.tokens_max, plan->positions.brief);
    sort_breaks(plan);
}

/* Other GPUs. */

static uint64_t weight_gpu_count(const Plan *plan, uint64_t usable_bytes) {
    uint64_t count = 1;
    while (plan->weight_bytes / count > usable_bytes) count *= 2;
    return count;
}

static uint64_t usable_bytes_of(const Machine *machine) { return machine->hbm_bytes / 10 * 9; }

static void add_gpus(Plan *plan) {
    for (int i = 0; i < machine_table_count && plan->gpu_count < PLAN_GPUS_MAX; i++) {
        uint64_t usable_bytes = usable_bytes_of(&machine_table[i]);
        PlanWay flash = plan_chunked_way(plan->model, weight_gpu_count(plan, usable_bytes)), standard = flash;
        standard.chunk_rows = 0;
        standard.is_standard = true;
        plan->gpus[plan->gpu_count++] = (PlanGpu){
            .name = machine_table[i].name,
            .weight_gpu_count = flash.gpu_count,
            .standard_rows = plan_longest_rows(plan->model, &standard, plan->options.batch_count, usable_bytes),
            .flash_rows = plan_longest_rows(plan->model, &flash, plan->options.batch_count, usable_bytes)};
    }
}

/* The whole. */

UnitText plan_size_text(uint64_t size_bytes) {
    uint64_t unit_bytes = 1;
    while (size_bytes / unit_bytes >= 1024) unit_bytes *= 1024;
    return size_bytes % unit_bytes ? units_kib(size_bytes) : units_kib_short(size_bytes);
}

static bool check_options(const PlanOptions *o, Err *err) {
    if (o->from_rows < 1 || o->to_rows > 1 << 24)
        return err_set(err, ERR_USAGE, "--from and --to must lie between 1 and 16M tokens");
    if (o->from_rows >= o->to_rows)
        return err_set(err, ERR_USAGE, "--from is %llu and --to is %llu; --to must be larger",
                       (unsigned long long)o->from_rows, (unsigned long long)o->to_rows);
    if (o->batch_count > 4096)
        return err_set(err, ERR_USAGE, "--batch is %llu; at most 4096", (unsigned long long)o->batch_count);
    return true;
}

bool plan_make(const Model *model, const Machine *machine, PlanOptions options, Plan *plan, Arena *arena, Err *err) {
    if (!options.batch_count) options.batch_count = 1;
    if (options.first_token_s <= 0) options.first_token_s = 10;
    if (!check_options(&options, err)) return false;
    *plan = (Plan){.model = model,
                   .machine = *machine,
                   .options = options,
                   .parameter_count = model_parameter_count(model),
                   .active_parameter_count = model_active_parameter_count(model)};
    plan->usable_bytes = usable_bytes_of(machine);
    plan->weight_bytes = model_weight_bytes(model);
    plan->weight_gpu_count = weight_gpu_count(plan, plan->usable_bytes);
    add_gpus(plan);
    plan->positions = plan_positions(model, options.to_rows, arena);
    if (!add_points(plan, arena, err)) return false;
    add_breaks(plan, arena);
    if (!plan_add_remedies(plan, arena, err)) return false;
    plan_write_answer(plan, arena);
    return true;
}
