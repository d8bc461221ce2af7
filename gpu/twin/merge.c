/* From 32 lanes' access logs to warp-wide requests: see merge.h. */
#include "gpu/twin/merge.h"

#include <string.h>

typedef struct Active {
    uint8_t lane[WARP_LANES]; /* lanes that logged anything, in lane order */
    int count;
} Active;

/* Rows in which all active lanes logged the same site. Returns how many rows were taken, -1 if the sink stopped. */
static int merge_rows(const WarpLog *log, const Active *active, uint32_t row_count, MergeSink *sink, void *context) {
    for (uint32_t row = 0; row < row_count; row++) {
        uint64_t words[WARP_LANES], difference = 0;
        for (int i = 0; i < active->count; i++) {
            words[i] = log->words[active->lane[i]][row];
            difference |= words[i] ^ words[0];
        }
        if (difference >> ACCESS_SITE_SHIFT) return (int)row;
        if (!sink(context, words, active->lane, active->count)) return -1;
    }
    return (int)row_count;
}

/* One request of the lanes whose next access lies lowest in the code; 0 when a paused lane has run out
 * or all are empty, -1 if the sink stopped. */
static int merge_lowest(const WarpLog *log, uint32_t *cursor, uint32_t paused_mask, MergeSink *sink, void *context) {
    uint32_t lowest = UINT32_MAX;
    for (int lane = 0; lane < WARP_LANES; lane++) {
        if (cursor[lane] == log->word_count[lane]) {
            if (paused_mask >> lane & 1) return 0;
            continue;
        }
        uint32_t site = access_site(log->words[lane][cursor[lane]]);
        if (site < lowest) lowest = site;
    }
    uint64_t words[WARP_LANES];
    uint8_t lanes[WARP_LANES];
    int count = 0;
    for (int lane = 0; lane < WARP_LANES; lane++) {
        if (cursor[lane] == log->word_count[lane]) continue;
        uint64_t word = log->words[lane][cursor[lane]];
        if (access_site(word) != lowest) continue;
        cursor[lane]++;
        lanes[count] = (uint8_t)lane;
        words[count++] = word;
    }
    if (count == 0) return 0;
    return sink(context, words, lanes, count) ? 1 : -1;
}

static void keep_rest(WarpLog *log, const uint32_t *cursor) {
    for (int lane = 0; lane < WARP_LANES; lane++) {
        uint32_t rest = log->word_count[lane] - cursor[lane];
        if (rest && cursor[lane]) memmove(log->words[lane], log->words[lane] + cursor[lane], rest * sizeof(uint64_t));
        log->word_count[lane] = rest;
    }
}

bool merge_warp(WarpLog *log, uint32_t paused_mask, MergeSink *sink, void *context) {
    Active active = {.count = 0};
    uint32_t row_count = UINT32_MAX;
    for (int lane = 0; lane < WARP_LANES; lane++) {
        bool is_paused = paused_mask >> lane & 1;
        if (!log->word_count[lane] && !is_paused) continue;
        active.lane[active.count++] = (uint8_t)lane;
        if (log->word_count[lane] < row_count) row_count = log->word_count[lane];
    }
    if (active.count == 0) return true;
    int rows = merge_rows(log, &active, row_count, sink, context);
    if (rows < 0) return false;
    uint32_t cursor[WARP_LANES] = {0};
    for (int i = 0; i < active.count; i++) cursor[active.lane[i]] = (uint32_t)rows;
    int more;
    while ((more = merge_lowest(log, cursor, paused_mask, sink, context)) > 0) {
    }
    if (more < 0) return false;
    keep_rest(log, cursor);
    return true;
}
