/* The backward pass over all tiles that a causal or unmasked score matrix shows: see flash_backward.h. */
#include "sim/attention/flash_backward.h"
#include "sim/base/checked.h"

TileShape flash_backward_tiles(const Scenario *s) {
    return (TileShape){.query_rows = s->query_rows,
                       .key_rows = s->key_rows,
                       .tile_query_rows = s->backward_block_query_rows,
                       .tile_key_rows = s->backward_block_key_rows,
                       .is_causal = s->is_causal};
}

static TileList visitors(const void *shape, uint64_t key_tile) {
    const TileShape *tiles = shape;
    uint64_t first = tiles_first_query(tiles, key_tile);
    return (TileList){.first = first, .count = ceil_div(tiles->query_rows, tiles->tile_query_rows) - first};
}

FlashBackward flash_backward_dense(const char *name, const FlashBackwardChip *chip, const Scenario *s,
                                   const TileShape *shape) {
    return (FlashBackward){.name = name,
                           .chip = chip,
                           .is_uniform = !s->is_causal,
                           .visitors = visitors,
                           .data = shape,
                           .is_masking = s->is_causal || s->mask != MASK_NONE};
}

FlashBackwardSums flash_backward_dense_sums(const Scenario *s, const TileShape *shape) {
    FlashBackwardSums sums = {.sums = tiles_sum(shape),
                              .visits_is = "E_r E_c",
                              .rows_is = "N_q E_c",
                              .cols_is = "N_k E_r",
                              .elems_is = "N_q N_k"};
    if (!s->is_causal) return sums;
    sums.visits_is = "sum over key tiles j of E_r - floor((j D_c - N_k + N_q)/D_r)";
    sums.rows_is = "sum over score tiles of their rows";
    sums.cols_is = "sum over score tiles of their columns";
    sums.elems_is = "sum over score tiles of rows x columns";
    return sums;
}
