/* The tally of a kernel: see tally.h. */
#include "gpu/twin/tally.h"

#include <stdio.h>
#include <stdlib.h>

#include "gpu/twin/request.h"

static uint32_t slot_of(uint32_t site, int array, uint32_t site_max) {
    uint32_t hash = (site ^ (uint32_t)array * 0x85ebca6bu) * 0x9e3779b1u;
    return (hash >> 7) & (site_max - 1);
}

static SiteCounts *find_slot(SiteCounts *sites, uint32_t site_max, uint32_t site, int array) {
    uint32_t slot = slot_of(site, array, site_max);
    while (sites[slot].request_count && (sites[slot].site != site || sites[slot].array != array))
        slot = (slot + 1) & (site_max - 1);
    return &sites[slot];
}

static void grow(KernelTally *tally) {
    uint32_t site_max = tally->site_max ? 2 * tally->site_max : 256;
    SiteCounts *sites = calloc(site_max, sizeof *sites);
    if (!sites) {
        fprintf(stderr, "hbmscope: out of memory for the counts of %u places in the code\n", site_max);
        exit(1);
    }
    for (uint32_t i = 0; i < tally->site_max; i++)
        if (tally->sites[i].request_count)
            *find_slot(sites, site_max, tally->sites[i].site, tally->sites[i].array) = tally->sites[i];
    free(tally->sites);
    tally->sites = sites;
    tally->site_max = site_max;
}

static SiteCounts *site_counts(KernelTally *tally, uint32_t site, int array, uint64_t address) {
    if (2 * tally->site_used >= tally->site_max) grow(tally);
    SiteCounts *counts = find_slot(tally->sites, tally->site_max, site, array);
    if (!counts->request_count) {
        *counts = (SiteCounts){.site = site, .array = array, .first_address = address, .end_address = address};
        tally->site_used++;
    }
    return counts;
}

/* One request whose lanes all lie in one array. */
static void count(KernelTally *tally, const TwinArray *arrays, int array, uint32_t site, const uint64_t *addresses,
                  int lane_count, const RequestShape *shape) {
    SiteCounts *counts = site_counts(tally, site, array, shape->first);
    uint32_t lane_bytes = access_site_bytes(site);
    counts->access_count += (uint64_t)lane_count;
    counts->request_count++;
    if (shape->first < counts->first_address) counts->first_address = shape->first;
    if (shape->last + lane_bytes > counts->end_address) counts->end_address = shape->last + lane_bytes;
    if (arrays[array].space == ARRAY_GLOBAL) {
        counts->sector_count += request_sectors(addresses, lane_count, lane_bytes, shape);
        return;
    }
    bool is_contiguous = shape->is_uniform && shape->stride == (int64_t)lane_bytes;
    bool is_broadcast = shape->is_uniform && shape->stride == 0 && lane_count > 1;
    uint32_t ideal = request_wavefronts_ideal(lane_count, lane_bytes);
    uint32_t wavefronts = is_broadcast    ? 1
                          : is_contiguous ? ideal
                                          : request_wavefronts(addresses, lane_count, lane_bytes);
    counts->wavefront_count += wavefronts;
    counts->conflict_count += wavefronts > ideal ? wavefronts - ideal : 0;
}

/* Lanes in several arrays (a pointer chosen lane by lane), or a lane at fault: array by array. */
static TallyResult count_apart(KernelTally *tally, const ArrayTable *table, uint64_t image_end, uint32_t site,
                               const uint64_t *addresses, int lane_count) {
    uint32_t lane_bytes = access_site_bytes(site), done_mask = 0;
    for (int i = 0; i < lane_count; i++) {
        if (done_mask >> i & 1) continue;
        int array = array_find(table, addresses[i]);
        if (array < 0 && addresses[i] < image_end) continue; /* a constant of the program */
        if (array < 0) return (TallyResult){TALLY_OUTSIDE, addresses[i], (uint32_t)i};
        const TwinArray *a = &table->arrays[array];
        uint64_t group[32];
        int group_count = 0;
        for (int j = i; j < lane_count; j++) {
            if (addresses[j] - a->first_address >= a->size_bytes) continue;
            done_mask |= 1u << j;
            uint64_t end = addresses[j] - a->first_address + lane_bytes;
            if (end > a->size_bytes) return (TallyResult){TALLY_OUTSIDE, addresses[j], (uint32_t)j};
            if (a->is_freed) return (TallyResult){TALLY_FREED, addresses[j], (uint32_t)j};
            group[group_count++] = addresses[j];
        }
        if (a->space == ARRAY_IGNORED) continue;
        RequestShape shape = request_shape(group, group_count);
        count(tally, table->arrays, array, site, group, group_count, &shape);
    }
    return (TallyResult){0};
}

TallyResult tally_request(KernelTally *tally, const ArrayTable *table, const TallyWindow *window, const uint64_t *words,
                          int lane_count) {
    uint32_t site = access_site(words[0]), lane_bytes = access_site_bytes(site);
    uint64_t addresses[32] = {window->base + (words[0] & ACCESS_OFFSET_MASK)}, bits = addresses[0];
    for (int i = 1; i < lane_count; i++) {
        addresses[i] = window->base + (words[i] & ACCESS_OFFSET_MASK);
        bits |= addresses[i];
    }
    if (bits & (lane_bytes - 1))
        for (int i = 0; i < lane_count; i++)
            if (addresses[i] & (lane_bytes - 1)) return (TallyResult){TALLY_MISALIGNED, addresses[i], (uint32_t)i};
    RequestShape shape = request_shape(addresses, lane_count);
    int array = array_find(table, shape.first);
    if (array >= 0) {
        const TwinArray *a = &table->arrays[array];
        if (!a->is_freed && a->space != ARRAY_IGNORED && shape.last + lane_bytes - a->first_address <= a->size_bytes) {
            count(tally, table->arrays, array, site, addresses, lane_count, &shape);
            return (TallyResult){0};
        }
    }
    return count_apart(tally, table, window->image_end, site, addresses, lane_count);
}
