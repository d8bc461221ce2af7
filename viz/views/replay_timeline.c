/* The timeline of the leading algorithm: bytes and time along it, bookmarks, the position: see replay.h. */
#include <math.h>

#include "sim/units.h"
#include "viz/narrate.h"
#include "viz/state/summed.h"
#include "viz/views/replay.h"
#include "viz/views/views.h"

static double x_of(const Runner *run, Box box, uint64_t step) {
    return box.x + box.w * (double)step / (double)run->step_count;
}

/* On a whole pixel: a step that does not move the line by one leaves the timeline as it is drawn. */
static double position_px(const ReplayScene *r, const Runner *run, Box track) {
    return round(x_of(run, box_inset(track, 2 * r->theme->scale), r->state->step_index));
}

static void draw_curve(const ReplayScene *r, Box box, const double *values, Color color, Dash dash) {
    Point points[RACE_CURVE_POINTS];
    for (int i = 0; i < RACE_CURVE_POINTS; i++)
        points[i] = (Point){box.x + box.w * i / (RACE_CURVE_POINTS - 1), box.y + box.h * (1 - values[i])};
    scene_polyline(r->scene, points, RACE_CURVE_POINTS, color, 1.5 * r->theme->scale, dash);
}

/* The steps that a formula's row sums. */

/* False where none are marked, or another algorithm leads. */
static bool summed_here(const ReplayScene *r, Summed *summed) {
    const ViewState *state = r->state;
    return state->summed_row >= 0 && state->summed_runner == state->lead &&
           summed_make(replay_runner(r, state->lead), state->summed_row, r->scene->arena, summed);
}

/* Along the track's lower edge, all of them: a pixel is marked where a step of them lies in it. */
static void draw_summed(const ReplayScene *r, const Runner *run, const Summed *summed, Box track) {
    const Theme *theme = r->theme;
    Box inner = box_inset(track, 2 * theme->scale);
    double high_px = round(0.7 * theme->unit_px), start = -1;
    int pixels = (int)inner.w;
    uint64_t before = 0;
    for (int i = 0; i <= pixels; i++) {
        uint64_t end = (uint64_t)((double)run->step_count * (i + 1) / pixels);
        uint64_t rank = i < pixels ? summed_rank(summed, end) : before;
        if (rank > before && start < 0) start = i;
        if (rank == before && start >= 0) {
            scene_rect(r->scene, (Box){round(inner.x) + start, inner.y + inner.h - high_px, i - start, high_px},
                       (Paint){.pattern = PATTERN_SOLID, .fill = theme->accent});
            start = -1;
        }
        before = rank;
    }
}

static void draw_track(const ReplayScene *r, const Runner *run, const Summed *summed, Box box) {
    const Theme *theme = r->theme;
    scene_rect(
        r->scene, box,
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
    Box inner = box_inset(box, 2 * theme->scale);
    Box past = inner;
    past.w = position_px(r, run, box) - inner.x;
    scene_rect(r->scene, past, (Paint){.pattern = PATTERN_SOLID, .fill = theme->grid});
    if (summed) draw_summed(r, run, summed, box);
    draw_curve(r, inner, run->curve.issued, theme_series(theme, r->state->lead), DASH_SOLID);
    if (r->race->has_time) draw_curve(r, inner, run->curve.time_ns, theme->ink_soft, DASH_DASHED);
    replay_control(r, box, (Control){CONTROL_TIMELINE, 0, 0, 0}, "timeline: drag to any step");
}

/* A small triangle over the track and, where there is room, its label. */
static void draw_marks(const ReplayScene *r, const Runner *run, Box labels, Box track) {
    const Theme *theme = r->theme;
    double u = theme->unit_px, free_x = labels.x;
    for (int i = 0; i < run->mark_count; i++) {
        const RaceMark *mark = &run->marks[i];
        double x = x_of(run, track, mark->step_index);
        TextStyle style = theme_text_soft(theme, TYPE_SMALL);
        const char *label = view_pretty(mark->label, r->scene->arena);
        double text_px = scene_text_width(r->scene, style, label);
        double half = 0.55 * u, y = track.y;
        Point corners[3] = {{x - half, y - 2 * half}, {x + half, y - 2 * half}, {x, y}};
        scene_polygon(r->scene, corners, 3, (Paint){.pattern = PATTERN_SOLID, .fill = theme->ink});
        double left = x + half + 0.4 * u;
        if (left + text_px > labels.x + labels.w)
            left = x - half - 0.4 * u - text_px; /* at the end: left of its mark */
        double next_x = i + 1 < run->mark_count ? x_of(run, track, run->marks[i + 1].step_index) - u : INFINITY;
        bool is_free = left >= free_x && left + text_px <= fmin(labels.x + labels.w, next_x);
        if (is_free) {
            scene_text(r->scene, left, labels.y + labels.h - 0.7 * u, style, label);
            free_x = left + text_px + 1.5 * u;
        }
        free_x = fmax(free_x, x + half + 0.4 * u);
        replay_control(r, (Box){x - u, y - 2 * u, 2 * u, 2 * u}, (Control){CONTROL_MARK, i, 0, 0}, mark->note);
    }
}

/* "S = QK^T reads K: step 12 of 4,096"; between two of them: how many are past. */
static const char *summed_text(const ReplayScene *r, const Runner *run, const Summed *summed) {
    Arena *arena = r->scene->arena;
    const FormulaRow *row = &run->count->formula->rows[r->state->summed_row];
    const char *what = narrate_row(row, counter_info[row->counter].key, arena);
    const char *all = arena_copy_text(arena, units_exact(summed->count).text);
    uint64_t step = r->at[r->state->lead].step_index, rank = summed_rank(summed, step);
    bool is_here = summed_has(summed, step);
    const char *at = arena_copy_text(arena, units_exact(rank + is_here).text);
    const char *where = arena_format(arena, is_here ? "step %s of %s" : "%s of %s steps past", at, all);
    return view_pretty(arena_format(arena, "%s: %s", what, where), arena);
}

/* Right of `left`: what is marked and its three commands. */
static void draw_summed_reading(const ReplayScene *r, const Runner *run, const Summed *summed, Box box, double left) {
    static const struct {
        Command command;
        const char *label;
    } buttons[] = {{COMMAND_SUMMED_BACK, "‹"}, {COMMAND_SUMMED_NEXT, "›"}, {COMMAND_CLOSE, "×"}};
    const Theme *theme = r->theme;
    double u = theme->unit_px, y = box.y + box.h - 0.5 * u, x = box.x + box.w - 9 * u;
    for (int i = 0; i < 3; i++) {
        Box button = {x + (3 * i + 0.4) * u, box.y + 0.2 * u, 2.6 * u, box.h - 0.2 * u};
        const CommandInfo *info = &command_info[buttons[i].command];
        Control control = {CONTROL_COMMAND, buttons[i].command, 0, 0};
        bool is_under_pointer = control_equal(r->state->hover, control);
        scene_rect(r->scene, button,
                   (Paint){.pattern = PATTERN_SOLID,
                           .fill = is_under_pointer ? theme->grid : theme->panel,
                           .edge = theme->rule,
                           .edge_px = theme->hairline_px});
        scene_text_in(r->scene, button, theme_text_bold(theme, TYPE_SMALL), buttons[i].label);
        replay_control(r, button, control, arena_format(r->scene->arena, "%s (%s)", info->help, info->key_text));
    }
    TextStyle style = text_color(theme_text(theme, TYPE_SMALL), theme->accent);
    const char *text = summed_text(r, run, summed);
    double width_px = fmin(scene_text_width(r->scene, style, text), x - left - 2 * u);
    scene_text_cut(r->scene, x - width_px, y, width_px + 1, style, text);
}

static void draw_position(const ReplayScene *r, const Runner *run, Box track) {
    const Theme *theme = r->theme;
    double x = position_px(r, run, track);
    scene_rect(r->scene,
               (Box){x - theme->scale, track.y - 0.5 * theme->unit_px, 2 * theme->scale, track.h + theme->unit_px},
               (Paint){.pattern = PATTERN_SOLID, .fill = theme->accent});
}

static void draw_reading(const ReplayScene *r, const Runner *run, const Summed *summed, Box box) {
    const Theme *theme = r->theme;
    Arena *arena = r->scene->arena;
    const RunnerAt *at = &r->at[r->state->lead];
    double y = box.y + box.h - 0.5 * theme->unit_px;
    const char *time = r->race->has_time ? arena_format(arena, ", %s", units_time(runner_time_ns(run, at)).text) : "";
    const char *text = arena_format(arena, "%s, step %s of %s%s", run->count->algorithm->name,
                                    units_exact(at->step_index).text, units_exact(run->step_count).text, time);
    double text_px = scene_text(r->scene, box.x, y, theme_text(theme, TYPE_SMALL), text);
    if (summed) {
        draw_summed_reading(r, run, summed, box, box.x + text_px);
        return;
    }
    const char *legend = r->race->has_time ? "solid: issued bytes, dashed: time" : "curve: issued bytes";
    double rest_px = box.w - text_px - 2 * theme->unit_px;
    TextStyle soft = theme_text_soft(theme, TYPE_SMALL);
    if (scene_text_width(r->scene, soft, legend) < rest_px)
        scene_text(r->scene, box.x + box.w, y, text_right(soft), legend);
}

const char *replay_summed_text(const ReplayScene *r) {
    Summed summed;
    return summed_here(r, &summed) ? summed_text(r, replay_runner(r, r->state->lead), &summed) : NULL;
}

void replay_draw_timeline(const ReplayScene *r, Box box, bool is_compact) {
    const Runner *run = replay_runner(r, r->state->lead);
    double u = r->theme->unit_px;
    Box labels = box_cut_top(&box, 2.2 * u), reading = box_cut_bottom(&box, is_compact ? 0.6 * u : 2.4 * u);
    Summed found;
    const Summed *summed = summed_here(r, &found) ? &found : NULL;
    draw_track(r, run, summed, box);
    draw_marks(r, run, labels, box);
    draw_position(r, run, box);
    if (!is_compact) draw_reading(r, run, summed, reading);
}
