/* Windows and global tokens as arithmetic on rows and tiles: see pattern.h. */
#include "sim/attention/pattern.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/checked.h"

static uint64_t keys_behind(const Scenario *s) {
    return s->is_causal ? s->window_keys : s->window_keys - s->window_keys / 2;
}
static uint64_t keys_ahead(const Scenario *s) { return s->is_causal ? 0 : s->window_keys / 2; }

/* Key beside which query `row` stands, plus `extra`; below 0 is 0. */
static uint64_t key_of(const Scenario *s, uint64_t row, uint64_t extra) {
    uint64_t key = row + s->key_rows + extra;
    return key > s->query_rows ? key - s->query_rows : 0;
}

/* The query row that stands beside `key`, the other way round. */
static uint64_t row_of(const Scenario *s, uint64_t key) {
    return key + s->query_rows > s->key_rows ? key + s->query_rows - s->key_rows : 0;
}

/* Keys that rows [row_first, row_end) see between them. */
static RowRange window_keys(const Scenario *s, uint64_t row_first, uint64_t row_end) {
    uint64_t left = key_of(s, row_first, 0), behind = keys_behind(s);
    return (RowRange){left > behind ? left - behind : 0, min_u64(key_of(s, row_end, keys_ahead(s)), s->key_rows)};
}

TileList pattern_window_tiles(const Scenario *s, uint64_t i) {
    uint64_t row_first = i * s->block_query_rows;
    RowRange keys = window_keys(s, row_first, min_u64(row_first + s->block_query_rows, s->query_rows));
    if (keys.end <= keys.first) return (TileList){0};
    uint64_t first = keys.first / s->block_key_rows;
    return (TileList){.first = first, .count = ceil_div(keys.end, s->block_key_rows) - first};
}

RowRange pattern_global_rows(const Scenario *s, uint64_t global_token_count) {
    uint64_t before = s->query_rows > s->key_rows ? s->query_rows - s->key_rows : 0; /* rows that stand at no key */
    return (RowRange){before, min_u64(row_of(s, global_token_count), s->query_rows)};
}

uint64_t pattern_pair_count(const Scenario *s, uint64_t global_token_count) {
    uint64_t sum = 0;
    RowRange global_rows = pattern_global_rows(s, global_token_count);
    for (uint64_t r = 0; r < s->query_rows; r++) {
        RowRange keys = window_keys(s, r, r + 1);
        uint64_t visible_end = s->is_causal ? min_u64(key_of(s, r + 1, 0), s->key_rows) : s->key_rows;
        if (r >= global_rows.first && r < global_rows.end) {
            sum += visible_end;
            continue;
        }
        uint64_t in_window = keys.end > keys.first ? keys.end - keys.first : 0;
        uint64_t global = min_u64(global_token_count, visible_end), shared_end = min_u64(global, keys.end);
        uint64_t in_both = shared_end > keys.first ? shared_end - keys.first : 0;
        sum += in_window + global - in_both;
    }
    return sum;
}

void pattern_note(const Scenario *s, uint64_t global_token_count, const SparseKernel *kernel, char *note,
                  int note_bytes) {
    enum { ROWS_MAX = 1 << 20 };
    if (!note || s->query_rows > ROWS_MAX) return;
    double all = (double)s->query_rows * (double)s->key_rows, pairs = (double)pattern_pair_count(s, global_token_count);
    size_t used = strlen(note);
    snprintf(note + used, (size_t)note_bytes - used,
             "%sthe mask lets %.3g%% of all pairs through, whole tiles compute %.3g%%", used ? "; " : "",
             100 * pairs / all, 100 * (double)sparse_sums(kernel).elem_count / all);
}
