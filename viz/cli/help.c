/* Help texts: see help.h. */
#include "viz/cli/help.h"

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
    output_format(output,
                  "\n`hbmscope help VERB` shows a verb's options. SCENARIO is a text file of `key = value` lines,\n"
                  "with the long options as keys. Exit status: 2 for wrong usage, 3 where hardware or a display\n"
                  "is absent, 1 for other errors.\n");
}

static void print_verb(const Verb *verb, Output *output) {
    output_format(output, "usage: hbmscope %s\n\n%s\n", verb->usage, verb->help);
    for (const char *const *option = verb->own_options; option && option[0]; option += 2)
        output_format(output, "%s  %-26s %s\n", option == verb->own_options ? "\n" : "", option[0], option[1]);
}

void help_print(const Verb *verb, Output *output) {
    if (verb)
        print_verb(verb, output);
    else
        print_overview(output);
}

void help_print_version(Output *output) { output_format(output, "hbmscope 0.1.0\n"); }
