/* The sparse algorithms' options and who uses them: see option_users.h. */
#include "sim/attention/option_users.h"

#include <string.h>

const OptionUsers option_users[] = {
    {"window", "window masked longformer nsa"},
    {"global-tokens", "longformer"},
    {"select-block", "moba nsa quest paged"},
    {"select-count", "moba nsa quest dsa"},
    {"compress-block", "nsa"},
    {"compress-stride", "nsa"},
    {"splits", "decode paged"},
};
const int option_users_count = sizeof option_users / sizeof option_users[0];

static bool is_listed(const char *names, const char *name) {
    size_t length = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += length)
        if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0)) return true;
    return false;
}

bool option_is_unused(const OptionUsers *option, const Scenario *scenario) {
    char value[64], unset[64];
    Scenario without = scenario_default();
    scenario_format_value(scenario, option->key, value, sizeof value);
    scenario_format_value(&without, option->key, unset, sizeof unset);
    if (strcmp(value, unset) == 0) return false;
    for (int i = 0; i < scenario->algorithm_count; i++)
        if (is_listed(option->algorithms, scenario->algorithms[i])) return false;
    return true;
}
