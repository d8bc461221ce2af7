/* Launches, device memory and what threads ask of each other: see twin.h. */
#include "gpu/twin/twin.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/twin/report.h"
#include "gpu/twin/state.h"

extern int hbm_last_launch_error;
Twin twin_now;
int hbm_last_launch_error; /* what cudaGetLastError gives back; set by the stand-in headers */

/* Set by the linker: the first byte of the program and the end of its variables. */
extern char __executable_start[], _end[];

enum {
    ERROR_INVALID_VALUE = 1,
    ERROR_INVALID_CONFIGURATION = 9,
    ERROR_ILLEGAL_ADDRESS = 700,
    ERROR_LAUNCH_FAILURE = 719
};

static uint64_t packed(TwinDim dim) { return (uint64_t)dim.x | (uint64_t)dim.y << 32 | (uint64_t)dim.z << 48; }

static void crash(int signal_number, siginfo_t *info, void *context);

/* A kernel that follows a bad pointer crashes; the handler runs on its own stack and goes back to the launch. */
static void catch_crashes(void) {
    static char stack[64 * 1024];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    struct sigaction action = {.sa_sigaction = crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

static bool reserve_stacks(Twin *twin, Err *err) {
    char *stacks = fiber_reserve_stacks(err);
    for (int i = 0; stacks && i < FIBER_COUNT_MAX; i++)
        twin->threads[i].fiber.stack = stacks + (size_t)(i + 1) * FIBER_STACK_BYTES;
    return stacks != NULL;
}

static Twin *ready(void) {
    Twin *twin = &twin_now;
    if (twin->is_ready) return twin;
    Err err = {0};
    uint64_t base = (uint64_t)(uintptr_t)__executable_start, end = (uint64_t)(uintptr_t)_end;
    bool is_ok =
        array_table_init(&twin->arrays, &err) && reserve_stacks(twin, &err) && race_init(&twin->race, end - base, &err);
    if (is_ok && end > ARRAY_RANGE_BASE)
        is_ok = err_set(&err, ERR_OTHER, "the program must be linked with -no-pie, below 4 GiB");
    if (!is_ok) {
        fprintf(stderr, "hbmscope: %s\n", err.text);
        exit(1);
    }
    twin->window = (TallyWindow){base, end};
    twin_hot.window_base = base;
    twin_hot.stacks_base =
        (uint64_t)(uintptr_t)twin->threads[0].fiber.stack - FIBER_STACK_BYTES; /* and the scratch below */
    twin->is_ready = true;
    if (getenv(REPORT_VARIABLE)) atexit(report_write);
    return twin;
}

void twin_describe_thread(const Twin *twin, int thread, char *out, size_t out_bytes) {
    uint64_t b = twin->block_index, t = twin->threads[thread].index;
    snprintf(out, out_bytes, "block (%u, %u, %u), thread (%u, %u, %u)", (unsigned)b, (unsigned)(b >> 32 & 0xffff),
             (unsigned)(b >> 48), (unsigned)t, (unsigned)(t >> 32 & 0xffff), (unsigned)(t >> 48));
}

static void find(Twin *twin, uint64_t code_address, const char *format, va_list arguments) {
    const char *kernel = twin->kernel ? twin->kernel->name : "";
    for (int i = 0; i < twin->finding_count; i++)
        if (twin->findings[i].code_address == code_address && strcmp(twin->findings[i].kernel, kernel) == 0) return;
    if (twin->finding_count == TWIN_FINDINGS_MAX) return;
    TwinFinding *finding = &twin->findings[twin->finding_count++];
    snprintf(finding->kernel, sizeof finding->kernel, "%s", kernel);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    finding->code_address = code_address;
}

void twin_find(Twin *twin, uint64_t code_address, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    find(twin, code_address, format, arguments);
    va_end(arguments);
}

void twin_fail(Twin *twin, int error, uint64_t code_address, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(twin->error_text, sizeof twin->error_text, format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    find(twin, code_address, format, arguments);
    va_end(arguments);
    twin->error = error;
}

void twin_touch_outside(const void *address, unsigned kind, uint64_t code_address) {
    Twin *twin = &twin_now;
    char who[96];
    twin_describe_thread(twin, twin->current, who, sizeof who);
    twin_fail(twin, ERROR_ILLEGAL_ADDRESS, code_address, "%s %s address %p, which is no device memory", who,
              kind == ACCESS_LOAD ? "reads" : "writes", address);
    siglongjmp(twin->rescue, 1);
}

static void crash(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    Twin *twin = &twin_now;
    if (!twin_hot.window_bytes) { /* the host part crashed: as it would without us */
        signal(signal_number, SIG_DFL);
        raise(signal_number);
        return;
    }
    char who[96];
    twin_describe_thread(twin, twin->current, who, sizeof who);
    twin_fail(twin, ERROR_ILLEGAL_ADDRESS, 0, "%s crashed at address %p", who, info->si_addr);
    siglongjmp(twin->rescue, 1);
}

static KernelTally *tally_of(Twin *twin, const char *name) {
    for (int i = 0; i < twin->kernel_count; i++)
        if (strncmp(twin->kernels[i].name, name, TALLY_NAME_BYTES - 1) == 0) return &twin->kernels[i];
    if (twin->kernel_count == TWIN_KERNELS_MAX) return NULL;
    KernelTally *tally = &twin->kernels[twin->kernel_count++];
    snprintf(tally->name, sizeof tally->name, "%s", name);
    return tally;
}

static bool run_grid(Twin *twin, uint64_t shared_bytes) {
    for (uint32_t z = 0; z < twin->grid.z; z++)
        for (uint32_t y = 0; y < twin->grid.y; y++)
            for (uint32_t x = 0; x < twin->grid.x; x++) {
                twin->block_index = packed((TwinDim){x, y, z});
                memset((void *)ARRAY_RANGE_BASE, 0xff,
                       shared_bytes); /* NaN: what no thread wrote must not look like 0 */
                if (!block_run(twin)) return false;
            }
    return true;
}

static bool is_possible(TwinDim grid, TwinDim block, uint64_t shared_bytes) {
    uint64_t thread_count = (uint64_t)block.x * block.y * block.z;
    return grid.x && grid.y && grid.z && grid.x < 1u << 31 && grid.y < 65536 && grid.z < 65536 && thread_count &&
           thread_count <= FIBER_COUNT_MAX && block.z <= 64 && shared_bytes <= ARRAY_DYNAMIC_SHARED_BYTES;
}

int twin_launch(const char *kernel_name, TwinDim grid, TwinDim block, uint64_t shared_bytes,
                void (*body)(void *context), void *context) {
    Twin *twin = ready();
    if (twin->error) return twin->error;
    if (!is_possible(grid, block, shared_bytes)) return ERROR_INVALID_CONFIGURATION;
    twin->kernel = tally_of(twin, kernel_name);
    if (!twin->kernel) return ERROR_INVALID_VALUE;
    twin->kernel->launch_count++;
    twin->kernel->block_count += (uint64_t)grid.x * grid.y * grid.z;
    twin->kernel->threads_per_block = block.x * block.y * block.z;
    twin->kernel->dynamic_shared_bytes = shared_bytes;
    twin->body = body;
    twin->context = context;
    twin->grid = grid;
    twin->block = block;
    twin->grid_size = packed(grid);
    twin->block_size = packed(block);
    twin->thread_count = (int)twin->kernel->threads_per_block;
    catch_crashes();
    twin_hot.window_bytes = ARRAY_RANGE_BASE + twin->arrays.range_bytes - twin->window.base;
    if (sigsetjmp(twin->rescue, 1) == 0) run_grid(twin, shared_bytes);
    twin_hot.window_bytes = 0;
    twin->kernel = NULL;
    return twin->error;
}

void *twin_scratch(void) { return ready()->threads[0].fiber.stack - FIBER_STACK_BYTES; }

uint64_t twin_thread_index(void) { return twin_now.threads[twin_now.current].index; }
uint64_t twin_block_index(void) { return twin_now.block_index; }
uint64_t twin_block_size(void) { return twin_now.block_size; }
uint64_t twin_grid_size(void) { return twin_now.grid_size; }
uint32_t twin_lane(void) { return (uint32_t)twin_now.current % WARP_LANES; }

#define CODE ((uint64_t)(uintptr_t)__builtin_return_address(0) - twin_hot.window_base)

static void wait_for_block(uint32_t place, bool has_true, uint64_t code) {
    TwinThread *thread = &twin_now.threads[twin_now.current];
    thread->wait_code = code;
    thread->wait_place = place;
    thread->has_true = has_true;
    block_wait(&twin_now, LANE_AT_BLOCK);
}
void twin_block_barrier(uint32_t place) { wait_for_block(place, false, CODE); }
uint32_t twin_block_count(int is_true, uint32_t place) {
    wait_for_block(place, is_true != 0, CODE);
    return twin_now.block_true_count;
}

static TwinThread *wait_for_lanes(uint32_t lane_mask, uint64_t code) {
    TwinThread *thread = &twin_now.threads[twin_now.current];
    thread->wait_mask = lane_mask;
    thread->wait_code = code;
    block_wait(&twin_now, LANE_AT_WARP);
    return thread;
}
void twin_warp_barrier(uint32_t lane_mask) { wait_for_lanes(lane_mask, CODE); }

uint64_t twin_shuffle(uint32_t lane_mask, uint64_t value, uint32_t source_lane) {
    TwinThread *thread = &twin_now.threads[twin_now.current];
    uint32_t turn = thread->exchange_turn ^= 1;
    thread->exchange[turn] = value;
    wait_for_lanes(lane_mask, CODE);
    uint32_t source = source_lane % WARP_LANES;
    if (!(lane_mask & thread->partner_mask & 1u << source)) return value;
    return twin_now.threads[twin_now.current - twin_now.current % WARP_LANES + (int)source].exchange[turn];
}

void twin_share(uint64_t value, uint64_t *values) {
    TwinThread *thread = &twin_now.threads[twin_now.current], *first = thread - twin_now.current % WARP_LANES;
    uint32_t turn = thread->exchange_turn ^= 1;
    thread->exchange[turn] = value;
    wait_for_lanes(~0u, CODE);
    for (int lane = 0; lane < WARP_LANES; lane++) values[lane] = first[lane].exchange[turn];
}

uint32_t twin_ballot(uint32_t lane_mask, int is_true) {
    TwinThread *thread = &twin_now.threads[twin_now.current];
    uint32_t turn = thread->exchange_turn ^= 1, bits = 0;
    thread->exchange[turn] = is_true != 0;
    wait_for_lanes(lane_mask, CODE);
    int first = twin_now.current - twin_now.current % WARP_LANES;
    for (int lane = 0; lane < WARP_LANES; lane++)
        if (lane_mask & thread->partner_mask & 1u << lane && twin_now.threads[first + lane].exchange[turn])
            bits |= 1u << lane;
    return bits;
}

uint32_t twin_active_lanes(void) {
    int first = twin_now.current - twin_now.current % WARP_LANES;
    uint32_t mask = 0;
    for (int lane = 0; lane < WARP_LANES && first + lane < twin_now.thread_count; lane++)
        if (twin_now.threads[first + lane].state != LANE_DONE) mask |= 1u << lane;
    return mask;
}

void *twin_malloc(uint64_t size_bytes, const char *name) { return array_allocate(&ready()->arrays, size_bytes, name); }
bool twin_free(void *address) { return array_free(&ready()->arrays, address); }
bool twin_is_device_address(const void *address) {
    Twin *twin = ready();
    int found = array_find(&twin->arrays, (uint64_t)(uintptr_t)address);
    return found >= 0 && twin->arrays.arrays[found].space == ARRAY_GLOBAL;
}
bool twin_is_device_span(const void *address, uint64_t size_bytes) {
    Twin *twin = ready();
    int found = array_find(&twin->arrays, (uint64_t)(uintptr_t)address);
    if (found < 0) return false;
    const TwinArray *array = &twin->arrays.arrays[found];
    return !array->is_freed && array->space == ARRAY_GLOBAL &&
           size_bytes <= array->size_bytes - ((uint64_t)(uintptr_t)address - array->first_address);
}

int twin_error(void) { return twin_now.error; }
const char *twin_error_text(void) { return twin_now.error_text; }
void twin_clear_error(void) {
    twin_now.error = 0;
    twin_now.error_text[0] = 0;
}

int twin_kernel_count(void) { return twin_now.kernel_count; }
const KernelTally *twin_kernel(int index) {
    assert(index >= 0 && index < twin_now.kernel_count);
    return &twin_now.kernels[index];
}
const ArrayTable *twin_arrays(void) { return &ready()->arrays; }
int twin_finding_count(void) { return twin_now.finding_count; }
const TwinFinding *twin_finding(int index) {
    assert(index >= 0 && index < twin_now.finding_count);
    return &twin_now.findings[index];
}
uint64_t twin_code_base(void) { return ready()->window.base; }
void twin_reset_counts(void) {
    for (int i = 0; i < twin_now.kernel_count; i++) free(twin_now.kernels[i].sites);
    memset(twin_now.kernels, 0, sizeof twin_now.kernels);
    twin_now.kernel_count = twin_now.finding_count = 0;
}
void twin_check_races(bool is_on) { ready()->race.is_on = is_on; }
