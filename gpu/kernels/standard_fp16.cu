/* standard in fp16: launches of standard_fp16.cuh. */
#include <string.h>

#include "gpu/kernels/driver.h"
#include "gpu/kernels/standard_fp16.cuh"

/* `factor` is the scale of the scores where it belongs: in S, dQ and dK. */
template <int D, int BR, int BC>
static bool launch_scores(const Prepared *p, const void *q, const void *k, void *scores, float factor) {
    const AttentionSizes &s = p->sizes;
    size_t shared_bytes = (BR + BC) * D * sizeof(__half);
    if (!driver_allow_shared(standard_fp16_scores<D, BR, BC>, shared_bytes)) return false;
    standard_fp16_scores<D, BR, BC>
        <<<tile_grid(s.key_rows, BC, s.query_rows, BR, p->slices), STANDARD2_THREADS, shared_bytes>>>(
            (const __half *)q, (const __half *)k, (__half *)scores, s, factor);
    return true;
}
template <int D, int BR, int BC>
static bool launch_values(const Prepared *p, const void *scores, const void *v, void *o, float factor) {
    size_t shared_bytes = (BR + D) * BC * sizeof(__half);
    if (!driver_allow_shared(standard_fp16_values<D, BR, BC>, shared_bytes)) return false;
    standard_fp16_values<D, BR, BC><<<row_grid(p->sizes.query_rows, BR, p->slices), STANDARD2_THREADS, shared_bytes>>>(
        (const __half *)scores, (const __half *)v, (__half *)o, p->sizes, factor);
    return true;
}
template <int D, int BR, int BC>
static bool launch_transposed(const Prepared *p, const void *scores, const void *rows, void *result, float factor) {
    size_t shared_bytes = (BC + D) * BR * sizeof(__half);
    if (!driver_allow_shared(standard_fp16_values_transposed<D, BR, BC>, shared_bytes)) return false;
    standard_fp16_values_transposed<D, BR, BC>
        <<<row_grid(p->sizes.key_rows, BC, p->slices), STANDARD2_THREADS, shared_bytes>>>(
            (const __half *)scores, (const __half *)rows, (__half *)result, p->sizes, factor);
    return true;
}

template <int D, int BR, int BC> static bool launch(const Prepared *p, const char *name, Tile<D, BR, BC>) {
    const Arrays &a = p->a;
    float scale = p->sizes.scale;
    if (strcmp(name, "S = QK^T") == 0) return launch_scores<D, BR, BC>(p, a.Q, a.K, a.S, scale);
    if (strcmp(name, "O = PV") == 0) return launch_values<D, BR, BC>(p, a.P, a.V, a.O, 1);
    if (strcmp(name, "dP = dO V^T") == 0) return launch_scores<D, BR, BC>(p, a.dO, a.V, a.dP, 1);
    if (strcmp(name, "dQ = dS K") == 0) return launch_values<D, BR, BC>(p, a.dS, a.K, a.dQ, scale);
    if constexpr (BC >= 64) { /* four warps of 16 keys */
        if (strcmp(name, "dV = P^T dO") == 0) return launch_transposed<D, BR, BC>(p, a.P, a.dO, a.dV_head, 1);
        return launch_transposed<D, BR, BC>(p, a.dS, a.Q, a.dK_head, scale);
    }
    return driver_fail("standard has no backward kernel in fp16 for tiles of %d x %d; 64 key rows are the least", BR,
                       BC);
}

bool standard_fp16_product(const Prepared *p, const char *name) {
    return launch_with_tile(&p->c, false, StandardTiles(), [=](auto tile) { return launch(p, name, tile); });
}
