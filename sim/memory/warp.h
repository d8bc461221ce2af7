/* Warps: how a tile becomes warp-wide requests, and what each request touches.
 *
 * A block moves a tile in linear order: pieces of lane_bytes run along row 0, then row 1, ...;
 * piece p is moved by thread p % threads in round p / threads. A block has whole warps, so a request
 * is always 32 consecutive pieces (fewer at the tile's end), whatever the number of threads:
 *
 *     row 0   [0 1 2 ... 15][16 17 ... 31]| 32 ...      one row may hold several requests,
 *     row 1   ...  30 31 | 32 33 ...                    one request may span several rows
 *
 * Sectors of a request = distinct 32-byte sectors that its lanes touch (what l1tex__t_sectors counts).
 * Sectors are counted from runs of bytes, never by comparing lanes.
 * All functions here are pure and allocate nothing; nothing can fail.
 * Source of the 32-byte sector, the 128-byte line and 32 banks of 4 bytes: CUDA C++ Programming Guide
 * ("Device Memory Accesses", "Shared Memory"); sector counts agree with a lane-by-lane count (tests/sim/test_warp.c).
 * Not modelled: requests split by the hardware into quarter or half warps (the sectors are the same).
 */
#ifndef SIM_MEMORY_WARP_H
#define SIM_MEMORY_WARP_H
#include <stdint.h>

enum {
    WARP_LANES = 32,
    WARP_SECTOR_BYTES = 32,
    WARP_LINE_BYTES = 128,
    WARP_LANE_MAX_BYTES = 16,
    WARP_MAX_SECTORS = WARP_LANES * 2, /* a misaligned lane touches two */
};

/* A tile in global memory. rows x row_bytes with pitch_bytes >= row_bytes between row starts. */
typedef struct WarpTile {
    uint64_t base_bytes; /* address of the first byte; only base_bytes % 32 matters to the counts */
    uint64_t pitch_bytes;
    uint64_t rows;
    uint64_t row_bytes;  /* a multiple of lane_bytes */
    uint64_t lane_bytes; /* what one lane moves at a time: 1 .. 16 */
} WarpTile;

/* One warp-wide request. */
typedef struct WarpRequest {
    uint64_t lane_bytes;
    int lane_count;                    /* active lanes, the first ones of the warp */
    uint64_t address[WARP_LANES];      /* by lane, first byte */
    int sector_count, line_count;      /* distinct 32-byte sectors and 128-byte lines */
    uint64_t sector[WARP_MAX_SECTORS]; /* their numbers (address / 32), ascending */
} WarpRequest;

/* Requests and sectors of a whole tile, exact; takes time for at most 32 rows, however large the tile. */
void warp_count_tile(const WarpTile *tile, uint64_t *request_count, uint64_t *sector_count);

static inline uint64_t warp_tile_requests(const WarpTile *tile) {
    uint64_t piece_count = tile->rows * (tile->row_bytes / tile->lane_bytes);
    return (piece_count + WARP_LANES - 1) / WARP_LANES;
}
static inline uint64_t warp_tile_sectors(const WarpTile *tile) {
    uint64_t request_count, sector_count;
    warp_count_tile(tile, &request_count, &sector_count);
    return sector_count;
}

/* Request number request_index of the tile, lane by lane. request_index < warp_tile_requests(tile). */
void warp_tile_request(const WarpTile *tile, uint64_t request_index, WarpRequest *request);
#endif
