/* Reads one element past the end of an array. */
__global__ void shift(const float *from, float *to, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) to[i] = from[i + 1];
}
int main() {
    const int n = 100;
    float *from, *to;
    cudaMalloc(&from, n * sizeof(float));
    cudaMalloc(&to, n * sizeof(float));
    shift<<<(n + 31) / 32, 32>>>(from, to, n);
    return cudaDeviceSynchronize() != cudaSuccess;
}
