/* What one way of running a model costs at one length: the arithmetic under plan.h. Pure. */
#ifndef SIM_CONTEXT_PLAN_COST_H
#define SIM_CONTEXT_PLAN_COST_H
#include "sim/context/plan.h"
#include "sim/context/select.h"

/* A way of running. A zeroed one with elem bytes set is flash attention as the model is. */
typedef struct PlanWay {
    bool is_standard;       /* scores go through HBM and nothing is skipped */
    uint64_t chunk_rows;    /* a prompt is read this many tokens at a time; 0: at once */
    uint64_t kv_elem_bytes; /* of the cache */
    uint64_t kv_head_count; /* what-if; 0: the model's own */
    uint64_t
        global_period;    /* what-if: layer i keeps all keys when i % period == period - 1; 0: the model's own layers */
    uint64_t window_keys; /* of the other layers then */
    SelectMethod method;  /* learned sparsity in every layer; SELECT_DENSE: none */
    SelectOptions choice;
    bool is_choice_for_decode_only;
    uint64_t gpu_count;
} PlanWay;

typedef struct PlanCost {
    uint64_t score_bytes, kv_bytes, activation_bytes, weight_bytes; /* all GPUs together */
    uint64_t memory_bytes;                                          /* a GPU */
    uint64_t traffic_bytes;                                         /* attention, prefill */
    uint64_t decode_bytes;                                          /* weights and cache read for one more token */
    double linear_flops, attention_flops;
    double prefill_ns, decode_ns;
} PlanCost;

/* Fails where standard attention cannot be counted at that length; *cost is untouched then. The arena is for the time
 * of the call. */
bool plan_cost(const Model *model, const Machine *machine, const PlanWay *way, uint64_t batch_count,
               uint64_t tokens_rows, PlanCost *cost, Arena *arena, Err *err);
/* The floor of one more token's time; 0 for encoders. */
double plan_decode_ns(const Model *model, const Machine *machine, const PlanWay *way, uint64_t batch_count,
                      uint64_t tokens_rows);
/* Memory of a GPU alone: what the search for the longest length evaluates. */
uint64_t plan_memory_bytes(const Model *model, const PlanWay *way, uint64_t batch_count, uint64_t tokens_rows);
/* The longest length up to 16M tokens whose memory is at most usable_bytes; 0 where none is. */
uint64_t plan_longest_rows(const Model *model, const PlanWay *way, uint64_t batch_count, uint64_t usable_bytes);
#endif
