/* A CUDA source and the local headers it includes, translated together into a folder.
 *
 * Reads and writes files; everything else lives in the arena.
 */
#ifndef GPU_TWIN_SOURCE_SET_H
#define GPU_TWIN_SOURCE_SET_H
#include "gpu/twin/translate.h"
#include "sim/base/err.h"

enum { SOURCES_MAX = 64, SOURCE_BYTES_MAX = 16 << 20 };

typedef struct SourceSet {
    const char *folder; /* where translations go: source0.cpp is the first file's, source1.cpp ... its includes' */
    Arena *arena;
    const char *const *stand_ins;     /* includes that other files stand in for: include, file, ..., NULL; or NULL */
    const char *sources[SOURCES_MAX]; /* real paths, in the order of those numbers */
    int source_count;
    int problem_count;
    Err problems; /* every line that the CPU cannot run, in one text */
} SourceSet;

/* Translates `path` and what it includes by "..." and finds beside it or from here. *translated: where it now lies. */
bool source_translate(SourceSet *set, const char *path, const char **translated, Err *err);
/* A whole text file. Refused: folders, more than SOURCE_BYTES_MAX, zero bytes. */
bool source_read(const char *path, const char **text, Arena *arena, Err *err);
bool source_write(const char *path, const char *bytes, size_t size_bytes, Err *err);
#endif
