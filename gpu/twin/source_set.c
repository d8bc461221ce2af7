/* A CUDA source and its local headers, translated: see source_set.h. */
#include "gpu/twin/source_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool source_read(const char *path, const char **text, Arena *arena, Err *err) {
    struct stat info;
    FILE *in = fopen(path, "rb");
    if (!in || fstat(fileno(in), &info) != 0 || !S_ISREG(info.st_mode)) {
        int error = in ? EISDIR : errno;
        if (in) fclose(in);
        return err_cannot_read(err, path, error);
    }
    bool is_small = info.st_size <= SOURCE_BYTES_MAX;
    char *bytes = is_small ? arena_alloc_bytes(arena, (size_t)info.st_size + 1) : NULL;
    size_t got = is_small ? fread(bytes, 1, (size_t)info.st_size, in) : 0;
    fclose(in);
    if (!is_small)
        return err_set(err, ERR_OTHER, "%s has %lld bytes; a source file may have %d", path, (long long)info.st_size,
                       SOURCE_BYTES_MAX);
    if (memchr(bytes, 0, got)) return err_set(err, ERR_OTHER, "%s holds a zero byte: it is no source text", path);
    *text = bytes;
    return true;
}

bool source_write(const char *path, const char *bytes, size_t size_bytes, Err *err) {
    FILE *out = fopen(path, "wb");
    bool is_ok = out && fwrite(bytes, 1, size_bytes, out) == size_bytes;
    if (out) is_ok = fclose(out) == 0 && is_ok;
    return is_ok || err_cannot_write(err, path, errno);
}

static void add_problems(SourceSet *set, const char *path, const Translation *t) {
    for (int i = 0; i < t->problem_count; i++) {
        size_t used = strlen(set->problems.text);
        snprintf(set->problems.text + used, sizeof set->problems.text - used, "%s%s:%d: %s",
                 set->problem_count++ ? "; " : "", path, t->problems[i].line, t->problems[i].what);
    }
}

static const char *stand_in(const SourceSet *set, const char *include) {
    for (const char *const *pair = set->stand_ins; pair && *pair; pair += 2)
        if (strcmp(include, pair[0]) == 0) return pair[1];
    return include;
}

/* Local headers hold kernels too: each include that is found becomes an include of its translation. */
static bool translate_includes(SourceSet *set, const char *path, Translation *t, Err *err) {
    const char *slash = strrchr(path, '/');
    for (int i = 0; i < t->include_count; i++) {
        const char *include = stand_in(set, t->includes[i].path), *translated;
        const char *beside = arena_format(set->arena, "%.*s/%s", (int)(slash - path), path, include);
        const char *found = access(beside, R_OK) == 0 ? beside : access(include, R_OK) == 0 ? include : NULL;
        if (!found) continue;
        if (!source_translate(set, found, &translated, err)) return false;
        translate_edit(t, t->includes[i].offset_bytes, t->includes[i].length_bytes, translated);
    }
    return true;
}

bool source_translate(SourceSet *set, const char *path, const char **translated, Err *err) {
    char *real = realpath(path, NULL);
    if (!real) return err_cannot_read(err, path, errno);
    const char *real_path = arena_copy_text(set->arena, real);
    free(real);
    int index = 0;
    while (index < set->source_count && strcmp(set->sources[index], real_path) != 0) index++;
    *translated = arena_format(set->arena, "%s/source%d.cpp", set->folder, index);
    if (index < set->source_count) return true;
    if (index == SOURCES_MAX) return err_set(err, ERR_OTHER, "%s: more than %d files are included", path, SOURCES_MAX);
    set->sources[set->source_count++] = real_path;
    const char *text;
    if (!source_read(real_path, &text, set->arena, err)) return false;
    Translation *t = translate_scan(text, set->arena);
    add_problems(set, path, t);
    if (!translate_includes(set, real_path, t, err)) return false;
    const char *out = arena_format(set->arena, "# 1 \"%s\"\n%s", real_path, translate_apply(t, set->arena));
    return source_write(*translated, out, strlen(out), err);
}
