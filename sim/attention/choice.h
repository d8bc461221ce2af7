/* Learned choices as tables: which blocks of keys each query block picks, and the tiles that means.
 *
 * The rule runs on drawn summaries: a small random vector a block of keys, and for each query block one that points
 * at an earlier block, at its neighbourhood and at noise. So the tables have the look of real ones (recent blocks,
 * returning topics) and cost milliseconds; select.h runs the same rules on whole Q, K, V and measures quality.
 * One choice serves all rows of a query block and all heads. With one query (a decoding step) it is the method's own
 * granularity. Pure: the same scenario gives the same table.
 */
#ifndef SIM_ATTENTION_CHOICE_H
#define SIM_ATTENTION_CHOICE_H
#include "sim/attention/sparse.h"

/* More block scores than this are refused (a second of work). */
#define CHOICE_SCORES_MAX (1u << 27)

typedef struct ChoiceRule {
    uint64_t block_rows;   /* keys chosen together */
    uint64_t select_count; /* blocks a query block keeps; its own blocks are always among them */
    uint64_t first_count;  /* forced: the first blocks */
    uint64_t newest_count; /* forced: the newest visible blocks */
    uint64_t tile_rows;    /* key tile; divides block_rows */
} ChoiceRule;

typedef struct Choice {
    uint64_t query_block_count, block_count;
    const uint32_t *tiles;          /* ascending for each query block */
    const uint64_t *tile_first;     /* query_block_count + 1: where each one's tiles begin */
    const uint64_t *visible_blocks; /* by query block: blocks with a key it may see */
    uint64_t visible_sum;           /* of visible_blocks */
    uint64_t seeing_count;          /* query blocks that see any */
    uint64_t kept_max;              /* most blocks one keeps: columns of the table of choices in memory */
} Choice;

/* Whether the table is small enough to be made. */
bool choice_check(const Scenario *scenario, const char *algorithm, ChoiceRule rule, Err *err);
Choice choice_run(const Scenario *scenario, ChoiceRule rule, Arena *arena);
/* A VisitRule whose data is a Choice. */
Visits choice_visits(const void *choice, uint64_t query_block);
/* Keys that some row of query block i may see, by causality alone: 0 .. this. */
uint64_t choice_visible_end(const Scenario *scenario, uint64_t query_block);
#endif
