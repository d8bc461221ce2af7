/* flash1, flash2 and its window, fp32: which kernels a case has, and their launches; backward ones are in
 * flash_backward.cu. */
#include <string.h>

#include "gpu/kernels/driver.h"
#include "gpu/kernels/flash1_1.cuh"
#include "gpu/kernels/flash2_1.cuh"

static const char *const flash1_names[] = {"flash1 forward", "flash1 backward", SUM_HEADS_NAME};
#define BACKWARD_NAMES(name) "D = rowsum(dO * O)", name " backward", SUM_HEADS_NAME
#define HALF_BACKWARD_NAMES(name) "D = rowsum(dO * O)", name " backward", "convert dQ", SUM_HEADS_NAME
static const char *const flash2_names[] = {"flash2 forward", BACKWARD_NAMES("flash2")};
static const char *const window_names[] = {"window forward", BACKWARD_NAMES("window")};
static const char *const flash2_half_names[] = {"flash2 forward", HALF_BACKWARD_NAMES("flash2")};
static const char *const window_half_names[] = {"window forward", HALF_BACKWARD_NAMES("window")};

bool flash1_kernels(const GpuCase *c, const char *const **names, int *count) {
    if (c->version < 0 || c->version > 1) return driver_fail("flash1 has version 1, not %d", c->version);
    if (c->window_keys) return driver_fail("flash1 knows no windows; flash2 does");
    *names = flash1_names;
    *count = 1 + (c->has_backward ? 1 + has_sum_heads(c) : 0);
    return true;
}
bool flash2_kernels(const GpuCase *c, const char *const **names, int *count) {
    if (c->version < 0 || c->version > 1) return driver_fail("flash2 has version 1, not %d", c->version);
    /* The same kernels; the simulator has an algorithm for each. */
    const char *const *half_names = c->window_keys ? window_half_names : flash2_half_names;
    *names = case_is_half(c) ? half_names : c->window_keys ? window_names : flash2_names;
    *count = 1 + (c->has_backward ? 2 + case_is_half(c) + has_sum_heads(c) : 0);
    return true;
}

template <int D, int BR, int BC> static bool launch_flash1(const Prepared *p, Tile<D, BR, BC>) {
    size_t shared_bytes = (FLASH1_ROWS + 2 * BC) * D * sizeof(float);
    if (!driver_allow_shared(flash1_forward<D, BC>, shared_bytes)) return false;
    flash1_forward<D, BC><<<p->slices, FLASH1_THREADS, shared_bytes>>>((const float *)p->a.Q, (const float *)p->a.K,
                                                                       (const float *)p->a.V, (float *)p->a.O,
                                                                       p->a.O_partial, p->a.lse, p->sizes);
    return true;
}

template <int D, int BR, int BC> static bool launch_flash2(const Prepared *p, Tile<D, BR, BC>) {
    size_t shared_bytes = ((BR + 2 * BC) * D + BR * BC) * sizeof(float);
    if (!driver_allow_shared(flash2_forward<D, BR, BC>, shared_bytes)) return false;
    flash2_forward<D, BR, BC><<<row_grid(p->sizes.query_rows, BR, p->slices), FLASH2_THREADS, shared_bytes>>>(
        (const float *)p->a.Q, (const float *)p->a.K, (const float *)p->a.V, (float *)p->a.O, p->a.lse, p->sizes);
    return true;
}

typedef Tiles<Tile<32, 128, 128>, Tile<32, 128, 64>, Tile<32, 64, 32>, Tile<64, 128, 128>, Tile<64, 128, 64>,
              Tile<64, 64, 32>, Tile<128, 128, 64>, Tile<128, 128, 32>, Tile<128, 64, 64>, Tile<128, 64, 32>>
    Flash2Tiles;

bool flash1_launch(const Prepared *p, int kernel) {
    const GpuCase *c = &p->c;
    if (kernel > 0) return kernel == 1 ? flash1_backward_launch(p) : sum_heads_launch(p);
    if (case_is_half(c)) return flash1_fp16_launch(p);
    return launch_with_tile(c, false, Flash1Tiles(), [=](auto tile) { return launch_flash1(p, tile); });
}

bool flash2_launch(const Prepared *p, int kernel) {
    const GpuCase *c = &p->c;
    if (strcmp(p->kernels[kernel], SUM_HEADS_NAME) == 0) return sum_heads_launch(p);
    if (kernel > 0) return flash2_backward_launch(p, p->kernels[kernel]);
    if (case_is_half(c)) return flash2_fp16_launch(p);
    return launch_with_tile(c, false, Flash2Tiles(), [=](auto tile) { return launch_flash2(p, tile); });
}
