/* The table of options as data: see scenario.h and scenario_rules.h. */
#include <string.h>

#include "sim/scenario_rules.h"

const ScenarioOption scenario_options[] = {
#define X(key, value_help, kind, member, min, max, zero_word, help)                                                    \
    {key, value_help, help, OPTION_##kind == OPTION_SWITCH},
    SCENARIO_OPTIONS(X)
#undef X
};
const int scenario_option_count = (int)(sizeof scenario_options / sizeof scenario_options[0]);

const OptionRule scenario_rules[] = {
#define X(key, value_help, kind, member, min, max, zero_word, help)                                                    \
    {OPTION_##kind, offsetof(Scenario, member), min, max, zero_word},
    SCENARIO_OPTIONS(X)
#undef X
};

int scenario_option_find(const char *key) {
    for (int i = 0; i < scenario_option_count; i++)
        if (strcmp(scenario_options[i].key, key) == 0) return i;
    return -1;
}
