/* Lessons by name among their files, and a user's own folder: see lesson.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/lesson.h"
#include "sim/base/text_file.h"

const char *lesson_file(const LessonFiles *files, const char *id, const char *name) {
    size_t id_length = strlen(id);
    for (int i = 0; i < files->count; i++) {
        const char *path = files->files[i].path;
        if (strncmp(path, id, id_length) == 0 && path[id_length] == '/' && strcmp(path + id_length + 1, name) == 0)
            return files->files[i].text;
    }
    return NULL;
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

int lesson_list(const LessonFiles *files, const char **ids, int max, Arena *arena) {
    int count = 0;
    for (int i = 0; i < files->count; i++) {
        const char *slash = strchr(files->files[i].path, '/');
        if (!slash || strcmp(slash, "/lesson.md") != 0) continue;
        if (count < max)
            ids[count] = arena_format(arena, "%.*s", (int)(slash - files->files[i].path), files->files[i].path);
        count++;
    }
    qsort(ids, (size_t)(count < max ? count : max), sizeof *ids, by_name);
    return count;
}

static bool is_named(const char *id, const char *name) {
    if (strcmp(id, name) == 0) return true;
    const char *dash = strchr(id, '-');
    if (dash && strcmp(dash + 1, name) == 0) return true;
    char *end;
    long number = strtol(name, &end, 10);
    return *name && isdigit((unsigned char)*name) && *end == '\0' && number == strtol(id, NULL, 10);
}

const char *lesson_find(const LessonFiles *files, const char *name, Arena *arena) {
    const char *ids[LESSON_FILES_MAX], *found = NULL;
    int count = lesson_list(files, ids, LESSON_FILES_MAX, arena);
    for (int i = 0; i < count && i < LESSON_FILES_MAX; i++) {
        if (!is_named(ids[i], name)) continue;
        if (found) return NULL;
        found = ids[i];
    }
    return found;
}

static bool is_lesson_file(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(name, "lesson.md") == 0 || strcmp(name, "scenario.txt") == 0 || strcmp(dot, ".start") == 0 ||
                   strcmp(dot, ".solution") == 0 || strcmp(dot, ".wrong") == 0);
}

bool lesson_files_read_folder(const char *path, LessonFiles *files, const char **id, Arena *arena, Err *err) {
    char *folder = arena_copy_text(arena, path);
    for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--) folder[n - 1] = '\0';
    DIR *dir = opendir(folder);
    if (!dir) return err_cannot_read(err, folder, errno);
    const char *slash = strrchr(folder, '/');
    const char *name = slash ? slash + 1 : folder;
    LessonFile *read = ARENA_ARRAY(arena, LessonFile, LESSON_FILES_MAX);
    int count = 0;
    bool is_good = true;
    for (struct dirent *entry; is_good && (entry = readdir(dir));) {
        if (!is_lesson_file(entry->d_name) || count == LESSON_FILES_MAX) continue;
        char *text = text_file_read(arena_format(arena, "%s/%s", folder, entry->d_name), LESSON_MAX_BYTES, ERR_OTHER,
                                    arena, err);
        is_good = text != NULL;
        if (is_good) read[count++] = (LessonFile){arena_format(arena, "%s/%s", name, entry->d_name), text};
    }
    closedir(dir);
    if (!is_good) return false;
    *files = (LessonFiles){read, count};
    *id = name;
    return true;
}
