/* Results on the device against float64: O on sampled rows, and the gradients of the first K/V head and its query
 * heads where that is quick. */
#include <cuda_fp16.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/kernels/driver.h"
#include "gpu/kernels/reference.h"

enum { SAMPLED_ROWS_MAX = 512 };
static const double GRADIENT_WORK_MAX = 1 << 27; /* scores x head dimension: a second */

/* The larger of two errors; NaN is worst of all. */
static double worse(double a, double b) { return isnan(a) || b <= a ? a : b; }

/* The largest error and the largest value. */
struct Worst {
    double error, value;
    void add(double got, double want) {
        error = worse(error, fabs(got - want));
        if (fabs(want) > value) value = fabs(want);
    }
    double relative() const { return error / value; }
};

static ReferenceRow reference_of(const Prepared *p, const HostInputs *in, int64_t row) {
    const GpuCase *c = &p->c;
    int64_t slice = row / c->query_rows, d = c->head_dim_elems;
    int64_t kv = slice / c->head_count * c->kv_head_count + slice % c->head_count / (c->head_count / c->kv_head_count);
    ReferenceRow r = {
        in->q + row * d, in->k + kv * c->key_rows * d, in->v + kv * c->key_rows * d, c->key_rows, d, 0, 0};
    reference_keys(row % c->query_rows, c->query_rows, c->key_rows, keys_before(c), keys_after(c), &r.first_key,
                   &r.end_key);
    return r;
}

/* The first `count` numbers of an array of the case's dtype. */
static bool download(const Prepared *p, const void *array, float *to, size_t count) {
    if (!case_is_half(&p->c)) {
        CUDA_CHECK(cudaMemcpy(to, array, count * sizeof *to, cudaMemcpyDeviceToHost));
        return true;
    }
    __half *half = (__half *)to + count; /* the upper half of the room, widened from the front */
    CUDA_CHECK(cudaMemcpy(half, array, count * sizeof *half, cudaMemcpyDeviceToHost));
    for (size_t i = 0; i < count; i++) to[i] = __half2float(half[i]);
    return true;
}

static double forward_error(const Prepared *p, const HostInputs *in, const float *o, double *room) {
    int64_t row_count = p->slices * p->c.query_rows, d = p->c.head_dim_elems;
    int64_t step =
        row_count > SAMPLED_ROWS_MAX ? row_count / SAMPLED_ROWS_MAX | 1 : 1; /* odd: all residues of a tile */
    Worst worst = {0, 0};
    for (int64_t row = 0; row < row_count; row += step) {
        ReferenceRow r = reference_of(p, in, row);
        reference_row(&r, room, room + d);
        for (int64_t e = 0; e < d; e++) worst.add(o[row * d + e], room[e]);
    }
    return worst.relative();
}

/* The first `count` numbers of a gradient; `got` has room for them. */
static bool gradient_error(const Prepared *p, const void *device, const double *want, float *got, int64_t count,
                           double *error) {
    if (!download(p, device, got, (size_t)count)) return false;
    Worst worst = {0, 0};
    for (int64_t i = 0; i < count; i++) worst.add(got[i], want[i]);
    *error = worse(*error, worst.relative());
    return true;
}

static bool backward_error(const Prepared *p, const HostInputs *in, double *error) {
    const GpuCase *c = &p->c;
    int64_t d = c->head_dim_elems, heads = c->head_count / c->kv_head_count;
    int64_t q_count = heads * c->query_rows * d, k_count = c->key_rows * d;
    ReferenceHead head = {in->q,         in->k,       in->v, in->d_o,        heads,
                          c->query_rows, c->key_rows, d,     keys_before(c), keys_after(c)};
    double *want = (double *)malloc((size_t)(q_count + 2 * k_count + 2 * c->key_rows) * sizeof *want);
    float *got = (float *)malloc((size_t)(q_count + k_count) * sizeof *got);
    bool is_ok = want && got ? true : driver_fail("out of host memory");
    if (is_ok) {
        double *d_q = want, *d_k = d_q + q_count, *d_v = d_k + k_count;
        reference_gradients(&head, d_q, d_k, d_v, d_v + k_count);
        is_ok = gradient_error(p, p->a.dQ, d_q, got, q_count, error) &&
                gradient_error(p, p->a.dK, d_k, got, k_count, error) &&
                gradient_error(p, p->a.dV, d_v, got, k_count, error);
    }
    free(want);
    free(got);
    return is_ok;
}

bool verify_results(const Prepared *p, const HostInputs *in, double *relative_error) {
    const GpuCase *c = &p->c;
    size_t count = (size_t)p->slices * c->query_rows * c->head_dim_elems;
    float *o = (float *)malloc(count * sizeof *o);
    double *room = (double *)malloc((size_t)(c->head_dim_elems + c->key_rows) * sizeof *room);
    bool is_ok = o && room ? download(p, p->a.O, o, count) : driver_fail("out of host memory");
    if (is_ok) *relative_error = forward_error(p, in, o, room);
    free(o);
    free(room);
    double heads = (double)c->head_count / (double)c->kv_head_count;
    bool is_quick =
        heads * (double)c->query_rows * (double)c->key_rows * (double)c->head_dim_elems <= GRADIENT_WORK_MAX;
    return is_ok && (!c->has_backward || !is_quick || backward_error(p, in, relative_error));
}
