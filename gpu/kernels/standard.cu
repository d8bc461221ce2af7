/* standard: which kernels a case has, and their launches. Version 1: untiled; 2: tiled, as the simulator; 3: products
 * by cuBLAS. */
#include <string.h>

#include "gpu/kernels/cublas.h"
#include "gpu/kernels/driver.h"
#include "gpu/kernels/standard_1.cuh"
#include "gpu/kernels/standard_2.cuh"

static const char *const plain_names[] = {"S = QK^T", "softmax", "O = PV"};
static const char *const masked_names[] = {"S = QK^T", "mask", "softmax", "O = PV"};

static bool has_mask(const GpuCase *c) { return c->is_causal || c->window_keys; }

bool standard_kernels(const GpuCase *c, const char *const **names, int *count) {
    if (c->version < 0 || c->version > 3) return driver_fail("standard has versions 1, 2 and 3, not %d", c->version);
    bool is_masked = has_mask(c) && c->version != 1; /* version 1 masks where it makes the score */
    *names = is_masked ? masked_names : plain_names;
    *count = is_masked ? 4 : 3;
    return true;
}

static dim3 tiles(int64_t cols, int col_tile, int64_t rows, int row_tile, int slices) {
    return dim3((unsigned)((cols + col_tile - 1) / col_tile), (unsigned)((rows + row_tile - 1) / row_tile),
                (unsigned)slices);
}

static bool launch_1(const Prepared *p, int kernel) {
    const AttentionSizes &s = p->sizes;
    int d = (int)p->c.head_dim_elems, row_count = p->slices * s.query_rows;
    if (kernel == 0)
        standard1_scores<<<tiles(s.key_rows, 32, s.query_rows, 8, p->slices), dim3(32, 8)>>>(
            (const float *)p->a.Q, (const float *)p->a.K, p->a.S, s, d);
    else if (kernel == 1)
        standard1_softmax<<<(row_count + 7) / 8, dim3(32, 8)>>>(p->a.S, p->a.P, s, row_count);
    else
        standard1_values<<<tiles(d, 32, s.query_rows, 8, p->slices), dim3(32, 8)>>>(p->a.P, (const float *)p->a.V,
                                                                                    (float *)p->a.O, s, d);
    return true;
}

template <int D, int BR, int BC> static bool launch_tiled(const Prepared *p, const char *name) {
    const AttentionSizes &s = p->sizes;
    size_t scores_bytes = (BR + BC) * D * sizeof(float), values_bytes = (BR + D) * BC * sizeof(float);
    if (strcmp(name, "S = QK^T") == 0) {
        if (!driver_allow_shared(standard2_scores<D, BR, BC>, scores_bytes)) return false;
        standard2_scores<D, BR, BC>
            <<<tiles(s.key_rows, BC, s.query_rows, BR, p->slices), STANDARD2_THREADS, scores_bytes>>>(
                (const float *)p->a.Q, (const float *)p->a.K, p->a.S, s);
    } else if (strcmp(name, "mask") == 0) {
        standard2_mask<BR, BC>
            <<<tiles(s.key_rows, BC, s.query_rows, BR, p->slices), STANDARD2_THREADS>>>(p->a.S, p->a.S_masked, s);
    } else {
        if (!driver_allow_shared(standard2_values<D, BR, BC>, values_bytes)) return false;
        standard2_values<D, BR, BC><<<tiles(s.query_rows, BR, 1, 1, p->slices), STANDARD2_THREADS, values_bytes>>>(
            p->a.P, (const float *)p->a.V, (float *)p->a.O, s);
    }
    return true;
}

/* As many whole rows a block as shared memory holds, at most a warp each; a row that does not fit is streamed. */
static bool launch_softmax(const Prepared *p) {
    const AttentionSizes &s = p->sizes;
    size_t row_bytes = s.key_rows * sizeof(float), limit_bytes = (size_t)p->c.smem_per_block_bytes;
    int rows = STANDARD2_ROWS, chunk_cols = s.key_rows;
    while (rows > 1 && rows * row_bytes > limit_bytes) rows /= 2;
    if (rows * row_bytes > limit_bytes) rows = STANDARD2_ROWS, chunk_cols = STANDARD2_CHUNK;
    size_t shared_bytes = (size_t)rows * chunk_cols * sizeof(float);
    if (!driver_allow_shared(standard2_softmax, shared_bytes)) return false;
    standard2_softmax<<<tiles(s.query_rows, rows, 1, 1, p->slices), STANDARD2_ROW_THREADS, shared_bytes>>>(
        p->a.S_masked, p->a.P, s, rows, chunk_cols);
    return true;
}

#define TILES(X)                                                                                                       \
    X(32, 128, 128)                                                                                                    \
    X(32, 64, 32) X(64, 128, 128) X(64, 128, 64) X(64, 64, 32) X(128, 128, 128) X(128, 128, 64) X(128, 64, 32)

static bool launch_2(const Prepared *p, const char *name) {
    const GpuCase *c = &p->c;
    if (strcmp(name, "softmax") == 0) return launch_softmax(p);
#define X(d, br, bc)                                                                                                   \
    if (c->head_dim_elems == d && c->block_query_rows == br && c->block_key_rows == bc)                                \
        return launch_tiled<d, br, bc>(p, name);
    TILES(X)
#undef X
#define X(d, br, bc) {d, br, bc},
    static const TileRow rows[] = {TILES(X)};
#undef X
    return driver_no_tile(c, rows, sizeof rows / sizeof *rows);
}

bool standard_launch(const Prepared *p, int kernel) {
    if (p->c.version == 1) return launch_1(p, kernel);
    const char *name = p->kernels[kernel];
    bool is_product = strcmp(name, "S = QK^T") == 0 || strcmp(name, "O = PV") == 0;
    return p->c.version == 3 && is_product ? cublas_product(p, kernel == 0) : launch_2(p, name);
}
