/* View `compare`: how far formula, kernel and hardware lie from the replay, a row a counter.
 *
 *     DRAM read bytes    |        o  |  *      |   4.29 GB   +1.2%
 *                       -5%       replay     +5%
 *
 * Hollow: computed (round: formula, square: our CUDA kernel counted on the CPU); filled: measured, with a line
 * from the least to the most over its launches. What lies beyond the axis is an arrow at its edge. Where nothing has
 * been measured, a table takes its place (compare_table.c).
 */
#include <math.h>
#include <string.h>

#include "viz/plot.h"
#include "viz/views/compare_parts.h"
#include "viz/views/panels.h"

static const double row_least_units = 2; /* of small type */

/* Without hardware, whatever is simulated; with it, what another road has too. */
static bool is_shown(const CompareRow *row, bool has_hardware) {
    return row->has[COMPARE_REPLAY] &&
           (!has_hardware || row->has[COMPARE_FORMULA] || row->has[COMPARE_KERNEL] || row->has[COMPARE_HARDWARE]);
}

/* The rows of an algorithm's last group: its only kernel, or all kernels together. */
static ComparePanel panel_of(const Compare *compare, const char *algorithm, bool has_hardware) {
    ComparePanel panel = {.algorithm = algorithm};
    if (!compare) return panel;
    const char *group = NULL;
    for (int i = 0; i < compare->row_count; i++)
        if (strcmp(compare->rows[i].algorithm, algorithm) == 0) group = compare->rows[i].kernel;
    for (int i = 0; i < compare->row_count && group; i++) {
        const CompareRow *row = &compare->rows[i];
        bool is_of_group = strcmp(row->algorithm, algorithm) == 0 && strcmp(row->kernel, group) == 0;
        if (is_of_group && is_shown(row, has_hardware) && panel.row_count < COMPARE_ROWS_MAX)
            panel.rows[panel.row_count++] = row;
    }
    return panel;
}

/* value / replay - 1; a value beside a replay of 0 is infinitely off. */
static double deviation(const CompareRow *row, double value) {
    double replay = (double)row->exact[COMPARE_REPLAY];
    if (replay == 0) return value == 0 ? 0 : INFINITY;
    return value / replay - 1;
}

double compare_deviation(const CompareRow *row, CompareRoad road) {
    return deviation(row, road == COMPARE_HARDWARE ? row->hardware : (double)row->exact[road]);
}

/* Which part of all deviations lies within the share. */
static double part_within(const ComparePanel *panels, int count, double share) {
    int inside = 0, all = 0;
    for (int p = 0; p < count; p++)
        for (int i = 0; i < panels[p].row_count; i++)
            for (int road = 0; road < COMPARE_ROAD_COUNT; road++) {
                if (!panels[p].rows[i]->has[road]) continue;
                all++;
                inside += fabs(compare_deviation(panels[p].rows[i], (CompareRoad)road)) <= 0.95 * share;
            }
    return all ? (double)inside / all : 1;
}

/* The axis reaches the first round share that holds everything, or else nine tenths of it. */
static double axis_reach(const ComparePanel *panels, int count) {
    static const double steps[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
    for (int s = 0; s < 6; s++)
        if (part_within(panels, count, steps[s]) == 1) return steps[s];
    for (int s = 0; s < 6; s++)
        if (part_within(panels, count, steps[s]) >= 0.9) return steps[s];
    return 0.5;
}

UnitText compare_value_text(const CompareRow *row, uint64_t value) {
    if (row->counter == COMPARE_TIME) return units_time((double)value);
    return strcmp(row->unit, "bytes") == 0 ? units_gb(value) : units_count(value);
}

/* "l1_read_sectors" as people write it: "L1 read sectors". */
const char *compare_row_name(const CompareRow *row, Arena *arena) {
    if (row->counter == COMPARE_TIME) return "time";
    char *text = arena_copy_text(arena, row->key);
    for (char *at = text; *at; at++)
        if (*at == '_') *at = ' ';
    bool is_cache = text[0] == 'l' && (text[1] == '1' || text[1] == '2');
    size_t capital_count = is_cache ? 1 : strncmp(text, "dram", 4) == 0 ? 4 : 0;
    for (size_t i = 0; i < capital_count; i++) text[i] = (char)(text[i] - 'a' + 'A');
    return text;
}

void compare_hit(const CompareRow *row, Box box, Scene *scene) {
    const char *text =
        arena_format(scene->arena, "%s: replay %s%s%s", row->key, units_exact(row->exact[COMPARE_REPLAY]).text,
                     *row->leaves_out ? ". Left out: " : "", row->leaves_out);
    scene_hit(scene, box, (SceneHit){HIT_COMPARE, {row->counter, 0, 0}, row->exact[COMPARE_REPLAY], text});
}

typedef struct CompareDrawing {
    const Theme *theme;
    Scene *scene;
    Box axis; /* from -reach to +reach */
    double name_right, value_right, error_right;
    double reach;
    double row_px;
    TypeSize type; /* of names and numbers */
} CompareDrawing;

static double x_of(const CompareDrawing *d, double share) {
    double clamped = fmax(-1, fmin(1, share / d->reach));
    return d->axis.x + d->axis.w * (clamped + 1) / 2;
}

static void draw_mark(const CompareDrawing *d, CompareRoad road, double share, double y) {
    const Theme *theme = d->theme;
    double radius_px = 0.55 * theme->unit_px, x = x_of(d, share);
    Color color = road == COMPARE_HARDWARE ? theme_series(theme, 0) : theme_series(theme, 1);
    Paint paint = {.pattern = PATTERN_SOLID,
                   .fill = road == COMPARE_HARDWARE ? color : theme->background,
                   .edge = color,
                   .edge_px = 1.75 * theme->scale};
    if (fabs(share) > d->reach) {
        double side = share > 0 ? 1 : -1;
        scene_arrow(d->scene, (Point){x - side * 2.5 * theme->unit_px, y}, (Point){x, y}, 2 * theme->scale,
                    (Paint){.pattern = PATTERN_SOLID, .fill = color});
    } else if (road == COMPARE_KERNEL) {
        scene_rect(d->scene, (Box){x - 1.5 * radius_px, y - 1.5 * radius_px, 3 * radius_px, 3 * radius_px},
                   (Paint){.edge = color, .edge_px = paint.edge_px});
    } else {
        scene_disc(d->scene, (Point){x, y}, radius_px, paint);
    }
}

static void draw_spread(const CompareDrawing *d, const CompareRow *row, double y) {
    double low = deviation(row, row->hardware_min), high = deviation(row, row->hardware_max);
    if (!isfinite(low) || !isfinite(high)) return;
    scene_line(d->scene, (Point){x_of(d, low), y}, (Point){x_of(d, high), y}, theme_series(d->theme, 0),
               2 * d->theme->scale);
}

static const char *error_text(const CompareRow *row, Arena *arena) {
    if (!row->has_error) return "";
    if (row->error == 0) return "equal";
    double share = row->has[COMPARE_HARDWARE] ? compare_deviation(row, COMPARE_HARDWARE) : -row->error;
    return isfinite(share) ? arena_format(arena, "%+.*f%%", fabs(share) < 0.0995 ? 2 : 1, 100 * share) : "not 0";
}

static void draw_row(const CompareDrawing *d, const CompareRow *row, double y) {
    const Theme *theme = d->theme;
    Scene *scene = d->scene;
    double middle = y + d->row_px / 2, baseline = middle + 0.36 * theme->type_px[d->type];
    TextStyle plain = text_right(theme_text(theme, d->type));
    scene_text(scene, d->name_right, baseline, plain, compare_row_name(row, scene->arena));
    scene_text(scene, d->value_right, baseline, plain, compare_value_text(row, row->exact[COMPARE_REPLAY]).text);
    bool is_equal = row->has_error && row->error == 0;
    scene_text(scene, d->error_right, baseline,
               text_right(is_equal ? theme_text_soft(theme, d->type) : theme_text_bold(theme, d->type)),
               error_text(row, scene->arena));
    scene_line(scene, (Point){d->axis.x, middle}, (Point){d->axis.x + d->axis.w, middle}, theme->grid,
               theme->hairline_px);
    if (row->has[COMPARE_HARDWARE]) draw_spread(d, row, middle);
    static const CompareRoad order[] = {COMPARE_HARDWARE, COMPARE_FORMULA, COMPARE_KERNEL};
    for (int i = 0; i < 3; i++)
        if (row->has[order[i]]) draw_mark(d, order[i], compare_deviation(row, order[i]), middle);
    compare_hit(row, (Box){d->axis.x, y, d->axis.w, d->row_px}, scene);
}

static void draw_scale(const CompareDrawing *d, double top, double bottom) {
    const Theme *theme = d->theme;
    for (int i = -1; i <= 1; i++) {
        double x = x_of(d, i * d->reach);
        scene_line(d->scene, (Point){x, top}, (Point){x, bottom}, i ? theme->grid : theme->ink,
                   i ? theme->hairline_px : 1.5 * theme->scale);
        const char *label = i ? arena_format(d->scene->arena, "%+.3g%%", 100 * i * d->reach) : "replay";
        scene_text(d->scene, x, bottom + 2.25 * theme->unit_px, text_center(theme_text_soft(theme, TYPE_SMALL)), label);
    }
}

static const char *heading(const ComparePanel *panel, Arena *arena) {
    const Algorithm *algorithm = algorithm_find(panel->algorithm);
    return algorithm ? view_title(algorithm, arena) : panel->algorithm;
}

static void draw_panel(const ComparePanel *panel, double reach, const Theme *theme, Box box, Scene *scene) {
    Box head = box_cut_top(&box, 4.5 * theme->unit_px);
    scene_text(scene, head.x, head.y + 2.5 * theme->unit_px, theme_text_bold(theme, TYPE_HEADING),
               heading(panel, scene->arena));
    box_cut_bottom(&box, 4 * theme->unit_px);
    if (panel->row_count == 0) {
        scene_text(scene, box.x, box.y + 3 * theme->unit_px, theme_text_soft(theme, TYPE_BODY), "nothing to compare");
        return;
    }
    int shown_count = (int)fmin(panel->row_count, fmax(1, floor(box.h / (row_least_units * theme->unit_px))));
    CompareDrawing d = {.theme = theme, .scene = scene, .reach = reach, .type = TYPE_SMALL};
    d.row_px = fmin(7 * theme->unit_px, box.h / shown_count);
    if (box.w >= 70 * theme->unit_px && d.row_px >= 3.2 * theme->unit_px) d.type = TYPE_BODY;
    double em_px = theme->type_px[d.type];
    d.name_right = box_cut_left(&box, 10.5 * em_px).x + 10.5 * em_px;
    d.error_right = box.x + box.w;
    box_cut_right(&box, 5 * em_px);
    d.value_right = box.x + box.w;
    box_cut_right(&box, 5.5 * em_px);
    box_cut_left(&box, 2 * theme->unit_px);
    d.axis = box;
    draw_scale(&d, box.y, box.y + d.row_px * shown_count);
    for (int i = 0; i < shown_count; i++) draw_row(&d, panel->rows[i], box.y + i * d.row_px);
    TextStyle soft = text_right(theme_text_soft(theme, TYPE_SMALL));
    scene_text(scene, d.value_right, head.y + 4 * theme->unit_px, soft, "replay");
    scene_text(scene, d.error_right, head.y + 4 * theme->unit_px, soft, "off by");
    if (shown_count < panel->row_count)
        scene_textf(scene, d.error_right, head.y + 1.75 * theme->unit_px, soft, "%d of %d counters", shown_count,
                    panel->row_count);
}

bool compare_has_road(const ComparePanel *panels, int count, CompareRoad road) {
    for (int p = 0; p < count; p++)
        for (int i = 0; i < panels[p].row_count; i++)
            if (panels[p].rows[i]->has[road]) return true;
    return false;
}

/* Which mark means what, of the marks that are there. */
static void draw_key(const ComparePanel *panels, int count, const Theme *theme, Box strip, Scene *scene) {
    static const char *const names[COMPARE_ROAD_COUNT] = {[COMPARE_FORMULA] = "closed form",
                                                          [COMPARE_KERNEL] = "CUDA kernel on the CPU",
                                                          [COMPARE_HARDWARE] = "hardware"};
    static const CompareRoad order[] = {COMPARE_FORMULA, COMPARE_KERNEL, COMPARE_HARDWARE};
    double x = strip.x + theme->unit_px, y = strip.y + strip.h / 2;
    for (int i = 0; i < 3; i++) {
        if (!compare_has_road(panels, count, order[i])) continue;
        CompareDrawing d = {.theme = theme, .scene = scene, .axis = {x, 0, 0, 0}, .reach = 1};
        draw_mark(&d, order[i], 0, y);
        x += 1.5 * theme->unit_px;
        x += scene_text(scene, x, y + 0.36 * theme->type_px[TYPE_SMALL], theme_text_soft(theme, TYPE_SMALL),
                        names[order[i]]) +
             4 * theme->unit_px;
    }
}

static bool has_hardware(const Compare *compare) {
    for (int i = 0; compare && i < compare->row_count; i++)
        if (compare->rows[i].has[COMPARE_HARDWARE]) return true;
    return false;
}

static int fill_panels(const ViewInput *input, ComparePanel *panels) {
    int count = input->scenario->algorithm_count < PANELS_MAX ? input->scenario->algorithm_count : PANELS_MAX;
    for (int i = 0; i < count; i++)
        panels[i] = panel_of(input->compare, input->scenario->algorithms[i], has_hardware(input->compare));
    return count;
}

static void draw_tables(const ComparePanel *panels, int count, const Theme *theme, Box box, Scene *scene) {
    Panels places = panels_cut(box, count, 46, theme, scene);
    for (int i = 0; i < count; i++) {
        Box part = places.parts[i];
        double baseline = part.y + 2.5 * theme->unit_px;
        scene_text(scene, part.x, baseline, theme_text_bold(theme, TYPE_HEADING), heading(&panels[i], scene->arena));
        bool is_beside = part.w >= 70 * theme->unit_px; /* the columns' heads beside the name, or under it */
        box_cut_top(&part, (is_beside ? 1.5 : 3.5) * theme->unit_px);
        compare_draw_table(&panels[i], panels, count, theme, part, scene);
    }
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    ComparePanel panels[PANELS_MAX];
    int count = fill_panels(input, panels);
    if (!has_hardware(input->compare)) {
        draw_tables(panels, count, theme, box, scene);
        return;
    }
    double reach = axis_reach(panels, count);
    draw_key(panels, count, theme, box_cut_top(&box, 4 * theme->unit_px), scene);
    Panels places = panels_cut(box, count, 46, theme, scene);
    for (int i = 0; i < count; i++) draw_panel(&panels[i], reach, theme, places.parts[i], scene);
}

/* Rows in which a road is there, and those of them where it lies within `share` of the replay. */
static int count_near(const ComparePanel *panels, int count, CompareRoad road, double share, int *near) {
    int all = 0;
    *near = 0;
    for (int p = 0; p < count; p++)
        for (int i = 0; i < panels[p].row_count; i++) {
            if (!panels[p].rows[i]->has[road]) continue;
            all++;
            *near += fabs(compare_deviation(panels[p].rows[i], road)) <= share;
        }
    return all;
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    ComparePanel panels[PANELS_MAX];
    int count = fill_panels(input, panels), near, exact_near;
    int measured = count_near(panels, count, COMPARE_HARDWARE, 0.05, &near);
    int formula = count_near(panels, count, COMPARE_FORMULA, 0, &exact_near);
    const char *title =
        exact_near == formula
            ? "Replay equals closed form to the byte; nothing is measured yet"
            : arena_format(arena, "Replay and closed form agree to the byte in %d of %d counters", exact_near, formula);
    if (measured)
        title = arena_format(arena, "%d of %d counters of the hardware lie within 5%% of the replay", near, measured);
    int kernel = count_near(panels, count, COMPARE_KERNEL, 0, &exact_near);
    const char *notice =
        kernel ? arena_format(arena, "The CUDA kernels, run on the CPU, agree exactly in %d of %d.", exact_near, kernel)
               : arena_format(arena, "The CUDA kernels were not run on the CPU%s%s.", input->compare_unrun ? ": " : "",
                              input->compare_unrun ? input->compare_unrun : "");
    if (!measured)
        notice = arena_format(arena, "All of this is computed; the empty column waits for a GPU. %s", notice);
    return (ViewHeadline){title, notice};
}

static const char *source(const ViewInput *input, Arena *arena) {
    const char *engine = input->compare_engine ? input->compare_engine : "";
    return arena_format(arena, "%s%s%s%s; %s.",
                        input->compare_source ? input->compare_source : "Replay, closed form and kernel",
                        *engine ? "; DRAM by the engine “" : "", engine, *engine ? "”" : "",
                        view_scenario_line(input->scenario, arena));
}

const View view_compare = {
    .name = "compare",
    .title = "Four roads to every counter",
    .help = "how far closed form, CUDA kernel and hardware (--capture, --ncu) lie from the replay, counter by counter",
    .needs = VIEW_NEEDS_COMPARE | VIEW_NEEDS_COUNTS,
    .least_width_units = 130,
    .least_height_units = 56,
    .headline = headline,
    .draw = draw,
    .source = source,
};
