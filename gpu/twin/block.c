/* The scheduler of one block: warps in turn, lanes in turn, each until it has to wait. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gpu/twin/merge.h"
#include "gpu/twin/state.h"

/* cudaErrorIllegalAddress, cudaErrorMisalignedAddress, cudaErrorLaunchFailure: numbers of the CUDA 13 runtime. */
enum { ERROR_ILLEGAL_ADDRESS = 700, ERROR_MISALIGNED_ADDRESS = 716, ERROR_LAUNCH_FAILURE = 719 };

void block_wait(Twin *twin, LaneState state) {
    TwinThread *thread = &twin->threads[twin->current];
    thread->state = state;
    fiber_switch(&thread->fiber, &twin->scheduler);
}

void block_wait_until(Twin *twin, TwinCondition *is_over, const char *wait_for, uint64_t code_address) {
    TwinThread *thread = &twin->threads[twin->current];
    thread->is_over = is_over;
    thread->wait_for = wait_for;
    thread->wait_code = code_address;
    block_wait(twin, LANE_AT_CONDITION);
}

static void thread_main(void) {
    twin_now.body(twin_now.context);
    block_wait(&twin_now, LANE_DONE);
    assert(!"a finished thread was resumed");
}

static void resume(Twin *twin, int thread) {
    int lane = thread % WARP_LANES;
    twin->current = thread;
    twin_hot.log_next = twin->log.words[lane] + twin->log.word_count[lane];
    twin_hot.log_end = twin->log.words[lane] + LOG_WORDS;
    fiber_switch(&twin->scheduler, &twin->threads[thread].fiber);
    twin->log.word_count[lane] = (uint32_t)(twin_hot.log_next - twin->log.words[lane]);
}

static void explain_fault(Twin *twin, const TallyResult *result, int thread, uint32_t site) {
    static const char *const verb[] = {"reads", "writes", "updates"};
    char who[96], where[200] = "no array of the program";
    twin_describe_thread(twin, thread, who, sizeof who);
    int below = array_find_below(&twin->arrays, result->address);
    if (below >= 0) {
        const TwinArray *array = &twin->arrays.arrays[below];
        uint64_t end = array->first_address + array->size_bytes;
        if (result->fault == TALLY_FREED)
            snprintf(where, sizeof where, "%s, which has been freed", array->name);
        else if (result->address < end)
            snprintf(where, sizeof where, "%s at byte %llu of %llu", array->name,
                     (unsigned long long)(result->address - array->first_address),
                     (unsigned long long)array->size_bytes);
        else
            snprintf(where, sizeof where, "%llu bytes past the end of %s (%llu bytes)",
                     (unsigned long long)(result->address - end), array->name, (unsigned long long)array->size_bytes);
    }
    bool is_misaligned = result->fault == TALLY_MISALIGNED;
    twin_fail(twin, is_misaligned ? ERROR_MISALIGNED_ADDRESS : ERROR_ILLEGAL_ADDRESS, access_site_code(site),
              "%s %s %u bytes %s%s", who, verb[access_site_kind(site)], access_site_bytes(site),
              is_misaligned ? "at an address that is no multiple of that: " : "outside: ", where);
}

typedef struct SinkContext {
    Twin *twin;
    int warp;
} SinkContext;

static bool count_request(void *context, const uint64_t *words, const uint8_t *lanes, int lane_count) {
    const SinkContext *sink = context;
    Twin *twin = sink->twin;
    TallyResult result = tally_request(twin->kernel, &twin->arrays, &twin->window, words, lane_count);
    if (result.fault != TALLY_OK) {
        explain_fault(twin, &result, sink->warp * WARP_LANES + lanes[result.lane], access_site(words[0]));
        return false;
    }
    if (twin->race.is_on) race_check(twin, words, lanes, lane_count, sink->warp);
    return true;
}

static uint32_t lanes_in_state(const Twin *twin, int first, int lane_count, LaneState state) {
    uint32_t mask = 0;
    for (int lane = 0; lane < lane_count; lane++)
        if (twin->threads[first + lane].state == state) mask |= 1u << lane;
    return mask;
}

/* Lets those lanes go on whose partners have all come (or are gone). False: none can. */
static bool release_warp(Twin *twin, int first, int lane_count, uint32_t waiting_mask) {
    uint32_t here_mask = waiting_mask | lanes_in_state(twin, first, lane_count, LANE_DONE);
    if (lane_count < WARP_LANES) here_mask |= ~0u << lane_count;
    bool is_any_released = false;
    for (int lane = 0; lane < lane_count; lane++) {
        TwinThread *thread = &twin->threads[first + lane];
        if (!(waiting_mask >> lane & 1) || (thread->wait_mask & ~here_mask)) continue;
        thread->state = LANE_READY;
        thread->partner_mask = waiting_mask;
        is_any_released = true;
    }
    return is_any_released;
}

static bool fail_warp(Twin *twin, int first, int lane_count, uint32_t waiting_mask) {
    uint32_t here_mask = waiting_mask | lanes_in_state(twin, first, lane_count, LANE_DONE);
    int thread = first + __builtin_ctz(waiting_mask);
    char who[96];
    twin_describe_thread(twin, thread, who, sizeof who);
    twin_fail(twin, ERROR_LAUNCH_FAILURE, twin->threads[thread].wait_code,
              "deadlock: %s waits for lanes %#x of its warp, of which lanes %#x wait elsewhere", who,
              twin->threads[thread].wait_mask, twin->threads[thread].wait_mask & ~here_mask);
    return false;
}

/* Lanes whose condition has come go on. */
static void release_conditions(Twin *twin, int first, int lane_count) {
    for (int lane = 0; lane < lane_count; lane++) {
        TwinThread *thread = &twin->threads[first + lane];
        if (thread->state == LANE_AT_CONDITION && thread->is_over(twin, thread)) thread->state = LANE_READY;
    }
}

/* Runs one warp until all its lanes wait for others or are done. *has_moved: whether a lane went on. */
static bool run_warp(Twin *twin, int warp, bool *has_moved) {
    int first = warp * WARP_LANES;
    int lane_count = twin->thread_count - first < WARP_LANES ? twin->thread_count - first : WARP_LANES;
    SinkContext sink = {twin, warp};
    release_conditions(twin, first, lane_count);
    for (;;) {
        for (int lane = 0; lane < lane_count; lane++) {
            if (twin->threads[first + lane].state != LANE_READY) continue;
            *has_moved = true;
            resume(twin, first + lane);
        }
        uint32_t paused_mask = lanes_in_state(twin, first, lane_count, LANE_PAUSED);
        if (!merge_warp(&twin->log, paused_mask, count_request, &sink)) return false;
        for (int lane = 0; lane < lane_count; lane++)
            if (paused_mask >> lane & 1 && twin->log.word_count[lane] < LOG_WORDS)
                twin->threads[first + lane].state = LANE_READY;
        if (paused_mask) continue;
        uint32_t waiting_mask = lanes_in_state(twin, first, lane_count, LANE_AT_WARP);
        if (!waiting_mask) return true;
        if (release_warp(twin, first, lane_count, waiting_mask)) continue;
        if (lanes_in_state(twin, first, lane_count, LANE_AT_CONDITION)) return true; /* partners may still come */
        return fail_warp(twin, first, lane_count, waiting_mask);
    }
}

/* All threads wait at a barrier or are done. Returns how many go on. */
static int release_block(Twin *twin) {
    int waiting_count = 0;
    uint32_t place = 0;
    twin->block_true_count = 0;
    for (int i = 0; i < twin->thread_count; i++) {
        TwinThread *thread = &twin->threads[i];
        if (thread->state != LANE_AT_BLOCK) continue;
        if (waiting_count++ == 0) place = thread->wait_place;
        if (thread->wait_place != place)
            twin_find(twin, thread->wait_code, "threads of one block wait at two different __syncthreads()");
        twin->block_true_count += thread->has_true;
        thread->state = LANE_READY;
    }
    race_join_all(&twin->race);
    return waiting_count;
}

static void begin(Twin *twin) {
    memset(twin->log.word_count, 0, sizeof twin->log.word_count);
    race_join_all(&twin->race);
    for (int i = 0; i < twin->thread_count; i++) {
        TwinThread *thread = &twin->threads[i];
        uint32_t x = (uint32_t)i % twin->block.x, y = (uint32_t)i / twin->block.x % twin->block.y;
        uint32_t z = (uint32_t)i / twin->block.x / twin->block.y;
        thread->index = (uint64_t)x | (uint64_t)y << 32 | (uint64_t)z << 48;
        thread->state = LANE_READY;
        thread->exchange_turn = 0;
        fiber_prepare(&thread->fiber, thread_main);
    }
    hopper_begin(twin);
}

static const TwinThread *first_at_condition(const Twin *twin) {
    for (int i = 0; i < twin->thread_count; i++)
        if (twin->threads[i].state == LANE_AT_CONDITION) return &twin->threads[i];
    return NULL;
}

/* Warps in turn until nobody waits for a condition. */
static bool run_warps(Twin *twin) {
    int warp_count = (twin->thread_count + WARP_LANES - 1) / WARP_LANES;
    for (;;) {
        bool has_moved = false;
        for (int warp = 0; warp < warp_count; warp++)
            if (!run_warp(twin, warp, &has_moved)) return false;
        const TwinThread *waiting = first_at_condition(twin);
        if (!waiting) return true;
        if (has_moved || hopper_land(twin)) continue;
        char who[96];
        twin_describe_thread(twin, (int)(waiting - twin->threads), who, sizeof who);
        twin_fail(twin, ERROR_LAUNCH_FAILURE, waiting->wait_code, "deadlock: %s waits for %s %u, which never comes",
                  who, waiting->wait_for, waiting->wait_values[0]);
        return false;
    }
}

bool block_run(Twin *twin) {
    begin(twin);
    do {
        if (!run_warps(twin)) return false;
    } while (release_block(twin));
    return hopper_end(twin);
}
