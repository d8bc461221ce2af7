/* What tests of counts share: one algorithm counted, and bytes of one tensor over its kernels. After cmocka.h. */
#ifndef TESTS_CONTEXT_COUNTING_H
#define TESTS_CONTEXT_COUNTING_H
#include <string.h>

#include "sim/count.h"

/* Without the models of DRAM and time. Fails the test where the scenario is refused. */
static inline Count count_of(const char *name, const Scenario *s, Arena *arena) {
    Count count;
    Err err = {0};
    if (!count_algorithm(algorithm_find(name), s, (CountOptions){.is_dram_skipped = true}, &count, arena, &err))
        fail_msg("%s: %s", name, err.text);
    return count;
}

static inline uint64_t read_bytes(const Count *count, const char *tensor) {
    uint64_t sum = 0;
    for (int k = 0; k < count->kernel_count; k++)
        for (int t = 0; t < count->kernels[k].tensor_count; t++)
            if (strcmp(count->kernels[k].tensors[t].name, tensor) == 0)
                sum += count->kernels[k].tensors[t].totals.value[COUNTER_ISSUED_READ_BYTES];
    return sum;
}
#endif
