/* One case of our flash1 backward kernel against float64, for test_mutants.sh. */
#include "gpu/kernels/flash1_backward_1.cuh"
#include "one_backward.cuh"

int main() {
    const int n = 139, d = 64, bc = 64, br = FLASH1_ROWS;
    static OneBackward<n, d> c;
    c.prepare();
    float *o_partial = c.room(n * d, NULL), *dq_partial = c.room(n * d, NULL);
    flash1_forward<d, bc>
        <<<1, FLASH1_THREADS, (br + 2 * bc) * d * sizeof(float)>>>(c.q, c.k, c.v, c.o, o_partial, c.lse, c.sizes);
    flash1_backward<d, bc><<<1, BACKWARD_THREADS, (2 * (br + bc) * d + br * bc) * sizeof(float)>>>(
        c.q, c.k, c.v, c.o, c.d_o, c.lse, c.sums, c.d_q, dq_partial, c.d_k, c.d_v, c.sizes);
    return c.check();
}
