/* A reversal through shared memory that forgets its barrier: a race, and wrong results. */
#include <stdio.h>

__global__ void reverse(float *x) {
    __shared__ float copy[64];
    copy[threadIdx.x] = x[threadIdx.x];
    x[threadIdx.x] = copy[63 - threadIdx.x];
}

int main() {
    float host[64], *device;
    for (int i = 0; i < 64; i++) host[i] = (float)i;
    cudaMalloc(&device, sizeof host);
    cudaMemcpy(device, host, sizeof host, cudaMemcpyHostToDevice);
    reverse<<<1, 64>>>(device);
    cudaMemcpy(host, device, sizeof host, cudaMemcpyDeviceToHost);
    int wrong_count = 0;
    for (int i = 0; i < 64; i++) wrong_count += host[i] != (float)(63 - i);
    printf("%d wrong\n", wrong_count);
    return wrong_count != 0;
}
