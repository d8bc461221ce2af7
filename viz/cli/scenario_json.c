/* A scenario as JSON and as a line of text: see scenario_json.h. */
#include "viz/cli/scenario_json.h"

#include <stdio.h>
#include <string.h>

#include "sim/units.h"
#include "viz/cli/json_out.h"

static json_t *algorithms_json(const Scenario *scenario) {
    json_t *names = json_array();
    for (int i = 0; i < scenario->algorithm_count; i++)
        json_array_append_new(names, json_string(scenario->algorithms[i]));
    return names;
}

static json_t *option_json(const Scenario *scenario, const ScenarioOption *option) {
    char value[256];
    if (strcmp(option->key, "algorithm") == 0) return algorithms_json(scenario);
    scenario_format_value(scenario, option->key, value, sizeof value);
    if (option->is_switch) return json_boolean(strcmp(value, "on") == 0);
    if (value[0] >= '0' && value[0] <= '9' && strcmp(option->key, "gpu") != 0) return json_out_number(value);
    return json_string(value);
}

static void add_gpu_figures(json_t *object, const Machine *machine) {
    for (const char *const *key = machine_keys; *key; key++) {
        char name[64], value[256];
        snprintf(name, sizeof name, "gpu.%s", *key);
        machine_format_value(machine, *key, value, sizeof value);
        json_object_set_new(object, name, machine_key_is_text(*key) ? json_string(value) : json_out_number(value));
    }
}

json_t *scenario_json(const Scenario *scenario) {
    json_t *object = json_object();
    for (int i = 0; i < scenario_option_count; i++)
        json_object_set_new(object, scenario_options[i].key, option_json(scenario, &scenario_options[i]));
    if (!scenario_has_builtin_gpu(scenario)) add_gpu_figures(object, &scenario->machine);
    return object;
}

/* What differs from the plain case, each behind a comma. */
static void append(char *out, int out_bytes, const char *text) {
    size_t used_bytes = strlen(out);
    snprintf(out + used_bytes, (size_t)out_bytes - used_bytes, "%s", text);
}

void scenario_sentence(const Scenario *scenario, char *out, int out_bytes) {
    char part[128];
    snprintf(out, (size_t)out_bytes, "B=%s h=%s", units_exact(scenario->batch_count).text,
             units_exact(scenario->head_count).text);
    if (scenario->kv_head_count && scenario->kv_head_count != scenario->head_count) {
        snprintf(part, sizeof part, " (%s for K and V)", units_exact(scenario->kv_head_count).text);
        append(out, out_bytes, part);
    }
    snprintf(part, sizeof part, " N=%s", units_exact(scenario->query_rows).text);
    append(out, out_bytes, part);
    if (scenario->key_rows && scenario->key_rows != scenario->query_rows) {
        snprintf(part, sizeof part, " (%s keys)", units_exact(scenario->key_rows).text);
        append(out, out_bytes, part);
    }
    snprintf(part, sizeof part, " d=%s %s, %s", units_exact(scenario->head_dim_elems).text, dtype_name(scenario->dtype),
             scenario->pass == PASS_BOTH ? "forward + backward" : pass_name(scenario->pass));
    append(out, out_bytes, part);
    if (scenario->layer_count > 1) {
        snprintf(part, sizeof part, ", %s layers", units_exact(scenario->layer_count).text);
        append(out, out_bytes, part);
    }
    if (scenario->is_causal) append(out, out_bytes, ", causal");
    if (scenario->mask != MASK_NONE) {
        snprintf(part, sizeof part, ", %s mask", mask_name(scenario->mask));
        append(out, out_bytes, part);
    }
    if (scenario->dropout_probability > 0) {
        snprintf(part, sizeof part, ", dropout %g", scenario->dropout_probability);
        append(out, out_bytes, part);
    }
    snprintf(part, sizeof part, ", on %s", scenario->machine.title);
    append(out, out_bytes, part);
}
