/* A scenario: everything that decides a count. A plain value; flags, a text file and a Hugging Face
 * config all end here.
 *
 * Shapes follow the papers: Q and O are batch x heads x seq x head_dim, K and V are
 * batch x kv_heads x kv_seq x head_dim, S and P are batch x heads x seq x kv_seq.
 * A scenario file has one `key = value` a line, keys as the long flags (`head-dim = 64`), `#` comments.
 * The table of options (scenario_options.c) drives flags, file keys, help, JSON and the PNG's text chunk.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/err.h"
#include "sim/machine.h"

typedef enum Dtype { DTYPE_FP32, DTYPE_FP16, DTYPE_BF16, DTYPE_FP8, DTYPE_COUNT } Dtype;
typedef enum Pass { PASS_FORWARD = 1, PASS_BACKWARD = 2, PASS_BOTH = 3 } Pass;
typedef enum MaskKind { MASK_NONE, MASK_ADDITIVE, MASK_PADDING } MaskKind;
typedef enum Accounting { ACCOUNTING_CODE, ACCOUNTING_PAPER } Accounting;
typedef enum MemoryRule { MEMORY_PYTORCH, MEMORY_KERNELS } MemoryRule;
typedef enum L2Mode { L2_MACHINE, L2_OFF, L2_SIZE } L2Mode;
typedef enum L2Store { L2_STORE_HOME, L2_STORE_NEAR } L2Store;
typedef enum L2Start { L2_START_COLD, L2_START_WARM, L2_START_FLUSHED } L2Start;

enum { SCENARIO_ALGORITHMS_MAX = 16, SCENARIO_ASSUMED_BYTES = 1024 };

typedef struct Scenario {
    const char *algorithms[SCENARIO_ALGORITHMS_MAX]; /* names out of the table of algorithms, static */
    int algorithm_count;
    bool has_given_rows;         /* `seq` was set, be it to the default */
    bool has_default_algorithms; /* the next algorithm set replaces the list: the default's, or a file's under flags */

    uint64_t batch_count, head_count, kv_head_count; /* head_count is a multiple of kv_head_count */
    uint64_t query_rows;                             /* --seq */
    uint64_t key_rows;                               /* --kv-seq */
    uint64_t head_dim_elems;
    uint64_t layer_count;
    Dtype dtype;
    Pass pass;
    bool is_causal; /* query i sees keys 0 .. i + key_rows - query_rows */
    MaskKind mask;
    double dropout_probability;                /* 0 .. below 1 */
    uint64_t block_query_rows, block_key_rows; /* 0: as the algorithm's paper or code chooses */
    uint64_t backward_block_query_rows,
        backward_block_key_rows; /* resolved; equal to the above where those were given */

    /* Sparse relatives; 0 where not used. */
    uint64_t window_keys; /* keys a query sees on both sides together, itself not counted */
    uint64_t global_token_count;
    uint64_t select_block_rows; /* rows of a selectable block or page */
    uint64_t select_count;      /* how many blocks, pages or tokens each query (block) picks */
    uint64_t compress_rows, compress_stride_rows;
    uint64_t split_count; /* flash decoding: parts of the key range; 0: chosen */
    uint64_t seed;

    Machine machine;
    L2Mode l2_mode;
    uint64_t l2_size_bytes; /* with L2_SIZE */
    L2Store l2_store;
    L2Start l2_start;
    Accounting accounting;
    MemoryRule memory_rule;

    char assumed[SCENARIO_ASSUMED_BYTES]; /* lines that say what was taken for given where a config.json left it open */
} Scenario;

/* GPT-2 medium's attention on an A100-40 (FlashAttention paper, Fig. 2), forward, standard and flash1. */
Scenario scenario_default(void);

/* Sets one option by its long name without dashes; a repeated "algorithm" adds to the list.
 * `algorithm` takes one name or several with commas between. `gpu.KEY` sets one figure of the machine.
 * Ranges of a single value are checked here; kv-heads and kv-seq stay 0 until scenario_finish where not set. */
bool scenario_set(Scenario *scenario, const char *key, const char *value, Err *err);
/* Reads a scenario file on top of *scenario. */
bool scenario_read_file(Scenario *scenario, const char *path, Err *err);
/* The same from memory; `name` is for messages. */
bool scenario_read_text(Scenario *scenario, const char *name, const char *text, Err *err);
/* Fills what follows from the rest (kv-heads, kv-seq) and checks what no single option can: kv-heads divides heads,
 * sizes of tensors that fit 63 bits, a machine that makes sense. Call once after all sets. */
bool scenario_finish(Scenario *scenario, Err *err);
/* Writes the scenario as a scenario file that reads back to the same value. */
void scenario_write(const Scenario *scenario, FILE *out);

/* One row of the option table, for parsers and help. */
typedef struct ScenarioOption {
    const char *key;        /* long name without dashes */
    const char *value_help; /* "N", "fp32|fp16|bf16|fp8", "" for a switch */
    const char *help;
    bool is_switch; /* takes no value on the command line ("causal") */
} ScenarioOption;
extern const ScenarioOption scenario_options[];
extern const int scenario_option_count;
/* The option's value as text that scenario_set reads back (sizes in plain decimal). A GPU gives its name. */
void scenario_format_value(const Scenario *scenario, const char *key, char *out, int out_bytes);

/* Whether the machine is a row of the table of GPUs, unchanged. */
bool scenario_has_builtin_gpu(const Scenario *scenario);

uint64_t dtype_elem_bytes(Dtype dtype);
const char *dtype_name(Dtype dtype);
const char *pass_name(Pass pass);
const char *mask_name(MaskKind mask);
/* "64K" -> 65536; K, M, G, T are powers of 1024. Errors name `what`. */
bool scenario_parse_size(const char *text, const char *what, uint64_t min, uint64_t max, uint64_t *out, Err *err);
#endif
