/* standard, in closed form. Symbols: Z rows of scores read by softmax (1 kept, 2 streamed); P = N_q N_k e bytes a head.
 * Under accounting paper each operand of a product is read once; under code once a tile of the other side.
 */
#include "sim/attention/common.h"
#include "sim/attention/standard.h"

static bool symbols(const Scenario *s, const StandardPlan *p, Formula *f, Err *err) {
    bool is_paper = attention_is_paper(s);
    return attention_symbols(s, f, err) && formula_define(f, "H", "L*B*h", "heads over batch and layers", err) &&
           formula_symbol(f, "B_r", s->block_query_rows, "query rows of a tile", err) &&
           formula_symbol(f, "B_c", s->block_key_rows, "key rows of a tile", err) &&
           formula_define(f, "T_r", "ceil(N_q, B_r)", "rows of tiles", err) &&
           formula_define(f, "T_c", "ceil(N_k, B_c)", "columns of tiles", err) &&
           formula_define(f, "a_q", is_paper ? "1" : "T_c", "times a product over scores reads its query-side operand",
                          err) &&
           formula_define(f, "a_k", is_paper ? "1" : "T_r", "times a product over scores reads its key-side operand",
                          err) &&
           formula_symbol(f, "r_s", p->softmax_rows.rows_per_block, "rows a block of softmax takes: 4, 2 or 1, as fit",
                          err) &&
           formula_symbol(f, "r_b", p->back_rows.rows_per_block, "rows a block of softmax backward takes", err) &&
           formula_symbol(f, "Z", p->softmax_rows.is_kept || is_paper ? 1 : 2, "times softmax reads a score", err) &&
           formula_symbol(f, "Z_b", p->back_rows.is_kept || is_paper ? 1 : 2, "times softmax backward reads P and dP",
                          err) &&
           formula_define(f, "X", p->softmax_rows.is_kept ? "1" : "ceil(N_k, 1024)", "column chunks of a row, softmax",
                          err) &&
           formula_define(f, "X_b", p->back_rows.is_kept ? "1" : "ceil(N_k, 1024)",
                          "column chunks of a row, softmax backward", err);
}

static bool product_smem(Formula *f, const char *kernel, const char *expression, Err *err) {
    return formula_row(f, COUNTER_SMEM_PER_BLOCK_BYTES, kernel, "", expression, "tiles of both operands", err);
}

/* A product that makes a score matrix: two N x d operands in, one N x N result out. */
static bool score_product(Formula *f, const char *kernel, const char *left, const char *right, const char *result,
                          Err *err) {
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, kernel, left, "H*a_q*N_q*d*e", "once under paper, else once a column of tiles"},
        {COUNTER_ISSUED_READ_BYTES, kernel, right, "H*a_k*N_k*d*e", "once under paper, else once a row of tiles"},
        {COUNTER_ISSUED_WRITE_BYTES, kernel, result, "H*N_q*N_k*e", "every score, once"},
        {COUNTER_FLOPS, kernel, "", "H*2*N_q*N_k*d", "2 FLOP a multiply-add"},
        {COUNTER_BLOCK_COUNT, kernel, "", "H*T_r*T_c", "a block a tile"},
        {COUNTER_STEP_COUNT, kernel, "", "H*4*T_r*T_c", "two loads, a product, a store"},
        {0}};
    return attention_formula_lines(f, lines, err) && product_smem(f, kernel, "(B_r + B_c)*d*e", err);
}

/* A product that sums over a side of the scores; names and symbols of the side that stays. */
typedef struct SumNames {
    const char *kernel, *scores, *operand, *result, *operand_read, *result_write, *blocks, *smem;
} SumNames;
static bool sum_product(Formula *f, SumNames n, const char *steps, Err *err) {
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, n.kernel, n.scores, "H*N_q*N_k*e", "every score, once"},
        {COUNTER_ISSUED_READ_BYTES, n.kernel, n.operand, n.operand_read, "once under paper, else once a block"},
        {COUNTER_ISSUED_WRITE_BYTES, n.kernel, n.result, n.result_write, "once"},
        {COUNTER_FLOPS, n.kernel, "", "H*2*N_q*N_k*d", "2 FLOP a multiply-add"},
        {COUNTER_BLOCK_COUNT, n.kernel, "", n.blocks, "a block a row of result tiles"},
        {COUNTER_STEP_COUNT, n.kernel, "", steps, "two loads and a product a tile, a store a block"},
        {0}};
    return attention_formula_lines(f, lines, err) && product_smem(f, n.kernel, n.smem, err);
}
static bool sum_over_keys(Formula *f, const char *kernel, const char *scores, const char *operand, const char *result,
                          Err *err) {
    SumNames n = {kernel, scores, operand, result, "H*a_k*N_k*d*e", "H*N_q*d*e", "H*T_r", "(B_r*B_c + B_c*d)*e"};
    return sum_product(f, n, "H*T_r*(3*T_c + 1)", err);
}
static bool sum_over_queries(Formula *f, const char *kernel, const char *scores, const char *operand,
                             const char *result, Err *err) {
    SumNames n = {kernel, scores, operand, result, "H*a_q*N_q*d*e", "H*N_k*d*e", "H*T_c", "(B_r*B_c + B_r*d)*e"};
    return sum_product(f, n, "H*T_c*(3*T_r + 1)", err);
}

static bool softmax_rows(const StandardPlan *p, Formula *f, Err *err) {
    const char *in = p->has_mask ? "S masked" : "S";
    const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, "softmax", in, "H*Z*N_q*N_k*e", "once where a row fits shared memory, else twice"},
        {COUNTER_ISSUED_WRITE_BYTES, "softmax", "P", "H*N_q*N_k*e", "every probability, once"},
        {COUNTER_EXP_COUNT, "softmax", "", p->softmax_rows.is_kept ? "H*N_q*N_k" : "H*2*N_q*N_k",
         "a score each time it is read"},
        {COUNTER_BLOCK_COUNT, "softmax", "", "H*ceil(N_q, r_s)", "a block for r_s rows"},
        {COUNTER_STEP_COUNT, "softmax", "", p->softmax_rows.is_kept ? "H*ceil(N_q, r_s)*3" : "H*ceil(N_q, r_s)*5*X",
         "load, softmax, store; load and softmax twice where streamed"},
        {COUNTER_SMEM_PER_BLOCK_BYTES, "softmax", "", p->softmax_rows.is_kept ? "r_s*N_k*e" : "r_s*min(1024, N_k)*e",
         "its rows, or a chunk of them"},
        {0}};
    return attention_formula_lines(f, lines, err);
}

static bool mask_rows(const Scenario *s, Formula *f, Err *err) {
    const FormulaLine lines[] = {{COUNTER_ISSUED_READ_BYTES, "mask", "S", "H*N_q*N_k*e", "every score, once"},
                                 {COUNTER_ISSUED_WRITE_BYTES, "mask", "S masked", "H*N_q*N_k*e", "every score, once"},
                                 {COUNTER_BLOCK_COUNT, "mask", "", "H*T_r*T_c", "a block a tile"},
                                 {COUNTER_STEP_COUNT, "mask", "", s->mask == MASK_NONE ? "H*3*T_r*T_c" : "H*4*T_r*T_c",
                                  "load, mask, store; the mask's own load"},
                                 {0}};
    return attention_formula_lines(f, lines, err) &&
           (attention_is_paper(s) || attention_mask_row(s, f, "mask", "H*N_q*N_k*e", "H*T_r*N_k", err));
}

static bool dropout_rows(Formula *f, Err *err) {
    static const FormulaLine lines[] = {
        {COUNTER_ISSUED_READ_BYTES, "dropout", "P", "H*N_q*N_k*e", "every probability, once"},
        {COUNTER_ISSUED_WRITE_BYTES, "dropout", "Pd", "H*N_q*N_k*e", "every probability, once"},
        {COUNTER_ISSUED_WRITE_BYTES, "dropout", "dropout mask", "H*N_q*N_k", "a byte each"},
        {COUNTER_BLOCK_COUNT, "dropout", "", "H*T_r*T_c", "a block a tile"},
        {COUNTER_STEP_COUNT, "dropout", "", "H*4*T_r*T_c", "load, drop, two stores"},
        {0}};
    return attention_formula_lines(f, lines, err);
}

static bool forward_rows(const Scenario *s, const StandardPlan *p, Formula *f, Err *err) {
    return score_product(f, "S = QK^T", "Q", "K", "S", err) && (!p->has_mask || mask_rows(s, f, err)) &&
           softmax_rows(p, f, err) && (!p->has_dropout || dropout_rows(f, err)) &&
           sum_over_keys(f, "O = PV", p->has_dropout ? "Pd" : "P", "V", "O", err);
}

static bool row_back_rows(const StandardPlan *p, Formula *f, Err *err) {
    const FormulaLine softmax[] = {
        {COUNTER_ISSUED_READ_BYTES, "softmax backward", "P", "H*Z_b*N_q*N_k*e",
         "once where a row of both fits shared memory, else twice"},
        {COUNTER_ISSUED_READ_BYTES, "softmax backward", "dP", "H*Z_b*N_q*N_k*e", "with P"},
        {COUNTER_ISSUED_WRITE_BYTES, "softmax backward", "dS", "H*N_q*N_k*e", "once"},
        {COUNTER_BLOCK_COUNT, "softmax backward", "", "H*ceil(N_q, r_b)", "a block for r_b rows"},
        {COUNTER_STEP_COUNT, "softmax backward", "",
         p->back_rows.is_kept ? "H*ceil(N_q, r_b)*4" : "H*ceil(N_q, r_b)*7*X_b",
         "two loads, a dot product, a store; loads twice where streamed"},
        {COUNTER_SMEM_PER_BLOCK_BYTES, "softmax backward", "",
         p->back_rows.is_kept ? "2*r_b*N_k*e" : "2*r_b*min(1024, N_k)*e", "rows of P and dP, or chunks"},
        {0}};
    static const FormulaLine dropout[] = {
        {COUNTER_ISSUED_READ_BYTES, "dropout backward", "dPd", "H*N_q*N_k*e", "once"},
        {COUNTER_ISSUED_READ_BYTES, "dropout backward", "dropout mask", "H*N_q*N_k", "a byte each"},
        {COUNTER_ISSUED_WRITE_BYTES, "dropout backward", "dP", "H*N_q*N_k*e", "once"},
        {COUNTER_BLOCK_COUNT, "dropout backward", "", "H*T_r*T_c", "a block a tile"},
        {COUNTER_STEP_COUNT, "dropout backward", "", "H*4*T_r*T_c", "two loads, drop, a store"},
        {0}};
    return (!p->has_dropout || attention_formula_lines(f, dropout, err)) && attention_formula_lines(f, softmax, err);
}

static bool backward_rows(const Scenario *s, const StandardPlan *p, Formula *f, Err *err) {
    return sum_over_queries(f, "dV = P^T dO", p->has_dropout ? "Pd" : "P", "dO", attention_d_v_name(s), err) &&
           score_product(f, "dP = dO V^T", "dO", "V", p->has_dropout ? "dPd" : "dP", err) && row_back_rows(p, f, err) &&
           sum_over_keys(f, "dQ = dS K", "dS", "K", "dQ", err) &&
           sum_over_queries(f, "dK = dS^T Q", "dS", "Q", attention_d_k_name(s), err) &&
           attention_sum_heads_rows(s, f, err);
}

/* Peak memory: the kernels at which it can stand, each in full; the largest counts. */

static bool memory_row(Formula *f, const char *kernel, const char *expression, Err *err) {
    return formula_row(f, COUNTER_PEAK_HBM_BYTES, kernel, "", expression, "what is allocated while this kernel runs",
                       err);
}

static bool forward_memory(const StandardPlan *p, Formula *f, Err *err) {
    return memory_row(f, "S = QK^T", "F + S_b", err) && (!p->has_mask || memory_row(f, "mask", "F + 2*S_b", err)) &&
           memory_row(f, "softmax", "F + 2*S_b", err) &&
           (!p->has_dropout || memory_row(f, "dropout", "F + 2*S_b + S_1", err));
}

/* g: dropout keeps Pd until dP is made and its mask until dropout backward. */
static bool backward_memory(const Scenario *s, const StandardPlan *p, Formula *f, Err *err) {
    bool is_shared = s->head_count != s->kv_head_count;
    return formula_define(f, "G_k", is_shared ? "B*h*N_k*d*e" : "U_k", "bytes of dK, of dV as the kernels write them",
                          err) &&
           memory_row(f, "dV = P^T dO", p->has_dropout ? "F + Y + G_k + 2*S_b + S_1" : "F + Y + G_k + S_b", err) &&
           memory_row(f, "dP = dO V^T", p->has_dropout ? "F + Y + G_k + 3*S_b + S_1" : "F + Y + G_k + 2*S_b", err) &&
           (!p->has_dropout || memory_row(f, "dropout backward", "F + Y + G_k + 3*S_b + S_1", err)) &&
           memory_row(f, "softmax backward", "F + Y + G_k + (2 + c)*S_b", err) &&
           memory_row(f, "dK = dS^T Q", "F + Y + 2*G_k + U_q + S_b", err) &&
           (!is_shared || memory_row(f, "sum dK, dV over heads", "F + Y + 2*G_k + U_q + S_b + 2*U_k", err));
}

static bool memory_rows(const Scenario *s, const StandardPlan *p, Formula *f, Err *err) {
    bool has_backward = attention_has_backward(s);
    const char *fixed = has_backward ? "c*(U_q + 2*U_k) + 2*U_q + M + (L - 1)*K_s" : "c*(U_q + 2*U_k) + U_q + M";
    const char *kept = p->has_dropout ? "c*(U_q + 2*U_k) + U_q + 2*S_b + S_1" : "c*(U_q + 2*U_k) + U_q + S_b";
    return attention_memory_symbols(s, f, err) &&
           formula_define(f, "S_b", "B*h*N_q*N_k*e", "bytes of S, of P, of dS", err) &&
           formula_define(f, "S_1", "B*h*N_q*N_k", "bytes of the dropout mask", err) &&
           (!has_backward || formula_define(f, "K_s", kept, "bytes a layer keeps from forward to backward", err)) &&
           formula_define(f, "F", fixed, "Q, K, V and copies, O, dO, what other layers keep", err) &&
           formula_define(f, "Y", s->memory_rule == MEMORY_PYTORCH ? "U_q" : "0", "bytes of the framework's copy of dO",
                          err) &&
           (!attention_has_forward(s) || forward_memory(p, f, err)) && (!has_backward || backward_memory(s, p, f, err));
}

bool standard_formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    (void)arena;
    StandardPlan plan = standard_plan(s);
    return symbols(s, &plan, f, err) && (!attention_has_forward(s) || forward_rows(s, &plan, f, err)) &&
           (!attention_has_backward(s) || backward_rows(s, &plan, f, err)) && memory_rows(s, &plan, f, err);
}
