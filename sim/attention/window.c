/* window: sliding-window (local) attention as flash-style tiles that are skipped where the window does not reach.
 *
 * One block of threads per (batch, head, query block) visits the key tiles that any of its queries sees. Beside the
 * window itself that costs the corners of whole tiles: with tiles of 128 a window of 128 reads up to three tiles.
 * Source: FlashAttention-2's window_size_left and window_size_right; Mistral 7B (arXiv 2310.06825); ModernBERT
 * (arXiv 2412.13663).
 */
#include "sim/attention/pattern.h"

static Visits visits(const void *data, uint64_t query_block) {
    return (Visits){{pattern_window_tiles(data, query_block)}};
}

static const Pattern pattern = {
    .name = "window",
    .forward = "window forward",
    .backward = "window backward",
    .window_default_keys = PATTERN_WINDOW_DEFAULT_KEYS,
    .has_global_tokens = false,
    .visits = visits,
};

PATTERN_FUNCTIONS(pattern)

const Algorithm algorithm_window = {
    .name = "window",
    .title = "sliding window, skipped tiles",
    .source = "Dao 2023, FlashAttention-2's window_size; ModernBERT (arXiv 2412.13663)",
    .not_modelled = "double buffering",
    .resolve = resolve,
    .build = build,
    .formula = formula,
};
