/* What a model's sizes add up to: parameters, score pairs, KV cache. See model.h. */
#include "sim/context/model.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "sim/base/checked.h"

void model_note(Model *model, const char *format, ...) {
    assert(model->note_count < MODEL_NOTES_MAX);
    va_list args;
    va_start(args, format);
    vsnprintf(model->notes[model->note_count++], MODEL_NOTE_BYTES, format, args);
    va_end(args);
}

const char *model_family_title(ModelFamily family) {
    static const char *const titles[MODEL_FAMILY_COUNT] = {
#define X(ID, key, title) title,
        MODEL_FAMILY_LIST(X)
#undef X
    };
    return titles[family];
}

bool model_is_mla(const Model *model) { return model->latent_elems > 0; }

uint64_t model_global_layer_count(const Model *model) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < model->layer_count; i++) count += model->layers[i].is_global;
    return count;
}

uint64_t model_attention_layer_count(const Model *model) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < model->layer_count; i++) count += !model->layers[i].is_stateful;
    return count;
}

uint64_t model_cache_layer_count(const Model *model) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < model->layer_count; i++)
        count += !model->layers[i].is_stateful && !model->layers[i].shares_cache;
    return count;
}

/* Weights of one layer's attention: Q, K, V and output projections, or MLA's low-rank pairs. */
static uint64_t attention_parameter_count(const Model *m) {
    uint64_t h = m->hidden_elems, q_cols = m->head_count * m->head_dim_elems;
    if (model_is_mla(m)) {
        uint64_t r = m->latent_elems, rope = m->latent_rope_elems, nope = m->head_dim_elems - rope;
        uint64_t ql = m->query_latent_elems;
        uint64_t query = ql ? h * ql + ql + ql * q_cols : h * q_cols;
        uint64_t down = h * (r + rope) + r;
        uint64_t up = r * m->head_count * (nope + m->value_dim_elems);
        return query + down + up + m->head_count * m->value_dim_elems * h;
    }
    uint64_t kv_cols = m->kv_head_count * m->head_dim_elems;
    uint64_t weights = h * q_cols + 2 * h * kv_cols + q_cols * h;
    if (m->has_qkv_bias) weights += q_cols + 2 * kv_cols;
    if (m->has_output_bias) weights += h;
    return weights;
}

static uint64_t mlp_parameter_count(const Model *m, uint64_t width_elems) {
    uint64_t matrices = m->is_mlp_gated ? 3 : 2;
    return matrices * m->hidden_elems * width_elems +
           (m->has_mlp_bias ? width_elems * (matrices - 1) + m->hidden_elems : 0);
}

static bool has_experts(const Model *m, uint64_t layer) {
    return m->expert_count && layer >= m->dense_layer_count && (layer + 1) % max_u64(m->expert_period, 1) == 0;
}

/* The MLP or experts of one layer; `experts` of the routed ones are counted. */
static uint64_t feed_forward_parameter_count(const Model *m, uint64_t layer, uint64_t experts) {
    if (!has_experts(m, layer)) return mlp_parameter_count(m, m->mlp_elems);
    uint64_t shared = m->expert_shared_elems ? mlp_parameter_count(m, m->expert_shared_elems) : 0;
    return m->hidden_elems * m->expert_count + m->expert_layer_other_count + shared +
           experts * mlp_parameter_count(m, m->expert_mlp_elems);
}

/* Embeddings, head and what else is not in a layer. An encoder's task head is not counted. */
static uint64_t outer_parameter_count(const Model *m) {
    bool has_head = m->is_causal && !m->is_embedding_tied;
    return m->vocab_count * m->hidden_elems * (has_head ? 2 : 1) + m->outer_other_count;
}

static uint64_t parameter_count(const Model *m, uint64_t experts) {
    uint64_t sum = outer_parameter_count(m);
    for (uint64_t i = 0; i < m->layer_count; i++)
        sum += attention_parameter_count(m) + feed_forward_parameter_count(m, i, experts) + m->layer_other_count;
    return sum;
}

uint64_t model_parameter_count(const Model *model) { return parameter_count(model, model->expert_count); }

uint64_t model_active_parameter_count(const Model *model) {
    uint64_t all = parameter_count(model, model->expert_active_count),
             embedding = model->vocab_count * model->hidden_elems;
    /* A tied or headless table is multiplied once at the output (decoders) or not at all (encoders). */
    return model->is_causal && model->is_embedding_tied ? all : all - embedding;
}

/* Weights that are quantised, with `experts` of the routed ones a layer. */
static uint64_t quantized_count(const Model *m, uint64_t experts) {
    uint64_t expert_matrix_count = (m->is_mlp_gated ? 3 : 2) * m->hidden_elems * m->expert_mlp_elems, sum = 0;
    if (m->quantized_group_elems == 0) return 0;
    for (uint64_t i = 0; i < m->layer_count; i++)
        sum += m->is_quantized_experts_only
                   ? (has_experts(m, i) ? experts * expert_matrix_count : 0)
                   : attention_parameter_count(m) + feed_forward_parameter_count(m, i, experts);
    return sum;
}

static uint64_t weight_bytes(const Model *m, uint64_t weights, uint64_t quantized) {
    uint64_t groups = m->quantized_group_elems ? ceil_div(quantized, m->quantized_group_elems) : 0;
    return (weights - quantized) * dtype_elem_bytes(m->dtype) + ceil_div(groups * m->quantized_group_bits, 8);
}

uint64_t model_weight_bytes(const Model *model) {
    return weight_bytes(model, model_parameter_count(model), quantized_count(model, model->expert_count));
}

uint64_t model_active_weight_bytes(const Model *model) {
    return weight_bytes(model, model_active_parameter_count(model), quantized_count(model, model->expert_active_count));
}

uint64_t model_layer_pair_count(const Model *model, const ModelLayer *layer, uint64_t n_rows) {
    if (layer->is_stateful) return 0;
    if (layer->is_global) return model->is_causal ? n_rows * (n_rows + 1) / 2 : n_rows * n_rows;
    uint64_t w = layer->window_keys;
    uint64_t behind = model->is_causal ? w : w - w / 2, ahead = model->is_causal ? 0 : w / 2;
    behind = min_u64(behind, n_rows - 1), ahead = min_u64(ahead, n_rows - 1);
    /* Each query sees itself, `behind` and `ahead`, less what lies past the ends. */
    return n_rows * (1 + behind + ahead) - behind * (behind + 1) / 2 - ahead * (ahead + 1) / 2;
}

static uint64_t kv_head_count(const Model *model, KvSharing sharing) {
    switch (sharing) {
    case KV_MHA: return model->head_count;
    case KV_MQA: return 1;
    default: return model->kv_head_count;
    }
}

uint64_t model_kv_bytes_per_token_layer(const Model *model, KvSharing sharing, uint64_t elem_bytes) {
    if (!model->is_causal) return 0;
    if (model_is_mla(model))
        return (model->latent_elems + model->latent_rope_elems) * elem_bytes + model->indexer_row_bytes;
    return 2 * kv_head_count(model, sharing) * model->head_dim_elems * elem_bytes;
}

uint64_t model_kv_bytes_per_token(const Model *model, KvSharing sharing, uint64_t elem_bytes) {
    return model_cache_layer_count(model) * model_kv_bytes_per_token_layer(model, sharing, elem_bytes);
}

uint64_t model_kv_bytes(const Model *model, KvSharing sharing, uint64_t elem_bytes, uint64_t batch_count,
                        uint64_t tokens_rows) {
    uint64_t rows = 0;
    for (uint64_t i = 0; i < model->layer_count; i++) {
        const ModelLayer *layer = &model->layers[i];
        if (layer->is_stateful || layer->shares_cache) continue;
        rows += layer->is_global ? tokens_rows : min_u64(tokens_rows, layer->window_keys + 1);
    }
    bool has_overflow = false;
    uint64_t row_bytes = model_kv_bytes_per_token_layer(model, sharing, elem_bytes);
    uint64_t size_bytes = checked_mul(&has_overflow, checked_mul(&has_overflow, batch_count, rows), row_bytes);
    return has_overflow ? CHECKED_MAX : size_bytes;
}
