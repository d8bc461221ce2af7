/* Captures for a lesson's hardware blocks: see learn.h. */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "viz/cli/learn.h"

/* "ROOT/gpu/captures/" for a program at ROOT/build/hbmscope; "" where that cannot be told. */
static void find_folder(char folder[1100]) {
    char program[1024];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    folder[0] = '\0';
    if (length <= 0) return;
    program[length] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(program, '/');
        if (!slash) return;
        *slash = '\0';
    }
    snprintf(folder, 1100, "%s/gpu/captures", program);
}

static bool read_one(LearnOpened *opened, const char *path, Err *err) {
    LessonCase *c = &opened->opened;
    if (c->capture_count == LEARN_CAPTURES_MAX)
        return err_set(err, ERR_OTHER, "%s: more than %d captures", path, LEARN_CAPTURES_MAX);
    if (!capture_read_file(arena_copy_text(&opened->arena, path), &opened->captures[c->capture_count], &opened->arena,
                           err))
        return false;
    c->captures = opened->captures;
    c->capture_count++;
    return true;
}

bool learn_read_captures(LearnOpened *opened, const char *path, Err *err) {
    char folder[1100], pattern[1120];
    glob_t found;
    bool is_good = true;
    if (path) return read_one(opened, path, err);
    find_folder(folder);
    snprintf(pattern, sizeof pattern, "%s/*.txt", folder);
    if (!*folder || glob(pattern, 0, NULL, &found) != 0) return true;
    for (size_t i = 0; i < found.gl_pathc && is_good; i++) is_good = read_one(opened, found.gl_pathv[i], err);
    globfree(&found);
    return is_good;
}
