/* Bookmarks -> what the replay beside a lesson shows: see tutor_place.h. */
#include "viz/state/tutor_place.h"

#include <string.h>

#include "viz/state/zoom.h"

int tutor_bookmark_before(const Tutor *t, int part) {
    for (int i = part; i >= 0; i--)
        if (i < t->c->lesson->part_count && t->c->lesson->parts[i].kind == LESSON_BOOKMARK) return i;
    return -1;
}

bool tutor_place(const Tutor *tutor, int part, Scenario *scenario, uint64_t *step_index, Err *err) {
    const LessonPart *bookmark = &tutor->c->lesson->parts[part];
    LessonPlace place;
    if (!ask_scenario(&tutor->c->scenario, bookmark->settings, scenario, err) ||
        !lesson_case_bookmark(tutor->c, bookmark, &place, err))
        return false;
    scenario->algorithms[0] = place.count->algorithm->name;
    scenario->algorithm_count = 1;
    *step_index = place.state.step_index;
    return true;
}

void tutor_look(const Tutor *tutor, ViewState *state) {
    const char *look = tutor->bookmark >= 0 ? tutor->c->lesson->parts[tutor->bookmark].look : "";
    int request = lesson_lens_request(look);
    zoom_reset(state);
    if (request) state->zoom = ZOOM_WARP;
    state->lens_index = request ? (uint64_t)request - 1 : 0;
    state->lens_lane = 0;
    state->has_values = strcmp(look, "values") == 0;
}

/* Lecture mode. */

TutorEffects tutor_apply_lecture(Tutor *t, const Event *event) {
    int direction = event->kind != EVENT_KEY ? 0 : event->key == KEY_ENTER ? 1 : event->key == KEY_BACKSPACE ? -1 : 0;
    for (int i = t->bookmark + direction; direction && i >= 0 && i < t->c->lesson->part_count; i += direction)
        if (t->c->lesson->parts[i].kind == LESSON_BOOKMARK) {
            t->bookmark = i;
            return (TutorEffects){.is_taken = true, .is_place_changed = true};
        }
    return (TutorEffects){.is_taken = direction != 0};
}

const char *tutor_note(const Tutor *t, Arena *arena) {
    if (t->bookmark < 0 || t->texts[t->bookmark].block_count == 0) return NULL;
    return markdown_plain(&t->texts[t->bookmark].blocks[0], -1, arena);
}

const char *tutor_note_place(const Tutor *t, Arena *arena) {
    int number = 0, count = 0;
    for (int i = 0; i < t->c->lesson->part_count; i++) {
        bool is_bookmark = t->c->lesson->parts[i].kind == LESSON_BOOKMARK;
        count += is_bookmark;
        number += is_bookmark && i <= t->bookmark;
    }
    const char *keys = count == 0        ? "L: back to the text"
                       : number == 0     ? "Enter begins"
                       : number == count ? "the last; L: back to the text"
                                         : "Enter goes on";
    return count ? arena_format(arena, "%d of %d, %s", number, count, keys) : keys;
}
