/* One option of a scenario: text to value and back, by the rules of the option table. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/attention/algorithm.h"
#include "sim/base/parse.h"
#include "sim/scenario_rules.h"

static const char GPU_PREFIX[] = "gpu.";

static void *member_of(Scenario *scenario, int option) {
    return (char *)scenario + scenario_rules[option].offset_bytes;
}

static const void *member_in(const Scenario *scenario, int option) {
    return (const char *)scenario + scenario_rules[option].offset_bytes;
}

static bool unknown_option(const char *key, Err *err) {
    Nearest nearest = {.word = key};
    for (int i = 0; i < scenario_option_count; i++) nearest_try(&nearest, scenario_options[i].key);
    return err_set(err, ERR_USAGE, "unknown key '%s'%s", parse_quote(key).text, nearest_hint(&nearest).text);
}

static bool unknown_algorithm(const char *name, Err *err) {
    Nearest nearest = {.word = name};
    for (int i = 0; i < algorithm_table_count; i++) nearest_try(&nearest, algorithm_table[i]->name);
    return err_set(err, ERR_USAGE, "algorithm is '%s'; it must be one that `hbmscope algorithms` lists%s",
                   parse_quote(name).text, nearest_hint(&nearest).text);
}

static bool add_algorithm(Scenario *scenario, const char *name, Err *err) {
    const Algorithm *algorithm = algorithm_find(name);
    if (!algorithm) return unknown_algorithm(name, err);
    for (int i = 0; i < scenario->algorithm_count; i++)
        if (strcmp(scenario->algorithms[i], name) == 0)
            return err_set(err, ERR_USAGE, "algorithm '%s' is given twice", algorithm->name);
    if (scenario->algorithm_count == SCENARIO_ALGORITHMS_MAX)
        return err_set(err, ERR_USAGE, "more than %d algorithms are given; '%s' is one too many",
                       SCENARIO_ALGORITHMS_MAX, algorithm->name);
    scenario->algorithms[scenario->algorithm_count++] = algorithm->name;
    return true;
}

/* Adds every name of a list with commas, blanks around them or not. */
static bool add_algorithms(Scenario *scenario, const char *value, Err *err) {
    Scenario changed = *scenario;
    if (changed.has_default_algorithms) changed.algorithm_count = 0;
    changed.has_default_algorithms = false;
    for (const char *at = value;; at++) {
        char name[64];
        at += strspn(at, " \t");
        int length = (int)strcspn(at, ","), name_length = length;
        while (name_length > 0 && (at[name_length - 1] == ' ' || at[name_length - 1] == '\t')) name_length--;
        snprintf(name, sizeof name, "%.*s", name_length, at);
        if (!add_algorithm(&changed, name, err)) return false;
        at += length;
        if (!*at) break;
    }
    *scenario = changed;
    return true;
}

static bool set_choice(unsigned *member, int option, const char *value, Err *err) {
    unsigned choice = (unsigned)scenario_rules[option].min;
    const char *at = scenario_options[option].value_help;
    for (;; choice++) {
        size_t length = strcspn(at, "|");
        if (strlen(value) == length && strncmp(value, at, length) == 0) break;
        if (!at[length])
            return err_set(err, ERR_USAGE, "%s is '%s'; it must be one of %s", scenario_options[option].key,
                           parse_quote(value).text, scenario_options[option].value_help);
        at += length + 1;
    }
    *member = choice;
    return true;
}

static bool set_switch(bool *member, int option, const char *value, Err *err) {
    return parse_on_off(value, scenario_options[option].key, member, err);
}

static bool set_share(double *member, int option, const char *value, Err *err) {
    double share;
    if (!parse_real(value, scenario_options[option].key, 0, 1, &share, NULL) || share >= 1)
        return err_set(err, ERR_USAGE, "%s is '%s'; it must be a number from 0 to below 1",
                       scenario_options[option].key, parse_quote(value).text);
    *member = share;
    return true;
}

static bool set_size(uint64_t *member, int option, const char *value, Err *err) {
    const OptionRule *rule = &scenario_rules[option];
    if (rule->zero_word[0] && strcmp(value, rule->zero_word) == 0) {
        *member = 0;
        return true;
    }
    return parse_size(value, scenario_options[option].key, rule->min, rule->max, member, err);
}

static bool set_l2(Scenario *scenario, int option, const char *value, Err *err) {
    uint64_t size_bytes = 0;
    L2Mode mode = strcmp(value, "on") == 0 ? L2_MACHINE : strcmp(value, "off") == 0 ? L2_OFF : L2_SIZE;
    if (mode == L2_SIZE && !parse_size(value, "l2 (on, off or a size)", scenario_rules[option].min,
                                       scenario_rules[option].max, &size_bytes, err))
        return false;
    scenario->l2_mode = mode;
    scenario->l2_size_bytes = size_bytes;
    return true;
}

static bool is_machine_key(const char *key) {
    for (const char *const *known = machine_keys; *known; known++)
        if (strcmp(*known, key) == 0) return true;
    return false;
}

static bool set_gpu_figure(Machine *machine, const char *key, const char *value, Err *err) {
    if (machine_set(machine, key, value, err)) return true;
    return is_machine_key(key) ? err_prefix(err, "%s", GPU_PREFIX) : false;
}

bool scenario_set(Scenario *scenario, const char *key, const char *value, Err *err) {
    if (strncmp(key, GPU_PREFIX, strlen(GPU_PREFIX)) == 0)
        return set_gpu_figure(&scenario->machine, key + strlen(GPU_PREFIX), value, err);
    int option = scenario_option_find(key);
    if (option < 0) return unknown_option(key, err);
    void *member = member_of(scenario, option);
    switch (scenario_rules[option].kind) {
    case OPTION_ALGORITHM: return add_algorithms(scenario, value, err);
    case OPTION_SIZE:
        if (!set_size(member, option, value, err)) return false;
        scenario->has_given_rows |= member == &scenario->query_rows;
        return true;
    case OPTION_CHOICE: return set_choice(member, option, value, err);
    case OPTION_SWITCH: return set_switch(member, option, value, err);
    case OPTION_SHARE: return set_share(member, option, value, err);
    case OPTION_GPU: return machine_find(value, member, err);
    case OPTION_L2: return set_l2(scenario, option, value, err);
    }
    return false;
}

static void format_algorithms(const Scenario *scenario, char *out, size_t out_bytes) {
    size_t used_bytes = 0;
    out[0] = 0;
    for (int i = 0; i < scenario->algorithm_count && used_bytes < out_bytes; i++)
        used_bytes +=
            (size_t)snprintf(out + used_bytes, out_bytes - used_bytes, "%s%s", i ? "," : "", scenario->algorithms[i]);
}

static void format_choice(unsigned choice, int option, char *out, size_t out_bytes) {
    const char *at = scenario_options[option].value_help;
    for (unsigned i = (unsigned)scenario_rules[option].min; i < choice; i++) at = strchr(at, '|') + 1;
    snprintf(out, out_bytes, "%.*s", (int)strcspn(at, "|"), at);
}

static void format_size(uint64_t value, const char *zero_word, char *out, size_t out_bytes) {
    if (value == 0 && zero_word[0])
        snprintf(out, out_bytes, "%s", zero_word);
    else
        snprintf(out, out_bytes, "%llu", (unsigned long long)value);
}

void scenario_format_value(const Scenario *scenario, const char *key, char *out, int out_bytes) {
    int option = scenario_option_find(key);
    assert(option >= 0 && out_bytes > 0);
    const void *member = member_in(scenario, option);
    size_t room_bytes = (size_t)out_bytes;
    switch (scenario_rules[option].kind) {
    case OPTION_ALGORITHM: format_algorithms(scenario, out, room_bytes); break;
    case OPTION_SIZE: format_size(*(const uint64_t *)member, scenario_rules[option].zero_word, out, room_bytes); break;
    case OPTION_CHOICE: format_choice(*(const unsigned *)member, option, out, room_bytes); break;
    case OPTION_SWITCH: snprintf(out, room_bytes, "%s", *(const bool *)member ? "on" : "off"); break;
    case OPTION_SHARE: snprintf(out, room_bytes, "%s", parse_real_text(*(const double *)member).text); break;
    case OPTION_GPU: snprintf(out, room_bytes, "%s", scenario->machine.name); break;
    case OPTION_L2:
        if (scenario->l2_mode == L2_SIZE)
            format_size(scenario->l2_size_bytes, "", out, room_bytes);
        else
            snprintf(out, room_bytes, "%s", scenario->l2_mode == L2_OFF ? "off" : "on");
        break;
    }
}
