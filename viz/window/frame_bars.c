/* Header, transport, sliders and the presenter's notes: see frame_parts.h. */
#include <math.h>

#include "viz/state/play.h"
#include "viz/window/frame_parts.h"

/* Buttons. */

double frame_button_px(const ReplayScene *r, const char *label) {
    return scene_text_width(r->scene, theme_text(r->theme, TYPE_SMALL), label) + 1.8 * r->theme->unit_px;
}

double frame_button(const ReplayScene *r, double x, Box row, Control control, const char *label, bool is_on,
                    const char *help) {
    const Theme *theme = r->theme;
    Box box = {x, row.y, frame_button_px(r, label), row.h};
    bool is_under_pointer = control_equal(r->state->hover, control),
         is_pressed = control_equal(r->state->pressed, control);
    Color fill = is_on ? theme->ink : is_pressed ? theme->rule : is_under_pointer ? theme->grid : theme->panel;
    scene_round_rect(
        r->scene, box, 0.5 * theme->unit_px,
        (Paint){.pattern = PATTERN_SOLID, .fill = fill, .edge = theme->rule, .edge_px = theme->hairline_px});
    scene_text_in(r->scene, box, text_color(theme_text(theme, TYPE_SMALL), is_on ? theme->background : theme->ink),
                  label);
    replay_control(r, box, control, help);
    return box.w;
}

double frame_command_button(const ReplayScene *r, double x, Box row, Command command, const char *label, bool is_on) {
    const CommandInfo *info = &command_info[command];
    const char *help = arena_format(r->scene->arena, "%s (%s)", info->help, info->key_text);
    return frame_button(r, x, row, (Control){CONTROL_COMMAND, command, 0, 0}, label, is_on, help);
}

/* Header. */

typedef struct HeaderButton {
    Command command;
    const char *label;
    bool is_on;
} HeaderButton;

enum { HEADER_BUTTON_COUNT = 6 };

/* Returns how many there are: no lessons where there is no shelf of them. */
static int header_buttons(const ViewState *state, HeaderButton buttons[HEADER_BUTTON_COUNT]) {
    const HeaderButton all[HEADER_BUTTON_COUNT] = {{COMMAND_HELP, "? keys", state->is_help_open},
                                                   {COMMAND_LECTURE, "lecture", false},
                                                   {COMMAND_DARK, state->is_dark ? "light" : "dark", false},
                                                   {COMMAND_VALUES, "values", state->has_values},
                                                   {COMMAND_SLIDERS, "sliders", state->has_sliders},
                                                   {COMMAND_LESSONS, "lessons", state->is_shelf_open}};
    for (int i = 0; i < HEADER_BUTTON_COUNT; i++) buttons[i] = all[i];
    return state->shelf ? HEADER_BUTTON_COUNT : HEADER_BUTTON_COUNT - 1;
}

static double header_buttons_px(const ReplayScene *r, const FramePlots *plots) {
    HeaderButton buttons[HEADER_BUTTON_COUNT];
    double u = r->theme->unit_px, width_px = 2 * u;
    int count = header_buttons(r->state, buttons);
    for (int i = 0; i < count; i++) width_px += frame_button_px(r, buttons[i].label) + 0.5 * u;
    for (int i = 0; i < plots->count; i++) width_px += frame_button_px(r, plots->views[i]->name) + 0.5 * u;
    return width_px;
}

/* Ending at the right end; returns the left end of all. */
static double draw_header_buttons(const ReplayScene *r, const FramePlots *plots, Box row) {
    const ViewState *state = r->state;
    HeaderButton buttons[HEADER_BUTTON_COUNT];
    int count = header_buttons(state, buttons);
    double u = r->theme->unit_px, left = row.x + row.w - header_buttons_px(r, plots), x = left;
    for (int i = 0; i < plots->count; i++) {
        const View *view = plots->views[i];
        x += frame_button(r, x, row, (Control){CONTROL_PLOT, i + 1, 0, 0}, view->name, state->plot == i + 1,
                          view->help) +
             0.5 * u;
    }
    x += 2 * u;
    for (int i = count - 1; i >= 0; i--)
        x += frame_command_button(r, x, row, buttons[i].command, buttons[i].label, buttons[i].is_on) + 0.5 * u;
    return left;
}

/* A lesson's text speaks of the scenario's numbers: there it is never cut. */
static bool has_scenario_row(const ReplayScene *r, const ViewInput *input, const FramePlots *plots, double width_px) {
    const char *line = view_scenario_line(input->scenario, r->scene->arena);
    double line_px = scene_text_width(r->scene, theme_text_soft(r->theme, TYPE_SMALL), line);
    return r->state->left_px > 0 && line_px + 2 * r->theme->unit_px > width_px - header_buttons_px(r, plots);
}

double frame_header_px(const ReplayScene *r, const ViewInput *input, const FramePlots *plots, double width_px) {
    return (has_scenario_row(r, input, plots, width_px) ? 6.2 : 4) * r->theme->unit_px;
}

void frame_draw_header(const ReplayScene *r, const ViewInput *input, const FramePlots *plots, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    Box row = {box.x, box.y, box.w, 2.8 * u};
    double left = draw_header_buttons(r, plots, row), baseline = 1.95 * u, width_px = left - box.x - 2 * u;
    if (has_scenario_row(r, input, plots, box.w)) baseline += 2.6 * u, width_px = box.w;
    scene_text_cut(r->scene, box.x, box.y + baseline, width_px, theme_text_soft(theme, TYPE_SMALL),
                   view_scenario_line(input->scenario, r->scene->arena));
}

/* Transport. */

static void draw_clock_choice(const ReplayScene *r, Box row) {
    double u = r->theme->unit_px, x = row.x + row.w;
    for (int i = RACE_CLOCK_COUNT - 1; i >= 0; i--) {
        if (i == RACE_TIME && !r->race->has_time) continue;
        x -= frame_button_px(r, race_clock_name((RaceClock)i));
        frame_button(r, x, row, (Control){CONTROL_CLOCK, i, 0, 0}, race_clock_name((RaceClock)i),
                     r->state->clock == (RaceClock)i, "what the panels have in common (C)");
        x -= 0.5 * u;
    }
}

void frame_draw_transport(const ReplayScene *r, Box box) {
    static const struct {
        Command command;
        const char *label;
    } moves[] = {{COMMAND_START, "|‹"},
                 {COMMAND_KERNEL_BACK, "‹ kernel"},
                 {COMMAND_ROW_BACK, "‹ row"},
                 {COMMAND_TILE_BACK, "‹ tile"},
                 {COMMAND_STEP_BACK, "‹ step"},
                 {COMMAND_PLAY, NULL},
                 {COMMAND_STEP_NEXT, "step ›"},
                 {COMMAND_TILE_NEXT, "tile ›"},
                 {COMMAND_ROW_NEXT, "row ›"},
                 {COMMAND_KERNEL_NEXT, "kernel ›"},
                 {COMMAND_END, "›|"}};
    double u = r->theme->unit_px, x = box.x;
    Box row = {box.x, box.y + box.h - 2.8 * u, box.w, 2.8 * u};
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        const char *label = moves[i].label ? moves[i].label : r->state->is_playing ? "pause" : "play";
        x += frame_command_button(r, x, row, moves[i].command, label,
                                  moves[i].command == COMMAND_PLAY && r->state->is_playing) +
             0.5 * u;
    }
    x += 2 * u;
    x += frame_command_button(r, x, row, COMMAND_SLOWER, "slower", false) + 0.5 * u;
    Box speed = {x, row.y, 13 * u, row.h};
    scene_text_in(r->scene, speed, theme_text(r->theme, TYPE_SMALL), speed_table[r->state->speed_index].text);
    frame_command_button(r, x + speed.w + 0.5 * u, row, COMMAND_FASTER, "faster", false);
    if (r->state->left_px == 0)
        draw_clock_choice(r, row); /* beside a lesson one algorithm runs, and there is no room */
}

/* Sliders. */

static int slider_columns(const ReplayScene *r, double width_px) { return width_px < 40 * r->theme->unit_px ? 1 : 2; }
static double slider_row_px(const ReplayScene *r) { return 4.4 * r->theme->unit_px; }
double frame_sliders_px(const ReplayScene *r, double width_px) {
    int columns = slider_columns(r, width_px);
    return (SLIDER_COUNT + columns - 1) / columns * slider_row_px(r);
}

static void draw_slider(const ReplayScene *r, SliderId id, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    Control control = {CONTROL_SLIDER, id, 0, 0};
    scene_text(r->scene, box.x, box.y + 1.5 * u, theme_text_bold(theme, TYPE_SMALL), slider_name(id));
    scene_text(r->scene, box.x + box.w, box.y + 1.5 * u, text_right(theme_text(theme, TYPE_SMALL)),
               slider_text(&r->state->scenario, id).text);
    double y = box.y + 2.9 * u,
           part = (double)slider_stop(&r->state->scenario, id) / fmax(1, slider_stop_count(id) - 1);
    scene_line(r->scene, (Point){box.x, y}, (Point){box.x + box.w, y}, theme->rule, 2 * theme->hairline_px);
    bool is_lit = control_equal(r->state->hover, control) || control_equal(r->state->pressed, control);
    scene_disc(r->scene, (Point){box.x + part * box.w, y}, 0.8 * u,
               (Paint){.pattern = PATTERN_SOLID,
                       .fill = is_lit ? theme->ink : theme->background,
                       .edge = theme->ink,
                       .edge_px = 2 * theme->hairline_px});
    replay_control(r, (Box){box.x, y - u, box.w, 2 * u}, control, slider_meaning(id));
}

void frame_draw_sliders(const ReplayScene *r, Box box) {
    int columns = slider_columns(r, box.w);
    double gap_px = 3 * r->theme->unit_px, column_px = (box.w - (columns - 1) * gap_px) / columns;
    for (int i = 0; i < SLIDER_COUNT; i++) {
        Box cell = {box.x + (i % columns) * (column_px + gap_px), box.y + i / columns * slider_row_px(r), column_px,
                    slider_row_px(r)};
        draw_slider(r, (SliderId)i, box_inset(cell, 0));
    }
}

/* Lecture mode: what to say at this place. */

/* A lesson's note is for the room, and as large as its text; a bookmark's of the replay is for the lecturer, and gives
 * way to the place among marked steps. */
typedef struct Notes {
    const char *text, *place;
    TextStyle style;
    double width_px, line_px;
    int line_count;
} Notes;

static Notes notes_of(const ReplayScene *r, double width_px) {
    const ViewState *state = r->state;
    const RaceMark *mark = runner_mark_at(replay_runner(r, state->lead), state->step_index);
    double u = r->theme->unit_px;
    const char *summed = replay_summed_text(r);
    Notes notes = {.text = state->note ? state->note
                           : summed    ? summed
                           : mark      ? view_pretty(mark->note, r->scene->arena)
                                       : "",
                   .place = state->note_place ? state->note_place : "",
                   .style = theme_text(r->theme, state->note ? TYPE_BODY : TYPE_SMALL),
                   .width_px = width_px,
                   .line_px = (state->note ? 2.6 : 2.1) * u};
    if (*notes.place)
        notes.width_px -= scene_text_width(r->scene, theme_text_soft(r->theme, TYPE_SMALL), notes.place) + 4 * u;
    notes.line_count = *notes.text ? scene_wrap_lines(r->scene, notes.width_px, notes.style, notes.text) : 0;
    return notes;
}

double frame_notes_px(const ReplayScene *r, double width_px) {
    Notes notes = notes_of(r, width_px);
    return fmax(4.2 * r->theme->unit_px, 1.6 * r->theme->unit_px + notes.line_count * notes.line_px);
}

void frame_draw_notes(const ReplayScene *r, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    Notes notes = notes_of(r, box.w);
    scene_line(r->scene, (Point){box.x, box.y + u}, (Point){box.x + box.w, box.y + u}, theme->rule, theme->hairline_px);
    scene_text_wrap(r->scene, box.x, box.y + 0.7 * u + notes.line_px, notes.width_px, notes.line_px, notes.style,
                    notes.text);
    scene_text(r->scene, box.x + box.w, box.y + 0.7 * u + notes.line_px, text_right(theme_text_soft(theme, TYPE_SMALL)),
               notes.place);
}
