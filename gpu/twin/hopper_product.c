/* Hopper's products of a warpgroup, warp by warp: see hopper.h. */
#include <string.h>

#include "gpu/twin/hopper_matrix.h"
#include "gpu/twin/state.h"

enum { ERROR_LAUNCH_FAILURE = 719, WARPGROUP_WARPS = 4 };
#define POISON_BITS 0x7fc0deadu /* NaN: what a program finds in registers that a product owns */

#define CODE ((uint64_t)(uintptr_t)__builtin_return_address(0) - twin_hot.window_base)

void hopper_begin_products(Hopper *h) {
    for (int w = 0; w < HOPPER_WARPS_MAX; w++) {
        HopperWarp *warp = &h->warps[w];
        warp->done_count = 0;
        warp->fenced_mask = 0;
        memset(warp->issued_count, 0, sizeof warp->issued_count);
        memset(warp->group_count, 0, sizeof warp->group_count);
        for (int r = 0; r < HOPPER_RESULTS_MAX; r++) warp->results[r].product_count = 0;
    }
    memset(h->histories, 0, sizeof h->histories);
}

static HopperWarp *this_warp(Twin *twin) { return &twin->hopper.warps[twin->current / WARP_LANES]; }

bool hopper_end_products(Twin *twin) {
    for (int w = 0; w * WARP_LANES < twin->thread_count; w++)
        for (int r = 0; r < HOPPER_RESULTS_MAX; r++)
            if (twin->hopper.warps[w].results[r].product_count) {
                twin_fail(twin, ERROR_LAUNCH_FAILURE, 0, "a block ended and left products of warp %d on their way", w);
                return false;
            }
    return true;
}

/* Issue. */

/* The registers' owner among results under way, -1 if there is none. */
static int result_of(const HopperWarp *warp, int lane, const float *d) {
    for (int r = 0; r < HOPPER_RESULTS_MAX; r++)
        if (warp->results[r].product_count && warp->results[r].d[lane] == d) return r;
    return -1;
}

static int free_result(const HopperWarp *warp) {
    int r = 0;
    while (r < HOPPER_RESULTS_MAX && warp->results[r].product_count) r++;
    return r;
}

/* This lane's registers are given to a result: their values are taken, and NaN is left. */
static void take_registers(HopperResult *result, int lane, float *d, uint32_t n) {
    const uint32_t poison = POISON_BITS;
    result->d[lane] = d;
    for (uint32_t i = 0; i < n / 2; i++) {
        result->value[lane][i] = d[i];
        memcpy(&d[i], &poison, sizeof poison);
    }
}

/* The four warps of a warpgroup must issue the same: the first to come is remembered. */
static void check_warpgroup(Twin *twin, uint64_t index, uint64_t descriptor_b, uint64_t code) {
    HopperHistory *history = &twin->hopper.histories[twin->current / WARP_LANES / WARPGROUP_WARPS];
    uint64_t slot = index % HOPPER_HISTORY;
    if (history->index[slot] > index + 1) return; /* the others are far ahead */
    if (history->index[slot] == index + 1 && history->descriptor_b[slot] != descriptor_b)
        hopper_fail(twin, code, "warps of one warpgroup issue different products");
    history->index[slot] = index + 1;
    history->descriptor_b[slot] = descriptor_b;
}

static void check_descriptor(Twin *twin, uint64_t descriptor, uint64_t code) {
    HopperMatrix m = hopper_matrix_decode(descriptor);
    if (m.swizzle != HOPPER_SWIZZLE_128 || m.base_offset)
        hopper_fail(twin, code, "swizzle mode %u with base offset %u of a matrix in shared memory is not modelled",
                    m.swizzle, m.base_offset);
}

static bool is_same(const HopperProduct *p, const HopperProduct *q) {
    return p->descriptor_a == q->descriptor_a && p->descriptor_b == q->descriptor_b && p->n == q->n &&
           p->has_registers == q->has_registers && p->is_b_k_major == q->is_b_k_major && p->is_sum == q->is_sum;
}

/* The slot of this lane's next product, which the first lane to come fills. */
static HopperProduct *enqueue(Twin *twin, HopperWarp *warp, int lane, const HopperProduct *product, uint64_t code) {
    uint64_t index = warp->issued_count[lane]++;
    if (index - warp->done_count >= HOPPER_PRODUCTS_MAX)
        hopper_fail(twin, code, "more than %d products of a warp are on their way", HOPPER_PRODUCTS_MAX);
    HopperProduct *slot = &warp->products[index % HOPPER_PRODUCTS_MAX];
    bool is_first = true;
    for (int l = 0; l < WARP_LANES; l++) is_first &= l == lane || warp->issued_count[l] <= index;
    if (is_first) {
        *slot = *product;
        slot->lane_mask = 0;
        slot->result = -1;
        check_warpgroup(twin, index, product->descriptor_b, code);
    } else if (!is_same(slot, product)) {
        hopper_fail(twin, code, "lanes of a warp issue different products");
    }
    slot->lane_mask |= 1u << lane;
    return slot;
}

/* The result that the product adds to: the registers' owner, or one of their own. */
static void attach(Twin *twin, HopperWarp *warp, int lane, HopperProduct *product, float *d, uint64_t code) {
    int owner = result_of(warp, lane, d);
    bool is_first = product->result < 0;
    if (is_first) product->result = owner >= 0 ? owner : free_result(warp);
    if (product->result == HOPPER_RESULTS_MAX)
        hopper_fail(twin, code, "more than %d results of a warp are on their way", HOPPER_RESULTS_MAX);
    HopperResult *result = &warp->results[product->result];
    if (is_first && owner < 0) memset(result->d, 0, sizeof result->d);
    if (owner < 0) take_registers(result, lane, d, product->n);
    if (result->product_count && result->n != product->n)
        hopper_fail(twin, code, "two products of different shapes add to the same registers");
    result->n = product->n;
    result->product_count += is_first;
}

void hopper_product(float *d, uint32_t n, const uint32_t *a, uint64_t descriptor_a, uint64_t descriptor_b,
                    bool is_b_k_major, bool is_sum) {
    Twin *twin = &twin_now;
    HopperWarp *warp = this_warp(twin);
    int lane = (int)twin_lane();
    twin->hopper.is_used = true;
    if (!(warp->fenced_mask >> lane & 1))
        hopper_fail(twin, CODE, "no fence before a product, and registers may have been written since the last wait");
    if (!a) check_descriptor(twin, descriptor_a, CODE);
    check_descriptor(twin, descriptor_b, CODE);
    HopperProduct product = {.descriptor_a = descriptor_a,
                             .descriptor_b = descriptor_b,
                             .n = n,
                             .group = warp->group_count[lane],
                             .has_registers = a != NULL,
                             .is_b_k_major = is_b_k_major,
                             .is_sum = is_sum};
    HopperProduct *slot = enqueue(twin, warp, lane, &product, CODE);
    slot->a[lane] = a;
    if (a) memcpy(slot->a_value[lane], a, sizeof slot->a_value[lane]);
    attach(twin, warp, lane, slot, d, CODE);
}

void hopper_product_fence(void) {
    twin_now.hopper.is_used = true;
    this_warp(&twin_now)->fenced_mask |= 1u << twin_lane();
}
void hopper_product_commit(void) { this_warp(&twin_now)->group_count[twin_lane()]++; }

void hopper_product_settle(const float *d) {
    if (result_of(this_warp(&twin_now), (int)twin_lane(), d) >= 0)
        hopper_fail(&twin_now, CODE, "the program goes on with registers of a product that it has not waited for");
}

/* Execution, at the wait. */

static uint16_t shared_half(Twin *twin, uint32_t address, uint64_t code) {
    uint16_t half;
    if (address + sizeof half > twin->kernel->dynamic_shared_bytes)
        hopper_fail(twin, code, "a product reads shared address %u, past the block's %llu bytes", address,
                    (unsigned long long)twin->kernel->dynamic_shared_bytes);
    if (!race_is_ready(&twin->race, address, twin->current / WARP_LANES))
        hopper_fail(twin, code, "a product reads shared address %u, stored there without a fence or a barrier since",
                    address);
    memcpy(&half, (const void *)(uintptr_t)(ARRAY_RANGE_BASE + address), sizeof half);
    return half;
}

static void read_a(Twin *twin, const HopperProduct *p, int warp_in_group, float *a, uint64_t code) {
    if (!p->has_registers) {
        HopperMatrix m = hopper_matrix_decode(p->descriptor_a);
        for (unsigned i = 0; i < HOPPER_WARP_ROWS; i++)
            for (unsigned k = 0; k < HOPPER_K; k++) {
                unsigned row = (unsigned)warp_in_group * HOPPER_WARP_ROWS + i;
                a[i * HOPPER_K + k] =
                    hopper_half_value(shared_half(twin, hopper_matrix_address(&m, true, row, k), code));
            }
        return;
    }
    for (unsigned lane = 0; lane < WARP_LANES; lane++)
        for (unsigned r = 0; r < 4; r++) {
            if (p->a[lane][r] != p->a_value[lane][r])
                hopper_fail(twin, code, "a product's left operand was written before the product was waited for");
            float *to = &a[hopper_a_row(lane, r) * HOPPER_K + hopper_a_k(lane, r)];
            to[0] = hopper_half_value((uint16_t)p->a_value[lane][r]);
            to[1] = hopper_half_value((uint16_t)(p->a_value[lane][r] >> 16));
        }
}

static void read_b(Twin *twin, const HopperProduct *p, float *b, uint64_t code) {
    HopperMatrix m = hopper_matrix_decode(p->descriptor_b);
    for (unsigned j = 0; j < p->n; j++)
        for (unsigned k = 0; k < HOPPER_K; k++)
            b[j * HOPPER_K + k] =
                hopper_half_value(shared_half(twin, hopper_matrix_address(&m, p->is_b_k_major, j, k), code));
}

static void execute(Twin *twin, HopperWarp *warp, const HopperProduct *p, uint64_t code) {
    float a[HOPPER_WARP_ROWS * HOPPER_K], b[HOPPER_N_MAX * HOPPER_K], d[HOPPER_WARP_ROWS * HOPPER_N_MAX];
    HopperResult *result = &warp->results[p->result];
    read_a(twin, p, twin->current / WARP_LANES % WARPGROUP_WARPS, a, code);
    read_b(twin, p, b, code);
    for (unsigned lane = 0; lane < WARP_LANES; lane++)
        for (unsigned r = 0; r < p->n / 2; r++)
            d[hopper_d_row(lane, r) * p->n + hopper_d_column(lane, r)] = p->is_sum ? result->value[lane][r] : 0;
    hopper_multiply(d, a, b, p->n);
    for (unsigned lane = 0; lane < WARP_LANES; lane++)
        for (unsigned r = 0; r < p->n / 2; r++)
            result->value[lane][r] = d[hopper_d_row(lane, r) * p->n + hopper_d_column(lane, r)];
}

/* All products of a result are done: its registers are the program's again. */
static void give_back(Twin *twin, HopperResult *result, uint64_t code) {
    for (unsigned lane = 0; lane < WARP_LANES; lane++)
        for (unsigned r = 0; r < result->n / 2; r++) {
            uint32_t bits;
            memcpy(&bits, &result->d[lane][r], sizeof bits);
            if (bits != POISON_BITS)
                hopper_fail(twin, code, "a product's result was written before the product was waited for");
            result->d[lane][r] = result->value[lane][r];
        }
}

void hopper_product_wait(uint32_t pending_count) {
    Twin *twin = &twin_now;
    HopperWarp *warp = this_warp(twin);
    int lane = (int)twin_lane();
    uint64_t code = CODE;
    twin_warp_barrier(~0u);
    warp->fenced_mask &= ~(1u << lane);
    if (lane != 0) return; /* lanes go on in order: the first does it for all */
    while (warp->done_count < warp->issued_count[0]) {
        const HopperProduct *p = &warp->products[warp->done_count % HOPPER_PRODUCTS_MAX];
        if (p->group + pending_count >= warp->group_count[0]) break;
        if (p->lane_mask != ~0u) hopper_fail(twin, code, "not all lanes of a warp issued a product");
        execute(twin, warp, p, code);
        warp->done_count++;
        HopperResult *result = &warp->results[p->result];
        if (--result->product_count == 0) give_back(twin, result, code);
    }
}
