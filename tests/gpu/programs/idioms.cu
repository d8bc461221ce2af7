/* What programs in the wild do: managed memory, constant and device variables, templates, streams, events, static
 * shared arrays, histograms, block reductions, float4, printf in a kernel, a launch through a pointer. It checks
 * itself. */
#include <algorithm>
#include <cassert>
#include <chrono>
#include <cuda_runtime.h>
#include <device_launch_parameters.h>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>
using namespace std;
#define CUDA_CHECK(call)                                                                                               \
    do {                                                                                                               \
        cudaError_t err = call;                                                                                        \
        if (err != cudaSuccess) {                                                                                      \
            cerr << "CUDA error at " << __FILE__ << ":" << __LINE__ << " " << cudaGetErrorString(err) << endl;         \
            exit(EXIT_FAILURE);                                                                                        \
        }                                                                                                              \
    } while (0)
#define TILE 16
__constant__ float coef[16];
__device__ int counter;
__device__ float helper(float a, float b) { return fmaf(a, b, 1.0f); }
struct Params {
    int n;
    float alpha;
    const float *x;
    float *y;
};
extern "C" __global__ void saxpy(Params p) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < p.n) {
        p.y[i] = p.alpha * p.x[i] + p.y[i] + coef[i & 15];
        atomicAdd(&counter, 1);
    }
}
template <typename T, int N>
__global__ void __launch_bounds__(256, 2) gemm(const T *__restrict__ A, const T *__restrict__ B, T *C, int n) {
    __shared__ T As[TILE][TILE + 1], Bs[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
    T acc = 0;
    for (int t = 0; t < n / TILE; ++t) {
        As[threadIdx.y][threadIdx.x] = A[row * n + t * TILE + threadIdx.x];
        Bs[threadIdx.y][threadIdx.x] = B[(t * TILE + threadIdx.y) * n + col];
        __syncthreads();
#pragma unroll
        for (int k = 0; k < TILE; ++k) acc += As[threadIdx.y][k] * Bs[k][threadIdx.x];
        __syncthreads();
    }
    C[row * n + col] = acc;
}
__global__ void hist(const unsigned char *data, unsigned int *bins, size_t n) {
    __shared__ unsigned int local[256];
    for (int i = threadIdx.x; i < 256; i += blockDim.x) local[i] = 0;
    __syncthreads();
    for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < n; i += (size_t)gridDim.x * blockDim.x)
        atomicAdd(&local[data[i]], 1u);
    __syncthreads();
    for (int i = threadIdx.x; i < 256; i += blockDim.x)
        if (local[i]) atomicAdd(bins + i, local[i]);
}
__inline__ __device__ float warpReduceSum(float val) {
    for (int offset = warpSize / 2; offset > 0; offset /= 2) val += __shfl_down_sync(0xffffffff, val, offset);
    return val;
}
__inline__ __device__ float blockReduceSum(float val) {
    static __shared__ float shared[32];
    int lane = threadIdx.x % warpSize, wid = threadIdx.x / warpSize;
    val = warpReduceSum(val);
    if (lane == 0) shared[wid] = val;
    __syncthreads();
    val = (threadIdx.x < blockDim.x / warpSize) ? shared[lane] : 0;
    if (wid == 0) val = warpReduceSum(val);
    return val;
}
__global__ void softmaxRow(const float *in, float *out, int cols) {
    const float *r = in + blockIdx.x * cols;
    float m = -FLT_MAX;
    for (int i = threadIdx.x; i < cols; i += blockDim.x) m = max(m, r[i]);
    __shared__ float smax;
    if (threadIdx.x == 0) smax = -1e30f;
    __syncthreads();
    atomicMax((int *)&smax, __float_as_int(m));
    __syncthreads();
    float s = 0;
    for (int i = threadIdx.x; i < cols; i += blockDim.x) s += __expf(r[i] - smax);
    __shared__ float total;
    s = blockReduceSum(s);
    if (!threadIdx.x) total = s;
    __syncthreads();
    for (int i = threadIdx.x; i < cols; i += blockDim.x)
        out[blockIdx.x * cols + i] = __fdividef(__expf(r[i] - smax), total);
}
__global__ void vec4(const float4 *__restrict__ a, float4 *b, int n4) {
    int i = threadIdx.x + blockIdx.x * blockDim.x;
    if (i < n4) {
        float4 v = __ldg(&a[i]);
        v.x *= 2;
        v.y *= 2;
        v.z *= 2;
        v.w *= 2;
        b[i] = v;
    }
}
__global__ void hello() {
    if (threadIdx.x == 0 && blockIdx.x == 0) printf("hello from %d %d\n", blockIdx.x, threadIdx.x);
}
int main(int argc, char *argv[]) {
    int n = 1 << 10;
    size_t bytes = n * sizeof(float);
    float *x, *y;
    CUDA_CHECK(cudaMallocManaged(&x, bytes));
    CUDA_CHECK(cudaMallocManaged((void **)&y, bytes));
    for (int i = 0; i < n; i++) {
        x[i] = 1.0f;
        y[i] = 2.0f;
    }
    float hc[16] = {0};
    CUDA_CHECK(cudaMemcpyToSymbol(coef, hc, sizeof(hc)));
    int zero = 0;
    CUDA_CHECK(cudaMemcpyToSymbol(counter, &zero, sizeof(int)));
    cudaStream_t stream;
    CUDA_CHECK(cudaStreamCreate(&stream));
    cudaEvent_t start, stop;
    cudaEventCreate(&start);
    cudaEventCreate(&stop);
    cudaEventRecord(start, stream);
    Params p{n, 2.0f, x, y};
    saxpy<<<(n + 255) / 256, 256, 0, stream>>>(p);
    cudaEventRecord(stop, stream);
    cudaEventSynchronize(stop);
    float ms = 0;
    cudaEventElapsedTime(&ms, start, stop);
    CUDA_CHECK(cudaDeviceSynchronize());
    assert(y[5] == 4.0f);
    int hcount;
    CUDA_CHECK(cudaMemcpyFromSymbol(&hcount, counter, sizeof(int)));
    assert(hcount == n);
    int m = 64;
    auto A = make_unique<float[]>(m * m);
    fill(A.get(), A.get() + m * m, 1.0f);
    float *dA, *dB, *dC;
    CUDA_CHECK(cudaMalloc(&dA, m * m * 4));
    CUDA_CHECK(cudaMalloc(&dB, m * m * 4));
    CUDA_CHECK(cudaMalloc(&dC, m * m * 4));
    CUDA_CHECK(cudaMemcpy(dA, A.get(), m * m * 4, cudaMemcpyHostToDevice));
    CUDA_CHECK(cudaMemcpyAsync(dB, A.get(), m * m * 4, cudaMemcpyHostToDevice, stream));
    dim3 block(TILE, TILE), grid((m + TILE - 1) / TILE, (m + TILE - 1) / TILE);
    gemm<float, 1><<<grid, block>>>(dA, dB, dC, m);
    CUDA_CHECK(cudaPeekAtLastError());
    vector<float> C(m * m);
    CUDA_CHECK(cudaMemcpy(C.data(), dC, m * m * 4, cudaMemcpyDeviceToHost));
    assert(C[7] == 64);
    unsigned char *dd;
    unsigned *bins;
    cudaMalloc(&dd, 4096);
    cudaMemset(dd, 3, 4096);
    cudaMalloc(&bins, 1024);
    cudaMemset(bins, 0, 1024);
    hist<<<4, 128>>>(dd, bins, 4096);
    unsigned b3;
    cudaMemcpy(&b3, bins + 3, 4, cudaMemcpyDeviceToHost);
    assert(b3 == 4096);
    softmaxRow<<<m, 64>>>(dC, dA, m);
    cudaMemcpy(C.data(), dA, 16, cudaMemcpyDeviceToHost);
    assert(fabs(C[0] * 64 - 1) < 1e-5);
    vec4<<<4, 256>>>(reinterpret_cast<const float4 *>(dA), reinterpret_cast<float4 *>(dB), m * m / 4);
    hello<<<2, 32>>>();
    void (*fp)() = hello;
    fp<<<1, 1>>>();
    cudaDeviceProp prop;
    cudaGetDeviceProperties(&prop, 0);
    cout << prop.name << " " << prop.multiProcessorCount << endl;
    cudaFree(x);
    cudaFree(y);
    cudaStreamDestroy(stream);
    cudaDeviceReset();
    return 0;
}
