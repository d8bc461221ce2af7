/* The table of verbs: see verb.h. */
#include "viz/cli/verbs.h"
#include "viz/cli/verb.h"

const Verb verb_table[] = {
    {"gpus", "gpus [--json|--csv]", "the GPUs that --gpu knows, each with its figures and their source", verb_gpus,
     NULL},
    {"counters", "counters [--json|--csv]", "what is counted: unit, hardware counter, meaning", verb_counters, NULL},
};
const int verb_table_count = (int)(sizeof verb_table / sizeof verb_table[0]);
