/* flash2 in fp16: launches of flash2_2.cuh. */
#include "gpu/kernels/driver.h"
#include "gpu/kernels/flash2_2.cuh"

template <int D, int BR, int BC> static bool launch(const Prepared *p, Tile<D, BR, BC>) {
    size_t shared_bytes = (BR + 2 * BC) * D * sizeof(__half);
    if (!driver_allow_shared(flash2_fp16_forward<D, BR, BC>, shared_bytes)) return false;
    flash2_fp16_forward<D, BR, BC><<<row_grid(p->sizes.query_rows, BR, p->slices), FLASH2_FP16_THREADS, shared_bytes>>>(
        (const __half *)p->a.Q, (const __half *)p->a.K, (const __half *)p->a.V, (__half *)p->a.O, p->a.lse, p->sizes);
    return true;
}

typedef Tiles<Tile<32, 128, 128>, Tile<64, 128, 128>, Tile<64, 128, 64>, Tile<128, 128, 64>, Tile<128, 128, 32>>
    Flash2Fp16Tiles;

bool flash2_fp16_launch(const Prepared *p) {
    return launch_with_tile(&p->c, false, Flash2Fp16Tiles(), [=](auto tile) { return launch(p, tile); });
}
