/* Score map: in what order a kernel visits the N x N score matrix, and how much of it is done.
 *
 *     one head of a kernel            as runs: equal tiles along one row or column of tiles
 *     [1][2][3]                       run 0: rows 0..127, three tiles of 128 columns (or those that a table names)
 *     [4][5][6]                       run 1: rows 128..255, ...
 *
 * A run costs the same however long it is, so a matrix of 128K x 128K (a million tiles) is a thousand runs.
 * Row kernels (softmax) visit whole rows. Pure functions of the program; runs live in the caller's arena.
 * One map serves all heads: no program has tables that differ between them (sim/attention/choice.h says so of learned
 * selections), and tests/state/test_race.c walks every head.
 */
#ifndef VIZ_STATE_SCORE_MAP_H
#define VIZ_STATE_SCORE_MAP_H
#include "sim/replay.h"

enum { SCORE_RUNS_MAX = 1 << 17, SCORE_CELLS_MAX = 64 };

typedef struct ScoreRun {
    uint64_t line_first, line_end;   /* rows (of a row run) or columns that all its tiles share, in elements */
    uint64_t tile_first, tile_elems; /* along the run: first element of the first tile, length of a tile */
    const uint32_t *table;           /* the program's: which tiles, in their order; NULL: one after the other */
    uint64_t tile_count;
    uint64_t step_first, steps_each; /* relative to the head's first step; steps of a tile */
    bool is_along_row;               /* tiles follow each other in one tile row; else in one tile column */
} ScoreRun;

typedef struct ScoreMap {
    ScoreRun *runs;
    int run_count;
    uint64_t row_tile_elems, col_tile_elems; /* 0 where the kernel has no such axis */
    uint64_t rows, cols;                     /* of the matrix; fewer columns than keys where K is compressed (nsa) */
    bool has_table;                          /* which tiles are visited comes from a table, not from a rule */
    bool is_complete;                        /* false: more runs than SCORE_RUNS_MAX, the rest is left out */
} ScoreMap;

/* run_count is 0 for kernels that do not touch scores. */
void score_map_make(const Program *program, int kernel, Arena *arena, ScoreMap *map);

/* A part of the matrix, in elements. */
typedef struct ScoreWindow {
    double row_first, row_end, col_first, col_end;
} ScoreWindow;

/* The window cut into row_count x col_count cells (at most SCORE_CELLS_MAX each): which part of each cell's area is
 * ever visited, and which part has been by head_step (steps since the head began). */
typedef struct ScoreCells {
    int row_count, col_count;
    float visited[SCORE_CELLS_MAX * SCORE_CELLS_MAX], done[SCORE_CELLS_MAX * SCORE_CELLS_MAX];
} ScoreCells;
void score_map_cells(const ScoreMap *map, uint64_t head_step, ScoreWindow window, int row_count, int col_count,
                     ScoreCells *cells);

/* Steps since the current head of the current kernel began. */
uint64_t score_map_head_step(const Program *program, const ReplayState *state);
#endif
