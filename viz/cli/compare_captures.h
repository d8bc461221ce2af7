/* `hbmscope compare` over whole captures instead of one scenario: every point against the model, store policies,
 * two profilers, probes, speed. One of these options chooses; each takes a capture or a folder of them. */
#ifndef VIZ_CLI_COMPARE_CAPTURES_H
#define VIZ_CLI_COMPARE_CAPTURES_H
#include "viz/cli/verb.h"

/* Whether argv asks for one of them. */
bool compare_captures_is_asked(int argc, char **argv);
bool compare_captures(int argc, char **argv, Err *err);
#endif
