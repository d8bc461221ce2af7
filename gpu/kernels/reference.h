/* Attention in float64, row by row, and its gradients: what every kernel is checked against. Pure. */
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
/* Gradients of one K/V head and the query heads that share it. d_q: head_count matrices of query_rows x head_dim;
 * d_k, d_v: key_rows x head_dim; room: 2 x key_rows. */
typedef struct ReferenceHead {
    const float *q, *k, *v, *d_o; /* q, d_o: head_count matrices, one after another */
    int64_t head_count, query_rows, key_rows, head_dim_elems;
    int64_t keys_before, keys_after; /* what a query sees beside the key at its own place */
} ReferenceHead;
void reference_gradients(const ReferenceHead *head, double *d_q, double *d_k, double *d_v, double *room);
/* Keys [*first, *end) that query row i sees. */
void reference_keys(int64_t i, int64_t query_rows, int64_t key_rows, int64_t keys_before, int64_t keys_after,
                    int64_t *first, int64_t *end);
#ifdef __cplusplus
}
#endif
#endif
