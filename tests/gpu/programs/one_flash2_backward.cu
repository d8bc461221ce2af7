/* One case of our flash2 backward kernels against float64, small, ragged and causal, for test_mutants.sh. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpu/kernels/flash2_1.cuh"
#include "gpu/kernels/flash2_backward_1.cuh"
#include "gpu/kernels/reference.c"

enum { N = 75, DIM = 32, BR = 64, BC = 32, ELEMS = N * DIM, TILES_R = (N + BR - 1) / BR, TILES_C = (N + BC - 1) / BC };

static float *upload(const float *from) {
    float *to;
    cudaMalloc(&to, ELEMS * sizeof(float));
    if (from)
        cudaMemcpy(to, from, ELEMS * sizeof(float), cudaMemcpyHostToDevice);
    else
        cudaMemset(to, 0xff, ELEMS * sizeof(float));
    return to;
}
static double worst_error(const float *device, const double *want) {
    static float got[ELEMS];
    double worst = 0;
    if (cudaMemcpy(got, device, sizeof got, cudaMemcpyDeviceToHost) != cudaSuccess) return INFINITY;
    for (int i = 0; i < ELEMS; i++)
        if (!(fabs(got[i] - want[i]) <= worst)) worst = fabs(got[i] - want[i]);
    return worst;
}

int main() {
    static float host[4][ELEMS];
    static double want[3][ELEMS], room[2 * N];
    for (int m = 0; m < 4; m++)
        for (int i = 0; i < ELEMS; i++) host[m][i] = (float)rand() / (float)RAND_MAX * 2 - 1;
    float *q = upload(host[0]), *k = upload(host[1]), *v = upload(host[2]), *d_o = upload(host[3]), *o = upload(NULL);
    float *d_q = upload(NULL), *d_k = upload(NULL), *d_v = upload(NULL), *lse, *sums;
    cudaMalloc(&lse, N * sizeof(float));
    cudaMalloc(&sums, N * sizeof(float));
    AttentionSizes s = {N, N, 1, 1, 1 / sqrtf((float)DIM), SEES_ALL, 0};
    flash2_forward<DIM, BR, BC>
        <<<dim3(TILES_R), FLASH2_THREADS, ((BR + 2 * BC) * DIM + BR * BC) * sizeof(float)>>>(q, k, v, o, lse, s);
    flash2_dot<DIM, BR><<<dim3(TILES_R), FLASH2_ROW_THREADS>>>(d_o, o, sums, d_q, s);
    flash2_backward<DIM, BR, BC>
        <<<dim3(TILES_C), FLASH2_BACKWARD_THREADS, 2 * ((BR + BC) * DIM + BR * BC) * sizeof(float)>>>(
            q, k, v, d_o, lse, sums, d_q, d_k, d_v, s);
    ReferenceHead head = {host[0], host[1], host[2], host[3], 1, N, N, DIM, SEES_ALL, 0};
    reference_gradients(&head, want[0], want[1], want[2], room);
    double errors[] = {worst_error(d_q, want[0]), worst_error(d_k, want[1]), worst_error(d_v, want[2])};
    printf("error of dQ %g, dK %g, dV %g\n", errors[0], errors[1], errors[2]);
    return !(errors[0] < 1e-5 && errors[1] < 1e-5 && errors[2] < 1e-5);
}
