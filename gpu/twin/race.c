/* Races between the warps of a block on shared memory: two touch one half of a word, one of them writes, and no
 * barrier stands between.
 *
 * A warp's life is cut into intervals by the barriers it comes to. Each two bytes remember the last warp that wrote and
 * read it, with the interval; each warp knows up to which interval of every other it has waited. The block's barrier
 * makes all know all; a barrier of some warps passes on what those knew that came to it. Within a warp nothing is
 * reported: lanes run one after another there, so a missing __syncwarp shows as a wrong result instead. Atomics are
 * exempt. Not modelled: races between blocks; order by barriers in shared memory; two neighbouring bytes are taken for
 * one.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "gpu/twin/request.h"
#include "gpu/twin/state.h"

/* A tag: interval << 6 | several warps << 5 | warp. */
enum { TAG_MANY = 1 << 5, TAG_SHIFT = 6 };
/* What one RaceWord watches: halves may be written by warps that share a word. */
enum { WATCHED_BYTES = 2 };

static RaceWord *reserve(uint64_t span_bytes) {
    void *words = mmap(NULL, span_bytes / WATCHED_BYTES * sizeof(RaceWord) + sizeof(RaceWord), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return words == MAP_FAILED ? NULL : words;
}

bool race_init(RaceShadow *race, uint64_t image_bytes, Err *err) {
    race->image = reserve(image_bytes);
    race->dynamic = reserve(ARRAY_DYNAMIC_SHARED_BYTES);
    race->image_bytes = image_bytes;
    race->is_on = true;
    if (!race->image || !race->dynamic)
        return err_set(err, ERR_OTHER, "cannot reserve memory to watch %llu bytes of shared variables: %s",
                       (unsigned long long)image_bytes, strerror(errno));
    return true;
}

/* The shadow of the first byte of that array's space, so that what watches an offset is at [offset / 2]. */
static RaceWord *shadow_of(RaceShadow *race, uint64_t window_base, uint64_t offset_bytes) {
    if (offset_bytes < race->image_bytes) return race->image;
    uint64_t dynamic_begin = ARRAY_RANGE_BASE - window_base;
    return offset_bytes - dynamic_begin < ARRAY_DYNAMIC_SHARED_BYTES ? race->dynamic - dynamic_begin / WATCHED_BYTES
                                                                     : NULL;
}

void race_join_all(RaceShadow *race) {
    for (int warp = 0; warp < RACE_WARPS_MAX; warp++) race->seen[warp] = race->now;
    for (int warp = 0; warp < RACE_WARPS_MAX; warp++) race->now.interval[warp]++;
    race->epoch++;
}

void race_release(RaceShadow *race, int warp, RaceClock *barrier) {
    for (int other = 0; other < RACE_WARPS_MAX; other++) {
        uint32_t known = other == warp ? race->now.interval[warp] : race->seen[warp].interval[other];
        if (barrier->interval[other] < known) barrier->interval[other] = known;
    }
    race->now.interval[warp]++;
}

void race_acquire(RaceShadow *race, int warp, const RaceClock *barrier) {
    for (int other = 0; other < RACE_WARPS_MAX; other++)
        if (race->seen[warp].interval[other] < barrier->interval[other])
            race->seen[warp].interval[other] = barrier->interval[other];
}

/* Whether what the tag says happened by another warp that `warp` has not waited for since. */
static bool is_unordered(const RaceShadow *race, uint32_t tag, int warp) {
    uint32_t other = tag & (TAG_MANY - 1), interval = tag >> TAG_SHIFT;
    if (other != (uint32_t)warp) return interval > race->seen[warp].interval[other];
    return tag & TAG_MANY && interval == race->now.interval[warp];
}

void race_fence(RaceShadow *race, int warp) { race->fenced.interval[warp] = race->now.interval[warp]++; }
void race_fence_all(RaceShadow *race) {
    for (int warp = 0; warp < RACE_WARPS_MAX; warp++) race_fence(race, warp);
}
void race_forget(RaceShadow *race, uint32_t shared_address, uint32_t size_bytes) {
    memset(&race->dynamic[shared_address / WATCHED_BYTES], 0, size_bytes / WATCHED_BYTES * sizeof(RaceWord));
}
bool race_is_ready(const RaceShadow *race, uint32_t shared_address, int warp) {
    uint32_t tag = race->dynamic[shared_address / WATCHED_BYTES].write_tag;
    return tag >> TAG_SHIFT <= race->fenced.interval[tag & (TAG_MANY - 1)] && !is_unordered(race, tag, warp);
}

/* Whether another warp touched the word in a way that makes this access a race. */
static bool touch(const RaceShadow *race, RaceWord *word, int warp, bool is_store) {
    uint32_t mine = race->now.interval[warp] << TAG_SHIFT | (uint32_t)warp;
    bool is_race = is_unordered(race, word->write_tag, warp);
    if (is_store) {
        is_race |= is_unordered(race, word->read_tag, warp);
        word->write_tag = mine;
    } else {
        word->read_tag = is_unordered(race, word->read_tag, warp) ? mine | TAG_MANY : mine;
    }
    return is_race;
}

static void report(Twin *twin, uint32_t site, uint64_t offset_bytes, int thread) {
    bool is_store = access_site_kind(site) == ACCESS_STORE;
    char who[96];
    twin_describe_thread(twin, thread, who, sizeof who);
    int array = array_find(&twin->arrays, twin_hot.window_base + offset_bytes);
    twin_find(twin, access_site_code(site),
              "race on shared memory: %s %s %s, which another warp %s since the last barrier of both", who,
              is_store ? "writes" : "reads", array < 0 ? "?" : twin->arrays.arrays[array].name,
              is_store ? "touched" : "wrote");
}

void race_check(Twin *twin, const uint64_t *words, const uint8_t *lanes, int lane_count, int warp) {
    uint32_t site = access_site(words[0]);
    if (access_site_kind(site) == ACCESS_ATOMIC) return;
    bool is_store = access_site_kind(site) == ACCESS_STORE;
    RaceWord *shadow = shadow_of(&twin->race, twin_hot.window_base, words[0] & ACCESS_OFFSET_MASK);
    if (!shadow) return; /* global memory */
    uint32_t step_count = (access_site_bytes(site) + WATCHED_BYTES - 1) / WATCHED_BYTES;
    uint64_t previous = UINT64_MAX;
    for (int i = 0; i < lane_count; i++) {
        uint64_t offset_bytes = words[i] & ACCESS_OFFSET_MASK;
        if (offset_bytes == previous) continue; /* a broadcast */
        previous = offset_bytes;
        bool is_race = false;
        for (uint32_t step = 0; step < step_count; step++)
            is_race |= touch(&twin->race, &shadow[offset_bytes / WATCHED_BYTES + step], warp, is_store);
        if (!is_race) continue;
        report(twin, site, offset_bytes, warp * WARP_LANES + lanes[i]);
        return;
    }
}
