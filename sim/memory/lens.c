/* Steps as requests, requests as bank accesses: see lens.h. */
#include "sim/memory/lens.h"

#include <assert.h>
#include <string.h>

WarpTile lens_tile(const Program *program, const ReplayState *state) {
    const ProgramLeaf *leaf = state->leaf;
    assert(leaf->tensor != TENSOR_NONE);
    const Tensor *tensor = &program->tensors[leaf->tensor];
    TilePlace place = replay_tile(program, state);
    uint64_t first_elem = (place.slice * tensor->rows + place.row_first) * tensor->cols + place.col_first;
    return (WarpTile){.base_bytes = tensor->base_bytes + first_elem * tensor->elem_bytes,
                      .pitch_bytes = tensor->cols * tensor->elem_bytes,
                      .rows = leaf->rows,
                      .row_bytes = leaf->cols * tensor->elem_bytes,
                      .lane_bytes = leaf->lane_bytes};
}

/* One phase: each word goes into the first wavefront in which its bank is free or already serves that very word. */
static int place_phase(LensBanks *banks, int first_wavefront, const uint64_t *address, int lane_first, int lane_end,
                       uint64_t lane_bytes) {
    uint64_t word_of[LENS_WAVEFRONTS_MAX][LENS_BANKS];
    int last_wavefront = first_wavefront;
    for (int lane = lane_first; lane < lane_end; lane++) {
        for (uint64_t byte = 0; byte < lane_bytes; byte += LENS_BANK_BYTES) {
            uint64_t word = (address[lane] + byte) / LENS_BANK_BYTES;
            int bank = (int)(word % LENS_BANKS), wavefront = first_wavefront;
            while (banks->lane[wavefront][bank] >= 0 && word_of[wavefront][bank] != word) wavefront++;
            assert(wavefront < LENS_WAVEFRONTS_MAX);
            if (banks->lane[wavefront][bank] < 0) banks->lane[wavefront][bank] = (signed char)lane;
            word_of[wavefront][bank] = word;
            if (wavefront > last_wavefront) last_wavefront = wavefront;
        }
    }
    return last_wavefront + 1;
}

LensBanks lens_banks(const uint64_t *smem_address, int lane_count, uint64_t lane_bytes) {
    LensBanks banks = {0};
    memset(banks.lane, -1, sizeof banks.lane);
    int lanes_per_phase = lane_bytes >= 16 ? 8 : lane_bytes >= 8 ? 16 : 32;
    for (int lane = 0; lane < lane_count; lane += lanes_per_phase) {
        int end = lane + lanes_per_phase < lane_count ? lane + lanes_per_phase : lane_count;
        banks.wavefront_count = place_phase(&banks, banks.wavefront_count, smem_address, lane, end, lane_bytes);
        banks.phase_count++;
    }
    return banks;
}

LensBanks lens_request_banks(uint64_t request_index, const WarpRequest *request) {
    uint64_t address[WARP_LANES];
    for (int lane = 0; lane < request->lane_count; lane++)
        address[lane] = (request_index * WARP_LANES + (uint64_t)lane) * request->lane_bytes;
    return lens_banks(address, request->lane_count, request->lane_bytes);
}
