/* A verb of the command line: one file each (verb_count.c, ...), one row each in the table (verbs.c). */
#ifndef VIZ_CLI_VERB_H
#define VIZ_CLI_VERB_H
#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "sim/scenario.h"
#include "viz/cli/output.h"

/* A line of a verb's page of help. */
typedef struct VerbOptionHelp {
    const char *option; /* "--from N" */
    const char *text;   /* what it does, [default] */
} VerbOptionHelp;

typedef struct Verb {
    const char *name;
    const char *usage; /* "count [SCENARIO] [options]" */
    const char *help;  /* one sentence */
    /* argv[0] is the verb. Returns false with *err filled; prints results to stdout only when all is well. */
    bool (*run)(int argc, char **argv, Err *err);
    /* Options of its own beside the scenario's; ends with a row of NULL. NULL where there are none. */
    const VerbOptionHelp *own_options;
} Verb;
extern const Verb verb_table[];
extern const int verb_table_count;

/* What every verb shares on its command line, parsed the same everywhere. */
typedef enum OutputFormat { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV } OutputFormat;

/* An option of one verb's own. `--name VALUE` or `--name=VALUE`; a switch has value NULL and sets *is_set. */
typedef struct VerbOption {
    const char *name;   /* without dashes */
    const char **value; /* NULL: a switch */
    bool *is_set;       /* may be NULL */
} VerbOption;

/* Parses argv[1..]: at most one SCENARIO file (or a Hugging Face config.json), scenario options, --json/--csv, the
 * verb's own options, in any order; options win over the file. Fills *scenario (finished and checked). An own option
 * comes before a scenario option of the same name. Unknown options name the nearest known one. */
bool verb_parse(int argc, char **argv, const VerbOption *own, int own_count, Scenario *scenario, OutputFormat *format,
                Err *err);
/* The same without scenario_finish, for a verb that still sets options itself (a sweep). */
bool verb_parse_unfinished(int argc, char **argv, const VerbOption *own, int own_count, Scenario *scenario,
                           OutputFormat *format, Err *err);
/* The same on top of the scenario that *scenario holds, instead of the default one. */
bool verb_parse_upon(int argc, char **argv, const VerbOption *own, int own_count, Scenario *scenario,
                     OutputFormat *format, Err *err);
/* For a verb without a scenario: --json/--csv and its own options. */
bool verb_parse_list(int argc, char **argv, const VerbOption *own, int own_count, OutputFormat *format, Err *err);
/* Its --gpu: a name or a file, as machine_find takes them. */
bool verb_find_gpu(const char *name_or_path, Machine *machine, Err *err);
#endif
