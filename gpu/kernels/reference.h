/* Attention of one query row in float64: what every kernel is checked against. Pure. */
#ifndef GPU_KERNELS_REFERENCE_H
#define GPU_KERNELS_REFERENCE_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
typedef struct ReferenceRow {
    const float *q;     /* the row, head_dim elements */
    const float *k, *v; /* its K/V head's matrices, key_rows x head_dim */
    int64_t key_rows, head_dim_elems;
    int64_t first_key, end_key; /* keys it sees */
} ReferenceRow;
/* out: head_dim elements; scores: room for key_rows. A row that sees nothing is zero. */
void reference_row(const ReferenceRow *row, double *out, double *scores);
#ifdef __cplusplus
}
#endif
#endif
