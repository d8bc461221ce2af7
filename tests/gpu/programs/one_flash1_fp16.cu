/* Two cases of our flash1 kernel in fp16 against float64, for test_mutants.sh: two K/V blocks and a causal mask; one
 * that is not full. */
#include "gpu/kernels/flash1_fp16.cuh"
#include "one_fp16.cuh"

template <int KEYS> bool run(bool is_causal) {
    const int n = 75, d = 64, bc = 128, shared_bytes = (FLASH1_ROWS + 2 * bc) * d * 2;
    static OneFp16<n, KEYS, d> c;
    c.prepare(is_causal);
    poison_shared<<<1, 32, shared_bytes>>>(shared_bytes / 4);
    flash1_fp16_forward<d, bc><<<1, FLASH1_THREADS, shared_bytes>>>(c.q, c.k, c.v, c.o, c.template room<float>(n * d),
                                                                    c.template room<float>(n), c.sizes);
    return c.is_right();
}

int main() {
    bool is_causal_right = run<139>(true), is_one_block_right = run<90>(false);
    return !(is_causal_right && is_one_block_right);
}
