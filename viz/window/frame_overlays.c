/* What lies over the frame: keys, formula, hint, message: see frame_parts.h. */
#include <math.h>
#include <string.h>

#include "sim/units.h"
#include "viz/narrate.h"
#include "viz/state/summed.h"
#include "viz/window/frame_parts.h"

Theme frame_card_theme(const ReplayScene *r, double width_units, double height_units) {
    const Theme *theme = r->theme;
    double part = fmin(r->scene->width_px / ((width_units + 2) * theme->unit_px),
                       r->scene->height_px / ((height_units + 2) * theme->unit_px));
    return part < 1 ? theme_make(theme->is_dark, part * theme->scale) : *theme;
}

Box frame_draw_card(const ReplayScene *r, double width_px, double height_px) {
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

void frame_draw_close(const ReplayScene *r, Box inside) {
    double u = r->theme->unit_px, width_px = frame_button_px(r, "close");
    frame_command_button(r, inside.x + inside.w - width_px, (Box){inside.x, inside.y, inside.w, 2.8 * u}, COMMAND_CLOSE,
                         "close", false);
}

/* The page of keys. */

static const double help_width_units = 140, group_head_units = 3, group_foot_units = 1.2;

static int command_count(CommandGroup group) {
    int count = 0;
    for (int i = 0; i < COMMAND_COUNT; i++) count += command_info[i].group == group;
    return count;
}

static void draw_group(const ReplayScene *r, CommandGroup group, double row_px, Box *column) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    scene_text(r->scene, column->x, column->y + 2 * u, theme_text_bold(theme, TYPE_BODY), command_group_title(group));
    box_cut_top(column, group_head_units * u);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (command_info[i].group != group) continue;
        Box row = box_cut_top(column, row_px);
        Box cap = {row.x, row.y + 0.1 * u, 8 * u, row_px - 0.3 * u};
        scene_round_rect(
            r->scene, cap, 0.4 * u,
            (Paint){
                .pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
        scene_text_in(r->scene, cap, theme_text_bold(theme, TYPE_SMALL), command_info[i].key_text);
        scene_text_cut(r->scene, row.x + 9 * u, row.y + row_px / 2 + 0.45 * u, row.w - 9 * u,
                       theme_text(theme, TYPE_SMALL), command_info[i].help);
    }
    box_cut_top(column, group_foot_units * u);
}

void frame_draw_help(const ReplayScene *window) {
    Theme theme = frame_card_theme(window, help_width_units, 0);
    ReplayScene card = *window;
    const ReplayScene *r = &card;
    card.theme = &theme;
    double u = theme.unit_px;
    Box inside = frame_draw_card(r, help_width_units * u, 66 * u);
    scene_text(r->scene, inside.x, inside.y + 2.4 * u, theme_text_bold(r->theme, TYPE_HEADING), "Keys");
    frame_draw_close(r, inside);
    box_cut_top(&inside, 4 * u);
    double gap_px = 3 * u, column_px = (inside.w - 2 * gap_px) / 3;
    /* the middle column is the longest */
    int middle_count = command_count(GROUP_PLAY) + command_count(GROUP_LOOK) + command_count(GROUP_FILE);
    double row_px = fmin(3.1 * u, (inside.h - 3 * (group_head_units + group_foot_units) * u) / middle_count);
    Box columns[3];
    for (int i = 0; i < 3; i++) columns[i] = (Box){inside.x + i * (column_px + gap_px), inside.y, column_px, inside.h};
    draw_group(r, GROUP_MOVE, row_px, &columns[0]);
    draw_group(r, GROUP_PLAY, row_px, &columns[1]);
    draw_group(r, GROUP_LOOK, row_px, &columns[1]);
    draw_group(r, GROUP_FILE, row_px, &columns[1]);
    draw_group(r, GROUP_SHOW, row_px, &columns[2]);
    TextStyle soft = theme_text_soft(r->theme, TYPE_SMALL);
    double y = scene_text_wrap(
        r->scene, columns[2].x, columns[2].y + 2 * u, column_px, 2.2 * u, soft,
        "Tab goes from control to control, Enter presses it; arrows move a slider. Click a number for its "
        "formula, a bookmark to go there, a title to let it lead. The wheel zooms into a matrix.");
    if (!r->state->note_place) return;
    scene_text_wrap(r->scene, columns[2].x, y + u, column_px, 2.2 * u, theme_text(r->theme, TYPE_SMALL),
                    "In a lesson Enter goes on and Backspace back, in lecture mode from bookmark to bookmark. Shift "
                    "with PgUp and PgDn scrolls the text. Where something is typed all keys are the field's: Enter "
                    "hands in (in a program Ctrl+Enter), Esc leaves it.");
}

/* A formula. */

static CounterId twin_of(CounterId counter) {
    switch (counter) {
    case COUNTER_ISSUED_READ_BYTES: return COUNTER_ISSUED_WRITE_BYTES;
    case COUNTER_L1_READ_SECTORS: return COUNTER_L1_WRITE_SECTORS;
    case COUNTER_L2_READ_BYTES: return COUNTER_L2_WRITE_BYTES;
    case COUNTER_DRAM_READ_BYTES: return COUNTER_DRAM_WRITE_BYTES;
    default: return counter;
    }
}

/* Whether the card of `first` has the row: reads and writes stand together. */
static bool is_about(const FormulaRow *row, CounterId first) {
    return row->counter == first || row->counter == twin_of(first);
}

static UnitText in_unit(CounterId counter, uint64_t value) {
    const char *unit = counter_info[counter].unit;
    if (strcmp(unit, "bytes") == 0) return units_gb(value);
    return strcmp(unit, "FLOP") == 0 ? units_flops(value) : units_count(value);
}

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

static const char *row_name(const FormulaRow *row, Arena *arena) {
    return view_pretty(narrate_row(row, "", arena), arena);
}
static const char *row_expression(const Formula *formula, const FormulaRow *row, Arena *arena) {
    return arena_format(arena, "%s = %s", row->expression, formula_substitute(formula, row->expression, arena));
}
static TextStyle mono_text(const Theme *theme) {
    TextStyle mono = theme_text(theme, TYPE_SMALL);
    mono.face = FACE_MONO;
    return mono;
}

/* How wide a card's columns are, in units of type. */
typedef struct FormulaColumns {
    double name_units, card_units;
} FormulaColumns;

static FormulaColumns measure_formula(const ReplayScene *r, const Formula *formula, CounterId first) {
    enum { VALUE_AND_BUTTON_UNITS = 25, EDGES_UNITS = 5, LEAST_UNITS = 96 };
    double name_px = 0, expression_px = 0, u = r->theme->unit_px;
    Arena *arena = r->scene->arena;
    for (int i = 0; i < formula->row_count; i++) {
        const FormulaRow *row = &formula->rows[i];
        if (!is_about(row, first)) continue;
        name_px =
            fmax(name_px, scene_text_width(r->scene, theme_text_bold(r->theme, TYPE_SMALL), row_name(row, arena)));
        expression_px = fmax(expression_px,
                             fmax(scene_text_width(r->scene, mono_text(r->theme), row_expression(formula, row, arena)),
                                  scene_text_width(r->scene, theme_text(r->theme, TYPE_SMALL), row->why)));
    }
    double name_units = name_px / u + 2;
    return (FormulaColumns){
        name_units, fmax(LEAST_UNITS, name_units + expression_px / u + 2 + VALUE_AND_BUTTON_UNITS + EDGES_UNITS)};
}

/* Name, expression, its numbers, the value and a button to the steps that it sums. Returns the height used. */
static double draw_formula_row(const ReplayScene *r, const Runner *run, int number, double name_units, bool has_why,
                               Box box) {
    const FormulaRow *row = &run->count->formula->rows[number];
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    Arena *arena = r->scene->arena;
    scene_text_cut(r->scene, box.x, box.y + 1.7 * u, name_units * u, theme_text_bold(theme, TYPE_SMALL),
                   row_name(row, arena));
    double x = box.x + name_units * u, rest_px = box.w - name_units * u;
    scene_text_cut(r->scene, x, box.y + 1.7 * u, rest_px - 24 * u, mono_text(theme),
                   row_expression(run->count->formula, row, arena));
    scene_text(r->scene, box.x + box.w - 12 * u, box.y + 1.7 * u, text_right(theme_text(theme, TYPE_SMALL)),
               in_unit(row->counter, row->value).text);
    draw_steps_button(r, run, number, box);
    if (has_why)
        scene_text_cut(r->scene, x, box.y + 3.7 * u, rest_px - 12 * u, theme_text_soft(theme, TYPE_SMALL), row->why);
    return formula_row_px(r, has_why);
}

/* What the rows come to, and what the replay counts. */
static const char *formula_sum_text(const Count *count, CounterId first, int left_out_count, Arena *arena) {
    CounterId second = twin_of(first);
    const uint64_t *total = count->totals.value;
    uint64_t replayed = total[first] + (second != first ? total[second] : 0), sum = 0;
    const char *more = left_out_count ? arena_format(arena, "and %d more rows; ", left_out_count) : "";
    const char *unit = counter_info[first].unit;
    bool has_rows = false;
    for (int i = 0; i < count->formula->row_count; i++) {
        const FormulaRow *row = &count->formula->rows[i];
        if (is_about(row, first)) sum += row->value, has_rows = true;
    }
    if (has_rows && sum == replayed)
        return arena_format(arena, "%stogether %s %s: the replay, step by step, gives the same", more,
                            units_exact(sum).text, unit);
    return arena_format(arena, "%sthe replay, step by step, gives %s %s", more, units_exact(replayed).text, unit);
}

/* What is counted, reads and writes together. */
static const char *formula_subject(CounterId first) {
    switch (first) {
    case COUNTER_ISSUED_READ_BYTES: return "bytes it asks of global memory, read and written";
    case COUNTER_L1_READ_SECTORS: return "sectors of 32 bytes that its warps touch, read and written";
    case COUNTER_L2_READ_BYTES: return "bytes between SMs and L2, read and written";
    case COUNTER_DRAM_READ_BYTES: return "bytes between L2 and HBM, read and written";
    default: return counter_info[first].meaning;
    }
}

void frame_draw_formula(const ReplayScene *window) {
    ReplayScene card = *window;
    const ReplayScene *r = &card;
    const Runner *run = replay_runner(r, r->state->formula_runner);
    const Formula *formula = run->count->formula;
    FormulaColumns columns = measure_formula(window, formula, (CounterId)window->state->formula_counter);
    Theme card_type = frame_card_theme(window, columns.card_units, 0);
    const Theme *theme = card.theme = &card_type;
    double u = theme->unit_px;
    CounterId first = (CounterId)r->state->formula_counter;
    int row_count = 0;
    for (int i = 0; i < formula->row_count; i++) row_count += is_about(&formula->rows[i], first);
    Box inside = frame_draw_card(r, columns.card_units * u, (13 + 4.8 * (row_count ? row_count : 1)) * u);
    const char *title = arena_format(r->scene->arena, "%s: %s", view_title(run->count->algorithm, r->scene->arena),
                                     formula_subject(first));
    scene_text_cut(r->scene, inside.x, inside.y + 2.2 * u, inside.w - 10 * u, theme_text_bold(theme, TYPE_BODY), title);
    frame_draw_close(r, inside);
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
        if (!is_about(&formula->rows[i], first)) continue;
        if (inside.y + formula_row_px(r, has_why) > end)
            left_out_count++;
        else
            box_cut_top(&inside, draw_formula_row(r, run, i, columns.name_units, has_why, inside));
    }
    scene_text(r->scene, inside.x, end + 1.5 * u, theme_text_bold(theme, TYPE_SMALL),
               formula_sum_text(run->count, first, left_out_count, r->scene->arena));
}

/* Hint and message. */

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
