/* standard: which kernels a case has, and their launches; fp16's products are in standard_fp16.cu. Version 1: untiled;
 * 2: tiled, as the simulator; 3: products by cuBLAS. */
#include <string.h>

#include "gpu/kernels/cublas.h"
#include "gpu/kernels/driver.h"
#include "gpu/kernels/standard_1.cuh"
#include "gpu/kernels/standard_2.cuh"
#include "gpu/kernels/standard_backward.cuh"

#define BACKWARD_NAMES "dV = P^T dO", "dP = dO V^T", "softmax backward", "dQ = dS K", "dK = dS^T Q", SUM_HEADS_NAME
static const char *const plain_names[] = {"S = QK^T", "softmax", "O = PV", BACKWARD_NAMES};
static const char *const masked_names[] = {"S = QK^T", "mask", "softmax", "O = PV", BACKWARD_NAMES};
enum { BACKWARD_COUNT = 5 }; /* and the sum over heads */

static bool has_mask(const GpuCase *c) { return c->is_causal || c->window_keys; }

bool standard_kernels(const GpuCase *c, const char *const **names, int *count) {
    if (c->version < 0 || c->version > 3) return driver_fail("standard has versions 1, 2 and 3, not %d", c->version);
    bool is_masked = has_mask(c) && c->version != 1; /* version 1 masks where it makes the score */
    *names = is_masked ? masked_names : plain_names;
    *count = (is_masked ? 4 : 3) + (c->has_backward ? BACKWARD_COUNT + has_sum_heads(c) : 0);
    if (c->has_backward && c->version == 1) return driver_fail("standard version 1 has no backward pass; 2 and 3 have");
    return true;
}

template <class T> static bool launch_1(const Prepared *p, int kernel) {
    const AttentionSizes &s = p->sizes;
    int d = (int)p->c.head_dim_elems, row_count = p->slices * s.query_rows;
    const T *q = (const T *)p->a.Q, *k = (const T *)p->a.K, *v = (const T *)p->a.V;
    T *scores = (T *)p->a.S, *probs = (T *)p->a.P, *o = (T *)p->a.O;
    if (kernel == 0)
        standard1_scores<<<tile_grid(s.key_rows, 32, s.query_rows, 8, p->slices), dim3(32, 8)>>>(q, k, scores, s, d);
    else if (kernel == 1)
        standard1_softmax<<<(row_count + 7) / 8, dim3(32, 8)>>>(scores, probs, s, row_count);
    else
        standard1_values<<<tile_grid(d, 32, s.query_rows, 8, p->slices), dim3(32, 8)>>>(probs, v, o, s, d);
    return true;
}

template <int D, int BR, int BC> static bool launch_product(const Prepared *p, const char *name, Tile<D, BR, BC>) {
    const AttentionSizes &s = p->sizes;
    size_t scores_bytes = (BR + BC) * D * sizeof(float), values_bytes = (BR + D) * BC * sizeof(float);
    if (strcmp(name, "S = QK^T") == 0) {
        if (!driver_allow_shared(standard2_scores<D, BR, BC>, scores_bytes)) return false;
        standard2_scores<D, BR, BC>
            <<<tile_grid(s.key_rows, BC, s.query_rows, BR, p->slices), STANDARD2_THREADS, scores_bytes>>>(
                (const float *)p->a.Q, (const float *)p->a.K, (float *)p->a.S, s);
    } else {
        if (!driver_allow_shared(standard2_values<D, BR, BC>, values_bytes)) return false;
        standard2_values<D, BR, BC><<<row_grid(s.query_rows, BR, p->slices), STANDARD2_THREADS, values_bytes>>>(
            (const float *)p->a.P, (const float *)p->a.V, (float *)p->a.O, s);
    }
    return true;
}

/* As many whole rows a block as shared memory holds, at most a warp each; a row that does not fit is streamed. */
struct SoftmaxRows {
    int rows, chunk_cols;
};
static SoftmaxRows softmax_rows(const Prepared *p, size_t row_bytes) {
    size_t limit_bytes = (size_t)p->c.smem_per_block_bytes;
    for (int rows = STANDARD2_ROWS; rows; rows /= 2)
        if (rows * row_bytes <= limit_bytes) return SoftmaxRows{rows, p->sizes.key_rows};
    return SoftmaxRows{STANDARD2_ROWS, STANDARD2_CHUNK};
}

template <class Piece> static bool launch_softmax(const Prepared *p) {
    const AttentionSizes &s = p->sizes;
    constexpr int ELEMS = piece_elems<Piece>;
    SoftmaxRows r = softmax_rows(p, s.key_rows / ELEMS * sizeof(Piece));
    size_t shared_bytes = (size_t)r.rows * r.chunk_cols / ELEMS * sizeof(Piece);
    if (!driver_allow_shared(standard2_softmax<Piece>, shared_bytes)) return false;
    standard2_softmax<<<row_grid(s.query_rows, r.rows, p->slices), STANDARD2_ROW_THREADS, shared_bytes>>>(
        (const Piece *)p->a.S_masked, (Piece *)p->a.P, s, r.rows, r.chunk_cols / ELEMS);
    return true;
}

template <class Piece> static bool launch_mask(const Prepared *p) {
    const AttentionSizes &s = p->sizes;
    int br = (int)p->c.block_query_rows, bc = (int)p->c.block_key_rows;
    standard2_mask<<<tile_grid(s.key_rows, bc, s.query_rows, br, p->slices), STANDARD2_THREADS>>>(
        (const Piece *)p->a.S, (Piece *)p->a.S_masked, s, br, bc);
    return true;
}

template <class Piece> static bool launch_rows(const Prepared *p, const char *name) {
    return strcmp(name, "mask") == 0 ? launch_mask<Piece>(p) : launch_softmax<Piece>(p);
}

static bool launch_2(const Prepared *p, const char *name) {
    const GpuCase *c = &p->c;
    bool is_product = strcmp(name, "S = QK^T") == 0 || strcmp(name, "O = PV") == 0;
    if (is_product && c->version == 3) return cublas_product(p, strcmp(name, "S = QK^T") == 0);
    if (is_product && case_is_half(c)) return standard_fp16_product(p, name);
    if (!is_product && case_is_half(c))
        return p->sizes.key_rows % 2 ? launch_rows<__half>(p, name) : launch_rows<__half2>(p, name);
    if (!is_product) return launch_rows<float>(p, name);
    return launch_with_tile(c, false, StandardTiles(), [=](auto tile) { return launch_product(p, name, tile); });
}

/* Backward, by the simulator's names. */

template <int D, int BR, int BC>
static bool launch_product_backward(const Prepared *p, const char *name, Tile<D, BR, BC>) {
    const AttentionSizes &s = p->sizes;
    const Arrays &a = p->a;
    const float *q = (const float *)a.Q, *k = (const float *)a.K, *v = (const float *)a.V, *d_o = (const float *)a.dO;
    size_t scores_bytes = (BR + BC) * D * sizeof(float), values_bytes = (BR + D) * BC * sizeof(float);
    size_t transposed_bytes = (BC + D) * BR * sizeof(float);
    if (!driver_allow_shared(standard2_scores<D, BR, BC>, scores_bytes) ||
        !driver_allow_shared(standard2_values<D, BR, BC>, values_bytes) ||
        !driver_allow_shared(standard2_values_transposed<D, BR, BC>, transposed_bytes))
        return false;
    if (strcmp(name, "dP = dO V^T") == 0) {
        AttentionSizes unscaled = s;
        unscaled.scale = 1;
        standard2_scores<D, BR, BC>
            <<<tile_grid(s.key_rows, BC, s.query_rows, BR, p->slices), STANDARD2_THREADS, scores_bytes>>>(
                d_o, v, (float *)a.dP, unscaled);
    } else if (strcmp(name, "dQ = dS K") == 0) {
        standard2_values<D, BR, BC><<<row_grid(s.query_rows, BR, p->slices), STANDARD2_THREADS, values_bytes>>>(
            (const float *)a.dS, k, (float *)a.dQ, s);
    } else {
        bool is_v = strcmp(name, "dV = P^T dO") == 0;
        standard2_values_transposed<D, BR, BC>
            <<<row_grid(s.key_rows, BC, p->slices), STANDARD2_THREADS, transposed_bytes>>>(
                (const float *)(is_v ? a.P : a.dS), is_v ? d_o : q, (float *)(is_v ? a.dV_head : a.dK_head), s);
    }
    return true;
}

/* dS carries the scale of the scores in fp32; in fp16 dQ and dK take it (standard_fp16.cuh). */
template <class Piece> static bool launch_softmax_backward(const Prepared *p) {
    const AttentionSizes &s = p->sizes;
    constexpr int ELEMS = piece_elems<Piece>;
    SoftmaxRows r = softmax_rows(p, 2 * (s.key_rows / ELEMS) * sizeof(Piece));
    size_t shared_bytes = 2 * (size_t)r.rows * r.chunk_cols / ELEMS * sizeof(Piece);
    if (!driver_allow_shared(standard2_softmax_backward<Piece>, shared_bytes)) return false;
    standard2_softmax_backward<<<row_grid(s.query_rows, r.rows, p->slices), STANDARD2_ROW_THREADS, shared_bytes>>>(
        (const Piece *)p->a.P, (const Piece *)p->a.dP, (Piece *)p->a.dS, s, r.rows, r.chunk_cols / ELEMS,
        case_is_half(&p->c) ? 1 : s.scale);
    return true;
}

static bool launch_backward(const Prepared *p, const char *name) {
    const GpuCase *c = &p->c;
    bool is_product = strcmp(name, "softmax backward") != 0;
    if (is_product && case_is_half(c)) return standard_fp16_product(p, name);
    if (!is_product && case_is_half(c))
        return p->sizes.key_rows % 2 ? launch_softmax_backward<__half>(p) : launch_softmax_backward<__half2>(p);
    if (!is_product) return launch_softmax_backward<float>(p);
    return launch_with_tile(c, false, StandardTiles(),
                            [=](auto tile) { return launch_product_backward(p, name, tile); });
}

bool standard_launch(const Prepared *p, int kernel) {
    if (p->c.version == 1) return case_is_half(&p->c) ? launch_1<__half>(p, kernel) : launch_1<float>(p, kernel);
    const char *name = p->kernels[kernel];
    if (strcmp(name, SUM_HEADS_NAME) == 0) return sum_heads_launch(p);
    if (p->c.has_backward && kernel >= p->kernel_count - BACKWARD_COUNT - has_sum_heads(&p->c))
        return launch_backward(p, name);
    return launch_2(p, name);
}
