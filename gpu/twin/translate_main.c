/* translate FILE.cu FOLDER [INCLUDE STAND-IN ...]: FILE.cu and its local headers as C++ for the twin,
 * FOLDER/source0.cpp first; each stand-in takes the place of the include before it. Used by gpu.mk. */
#include <stdio.h>

#include "gpu/twin/source_set.h"

int main(int argc, char **argv) {
    if (argc < 3 || argc % 2 == 0) {
        fprintf(stderr, "usage: translate FILE.cu FOLDER [INCLUDE STAND-IN ...]\n");
        return ERR_USAGE;
    }
    Arena arena = {0};
    Err err = {0};
    SourceSet set = {.folder = argv[2], .arena = &arena, .stand_ins = (const char *const *)argv + 3};
    const char *translated;
    bool is_ok = source_translate(&set, argv[1], &translated, &err);
    if (is_ok && set.problem_count) is_ok = err_set(&err, ERR_OTHER, "the CPU cannot run %s", set.problems.text);
    arena_free(&arena);
    if (is_ok) return 0;
    fprintf(stderr, "translate: %s\n", err.text);
    return (int)err.code;
}
