/* The warp lens: a step as its warps' requests, and a request's way into shared memory. Pure functions.
 *
 *     step -> WarpTile -> request number r (warp_tile_request) -> 32 lanes, sectors, lines
 *                                                              -> 32 banks, wavefronts
 *
 * A tile lies dense in shared memory, in the order in which its pieces are moved: piece p at p x lane_bytes.
 * Source of banks and phases: CUDA C++ Programming Guide, "Shared Memory" (32 banks of 4 bytes; the same word read by
 * several lanes is broadcast); 8-byte accesses go by half warps, 16-byte accesses by quarter warps.
 * Not modelled: padding and swizzles of a tile in shared memory, asynchronous copies that write it without registers.
 */
#ifndef SIM_MEMORY_LENS_H
#define SIM_MEMORY_LENS_H
#include "sim/memory/warp.h"
#include "sim/replay.h"

enum { LENS_BANKS = 32, LENS_BANK_BYTES = 4, LENS_WAVEFRONTS_MAX = 64 };

/* The tile of a step that moves bytes (its leaf has a tensor), as its block's warps see it. */
WarpTile lens_tile(const Program *program, const ReplayState *state);

/* Which lane each bank serves in each wavefront: the picture of bank conflicts. */
typedef struct LensBanks {
    int phase_count;                                   /* wavefronts without any conflict: 1, 2 or 4 by lane_bytes */
    int wavefront_count;                               /* at least phase_count; the rest is conflicts */
    signed char lane[LENS_WAVEFRONTS_MAX][LENS_BANKS]; /* the first lane served, -1: the bank idles */
} LensBanks;

/* Shared-memory addresses of lanes 0 .. lane_count - 1, each a multiple of lane_bytes. */
LensBanks lens_banks(const uint64_t *smem_address, int lane_count, uint64_t lane_bytes);
/* The same for a request's lanes where the tile lies in shared memory. */
LensBanks lens_request_banks(uint64_t request_index, const WarpRequest *request);
#endif
