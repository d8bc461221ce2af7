/* Hopper's barriers, copies by tensor maps and registers: see hopper.h. Products: hopper_product.c. */
#include "gpu/twin/hopper.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gpu/twin/hopper_matrix.h"
#include "gpu/twin/state.h"

enum { ERROR_LAUNCH_FAILURE = 719 };
/* Limits of the PTX ISA: "mbarrier" (transaction count), "cp.async.bulk.tensor" (alignment), "setmaxnreg". */
enum { BYTES_MAX = (1 << 20) - 1, BOX_ALIGNMENT_BYTES = 128, REGISTERS_MIN = 24, REGISTERS_MAX = 256 };
enum { BLOCK_REGISTERS = 65536, BOX_COLUMNS = 64, BOX_ROW_BYTES = 128, PIECE_BYTES = 16, BARRIER_BYTES = 8 };
#define MAP_MAGIC 0x70616d206f687068ull

#define CODE ((uint64_t)(uintptr_t)__builtin_return_address(0) - twin_hot.window_base)

void hopper_fail(Twin *twin, uint64_t code_address, const char *format, ...) {
    char text[300], who[96];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    twin_describe_thread(twin, twin->current, who, sizeof who);
    twin_fail(twin, ERROR_LAUNCH_FAILURE, code_address, "%s: %s", who, text);
    siglongjmp(twin->rescue, 1);
}

static bool is_always(const Twin *twin, const TwinThread *thread) {
    (void)twin, (void)thread;
    return true;
}
static void let_others_run(Twin *twin, uint64_t code) { block_wait_until(twin, is_always, "", code); }

static char *shared_memory(uint32_t address) { return (char *)(uintptr_t)(ARRAY_RANGE_BASE + address); }

void hopper_begin(Twin *twin) {
    Hopper *h = &twin->hopper;
    if (h->is_used) {
        h->barrier_count = h->copy_count = 0;
        memset(h->named, 0, sizeof h->named);
        hopper_begin_products(h);
    }
    race_fence_all(&twin->race);
    uint32_t each = BLOCK_REGISTERS / (uint32_t)twin->thread_count / 8 * 8;
    h->pool_registers = 0;
    for (int warp = 0; warp < HOPPER_WARPS_MAX; warp++)
        h->warps[warp].register_count = each < REGISTERS_MAX ? each : REGISTERS_MAX;
    h->is_used = false;
}

/* Barriers in shared memory. */

static HopperBarrier *find(Hopper *h, uint32_t address) {
    for (int i = 0; i < h->barrier_count; i++)
        if (h->barriers[i].address == address) return &h->barriers[i];
    return NULL;
}

static HopperBarrier *barrier_at(Twin *twin, uint32_t address, uint64_t code) {
    HopperBarrier *b = find(&twin->hopper, address);
    if (!b) hopper_fail(twin, code, "no barrier was made at shared address %u", address);
    if (b->owner != twin->current && b->epoch == twin->race.epoch)
        hopper_fail(twin, code, "the barrier at shared address %u is used before a __syncthreads() after its making",
                    address);
    return b;
}

void hopper_barrier_init(uint32_t address, uint32_t arrival_count) {
    Twin *twin = &twin_now;
    Hopper *h = &twin->hopper;
    h->is_used = true;
    if (address % BARRIER_BYTES || address + BARRIER_BYTES > twin->kernel->dynamic_shared_bytes)
        hopper_fail(twin, CODE, "a barrier cannot lie at shared address %u", address);
    if (arrival_count < 1 || arrival_count > BYTES_MAX)
        hopper_fail(twin, CODE, "a barrier cannot wait for %u arrivals", arrival_count);
    if (find(h, address) || h->barrier_count == HOPPER_BARRIERS_MAX)
        hopper_fail(twin, CODE, "the barrier at shared address %u is made twice", address);
    h->barriers[h->barrier_count++] = (HopperBarrier){.address = address,
                                                      .arrival_count = arrival_count,
                                                      .pending_count = arrival_count,
                                                      .owner = twin->current,
                                                      .epoch = twin->race.epoch};
}

void hopper_barrier_init_fence(void) {
    Hopper *h = &twin_now.hopper;
    for (int i = 0; i < h->barrier_count; i++)
        if (h->barriers[i].owner == twin_now.current) h->barriers[i].is_fenced = true;
}

/* Whether the phase ended. */
static bool end_phase(HopperBarrier *b) {
    if (b->pending_count || b->pending_bytes) return false;
    b->phase++;
    b->pending_count = b->arrival_count;
    return true;
}

void hopper_barrier_arrive(uint32_t address, uint32_t expected_bytes) {
    Twin *twin = &twin_now;
    HopperBarrier *b = barrier_at(twin, address, CODE);
    if (!b->pending_count)
        hopper_fail(twin, CODE, "more than %u threads arrive in one phase of the barrier at shared address %u",
                    b->arrival_count, address);
    b->pending_bytes += expected_bytes;
    if (expected_bytes > BYTES_MAX || b->pending_bytes > BYTES_MAX)
        hopper_fail(twin, CODE, "a barrier cannot wait for %lld bytes", (long long)b->pending_bytes);
    b->pending_count--;
    if (end_phase(b)) let_others_run(twin, CODE);
}

static bool has_phase_ended(const Twin *twin, const TwinThread *thread) {
    for (int i = 0; i < twin->hopper.barrier_count; i++)
        if (twin->hopper.barriers[i].address == thread->wait_values[0])
            return (twin->hopper.barriers[i].phase & 1) != thread->wait_values[1];
    return false;
}

void hopper_barrier_wait(uint32_t address, uint32_t parity) {
    Twin *twin = &twin_now;
    HopperBarrier *b = barrier_at(twin, address, CODE);
    if ((b->phase & 1) != parity) return;
    twin->threads[twin->current].wait_values[0] = address;
    twin->threads[twin->current].wait_values[1] = parity;
    block_wait_until(twin, has_phase_ended, "a phase of the barrier at shared address", CODE);
}

/* Copies by a tensor map. */

const char *hopper_map_make(HopperMap *map, const void *base, int column_count, int row_count, int matrix_count,
                            int box_rows) {
    if ((uintptr_t)base % 16) return "the tensor's address is no multiple of 16";
    if (column_count <= 0 || row_count <= 0 || matrix_count <= 0) return "the tensor is empty";
    if (column_count % 8) return "a row is no multiple of 16 bytes";
    if (box_rows < 1 || box_rows > 256) return "a box has 1 to 256 rows";
    *map = (HopperMap){MAP_MAGIC,           (uint64_t)(uintptr_t)base, (uint64_t)column_count,
                       (uint64_t)row_count, (uint64_t)matrix_count,    (uint64_t)box_rows};
    return NULL;
}

/* The global address of 16 bytes of the box, 0 where they lie outside of the tensor. */
static uint64_t piece_address(const HopperCopy *copy, uint32_t piece) {
    int64_t row = copy->row + (int64_t)(piece / (BOX_ROW_BYTES / PIECE_BYTES));
    int64_t column = copy->column + (int64_t)(piece % (BOX_ROW_BYTES / PIECE_BYTES)) * (PIECE_BYTES / 2);
    const HopperMap *m = &copy->map;
    if (row < 0 || column < 0 || copy->matrix < 0) return 0;
    if ((uint64_t)row >= m->row_count || (uint64_t)column >= m->column_count ||
        (uint64_t)copy->matrix >= m->matrix_count)
        return 0;
    return m->base + (((uint64_t)copy->matrix * m->row_count + (uint64_t)row) * m->column_count + (uint64_t)column) * 2;
}

static uint32_t box_pieces(const HopperCopy *copy) {
    return (uint32_t)copy->map.box_rows * (BOX_ROW_BYTES / PIECE_BYTES);
}

static void count_copy(Twin *twin, const HopperCopy *copy, uint64_t code) {
    uint64_t words[WARP_LANES];
    for (uint32_t first = 0; first < box_pieces(copy); first += WARP_LANES) {
        int count = 0;
        for (uint32_t piece = first; piece < first + WARP_LANES && piece < box_pieces(copy); piece++) {
            uint64_t address = piece_address(copy, piece);
            if (address) words[count++] = access_pack(code, ACCESS_LOAD, 4, address - twin_hot.window_base);
        }
        if (!count) continue;
        TallyResult result = tally_request(twin->kernel, &twin->arrays, &twin->window, words, count);
        if (result.fault != TALLY_OK)
            hopper_fail(twin, code, "a copy reads address %#llx, which is no device memory",
                        (unsigned long long)result.address);
    }
}

static void check_place(Twin *twin, const HopperCopy *copy, uint64_t code) {
    uint32_t end = copy->to + box_pieces(copy) * PIECE_BYTES;
    if (copy->to % BOX_ALIGNMENT_BYTES || end > twin->kernel->dynamic_shared_bytes)
        hopper_fail(twin, code, "a box of %llu rows cannot land at shared address %u",
                    (unsigned long long)copy->map.box_rows, copy->to);
    for (int i = 0; i < twin->hopper.barrier_count; i++)
        if (twin->hopper.barriers[i].address + BARRIER_BYTES > copy->to && twin->hopper.barriers[i].address < end)
            hopper_fail(twin, code, "a box that lands at shared address %u covers a barrier", copy->to);
    for (int i = 0; i < twin->hopper.copy_count; i++) {
        const HopperCopy *other = &twin->hopper.copies[i];
        if (other->to < end && copy->to < other->to + box_pieces(other) * PIECE_BYTES)
            hopper_fail(twin, code, "two copies are on their way to shared address %u", copy->to);
    }
}

void hopper_tensor_load(uint32_t to, const void *map, uint32_t barrier, int column, int row, int matrix) {
    Twin *twin = &twin_now;
    HopperCopy copy = {.to = to, .barrier = barrier, .column = column, .row = row, .matrix = matrix};
    memcpy(&copy.map, map, sizeof copy.map);
    if (copy.map.magic != MAP_MAGIC) hopper_fail(twin, CODE, "a copy is given what is no tensor map");
    if (!barrier_at(twin, barrier, CODE)->is_fenced)
        hopper_fail(twin, CODE, "no fence between the making of a barrier and the first copy that completes on it");
    check_place(twin, &copy, CODE);
    if (twin->hopper.copy_count == HOPPER_COPIES_MAX)
        hopper_fail(twin, CODE, "more than %d copies are on their way", HOPPER_COPIES_MAX);
    count_copy(twin, &copy, CODE);
    race_forget(&twin->race, to, box_pieces(&copy) * PIECE_BYTES);
    memset(shared_memory(to), 0xff, box_pieces(&copy) * (size_t)PIECE_BYTES); /* may land from now on: NaN */
    twin->hopper.copies[twin->hopper.copy_count++] = copy;
}

static void land(Twin *twin, int index) {
    Hopper *h = &twin->hopper;
    HopperCopy copy = h->copies[index];
    memmove(&h->copies[index], &h->copies[index + 1], (size_t)(h->copy_count - index - 1) * sizeof *h->copies);
    h->copy_count--;
    for (uint32_t piece = 0; piece < box_pieces(&copy); piece++) {
        uint64_t from = piece_address(&copy, piece);
        char *to = shared_memory(hopper_swizzle(copy.to + piece * PIECE_BYTES));
        if (from)
            memcpy(to, (const void *)(uintptr_t)from, PIECE_BYTES);
        else
            memset(to, 0, PIECE_BYTES);
    }
    HopperBarrier *b = find(h, copy.barrier);
    b->pending_bytes -= box_pieces(&copy) * PIECE_BYTES;
    end_phase(b);
}

bool hopper_land(Twin *twin) {
    for (int thread = 0; thread < twin->thread_count; thread++) {
        const TwinThread *t = &twin->threads[thread];
        if (t->state != LANE_AT_CONDITION || t->is_over != has_phase_ended) continue;
        for (int i = twin->hopper.copy_count - 1; i >= 0; i--) /* copies land in any order: the newest first */
            if (twin->hopper.copies[i].barrier == t->wait_values[0]) return land(twin, i), true;
    }
    return false;
}

/* Registers and barriers of some warps. */

static bool has_registers(const Twin *twin, const TwinThread *thread) {
    return twin->hopper.pool_registers >= thread->wait_values[0];
}

void hopper_set_registers(uint32_t count, bool is_more) {
    Twin *twin = &twin_now;
    Hopper *h = &twin->hopper;
    HopperWarp *warp = &h->warps[twin->current / WARP_LANES];
    uint64_t code = CODE;
    h->is_used = true;
    if (count % 8 || count < REGISTERS_MIN || count > REGISTERS_MAX ||
        (is_more ? count < warp->register_count : count > warp->register_count))
        hopper_fail(twin, code, "%u registers a thread cannot become %s, %u", warp->register_count,
                    is_more ? "more" : "fewer", count);
    twin_warp_barrier(~0u);
    if (twin_lane() == 0) {
        uint32_t needed = is_more ? (count - warp->register_count) * WARP_LANES : 0;
        twin->threads[twin->current].wait_values[0] = needed;
        if (h->pool_registers < needed) block_wait_until(twin, has_registers, "registers of other warps,", code);
        h->pool_registers += (warp->register_count - count) * WARP_LANES; /* wraps to a subtraction */
        warp->register_count = count;
    }
    twin_warp_barrier(~0u);
}

void hopper_stores_fence(void) {
    twin_warp_barrier(~0u); /* what the lanes stored before is now logged */
    if (twin_lane() == 0) race_fence(&twin_now.race, twin_now.current / WARP_LANES);
}

static bool has_generation_ended(const Twin *twin, const TwinThread *thread) {
    return twin->hopper.named[thread->wait_values[0]].generation != thread->wait_values[1];
}

/* The whole warp arrives. */
static void arrive(Twin *twin, HopperNamed *named, uint32_t thread_count, RaceClock *clock) {
    named->expected_count = thread_count;
    named->arrived_count += WARP_LANES;
    race_release(&twin->race, twin->current / WARP_LANES, clock);
    if (named->arrived_count < thread_count) return;
    named->arrived_count = 0;
    named->generation++;
}

void hopper_named_barrier(uint32_t barrier, uint32_t thread_count, bool is_waiting) {
    Twin *twin = &twin_now;
    uint64_t code = CODE;
    twin->hopper.is_used = true;
    if (barrier < 1 || barrier >= HOPPER_NAMED_MAX || thread_count % WARP_LANES || !thread_count)
        hopper_fail(twin, code, "no barrier %u of %u threads: barriers are 1 to 15, of whole warps", barrier,
                    thread_count);
    HopperNamed *named = &twin->hopper.named[barrier];
    if (named->arrived_count && named->expected_count != thread_count)
        hopper_fail(twin, code, "barrier %u is waited at for %u threads, and for %u", barrier, named->expected_count,
                    thread_count);
    TwinThread *thread = &twin->threads[twin->current];
    thread->wait_values[0] = barrier;
    thread->wait_values[1] = named->generation;
    twin_warp_barrier(~0u); /* what the lanes did before is now logged */
    if (twin_lane() == 0) arrive(twin, named, thread_count, &twin->named_clocks[barrier]);
    if (!is_waiting) return;
    if (named->generation == thread->wait_values[1])
        block_wait_until(twin, has_generation_ended, "the threads of barrier", code);
    race_acquire(&twin->race, twin->current / WARP_LANES, &twin->named_clocks[barrier]);
}

/* The end of a block. */

bool hopper_end(Twin *twin) {
    const Hopper *h = &twin->hopper;
    char what[160] = "";
    for (int i = 1; i < HOPPER_NAMED_MAX; i++)
        if (h->named[i].arrived_count)
            snprintf(what, sizeof what, "%u of %u threads at barrier %d", h->named[i].arrived_count,
                     h->named[i].expected_count, i);
    for (int i = 0; i < h->barrier_count; i++)
        if (h->barriers[i].pending_bytes)
            snprintf(what, sizeof what, "the barrier at shared address %u with %lld bytes to come",
                     h->barriers[i].address, (long long)h->barriers[i].pending_bytes);
    if (h->copy_count) snprintf(what, sizeof what, "%d copies on their way", h->copy_count);
    if (what[0]) {
        twin_fail(twin, ERROR_LAUNCH_FAILURE, 0, "a block ended and left %s", what);
        return false;
    }
    return hopper_end_products(twin);
}
