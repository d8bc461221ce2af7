/* One case of our flash2 backward kernels against float64, for test_mutants.sh. */
#include "gpu/kernels/flash2_1.cuh"
#include "gpu/kernels/flash2_backward_1.cuh"
#include "one_backward.cuh"

int main() {
    const int n = 75, d = 32, br = 64, bc = 32;
    static OneBackward<n, d> c;
    c.prepare();
    dim3 query_blocks((n + br - 1) / br), key_blocks((n + bc - 1) / bc);
    flash2_forward<d, br, bc><<<query_blocks, FLASH2_THREADS, ((br + 2 * bc) * d + br * bc) * sizeof(float)>>>(
        c.q, c.k, c.v, c.o, c.lse, c.sizes);
    flash2_dot<d, br><<<query_blocks, FLASH2_ROW_THREADS>>>(c.d_o, c.o, c.sums, c.d_q, c.sizes);
    flash2_backward<d, br, bc><<<key_blocks, BACKWARD_THREADS, 2 * ((br + bc) * d + br * bc) * sizeof(float)>>>(
        c.q, c.k, c.v, c.d_o, c.lse, c.sums, c.d_q, c.d_k, c.d_v, c.sizes);
    return c.check();
}
