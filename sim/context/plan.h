/* The planner: what breaks first when a model is taken from N to a longer context, and what each remedy buys.
 *
 *     Model + Machine + lengths -> Plan: points (memory, traffic, time against N), breaks (first length that fails),
 *                                        remedies (each with memory, bytes, time, price), ranked, and a recipe
 *
 * Times are rooflines: max(bytes / HBM rate, FLOPs / tensor rate), summed over attention and matrices. They are floors:
 * no launches, no occupancy, no communication but ring attention's. Attention's bytes are each tensor once for
 * flash-like methods (L2 serves re-reads) and each operand of each kernel once for standard attention (accounting
 * paper). Memory of a GPU: weights + KV cache + one layer's activations + one layer's scores; 90% of HBM is usable
 * (vLLM's default gpu_memory_utilization). Weights that do not fit are split evenly over the fewest GPUs that hold
 * them. Not modelled: optimiser state, gradients, fragmentation, pipeline bubbles, speculative decoding, CPU
 * offloading.
 */
#ifndef SIM_CONTEXT_PLAN_H
#define SIM_CONTEXT_PLAN_H
#include "sim/base/arena.h"
#include "sim/context/model.h"

enum { PLAN_POINTS_MAX = 24, PLAN_BREAKS_MAX = 8, PLAN_REMEDIES_MAX = 16, PLAN_STEPS_MAX = 10, PLAN_GPUS_MAX = 24 };

typedef struct PlanOptions {
    uint64_t from_rows, to_rows; /* tokens */
    uint64_t batch_count;        /* sequences at once; 0: 1 */
    double first_token_s;        /* longest wait for the first token that is accepted; 0: 10 s */
} PlanOptions;

/* Everything about one length, for the whole model unless it says otherwise. */
typedef struct PlanPoint {
    uint64_t tokens_rows;
    uint64_t score_head_bytes;  /* S of one head of one sequence, N x N */
    uint64_t score_layer_bytes; /* S and P of one layer, all heads, whole batch: what standard attention allocates */
    uint64_t saved_score_bytes; /* P of all layers: what training with standard attention keeps */
    uint64_t kv_bytes;
    uint64_t activation_bytes;            /* of one layer: residual, Q, K, V, O, the MLP's inner width */
    uint64_t standard_bytes, flash_bytes; /* memory in all, a GPU */
    uint64_t standard_traffic_bytes, flash_traffic_bytes; /* attention, all layers, from HBM */
    double linear_flops, attention_flops;
    double standard_ns, flash_ns; /* time to the first token, all of prefill */
    double decode_ns;             /* one more token; 0 for encoders */
} PlanPoint;

typedef struct PlanBreak {
    const char *what;     /* "positions", "score matrix", "time", "KV cache", ... */
    bool is_broken;       /* within from .. to */
    uint64_t tokens_rows; /* longest length that still works, to the token; 0: none does */
    const char *says;     /* a sentence with numbers */
} PlanBreak;

typedef enum PlanExactness { PLAN_EXACT, PLAN_APPROXIMATE } PlanExactness;
typedef enum PlanTraining {
    PLAN_NO_TRAINING,
    PLAN_FINE_TUNING,
    PLAN_CONTINUED_PRETRAINING,
    PLAN_PRETRAINING
} PlanTraining;
const char *plan_training_text(PlanTraining training);

/* One way of running at the target length. Sizes are a GPU's. */
typedef struct PlanRemedy {
    const char *key; /* "standard", "flash", "fp8-cache", ... */
    const char *title;
    PlanExactness exactness;
    PlanTraining training;
    uint64_t gpu_count;
    uint64_t score_bytes, kv_bytes, memory_bytes;
    uint64_t traffic_bytes; /* attention, prefill, all layers */
    uint64_t decode_bytes;  /* weights and cache that one more token reads, all GPUs; 0 for encoders */
    double prefill_ns, decode_ns;
    uint64_t tokens_max;    /* longest length whose memory fits */
    bool fits, is_in_model; /* is_in_model: the model has it already */
    const char *price;      /* what it costs beside the numbers */
    const char *source;
    uint64_t point_memory_bytes[PLAN_POINTS_MAX]; /* the same at every point of the plan */
    double point_decode_ns[PLAN_POINTS_MAX];
    int rank; /* 1 is best; 0: the baseline, and what the model has already */
} PlanRemedy;

/* Ring attention: what one GPU sends while it computes one block. */
typedef struct PlanRing {
    uint64_t gpu_count;
    double link_bytes_per_s;
    const char *link;
    uint64_t step_bytes; /* K and V of one layer's block, sent on in each of gpu_count - 1 steps */
    double step_link_ns, step_compute_ns;
    uint64_t hidden_rows; /* least tokens a GPU at which computing hides sending */
} PlanRing;

/* Rotary positions past what the model was trained on. */
typedef struct PlanPositions {
    bool must_extend;
    double scale;                 /* to / position_max */
    double theta, theta_extended; /* NTK-aware: theta x scale^(d / (d - 2)) */
    uint64_t pair_count;          /* pairs of dimensions that turn together */
    uint64_t unturned_count;      /* pairs whose period is longer than position_max: they reach angles never seen */
    uint64_t tokens_max;          /* longest length the positions serve as they are */
    const char *brief;            /* one sentence */
    const char *says;             /* what to do, what must be retrained */
} PlanPositions;

/* How far the model goes on one GPU (or on the fewest that hold its weights). */
typedef struct PlanGpu {
    const char *name;
    uint64_t weight_gpu_count, standard_rows, flash_rows; /* longest lengths that fit; flash: the prompt in chunks */
} PlanGpu;

typedef struct Plan {
    const Model *model;
    Machine machine;
    PlanOptions options;
    uint64_t usable_bytes, weight_bytes, parameter_count, active_parameter_count;
    uint64_t weight_gpu_count; /* GPUs that hold the weights; 1 where one does */
    PlanPoint points[PLAN_POINTS_MAX];
    int point_count;
    PlanBreak breaks[PLAN_BREAKS_MAX];
    int break_count;
    PlanRemedy remedies[PLAN_REMEDIES_MAX]; /* the baseline first, then by rank */
    int remedy_count;
    PlanRing ring;
    PlanPositions positions;
    PlanGpu gpus[PLAN_GPUS_MAX]; /* the same question on every built-in GPU */
    int gpu_count;
    const char *answer;                /* the headline: one or two sentences */
    const char *steps[PLAN_STEPS_MAX]; /* the recipe, in order */
    int step_count;
} Plan;

/* model must outlive the plan; texts are in the arena. */
bool plan_make(const Model *model, const Machine *machine, PlanOptions options, Plan *plan, Arena *arena, Err *err);
#endif
