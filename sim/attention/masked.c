/* masked: the mistake. A sliding window written as an additive mask over standard attention's dense scores.
 *
 * Everything standard attention does, and a mask of N_q x N_k is kept, read and added beside it: the window changes
 * the result and saves neither a byte nor an operation.
 */
#include "sim/attention/pattern.h"
#include "sim/attention/standard.h"

extern const Algorithm algorithm_standard;

static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {
    if (!s->window_keys) s->window_keys = PATTERN_WINDOW_DEFAULT_KEYS;
    s->mask = MASK_ADDITIVE;
    return standard_resolve(s, "masked", note, note_bytes, err);
}

static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {
    if (!algorithm_standard.build(s, program, arena, err)) return false;
    program->algorithm = "masked";
    return true;
}

static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {
    return algorithm_standard.formula(s, f, arena, err);
}

const Algorithm algorithm_masked = {
    .name = "masked",
    .title = "masked window: a mask over dense scores",
    .source = "standard attention with the window as its additive mask: the common mistake",
    .not_modelled = "what standard leaves out",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
