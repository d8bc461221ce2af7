/* hbmscope kernel FILE.cu: anybody's CUDA program on the CPU, every access counted. The program hbmscope-kernel does
 * it. */
#include "viz/cli/child.h"
#include "viz/cli/verbs.h"

bool verb_kernel(int argc, char **argv, Err *err) {
    (void)argc;
    return child_become("hbmscope-kernel", (const char *const *)argv, ERR_OTHER, "`make` builds it", err);
}
