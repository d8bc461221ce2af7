/* A lesson opened for whoever shows it: see learn.h. */
#include "viz/cli/learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool learn_open(const char *name, LearnOpened *opened, Err *err) {
    const LessonFiles *files = &lesson_files;
    const char *id = NULL;
    if (strchr(name, '/')) {
        if (!lesson_files_read_folder(name, &opened->own_files, &id, &opened->arena, err)) return false;
        files = &opened->own_files;
    } else {
        id = lesson_find(files, name, &opened->arena);
        if (!id)
            return err_set(err, ERR_USAGE,
                           "'%.60s' is no lesson; `hbmscope learn --list` shows them (a number, a name, or a folder "
                           "with a / in it)",
                           name);
    }
    return lesson_read(files, id, &opened->lesson, &opened->arena, err) &&
           lesson_case_open(&opened->lesson, &opened->memory, &opened->opened, err);
}

const char *learn_load_progress(char *path, int path_bytes, Progress *progress, Arena *arena) {
    enum { NOTE_BYTES = 1500 };
    char *note = ARENA_ARRAY(arena, char, NOTE_BYTES);
    Err err;
    if (!progress_path(getenv("XDG_DATA_HOME"), getenv("HOME"), path, path_bytes, &err) ||
        !progress_load(path, progress, note, NOTE_BYTES, &err)) {
        path[0] = '\0'; /* a lesson can be had without a place to keep it */
        snprintf(note, NOTE_BYTES, "progress is not kept: %s", err.text);
        *progress = (Progress){0};
    }
    return note;
}

const char *learn_standing(const Progress *progress, const char *id, Arena *arena) {
    const ProgressLine *place = progress_place(progress, id);
    if (!place) return "";
    if (place->is_done) return "done";
    return arena_format(arena, "%d of %d", place->part, place->part_count);
}

void learn_close(LearnOpened *opened) {
    ask_memory_free(&opened->memory);
    arena_free(&opened->arena);
}
