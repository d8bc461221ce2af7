/* A lesson opened for whoever shows it: see learn.h. */
#include "viz/cli/learn.h"

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

void learn_close(LearnOpened *opened) {
    ask_memory_free(&opened->memory);
    arena_free(&opened->arena);
}
