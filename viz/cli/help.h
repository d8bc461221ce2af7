/* Help and version texts, made from the tables of verbs and options. */
#ifndef VIZ_CLI_HELP_H
#define VIZ_CLI_HELP_H
#include "viz/cli/verb.h"

/* The page of one verb, or the overview where verb is NULL. */
void help_print(const Verb *verb, Output *output);
void help_print_version(Output *output);
const Verb *help_find_verb(const char *name, Err *err);
#endif
