/* Attention of one query row in float64: see reference.h. */
#include "gpu/kernels/reference.h"

#include <math.h>

void reference_row(const ReferenceRow *r, double *out, double *scores) {
    int64_t d = r->head_dim_elems;
    double m = -INFINITY, l = 0, scale = 1 / sqrt((double)d);
    for (int64_t c = 0; c < d; c++) out[c] = 0;
    for (int64_t j = r->first_key; j < r->end_key; j++) {
        double sum = 0;
        for (int64_t c = 0; c < d; c++) sum += (double)r->q[c] * r->k[j * d + c];
        scores[j] = sum * scale;
        if (scores[j] > m) m = scores[j];
    }
    for (int64_t j = r->first_key; j < r->end_key; j++) l += scores[j] = exp(scores[j] - m);
    for (int64_t j = r->first_key; j < r->end_key; j++)
        for (int64_t c = 0; c < d; c++) out[c] += scores[j] / l * r->v[j * d + c];
}
