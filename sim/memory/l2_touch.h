/* The inner loop of the L2 model: one tag looked up in consecutive rows. Internal to l2*.c.
 *
 * A touch moves the line to the front of its row (LRU order), making room where it is absent. Pure but for the
 * rows it works on. All versions give the same results.
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
    L2Rows rows;                  /* the first row */
    uint64_t set_first, row_sets; /* row i stands for row_sets sets from set_first + i x row_sets on */
    uint32_t tag;
    int row_count;
    const uint8_t *want; /* by row: wanted sectors of each of its sets, 4 bits; 0: leave the row alone */
    uint8_t *missing;    /* out, by row: wanted sectors that were not valid before */
};

/* The best version for this CPU, or the plain one. */
L2TouchFunction *l2_touch_choose(L2Vector vector_max, const char **name);
/* Called for a line of set_count sets that is dropped with dirty sectors. */
void l2_write_back(L2 *l2, uint64_t set, uint64_t set_count, uint32_t tag, unsigned dirty_mask);

#define L2_TAG_NONE UINT32_MAX
#endif
