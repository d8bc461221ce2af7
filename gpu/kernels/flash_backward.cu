/* The backward passes of flash1, flash2 and its window in fp32, and the sum over shared heads that all backward passes
 * end with: launches by the simulator's names. */
#include <string.h>

#include "gpu/kernels/driver.h"
#include "gpu/kernels/flash1_backward_1.cuh"
#include "gpu/kernels/flash2_backward_1.cuh"
#include "gpu/kernels/sum_heads.cuh"

typedef Tiles<Tile<32, 128, 128>, Tile<32, 128, 64>, Tile<32, 128, 32>, Tile<32, 64, 32>, Tile<64, 128, 64>,
              Tile<64, 64, 32>, Tile<128, 128, 32>, Tile<128, 64, 64>, Tile<128, 64, 32>>
    Flash2BackwardTiles;

template <int D, int BR, int BC>
static bool launch_flash2_backward(const Prepared *p, const char *name, Tile<D, BR, BC>) {
    const Arrays &a = p->a;
    const AttentionSizes &s = p->sizes;
    if (strcmp(name, "D = rowsum(dO * O)") == 0) {
        flash2_dot<D, BR><<<row_grid(s.query_rows, BR, p->slices), FLASH2_ROW_THREADS>>>(
            (const float *)a.dO, (const float *)a.O, a.D, (float *)a.dQ, s);
        return true;
    }
    size_t shared_bytes = 2 * ((BR + BC) * D + BR * BC) * sizeof(float);
    if (!driver_allow_shared(flash2_backward<D, BR, BC>, shared_bytes)) return false;
    flash2_backward<D, BR, BC><<<row_grid(s.key_rows, BC, p->slices), BACKWARD_THREADS, shared_bytes>>>(
        (const float *)a.Q, (const float *)a.K, (const float *)a.V, (const float *)a.dO, a.lse, a.D, (float *)a.dQ,
        (float *)a.dK_head, (float *)a.dV_head, s);
    return true;
}

bool flash2_backward_launch(const Prepared *p, const char *name) {
    const GpuCase *c = &p->c;
    if (case_is_half(c)) return flash2_fp16_backward_launch(p, name);
    return launch_with_tile(c, true, Flash2BackwardTiles(),
                            [=](auto tile) { return launch_flash2_backward(p, name, tile); });
}

template <int D, int BR, int BC> static bool launch_flash1_backward(const Prepared *p, Tile<D, BR, BC>) {
    const Arrays &a = p->a;
    size_t shared_bytes = (2 * (FLASH1_ROWS + BC) * D + FLASH1_ROWS * BC) * sizeof(float);
    if (!driver_allow_shared(flash1_backward<D, BC>, shared_bytes)) return false;
    flash1_backward<D, BC><<<p->slices, BACKWARD_THREADS, shared_bytes>>>(
        (const float *)a.Q, (const float *)a.K, (const float *)a.V, (const float *)a.O, (const float *)a.dO, a.lse, a.D,
        (float *)a.dQ, a.dQ_partial, (float *)a.dK_head, (float *)a.dV_head, p->sizes);
    return true;
}

bool flash1_backward_launch(const Prepared *p) {
    const GpuCase *c = &p->c;
    if (case_is_half(c)) return flash1_fp16_backward_launch(p);
    return launch_with_tile(c, true, Flash1Tiles(), [=](auto tile) { return launch_flash1_backward(p, tile); });
}

template <int D, class T> static bool launch_sum_heads(const Prepared *p) {
    const Arrays &a = p->a;
    const AttentionSizes &s = p->sizes;
    sum_heads<D><<<row_grid(s.key_rows, SUM_ROWS, p->slices / s.heads_per_kv), SUM_THREADS>>>(
        (const T *)a.dK_head, (const T *)a.dV_head, (T *)a.dK, (T *)a.dV, s);
    return true;
}

bool sum_heads_launch(const Prepared *p) {
    bool is_half = case_is_half(&p->c);
    if (p->c.head_dim_elems == 32) return is_half ? launch_sum_heads<32, __half>(p) : launch_sum_heads<32, float>(p);
    if (p->c.head_dim_elems == 64) return is_half ? launch_sum_heads<64, __half>(p) : launch_sum_heads<64, float>(p);
    return is_half ? launch_sum_heads<128, __half>(p) : launch_sum_heads<128, float>(p);
}
