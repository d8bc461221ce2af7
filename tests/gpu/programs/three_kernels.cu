/* Three kernels whose counts are worked out by hand in test_kernel.sh: a product without tiles, a transpose whose
 * shared tile has no padding, a sum with dynamic shared memory, shuffles and an atomic. */
#include <cuda_runtime.h>
#include <stdio.h>
#include <vector>
#define CK(c)                                                                                                          \
    do {                                                                                                               \
        cudaError_t e = (c);                                                                                           \
        if (e) {                                                                                                       \
            fprintf(stderr, "%s\n", cudaGetErrorString(e));                                                            \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)
__global__ void qk(const float *Q, const float *K, float *S, int n, int d) {
    int j = blockIdx.x * blockDim.x + threadIdx.x, i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= n || j >= n) return;
    float acc = 0;
    for (int k = 0; k < d; k++) acc += Q[i * d + k] * K[j * d + k];
    S[i * n + j] = acc;
}
template <int T> __global__ void transpose(const float *a, float *b, int n) {
    __shared__ float tile[T][T];
    int x = blockIdx.x * T + threadIdx.x, y = blockIdx.y * T + threadIdx.y;
    tile[threadIdx.y][threadIdx.x] = a[y * n + x];
    __syncthreads();
    b[(blockIdx.x * T + threadIdx.y) * n + blockIdx.y * T + threadIdx.x] = tile[threadIdx.x][threadIdx.y];
}
__global__ void reduce(const float *x, float *out, int n) {
    extern __shared__ float part[];
    float s = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) s += x[i];
    part[threadIdx.x] = s;
    __syncthreads();
    for (int o = blockDim.x / 2; o >= 32; o >>= 1) {
        if (threadIdx.x < o) part[threadIdx.x] += part[threadIdx.x + o];
        __syncthreads();
    }
    if (threadIdx.x < 32) {
        float v = part[threadIdx.x];
        for (int o = 16; o; o >>= 1) v += __shfl_xor_sync(~0u, v, o);
        if (threadIdx.x == 0) atomicAdd(out, v);
    }
}
int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 256, d = 64;
    float *d_Q, *d_K, *d_S, *d_T, *d_sum;
    CK(cudaMalloc(&d_Q, n * d * 4));
    CK(cudaMalloc((void **)&d_K, n * d * 4));
    CK(cudaMalloc(&d_S, n * n * 4));
    CK(cudaMalloc(&d_T, n * n * 4));
    CK(cudaMalloc(&d_sum, 4));
    std::vector<float> h(n * d, 0.5f);
    CK(cudaMemcpy(d_Q, h.data(), n * d * 4, cudaMemcpyHostToDevice));
    CK(cudaMemcpy(d_K, h.data(), n * d * 4, cudaMemcpyHostToDevice));
    CK(cudaMemset(d_sum, 0, 4));
    qk<<<dim3((n + 31) / 32, (n + 7) / 8), dim3(32, 8)>>>(d_Q, d_K, d_S, n, d);
    transpose<32><<<dim3(n / 32, n / 32), dim3(32, 32)>>>(d_S, d_T, n);
    reduce<<<1, 256, 256 * sizeof(float)>>>(d_T, d_sum, n * n);
    CK(cudaGetLastError());
    CK(cudaDeviceSynchronize());
    float s;
    CK(cudaMemcpy(&s, d_sum, 4, cudaMemcpyDeviceToHost));
    printf("sum %g want %g\n", s, 16.0 * n * n);
    cudaFree(d_Q);
    return 0;
}
