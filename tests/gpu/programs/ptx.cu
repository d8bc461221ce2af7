/* Inline PTX has no meaning on a CPU. */
__global__ void clocks(unsigned *out) {
    unsigned t;
    /* asm in a comment does not count */
    asm volatile("mov.u32 %0, %%clock;" : "=r"(t));
    out[threadIdx.x] = t;
}
int main() {
    unsigned *out;
    cudaMalloc(&out, 128);
    clocks<<<1, 32>>>(out);
}
