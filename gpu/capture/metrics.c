/* The table of hardware counters: see metrics.h. */
#include "gpu/capture/metrics.h"

const MetricInfo metric_table[] = {
#define X(name, unit, is_needed, meaning) {name, unit, meaning, is_needed},
    METRIC_LIST(X)
#undef X
};
const int metric_table_count = (int)(sizeof metric_table / sizeof metric_table[0]);
