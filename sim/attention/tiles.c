/* Sums over the visible tiles of a causal score matrix: see tiles.h. */
#include "sim/attention/tiles.h"

#include "sim/base/checked.h"

uint64_t floor_sum(uint64_t count, uint64_t m, uint64_t a, uint64_t b) {
    uint64_t sum = 0;
    while (count) {
        sum += count % 2 ? (a / m) * count * ((count - 1) / 2) : (a / m) * (count / 2) * (count - 1);
        sum += (b / m) * count;
        a %= m;
        b %= m;
        uint64_t top = a * count + b;
        if (top < m) break;
        count = top / m;
        b = top % m;
        uint64_t swap = m;
        m = a;
        a = swap;
    }
    return sum;
}

/* First row that sees key `key`, clamped to 0: row r sees it when r + N_k - N_q >= key. */
static uint64_t first_row(const TileShape *s, uint64_t key) {
    uint64_t shifted = key + s->query_rows;
    return shifted > s->key_rows ? shifted - s->key_rows : 0;
}

uint64_t tiles_first_query(const TileShape *s, uint64_t key_tile) {
    if (!s->is_causal || (key_tile == 0 && s->is_first_column_full)) return 0;
    return first_row(s, key_tile * s->tile_key_rows) / s->tile_query_rows;
}

uint64_t tiles_end_key(const TileShape *s, uint64_t query_tile) {
    uint64_t all_count = ceil_div(s->key_rows, s->tile_key_rows);
    if (!s->is_causal) return all_count;
    uint64_t end_row = min_u64((query_tile + 1) * s->tile_query_rows, s->query_rows);
    uint64_t end_key = end_row + s->key_rows > s->query_rows ? end_row + s->key_rows - s->query_rows : 0;
    uint64_t count = ceil_div(min_u64(end_key, s->key_rows), s->tile_key_rows);
    return s->is_first_column_full ? max_u64(count, 1) : count;
}

/* Sum of tiles_first_query over key tiles [first, end): floors of a line, once it has left 0. */
static uint64_t sum_first_query(const TileShape *s, uint64_t first, uint64_t end) {
    if (!s->is_causal) return 0;
    if (s->is_first_column_full && first == 0) first = 1;
    uint64_t offset = s->key_rows > s->query_rows ? s->key_rows - s->query_rows : 0;
    first = max_u64(first, ceil_div(offset, s->tile_key_rows)); /* before it the line is at or below 0 */
    if (first >= end) return 0;
    return floor_sum(end - first, s->tile_query_rows, s->tile_key_rows, first_row(s, first * s->tile_key_rows));
}

/* Key tiles in [0, tile_count) seen by the ragged or last query tile are all of them, so only the columns' own edge
 * and the rows' own edge need care: visits split into full and last columns, rows into full and last tiles. */
TileSums tiles_sum(const TileShape *s) {
    uint64_t column_count = ceil_div(s->key_rows, s->tile_key_rows);
    uint64_t tile_count = ceil_div(s->query_rows, s->tile_query_rows);
    uint64_t last = column_count - 1, last_cols = s->key_rows - last * s->tile_key_rows;
    uint64_t hidden_full = sum_first_query(s, 0, last); /* hidden tiles in columns before the last */
    uint64_t hidden_last = tiles_first_query(s, last);
    TileSums sums = {0};
    uint64_t visits_full = last * tile_count - hidden_full, visits_last = tile_count - hidden_last;
    uint64_t rows_full = last * s->query_rows - hidden_full * s->tile_query_rows;
    uint64_t rows_last = s->query_rows - hidden_last * s->tile_query_rows;
    sums.visit_count = visits_full + visits_last;
    sums.query_rows = rows_full + rows_last;
    sums.key_rows = visits_full * s->tile_key_rows + visits_last * last_cols;
    sums.elem_count = rows_full * s->tile_key_rows + rows_last * last_cols;
    uint64_t blind_tiles = tiles_first_query(s, 0); /* query tiles before it see nothing */
    sums.query_tile_count = tile_count - blind_tiles;
    sums.seen_query_rows = s->query_rows - blind_tiles * s->tile_query_rows;
    sums.key_tile_count = column_count; /* the last row sees every key */
    return sums;
}
