/* Lessons in the window, one after another: what the window asks for while it is open. See learn.h. */
#include <stdlib.h>
#include <string.h>

#include "lessons/draft.h"
#include "viz/cli/learn.h"
#include "viz/state/tutor.h"
#include "viz/window/window.h"

/* What is open, and where its progress is kept. Lessons opened from the window are freed with it. */
typedef struct Keeper {
    LearnOpened *current, *made[LESSON_FILES_MAX];
    int made_count;
    const char *path, *capture_path;
    Progress *progress;
} Keeper;

/* Programs that differ from what they began as. */
static bool keep_drafts(const Keeper *keeper, const Tutor *tutor, Err *err) {
    const Lesson *lesson = &keeper->current->lesson;
    for (int i = 0; i < lesson->part_count; i++) {
        const char *draft = tutor_draft(tutor, i);
        if (draft && strcmp(draft, lesson->parts[i].start) != 0 &&
            !draft_save(keeper->path, lesson->id, lesson->parts[i].name, draft, err))
            return false;
    }
    return true;
}

static bool keep(void *self, const Tutor *tutor, Err *err) {
    Keeper *keeper = self;
    progress_put(keeper->progress, &keeper->current->opened, &tutor->lesson);
    return !*keeper->path || (progress_save(keeper->path, keeper->progress, err) && keep_drafts(keeper, tutor, err));
}

static void load_drafts(const Keeper *keeper, Tutor *tutor) {
    LearnOpened *opened = keeper->current;
    for (int i = 0; i < opened->lesson.part_count && *keeper->path; i++) {
        if (!tutor_draft(tutor, i)) continue;
        const char *draft = draft_load(keeper->path, opened->lesson.id, opened->lesson.parts[i].name, &opened->arena);
        if (draft) tutor_set_draft(tutor, i, draft);
    }
}

/* The id of the lesson after one that was built in; NULL after the last, and for a folder of one's own. */
static const char *next_id(const LearnOpened *opened, Arena *arena) {
    const char *ids[LESSON_FILES_MAX];
    int count = opened->own_files.count ? 0 : lesson_list(&lesson_files, ids, LESSON_FILES_MAX, arena);
    for (int i = 0; i + 1 < count; i++)
        if (strcmp(ids[i], opened->lesson.id) == 0) return ids[i + 1];
    return NULL;
}

static const char *next_title(LearnOpened *opened) {
    const char *id = next_id(opened, &opened->arena);
    Lesson *next = ARENA_NEW(&opened->arena, Lesson);
    return id && lesson_read(&lesson_files, id, next, &opened->arena, NULL) ? next->title : NULL;
}

/* NULL where its numbers cannot be asked. */
static Tutor *make_tutor(const Keeper *keeper, Scenario *scenario, Err *err) {
    LearnOpened *opened = keeper->current;
    Tutor *tutor = ARENA_NEW(&opened->arena, Tutor);
    if (!ask_scenario(&opened->opened.scenario, "", scenario, err) ||
        !tutor_make(&opened->opened, progress_get(keeper->progress, &opened->opened), tutor, &opened->arena, err))
        return NULL;
    tutor->next_title = next_title(opened);
    load_drafts(keeper, tutor);
    return tutor;
}

static Tutor *open_next(void *self, Scenario *scenario, Err *err) {
    Keeper *keeper = self;
    LearnOpened *before = keeper->current, *next = calloc(1, sizeof *next);
    if (!next) {
        err_no_memory(err, "a lesson");
        return NULL;
    }
    keeper->made[keeper->made_count++] = next;
    keeper->current = next;
    Tutor *tutor =
        learn_open(next_id(before, &before->arena), next, err) && learn_read_captures(next, keeper->capture_path, err)
            ? make_tutor(keeper, scenario, err)
            : NULL;
    if (!tutor) keeper->current = before;
    return tutor;
}

bool learn_play_window(LearnOpened *opened, const char *path, Progress *progress, const char *capture_path, Err *err) {
    Scenario scenario;
    Keeper keeper = {.current = opened, .path = path, .capture_path = capture_path, .progress = progress};
    Tutor *tutor = make_tutor(&keeper, &scenario, err);
    if (!tutor) return false;
    WindowOptions options = {.step_index = -1, .tutor = tutor, .keep = keep, .open_next = open_next, .self = &keeper};
    bool is_good = window_run(&scenario, &options, err);
    for (int i = 0; i < keeper.made_count; i++) {
        learn_close(keeper.made[i]);
        free(keeper.made[i]);
    }
    return is_good;
}
