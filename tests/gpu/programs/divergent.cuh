__device__ float table[32];

/* x: 16 lanes, 2 sectors; y: all lanes, 4 sectors, one request: the lanes have met again. */
__global__ void half_warp(const float *x, float *y) {
    float a = 0;
    if (threadIdx.x < 16) a = x[threadIdx.x] * table[threadIdx.x];
    y[threadIdx.x] = a;
}

/* Lane i reads x[32 j + i] for j <= i: 32 requests, the j-th of 32 - j lanes. */
__global__ void triangle(const float *x, float *y) {
    float a = 0;
    for (int j = 0; j <= (int)threadIdx.x; j++) a += x[32 * j + threadIdx.x];
    y[threadIdx.x] = a;
}

/* One request of 512 bytes, 16 sectors. */
__global__ void vectors(const float4 *v, float *y) {
    float4 a = v[threadIdx.x];
    y[threadIdx.x] = a.x + a.y + a.z + a.w;
}
