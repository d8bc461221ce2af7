/* Lanes that part and meet again: a branch half of the warp takes, a loop of one trip more a lane, float4 loads,
 * a device variable, and a kernel in a header. */
#include "divergent.cuh"

int main() {
    float *x, *y;
    float4 *v;
    cudaMalloc(&x, 4096 * sizeof(float));
    cudaMalloc(&y, 4096 * sizeof(float));
    cudaMalloc(&v, 32 * sizeof(float4));
    half_warp<<<1, 32>>>(x, y);
    triangle<<<1, 32>>>(x, y);
    vectors<<<1, 32>>>(v, y);
    return cudaGetLastError() != cudaSuccess;
}
