/* The numbers themselves, at a small size: S and P, running maximum and sum, O and its error: see replay.h.
 *
 *          S, then P           m      l    exp(m_old - m_new)
 *     [.12 .03 ............]  1.20   2.31   0.87       a row a query
 *          O                  keys seen    error against float64
 *     [-.31 .22 .18 .40   ]       4          1.2e-07
 *
 * What a flash kernel does not keep is not shown: only the tile that is on chip has numbers.
 */
#include <math.h>

#include "sim/units.h"
#include "sim/values.h"
#include "viz/views/replay.h"

typedef struct Table {
    const ReplayScene *r;
    int runner;
    ValuesInput input;
    ValuesState values;
    double x, cell_px, row_px;
    bool keeps_scores; /* standard: S and P are in HBM; flash: on chip while their tile is */
    uint64_t row_first, row_end, col_first, col_end; /* the tile that is worked on */
} Table;

static void draw_number(const Table *t, double x, double y, double width_px, const char *text, Paint paint, Color ink) {
    Box cell = {x, y, width_px - 1, t->row_px - 1};
    if (paint.fill || paint.edge) scene_rect(t->r->scene, cell, paint);
    scene_text_in(t->r->scene, cell, text_color(theme_text(t->r->theme, TYPE_SMALL), ink), text);
}

static const char *number(const Table *t, double value) {
    if (value == -INFINITY) return "−∞";
    int decimals = t->cell_px < 4.3 * t->r->theme->unit_px ? 1 : 2;
    return arena_format(t->r->scene->arena, "%.*f", decimals, value);
}

static bool is_in_tile(const Table *t, uint64_t i, uint64_t j) {
    return i >= t->row_first && i < t->row_end && j >= t->col_first && j < t->col_end;
}

/* P as ink: the darker, the more of the row's weight. */
static void draw_score(const Table *t, uint64_t i, uint64_t j, double x, double y) {
    const Theme *theme = t->r->theme;
    uint64_t at = i * t->input.keys + j;
    bool is_now = is_in_tile(t, i, j), is_shown = t->keeps_scores || is_now;
    Paint paint = {.edge = is_now ? theme->accent : theme->grid, .edge_px = (is_now ? 2 : 1) * theme->hairline_px};
    if (!is_shown || !t->values.has_score[at]) {
        draw_number(t, x, y, t->cell_px, t->values.has_probability[at] ? "·" : "", paint, theme->ink_soft);
        return;
    }
    bool has_probability = t->values.has_probability[at];
    double value = (double)(has_probability ? t->values.probabilities : t->values.scores)[at];
    paint.pattern = PATTERN_SOLID;
    paint.fill = has_probability ? color_mix(theme->background, theme->tensor[TENSOR_P], 0.55 * fmin(fmax(value, 0), 1))
                                 : theme->background;
    draw_number(t, x, y, t->cell_px, number(t, value), paint, theme->ink);
}

static void draw_heads(const Table *t, double y, const char *const *heads, const double *x, const double *width_px,
                       int count) {
    for (int i = 0; i < count; i++)
        scene_text(t->r->scene, x[i] + width_px[i] / 2, y, text_center(theme_text_bold(t->r->theme, TYPE_SMALL)),
                   heads[i]);
}

/* S or P, and beside each row its statistics. Returns the y below. */
static double draw_scores(const Table *t, double y) {
    const Theme *theme = t->r->theme;
    double u = theme->unit_px, matrix_px = t->cell_px * (double)t->input.keys, stat_px = 1.25 * t->cell_px;
    double x[4] = {t->x, t->x + matrix_px + u, t->x + matrix_px + u + stat_px, t->x + matrix_px + u + 2 * stat_px};
    double width_px[4] = {matrix_px, stat_px, stat_px, stat_px};
    static const char *const heads[] = {"S = QKᵀ/√d, then P", "m", "l", "rescale"};
    draw_heads(t, y + 1.6 * u, heads, x, width_px, 4);
    y += 2.2 * u;
    Paint stat = {.pattern = PATTERN_SOLID, .fill = theme->tensor_tint[TENSOR_STATISTICS]};
    for (uint64_t i = 0; i < t->input.rows; i++, y += t->row_px) {
        for (uint64_t j = 0; j < t->input.keys; j++) draw_score(t, i, j, t->x + (double)j * t->cell_px, y);
        if (t->values.row_max[i] == -INFINITY) continue;
        draw_number(t, x[1], y, stat_px, number(t, (double)t->values.row_max[i]), stat, theme->ink);
        draw_number(t, x[2], y, stat_px, number(t, (double)t->values.row_sum[i]), stat, theme->ink);
        draw_number(t, x[3], y, stat_px, number(t, (double)t->values.rescale[i]), stat, theme->ink);
    }
    return y + u;
}

static double draw_outputs(const Table *t, double y) {
    const Theme *theme = t->r->theme;
    double u = theme->unit_px, matrix_px = 1.15 * t->cell_px * (double)t->input.dim, wide_px = 2.4 * t->cell_px;
    double x[3] = {t->x, t->x + matrix_px + u, t->x + matrix_px + u + wide_px},
           width_px[3] = {matrix_px, wide_px, wide_px};
    static const char *const heads[] = {"O so far", "keys seen", "error"};
    draw_heads(t, y + 1.6 * u, heads, x, width_px, 3);
    y += 2.2 * u;
    Paint output = {.pattern = PATTERN_SOLID, .fill = theme->tensor_tint[TENSOR_O]};
    for (uint64_t i = 0; i < t->input.rows; i++, y += t->row_px) {
        bool has_output = t->values.seen_keys[i] > 0;
        for (uint64_t c = 0; c < t->input.dim; c++)
            draw_number(t, t->x + 1.15 * t->cell_px * (double)c, y, 1.15 * t->cell_px,
                        has_output ? number(t, (double)t->values.output[i * t->input.dim + c]) : "",
                        has_output ? output : (Paint){.edge = theme->grid, .edge_px = theme->hairline_px}, theme->ink);
        if (!has_output) continue;
        draw_number(t, x[1], y, wide_px, units_exact(t->values.seen_keys[i]).text, (Paint){0}, theme->ink);
        draw_number(t, x[2], y, wide_px, arena_format(t->r->scene->arena, "%.1e", t->values.error[i]), (Paint){0},
                    theme->ink);
    }
    return y + u;
}

static void find_tile(Table *t, const ReplayState *state) {
    const ScoreMap *map = &replay_runner(t->r, t->runner)->maps[state->kernel];
    uint64_t rows = map->row_tile_elems ? map->row_tile_elems : map->rows,
             cols = map->col_tile_elems ? map->col_tile_elems : map->cols;
    t->row_first = (state->index[AXIS_Q_BLOCK] ? state->index[AXIS_Q_BLOCK] : state->index[AXIS_ROW]) * rows;
    t->col_first = map->col_tile_elems ? state->index[AXIS_K_BLOCK] * cols : 0;
    t->row_end = t->row_first + rows, t->col_end = t->col_first + cols;
}

static void draw_verdict(const Table *t, double y) {
    const Theme *theme = t->r->theme;
    const char *text =
        arena_format(t->r->scene->arena, "largest error so far %.1e, against float64 over the keys seen (%s)",
                     t->values.error_max, dtype_name(t->input.dtype));
    if (t->values.error_max == 0) text = "no row of O yet";
    scene_text_wrap(t->r->scene, t->x, y + 1.6 * theme->unit_px,
                    t->r->scene->width_px / t->r->race->runner_count - 6 * theme->unit_px, 2.1 * theme->unit_px,
                    theme_text_bold(theme, TYPE_SMALL), text);
}

static const double SCORE_ROW_UNITS = 2.6, SCORE_CELL_UNITS = 5.4, LOW_ROW_UNITS = 1.9;

/* O under the scores; beside them where the rows would be lower than their numbers. Returns the foot. */
static double draw_tables(Table *t, Box box) {
    double u = t->r->theme->unit_px, rows = (double)t->input.rows, keys = (double)t->input.keys;
    double beside_cells = keys + 3.75 + 1.15 * (double)t->input.dim + 4.8;
    t->row_px = floor(fmin(SCORE_ROW_UNITS * u, (box.h - 11.5 * u) / (2 * rows)));
    t->cell_px = floor(fmin(SCORE_CELL_UNITS * u, (box.w - 2 * u) / (keys + 4)));
    double beside_px = floor(fmin(SCORE_CELL_UNITS * u, (box.w - 6 * u) / beside_cells));
    if (t->row_px >= LOW_ROW_UNITS * u || beside_px < 3 * u) return draw_outputs(t, draw_scores(t, box.y + 0.5 * u));
    t->row_px = floor(fmin(SCORE_ROW_UNITS * u, (box.h - 7.5 * u) / rows));
    t->cell_px = beside_px;
    Table outputs = *t;
    outputs.x += (keys + 3.75) * t->cell_px + 4 * u;
    return fmax(draw_scores(t, box.y + 0.5 * u), draw_outputs(&outputs, box.y + 0.5 * u));
}

void replay_draw_values(const ReplayScene *r, int runner, Box box) {
    const Program *program = replay_runner(r, runner)->program;
    const RunnerAt *at = &r->at[runner];
    double u = r->theme->unit_px;
    Table t = {.r = r, .runner = runner, .x = box.x, .keeps_scores = program->kernel_count > 1};
    Err err = {0};
    if (!values_make(program, r->scene->arena, &t.input, &err) || t.input.keys > 16 || t.input.dim > 8) {
        scene_text_wrap(r->scene, box.x, box.y + 3 * u, box.w, 2.2 * u, theme_text(r->theme, TYPE_SMALL),
                        err.text[0] ? err.text
                                    : "the numbers of more than 16 keys of 8 elements do not fit the screen");
        return;
    }
    values_at(program, &t.input, &at->state, r->scene->arena, &t.values);
    find_tile(&t, &at->state);
    draw_verdict(&t, draw_tables(&t, box));
}
