/* The window's scene, put together: see frame.h. */
#include "viz/window/frame.h"

#include <math.h>
#include <string.h>

#include "viz/window/frame_parts.h"

static const double plot_part = 0.44, sliders_part = 0.2; /* of the width: for plots, for sliders alone */
static const double lecture_scale = 1.5;                  /* the style's type sizes for a room */

FramePlots frame_plots(void) {
    static const char *const names[] = {"traffic", "memory", "levels", "roofline", "compare"};
    FramePlots plots = {0};
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++) {
        const View *view = view_find(names[i]);
        if (view) plots.views[plots.count++] = view;
    }
    return plots;
}

Theme frame_theme(const ViewState *state) {
    double scale = theme_scale_for(state->width_px, state->height_px, state->user_scale);
    return theme_make(state->is_dark, fmax(0.5, state->is_lecture ? scale * lecture_scale : scale));
}

/* What a number of a plot counts, and of which algorithm; false where no formula stands behind it. */
static bool plot_counter(const View *view, const SceneHit *hit, Control *control) {
    static const CounterId level_counters[] = {COUNTER_ISSUED_READ_BYTES, COUNTER_L1_READ_SECTORS,
                                               COUNTER_L2_READ_BYTES, COUNTER_DRAM_READ_BYTES};
    *control = (Control){CONTROL_COUNTER, COUNTER_ISSUED_READ_BYTES, hit->index[0], 0};
    if (strcmp(view->name, "traffic") == 0) return true;
    if (strcmp(view->name, "levels") == 0 && hit->index[2] >= 0 && hit->index[2] < 4)
        return control->index = (int)level_counters[hit->index[2]], true;
    if (strcmp(view->name, "roofline") == 0) return control->index = COUNTER_FLOPS, true;
    if (strcmp(view->name, "compare") == 0) return control->index = hit->index[0], control->runner = 0, true;
    return false;
}

/* Numbers of a plot become controls: a click, or Tab and Enter, opens the formula behind them. */
static void link_numbers(const ReplayScene *r, const View *view, int first) {
    for (int i = first; i < r->scene->command_count; i++) {
        SceneHit *hit = &r->scene->commands[i].hit;
        Control control;
        if (r->scene->commands[i].kind != SCENE_HIT || hit->kind <= 0 || hit->kind >= CONTROL_COMMAND) continue;
        if (!plot_counter(view, hit, &control) || control.runner >= r->race->runner_count) continue;
        *hit = control_hit(control, hit->text);
    }
}

static void draw_plot(const ReplayScene *r, const ViewInput *input, const View *view, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    ViewHeadline headline = view->headline(input, r->scene->arena);
    TextStyle bold = theme_text_bold(theme, TYPE_BODY);
    double line_px = 2.6 * u, lines = scene_wrap_lines(r->scene, box.w, bold, headline.title);
    Box head = box_cut_top(&box, lines * line_px + 1.2 * u);
    scene_text_wrap(r->scene, head.x, head.y + 2.1 * u, head.w, line_px, bold, headline.title);
    scene_clip_push(r->scene, box);
    int first = r->scene->command_count;
    view->draw(input, theme, box, r->scene);
    link_numbers(r, view, first);
    scene_clip_pop(r->scene);
}

/* Right of the panels: a plot, sliders or both. */
static void draw_side(const ReplayScene *r, const ViewInput *input, const FramePlots *plots, Box box) {
    double u = r->theme->unit_px;
    scene_line(r->scene, (Point){box.x - 1.5 * u, box.y}, (Point){box.x - 1.5 * u, box.y + box.h}, r->theme->rule,
               r->theme->hairline_px);
    if (r->state->has_sliders) {
        bool is_alone = !r->state->plot;
        double height_px = frame_sliders_px(r, box.w);
        frame_draw_sliders(r, is_alone ? box_cut_top(&box, height_px) : box_cut_bottom(&box, height_px));
        box_cut_bottom(&box, u);
    }
    if (r->state->plot) draw_plot(r, input, plots->views[r->state->plot - 1], box);
}

static void draw_overlays(const ReplayScene *r) {
    if (r->state->formula_counter >= 0) frame_draw_formula(r);
    if (r->state->is_help_open) frame_draw_help(r);
    if (r->state->is_shelf_open) frame_draw_lessons(r);
    frame_draw_hint(r);
    frame_draw_message(r);
}

void frame_draw(const ViewInput *input, const FramePlots *plots, const ViewState *state, const Theme *theme,
                Scene *scene) {
    ReplayScene replay = replay_scene(input->race, state, theme, scene);
    const ReplayScene *r = &replay;
    double u = theme->unit_px;
    Box box = box_inset((Box){state->left_px, 0, scene->width_px - state->left_px, scene->height_px}, 2 * u);
    if (state->is_lecture) {
        frame_draw_notes(r, box_cut_bottom(&box, frame_notes_px(r, box.w)));
    } else {
        frame_draw_header(r, input, plots, box_cut_top(&box, frame_header_px(r, input, plots, box.w)));
        frame_draw_transport(r, box_cut_bottom(&box, 3.6 * u));
    }
    bool has_side = !state->is_lecture && ((state->plot > 0 && state->plot <= plots->count) || state->has_sliders);
    if (has_side) {
        draw_side(r, input, plots, box_cut_right(&box, box.w * (state->plot ? plot_part : sliders_part)));
        box_cut_right(&box, 3 * u);
    }
    replay_draw(r, box);
    draw_overlays(r);
}
