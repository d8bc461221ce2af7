/* The option list itself: one X-macro from which the public table (help), the setters, the writer and JSON follow.
 *
 * Internal to sim/scenario*.c.
 */
#ifndef SIM_SCENARIO_RULES_H
#define SIM_SCENARIO_RULES_H
#include <stddef.h>

#include "sim/scenario.h"

typedef enum OptionKind {
    OPTION_ALGORITHM, /* adds to the list */
    OPTION_SIZE,      /* uint64_t from min to max; the word `zero_word`, where there is one, stands for 0 */
    OPTION_CHOICE,    /* an enum: words of value_help, the first of which is `min` */
    OPTION_SWITCH,    /* bool */
    OPTION_SHARE,     /* double, 0 to below 1 */
    OPTION_GPU,
    OPTION_L2,
} OptionKind;

#define ROWS_MAX (1ull << 24) /* 16M tokens: a causal tree still fits in memory */
#define COUNT_MAX (1ull << 20)

/* X(key, value help, kind, member, min, max, zero word, help) */
#define SCENARIO_OPTIONS(X)                                                                                            \
    X("algorithm", "NAME", ALGORITHM, algorithms, 0, 0, "",                                                            \
      "what to count; give it again to compare (see `hbmscope algorithms`)")                                           \
    X("batch", "N", SIZE, batch_count, 1, COUNT_MAX, "", "sequences processed together")                               \
    X("heads", "N", SIZE, head_count, 1, COUNT_MAX, "", "query heads")                                                 \
    X("kv-heads", "N", SIZE, kv_head_count, 1, COUNT_MAX, "heads",                                                     \
      "key and value heads; fewer than heads for grouped-query attention")                                             \
    X("seq", "N", SIZE, query_rows, 1, ROWS_MAX, "", "query tokens, N")                                                \
    X("kv-seq", "N", SIZE, key_rows, 1, ROWS_MAX, "seq", "key tokens, where not as many as query tokens")              \
    X("head-dim", "N", SIZE, head_dim_elems, 1, 65536, "", "elements of a head's row, d")                              \
    X("dtype", "fp32|fp16|bf16|fp8", CHOICE, dtype, DTYPE_FP32, DTYPE_FP8, "", "element type of Q, K, V and O")        \
    X("pass", "forward|backward|both", CHOICE, pass, PASS_FORWARD, PASS_BOTH, "", "which passes run")                  \
    X("causal", "", SWITCH, is_causal, 0, 0, "", "query i sees no key after its own position")                         \
    X("mask", "none|additive|padding", CHOICE, mask, MASK_NONE, MASK_PADDING, "", "mask tensor that is read")          \
    X("dropout", "P", SHARE, dropout_probability, 0, 0, "", "probability of dropping an element of P, 0 to below 1")   \
    X("block-q", "N", SIZE, block_query_rows, 1, ROWS_MAX, "auto", "B_r, query rows of a tile; auto: as the source")   \
    X("block-k", "N", SIZE, block_key_rows, 1, ROWS_MAX, "auto", "B_c, key rows of a tile; auto: as the source")       \
    X("gpu", "NAME|FILE", GPU, machine, 0, 0, "", "see `hbmscope gpus`; --gpu.KEY VALUE changes one of its figures")   \
    X("l2", "on|off|SIZE", L2, l2_mode, 4096, MACHINE_L2_MAX_BYTES, "",                                                \
      "L2 model: the GPU's own size, none, or this size")                                                              \
    X("l2-store", "home|near", CHOICE, l2_store, L2_STORE_HOME, L2_STORE_NEAR, "",                                     \
      "whether a store leaves a copy in the L2 partition near the SM")                                                 \
    X("l2-start", "cold|warm|flushed", CHOICE, l2_start, L2_START_COLD, L2_START_FLUSHED, "", "L2 before a kernel")    \
    X("accounting", "code|paper", CHOICE, accounting, ACCOUNTING_CODE, ACCOUNTING_PAPER, "",                           \
      "every tile load the kernels issue, or the published papers' rules")                                             \
    X("memory", "pytorch|kernels", CHOICE, memory_rule, MEMORY_PYTORCH, MEMORY_KERNELS, "",                            \
      "peak memory: with the tensors a framework keeps, or the kernels' own only")                                     \
    X("layers", "N", SIZE, layer_count, 1, 65536, "", "times the whole attention runs")                                \
    X("window", "N", SIZE, window_keys, 1, ROWS_MAX, "auto", "keys a query sees on both sides together")               \
    X("global-tokens", "N", SIZE, global_token_count, 0, ROWS_MAX, "", "tokens that see and are seen by all")          \
    X("select-block", "N", SIZE, select_block_rows, 1, ROWS_MAX, "auto", "rows of a block that can be selected")       \
    X("select-count", "N", SIZE, select_count, 1, ROWS_MAX, "auto", "how many blocks or tokens are selected")          \
    X("compress-block", "N", SIZE, compress_rows, 1, ROWS_MAX, "auto", "rows compressed into one")                     \
    X("compress-stride", "N", SIZE, compress_stride_rows, 1, ROWS_MAX, "auto", "rows from one such block to the next") \
    X("splits", "N", SIZE, split_count, 1, ROWS_MAX, "auto", "flash decoding: parts of the key range")                 \
    X("seed", "N", SIZE, seed, 0, INT64_MAX, "", "of inputs and of what chance decides")

typedef struct OptionRule {
    OptionKind kind;
    size_t offset_bytes; /* of the member in Scenario */
    uint64_t min, max;
    const char *zero_word;
} OptionRule;
extern const OptionRule scenario_rules[];  /* beside scenario_options[] */
int scenario_option_find(const char *key); /* -1 where there is none */
#endif
