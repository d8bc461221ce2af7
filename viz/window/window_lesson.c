/* The lesson beside the replay: its events, and the replay taken where it points. */
#include "viz/state/position.h"
#include "viz/state/tutor_place.h"
#include "viz/state/zoom.h"
#include "viz/window/window_parts.h"

static void show_scenario(Window *w, const Scenario *scenario, uint64_t step_index) {
    w->state.scenario = *scenario;
    w->state.is_small = false;
    w->state.lead = 0;
    w->state.is_playing = false;
    window_change_scenario(w, true);
    position_go(&w->state, w->world.input.race, step_index);
}

void window_show_place(Window *w) {
    Scenario scenario;
    uint64_t step_index;
    Err err;
    if (!tutor_place(w->options.tutor, w->options.tutor->bookmark, &scenario, &step_index, &err)) {
        window_say(w, &err);
        return;
    }
    show_scenario(w, &scenario, step_index);
    tutor_look(w->options.tutor, &w->state);
}

static void show_lesson(Window *w, Tutor *tutor, const Scenario *scenario) {
    w->options.tutor = tutor;
    show_scenario(w, scenario, 0);
    tutor_look(tutor, &w->state);
    if (tutor->bookmark >= 0) window_show_place(w);
}

static void open_lesson(Window *w, int index) {
    Scenario scenario;
    Err err = {0};
    Tutor *tutor = w->options.open_lesson(w->options.self, index, &scenario, &err);
    w->given.program = w->options.program;
    if (tutor)
        show_lesson(w, tutor, &scenario);
    else if (index == w->state.shelf->lesson_count)
        w->options.tutor = NULL;
    else
        window_say(w, &err);
}

void window_choose_lesson(Window *w, int index) {
    Err err;
    if (w->options.tutor && !w->options.keep(w->options.self, w->options.tutor, &err)) window_say(w, &err);
    open_lesson(w, index);
}

/* A program handed in to the lesson is replayed beside what the replay shows, where it is attention. */
static void show_program(Window *w) {
    Tutor *tutor = w->options.tutor;
    const LessonPart *part = tutor_part(tutor);
    Scenario scenario;
    Arena arena = {0};
    Count count;
    if (part && lesson_case_program(tutor->c, part, tutor->program, (CountOptions){true}, &count, &arena, NULL) &&
        lesson_case_scenario(tutor->c, part, &scenario, NULL)) {
        scenario.algorithms[0] = w->state.scenario.algorithms[0];
        scenario.algorithm_count = 1;
        w->program = (StudentText){part->name, tutor->program};
        w->given.program = &w->program;
        w->state.has_values = false; /* as the last bookmark may have it, of a smaller case */
        zoom_reset(&w->state);
        show_scenario(w, &scenario, 0);
    }
    arena_free(&arena);
}

bool window_take_lesson_event(Window *w, const Event *event) {
    Tutor *tutor = w->options.tutor;
    Err err;
    if (!tutor || w->state.is_help_open || w->state.is_shelf_open) return false;
    bool has_replay_focus = w->state.is_focus_visible && w->state.focus.kind;
    TutorEffects effects = w->state.is_lecture ? tutor_apply_lecture(tutor, event)
                                               : tutor_apply(tutor, has_replay_focus, window_shown(w), event);
    if (effects.is_progress && w->options.keep && !w->options.keep(w->options.self, tutor, &err)) window_say(w, &err);
    if (effects.is_place_changed) w->given.program = w->options.program, window_show_place(w);
    if (effects.is_program) show_program(w);
    if (effects.is_next_lesson && w->options.open_lesson) open_lesson(w, w->state.shelf->open_index + 1);
    return effects.is_taken;
}
