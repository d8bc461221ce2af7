/* What one warp-wide request costs: sectors of global memory, wavefronts of shared memory.
 *
 * Pure functions of the lanes' addresses. Global: the number of distinct 32-byte sectors that the lanes
 * touch. Shared: 32 banks of 4 bytes; lanes are served in groups of 128 bytes (32 lanes of 4 bytes, 16 of
 * 8, 8 of 16); a group takes as many wavefronts as the most distinct words in one bank; a group whose
 * words were all fetched by an earlier group of the request takes none.
 * Not modelled: how hardware may merge groups that overlap in part.
 */
#ifndef GPU_TWIN_REQUEST_H
#define GPU_TWIN_REQUEST_H
#include <stdint.h>

enum { REQUEST_SECTOR_BYTES = 32, REQUEST_BANKS = 32, REQUEST_WORD_BYTES = 4 };

typedef struct RequestShape {
    uint64_t first, last; /* lowest and highest byte address of a lane */
    int64_t stride;       /* between neighbouring lanes, where is_uniform */
    int is_uniform;
} RequestShape;

/* Addresses are of lane_count lanes (1 to 32), lane_bytes each (a power of two up to 16), aligned to it. */
RequestShape request_shape(const uint64_t *addresses, int lane_count);
uint32_t request_sectors(const uint64_t *addresses, int lane_count, uint32_t lane_bytes, const RequestShape *shape);
uint32_t request_wavefronts(const uint64_t *addresses, int lane_count, uint32_t lane_bytes);
/* Wavefronts without any conflict: the groups that the lanes form. */
uint32_t request_wavefronts_ideal(int lane_count, uint32_t lane_bytes);
#endif
