/* One case of our flash2 backward kernels in fp16 against float64, for test_mutants.sh. */
#include "gpu/kernels/flash2_2.cuh"
#include "gpu/kernels/flash2_backward_fp16.cuh"
#include "one_fp16.cuh"

int main() {
    const int n = 139, d = 128, br = 64, bc = 64, forward_bytes = (128 + 2 * 32) * d * 2;
    const int backward_bytes = 2 * ((br + bc) * d + br * bc) * 2;
    static OneFp16Backward<n, d> c;
    c.prepare();
    float *lse = c.room<float>(n), *sums = c.room<float>(n), *dq_sum = c.room<float>(n * d);
    dim3 rows((n + br - 1) / br, 1, 1), keys((n + bc - 1) / bc, 1, 1);
    flash2_fp16_forward<d, 128, 32>
        <<<dim3(2, 1, 1), FLASH2_FP16_THREADS, forward_bytes>>>(c.q, c.k, c.v, c.o, lse, c.sizes);
    poison_shared<<<1, 32, backward_bytes>>>(backward_bytes / 4);
    flash2_dot<d, br><<<rows, FLASH2_ROW_THREADS>>>(c.d_o, c.o, sums, dq_sum, c.sizes);
    flash2_fp16_backward<d, br, bc>
        <<<keys, BACKWARD_THREADS, backward_bytes>>>(c.q, c.k, c.v, c.d_o, lse, sums, dq_sum, c.d_k, c.d_v, c.sizes);
    flash2_convert<d, br><<<rows, FLASH2_ROW_THREADS>>>(dq_sum, c.d_q, c.sizes);
    return !c.are_gradients_right();
}
