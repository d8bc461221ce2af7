/* One case of a backward pass, small, ragged and causal, and its gradients against float64: what one_flash1_backward.cu
 * and one_flash2_backward.cu share. */
#ifndef ONE_BACKWARD_CUH
#define ONE_BACKWARD_CUH
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpu/kernels/reference.c"
#include "gpu/kernels/tile.cuh"

template <int N, int DIM> struct OneBackward {
    enum { ELEMS = N * DIM };
    float host[4][ELEMS]; /* Q, K, V, dO */
    float *q, *k, *v, *d_o, *o, *lse, *sums, *d_q, *d_k, *d_v;
    AttentionSizes sizes;

    static float *room(int elems, const float *from) {
        float *to;
        cudaMalloc(&to, elems * sizeof(float));
        if (from)
            cudaMemcpy(to, from, elems * sizeof(float), cudaMemcpyHostToDevice);
        else
            cudaMemset(to, 0xff, elems * sizeof(float));
        return to;
    }
    void prepare() {
        for (int m = 0; m < 4; m++)
            for (int i = 0; i < ELEMS; i++) host[m][i] = (float)rand() / (float)RAND_MAX * 2 - 1;
        q = room(ELEMS, host[0]), k = room(ELEMS, host[1]), v = room(ELEMS, host[2]), d_o = room(ELEMS, host[3]);
        o = room(ELEMS, NULL), d_q = room(ELEMS, NULL), d_k = room(ELEMS, NULL), d_v = room(ELEMS, NULL);
        lse = room(N, NULL), sums = room(N, NULL);
        sizes = AttentionSizes{N, N, 1, 1, 1 / sqrtf((float)DIM), SEES_ALL, 0};
    }
    static double worst_error(const float *device, const double *want) {
        static float got[ELEMS];
        double worst = 0;
        if (cudaMemcpy(got, device, sizeof got, cudaMemcpyDeviceToHost) != cudaSuccess) return INFINITY;
        for (int i = 0; i < ELEMS; i++)
            if (!(fabs(got[i] - want[i]) <= worst) && !isnan(worst)) worst = fabs(got[i] - want[i]);
        return worst;
    }
    /* The program's exit status. */
    int check() const {
        static double want[3][ELEMS], rows[2 * N];
        ReferenceHead head = {host[0], host[1], host[2], host[3], 1, N, N, DIM, SEES_ALL, 0};
        reference_gradients(&head, want[0], want[1], want[2], rows);
        double errors[] = {worst_error(d_q, want[0]), worst_error(d_k, want[1]), worst_error(d_v, want[2])};
        printf("error of dQ %g, dK %g, dV %g\n", errors[0], errors[1], errors[2]);
        return !(errors[0] < 1e-5 && errors[1] < 1e-5 && errors[2] < 1e-5);
    }
};
#endif
