/* A font for tests: every character half an em wide, capitals 0.7 em high. Golden scenes do not depend on a font file.
 */
#ifndef TESTS_VIZ_PLAIN_METRICS_H
#define TESTS_VIZ_PLAIN_METRICS_H
#include "viz/text.h"

static inline FontMetrics plain_metrics(void) {
    FontMetrics metrics = {0};
    for (int face = 0; face < FACE_COUNT; face++) {
        FaceMetrics *table = &metrics.face[face];
        *table = (FaceMetrics){.units_per_em = 1000, .cap_height_units = 700, .missing_advance_units = 500};
        for (int i = 0; i < 128; i++) table->ascii_advance_units[i] = 500;
    }
    return metrics;
}
#endif
