/* The sets of the L2 model, where neighbours that act alike are kept once. Internal to l2.c.
 *
 * Tiles mostly cover whole granules (L2Config.granule_lines lines, aligned): the sets that these lines go to then see
 * the same accesses with the same tags, and one row stands for all of them. An access to part of a granule makes
 * its sets differ; from then on each has a row of its own, until a later access finds them alike again.
 *
 *     granule of 4 sets    alike   | t9 t3 t7 ... |        apart   | t9 t3 t7 ... | set 0
 *                                                                  | t5 t9 t3 ... | set 1   a part was touched
 *                                                                  | t9 t3 t7 ... | sets 2 and 3
 *
 * Exact: counts and states are those of every set on its own (tests/sim/test_l2.c).
 */
#ifndef SIM_MEMORY_L2_SETS_H
#define SIM_MEMORY_L2_SETS_H
#include "sim/memory/l2_touch.h"

/* A tag to touch in consecutive sets, at most L2_HOME_LINES. */
typedef struct L2Reach {
    uint64_t set_first;
    uint32_t tag;
    int line_count;
} L2Reach;

/* Empty rows for all sets and granules of l2->config, in the arena. */
void l2_sets_init(L2 *l2, Arena *arena);
/* Whether this set's granule, of more than one set, is kept once in every partition. */
static inline bool l2_sets_are_alike(const L2 *l2, uint64_t set) {
    uint64_t granule = set >> l2->granule_shift;
    return l2->granule_lines > 1 && !l2->partitions[0].is_apart[granule] &&
           !l2->partitions[l2->config.partition_count - 1].is_apart[granule];
}
/* Touches sets that are alike, all of a granule, with one byte of want and missing. */
void l2_sets_touch_alike(L2 *l2, int partition, L2TouchKind kind, L2Reach reach, const uint8_t *want, uint8_t *missing);
/* Touches any sets within a granule (or any, where granules have one set); want and missing by line. */
void l2_sets_touch(L2 *l2, int partition, L2TouchKind kind, L2Reach reach, const uint8_t *want, uint8_t *missing);
/* Drops all lines; nothing is counted. */
void l2_sets_empty(L2 *l2);
/* No set has an empty way. */
bool l2_sets_are_full(const L2 *l2);

/* Calls visit for every line present: its set (of alike sets the first), how many sets hold it, tag and flags. */
typedef void L2LineVisit(const L2 *l2, uint64_t set, uint64_t set_count, uint32_t tag, uint8_t flags, void *context);
void l2_sets_visit(const L2 *l2, L2LineVisit *visit, void *context);
#endif
