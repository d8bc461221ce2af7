/* The backward passes of flash1, flash2 and its window in fp16: launches, flash2's by the simulator's names. */
#include <string.h>

#include "gpu/kernels/driver.h"
#include "gpu/kernels/flash1_backward_fp16.cuh"
#include "gpu/kernels/flash2_backward_fp16.cuh"

/* What the simulator chooses: the second of a head dimension where a block has less shared memory. */
typedef Tiles<Tile<32, 128, 128>, Tile<64, 128, 128>, Tile<64, 64, 128>, Tile<128, 64, 128>, Tile<128, 64, 64>>
    Flash2Fp16BackwardTiles;

template <int D, int BR, int BC> static bool launch(const Prepared *p, const char *name, Tile<D, BR, BC>) {
    const Arrays &a = p->a;
    const AttentionSizes &s = p->sizes;
    const __half *d_o = (const __half *)a.dO;
    dim3 row_blocks = row_grid(s.query_rows, BR, p->slices);
    if (strcmp(name, "D = rowsum(dO * O)") == 0) {
        flash2_dot<D, BR><<<row_blocks, FLASH2_ROW_THREADS>>>(d_o, (const __half *)a.O, a.D, a.dQ_partial, s);
        return true;
    }
    if (strcmp(name, "convert dQ") == 0) {
        flash2_convert<D, BR><<<row_blocks, FLASH2_ROW_THREADS>>>(a.dQ_partial, (__half *)a.dQ, s);
        return true;
    }
    size_t shared_bytes = 2 * ((BR + BC) * D + BR * BC) * sizeof(__half);
    if (!driver_allow_shared(flash2_fp16_backward<D, BR, BC>, shared_bytes)) return false;
    flash2_fp16_backward<D, BR, BC><<<row_grid(s.key_rows, BC, p->slices), BACKWARD_THREADS, shared_bytes>>>(
        (const __half *)a.Q, (const __half *)a.K, (const __half *)a.V, d_o, a.lse, a.D, a.dQ_partial,
        (__half *)a.dK_head, (__half *)a.dV_head, s);
    return true;
}

bool flash2_fp16_backward_launch(const Prepared *p, const char *name) {
    return launch_with_tile(&p->c, true, Flash2Fp16BackwardTiles(), [=](auto tile) { return launch(p, name, tile); });
}

template <int D, int BR, int BC> static bool launch_flash1(const Prepared *p, Tile<D, BR, BC>) {
    const Arrays &a = p->a;
    size_t shared_bytes = (2 * (FLASH1_ROWS + BC) * D + FLASH1_ROWS * BC) * sizeof(__half);
    if (!driver_allow_shared(flash1_fp16_backward<D, BC>, shared_bytes)) return false;
    flash1_fp16_backward<D, BC><<<p->slices, BACKWARD_THREADS, shared_bytes>>>(
        (const __half *)a.Q, (const __half *)a.K, (const __half *)a.V, (const __half *)a.O, (const __half *)a.dO, a.lse,
        a.D, (__half *)a.dQ, a.dQ_partial, (__half *)a.dK_head, (__half *)a.dV_head, p->sizes);
    return true;
}

bool flash1_fp16_backward_launch(const Prepared *p) {
    return launch_with_tile(&p->c, true, Flash1Tiles(), [=](auto tile) { return launch_flash1(p, tile); });
}
