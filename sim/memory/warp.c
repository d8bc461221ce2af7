/* A tile -> its warp-wide requests and their sectors, from runs of bytes: see warp.h. */
#include "sim/memory/warp.h"

#include <assert.h>

#include "sim/base/checked.h"

static uint64_t run_sectors(uint64_t first_bytes, uint64_t size_bytes) {
    return (first_bytes + size_bytes - 1) / WARP_SECTOR_BYTES - first_bytes / WARP_SECTOR_BYTES + 1;
}

/* The tile seen as one long row where its rows follow each other without a gap. */
static WarpTile flatten(const WarpTile *tile) {
    WarpTile flat = *tile;
    flat.base_bytes %= WARP_SECTOR_BYTES;
    if (flat.pitch_bytes == flat.row_bytes || flat.rows <= 1) {
        flat.row_bytes *= flat.rows;
        flat.pitch_bytes = flat.row_bytes;
        flat.rows = 1;
    }
    return flat;
}

/* Rows after which both the place of requests in a row and addresses modulo a sector repeat; at most 32:
 * `a` rows bring the pieces to a multiple of 32, and a divides 32; a x pitch then repeats modulo 32
 * after 32 / gcd(32, a x pitch) turns, at most 32 / a. */
static uint64_t period_rows(const WarpTile *tile) {
    uint64_t lanes_rows = WARP_LANES / gcd_u64(WARP_LANES, tile->row_bytes / tile->lane_bytes);
    uint64_t advance_bytes = lanes_rows * (tile->pitch_bytes % WARP_SECTOR_BYTES);
    return lanes_rows * (WARP_SECTOR_BYTES / gcd_u64(WARP_SECTOR_BYTES, advance_bytes));
}

/* Sectors of one request that starts at piece `column` of row `row` and may span rows. Addresses rise from row to
 * row, so two runs share a sector only where the one ends and the next begins. */
static uint64_t spanning_sectors(const WarpTile *tile, uint64_t row, uint64_t column, uint64_t piece_count) {
    uint64_t row_pieces = tile->row_bytes / tile->lane_bytes, sectors = 0, last_sector = UINT64_MAX;
    while (piece_count) {
        uint64_t run_pieces = row_pieces - column < piece_count ? row_pieces - column : piece_count;
        uint64_t first_bytes = tile->base_bytes + row * tile->pitch_bytes + column * tile->lane_bytes;
        uint64_t run_bytes = run_pieces * tile->lane_bytes;
        sectors += run_sectors(first_bytes, run_bytes) - (first_bytes / WARP_SECTOR_BYTES == last_sector);
        last_sector = (first_bytes + run_bytes - 1) / WARP_SECTOR_BYTES;
        piece_count -= run_pieces;
        column = 0;
        row++;
    }
    return sectors;
}

/* Sectors of the requests of the tile's first `rows` rows. Requests that lie wholly in one row all touch equally
 * many: each starts 32 x lane_bytes, a multiple of a sector, after the one before it. */
static uint64_t rows_sectors(const WarpTile *tile, uint64_t rows) {
    uint64_t row_pieces = tile->row_bytes / tile->lane_bytes, piece_count = rows * row_pieces, sectors = 0;
    for (uint64_t piece = 0; piece < piece_count;) {
        uint64_t row = piece / row_pieces, column = piece % row_pieces;
        uint64_t whole_requests = (row_pieces - column) / WARP_LANES;
        if (whole_requests) {
            uint64_t first_bytes = tile->base_bytes + row * tile->pitch_bytes + column * tile->lane_bytes;
            sectors += whole_requests * run_sectors(first_bytes, WARP_LANES * tile->lane_bytes);
            piece += whole_requests * WARP_LANES;
        } else {
            uint64_t left = piece_count - piece, request_pieces = left < WARP_LANES ? left : WARP_LANES;
            sectors += spanning_sectors(tile, row, column, request_pieces);
            piece += request_pieces;
        }
    }
    return sectors;
}

void warp_count_tile(const WarpTile *tile, uint64_t *request_count, uint64_t *sector_count) {
    *request_count = *sector_count = 0;
    if (!tile->rows || !tile->row_bytes) return;
    assert(tile->lane_bytes && tile->lane_bytes <= WARP_LANE_MAX_BYTES && tile->row_bytes % tile->lane_bytes == 0);
    assert(tile->pitch_bytes >= tile->row_bytes || tile->rows == 1);
    *request_count = warp_tile_requests(tile);
    WarpTile flat = flatten(tile);
    uint64_t turn_rows = period_rows(&flat), turns = flat.rows / turn_rows;
    if (turns) *sector_count = turns * rows_sectors(&flat, turn_rows);
    *sector_count += rows_sectors(&flat, flat.rows % turn_rows);
}

/* Appends the sectors of one lane; lanes come in rising order, so only the last sector can repeat. */
static void add_lane_sectors(WarpRequest *request, uint64_t address) {
    uint64_t last = (address + request->lane_bytes - 1) / WARP_SECTOR_BYTES;
    for (uint64_t sector = address / WARP_SECTOR_BYTES; sector <= last; sector++) {
        if (request->sector_count && request->sector[request->sector_count - 1] >= sector) continue;
        uint64_t line = sector * WARP_SECTOR_BYTES / WARP_LINE_BYTES;
        uint64_t line_before = request->sector_count
                                   ? request->sector[request->sector_count - 1] * WARP_SECTOR_BYTES / WARP_LINE_BYTES
                                   : 0;
        request->line_count += !request->sector_count || line != line_before;
        request->sector[request->sector_count++] = sector;
    }
}

void warp_tile_request(const WarpTile *tile, uint64_t request_index, WarpRequest *request) {
    uint64_t row_pieces = tile->row_bytes / tile->lane_bytes, piece_count = tile->rows * row_pieces;
    uint64_t first = request_index * WARP_LANES;
    assert(first < piece_count);
    *request = (WarpRequest){.lane_bytes = tile->lane_bytes};
    for (uint64_t piece = first; piece < piece_count && piece < first + WARP_LANES; piece++) {
        uint64_t address =
            tile->base_bytes + piece / row_pieces * tile->pitch_bytes + piece % row_pieces * tile->lane_bytes;
        request->address[request->lane_count++] = address;
        add_lane_sectors(request, address);
    }
}
