/* argv as a sequence of options and other words; `--name value`, `--name=value` and `-o value` are the same thing.
 *
 * verb_parse and verb_parse_list (verb.h) are built on this. Nothing is copied: texts point into argv.
 */
#ifndef VIZ_CLI_ARGS_H
#define VIZ_CLI_ARGS_H
#include "viz/cli/verb.h"

typedef struct ArgReader {
    int argc;
    char **argv;
    int index; /* of the word last read; 0, the verb, before the first */
} ArgReader;

typedef struct Arg {
    char name[64];    /* without dashes; "" for a word that is no option */
    const char *text; /* the word, or what stands behind '=', or NULL */
} Arg;

/* The next word; false at the end. */
bool arg_next(ArgReader *reader, Arg *arg);
/* Makes arg->text the option's value, the next word where there was no '='. */
bool arg_take_value(ArgReader *reader, Arg *arg, Err *err);
/* --json, --csv and the verb's own options; *is_taken says whether arg was one of them. */
bool arg_take_own(ArgReader *reader, Arg *arg, const VerbOption *own, int own_count, OutputFormat *format,
                  bool *is_taken, Err *err);
/* --theme's value into *is_dark, which stays as it is where text is NULL. */
bool arg_read_theme(const char *text, bool *is_dark, Err *err);
/* The error for an option that nobody took, with the nearest one; with_scenario: scenario options are known too. */
bool arg_unknown(const Arg *arg, const VerbOption *own, int own_count, bool with_scenario, Err *err);
#endif
