/* Captures by a path: see capture_files.h. */
#include "viz/cli/capture_files.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/parse.h"

static bool read_all(char *const *paths, size_t count, CaptureFiles *files, Arena *arena, Err *err) {
    if (count > CAPTURE_FILES_MAX)
        return err_set(err, ERR_OTHER, "%zu captures; at most %d are read", count, CAPTURE_FILES_MAX);
    CaptureFiles read = {.captures = ARENA_ARRAY(arena, Capture, CAPTURE_FILES_MAX)};
    for (size_t i = 0; i < count; i++)
        if (!capture_read_file(paths[i], &read.captures[read.count++], arena, err)) return false;
    *files = read;
    return true;
}

bool capture_files_read(const char *path, CaptureFiles *files, Arena *arena, Err *err) {
    struct stat about;
    glob_t found;
    char *one = arena_copy_text(arena, path);
    if (stat(path, &about) != 0) return err_cannot_read(err, path, errno);
    if (!S_ISDIR(about.st_mode)) return read_all(&one, 1, files, arena, err);
    if (glob(arena_format(arena, "%s/*.txt", path), 0, NULL, &found) != 0) return read_all(&one, 0, files, arena, err);
    bool is_ok = read_all(found.gl_pathv, found.gl_pathc, files, arena, err);
    globfree(&found);
    return is_ok;
}

bool capture_files_is(const Capture *capture, const char *source) {
    return strcmp(capture_key(capture, "source"), source) == 0;
}
