/* Files of drafts: see draft.h. */
#include "lessons/draft.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/text_file.h"

enum { PATH_BYTES = 1400 };
static const char prefix[] = "draft-";

/* Bytes of the folder in front of a path's last part, its / included. */
static int folder_bytes(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

static bool make_path(const char *progress_path, const char *lesson, const char *exercise, char path[PATH_BYTES],
                      Err *err) {
    int length =
        snprintf(path, PATH_BYTES, "%.*s%s%s-%s", folder_bytes(progress_path), progress_path, prefix, lesson, exercise);
    return length < PATH_BYTES || err_set(err, ERR_OTHER, "%.60s...: the path is too long", path);
}

bool draft_save(const char *progress_path, const char *lesson, const char *exercise, const char *text, Err *err) {
    char path[PATH_BYTES], temporary[PATH_BYTES + 40];
    if (!make_path(progress_path, lesson, exercise, path, err)) return false;
    snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    FILE *out = fopen(temporary, "w");
    if (!out) return err_cannot_write(err, temporary, errno);
    bool is_written = fputs(text, out) >= 0 && fflush(out) == 0 && fsync(fileno(out)) == 0;
    is_written = fclose(out) == 0 && is_written;
    if (is_written && rename(temporary, path) == 0) return true;
    int why = errno;
    remove(temporary);
    return err_cannot_write(err, path, why);
}

const char *draft_load(const char *progress_path, const char *lesson, const char *exercise, Arena *arena) {
    char path[PATH_BYTES];
    if (!make_path(progress_path, lesson, exercise, path, NULL)) return NULL;
    return text_file_read(path, DRAFT_MAX_BYTES, ERR_OTHER, arena, NULL);
}

bool draft_remove_all(const char *progress_path, Err *err) {
    char folder[PATH_BYTES], path[PATH_BYTES + 300];
    int length = folder_bytes(progress_path);
    if (length == 0 || length >= PATH_BYTES) return true;
    snprintf(folder, sizeof folder, "%.*s", length, progress_path);
    DIR *directory = opendir(folder);
    if (!directory) return errno == ENOENT || err_cannot_read(err, folder, errno);
    bool is_good = true;
    for (struct dirent *entry; is_good && (entry = readdir(directory));) {
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0) continue;
        snprintf(path, sizeof path, "%s%s", folder, entry->d_name);
        is_good = remove(path) == 0 || err_cannot_write(err, path, errno);
    }
    closedir(directory);
    return is_good;
}
