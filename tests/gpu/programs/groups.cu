/* Cooperative groups, a launch by cudaLaunchKernel, a launch that cannot be, allocations behind a class. It checks
 * itself. */
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cstdio>
namespace cg = cooperative_groups;
#define LAUNCH(kernel, grid, block) kernel<<<grid, block>>>
__device__ __noinline__ int twice(int x) { return 2 * x; }
__global__ void sum(const int *in, int *out, int n) {
    cg::thread_block block = cg::this_thread_block();
    auto tile = cg::tiled_partition<32>(block);
    int v = 0;
    for (int i = block.thread_rank(); i < n; i += block.size()) v += twice(in[i]) / 2;
    v = cg::reduce(tile, v, cg::plus<int>());
    __shared__ int parts[8];
    if (tile.thread_rank() == 0) parts[tile.meta_group_rank()] = v;
    block.sync();
    if (block.thread_rank() == 0) {
        int s = 0;
        for (int i = 0; i < 8; i++) s += parts[i];
        *out = s;
    }
}
template <class T> class Buffer {
    T *p_;
    size_t n_;

  public:
    explicit Buffer(size_t n) : n_(n) { cudaMalloc(&p_, n * sizeof(T)); }
    ~Buffer() { cudaFree(p_); }
    T *get() { return p_; }
};
__global__ void add(float *a, float b, int n) {
    int i = threadIdx.x;
    if (i < n) a[i] += b;
}
int main() {
    Buffer<int> in(1000), out(1);
    int h[1000];
    for (int i = 0; i < 1000; i++) h[i] = i;
    cudaMemcpy(in.get(), h, sizeof h, cudaMemcpyHostToDevice);
    sum<<<1, 256>>>(in.get(), out.get(), 1000);
    int r;
    cudaMemcpy(&r, out.get(), 4, cudaMemcpyDeviceToHost);
    printf("%d\n", r);
    float *f;
    cudaMalloc(&f, 128);
    cudaMemset(f, 0, 128);
    float b = 2;
    int n = 32;
    void *args[] = {&f, &b, &n};
    cudaLaunchKernel(add, dim3(1), dim3(32), args, 0, nullptr);
    float x;
    cudaMemcpy(&x, f + 31, 4, cudaMemcpyDeviceToHost);
    printf("%g\n", x);
    int g, bs;
    cudaOccupancyMaxPotentialBlockSize(&g, &bs, add, 0, 0);
    LAUNCH(add, 1, 2000)(f, 1, 1);
    printf("%s\n", cudaGetErrorString(cudaGetLastError()));
    return r != 499500;
}
