/* The inner loop of the L2 model: one tag looked up in consecutive sets. Internal to l2.c and l2_touch.c.
 *
 * A touch moves the line to the front of its set (LRU order), making room where it is absent. Pure but for the
 * partition it works on. All versions give the same results.
 */
#ifndef SIM_MEMORY_L2_TOUCH_H
#define SIM_MEMORY_L2_TOUCH_H
#include "sim/memory/l2.h"

typedef enum L2TouchKind {
    L2_TOUCH_READ,
    L2_TOUCH_WRITE, /* marks the wanted sectors dirty */
    L2_TOUCH_DROP,  /* a copy made stale elsewhere: the wanted sectors become invalid; order and `missing` stay */
} L2TouchKind;

struct L2Touch {
    L2TouchKind kind;
    int partition;
    uint64_t set_first;
    uint32_t tag;
    int line_count;      /* at most L2_HOME_LINES; line i goes to set set_first + i */
    const uint8_t *want; /* by line: wanted sectors, 4 bits; 0: leave the set alone */
    uint8_t *missing;    /* out, by line: wanted sectors that were not valid before */
};

/* The best version for this CPU, or the plain one. */
L2TouchFunction *l2_touch_choose(L2Vector vector_max, const char **name);
/* Called for a line that is dropped with dirty sectors. */
void l2_write_back(L2 *l2, int partition, uint64_t set, uint32_t tag, unsigned dirty_mask);

#define L2_TAG_NONE UINT32_MAX
#endif
