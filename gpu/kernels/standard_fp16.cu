/* standard in fp16: launches of standard_fp16.cuh. */
#include <string.h>

#include "gpu/kernels/driver.h"
#include "gpu/kernels/standard_fp16.cuh"

static dim3 grid_of(const Prepared *p, int query_tile, int key_tile) {
    const AttentionSizes &s = p->sizes;
    return dim3((unsigned)((s.key_rows + key_tile - 1) / key_tile),
                (unsigned)((s.query_rows + query_tile - 1) / query_tile), (unsigned)p->slices);
}

template <int D, int BR, int BC> static bool launch(const Prepared *p, const char *name) {
    const Arrays &a = p->a;
    const __half *q = (const __half *)a.Q, *k = (const __half *)a.K, *v = (const __half *)a.V;
    size_t scores_bytes = (BR + BC) * D * sizeof(__half), values_bytes = (BR + D) * BC * sizeof(__half);
    dim3 tiles = grid_of(p, BR, BC);
    if (strcmp(name, "S = QK^T") == 0) {
        if (!driver_allow_shared(standard_fp16_scores<D, BR, BC>, scores_bytes)) return false;
        standard_fp16_scores<D, BR, BC><<<tiles, STANDARD2_THREADS, scores_bytes>>>(q, k, (__half *)a.S, p->sizes);
    } else {
        if (!driver_allow_shared(standard_fp16_values<D, BR, BC>, values_bytes)) return false;
        standard_fp16_values<D, BR, BC><<<dim3(tiles.y, 1, tiles.z), STANDARD2_THREADS, values_bytes>>>(
            (const __half *)a.P, v, (__half *)a.O, p->sizes);
    }
    return true;
}

bool standard_fp16_product(const Prepared *p, const char *name) {
    const GpuCase *c = &p->c;
#define X(d, br, bc)                                                                                                   \
    if (c->head_dim_elems == d && c->block_query_rows == br && c->block_key_rows == bc)                                \
        return launch<d, br, bc>(p, name);
    STANDARD_TILES(X)
#undef X
#define X(d, br, bc) {d, br, bc},
    static const TileRow rows[] = {STANDARD_TILES(X)};
#undef X
    return driver_no_tile(c, false, rows, sizeof rows / sizeof *rows);
}
