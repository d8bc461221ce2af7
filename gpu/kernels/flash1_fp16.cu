/* flash1 in fp16: launches of flash1_fp16.cuh. */
#include "gpu/kernels/driver.h"
#include "gpu/kernels/flash1_fp16.cuh"

template <int D, int BR, int BC> static bool launch(const Prepared *p, Tile<D, BR, BC>) {
    size_t shared_bytes = (FLASH1_ROWS + 2 * BC) * D * sizeof(__half);
    if (!driver_allow_shared(flash1_fp16_forward<D, BC>, shared_bytes)) return false;
    flash1_fp16_forward<D, BC><<<p->slices, FLASH1_THREADS, shared_bytes>>>(
        (const __half *)p->a.Q, (const __half *)p->a.K, (const __half *)p->a.V, (__half *)p->a.O, p->a.O_partial,
        p->a.lse, p->sizes);
    return true;
}

bool flash1_fp16_launch(const Prepared *p) {
    return launch_with_tile(&p->c, false, Flash1Tiles(), [=](auto tile) { return launch(p, tile); });
}
