/* What all attention programs share: the tensors every one of them names, block sizes that fit, symbols of formulas. */
#ifndef SIM_ATTENTION_COMMON_H
#define SIM_ATTENTION_COMMON_H
#include "sim/attention/algorithm.h"
#include "sim/program_builder.h"

/* Lifetimes, as kernel numbers: before the first kernel, after the last. */
enum { KERNEL_FIRST = 0, KERNEL_LAST = PROGRAM_KERNELS_MAX };
/* A causal tree has a node a tile row; more than this is refused. */
#define TILE_MAX_ROWS (1u << 20)

/* The accounting's element size of what a kernel would keep in fp32: 4, or under paper the operands' own. */
uint64_t attention_accumulator_bytes(const Scenario *scenario);
/* fp32 operands have no tensor cores. */
static inline ProductUnit attention_product_unit(const Scenario *scenario, ProductUnit unit) {
    return scenario->dtype == DTYPE_FP32 ? PRODUCT_FP32 : unit;
}
static inline bool attention_is_paper(const Scenario *scenario) { return scenario->accounting == ACCOUNTING_PAPER; }
static inline bool attention_has_forward(const Scenario *scenario) { return scenario->pass & PASS_FORWARD; }
static inline bool attention_has_backward(const Scenario *scenario) { return scenario->pass & PASS_BACKWARD; }

/* Q, K, V, O and, for a backward pass, dO, dQ, dK, dV; under --memory pytorch also the framework's packed copies. */
typedef struct AttentionTensors {
    uint8_t q, k, v, o, mask, d_o, d_q;
    uint8_t d_k, d_v;         /* what the backward kernel writes: a slice a query head where KV heads are shared */
    uint8_t d_k_sum, d_v_sum; /* their sums over the query heads of a KV head; TENSOR_NONE where heads are not shared */
} AttentionTensors;
typedef struct AttentionLifetimes {
    int d_q, d_k, d_v, sum_heads;
} AttentionLifetimes; /* kernel that first writes each */
AttentionTensors attention_tensors(ProgramBuilder *builder, AttentionLifetimes first);

/* A tensor of rows x cols that lives through all kernels. */
Tensor attention_tensor(const char *name, TensorClass tensor_class, TensorSharing sharing, uint64_t rows, uint64_t cols,
                        uint64_t elem_bytes);
/* N x d tensor: rows of Q and O, or of K and V. */
Tensor attention_query_tensor(const Scenario *scenario, const char *name, TensorClass tensor_class);
Tensor attention_key_tensor(const Scenario *scenario, const char *name, TensorClass tensor_class);
/* N_q x N_k, elem_bytes an element. */
Tensor attention_score_tensor(const Scenario *scenario, const char *name, TensorClass tensor_class,
                              uint64_t elem_bytes);
/* One fp32 a query row. */
Tensor attention_row_tensor(const Scenario *scenario, const char *name);
/* A block's buffer of rows x cols for a tensor's tiles, or TENSOR_NONE for what never leaves the chip; its number. */
uint8_t attention_buffer(ProgramBuilder *builder, const char *name, uint8_t tensor, TensorClass tensor_class,
                         uint64_t rows, uint64_t cols, uint64_t elem_bytes, bool is_register);

/* The same, of the tensor's own class; S's for TENSOR_NONE. */
uint8_t attention_tensor_buffer(ProgramBuilder *builder, const char *name, uint8_t tensor, uint64_t rows, uint64_t cols,
                                uint64_t elem_bytes, bool is_register);

/* The mask's part of a tile: an N_q x N_k matrix shared by all heads, or a byte a key. No step without a mask. */
void attention_load_mask(ProgramBuilder *builder, const AttentionTensors *tensors, TileAt score_tile);

static inline TileAt tile_at(Axis row_axis, uint64_t row_stride, uint64_t rows, Axis col_axis, uint64_t col_stride,
                             uint64_t cols) {
    return (TileAt){row_axis, col_axis, row_stride, col_stride, rows, cols};
}
/* Whole rows of an N x d tensor. */
static inline TileAt rows_at(Axis axis, uint64_t stride, uint64_t rows, uint64_t cols) {
    return (TileAt){axis, AXIS_NONE, stride, 0, rows, cols};
}

/* Steps that masks and dropout add to a score tile: load the mask, apply it, drop. */
uint64_t attention_extra_steps(const Scenario *scenario);

/* The names of d_k and d_v above: formulas' rows use the tensors' own names, so that each tensor is proved too. */
static inline bool attention_shares_heads(const Scenario *scenario) {
    return scenario->head_count != scenario->kv_head_count;
}
static inline const char *attention_d_k_name(const Scenario *s) {
    return attention_shares_heads(s) ? "dK a head" : "dK";
}
static inline const char *attention_d_v_name(const Scenario *s) {
    return attention_shares_heads(s) ? "dV a head" : "dV";
}

/* With shared KV heads: the kernel that sums each query head's dK and dV. No kernel otherwise, or without backward. */
void attention_sum_heads(ProgramBuilder *builder, const AttentionTensors *tensors);
bool attention_sum_heads_rows(const Scenario *scenario, Formula *formula, Err *err);

/* Opens batch and head loops; close with builder_end twice. */
void attention_begin_heads(ProgramBuilder *builder, uint64_t head_count);
void attention_end_heads(ProgramBuilder *builder);

/* A pair of block sizes: given ones must fit, chosen ones are halved (keys first) until they do.
 * need_bytes says how much shared memory a pair takes. A default tile made smaller is added to the note. */
typedef struct BlockChoice {
    uint64_t *query_rows, *key_rows; /* 0: to be chosen */
    uint64_t default_query_rows, default_key_rows;
    uint64_t (*need_bytes)(const Scenario *scenario, uint64_t query_rows, uint64_t key_rows);
    const char *pass; /* "forward " or "backward " where each pass has a tile of its own, else NULL; for the note */
} BlockChoice;
bool attention_choose_blocks(const Scenario *scenario, const char *algorithm, BlockChoice choice, char *note,
                             int note_bytes, Err *err);
/* Refuses a causal or windowed tree with too many tile rows. */
bool attention_check_tile_rows(const Scenario *scenario, const char *algorithm, uint64_t tile_rows, Err *err);

/* B h h_kv N_q N_k d e L. */
bool attention_symbols(const Scenario *scenario, Formula *formula, Err *err);

/* A formula's rows as a table: {counter, kernel, tensor, expression, why}; ends at expression NULL. */
typedef struct FormulaLine {
    CounterId counter;
    const char *kernel, *tensor, *expression, *why;
} FormulaLine;
bool attention_formula_lines(Formula *formula, const FormulaLine *lines, Err *err);

/* issued_read_bytes of the mask in one kernel: `additive` or `padding` by the kind of mask, in bytes an element and
 * bytes a key; no row without a mask. */
bool attention_mask_row(const Scenario *scenario, Formula *formula, const char *kernel, const char *additive,
                        const char *padding, Err *err);

/* U_q U_k c M: sizes of N x d tensors, how many copies of Q, K, V exist, the mask's bytes. */
bool attention_memory_symbols(const Scenario *scenario, Formula *formula, Err *err);
/* Peak memory of the flash family. Partials: expressions for fp32 temporaries of one layer. */
typedef struct FlashMemory {
    const char *forward_partial, *backward_partial;
} FlashMemory;
bool attention_flash_memory(const Scenario *scenario, Formula *formula, FlashMemory memory, Err *err);
#endif
