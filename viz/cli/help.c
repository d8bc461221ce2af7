/* Help texts: see help.h. */
#include "viz/cli/help.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/parse.h"

const Verb *help_find_verb(const char *name, Err *err) {
    Nearest nearest = {.word = name};
    for (int i = 0; i < verb_table_count; i++) {
        if (strcmp(verb_table[i].name, name) == 0) return &verb_table[i];
        nearest_try(&nearest, verb_table[i].name);
    }
    err_set(err, ERR_USAGE, "unknown verb '%s'%s (`hbmscope help` lists them)", parse_quote(name).text,
            nearest_hint(&nearest).text);
    return NULL;
}

static void print_overview(Output *output) {
    output_format(output,
                  "hbmscope: where do attention's bytes go on a GPU?\n\nusage: hbmscope VERB [SCENARIO] [options]\n\n");
    for (int i = 0; i < verb_table_count; i++)
        output_format(output, "  %-11s %s\n", verb_table[i].name, verb_table[i].help);
    output_format(output, "  %-11s %s\n", "help",
                  "this text, or a verb's page: help VERB; --version says which version");
    output_format(output,
                  "\n`hbmscope help VERB` shows a verb's options. SCENARIO is a text file of `key = value` lines,\n"
                  "with the long options as keys. Exit status: 2 for wrong usage, 3 where hardware or a display\n"
                  "is absent, 1 for other errors.\n");
}

static bool takes_scenario(const Verb *verb) { return strstr(verb->usage, "SCENARIO") != NULL; }

static void print_option(Output *output, const char *option, const char *help, const char *default_value) {
    output_format(output, "  %-32s %s", option, help);
    if (default_value[0]) output_format(output, " [%s]", default_value);
    output_format(output, "\n");
}

/* Every scenario option with its default, out of the table. */
static void print_scenario_options(Output *output) {
    Scenario scenario = scenario_default();
    output_format(output, "\nscenario options [default] (sizes take K, M, G, T: powers of 1024):\n");
    for (int i = 0; i < scenario_option_count; i++) {
        const ScenarioOption *option = &scenario_options[i];
        char left[80], value[256];
        snprintf(left, sizeof left, "--%s%s%s", option->key, option->is_switch ? "" : " ", option->value_help);
        scenario_format_value(&scenario, option->key, value, sizeof value);
        print_option(output, left, option->help, value);
    }
}

static void print_verb(const Verb *verb, Output *output) {
    output_format(output, "usage: hbmscope %s\n\n%s\n", verb->usage, verb->help);
    if (verb->own_options) output_format(output, "\n");
    for (const VerbOptionHelp *own = verb->own_options; own && own->option; own++)
        print_option(output, own->option, own->text, "");
    if (takes_scenario(verb)) print_scenario_options(output);
}

void help_print(const Verb *verb, Output *output) {
    if (verb)
        print_verb(verb, output);
    else
        print_overview(output);
}

void help_print_version(Output *output) { output_format(output, "hbmscope 0.1.0\n"); }
