/* mma.m16n8k16 on the twin, of a warp: each lane brings its pieces of A, B and the sum, the first to go on multiplies
 * for all. Not modelled: the order in which a tensor core adds, and that it adds wider than fp32. */
#include <string.h>

#include "gpu/twin/hopper_matrix.h"
#include "gpu/twin/state.h"

enum { MMA_COLUMNS = 8, MMA_ROWS = HOPPER_WARP_ROWS, MMA_K = HOPPER_K };

/* Two halves: of A along its row, of B along its column. */
static void put_pair(float *to, uint32_t pair) {
    to[0] = hopper_half_value((uint16_t)pair);
    to[1] = hopper_half_value((uint16_t)(pair >> 16));
}

static void multiply(TwinThread *lanes) {
    float a[MMA_ROWS * MMA_K], b[MMA_COLUMNS * MMA_K], d[MMA_ROWS * MMA_COLUMNS];
    for (unsigned lane = 0; lane < WARP_LANES; lane++) {
        const MmaPieces *own = &lanes[lane].mma;
        for (unsigned r = 0; r < 4; r++) {
            put_pair(&a[hopper_a_row(lane, r) * MMA_K + hopper_a_k(lane, r)], own->a[r]);
            d[hopper_d_row(lane, r) * MMA_COLUMNS + hopper_d_column(lane, r)] = own->sum[r];
        }
        for (unsigned r = 0; r < 2; r++) put_pair(&b[lane / 4 * MMA_K + lane % 4 * 2 + 8 * r], own->b[r]);
    }
    hopper_multiply(d, a, b, MMA_COLUMNS);
    for (unsigned lane = 0; lane < WARP_LANES; lane++)
        for (unsigned r = 0; r < 4; r++)
            lanes[lane].mma.sum[r] = d[hopper_d_row(lane, r) * MMA_COLUMNS + hopper_d_column(lane, r)];
}

void twin_multiply_add(float *sum, const uint32_t *a, uint32_t b0, uint32_t b1) {
    TwinThread *own = &twin_now.threads[twin_now.current], *lanes = own - twin_now.current % WARP_LANES;
    memcpy(own->mma.sum, sum, sizeof own->mma.sum);
    memcpy(own->mma.a, a, sizeof own->mma.a);
    own->mma.b[0] = b0;
    own->mma.b[1] = b1;
    twin_warp_barrier(~0u);
    if (own == lanes) multiply(lanes); /* lanes go on in order */
    memcpy(sum, own->mma.sum, sizeof own->mma.sum);
}
