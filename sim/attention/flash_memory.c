/* Peak memory of the flash family in closed form, one layer's kernels and what training keeps of the others.
 *
 * Under --memory pytorch (rule behind Table 21 of the FlashAttention paper) Q, K, V exist twice: as the projection's
 * packed output and as what the kernels read. The paper's 13 u: q k v 3, packed 3, O, dO, packed dq dk dv 3, fp32 dQ 2.
 */
#include "sim/attention/common.h"

bool attention_memory_symbols(const Scenario *s, Formula *f, Err *err) {
    bool has_copies = s->memory_rule == MEMORY_PYTORCH;
    const char *mask = s->mask == MASK_ADDITIVE ? "N_q*N_k*e" : s->mask == MASK_PADDING ? "B*N_k" : "0";
    return formula_define(f, "U_q", "B*h*N_q*d*e", "bytes of Q, of O, of dQ", err) &&
           formula_define(f, "U_k", "B*h_kv*N_k*d*e", "bytes of K, of V", err) &&
           formula_symbol(f, "c", has_copies ? 2 : 1, "copies of Q, K, V: the kernels' and the packed one", err) &&
           formula_define(f, "M", mask, "bytes of the mask", err);
}

/* Gradients of K and V while the backward kernel runs, and one kernel later where heads are shared. */
static bool backward_row(const Scenario *s, Formula *f, Err *err) {
    bool is_shared = s->head_count != s->kv_head_count;
    if (!is_shared)
        return formula_row(
            f, COUNTER_PEAK_HBM_BYTES, "backward", "", "c*(U_q + 2*U_k) + 3*U_q + 2*U_k + 2*r + t_b + M + (L - 1)*K_s",
            "Q, K, V and copies; O, dO, dQ, dK, dV; two row vectors; temporaries; what other layers keep", err);
    return formula_row(f, COUNTER_PEAK_HBM_BYTES, "backward", "",
                       "c*(U_q + 2*U_k) + 3*U_q + 2*B*h*N_k*d*e + 2*U_k + 2*r + t_b + M + (L - 1)*K_s",
                       "as without shared heads, but dK and dV exist a query head and summed", err);
}

bool attention_flash_memory(const Scenario *s, Formula *f, FlashMemory memory, Err *err) {
    bool ok = attention_memory_symbols(s, f, err) &&
              formula_define(f, "r", "B*h*N_q*4", "bytes of a fp32 row vector", err) &&
              formula_define(f, "t_f", memory.forward_partial, "bytes of forward temporaries", err) &&
              formula_define(f, "t_b", memory.backward_partial, "bytes of backward temporaries", err);
    if (!ok) return false;
    if (!attention_has_backward(s))
        return formula_row(f, COUNTER_PEAK_HBM_BYTES, "forward", "", "c*(U_q + 2*U_k) + U_q + r + t_f + M",
                           "Q, K, V and copies; O; one row vector; temporaries", err);
    return formula_define(f, "K_s", "c*(U_q + 2*U_k) + U_q + r", "bytes a layer keeps from forward to backward", err) &&
           backward_row(s, f, err);
}
