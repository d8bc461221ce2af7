/* One case of our standard backward kernels in fp16 against float64, for test_mutants.sh: rows that are streamed. */
#include "gpu/kernels/standard_fp16.cuh"
#include "one_fp16.cuh"

int main() {
    const int n = 90, d = 64, br = 128, bc = 64, chunk_pieces = 16;
    const int scores_bytes = (br + bc) * d * 2, values_bytes = (br + d) * bc * 2, transposed_bytes = (bc + d) * br * 2;
    static OneFp16Backward<n, d> c;
    c.prepare();
    __half *p = c.room<__half>(n * n), *d_p = c.room<__half>(n * n), *d_s = c.room<__half>(n * n);
    dim3 tiles((n + bc - 1) / bc, 1, 1), row_blocks((n + 3) / 4, 1, 1);
    float scale = c.sizes.scale;
    standard_fp16_scores<d, br, bc><<<tiles, STANDARD2_THREADS, scores_bytes>>>(c.q, c.k, d_p, c.sizes, scale);
    standard2_mask<<<tiles, STANDARD2_THREADS>>>((const __half2 *)d_p, (__half2 *)p, c.sizes, br, bc);
    standard2_softmax<<<row_blocks, STANDARD2_ROW_THREADS, 4 * chunk_pieces * 4>>>((const __half2 *)p, (__half2 *)p,
                                                                                   c.sizes, 4, chunk_pieces);
    poison_shared<<<1, 32, transposed_bytes>>>(transposed_bytes / 4);
    standard_fp16_values_transposed<d, br, bc>
        <<<tiles, STANDARD2_THREADS, transposed_bytes>>>(p, c.d_o, c.d_v, c.sizes, 1);
    standard_fp16_scores<d, br, bc><<<tiles, STANDARD2_THREADS, scores_bytes>>>(c.d_o, c.v, d_p, c.sizes, 1);
    standard2_softmax_backward<<<row_blocks, STANDARD2_ROW_THREADS, 8 * chunk_pieces * 4>>>(
        (const __half2 *)p, (const __half2 *)d_p, (__half2 *)d_s, c.sizes, 4, chunk_pieces, 1);
    standard_fp16_values<d, br, bc>
        <<<dim3(1, 1, 1), STANDARD2_THREADS, values_bytes>>>(d_s, c.k, c.d_q, c.sizes, scale);
    standard_fp16_values_transposed<d, br, bc>
        <<<tiles, STANDARD2_THREADS, transposed_bytes>>>(d_s, c.q, c.d_k, c.sizes, scale);
    return !c.are_gradients_right();
}
