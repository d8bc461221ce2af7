/* The N x N score matrix as tiles, whole or a part of it: see replay.h.
 *
 * Cells are tiles, or squares of tiles where tiles would be smaller than a few pixels. Equal neighbours are drawn as
 * one rectangle, so that a million tiles cost no more than sixty-four.
 */
#include <math.h>

#include "sim/units.h"
#include "viz/state/zoom.h"
#include "viz/views/replay.h"

enum { CELL_MIN_PX = 7 };

typedef struct Matrix {
    const ReplayScene *r;
    int runner;
    Box box;
    TensorClass tensor_class;
    bool is_in_hbm;
    ScoreWindow window;
    ScoreCells cells;
    bool has_tile_cells; /* a cell is a tile */
} Matrix;

typedef enum CellState { CELL_TODO, CELL_PART, CELL_DONE, CELL_SKIPPED } CellState;

static CellState cell_state(const ScoreCells *cells, int row, int col) {
    float visited = cells->visited[row * cells->col_count + col], done = cells->done[row * cells->col_count + col];
    if (visited < 1e-3f) return CELL_SKIPPED;
    if (done >= visited - 1e-3f) return CELL_DONE;
    return done > 1e-3f ? CELL_PART : CELL_TODO;
}

/* As many cells as there are tiles in the window, or as cells of a few pixels fit. */
static int cell_count(double elems, uint64_t tile_elems, double size_px, double scale, bool *is_tile) {
    double tiles = tile_elems ? elems / (double)tile_elems : 1;
    double most = fmin(SCORE_CELLS_MAX, floor(size_px / (CELL_MIN_PX * scale)));
    *is_tile = tiles <= most && fabs(tiles - round(tiles)) < 1e-6;
    return (int)fmax(1, fmin(round(tiles), most));
}

static Box cells_box(const Matrix *m, int row, int row_end, int col, int col_end) {
    double w = m->box.w / m->cells.col_count, h = m->box.h / m->cells.row_count;
    double x = round(m->box.x + col * w), y = round(m->box.y + row * h);
    return (Box){x, y, round(m->box.x + col_end * w) - x, round(m->box.y + row_end * h) - y};
}

static Paint cell_paint(const Matrix *m, CellState state) {
    const Theme *theme = m->r->theme;
    Paint paint = {0};
    switch (state) {
    case CELL_DONE: paint = theme_tile(theme, m->tensor_class, TILE_DONE); break;
    case CELL_SKIPPED: paint = theme_tile(theme, m->tensor_class, TILE_SKIPPED); break;
    case CELL_TODO: paint = theme_tile(theme, m->tensor_class, m->is_in_hbm ? TILE_TODO : TILE_NEVER); break;
    case CELL_PART: break;
    }
    paint.edge = 0;
    return paint;
}

/* A cell that is partly done fills from its top. */
static void draw_part(const Matrix *m, int row, int col) {
    const ScoreCells *cells = &m->cells;
    int at = row * cells->col_count + col;
    double part = fmin(1, cells->done[at] / cells->visited[at]);
    Box box = cells_box(m, row, row + 1, col, col + 1);
    scene_rect(m->r->scene, box, cell_paint(m, CELL_TODO));
    box.h *= part;
    scene_rect(m->r->scene, box, cell_paint(m, CELL_DONE));
}

static bool is_row_alike(const Matrix *m, int row, int col, int col_end, CellState state) {
    for (int c = col; c < col_end; c++)
        if (cell_state(&m->cells, row, c) != state) return false;
    bool starts = col == 0 || cell_state(&m->cells, row, col - 1) != state;
    bool ends = col_end == m->cells.col_count || cell_state(&m->cells, row, col_end) != state;
    return starts && ends;
}

/* Runs of equal cells along a row, grown down over rows that have the very same run. */
static void draw_cells(const Matrix *m) {
    const ScoreCells *cells = &m->cells;
    for (int row = 0; row < cells->row_count; row++)
        for (int col = 0, end; col < cells->col_count; col = end) {
            CellState state = cell_state(cells, row, col);
            for (end = col + 1; end < cells->col_count && cell_state(cells, row, end) == state;) end++;
            if (state == CELL_PART) {
                for (int c = col; c < end; c++) draw_part(m, row, c);
                continue;
            }
            if (row > 0 && is_row_alike(m, row - 1, col, end, state)) continue; /* drawn with the row above */
            int row_end = row + 1;
            while (row_end < cells->row_count && is_row_alike(m, row_end, col, end, state)) row_end++;
            scene_rect(m->r->scene, cells_box(m, row, row_end, col, end), cell_paint(m, state));
        }
}

static void draw_grid(const Matrix *m) {
    const Theme *theme = m->r->theme;
    Color color = color_mix(theme->tensor_edge[m->tensor_class], theme->background, m->has_tile_cells ? 0.35 : 0.8);
    Dash dash = m->is_in_hbm ? DASH_SOLID : DASH_DOTTED;
    for (int c = 1; c < m->cells.col_count; c++) {
        double x = cells_box(m, 0, 1, c, c).x;
        scene_dash_line(m->r->scene, (Point){x, m->box.y}, (Point){x, m->box.y + m->box.h}, color, theme->hairline_px,
                        dash);
    }
    for (int row = 1; row < m->cells.row_count; row++) {
        double y = cells_box(m, row, row, 0, 1).y;
        scene_dash_line(m->r->scene, (Point){m->box.x, y}, (Point){m->box.x + m->box.w, y}, color, theme->hairline_px,
                        dash);
    }
}

/* Where an extent of elements lies in the box. */
static Box place(const Matrix *m, double row, double rows, double col, double cols) {
    const ScoreWindow *w = &m->window;
    double px_row = m->box.h / (w->row_end - w->row_first), px_col = m->box.w / (w->col_end - w->col_first);
    return (Box){m->box.x + (col - w->col_first) * px_col, m->box.y + (row - w->row_first) * px_row, cols * px_col,
                 rows * px_row};
}

static Box at_least(Box box, double px) {
    if (box.w < px) box.x -= (px - box.w) / 2, box.w = px;
    if (box.h < px) box.y -= (px - box.h) / 2, box.h = px;
    return box;
}

/* Whether the step lies inside a loop over an axis (or a grid's). */
static bool is_in_loop(const Program *program, const ReplayState *state, Axis axis) {
    for (int i = 0; i < state->depth; i++) {
        const ProgramNode *node = &program->nodes[state->path[i].node];
        if (node->kind != NODE_LEAF && node->axis == axis) return true;
    }
    return false;
}

/* Whether a tile of scores is on chip: made, or loaded. */
static bool is_tile_on_chip(const Matrix *m, const ReplayState *state) {
    const Program *program = replay_runner(m->r, m->runner)->program;
    const Kernel *kernel = &program->kernels[state->kernel];
    Residency residency;
    replay_residency(program, state, &residency);
    for (int i = 0; i < kernel->buffer_count; i++) {
        TensorClass held = kernel->buffers[i].tensor_class;
        if (residency.is_loaded[i] && (held == TENSOR_S || held == TENSOR_P || held == TENSOR_GRADIENT_S)) return true;
    }
    return false;
}

/* The tile of scores that the block works on: solid, with a bold edge; the edge alone until it is on chip. Nothing
 * while the block is not at any tile: Q comes in, O is stored. */
static void draw_now(const Matrix *m) {
    const RunnerAt *at = &m->r->at[m->runner];
    const ScoreMap *map = &replay_runner(m->r, m->runner)->maps[at->state.kernel];
    if (at->is_finished || !map->run_count) return;
    const uint64_t *index = at->state.index;
    if (map->col_tile_elems && !is_in_loop(replay_runner(m->r, m->runner)->program, &at->state, AXIS_K_BLOCK)) return;
    double row_tile = (double)(map->row_tile_elems ? map->row_tile_elems : map->rows);
    double col_tile = (double)(map->col_tile_elems ? map->col_tile_elems : map->cols);
    double row = (double)(index[AXIS_Q_BLOCK] ? index[AXIS_Q_BLOCK] : index[AXIS_ROW]) * row_tile;
    double col = map->col_tile_elems ? (double)index[AXIS_K_BLOCK] * col_tile : 0;
    double rows = fmin(row_tile, (double)map->rows - row), cols = fmin(col_tile, (double)map->cols - col);
    Box box = at_least(place(m, row, rows, col, cols), 4 * m->r->theme->scale);
    scene_clip_push(m->r->scene, box_inset(m->box, -2 * m->r->theme->hairline_px));
    Paint paint = theme_tile(m->r->theme, m->tensor_class, TILE_NOW);
    if (!is_tile_on_chip(m, &at->state)) paint.pattern = PATTERN_NONE;
    scene_rect(m->r->scene, box, paint);
    scene_clip_pop(m->r->scene);
}

static void draw_frame(const Matrix *m) {
    const Theme *theme = m->r->theme;
    scene_rect(m->r->scene, m->box,
               (Paint){.edge = theme->tensor_edge[m->tensor_class],
                       .edge_px = theme->hairline_px,
                       .dash = m->is_in_hbm ? DASH_SOLID : DASH_DASHED});
    const ScoreWindow *w = &m->window;
    const char *text =
        arena_format(m->r->scene->arena, "scores of rows %s to %s, columns %s to %s; wheel or + zooms in",
                     units_exact((uint64_t)w->row_first).text, units_exact((uint64_t)w->row_end - 1).text,
                     units_exact((uint64_t)w->col_first).text, units_exact((uint64_t)w->col_end - 1).text);
    replay_control(m->r, m->box, (Control){CONTROL_MATRIX, m->runner, 0, 0}, text);
}

void replay_draw_matrix(const ReplayScene *r, int runner, Box box, TensorClass tensor_class, bool is_in_hbm) {
    const Runner *run = replay_runner(r, runner);
    const RunnerAt *at = &r->at[runner];
    const ScoreMap *map = &run->maps[at->state.kernel];
    Matrix m = {.r = r,
                .runner = runner,
                .box = box,
                .tensor_class = tensor_class,
                .is_in_hbm = is_in_hbm,
                .window = zoom_window(r->state, run, at)};
    const ScoreWindow *w = &m.window;
    bool is_tile_row, is_tile_col;
    int rows = cell_count(w->row_end - w->row_first, map->row_tile_elems, box.h, r->theme->scale, &is_tile_row);
    int cols = cell_count(w->col_end - w->col_first, map->col_tile_elems, box.w, r->theme->scale, &is_tile_col);
    m.has_tile_cells = is_tile_row && is_tile_col;
    uint64_t head_step = at->is_finished ? UINT64_MAX : score_map_head_step(run->program, &at->state);
    score_map_cells(map, head_step, m.window, rows, cols, &m.cells);
    draw_cells(&m);
    draw_grid(&m);
    draw_now(&m);
    draw_frame(&m);
}
