/* Which tiles of the score matrix an algorithm visits, in closed form: the formulas' side of causal masks.
 *
 *            keys ->  j = 0     1     2           A tile (i, j) of B_r query rows and B_c keys is visible when
 *     queries  i = 0  [x]                         any of its queries may see any of its keys. Query r sees
 *              i = 1  [x]   [x]                   keys 0 .. r + offset, offset = N_k - N_q.
 *              i = 2  [x]   [x]   [x]             Visible tiles are visited whole; edges are clipped.
 *
 * Pure. The sums are by floor_sum (an Euclid-like recursion), never a loop over tiles, and never the program tree.
 */
#ifndef SIM_ATTENTION_TILES_H
#define SIM_ATTENTION_TILES_H
#include <stdbool.h>
#include <stdint.h>

typedef struct TileShape {
    uint64_t query_rows, key_rows;           /* N_q, N_k */
    uint64_t tile_query_rows, tile_key_rows; /* B_r, B_c */
    bool is_causal;
    bool
        is_first_column_full; /* key block 0 is visited by every query tile, seen or not (flash1 initialises O there) */
} TileShape;

typedef struct TileSums {
    uint64_t visit_count;      /* visible tiles */
    uint64_t query_rows;       /* sum over visible tiles of their rows */
    uint64_t key_rows;         /* sum over visible tiles of their columns */
    uint64_t elem_count;       /* sum over visible tiles of rows x columns */
    uint64_t query_tile_count; /* query tiles that see at least one key tile */
    uint64_t seen_query_rows;  /* their rows */
    uint64_t key_tile_count;   /* key tiles seen by at least one query tile */
} TileSums;
TileSums tiles_sum(const TileShape *shape);

/* The first query tile that sees key tile j, and one past the last key tile that query tile i sees:
 * the same rule as a comparison a tile, for those who build trees. */
uint64_t tiles_first_query(const TileShape *shape, uint64_t key_tile);
uint64_t tiles_end_key(const TileShape *shape, uint64_t query_tile);

/* Tiles of one side in ascending order: first .. first + count - 1, or table[0 .. count - 1] where a table is given. */
typedef struct TileList {
    const uint32_t *table;
    uint64_t first, count;
} TileList;
/* The last tile of a list that is not empty. */
static inline uint64_t tiles_list_last(TileList list) {
    return list.table ? list.table[list.count - 1] : list.first + list.count - 1;
}

/* sum over i in [0, count) of floor((a i + b) / m), m > 0. */
uint64_t floor_sum(uint64_t count, uint64_t m, uint64_t a, uint64_t b);
#endif
