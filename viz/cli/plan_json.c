/* A plan for scripts: JSON (hbmscope.plan/1) and CSV. */
#include <jansson.h>

#include "viz/cli/json_out.h"
#include "viz/cli/plan_output.h"

static void set(json_t *object, const char *key, uint64_t value) {
    json_object_set_new(object, key, json_out_u64(value));
}
static void set_text(json_t *object, const char *key, const char *value) {
    json_object_set_new(object, key, json_string(value));
}
static void set_real(json_t *object, const char *key, double value) {
    json_object_set_new(object, key, json_real(value));
}

static json_t *model_json(const Plan *plan) {
    const Model *m = plan->model;
    json_t *root = json_object(), *notes = json_array(), *layers = json_array();
    set_text(root, "name", m->name);
    set_text(root, "family", model_family_title(m->family));
    set_text(root, "source", m->source);
    set(root, "parameter_count", plan->parameter_count);
    set(root, "active_parameter_count", plan->active_parameter_count);
    set(root, "layer_count", m->layer_count);
    set(root, "global_layer_count", model_global_layer_count(m));
    set(root, "head_count", m->head_count);
    set(root, "kv_head_count", m->kv_head_count);
    set(root, "head_dim_elems", m->head_dim_elems);
    set(root, "position_max", m->position_max);
    set_text(root, "dtype", dtype_name(m->dtype));
    /* Keys a query sees beside itself, by layer; null: all. */
    for (uint64_t i = 0; i < m->layer_count; i++)
        json_array_append_new(layers, m->layers[i].is_global ? json_null() : json_out_u64(m->layers[i].window_keys));
    json_object_set_new(root, "window_keys", layers);
    for (int i = 0; i < m->note_count; i++) json_array_append_new(notes, json_string(m->notes[i]));
    json_object_set_new(root, "assumed", notes);
    return root;
}

static json_t *point_json(const PlanPoint *p) {
    json_t *row = json_object();
    set(row, "tokens", p->tokens_rows);
    set(row, "score_head_bytes", p->score_head_bytes);
    set(row, "score_layer_bytes", p->score_layer_bytes);
    set(row, "saved_score_bytes", p->saved_score_bytes);
    set(row, "kv_bytes", p->kv_bytes);
    set(row, "activation_bytes", p->activation_bytes);
    set(row, "standard_memory_bytes", p->standard_bytes);
    set(row, "flash_memory_bytes", p->flash_bytes);
    set(row, "standard_traffic_bytes", p->standard_traffic_bytes);
    set(row, "flash_traffic_bytes", p->flash_traffic_bytes);
    set_real(row, "linear_flops", p->linear_flops);
    set_real(row, "attention_flops", p->attention_flops);
    set_real(row, "standard_prefill_ns", p->standard_ns);
    set_real(row, "flash_prefill_ns", p->flash_ns);
    json_object_set_new(row, "token_ns", p->decode_ns > 0 ? json_real(p->decode_ns) : json_null());
    return row;
}

static json_t *remedy_json(const PlanRemedy *r) {
    json_t *row = json_object();
    set_text(row, "key", r->key);
    set_text(row, "title", r->title);
    json_object_set_new(row, "rank", r->rank ? json_integer(r->rank) : json_null());
    json_object_set_new(row, "is_exact", json_boolean(r->exactness == PLAN_EXACT));
    json_object_set_new(row, "is_in_model", json_boolean(r->is_in_model));
    json_object_set_new(row, "fits", json_boolean(r->fits));
    set_text(row, "training", plan_training_text(r->training));
    set(row, "gpu_count", r->gpu_count);
    set(row, "score_bytes", r->score_bytes);
    set(row, "kv_bytes", r->kv_bytes);
    set(row, "memory_bytes", r->memory_bytes);
    set(row, "traffic_bytes", r->traffic_bytes);
    json_object_set_new(row, "token_read_bytes", r->decode_bytes ? json_out_u64(r->decode_bytes) : json_null());
    set_real(row, "prefill_ns", r->prefill_ns);
    json_object_set_new(row, "token_ns", r->decode_ns > 0 ? json_real(r->decode_ns) : json_null());
    set(row, "longest_tokens", r->tokens_max);
    set_text(row, "price", r->price);
    set_text(row, "source", r->source);
    return row;
}

static json_t *breaks_json(const Plan *plan) {
    json_t *rows = json_array();
    for (int i = 0; i < plan->break_count; i++) {
        json_t *row = json_object();
        set_text(row, "what", plan->breaks[i].what);
        json_object_set_new(row, "is_broken", json_boolean(plan->breaks[i].is_broken));
        set(row, "longest_tokens", plan->breaks[i].tokens_rows);
        set_text(row, "says", plan->breaks[i].says);
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *ring_json(const PlanRing *r) {
    json_t *root = json_object();
    set(root, "gpu_count", r->gpu_count);
    set_text(root, "link", r->link);
    set_real(root, "link_bytes_per_s", r->link_bytes_per_s);
    set(root, "step_bytes", r->step_bytes);
    set_real(root, "step_link_ns", r->step_link_ns);
    set_real(root, "step_compute_ns", r->step_compute_ns);
    set(root, "hidden_from_tokens_per_gpu", r->hidden_rows);
    return root;
}

static json_t *positions_json(const PlanPositions *p) {
    json_t *root = json_object();
    json_object_set_new(root, "must_extend", json_boolean(p->must_extend));
    set_real(root, "scale", p->scale);
    set_real(root, "theta", p->theta);
    set_real(root, "theta_extended", p->theta_extended);
    set(root, "pair_count", p->pair_count);
    set(root, "unturned_pair_count", p->unturned_count);
    set_text(root, "says", p->says);
    return root;
}

static json_t *gpus_json(const Plan *plan) {
    json_t *rows = json_array();
    for (int i = 0; i < plan->gpu_count; i++) {
        json_t *row = json_object();
        set_text(row, "gpu", plan->gpus[i].name);
        set(row, "weight_gpu_count", plan->gpus[i].weight_gpu_count);
        set(row, "standard_longest_tokens", plan->gpus[i].standard_rows);
        set(row, "flash_longest_tokens", plan->gpus[i].flash_rows);
        json_array_append_new(rows, row);
    }
    return rows;
}

void plan_print_json(const Plan *plan, Output *output) {
    json_t *root = json_object(), *points = json_array(), *remedies = json_array(), *steps = json_array();
    set_text(root, "format", "hbmscope.plan/1");
    json_object_set_new(root, "model", model_json(plan));
    set_text(root, "gpu", plan->machine.name);
    set(root, "from_tokens", plan->options.from_rows);
    set(root, "to_tokens", plan->options.to_rows);
    set(root, "batch_count", plan->options.batch_count);
    set(root, "usable_bytes", plan->usable_bytes);
    set(root, "weight_bytes", plan->weight_bytes);
    set(root, "weight_gpu_count", plan->weight_gpu_count);
    set_text(root, "answer", plan->answer);
    for (int i = 0; i < plan->step_count; i++) json_array_append_new(steps, json_string(plan->steps[i]));
    json_object_set_new(root, "steps", steps);
    json_object_set_new(root, "breaks", breaks_json(plan));
    for (int i = 0; i < plan->point_count; i++) json_array_append_new(points, point_json(&plan->points[i]));
    json_object_set_new(root, "points", points);
    for (int i = 0; i < plan->remedy_count; i++) json_array_append_new(remedies, remedy_json(&plan->remedies[i]));
    json_object_set_new(root, "remedies", remedies);
    json_object_set_new(root, "ring", ring_json(&plan->ring));
    json_object_set_new(root, "positions", positions_json(&plan->positions));
    json_object_set_new(root, "gpus", gpus_json(plan));
    json_out_document(output, root);
}

void plan_print_csv(const Plan *plan, Output *output) {
    output_format(output, "rank,key,is_exact,training,gpu_count,fits,memory_bytes,kv_bytes,traffic_bytes,prefill_ns,"
                          "token_ns,longest_tokens\n");
    for (int i = 0; i < plan->remedy_count; i++) {
        const PlanRemedy *r = &plan->remedies[i];
        output_format(output, "%d,%s,%d,%s,%llu,%d,%llu,%llu,%llu,%.0f,%.0f,%llu\n", r->rank, r->key,
                      r->exactness == PLAN_EXACT, plan_training_text(r->training), (unsigned long long)r->gpu_count,
                      r->fits, (unsigned long long)r->memory_bytes, (unsigned long long)r->kv_bytes,
                      (unsigned long long)r->traffic_bytes, r->prefill_ns, r->decode_ns,
                      (unsigned long long)r->tokens_max);
    }
}
