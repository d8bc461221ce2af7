/* standard, version 3: products by cuBLAS. See cublas.h. The library is opened when first used, so that everything else
 * runs on machines without it. cuBLAS is column-major: a row-major matrix is its transpose there. */
#include <cublas_v2.h>
#include <dlfcn.h>

#include "gpu/kernels/cublas.h"
#include "gpu/kernels/driver.h"

static struct Cublas {
    void *library;
    cublasHandle_t handle;
    decltype(&cublasSgemmStridedBatched) gemm;
} cublas;

static bool open_cublas(void) {
    if (cublas.library) return true;
    void *library = dlopen("libcublas.so.13", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("/usr/local/cuda/lib64/libcublas.so.13", RTLD_NOW | RTLD_LOCAL);
    if (!library) return driver_fail("standard version 3 needs libcublas.so.13: %s", dlerror());
    auto create = reinterpret_cast<decltype(&cublasCreate_v2)>(dlsym(library, "cublasCreate_v2"));
    cublas.gemm = reinterpret_cast<decltype(&cublasSgemmStridedBatched)>(dlsym(library, "cublasSgemmStridedBatched"));
    if (!create || !cublas.gemm)
        return driver_fail("libcublas.so.13 lacks cublasCreate_v2 or cublasSgemmStridedBatched");
    cublasStatus_t status = create(&cublas.handle);
    if (status != CUBLAS_STATUS_SUCCESS) return driver_fail("cublasCreate: status %d", (int)status);
    cublas.library = library;
    return true;
}

/* `count` query heads from `first` on, `kv_stride` elements apart in K and V (0: they share one). */
static cublasStatus_t product(const Prepared *p, bool is_scores, int first, int count, size_t kv_first,
                              long long kv_stride) {
    const AttentionSizes &s = p->sizes;
    int d = (int)p->c.head_dim_elems;
    long long q_stride = (long long)s.query_rows * d, s_stride = (long long)s.query_rows * s.key_rows;
    float zero = 0, one = 1;
    const float *q = (const float *)p->a.Q + first * q_stride, *k = (const float *)p->a.K + kv_first,
                *v = (const float *)p->a.V + kv_first;
    if (is_scores) /* S^T = K Q^T */
        return cublas.gemm(cublas.handle, CUBLAS_OP_T, CUBLAS_OP_N, s.key_rows, s.query_rows, d, &s.scale, k, d,
                           kv_stride, q, d, q_stride, &zero, p->a.S + first * s_stride, s.key_rows, s_stride, count);
    return cublas.gemm(cublas.handle, CUBLAS_OP_N, CUBLAS_OP_N, d, s.query_rows, s.key_rows, &one, v, d, kv_stride,
                       p->a.P + first * s_stride, s.key_rows, s_stride, &zero, (float *)p->a.O + first * q_stride, d,
                       q_stride, count); /* O^T = V^T P^T */
}

extern "C" bool cublas_product(const Prepared *p, bool is_scores) {
    const AttentionSizes &s = p->sizes;
    long long kv_elems = (long long)s.key_rows * p->c.head_dim_elems;
    if (!open_cublas()) return false;
    cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
    if (s.heads_per_kv == 1) status = product(p, is_scores, 0, p->slices, 0, kv_elems);
    for (int kv = 0; s.heads_per_kv > 1 && kv < p->slices / s.heads_per_kv && status == CUBLAS_STATUS_SUCCESS; kv++)
        status = product(p, is_scores, kv * s.heads_per_kv, s.heads_per_kv, (size_t)(kv * kv_elems), 0);
    return status == CUBLAS_STATUS_SUCCESS || driver_fail("cublasSgemmStridedBatched: status %d", (int)status);
}
