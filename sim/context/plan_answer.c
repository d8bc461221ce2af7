/* The planner's words: a headline and a recipe, both out of the plan's numbers. */
#include <string.h>

#include "sim/base/checked.h"
#include "sim/context/plan_parts.h"
#include "sim/units.h"

static const PlanRemedy *find(const Plan *plan, const char *key) {
    for (int i = 0; i < plan->remedy_count; i++)
        if (strcmp(plan->remedies[i].key, key) == 0) return &plan->remedies[i];
    return NULL;
}

static void step(Plan *plan, const char *text) {
    if (plan->step_count < PLAN_STEPS_MAX) plan->steps[plan->step_count++] = text;
}

static const char *gpus(const Plan *plan, Arena *arena) {
    return plan->weight_gpu_count == 1
               ? arena_format(arena, "one %s", plan->machine.title)
               : arena_format(arena, "%llu x %s", (unsigned long long)plan->weight_gpu_count, plan->machine.title);
}

static void write_headline(Plan *plan, Arena *arena) {
    const PlanPoint *from = &plan->points[0], *to = &plan->points[plan->point_count - 1];
    double ratio = (double)to->tokens_rows / (double)from->tokens_rows;
    const char *cache = plan->model->is_causal
                            ? arena_format(arena, "%s of KV cache", plan_size_text(to->kv_bytes).text)
                            : "no KV cache (an encoder)";
    const PlanRemedy *chunked = find(plan, "chunked");
    bool fits = to->flash_bytes <= plan->usable_bytes, fits_in_chunks = chunked && chunked->fits;
    const char *verdict = fits             ? "it fits"
                          : fits_in_chunks ? arena_format(arena, "it fits only with the prompt read in chunks (%s)",
                                                          units_kib(chunked->memory_bytes).text)
                                           : "it does not fit";
    plan->answer =
        arena_format(arena,
                     "%s tokens are %s more than %s, and %sx more scores: S of one head grows from %s to %s. "
                     "FlashAttention keeps scores out "
                     "of HBM; what is left on %s is %s of weights and %s, %s%s of %s usable: %s.",
                     units_tokens(to->tokens_rows).text, units_ratio(ratio).text, units_tokens(from->tokens_rows).text,
                     units_exact((uint64_t)(ratio * ratio + 0.5)).text, plan_size_text(from->score_head_bytes).text,
                     plan_size_text(to->score_head_bytes).text, gpus(plan, arena), units_kib(plan->weight_bytes).text,
                     cache, units_kib(to->flash_bytes).text, plan->weight_gpu_count > 1 ? " a GPU" : "",
                     units_kib(plan->usable_bytes).text, verdict);
}

/* The first remedy beyond flash, best first, that fits where flash does not. */
static const PlanRemedy *rescue(const Plan *plan) {
    for (int i = 1; i < plan->remedy_count; i++)
        if (plan->remedies[i].fits && strcmp(plan->remedies[i].key, "flash") != 0) return &plan->remedies[i];
    return NULL;
}

static void write_memory_step(Plan *plan, Arena *arena) {
    const PlanRemedy *flash = find(plan, "flash"), *chunked = find(plan, "chunked"), *fp8 = find(plan, "fp8-cache"),
                     *other = rescue(plan);
    if (!flash->fits && other)
        step(plan, arena_format(arena, "Memory: read at once it does not fit. %s: %s a GPU.", other->title,
                                units_kib(other->memory_bytes).text));
    else if (!flash->fits)
        step(plan, "Memory: no single remedy fits; combine an fp8 cache, fewer sequences and more GPUs.");
    else if (fp8) {
        uint64_t room_bytes = plan->usable_bytes - (chunked->memory_bytes - chunked->kv_bytes);
        uint64_t count = room_bytes / max_u64(1, chunked->kv_bytes) * plan->options.batch_count;
        step(plan, arena_format(arena,
                                "Memory: with the prompt read in chunks there is room for %llu sequence%s of this "
                                "length at once; an fp8 cache doubles that number.",
                                (unsigned long long)count, count == 1 ? "" : "s"));
    }
}

static void write_time_step(Plan *plan, Arena *arena) {
    const PlanPoint *to = &plan->points[plan->point_count - 1];
    const PlanRemedy *ring = find(plan, "ring"), *window = find(plan, "window");
    double limit_ns = 1e9 * plan->options.first_token_s;
    if (to->flash_ns > limit_ns)
        step(plan, arena_format(arena,
                                "Time: %s to the first token is above %s. Exact: %s brings it to %s. Trained: %s "
                                "brings it to %s on %s.",
                                units_time(to->flash_ns).text, units_time(limit_ns).text, ring->title,
                                units_time(ring->prefill_ns).text, window->title, units_time(window->prefill_ns).text,
                                gpus(plan, arena)));
    else
        step(plan,
             arena_format(
                 arena, "Time: %s at least to the %s, within %s; ring attention over %llu GPUs brings it to %s.",
                 units_time(to->flash_ns).text, plan->model->is_causal ? "first token" : "result",
                 units_time(limit_ns).text, (unsigned long long)ring->gpu_count, units_time(ring->prefill_ns).text));
}

static void write_decode_step(Plan *plan, Arena *arena) {
    if (!plan->model->is_causal) return;
    const PlanPoint *from = &plan->points[0], *to = &plan->points[plan->point_count - 1];
    const PlanRemedy *fp8 = find(plan, "fp8-cache"), *quest = find(plan, "quest");
    const char *less = fp8 && quest ? arena_format(arena, " An fp8 cache brings it to %s, Quest to %s.",
                                                   units_time(fp8->decode_ns).text, units_time(quest->decode_ns).text)
                                    : "";
    step(plan,
         arena_format(
             arena,
             "Decoding: a token goes from %s to %s at least, since each reads the whole cache; split it over keys "
             "(Flash-Decoding) or one sequence cannot fill the GPU.%s",
             units_time(from->decode_ns).text, units_time(to->decode_ns).text, less));
}

void plan_write_answer(Plan *plan, Arena *arena) {
    const PlanRemedy *standard = find(plan, "standard"), *flash = find(plan, "flash");
    write_headline(plan, arena);
    step(plan, arena_format(
                   arena,
                   "FlashAttention first: exact, no training. Memory a GPU %s -> %s, attention's HBM traffic %s -> %s.",
                   units_kib(standard->memory_bytes).text, units_kib(flash->memory_bytes).text,
                   units_gb(standard->traffic_bytes).text, units_gb(flash->traffic_bytes).text));
    step(plan, arena_format(arena, "Positions: %s", plan->positions.says));
    write_memory_step(plan, arena);
    write_time_step(plan, arena);
    write_decode_step(plan, arena);
    step(plan,
         arena_format(arena,
                      "Training at this length: with standard attention the backward pass would keep %s of scores over "
                      "all layers; "
                      "FlashAttention keeps one number a row. Split the sequence over GPUs and recompute activations.",
                      units_kib(plan->points[plan->point_count - 1].saved_score_bytes).text));
}
