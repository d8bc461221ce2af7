/* Attention in float64: see reference.h. */
#include "gpu/kernels/reference.h"

#include <math.h>
#include <string.h>

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

void reference_keys(int64_t i, int64_t query_rows, int64_t key_rows, int64_t keys_before, int64_t keys_after,
                    int64_t *first, int64_t *end) {
    int64_t own = i + key_rows - query_rows;
    *first = own - keys_before > 0 ? own - keys_before : 0;
    *end = own + keys_after + 1 < key_rows ? own + keys_after + 1 : key_rows;
}

static double dot(const float *a, const float *b, int64_t d) {
    double sum = 0;
    for (int64_t c = 0; c < d; c++) sum += (double)a[c] * b[c];
    return sum;
}
static void add_scaled(double *sum, double factor, const float *row, int64_t d) {
    for (int64_t c = 0; c < d; c++) sum[c] += factor * row[c];
}

/* With P of row i, counted over all query heads: D = sum P dP, dS = scale P (dP - D), and what the row adds to each
 * gradient. */
static void add_row(const ReferenceHead *h, int64_t i, int64_t first, int64_t end, const double *p, double *d_p,
                    double *d_q, double *d_k, double *d_v) {
    int64_t d = h->head_dim_elems;
    double d_sum = 0, scale = 1 / sqrt((double)d);
    const float *d_o = h->d_o + i * d;
    for (int64_t j = first; j < end; j++) {
        d_p[j] = dot(d_o, h->v + j * d, d);
        d_sum += p[j] * d_p[j];
    }
    for (int64_t j = first; j < end; j++) {
        double d_s = scale * p[j] * (d_p[j] - d_sum);
        add_scaled(d_q + i * d, d_s, h->k + j * d, d);
        add_scaled(d_k + j * d, d_s, h->q + i * d, d);
        add_scaled(d_v + j * d, p[j], d_o, d);
    }
}

void reference_gradients(const ReferenceHead *h, double *d_q, double *d_k, double *d_v, double *room) {
    int64_t d = h->head_dim_elems;
    double *p = room, *d_p = room + h->key_rows, scale = 1 / sqrt((double)d);
    memset(d_q, 0, (size_t)(h->head_count * h->query_rows * d) * sizeof *d_q);
    memset(d_k, 0, (size_t)(h->key_rows * d) * sizeof *d_k);
    memset(d_v, 0, (size_t)(h->key_rows * d) * sizeof *d_v);
    for (int64_t i = 0; i < h->head_count * h->query_rows; i++) {
        int64_t first, end;
        double m = -INFINITY, l = 0;
        reference_keys(i % h->query_rows, h->query_rows, h->key_rows, h->keys_before, h->keys_after, &first, &end);
        for (int64_t j = first; j < end; j++) {
            p[j] = scale * dot(h->q + i * d, h->k + j * d, d);
            if (p[j] > m) m = p[j];
        }
        for (int64_t j = first; j < end; j++) l += p[j] = exp(p[j] - m);
        for (int64_t j = first; j < end; j++) p[j] /= l;
        add_row(h, i, first, end, p, d_p, d_q, d_k, d_v);
    }
}
