/* The L2 curve: which part of a buffer's reads reaches HBM when all SMs sweep it over and over.
 *
 *     fraction = DRAM bytes / L2 bytes
 *       1 |                  ____----   the buffer no longer fits
 *         |              _/
 *       0 |______-----_/
 *         +------|--------|----------   buffer size
 *               C/2       C             an A100 begins to miss at half of its L2: copies on both sides
 *
 * The program behind it is a public microbenchmark (gpu-benches, gpu-l2-cache): two blocks of 1024 threads in
 * flight on each SM; block b reads 32 chunks, chunk number i x R + b mod R with R = buffer / 32 chunks. Chunks are
 * 8 KiB, on Hopper and later 16 KiB.
 *
 * The cache is the engine of l2.h, whose only input is the L2's size. Blocks drift apart, which decides how far the
 * re-reads of one chunk lie apart; the drift model has one set of constants for all GPUs (l2_curve.c).
 * Against measured DRAM/L2 fractions of an A100 of 40 MB (12 sizes) the RMS error is 0.05 at most:
 * tests/sim/test_l2_curve.c. The capacity that fits is the one the driver reports: 60 MB on an H200, whose data sheet
 * says 50. It is not a rule for all Hoppers: an H100's driver reports 50 MB. A GPU whose cc is not 8.0, 9.0 or 10.0 has
 * one partition and misses from the whole size on (an L40 does). Deterministic: the same input gives the same figures.
 * Cost: about 0.1 s a size, more only where --l2 is given far above 100 MB. Not modelled: a miss's longer time (blocks
 * that miss do not fall behind), the L1.
 */
#ifndef SIM_MEMORY_L2_CURVE_H
#define SIM_MEMORY_L2_CURVE_H
#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "sim/machine.h"

typedef struct L2CurveConfig {
    uint64_t l2_bytes;
    int partition_count;
    uint32_t sm_count;
    uint64_t chunk_bytes; /* a multiple of 32 */
} L2CurveConfig;

typedef struct L2CurvePoint {
    uint64_t buffer_bytes, l2_read_bytes, dram_read_bytes; /* the counted part of the run */
    double dram_fraction;
} L2CurvePoint;

/* What the microbenchmark does on this GPU. */
L2CurveConfig l2_curve_config(const Machine *machine);
/* One size. buffer_bytes is a multiple of 32 chunks. Memory for the run comes from arena. */
bool l2_curve_point(L2CurveConfig config, uint64_t buffer_bytes, L2CurvePoint *point, Arena *arena, Err *err);
#endif
