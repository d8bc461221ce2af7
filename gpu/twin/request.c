/* What one warp-wide request costs: see request.h. */
#include "gpu/twin/request.h"

#include <stdbool.h>
#include <string.h>

RequestShape request_shape(const uint64_t *addresses, int lane_count) {
    RequestShape shape = {.first = addresses[0], .last = addresses[lane_count - 1]};
    shape.stride = lane_count > 1 ? (int64_t)(addresses[1] - addresses[0]) : 0;
    uint64_t deviation = 0;
    for (int i = 1; i < lane_count; i++) deviation |= (addresses[i] - addresses[i - 1]) ^ (uint64_t)shape.stride;
    shape.is_uniform = deviation == 0;
    if (shape.is_uniform) {
        if (shape.stride < 0) {
            shape.first = addresses[lane_count - 1];
            shape.last = addresses[0];
        }
        return shape;
    }
    for (int i = 0; i < lane_count; i++) {
        if (addresses[i] < shape.first) shape.first = addresses[i];
        if (addresses[i] > shape.last) shape.last = addresses[i];
    }
    return shape;
}

static uint32_t distinct_sectors(const uint64_t *addresses, int lane_count) {
    uint64_t seen[32];
    int seen_count = 0;
    for (int i = 0; i < lane_count; i++) {
        uint64_t sector = addresses[i] / REQUEST_SECTOR_BYTES;
        int k = seen_count;
        while (k > 0 && seen[k - 1] != sector) k--; /* newest first: neighbours share sectors */
        if (k == 0) seen[seen_count++] = sector;
    }
    return (uint32_t)seen_count;
}

uint32_t request_sectors(const uint64_t *addresses, int lane_count, uint32_t lane_bytes, const RequestShape *shape) {
    if (!shape->is_uniform) return distinct_sectors(addresses, lane_count);
    uint64_t step_bytes = (uint64_t)(shape->stride < 0 ? -shape->stride : shape->stride);
    if (step_bytes >= REQUEST_SECTOR_BYTES) return (uint32_t)lane_count; /* an aligned lane never straddles a sector */
    return (uint32_t)((shape->last + lane_bytes - 1) / REQUEST_SECTOR_BYTES - shape->first / REQUEST_SECTOR_BYTES + 1);
}

uint32_t request_wavefronts_ideal(int lane_count, uint32_t lane_bytes) {
    int group_lanes = lane_bytes <= REQUEST_WORD_BYTES ? 32 : 128 / (int)lane_bytes;
    return (uint32_t)((lane_count + group_lanes - 1) / group_lanes);
}

/* Words that one request has fetched so far, by bank. */
typedef struct BankUse {
    uint64_t words[REQUEST_BANKS][32]; /* a lane adds a word to a bank at most once */
    uint8_t word_count[REQUEST_BANKS];
} BankUse;

static bool bank_add(BankUse *use, uint64_t word) {
    unsigned bank = (unsigned)(word % REQUEST_BANKS);
    int count = use->word_count[bank];
    for (int k = count; k > 0; k--)
        if (use->words[bank][k - 1] == word) return false;
    use->words[bank][count] = word;
    use->word_count[bank]++;
    return true;
}

/* Most requests of 4 bytes a lane have no conflict: then one word a bank is all there is. */
static bool is_conflict_free(const uint64_t *addresses, int lane_count) {
    uint64_t word_in[REQUEST_BANKS] = {0};
    uint32_t used_mask = 0, conflict = 0;
    for (int i = 0; i < lane_count; i++) {
        uint64_t word = addresses[i] / REQUEST_WORD_BYTES;
        unsigned bank = (unsigned)(word % REQUEST_BANKS);
        conflict |= (used_mask >> bank & 1) & (word_in[bank] != word);
        used_mask |= 1u << bank;
        word_in[bank] = word;
    }
    return !conflict;
}

uint32_t request_wavefronts(const uint64_t *addresses, int lane_count, uint32_t lane_bytes) {
    if (lane_bytes <= REQUEST_WORD_BYTES && is_conflict_free(addresses, lane_count)) return 1;
    BankUse use;
    memset(use.word_count, 0, sizeof use.word_count);
    int group_lanes = lane_bytes <= REQUEST_WORD_BYTES ? 32 : 128 / (int)lane_bytes;
    uint32_t words_per_lane = lane_bytes <= REQUEST_WORD_BYTES ? 1 : lane_bytes / REQUEST_WORD_BYTES;
    uint32_t wavefronts = 0;
    for (int begin = 0; begin < lane_count; begin += group_lanes) {
        uint8_t before[REQUEST_BANKS];
        memcpy(before, use.word_count, sizeof before);
        int end = begin + group_lanes < lane_count ? begin + group_lanes : lane_count;
        for (int i = begin; i < end; i++)
            for (uint32_t w = 0; w < words_per_lane; w++) bank_add(&use, addresses[i] / REQUEST_WORD_BYTES + w);
        uint32_t most = 0;
        for (int b = 0; b < REQUEST_BANKS; b++) {
            uint32_t added = (uint32_t)(use.word_count[b] - before[b]);
            if (added > most) most = added;
        }
        wavefronts += most;
    }
    return wavefronts;
}
