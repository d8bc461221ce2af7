/* One case in fp16, small and ragged, and its result and gradients against float64: what the programs one_*_fp16.cu
 * share. */
#ifndef ONE_FP16_CUH
#define ONE_FP16_CUH
#include <cuda_fp16.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpu/kernels/reference.c"
#include "gpu/kernels/tile.cuh"

/* What an earlier kernel left in shared memory may be NaN. */
__global__ void poison_shared(int words) {
    extern __shared__ float4 shared_tiles[];
    for (int i = threadIdx.x; i < words; i += blockDim.x) reinterpret_cast<unsigned *>(shared_tiles)[i] = 0xffffffffu;
}

template <int QUERIES, int KEYS, int DIM> struct OneFp16 {
    float q_host[QUERIES * DIM], k_host[KEYS * DIM], v_host[KEYS * DIM];
    __half *q, *k, *v, *o;
    AttentionSizes sizes;

    template <class T> static T *room(int count) {
        T *to;
        cudaMalloc(&to, count * sizeof(T));
        cudaMemset(to, 0xff, count * sizeof(T));
        return to;
    }
    static __half *input(float *host, int count) {
        __half *to, *rounded = (__half *)malloc(count * sizeof(__half));
        for (int i = 0; i < count; i++) {
            rounded[i] = __float2half_rn((float)rand() / (float)RAND_MAX * 2 - 1);
            host[i] = __half2float(rounded[i]);
        }
        cudaMalloc(&to, count * sizeof(__half));
        cudaMemcpy(to, rounded, count * sizeof(__half), cudaMemcpyHostToDevice);
        free(rounded);
        return to;
    }
    void prepare(bool is_causal) {
        q = input(q_host, QUERIES * DIM), k = input(k_host, KEYS * DIM), v = input(v_host, KEYS * DIM);
        o = room<__half>(QUERIES * DIM);
        sizes = AttentionSizes{QUERIES, KEYS, 1, 1, 1 / sqrtf((float)DIM), SEES_ALL, is_causal ? 0 : SEES_ALL};
    }
    /* Whether O is right to the precision of fp16: O is at most 1, P and O have 11 bits. */
    bool is_right() const {
        static __half got[QUERIES * DIM];
        double want[DIM], scores[KEYS], worst = 0;
        if (cudaMemcpy(got, o, sizeof got, cudaMemcpyDeviceToHost) != cudaSuccess) return false;
        for (int i = 0; i < QUERIES; i++) {
            ReferenceRow row = {q_host + i * DIM, k_host, v_host, KEYS, DIM, 0, 0};
            reference_keys(i, QUERIES, KEYS, SEES_ALL, sizes.keys_after, &row.first_key, &row.end_key);
            reference_row(&row, want, scores);
            for (int c = 0; c < DIM; c++) {
                double error = fabs(__half2float(got[i * DIM + c]) - want[c]);
                if (!(error <= worst) && !isnan(worst)) worst = error;
            }
        }
        printf("%d keys: error %g\n", KEYS, worst);
        return worst < 1e-3;
    }
};

/* With the backward pass: square, causal. */
template <int N, int DIM> struct OneFp16Backward : OneFp16<N, N, DIM> {
    float do_host[N * DIM];
    __half *d_o, *d_q, *d_k, *d_v;

    void prepare() {
        OneFp16<N, N, DIM>::prepare(true);
        d_o = this->input(do_host, N * DIM);
        d_q = this->template room<__half>(N * DIM);
        d_k = this->template room<__half>(N * DIM);
        d_v = this->template room<__half>(N * DIM);
    }
    /* The largest error over the largest value. */
    static double error(const __half *device, const double *want) {
        static __half got[N * DIM];
        double worst = 0, value = 0;
        if (cudaMemcpy(got, device, sizeof got, cudaMemcpyDeviceToHost) != cudaSuccess) return INFINITY;
        for (int i = 0; i < N * DIM; i++) {
            double error = fabs(__half2float(got[i]) - want[i]);
            if (!(error <= worst)) worst = error;
            value = fmax(value, fabs(want[i]));
        }
        return worst / value;
    }
    bool are_gradients_right() const {
        static double want[3][N * DIM], rows[2 * N];
        ReferenceHead head = {this->q_host, this->k_host, this->v_host, do_host, 1, N, N, DIM, SEES_ALL, 0};
        reference_gradients(&head, want[0], want[1], want[2], rows);
        double errors[] = {error(d_q, want[0]), error(d_k, want[1]), error(d_v, want[2])};
        printf("error of dQ %g, dK %g, dV %g\n", errors[0], errors[1], errors[2]);
        return errors[0] < 1e-3 && errors[1] < 1e-3 && errors[2] < 1e-3;
    }
};
#endif
