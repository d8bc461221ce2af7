/* Two cases of our standard kernels in fp16 against float64, for test_mutants.sh: two halves a lane, rows that are
 * kept, one tile that is not full; one half a lane, rows that are streamed, several tiles. */
#include "gpu/kernels/standard_fp16.cuh"
#include "one_fp16.cuh"

template <int KEYS, int BC, class Piece> bool run(int chunk_pieces) {
    const int n = 75, d = 64, br = 64, bc = BC, shared_bytes = (br + d) * bc * 2;
    static OneFp16<n, KEYS, d> c;
    c.prepare(true);
    __half *scores = c.template room<__half>(n * KEYS), *masked = c.template room<__half>(n * KEYS);
    dim3 tiles((KEYS + bc - 1) / bc, (n + br - 1) / br, 1);
    standard_fp16_scores<d, br, bc>
        <<<tiles, STANDARD2_THREADS, (br + bc) * d * 2>>>(c.q, c.k, scores, c.sizes, c.sizes.scale);
    standard2_mask<<<tiles, STANDARD2_THREADS>>>((const Piece *)scores, (Piece *)masked, c.sizes, br, bc);
    standard2_softmax<<<dim3((n + 3) / 4, 1, 1), STANDARD2_ROW_THREADS, 4 * chunk_pieces * sizeof(Piece)>>>(
        (const Piece *)masked, (Piece *)masked, c.sizes, 4, chunk_pieces);
    poison_shared<<<1, 32, shared_bytes>>>(shared_bytes / 4);
    standard_fp16_values<d, br, bc>
        <<<dim3(tiles.y, 1, 1), STANDARD2_THREADS, shared_bytes>>>(masked, c.v, c.o, c.sizes, 1);
    return c.is_right();
}

int main() {
    bool is_even_right = run<90, 128, __half2>(45), is_odd_right = run<91, 32, __half>(32);
    return !(is_even_right && is_odd_right);
}
