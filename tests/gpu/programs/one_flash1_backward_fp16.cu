/* One case of our flash1 backward kernel in fp16 against float64, for test_mutants.sh. */
#include "gpu/kernels/flash1_backward_fp16.cuh"
#include "one_fp16.cuh"

int main() {
    const int n = 139, d = 64, bc = 64, br = FLASH1_ROWS, backward_bytes = (2 * (br + bc) * d + br * bc) * 2;
    static OneFp16Backward<n, d> c;
    c.prepare();
    float *lse = c.room<float>(n), *sums = c.room<float>(n);
    float *o_partial = c.room<float>(n * d), *dq_partial = c.room<float>(n * d);
    flash1_fp16_forward<d, bc>
        <<<1, FLASH1_THREADS, (br + 2 * bc) * d * 2>>>(c.q, c.k, c.v, c.o, o_partial, lse, c.sizes);
    poison_shared<<<1, 32, backward_bytes>>>(backward_bytes / 4);
    flash1_fp16_backward<d, bc><<<1, BACKWARD_THREADS, backward_bytes>>>(c.q, c.k, c.v, c.o, c.d_o, lse, sums, c.d_q,
                                                                         dq_partial, c.d_k, c.d_v, c.sizes);
    return !c.are_gradients_right();
}
