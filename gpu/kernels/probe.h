/* Probes: kernels that move a known number of bytes, to learn what counters and L2 make of them.
 *
 *     empty       nothing: by one warp, by two blocks on every SM, by one warp with 64 KiB of code
 *     read        each byte once, past L1
 *     write       each byte once
 *     pair        store, then read, of the same bytes in the same order
 *     pair-back   the same, but the last byte stored is the first one read
 *
 * One probe at a time is prepared; kernels are launched as attention.h's are. False means gpu_error() has a sentence.
 */
#ifndef GPU_KERNELS_PROBE_H
#define GPU_KERNELS_PROBE_H
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
/* bytes: a multiple of PROBE_BLOCK_BYTES. Frees the probe before and fills the bytes. */
enum { PROBE_BLOCK_BYTES = 16384 };
bool probe_prepare(const char *name, uint64_t bytes);
int probe_kernel_count(void);
const char *probe_kernel_name(int kernel);
bool probe_launch(int kernel);
/* Whether readers see each of the first, middle and last words, and writers wrote all; *error is 0 or 1. */
bool probe_verify(double *error);
#ifdef __cplusplus
}
#endif
#endif
