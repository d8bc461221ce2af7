/* longformer: a sliding window, and global tokens that see every key and are seen by every query.
 *
 * The global tokens are the first g of the keys. Query blocks that hold one of them (query r is token r + N_k - N_q)
 * visit all key tiles; every other block visits the tiles of the global keys first and then those of its window. As in
 * the released kernels a global token's row is computed with the rest of its tile, so whole tiles pay for it.
 * Source: Beltagy et al. 2020, arXiv 2004.05150.
 * Not modelled: the second set of Q, K, V projections that Longformer trains for global tokens.
 */
#include "sim/attention/pattern.h"
#include "sim/base/checked.h"

/* Tiles of query block i's keys under causality alone. */
static uint64_t visible_tiles(const Scenario *s, uint64_t i) {
    Scenario all = *s;
    if (!s->is_causal) return ceil_div(s->key_rows, s->block_key_rows);
    all.window_keys = s->key_rows + s->query_rows;
    TileList list = pattern_window_tiles(&all, i);
    return list.first + list.count;
}

static Visits visits(const void *data, uint64_t i) {
    const Scenario *s = data;
    uint64_t visible = visible_tiles(s, i);
    RowRange global_rows = pattern_global_rows(s, s->global_token_count);
    uint64_t row_first = i * s->block_query_rows, row_end = min_u64(row_first + s->block_query_rows, s->query_rows);
    if (max_u64(row_first, global_rows.first) < min_u64(row_end, global_rows.end))
        return (Visits){{{.first = 0, .count = visible}}};
    TileList window = pattern_window_tiles(s, i);
    uint64_t global = min_u64(ceil_div(min_u64(s->global_token_count, s->key_rows), s->block_key_rows), visible);
    if (!window.count || window.first >= global) return (Visits){{{.first = 0, .count = global}, window}};
    /* They overlap or touch: one range from 0 on. */
    return (Visits){{{.first = 0, .count = max_u64(global, window.first + window.count)}}};
}

static const Pattern pattern = {
    .name = "longformer",
    .forward = "longformer forward",
    .backward = "longformer backward",
    .window_default_keys = PATTERN_LONGFORMER_DEFAULT_KEYS,
    .has_global_tokens = true,
    .visits = visits,
};

PATTERN_FUNCTIONS(pattern)

const Algorithm algorithm_longformer = {
    .name = "longformer",
    .title = "Longformer: window and global tokens",
    .source = "Beltagy et al. 2020, arXiv 2004.05150",
    .not_modelled = "the separate projections of global tokens",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
