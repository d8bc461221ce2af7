/* What lies over the frame: keys, formula, hint, message: see frame_parts.h. */
#include <math.h>
#include <string.h>

#include "sim/units.h"
#include "viz/state/summed.h"
#include "viz/window/frame_parts.h"

/* A card in the middle of the window; returns its inside. */
static Box draw_card(const ReplayScene *r, double width_px, double height_px) {
    const Theme *theme = r->theme;
    width_px = fmin(width_px, r->scene->width_px - 2 * theme->unit_px);
    height_px = fmin(height_px, r->scene->height_px - 2 * theme->unit_px);
    Box card = {(r->scene->width_px - width_px) / 2, (r->scene->height_px - height_px) / 2, width_px, height_px};
    scene_round_rect(r->scene, card, theme->unit_px,
                     (Paint){.pattern = PATTERN_SOLID,
                             .fill = theme->background,
                             .edge = theme->ink,
                             .edge_px = 2 * theme->hairline_px});
    scene_hit(r->scene, card, (SceneHit){0}); /* what lies under the card does not answer */
    return box_inset(card, 2.5 * theme->unit_px);
}

static void draw_close(const ReplayScene *r, Box inside) {
    double u = r->theme->unit_px, width_px = frame_button_px(r, "close");
    frame_command_button(r, inside.x + inside.w - width_px, (Box){inside.x, inside.y, inside.w, 2.8 * u}, COMMAND_CLOSE,
                         "close", false);
}

/* ---- the page of keys ---- */

static void draw_group(const ReplayScene *r, CommandGroup group, Box *column) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    scene_text(r->scene, column->x, column->y + 2 * u, theme_text_bold(theme, TYPE_BODY), command_group_title(group));
    box_cut_top(column, 3 * u);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (command_info[i].group != group) continue;
        Box row = box_cut_top(column, 2.5 * u);
        Box cap = {row.x, row.y + 0.1 * u, 8 * u, 2.2 * u};
        scene_round_rect(
            r->scene, cap, 0.4 * u,
            (Paint){
                .pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
        scene_text_in(r->scene, cap, theme_text_bold(theme, TYPE_SMALL), command_info[i].key_text);
        scene_text_cut(r->scene, row.x + 9 * u, row.y + 1.7 * u, row.w - 9 * u, theme_text(theme, TYPE_SMALL),
                       command_info[i].help);
    }
    box_cut_top(column, 1.5 * u);
}

void frame_draw_help(const ReplayScene *r) {
    double u = r->theme->unit_px;
    Box inside = draw_card(r, 136 * u, 66 * u);
    scene_text(r->scene, inside.x, inside.y + 2.4 * u, theme_text_bold(r->theme, TYPE_HEADING), "Keys");
    draw_close(r, inside);
    box_cut_top(&inside, 4 * u);
    double gap_px = 3 * u, column_px = (inside.w - 2 * gap_px) / 3;
    Box columns[3];
    for (int i = 0; i < 3; i++) columns[i] = (Box){inside.x + i * (column_px + gap_px), inside.y, column_px, inside.h};
    draw_group(r, GROUP_MOVE, &columns[0]);
    draw_group(r, GROUP_PLAY, &columns[1]);
    draw_group(r, GROUP_LOOK, &columns[1]);
    draw_group(r, GROUP_FILE, &columns[1]);
    draw_group(r, GROUP_SHOW, &columns[2]);
    TextStyle soft = theme_text_soft(r->theme, TYPE_SMALL);
    scene_text_wrap(r->scene, columns[2].x, columns[2].y + 2 * u, column_px, 2.2 * u, soft,
                    "Tab goes from control to control, Enter presses it; arrows move a slider. Click a number for its "
                    "formula, a bookmark to go there, a title to let it lead. The wheel zooms into a matrix.");
}

/* ---- a formula ---- */

static CounterId twin_of(CounterId counter) {
    switch (counter) {
    case COUNTER_ISSUED_READ_BYTES: return COUNTER_ISSUED_WRITE_BYTES;
    case COUNTER_L1_READ_SECTORS: return COUNTER_L1_WRITE_SECTORS;
    case COUNTER_L2_READ_BYTES: return COUNTER_L2_WRITE_BYTES;
    case COUNTER_DRAM_READ_BYTES: return COUNTER_DRAM_WRITE_BYTES;
    default: return counter;
    }
}

static UnitText in_unit(CounterId counter, uint64_t value) {
    const char *unit = counter_info[counter].unit;
    if (strcmp(unit, "bytes") == 0) return units_gb(value);
    return strcmp(unit, "FLOP") == 0 ? units_flops(value) : units_count(value);
}

static const double formula_name_units = 34; /* "sum dK, dV over heads reads dK a head" */
static double formula_row_px(const ReplayScene *r, bool has_why) { return (has_why ? 4.8 : 2.7) * r->theme->unit_px; }

/* "1,024 steps": marks them on the timeline. Nothing where the row sums no steps. */
static void draw_steps_button(const ReplayScene *r, const Runner *run, int number, Box box) {
    Arena *arena = r->scene->arena;
    double u = r->theme->unit_px;
    Summed summed;
    if (!summed_make(run, number, arena, &summed)) return;
    const char *exact = arena_format(arena, "%s step%s", units_exact(summed.count).text, summed.count == 1 ? "" : "s");
    const char *label = frame_button_px(r, exact) <= 11 * u ? exact : "its steps";
    frame_button(r, box.x + box.w - 11 * u, (Box){box.x, box.y, box.w, 2.4 * u},
                 (Control){CONTROL_FORMULA_ROW, number, r->state->formula_runner, 0}, label, false,
                 arena_format(arena, "mark the %s that it sums on the timeline; N and Shift N go through them", exact));
}

/* Name, expression, its numbers, the value and a button to the steps that it sums. Returns the height used. */
static double draw_formula_row(const ReplayScene *r, const Runner *run, int number, bool has_why, Box box) {
    const FormulaRow *row = &run->count->formula->rows[number];
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    Arena *arena = r->scene->arena;
    const char *key = counter_info[row->counter].key;
    const char *verb = strstr(key, "read") ? "reads" : strstr(key, "write") ? "writes" : "";
    scene_text_cut(r->scene, box.x, box.y + 1.7 * u, formula_name_units * u, theme_text_bold(theme, TYPE_SMALL),
                   view_pretty(arena_format(arena, "%s %s %s", row->kernel, verb, row->tensor), arena));
    const char *numbers = formula_substitute(run->count->formula, row->expression, arena);
    const char *text = arena_format(arena, "%s = %s", row->expression, numbers);
    TextStyle mono = theme_text(theme, TYPE_SMALL);
    mono.face = FACE_MONO;
    double x = box.x + (formula_name_units + 1) * u, rest_px = box.w - (formula_name_units + 1) * u;
    scene_text_cut(r->scene, x, box.y + 1.7 * u, rest_px - 24 * u, mono, text);
    scene_text(r->scene, box.x + box.w - 12 * u, box.y + 1.7 * u, text_right(theme_text(theme, TYPE_SMALL)),
               in_unit(row->counter, row->value).text);
    draw_steps_button(r, run, number, box);
    if (has_why)
        scene_text_cut(r->scene, x, box.y + 3.7 * u, rest_px - 12 * u, theme_text_soft(theme, TYPE_SMALL), row->why);
    return formula_row_px(r, has_why);
}

void frame_draw_formula(const ReplayScene *r) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    const Runner *run = replay_runner(r, r->state->formula_runner);
    const Formula *formula = run->count->formula;
    CounterId first = (CounterId)r->state->formula_counter, second = twin_of(first);
    int row_count = 0;
    for (int i = 0; i < formula->row_count; i++)
        row_count += formula->rows[i].counter == first || formula->rows[i].counter == second;
    Box inside = draw_card(r, 148 * u, (13 + 4.8 * (row_count ? row_count : 1)) * u);
    const char *title = arena_format(r->scene->arena, "%s: %s", view_title(run->count->algorithm, r->scene->arena),
                                     counter_info[first].meaning);
    scene_text_cut(r->scene, inside.x, inside.y + 2.2 * u, inside.w - 10 * u, theme_text_bold(theme, TYPE_BODY), title);
    draw_close(r, inside);
    box_cut_top(&inside, 4.5 * u);
    if (!row_count)
        scene_text_wrap(r->scene, inside.x, inside.y + 2 * u, inside.w, 2.2 * u, theme_text(theme, TYPE_SMALL),
                        formula->row_count
                            ? "No closed form for this counter: it comes from the replay of the caches, step by step."
                            : "A program of your own has no closed form here: finding it is a good exercise.");
    double end = inside.y + inside.h - 3 * u;
    bool has_why = row_count * formula_row_px(r, true) < end - inside.y; /* many rows stand closer, without reasons */
    int left_out_count = 0;
    for (int i = 0; i < formula->row_count; i++) {
        if (formula->rows[i].counter != first && formula->rows[i].counter != second) continue;
        if (inside.y + formula_row_px(r, has_why) > end)
            left_out_count++;
        else
            box_cut_top(&inside, draw_formula_row(r, run, i, has_why, inside));
    }
    uint64_t replayed = run->count->totals.value[first] + (second != first ? run->count->totals.value[second] : 0);
    scene_text(r->scene, inside.x, end + 1.5 * u, theme_text_bold(theme, TYPE_SMALL),
               arena_format(r->scene->arena, "%sthe replay, step by step, gives %s",
                            left_out_count ? arena_format(r->scene->arena, "and %d more rows; ", left_out_count) : "",
                            units_exact(replayed).text));
}

/* ---- hint and message ---- */

static void draw_label(const ReplayScene *r, double x, double y, const char *text, bool is_loud) {
    const Theme *theme = r->theme;
    double u = theme->unit_px, most_px = fmin(60 * u, r->scene->width_px - 4 * u);
    TextStyle style = text_color(theme_text(theme, TYPE_SMALL), is_loud ? theme->background : theme->ink);
    int lines = scene_wrap_lines(r->scene, most_px, style, text);
    double width_px = lines > 1 ? most_px : scene_text_width(r->scene, style, text);
    Box box = {x, y, width_px + 2 * u, lines * 2.2 * u + 1.2 * u};
    box.x = fmax(u, fmin(box.x, r->scene->width_px - box.w - u));
    box.y = fmax(u, fmin(box.y, r->scene->height_px - box.h - u));
    scene_round_rect(r->scene, box, 0.5 * u,
                     (Paint){.pattern = PATTERN_SOLID,
                             .fill = is_loud ? theme->ink : theme->background,
                             .edge = theme->ink,
                             .edge_px = theme->hairline_px});
    scene_text_wrap(r->scene, box.x + u, box.y + 1.9 * u, most_px + 1, 2.2 * u, style, text);
}

void frame_draw_hint(const ReplayScene *r) {
    const ViewState *state = r->state;
    if (state->pressed.kind || state->pointer_x_px < 0) return;
    const SceneHit *hit = scene_hit_at(r->scene, state->pointer_x_px, state->pointer_y_px);
    if (hit && hit->text && hit->text[0])
        draw_label(r, state->pointer_x_px + 1.5 * r->theme->unit_px, state->pointer_y_px + 2.5 * r->theme->unit_px,
                   hit->text, false);
}

void frame_draw_message(const ReplayScene *r) {
    if (!r->state->message[0]) return;
    draw_label(r, 2 * r->theme->unit_px, r->scene->height_px - 12 * r->theme->unit_px, r->state->message, true);
}
