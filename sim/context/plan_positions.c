/* Positions past what a model was trained on: how far, and what is usually done about it.
 *
 * RoPE turns pair i of a head's dimensions by position x theta^(-2i/d). A pair whose period 2 pi theta^(2i/d) is longer
 * than the trained length has never gone round: beyond it the model meets angles it has not seen.
 * Sources: RoFormer (Su et al. 2021, arXiv 2104.09864); position interpolation (Chen et al. 2023, arXiv 2306.15595);
 * NTK-aware scaling and YaRN (Peng et al. 2023, arXiv 2309.00071); Llama 3 (arXiv 2407.21783, section 3.4.2).
 */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/context/plan_parts.h"
#include "sim/units.h"

static const double two_pi = 6.283185307179586;

static void say_extension(const Model *m, PlanPositions *p, Arena *arena) {
    p->brief = arena_format(arena,
                            "Trained to %s positions; %llu of %llu rotary pairs have not gone round once by then and "
                            "meet unseen angles beyond.",
                            units_tokens(m->position_max).text, (unsigned long long)p->unturned_count,
                            (unsigned long long)p->pair_count);
    p->says = arena_format(
        arena,
        "%s Raise theta from %s to about %s (NTK-aware, for x%.3g) or use YaRN, then train on long text: YaRN took "
        "about "
        "0.1%% of the pretraining tokens, Llama 3 about 800 B tokens from 8K to 128K. Test with retrieval at "
        "every depth, not perplexity alone.",
        p->brief, units_exact((uint64_t)p->theta).text, units_count((uint64_t)p->theta_extended).text, p->scale);
}

static void say_learned(const Model *m, PlanPositions *p, Arena *arena) {
    p->brief = arena_format(arena, "Positions are a learned table of %s rows.", units_tokens(m->position_max).text);
    p->says = !p->must_extend
                  ? p->brief
                  : arena_format(arena,
                                 "%s Rows beyond it do not exist: interpolate the table or change to RoPE, then train "
                                 "again on long text; there is no way without training.",
                                 p->brief);
}

static void say_alibi(PlanPositions *p) {
    p->must_extend = false;
    p->tokens_max = 1 << 24;
    p->brief = p->says =
        "Positions are ALiBi's distances, added to the scores: any length runs as it is, and how well it reads "
        "past what it was trained on must be measured.";
}

/* Only local layers: no query and key are ever further apart than the window. */
static void say_local(const Model *m, PlanPositions *p, Arena *arena) {
    uint64_t window = 0;
    for (uint64_t i = 0; i < m->layer_count; i++) window = max_u64(window, m->layers[i].window_keys);
    p->must_extend = false;
    p->tokens_max = 1 << 24;
    p->brief = arena_format(
        arena, "Every layer is local: no distance exceeds the window of %s keys, so rotary positions need no change.",
        units_exact(window).text);
    p->says = arena_format(arena, "%s But news travels at most %s tokens through %llu layers.", p->brief,
                           units_exact(window * m->layer_count).text, (unsigned long long)m->layer_count);
}

PlanPositions plan_positions(const Model *m, uint64_t to_rows, Arena *arena) {
    PlanPositions p = {.must_extend = to_rows > m->position_max,
                       .scale = (double)to_rows / (double)m->position_max,
                       .tokens_max = m->position_max};
    if (m->position == POSITION_LEARNED) {
        say_learned(m, &p, arena);
        return p;
    }
    if (m->position == POSITION_ALIBI) {
        say_alibi(&p);
        return p;
    }
    /* Global layers decide; MLA turns only its rope part. */
    for (uint64_t i = 0; i < m->layer_count; i++)
        if (m->layers[i].is_global || p.theta == 0) p.theta = m->layers[i].rope_theta;
    double dims = (double)(model_is_mla(m) ? m->latent_rope_elems : m->head_dim_elems);
    p.pair_count = (uint64_t)dims / 2;
    for (uint64_t i = 0; i < p.pair_count; i++)
        p.unturned_count += two_pi * pow(p.theta, 2 * (double)i / dims) > (double)m->position_max;
    p.theta_extended = p.must_extend && dims > 2 ? p.theta * pow(p.scale, dims / (dims - 2)) : p.theta;
    if (model_global_layer_count(m) == 0)
        say_local(m, &p, arena);
    else if (p.must_extend)
        say_extension(m, &p, arena);
    else
        p.brief = p.says = arena_format(
            arena, "The model was made for %s positions%s%s%s; nothing to extend.", units_tokens(m->position_max).text,
            m->rope_scaling[0] ? " (rope_scaling: " : "", m->rope_scaling, m->rope_scaling[0] ? ")" : "");
    return p;
}
