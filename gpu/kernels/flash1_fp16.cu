/* flash1 in fp16: launches of flash1_fp16.cuh. */
#include "gpu/kernels/driver.h"
#include "gpu/kernels/flash1_fp16.cuh"

template <int D, int BC> static bool launch(const Prepared *p) {
    size_t shared_bytes = (FLASH1_ROWS + 2 * BC) * D * sizeof(__half);
    if (!driver_allow_shared(flash1_fp16_forward<D, BC>, shared_bytes)) return false;
    flash1_fp16_forward<D, BC><<<p->slices, FLASH1_THREADS, shared_bytes>>>(
        (const __half *)p->a.Q, (const __half *)p->a.K, (const __half *)p->a.V, (__half *)p->a.O, p->a.O_partial,
        p->a.lse, p->sizes);
    return true;
}

bool flash1_fp16_launch(const Prepared *p) {
    const GpuCase *c = &p->c;
#define X(d, br, bc)                                                                                                   \
    if (c->head_dim_elems == d && c->block_query_rows == br && c->block_key_rows == bc) return launch<d, bc>(p);
    FLASH1_TILES(X)
#undef X
#define X(d, br, bc) {d, br, bc},
    static const TileRow rows[] = {FLASH1_TILES(X)};
#undef X
    return driver_no_tile(c, false, rows, sizeof rows / sizeof *rows);
}
