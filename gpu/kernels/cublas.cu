/* standard, version 3: products by cuBLAS. See cublas.h. The library is opened when first used, so that everything else
 * runs on machines without it. cuBLAS is column-major: a row-major matrix is its transpose there. */
#include <cublas_v2.h>
#include <dlfcn.h>

#include "gpu/kernels/cublas.h"
#include "gpu/kernels/driver.h"

/* cublasGemmStridedBatchedEx; the header overloads the name. */
typedef cublasStatus_t (*Gemm)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k,
                               const void *alpha, const void *a, cudaDataType, int lda, long long a_stride,
                               const void *b, cudaDataType, int ldb, long long b_stride, const void *beta, void *c,
                               cudaDataType, int ldc, long long c_stride, int count, cublasComputeType_t,
                               cublasGemmAlgo_t);

static struct Cublas {
    void *library;
    cublasHandle_t handle;
    Gemm gemm;
} cublas;

static bool open_cublas(void) {
    if (cublas.library) return true;
    void *library = dlopen("libcublas.so.13", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("/usr/local/cuda/lib64/libcublas.so.13", RTLD_NOW | RTLD_LOCAL);
    if (!library) return driver_fail("standard version 3 needs libcublas.so.13: %s", dlerror());
    auto create = reinterpret_cast<decltype(&cublasCreate_v2)>(dlsym(library, "cublasCreate_v2"));
    cublas.gemm = reinterpret_cast<Gemm>(dlsym(library, "cublasGemmStridedBatchedEx"));
    if (!create || !cublas.gemm)
        return driver_fail("libcublas.so.13 lacks cublasCreate_v2 or cublasGemmStridedBatchedEx");
    cublasStatus_t status = create(&cublas.handle);
    if (status != CUBLAS_STATUS_SUCCESS) return driver_fail("cublasCreate: status %d", (int)status);
    cublas.library = library;
    return true;
}

/* result (m x n) = factor op(left) right, `count` of each; matrices of the case's dtype, sums in fp32. */
struct Matrix {
    void *base;
    long long first_elem;
    int leading_elems;
    long long stride_elems;
};
static cublasStatus_t multiply(const Prepared *p, int m, int n, int k, float factor, cublasOperation_t left_is,
                               Matrix left, Matrix right, Matrix result, int count) {
    bool is_half = case_is_half(&p->c);
    cudaDataType_t type = is_half ? CUDA_R_16F : CUDA_R_32F;
    float zero = 0;
    auto at = [is_half](const Matrix &x) { return (char *)x.base + x.first_elem * (is_half ? 2 : 4); };
    return cublas.gemm(cublas.handle, left_is, CUBLAS_OP_N, m, n, k, &factor, at(left), type, left.leading_elems,
                       left.stride_elems, at(right), type, right.leading_elems, right.stride_elems, &zero, at(result),
                       type, result.leading_elems, result.stride_elems, count, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
}

/* `count` query heads from `first` on, `kv_stride` elements apart in K and V (0: they share one). */
static cublasStatus_t product(const Prepared *p, bool is_scores, int first, int count, long long kv_first,
                              long long kv_stride) {
    const AttentionSizes &s = p->sizes;
    int d = (int)p->c.head_dim_elems;
    long long q_stride = (long long)s.query_rows * d, s_stride = (long long)s.query_rows * s.key_rows;
    Matrix q = {p->a.Q, first * q_stride, d, q_stride}, o = {p->a.O, first * q_stride, d, q_stride};
    Matrix k = {p->a.K, kv_first, d, kv_stride}, v = {p->a.V, kv_first, d, kv_stride};
    Matrix scores = {p->a.S, first * s_stride, s.key_rows, s_stride};
    Matrix probs = {p->a.P, first * s_stride, s.key_rows, s_stride};
    if (is_scores) /* S^T = K Q^T */
        return multiply(p, s.key_rows, s.query_rows, d, s.scale, CUBLAS_OP_T, k, q, scores, count);
    return multiply(p, d, s.query_rows, s.key_rows, 1, CUBLAS_OP_N, v, probs, o, count); /* O^T = V^T P^T */
}

extern "C" bool cublas_product(const Prepared *p, bool is_scores) {
    const AttentionSizes &s = p->sizes;
    long long kv_elems = (long long)s.key_rows * p->c.head_dim_elems;
    if (!open_cublas()) return false;
    cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
    if (s.heads_per_kv == 1) status = product(p, is_scores, 0, p->slices, 0, kv_elems);
    for (int kv = 0; s.heads_per_kv > 1 && kv < p->slices / s.heads_per_kv && status == CUBLAS_STATUS_SUCCESS; kv++)
        status = product(p, is_scores, kv * s.heads_per_kv, s.heads_per_kv, kv * kv_elems, 0);
    return status == CUBLAS_STATUS_SUCCESS || driver_fail("cublasGemmStridedBatchedEx: status %d", (int)status);
}
