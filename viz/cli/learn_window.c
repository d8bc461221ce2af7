/* Lessons in the window, one after another: what the window asks for while it is open. See learn.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/draft.h"
#include "viz/cli/learn.h"
#include "viz/state/tutor.h"
#include "viz/window/window.h"

/* What is open, and where its progress is kept. Lessons opened from the window are kept for when they are opened again,
 * and freed with it. */
typedef struct Keeper {
    LearnOpened *current, *made[LESSON_FILES_MAX]; /* current: NULL where none is open */
    int made_count;
    const char *path, *capture_path;
    Progress *progress;
    const char *ids[LESSON_FILES_MAX]; /* of the shelf */
    Shelf shelf;
    Arena arena; /* of the shelf */
} Keeper;

/* How far each lesson has been gone through. */
static void put_places(Keeper *keeper) {
    for (int i = 0; i < keeper->shelf.lesson_count; i++)
        snprintf(keeper->shelf.lessons[i].place, SHELF_PLACE_BYTES, "%s",
                 learn_standing(keeper->progress, keeper->ids[i], &keeper->arena));
}

/* NULL: none is open. */
static void set_current(Keeper *keeper, LearnOpened *opened) {
    keeper->current = opened;
    keeper->shelf.open_index = -1;
    for (int i = 0; i < keeper->shelf.lesson_count && keeper->current; i++)
        if (!keeper->current->own_files.count && strcmp(keeper->ids[i], keeper->current->lesson.id) == 0)
            keeper->shelf.open_index = i;
}

/* The lessons that are built in. */
static bool fill_shelf(Keeper *keeper, Err *err) {
    Shelf *shelf = &keeper->shelf;
    int count = lesson_list(&lesson_files, keeper->ids, LESSON_FILES_MAX, &keeper->arena);
    for (int i = 0; i < count && i < SHELF_LESSONS_MAX; i++) {
        LessonHead head;
        if (!lesson_read_head(&lesson_files, keeper->ids[i], &head, &keeper->arena, err)) return false;
        shelf->lessons[shelf->lesson_count++] = (ShelfLesson){.title = head.title, .minutes = head.minutes};
    }
    put_places(keeper);
    return true;
}

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
    put_places(keeper);
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

/* Of the lesson after the one that is open; NULL after the last, and for a folder of one's own. */
static const char *next_title(const Shelf *shelf) {
    bool has_next = shelf->open_index >= 0 && shelf->open_index + 1 < shelf->lesson_count;
    return has_next ? shelf->lessons[shelf->open_index + 1].title : NULL;
}

/* NULL where its numbers cannot be asked. */
static Tutor *make_tutor(const Keeper *keeper, Scenario *scenario, Err *err) {
    LearnOpened *opened = keeper->current;
    Tutor *tutor = ARENA_NEW(&opened->arena, Tutor);
    if (!ask_scenario(&opened->opened.scenario, "", scenario, err) ||
        !tutor_make(&opened->opened, progress_get(keeper->progress, &opened->opened), tutor, &opened->arena, err))
        return NULL;
    tutor->next_title = next_title(&keeper->shelf);
    load_drafts(keeper, tutor);
    return tutor;
}

/* One opened before from this window is taken up again. */
static LearnOpened *find_made(const Keeper *keeper, const char *id) {
    for (int i = 0; i < keeper->made_count; i++)
        if (strcmp(keeper->made[i]->lesson.id, id) == 0) return keeper->made[i];
    return NULL;
}

static LearnOpened *make_opened(Keeper *keeper, const char *id, Err *err) {
    LearnOpened *made = calloc(1, sizeof *made);
    if (!made) {
        err_no_memory(err, "a lesson");
        return NULL;
    }
    if (learn_open(id, made, err) && learn_read_captures(made, keeper->capture_path, err)) {
        keeper->made[keeper->made_count++] = made;
        return made;
    }
    learn_close(made);
    free(made);
    return NULL;
}

static Tutor *open_id(Keeper *keeper, const char *id, Scenario *scenario, Err *err) {
    LearnOpened *before = keeper->current, *opened = find_made(keeper, id);
    if (!opened) opened = make_opened(keeper, id, err);
    if (!opened) return NULL;
    set_current(keeper, opened);
    Tutor *tutor = make_tutor(keeper, scenario, err);
    if (!tutor) set_current(keeper, before);
    return tutor;
}

static Tutor *open_lesson(void *self, int index, Scenario *scenario, Err *err) {
    Keeper *keeper = self;
    if (index < keeper->shelf.lesson_count) return open_id(keeper, keeper->ids[index], scenario, err);
    set_current(keeper, NULL);
    return NULL;
}

static void close_made(Keeper *keeper) {
    for (int i = 0; i < keeper->made_count; i++) {
        learn_close(keeper->made[i]);
        free(keeper->made[i]);
    }
    arena_free(&keeper->arena);
}

static bool run(const Scenario *scenario, WindowOptions options, Keeper *keeper, Err *err) {
    options.keep = keep;
    options.open_lesson = open_lesson;
    options.shelf = &keeper->shelf;
    options.self = keeper;
    return window_run(scenario, &options, err);
}

bool learn_play_window(LearnOpened *opened, const char *path, Progress *progress, const char *capture_path, Err *err) {
    Scenario scenario;
    Keeper keeper = {.path = path, .capture_path = capture_path, .progress = progress};
    bool is_filled = fill_shelf(&keeper, err);
    set_current(&keeper, opened);
    Tutor *tutor = is_filled ? make_tutor(&keeper, &scenario, err) : NULL;
    bool is_good = tutor && run(&scenario, (WindowOptions){.step_index = -1, .tutor = tutor}, &keeper, err);
    close_made(&keeper);
    return is_good;
}

bool learn_show_window(const Scenario *scenario, const WindowOptions *options, Err *err) {
    char path[1024];
    Keeper keeper = {.path = path, .capture_path = options->capture_path, .shelf.open_index = -1};
    keeper.progress = ARENA_NEW(&keeper.arena, Progress);
    const char *note = learn_load_progress(path, sizeof path, keeper.progress, &keeper.arena);
    bool is_shown = fill_shelf(&keeper, err) && run(scenario, *options, &keeper, err);
    if (is_shown && keeper.made_count && *note) fprintf(stderr, "hbmscope: %s\n", note);
    close_made(&keeper);
    return is_shown;
}
