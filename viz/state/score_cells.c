/* A score map's runs as areas of cells: see score_map.h.
 *
 * Rectangles are added to a two-dimensional array of differences, which is summed up at the end. Tiles that tables
 * name are counted cell by cell first, for all runs of one row of cells together.
 */
#include <assert.h>
#include <math.h>

#include "sim/base/checked.h"
#include "viz/state/score_map.h"

enum { EDGE = SCORE_CELLS_MAX + 2 };
typedef struct Grid {
    double value[EDGE][EDGE];
} Grid;

/* Coverage of the half-line from x on: cell floor(x) gets the rest of itself, every later cell all. */
typedef struct Ramp {
    int cell;
    double part; /* added at cell; 1 - part at the next */
} Ramp;
static Ramp ramp(double x, int count) {
    x = fmin(fmax(x, 0), count);
    int cell = (int)x;
    return (Ramp){cell, 1 - (x - cell)};
}

/* What is visited, and beside it, where the run is done, what has been. */
typedef struct Grids {
    Grid *of[2];
    int count;
} Grids;

static void add_corner(Grid *grid, Ramp row, Ramp col, double sign) {
    grid->value[row.cell][col.cell] += sign * row.part * col.part;
    grid->value[row.cell][col.cell + 1] += sign * row.part * (1 - col.part);
    grid->value[row.cell + 1][col.cell] += sign * (1 - row.part) * col.part;
    grid->value[row.cell + 1][col.cell + 1] += sign * (1 - row.part) * (1 - col.part);
}

static void add_area(Grids grids, const ScoreCells *cells, ScoreWindow w, double r0, double r1, double c0, double c1) {
    if (r1 <= w.row_first || r0 >= w.row_end || c1 <= w.col_first || c0 >= w.col_end) return;
    double per_row = cells->row_count / (w.row_end - w.row_first),
           per_col = cells->col_count / (w.col_end - w.col_first);
    Ramp top = ramp((r0 - w.row_first) * per_row, cells->row_count),
         bottom = ramp((r1 - w.row_first) * per_row, cells->row_count);
    Ramp left = ramp((c0 - w.col_first) * per_col, cells->col_count),
         right = ramp((c1 - w.col_first) * per_col, cells->col_count);
    for (int i = 0; i < grids.count; i++) {
        add_corner(grids.of[i], top, left, 1);
        add_corner(grids.of[i], top, right, -1);
        add_corner(grids.of[i], bottom, left, -1);
        add_corner(grids.of[i], bottom, right, 1);
    }
}

static void add_span(Grids grids, const ScoreCells *cells, ScoreWindow w, const ScoreRun *run, double first,
                     double end) {
    if (run->is_along_row)
        add_area(grids, cells, w, (double)run->line_first, (double)run->line_end, first, end);
    else
        add_area(grids, cells, w, first, end, (double)run->line_first, (double)run->line_end);
}

/* Tiles that tables name, gathered for all runs that lie in the same cells across: half a million of them make a
 * picture, so what a tile costs is one count. */
typedef struct Band {
    Grids grids;
    bool is_along_row;
    Ramp from, to; /* across */
    int cell_count;
    double part;              /* of a cell that a tile covers */
    uint32_t tiles[EDGE];     /* that lie in one cell */
    double differences[EDGE]; /* of the others, as in a Grid's row */
} Band;

static double *band_place(const Band *band, Grid *grid, int across, int along) {
    return band->is_along_row ? &grid->value[across][along] : &grid->value[along][across];
}

/* Into the grids, and empty again. */
static void flush(Band *band) {
    double before = 0;
    for (int i = 0; i < band->cell_count + 2; i++) {
        double full = band->part * band->tiles[i], value = band->differences[i] + full - before;
        before = full;
        for (int g = 0; g < band->grids.count && value != 0; g++) {
            Grid *grid = band->grids.of[g];
            *band_place(band, grid, band->from.cell, i) += band->from.part * value;
            *band_place(band, grid, band->from.cell + 1, i) += (1 - band->from.part) * value;
            *band_place(band, grid, band->to.cell, i) -= band->to.part * value;
            *band_place(band, grid, band->to.cell + 1, i) -= (1 - band->to.part) * value;
        }
    }
    *band = (Band){0};
}

static bool is_same_ramp(Ramp a, Ramp b) { return a.cell == b.cell && a.part == b.part; }

/* Runs of equal height within one cell across are alike there: only how far they reach counts. */
static bool is_in_band(const Band *band, const Band *run) {
    bool is_alike = band->grids.count == run->grids.count && band->grids.of[0] == run->grids.of[0] &&
                    band->is_along_row == run->is_along_row && band->part == run->part;
    bool is_one_cell = run->from.cell == run->to.cell && band->from.cell == band->to.cell &&
                       run->from.cell == band->from.cell &&
                       run->from.part - run->to.part == band->from.part - band->to.part;
    return is_alike && (is_one_cell || (is_same_ramp(run->from, band->from) && is_same_ramp(run->to, band->to)));
}

/* A tile that lies in more than one cell, or ends early at the matrix's edge. */
static void add_odd_tile(Band *band, double x, double end) {
    Ramp from = ramp(x, band->cell_count), to = ramp(end, band->cell_count);
    band->differences[from.cell] += from.part;
    band->differences[from.cell + 1] += 1 - from.part;
    band->differences[to.cell] -= to.part;
    band->differences[to.cell + 1] -= 1 - to.part;
}

/* Places in cells are kept in 2^32 parts: a multiplication and two comparisons a tile. */
static void add_to_band(Band *band, const ScoreRun *run, double window_first, double cell_elems, double limit,
                        uint64_t tile_count) {
    double tile = (double)run->tile_elems, one = 0x1p32;
    uint64_t part = (uint64_t)ceil(band->part * one), whole_count = (uint64_t)(limit / tile);
    int64_t step = (int64_t)(band->part * one), start = (int64_t)(-window_first / cell_elems * one);
    for (uint64_t i = 0; i < tile_count; i++) {
        uint64_t index = run->table[i];
        int64_t x = (int64_t)index * step + start;
        uint64_t cell = (uint64_t)x >> 32, in_cell = (uint64_t)x & UINT32_MAX;
        if (cell < (uint64_t)band->cell_count && in_cell + part <= (uint64_t)1 << 32 && index < whole_count)
            band->tiles[cell]++;
        else
            add_odd_tile(band, ((double)index * tile - window_first) / cell_elems,
                         (fmin((double)(index + 1) * tile, limit) - window_first) / cell_elems);
    }
}

static void add_table(Band *band, Grids grids, const ScoreCells *cells, ScoreWindow w, const ScoreRun *run,
                      double limit, uint64_t tile_count) {
    bool is_along_row = run->is_along_row;
    double row_elems = (w.row_end - w.row_first) / cells->row_count,
           col_elems = (w.col_end - w.col_first) / cells->col_count;
    double along_elems = is_along_row ? col_elems : row_elems, across_elems = is_along_row ? row_elems : col_elems;
    double across_first = is_along_row ? w.row_first : w.col_first;
    int across_count = is_along_row ? cells->row_count : cells->col_count;
    Band of_run = {.grids = grids,
                   .is_along_row = is_along_row,
                   .from = ramp(((double)run->line_first - across_first) / across_elems, across_count),
                   .to = ramp(((double)run->line_end - across_first) / across_elems, across_count),
                   .cell_count = is_along_row ? cells->col_count : cells->row_count,
                   .part = (double)run->tile_elems / along_elems};
    if (is_same_ramp(of_run.from, of_run.to)) return; /* beside the window */
    if (!is_in_band(band, &of_run)) {
        flush(band);
        *band = of_run;
    }
    add_to_band(band, run, is_along_row ? w.col_first : w.row_first, along_elems, limit, tile_count);
}

static void add_tiles(Band *band, Grids grids, const ScoreCells *cells, ScoreWindow w, const ScoreMap *map,
                      const ScoreRun *run, uint64_t tile_count) {
    double limit = (double)(run->is_along_row ? map->cols : map->rows);
    double end = (double)(run->tile_first + tile_count * run->tile_elems);
    if (!tile_count) return;
    if (run->table)
        add_table(band, grids, cells, w, run, limit, tile_count);
    else
        add_span(grids, cells, w, run, (double)run->tile_first, fmin(end, limit));
}

static void sum_up(Grid *grid, const ScoreCells *cells, float *out) {
    for (int r = 0; r < cells->row_count; r++) {
        double along = 0;
        for (int c = 0; c < cells->col_count; c++) {
            along += grid->value[r][c];
            double above = r ? (double)out[(r - 1) * cells->col_count + c] : 0;
            out[r * cells->col_count + c] = (float)(above + along);
        }
    }
}

void score_map_cells(const ScoreMap *map, uint64_t head_step, ScoreWindow window, int row_count, int col_count,
                     ScoreCells *cells) {
    assert(row_count >= 1 && row_count <= SCORE_CELLS_MAX && col_count >= 1 && col_count <= SCORE_CELLS_MAX);
    cells->row_count = row_count, cells->col_count = col_count;
    Grid visited = {0}, done = {0};
    Band band = {0};
    for (int i = 0; i < map->run_count; i++) {
        const ScoreRun *run = &map->runs[i];
        uint64_t done_count =
            head_step <= run->step_first ? 0 : (head_step - run->step_first) / max_u64(run->steps_each, 1);
        bool is_done = done_count >= run->tile_count;
        add_tiles(&band, (Grids){{&visited, &done}, is_done ? 2 : 1}, cells, window, map, run, run->tile_count);
        if (!is_done) add_tiles(&band, (Grids){{&done}, 1}, cells, window, map, run, done_count);
    }
    flush(&band);
    sum_up(&visited, cells, cells->visited);
    sum_up(&done, cells, cells->done);
}
