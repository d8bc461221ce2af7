/* The probes' kernels on 64 KiB with one marked word, for test_probe.sh. */
#include <stdio.h>

#include "gpu/kernels/probe.cuh"

int main() {
    const unsigned bytes = 4 * PROBE_BLOCK_BYTES, mark = PROBE_MARK;
    uint4 *d_bytes;
    unsigned *d_seen, seen = 0, last = 0;
    cudaMalloc(&d_bytes, bytes);
    cudaMalloc(&d_seen, sizeof *d_seen);
    cudaMemset(d_bytes, PROBE_FILL & 0xff, bytes);
    cudaMemset(d_seen, 0, sizeof *d_seen);
    probe_read<<<4, PROBE_THREADS>>>(d_bytes, d_seen, false); /* meets no mark */
    cudaMemcpy((unsigned *)d_bytes + bytes / 4 - 1, &mark, sizeof mark, cudaMemcpyHostToDevice);
    probe_read<<<4, PROBE_THREADS>>>(d_bytes, d_seen, true);
    probe_write<<<4, PROBE_THREADS>>>(d_bytes);
    cudaMemcpy(&seen, d_seen, sizeof seen, cudaMemcpyDeviceToHost);
    cudaMemcpy(&last, (unsigned *)d_bytes + bytes / 4 - 1, sizeof last, cudaMemcpyDeviceToHost);
    probe_code<<<1, 32>>>(d_seen, 0.5f);
    printf("seen %u, last %x\n", seen, last);
    return 0;
}
