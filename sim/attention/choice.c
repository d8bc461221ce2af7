/* Drawn summaries, scores, and the best blocks of each query block: see choice.h. */
#include "sim/attention/choice.h"

#include <math.h>

#include "sim/base/checked.h"
#include "sim/base/random.h"

enum { SUMMARY_ELEMS = 4 };

bool choice_check(const Scenario *s, const char *algorithm, ChoiceRule rule, Err *err) {
    uint64_t query_blocks = ceil_div(s->query_rows, s->block_query_rows),
             blocks = ceil_div(s->key_rows, rule.block_rows);
    if (query_blocks <= CHOICE_SCORES_MAX / blocks) return true;
    return err_set(
        err, ERR_USAGE,
        "%s: %llu query blocks choosing among %llu blocks of keys are not modelled; take larger --block-q or "
        "--select-block",
        algorithm, (unsigned long long)query_blocks, (unsigned long long)blocks);
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
    float *summary; /* of blocks */
    float *score, *scratch;
    bool *is_kept;
} Chooser;

static float *draw(uint64_t count, uint64_t *state, Arena *arena) {
    float *values = ARENA_ARRAY(arena, float, count *SUMMARY_ELEMS);
    for (uint64_t i = 0; i < count * SUMMARY_ELEMS; i++) values[i] = (float)random_normal(state);
    return values;
}

/* The count-th largest of values[0 .. length), which are shuffled (Hoare's quickselect). */
static float select_largest(float *values, uint64_t length, uint64_t count) {
    uint64_t first = 0, end = length, want = count - 1;
    while (end - first > 1) {
        float pivot = values[first + (end - first - 1) / 2]; /* never the last, so that both parts shrink */
        uint64_t low = first, high = end - 1;
        for (;;) {
            while (values[low] > pivot) low++;
            while (values[high] < pivot) high--;
            if (low >= high) break;
            float swap = values[low];
            values[low++] = values[high], values[high--] = swap;
        }
        uint64_t middle = high + 1; /* [first, middle) >= pivot >= [middle, end) */
        if (want < middle)
            end = middle;
        else
            first = middle;
    }
    return values[want];
}

/* Scores of visible blocks: one earlier block's topic, nearness (one more than a topic at distance 0), noise. */
static void score_blocks(Chooser *c, uint64_t own, uint64_t visible) {
    float q[SUMMARY_ELEMS];
    const float *topic = c->summary + random_below(&c->random_state, visible) * SUMMARY_ELEMS;
    for (int e = 0; e < SUMMARY_ELEMS; e++) q[e] = topic[e] + 0.5f * (float)random_normal(&c->random_state);
    for (uint64_t b = 0; b < visible; b++) {
        float dot = 0, distance = b > own ? (float)(b - own) : (float)(own - b);
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
    uint64_t own_first = min_u64(key_of(s, row_first), end_key) / rows,
             own_end = min_u64(ceil_div(end_key, rows), visible);
    score_blocks(c, own_first, visible);
    force(c, own_first, own_end);
    force(c, 0, min_u64(c->rule.first_count, visible));
    force(c, visible > c->rule.newest_count ? visible - c->rule.newest_count : 0, c->rule.newest_count ? visible : 0);
    uint64_t forced = 0, kept = 0;
    for (uint64_t b = 0; b < visible; b++) forced += isinf(c->score[b]) != 0, c->scratch[b] = c->score[b];
    uint64_t wanted = min_u64(max_u64(c->rule.select_count, forced), visible);
    float least = select_largest(c->scratch, visible, wanted);
    for (uint64_t b = 0; b < visible; b++) kept += c->is_kept[b] = c->score[b] > least;
    for (uint64_t b = 0; b < visible && kept < wanted; b++) /* ties: the earlier block */
        if (c->score[b] == least) c->is_kept[b] = true, kept++;
    return kept;
}

/* Appends the tiles of kept blocks below end_key. */
static uint64_t write_tiles(const Chooser *c, uint64_t visible, uint64_t end_key, uint32_t *out) {
    uint64_t count = 0, rows = c->rule.block_rows, tile = c->rule.tile_rows;
    for (uint64_t b = 0; b < visible; b++) {
        if (!c->is_kept[b]) continue;
        for (uint64_t key = b * rows; key < min_u64((b + 1) * rows, end_key); key += tile)
            out[count++] = (uint32_t)(key / tile);
    }
    return count;
}

Choice choice_run(const Scenario *s, ChoiceRule rule, Arena *arena) {
    Choice choice = {.query_block_count = ceil_div(s->query_rows, s->block_query_rows),
                     .block_count = ceil_div(s->key_rows, rule.block_rows)};
    uint64_t n = choice.query_block_count, own_max = s->block_query_rows / rule.block_rows + 2;
    uint64_t kept_bound =
        min_u64(choice.block_count, max_u64(rule.select_count, own_max + rule.first_count + rule.newest_count));
    Chooser c = {.s = s, .rule = rule, .block_count = choice.block_count, .random_state = s->seed};
    c.summary = draw(choice.block_count, &c.random_state, arena);
    c.score = ARENA_ARRAY(arena, float, choice.block_count);
    c.scratch = ARENA_ARRAY(arena, float, choice.block_count);
    c.is_kept = ARENA_ARRAY(arena, bool, choice.block_count);
    uint32_t *tiles = ARENA_ARRAY(arena, uint32_t, n * kept_bound * (rule.block_rows / rule.tile_rows));
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
    return (Visits){
        {{.table = choice->tiles + choice->tile_first[i], .count = choice->tile_first[i + 1] - choice->tile_first[i]}}};
}
