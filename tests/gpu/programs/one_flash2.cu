/* One case of our flash2 kernel against float64, small and ragged, for test_mutants.sh. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpu/kernels/flash2_1.cuh"

int main() {
    const int n = 75, d = 32, br = 64, bc = 32;
    float *q, *k, *v, *o, *lse;
    cudaMalloc(&q, n * d * sizeof(float));
    cudaMalloc(&k, n * d * sizeof(float));
    cudaMalloc(&v, n * d * sizeof(float));
    cudaMalloc(&o, n * d * sizeof(float));
    cudaMalloc(&lse, n * sizeof(float));
    static float host[3][75 * 32], out[75 * 32];
    for (int m = 0; m < 3; m++)
        for (int i = 0; i < n * d; i++) host[m][i] = (float)rand() / (float)RAND_MAX * 2 - 1;
    cudaMemcpy(q, host[0], sizeof host[0], cudaMemcpyHostToDevice);
    cudaMemcpy(k, host[1], sizeof host[1], cudaMemcpyHostToDevice);
    cudaMemcpy(v, host[2], sizeof host[2], cudaMemcpyHostToDevice);
    AttentionSizes sizes = {n, n, 1, 1, 1 / sqrtf((float)d), SEES_ALL, SEES_ALL};
    flash2_forward<d, br, bc>
        <<<dim3((n + br - 1) / br, 1, 1), FLASH2_THREADS, ((br + 2 * bc) * d + br * bc) * sizeof(float)>>>(q, k, v, o,
                                                                                                           lse, sizes);
    if (cudaMemcpy(out, o, sizeof out, cudaMemcpyDeviceToHost) != cudaSuccess) return 1;
    double worst = 0;
    for (int i = 0; i < n; i++) {
        double p[75], m = -1e300, l = 0;
        for (int j = 0; j < n; j++) {
            p[j] = 0;
            for (int c = 0; c < d; c++) p[j] += (double)host[0][i * d + c] * host[1][j * d + c];
            p[j] /= sqrt((double)d);
            m = fmax(m, p[j]);
        }
        for (int j = 0; j < n; j++) l += p[j] = exp(p[j] - m);
        for (int c = 0; c < d; c++) {
            double sum = 0;
            for (int j = 0; j < n; j++) sum += p[j] / l * host[2][j * d + c];
            double error = fabs(sum - out[i * d + c]);
            if (!(error <= worst) && !isnan(worst)) worst = error;
        }
    }
    printf("error %g\n", worst);
    return !(worst < 1e-5);
}
