/* Events -> ViewState: see view_state.h. What a key or button does is a row of obey(). */
#include "viz/state/view_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/state/play.h"
#include "viz/state/position.h"
#include "viz/state/zoom.h"

static const double scale_min = 0.5, scale_max = 4, scale_step = 1.125;

ViewState view_state_make(const Scenario *scenario, const Race *race, int width_px, int height_px, int plot_count) {
    ViewState state = {.scenario = *scenario,
                       .width_px = width_px,
                       .height_px = height_px,
                       .user_scale = 1,
                       .speed_index = SPEED_DEFAULT,
                       .plot_count = plot_count,
                       .formula_counter = -1,
                       .summed_row = -1,
                       .zoom_row = 0.5,
                       .zoom_col = 0.5,
                       .pointer_x_px = -1,
                       .pointer_y_px = -1};
    state.clock_wanted = RACE_TIME;
    state.clock = race_usable_clock(race, RACE_TIME);
    state.lead = race_longest(race, state.clock);
    state.zoom_tile_max = zoom_tile_max(race);
    return state;
}

/* Commands. */

static Effects toggle_lecture(ViewState *state) {
    state->is_lecture = !state->is_lecture;
    return (Effects){.is_screen_changed = true};
}

/* Eight queries and keys of four elements, in tiles of 4 x 2: every number fits the screen. */
static void make_small(Scenario *s) {
    static const char *const known[] = {"standard", "flash1", "flash2"};
    int kept = 0;
    for (int i = 0; i < s->algorithm_count; i++)
        for (int k = 0; k < 3; k++)
            if (strcmp(s->algorithms[i], known[k]) == 0) s->algorithms[kept++] = known[k];
    if (!kept) s->algorithms[kept++] = "flash2";
    s->algorithm_count = kept;
    s->batch_count = s->head_count = s->kv_head_count = s->layer_count = 1;
    s->query_rows = s->key_rows = 8;
    s->head_dim_elems = 4;
    s->block_query_rows = 4, s->block_key_rows = 2;
    s->pass = PASS_FORWARD;
    s->mask = MASK_NONE;
    s->dropout_probability = 0;
}

bool view_state_fits_values(const Scenario *s) {
    return s->query_rows <= 16 && s->key_rows <= 16 && s->head_dim_elems <= 8;
}

/* The numbers of a scenario that is too large are shown on a small one of the same algorithms. */
static Effects toggle_values(ViewState *state) {
    state->has_values = !state->has_values;
    if (state->has_values && !view_state_fits_values(&state->scenario)) {
        state->large_scenario = state->scenario;
        state->is_small = true;
        make_small(&state->scenario);
        return (Effects){.is_scenario_changed = true, .is_scenario_settled = true};
    }
    if (state->has_values || !state->is_small) return (Effects){0};
    state->scenario = state->large_scenario;
    state->is_small = false;
    return (Effects){.is_scenario_changed = true, .is_scenario_settled = true};
}

/* The lesson that is open, or the first, has the focus: Enter begins it. */
static void toggle_shelf(ViewState *state) {
    if (!state->shelf || !state->shelf->lesson_count) {
        snprintf(state->message, sizeof state->message, "no lessons can be begun here; `hbmscope learn` has them");
        return;
    }
    state->is_shelf_open = !state->is_shelf_open;
    state->is_help_open = false;
    state->is_playing = false;
    state->is_focus_visible = state->is_shelf_open;
    state->focus = (Control){0};
    if (state->is_shelf_open)
        state->focus = (Control){CONTROL_LESSON, state->shelf->open_index >= 0 ? state->shelf->open_index : 0, 0, 0};
}

/* Up and down among the lessons, and what closes the one that is open. */
static void move_on_shelf(ViewState *state, int direction) {
    int count = state->shelf->lesson_count + (state->shelf->open_index >= 0);
    bool is_there = state->is_focus_visible && state->focus.kind == CONTROL_LESSON;
    int index = is_there ? (state->focus.index + direction + count) % count : 0;
    state->focus = (Control){CONTROL_LESSON, index, 0, 0};
    state->is_focus_visible = true;
}

static Effects choose_lesson(ViewState *state, int index) {
    state->is_shelf_open = false;
    state->focus = (Control){0}, state->is_focus_visible = false;
    return (Effects){.is_lesson_chosen = true, .lesson_index = index};
}

/* Escape closes the topmost thing that is open. */
static Effects close_top(ViewState *state) {
    if (state->is_help_open)
        state->is_help_open = false;
    else if (state->is_shelf_open)
        toggle_shelf(state);
    else if (state->formula_counter >= 0)
        state->formula_counter = -1;
    else if (state->summed_row >= 0)
        state->summed_row = -1;
    else if (state->has_values)
        return toggle_values(state);
    else if (state->zoom >= ZOOM_WARP)
        zoom_reset(state);
    else if (state->is_lecture)
        return toggle_lecture(state);
    else
        state->focus = (Control){0}, state->is_focus_visible = false;
    return (Effects){0};
}

static void toggle_formula(ViewState *state) {
    bool is_open = state->formula_counter >= 0;
    state->formula_counter = is_open ? -1 : COUNTER_ISSUED_READ_BYTES;
    state->formula_runner = state->lead;
}

static void change_plot(ViewState *state, int direction) {
    int count = state->plot_count + 1;
    state->plot = (state->plot + direction + count) % count;
}

static void change_scale(ViewState *state, double factor) {
    double scale = state->user_scale * factor;
    state->user_scale = fmin(fmax(scale, scale_min), scale_max);
}

static Effects obey(ViewState *state, const Race *race, Command command) {
    switch (command) {
    case COMMAND_STEP_NEXT: position_move(state, race, MOVE_STEP, 1); break;
    case COMMAND_STEP_BACK: position_move(state, race, MOVE_STEP, -1); break;
    case COMMAND_TILE_NEXT: position_move(state, race, MOVE_TILE, 1); break;
    case COMMAND_TILE_BACK: position_move(state, race, MOVE_TILE, -1); break;
    case COMMAND_ROW_NEXT: position_move(state, race, MOVE_ROW, 1); break;
    case COMMAND_ROW_BACK: position_move(state, race, MOVE_ROW, -1); break;
    case COMMAND_HEAD_NEXT: position_move(state, race, MOVE_HEAD, 1); break;
    case COMMAND_HEAD_BACK: position_move(state, race, MOVE_HEAD, -1); break;
    case COMMAND_KERNEL_NEXT: position_move(state, race, MOVE_KERNEL, 1); break;
    case COMMAND_KERNEL_BACK: position_move(state, race, MOVE_KERNEL, -1); break;
    case COMMAND_START: position_go(state, race, 0); break;
    case COMMAND_END: position_go(state, race, UINT64_MAX); break;
    case COMMAND_MARK_NEXT: position_go_to_mark(state, race, 1); break;
    case COMMAND_MARK_BACK: position_go_to_mark(state, race, -1); break;
    case COMMAND_SUMMED_NEXT: position_go_to_summed(state, race, 1); break;
    case COMMAND_SUMMED_BACK: position_go_to_summed(state, race, -1); break;
    case COMMAND_PLAY: play_toggle(state, race); break;
    case COMMAND_FASTER: play_change_speed(state, 1); break;
    case COMMAND_SLOWER: play_change_speed(state, -1); break;
    case COMMAND_CLOCK: position_next_clock(state, race); break;
    case COMMAND_LEAD: position_choose_lead(state, race, (state->lead + 1) % race->runner_count); break;
    case COMMAND_ZOOM_IN: zoom_change(state, 1); break;
    case COMMAND_ZOOM_OUT: zoom_change(state, -1); break;
    case COMMAND_ZOOM_RESET: zoom_reset(state); break;
    case COMMAND_LENS_NEXT: zoom_move_lens(state, 1); break;
    case COMMAND_LENS_BACK: zoom_move_lens(state, -1); break;
    case COMMAND_PLOT_NEXT: change_plot(state, 1); break;
    case COMMAND_PLOT_BACK: change_plot(state, -1); break;
    case COMMAND_SLIDERS: state->has_sliders = !state->has_sliders; break;
    case COMMAND_VALUES: return toggle_values(state);
    case COMMAND_FORMULA: toggle_formula(state); break;
    case COMMAND_LESSONS: toggle_shelf(state); break;
    case COMMAND_LECTURE: return toggle_lecture(state);
    case COMMAND_DARK: state->is_dark = !state->is_dark; break;
    case COMMAND_SCALE_UP: change_scale(state, scale_step); break;
    case COMMAND_SCALE_DOWN: change_scale(state, 1 / scale_step); break;
    case COMMAND_SAVE_PNG: return (Effects){.is_save_png = true};
    case COMMAND_SAVE_SVG: return (Effects){.is_save_svg = true};
    case COMMAND_HELP: state->is_help_open = !state->is_help_open; break;
    case COMMAND_CLOSE: return close_top(state);
    case COMMAND_QUIT: return (Effects){.is_quit = true};
    case COMMAND_COUNT: break;
    }
    return (Effects){0};
}

/* Controls. */

static double fraction_in(Box box, double x_px) { return box.w > 0 ? fmin(fmax((x_px - box.x) / box.w, 0), 1) : 0; }

/* Timeline and sliders follow the pointer while it is held. */
static Effects drag(ViewState *state, const Race *race, const Scene *scene) {
    const SceneCommand *command = control_find(scene, state->pressed);
    if (!command) return (Effects){0};
    double part = fraction_in(command->box, state->pointer_x_px);
    if (state->pressed.kind == CONTROL_TIMELINE) {
        state->is_playing = false;
        position_go(state, race, (uint64_t)(part * (double)position_lead(state, race)->step_count));
    }
    if (state->pressed.kind != CONTROL_SLIDER) return (Effects){0};
    SliderId id = (SliderId)state->pressed.index;
    int stop = (int)lround(part * (slider_stop_count(id) - 1));
    if (slider_is_at(&state->scenario, id, stop)) return (Effects){0};
    slider_set(&state->scenario, id, stop);
    return (Effects){.is_scenario_changed = true};
}

static void open_formula(ViewState *state, Control control) {
    bool is_same = state->formula_counter == control.index && state->formula_runner == control.runner;
    state->formula_counter = is_same ? -1 : control.index;
    state->formula_runner = control.runner;
}

static Effects activate(ViewState *state, const Race *race, Control control) {
    switch ((ControlKind)control.kind) {
    case CONTROL_COMMAND: return obey(state, race, (Command)control.index);
    case CONTROL_MARK:
        state->is_playing = false;
        if (control.index < position_lead(state, race)->mark_count)
            position_go(state, race, position_lead(state, race)->marks[control.index].step_index);
        break;
    case CONTROL_CLOCK: position_set_clock(state, race, (RaceClock)control.index); break;
    case CONTROL_PLOT: state->plot = control.index == state->plot ? 0 : control.index; break;
    case CONTROL_RUNNER: position_choose_lead(state, race, control.index); break;
    case CONTROL_COUNTER: open_formula(state, control); break;
    case CONTROL_FORMULA_ROW: position_mark_summed(state, race, control); break;
    case CONTROL_LESSON: return choose_lesson(state, control.index);
    default: break;
    }
    return (Effects){0};
}

/* Events. */

static Effects press(ViewState *state, const Race *race, const Scene *scene) {
    state->message[0] = 0;
    state->is_focus_visible = false;
    state->pressed = control_of(scene ? scene_hit_at(scene, state->pointer_x_px, state->pointer_y_px) : NULL);
    state->focus = state->pressed;
    if (state->pressed.kind == CONTROL_TIMELINE || state->pressed.kind == CONTROL_SLIDER)
        return drag(state, race, scene);
    return (Effects){0};
}

/* A button acts when the pointer is let go over it. */
static Effects release(ViewState *state, const Race *race, const Scene *scene) {
    Control pressed = state->pressed;
    state->pressed = (Control){0};
    if (pressed.kind == CONTROL_SLIDER) return (Effects){.is_scenario_changed = true, .is_scenario_settled = true};
    Control under = control_of(scene ? scene_hit_at(scene, state->pointer_x_px, state->pointer_y_px) : NULL);
    return pressed.kind && control_equal(pressed, under) ? activate(state, race, pressed) : (Effects){0};
}

static Effects nudge_slider(ViewState *state, int direction) {
    SliderId id = (SliderId)state->focus.index;
    slider_set(&state->scenario, id, slider_stop(&state->scenario, id) + direction);
    return (Effects){.is_scenario_changed = true, .is_scenario_settled = true};
}

static Effects press_key(ViewState *state, const Race *race, const Scene *scene, const Event *event) {
    state->message[0] = 0;
    if (event->key == KEY_TAB) {
        state->focus = control_next(scene, state->focus, event->modifiers & MODIFIER_SHIFT ? -1 : 1);
        state->is_focus_visible = true;
        return (Effects){0};
    }
    if (state->is_shelf_open && (event->key == KEY_UP || event->key == KEY_DOWN)) {
        move_on_shelf(state, event->key == KEY_UP ? -1 : 1);
        return (Effects){0};
    }
    bool has_focus = state->is_focus_visible && state->focus.kind;
    if (has_focus && (event->key == KEY_ENTER || event->key == KEY_SPACE)) return activate(state, race, state->focus);
    if (has_focus && state->focus.kind == CONTROL_SLIDER && (event->key == KEY_LEFT || event->key == KEY_RIGHT))
        return nudge_slider(state, event->key == KEY_LEFT ? -1 : 1);
    return obey(state, race, command_find(event->key, event->modifiers));
}

static void move_pointer(ViewState *state, const Scene *scene, const Event *event) {
    state->pointer_x_px = event->x_px, state->pointer_y_px = event->y_px;
    state->hover = control_of(scene ? scene_hit_at(scene, event->x_px, event->y_px) : NULL);
}

Effects view_state_apply(ViewState *state, const Race *race, const Scene *scene, const Event *event) {
    switch (event->kind) {
    case EVENT_KEY: return press_key(state, race, scene, event);
    case EVENT_POINTER_MOVE:
        move_pointer(state, scene, event);
        return state->pressed.kind ? drag(state, race, scene) : (Effects){0};
    case EVENT_POINTER_DOWN: move_pointer(state, scene, event); return press(state, race, scene);
    case EVENT_POINTER_UP: move_pointer(state, scene, event); return release(state, race, scene);
    case EVENT_WHEEL:
        move_pointer(state, scene, event);
        if (state->hover.kind == CONTROL_MATRIX)
            zoom_at_pointer(state, &race->runners[state->hover.index], control_find(scene, state->hover)->box,
                            event->wheel_steps);
        else if (state->hover.kind == CONTROL_TIMELINE)
            position_move(state, race, MOVE_STEP, event->wheel_steps > 0 ? -1 : 1);
        break;
    case EVENT_RESIZE: state->width_px = event->width_px, state->height_px = event->height_px; break;
    case EVENT_TICK: play_tick(state, race, event->elapsed_ns); break;
    case EVENT_QUIT: return (Effects){.is_quit = true};
    case EVENT_KIND_COUNT: break;
    }
    return (Effects){0};
}

void view_state_rebase(ViewState *state, const Race *old_race, const Race *new_race) {
    const Runner *old_lead = &old_race->runners[state->lead];
    double part = (double)state->step_index / (double)old_lead->step_count;
    state->lead = state->lead < new_race->runner_count ? state->lead : 0;
    state->zoom_tile_max = zoom_tile_max(new_race);
    if (state->zoom < ZOOM_WARP && state->zoom > state->zoom_tile_max) state->zoom = state->zoom_tile_max;
    if (state->formula_runner >= new_race->runner_count) state->formula_counter = -1;
    const Runner *new_lead = &new_race->runners[state->lead];
    bool is_same_run = new_lead->step_count == old_lead->step_count;
    if (!is_same_run || state->summed_runner >= new_race->runner_count) state->summed_row = -1;
    position_go(state, new_race, is_same_run ? state->step_index : (uint64_t)(part * (double)new_lead->step_count));
    position_set_clock(state, new_race, state->clock_wanted);
}
