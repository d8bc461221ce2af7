/* Drawn summaries, scores, and the best blocks of each query block: see choice.h. */
#include "sim/attention/choice.h"

#include <math.h>

#include "sim/base/checked.h"
#include "sim/base/random.h"

enum { SUMMARY_ELEMS = 8 };

bool choice_check(const Scenario *s, const char *algorithm, ChoiceRule rule, Err *err) {
    uint64_t query_blocks = ceil_div(s->query_rows, s->block_query_rows), blocks = ceil_div(s->key_rows, rule.block_rows);
    if (query_blocks <= CHOICE_SCORES_MAX / blocks) return true;
    return err_set(err, ERR_USAGE,
                   "%s: %llu query blocks choosing among %llu blocks of keys are not modelled; take larger --block-q or "
                   "--select-block", algorithm, (unsigned long long)query_blocks, (unsigned long long)blocks);
}

/* The key beside which `row` stands (row + N_k - N_q), not below 0. */
static uint64_t key_of(const Scenario *s, uint64_t row) {
    return row + s->key_rows > s->query_rows ? row + s->key_rows - s->query_rows : 0;
}

uint64_t choice_visible_end(const Scenario *s, uint64_t i) {
    uint64_t row_end = min_u64((i + 1) * s->block_query_rows, s->query_rows);
    return s->is_causal ? min_u64(key_of(s, row_end), s->key_rows) : s->key_rows;
}

typedef struct Chooser {
    const Scenario *s;
    ChoiceRule rule;
    uint64_t block_count, random_state;
    double *summary;   /* of blocks */
    double *score;
    bool *is_kept;
    uint64_t *order;   /* best blocks first */
} Chooser;

static double *draw(uint64_t count, uint64_t *state, Arena *arena) {
    double *values = ARENA_ARRAY(arena, double, count *SUMMARY_ELEMS);
    for (uint64_t i = 0; i < count * SUMMARY_ELEMS; i++) values[i] = random_normal(state);
    return values;
}

/* Scores of visible blocks: one earlier block's topic, nearness (one more than a topic at distance 0), noise. */
static void score_blocks(Chooser *c, uint64_t own, uint64_t visible) {
    double q[SUMMARY_ELEMS];
    const double *topic = c->summary + random_u64(&c->random_state) % visible * SUMMARY_ELEMS;
    for (int e = 0; e < SUMMARY_ELEMS; e++) q[e] = topic[e] + 0.5 * random_normal(&c->random_state);
    for (uint64_t b = 0; b < visible; b++) {
        double dot = 0, distance = b > own ? (double)(b - own) : (double)(own - b);
        for (int e = 0; e < SUMMARY_ELEMS; e++) dot += q[e] * c->summary[b * SUMMARY_ELEMS + e];
        c->score[b] = dot + 2 * SUMMARY_ELEMS / (1 + distance);
    }
}

static void force(Chooser *c, uint64_t first, uint64_t end) {
    for (uint64_t b = first; b < end; b++) c->score[b] = INFINITY;
}

/* Marks the kept blocks of query block i; returns how many. */
static uint64_t choose(Chooser *c, uint64_t i, uint64_t visible) {
    const Scenario *s = c->s;
    uint64_t rows = c->rule.block_rows, row_first = i * s->block_query_rows;
    uint64_t end_key = min_u64(key_of(s, min_u64(row_first + s->block_query_rows, s->query_rows)), s->key_rows);
    uint64_t own_first = min_u64(key_of(s, row_first), end_key) / rows, own_end = min_u64(ceil_div(end_key, rows), visible);
    score_blocks(c, own_first, visible);
    force(c, own_first, own_end);
    force(c, 0, min_u64(c->rule.first_count, visible));
    force(c, visible > c->rule.newest_count ? visible - c->rule.newest_count : 0, c->rule.newest_count ? visible : 0);
    uint64_t forced = 0, kept = 0;
    for (uint64_t b = 0; b < visible; b++) forced += isinf(c->score[b]);
    uint64_t wanted = min_u64(max_u64(c->rule.select_count, forced), visible);
    for (uint64_t b = 0; b < visible; b++) {
        c->is_kept[b] = false;
        if (kept == wanted && !(c->score[b] > c->score[c->order[kept - 1]])) continue;
        uint64_t at = kept < wanted ? kept++ : kept - 1;
        for (; at > 0 && c->score[b] > c->score[c->order[at - 1]]; at--) c->order[at] = c->order[at - 1];
        c->order[at] = b;
    }
    for (uint64_t k = 0; k < kept; k++) c->is_kept[c->order[k]] = true;
    return kept;
}

/* Appends the tiles of kept blocks below end_key. */
static uint64_t write_tiles(const Chooser *c, uint64_t visible, uint64_t end_key, uint32_t *out) {
    uint64_t count = 0, rows = c->rule.block_rows, tile = c->rule.tile_rows;
    for (uint64_t b = 0; b < visible; b++) {
        if (!c->is_kept[b]) continue;
        for (uint64_t key = b * rows; key < min_u64((b + 1) * rows, end_key); key += tile) out[count++] = (uint32_t)(key / tile);
    }
    return count;
}

Choice choice_run(const Scenario *s, ChoiceRule rule, Arena *arena) {
    Choice choice = {.query_block_count = ceil_div(s->query_rows, s->block_query_rows), .block_count = ceil_div(s->key_rows, rule.block_rows)};
    uint64_t n = choice.query_block_count, own_max = s->block_query_rows / rule.block_rows + 2;
    uint64_t kept_bound = min_u64(choice.block_count, max_u64(rule.select_count, own_max + rule.first_count + rule.newest_count));
    Chooser c = {.s = s, .rule = rule, .block_count = choice.block_count, .random_state = s->seed};
    c.summary = draw(choice.block_count, &c.random_state, arena);
    c.score = ARENA_ARRAY(arena, double, choice.block_count);
    c.is_kept = ARENA_ARRAY(arena, bool, choice.block_count);
    c.order = ARENA_ARRAY(arena, uint64_t, kept_bound + 1);
    uint32_t *tiles = ARENA_ARRAY(arena, uint32_t, n *kept_bound * (rule.block_rows / rule.tile_rows));
    uint64_t *tile_first = ARENA_ARRAY(arena, uint64_t, n + 1), *visible_blocks = ARENA_ARRAY(arena, uint64_t, n);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t end_key = choice_visible_end(s, i), visible = ceil_div(end_key, rule.block_rows);
        visible_blocks[i] = visible;
        choice.visible_sum += visible;
        choice.seeing_count += visible > 0;
        if (visible) choice.kept_max = max_u64(choice.kept_max, choose(&c, i, visible));
        tile_first[i + 1] = tile_first[i] + write_tiles(&c, visible, end_key, tiles + tile_first[i]);
    }
    choice.tiles = tiles, choice.tile_first = tile_first, choice.visible_blocks = visible_blocks;
    return choice;
}

Visits choice_visits(const void *data, uint64_t i) {
    const Choice *choice = data;
    return (Visits){{{.table = choice->tiles + choice->tile_first[i], .count = choice->tile_first[i + 1] - choice->tile_first[i]}}};
}
