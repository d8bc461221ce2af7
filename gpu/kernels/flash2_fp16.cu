/* flash2 in fp16: launches of flash2_2.cuh. */
#include "gpu/kernels/driver.h"
#include "gpu/kernels/flash2_2.cuh"

template <int D, int BR, int BC> static bool launch(const Prepared *p) {
    size_t shared_bytes = (BR + 2 * BC) * D * sizeof(__half);
    if (!driver_allow_shared(flash2_fp16_forward<D, BR, BC>, shared_bytes)) return false;
    dim3 grid((unsigned)((p->sizes.query_rows + BR - 1) / BR), 1, (unsigned)p->slices);
    flash2_fp16_forward<D, BR, BC><<<grid, FLASH2_FP16_THREADS, shared_bytes>>>(
        (const __half *)p->a.Q, (const __half *)p->a.K, (const __half *)p->a.V, (__half *)p->a.O, p->a.lse, p->sizes);
    return true;
}

#define TILES(X) X(32, 128, 128) X(64, 128, 128) X(64, 128, 64) X(128, 128, 64) X(128, 128, 32)

bool flash2_fp16_launch(const Prepared *p) {
    const GpuCase *c = &p->c;
#define X(d, br, bc)                                                                                                   \
    if (c->head_dim_elems == d && c->block_query_rows == br && c->block_key_rows == bc) return launch<d, br, bc>(p);
    TILES(X)
#undef X
#define X(d, br, bc) {d, br, bc},
    static const TileRow rows[] = {TILES(X)};
#undef X
    return driver_no_tile(c, false, rows, sizeof rows / sizeof *rows);
}
