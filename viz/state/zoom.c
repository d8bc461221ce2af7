/* Zoom levels and the window they show: see zoom.h. */
#include "viz/state/zoom.h"

#include <math.h>

#include "sim/memory/warp.h"

static int level_of(uint64_t elems, uint64_t tile_elems) {
    if (!tile_elems || tile_elems >= elems) return 0;
    return (int)ceil(log2((double)elems / (double)tile_elems));
}

int zoom_tile_max(const Race *race) {
    int level = 0;
    for (int r = 0; r < race->runner_count; r++)
        for (int k = 0; k < race->runners[r].program->kernel_count; k++) {
            const ScoreMap *map = &race->runners[r].maps[k];
            if (!map->row_tile_elems || !map->col_tile_elems)
                continue; /* a kernel of whole rows has no tiles to look at */
            int rows = level_of(map->rows, map->row_tile_elems), cols = level_of(map->cols, map->col_tile_elems);
            int deeper = rows > cols ? rows : cols;
            if (deeper > level) level = deeper;
        }
    return level < ZOOM_MATRIX_MAX ? level : ZOOM_MATRIX_MAX;
}

void zoom_change(ViewState *state, int direction) {
    int next = state->zoom + direction;
    if (direction > 0 && state->zoom <= ZOOM_MATRIX_MAX && next > state->zoom_tile_max) next = ZOOM_WARP;
    if (direction < 0 && state->zoom == ZOOM_WARP) next = state->zoom_tile_max;
    state->zoom = next < 0 ? 0 : next > ZOOM_LANE ? ZOOM_LANE : next;
    if (state->zoom == 0) state->is_zoom_fixed = false;
}

void zoom_reset(ViewState *state) {
    state->zoom = 0;
    state->is_zoom_fixed = false;
}

void zoom_move_lens(ViewState *state, int direction) {
    if (state->zoom == ZOOM_LANE)
        state->lens_lane = (state->lens_lane + direction + WARP_LANES) % WARP_LANES;
    else if (direction > 0 || state->lens_index > 0)
        state->lens_index += (uint64_t)(int64_t)direction;
}

/* `part` of the matrix around centre, shifted to lie inside. */
static void span(double centre, double part, double elems, double *first, double *end) {
    double low = fmin(fmax(centre - part / 2, 0), 1 - part);
    *first = low * elems, *end = (low + part) * elems;
}

ScoreWindow zoom_window(const ViewState *state, const Runner *runner, const RunnerAt *at) {
    const ScoreMap *map = &runner->maps[at->state.kernel];
    double rows = (double)map->rows, cols = (double)map->cols;
    int level = state->zoom > state->zoom_tile_max ? 0 : state->zoom;
    double row_part = fmax(exp2(-level), fmin(1, (double)map->row_tile_elems / rows));
    double col_part = fmax(exp2(-level), fmin(1, (double)map->col_tile_elems / cols));
    double row = state->zoom_row, col = state->zoom_col;
    if (!state->is_zoom_fixed) {
        const uint64_t *index = at->state.index;
        double tile_row = (double)(index[AXIS_Q_BLOCK] ? index[AXIS_Q_BLOCK] : index[AXIS_ROW]);
        row = (tile_row + 0.5) * (double)map->row_tile_elems / rows;
        col = ((double)index[AXIS_K_BLOCK] + 0.5) * (double)map->col_tile_elems / cols;
    }
    ScoreWindow window;
    span(row, row_part, rows, &window.row_first, &window.row_end);
    span(col, col_part, cols, &window.col_first, &window.col_end);
    return window;
}

void zoom_at_pointer(ViewState *state, const Runner *runner, Box box, int steps) {
    const ScoreMap *map = &runner->maps[0];
    RunnerAt at = runner_at(runner, 0);
    if (!state->is_zoom_fixed && state->zoom == 0) state->zoom_row = state->zoom_col = 0.5, state->is_zoom_fixed = true;
    ScoreWindow before = zoom_window(state, runner, &at);
    double x = box.w > 0 ? (state->pointer_x_px - box.x) / box.w : 0.5,
           y = box.h > 0 ? (state->pointer_y_px - box.y) / box.h : 0.5;
    double row = (before.row_first + y * (before.row_end - before.row_first)) / (double)map->rows;
    double col = (before.col_first + x * (before.col_end - before.col_first)) / (double)map->cols;
    zoom_change(state, steps > 0 ? 1 : -1);
    if (state->zoom == 0 || state->zoom > state->zoom_tile_max) return;
    double part = exp2(-state->zoom);
    state->zoom_row = row + (0.5 - y) * part;
    state->zoom_col = col + (0.5 - x) * part;
    state->is_zoom_fixed = true;
}
