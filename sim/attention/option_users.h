/* Which options only some algorithms use, so that one given in vain can be said. Pure. */
#ifndef SIM_ATTENTION_OPTION_USERS_H
#define SIM_ATTENTION_OPTION_USERS_H
#include "sim/scenario.h"

typedef struct OptionUsers {
    const char *key;        /* the option's long name */
    const char *algorithms; /* those that use it, with blanks between */
} OptionUsers;
extern const OptionUsers option_users[];
extern const int option_users_count;

/* The option is set in the scenario and none of its algorithms uses it. */
bool option_is_unused(const OptionUsers *option, const Scenario *scenario);
#endif
