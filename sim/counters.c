/* The counter list as data: see counters.h. */
#include "sim/counters.h"

#include <string.h>

_Static_assert((int)COUNTER_TREE_COUNT <= (int)COUNTERS_PADDED_COUNT, "a TREE counter has no place in Counters");

const CounterInfo counter_info[COUNTER_COUNT] = {
#define X(ID, key, class, unit, hardware, meaning) {#key, unit, hardware, meaning, COUNTER_CLASS_##class},
    COUNTER_LIST(X)
#undef X
};

int counter_find(const char *key) {
    for (int i = 0; i < COUNTER_COUNT; i++)
        if (strcmp(counter_info[i].key, key) == 0) return i;
    return -1;
}
