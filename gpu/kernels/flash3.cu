/* flash3: launches of flash3_1.cuh. Compiled for sm_90a alone (gpu.mk): on other GPUs the driver says so. */
#include "gpu/kernels/flash3.h"

#include "gpu/kernels/flash3_1.cuh"

static const char *const flash3_names[] = {"flash3 forward"};

bool flash3_kernels(const GpuCase *c, const char *const **names, int *count) {
    if (c->version < 0 || c->version > 1) return driver_fail("flash3 has version 1, not %d", c->version);
    if (c->window_keys) return driver_fail("flash3 has no windows here; flash2 has");
    int device, major, minor;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
    CUDA_CHECK(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device));
    if (major != 9 || minor != 0)
        return driver_fail("flash3 needs compute capability 9.0 (wgmma, tensor maps); this device has %d.%d", major,
                           minor);
    *names = flash3_names;
    *count = 1;
    return true;
}

template <int D, int BR, int BC> static bool launch(const Prepared *p, Tile<D, BR, BC>) {
    using T = Flash3<D, BR, BC>;
    const AttentionSizes &s = p->sizes;
    TensorMap q, k, v;
    const char *why = tensor_map_rows(&q, p->a.Q, D, s.query_rows, p->slices, BR);
    if (!why) why = tensor_map_rows(&k, p->a.K, D, s.key_rows, p->slices / s.heads_per_kv, BC);
    if (!why) why = tensor_map_rows(&v, p->a.V, D, s.key_rows, p->slices / s.heads_per_kv, BC);
    if (why) return driver_fail("flash3 cannot make a tensor map: %s", why);
    if (!driver_allow_shared(flash3_forward<D, BR, BC>, T::SHARED_BYTES)) return false;
    flash3_forward<D, BR, BC><<<row_grid(s.query_rows, BR, p->slices), T::THREADS, T::SHARED_BYTES>>>(
        q, k, v, (__half *)p->a.O, p->a.lse, s, s.scale * 1.44269504f);
    return true;
}

/* FlashAttention-3's own, without and with a mask. */
typedef Tiles<Tile<64, 192, 192>, Tile<64, 192, 128>, Tile<128, 128, 176>, Tile<128, 128, 128>> Flash3Tiles;

bool flash3_launch(const Prepared *p, int kernel) {
    (void)kernel; /* there is one */
    return launch_with_tile(&p->c, false, Flash3Tiles(), [=](auto tile) { return launch(p, tile); });
}
