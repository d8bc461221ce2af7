/* What Hopper's asynchronous instructions have under way in the running block: see hopper.h. Part of the twin's state.
 */
#ifndef GPU_TWIN_HOPPER_STATE_H
#define GPU_TWIN_HOPPER_STATE_H
#include "gpu/twin/access.h"
#include "gpu/twin/hopper.h"

enum {
    HOPPER_BARRIERS_MAX = 64,
    HOPPER_COPIES_MAX = 64,
    HOPPER_NAMED_MAX = 16,
    HOPPER_WARPS_MAX = 32,
    HOPPER_PRODUCTS_MAX = 64, /* of a warp, not yet waited for */
    HOPPER_RESULTS_MAX = 4,
    HOPPER_REGISTERS_MAX = 128, /* of a result: n = 256 */
    HOPPER_HISTORY = 256,
};

typedef struct HopperBarrier {
    uint32_t address, arrival_count, pending_count, phase; /* phase: how many have ended */
    int64_t pending_bytes;                                 /* announced less landed */
    bool is_fenced;                                        /* copies may complete on it */
    int owner;                                             /* the thread that made it, */
    uint32_t epoch;                                        /* and the interval between the block's barriers */
} HopperBarrier;

typedef struct HopperCopy {
    HopperMap map;
    uint32_t to, barrier;
    int column, row, matrix;
} HopperCopy;

typedef struct HopperNamed {
    uint32_t expected_count, arrived_count, generation;
} HopperNamed;

/* Registers that products of a warp own: what the program had in them, and what they will be. */
typedef struct HopperResult {
    float *d[WARP_LANES];
    uint32_t n, product_count; /* products not yet done; 0: free */
    float value[WARP_LANES][HOPPER_REGISTERS_MAX];
} HopperResult;

typedef struct HopperProduct {
    uint64_t descriptor_a, descriptor_b;
    uint32_t n, group; /* group: how many were committed before it */
    bool has_registers, is_b_k_major, is_sum;
    int result;
    uint32_t lane_mask; /* lanes that have issued it */
    const uint32_t *a[WARP_LANES];
    uint32_t a_value[WARP_LANES][4];
} HopperProduct;

typedef struct HopperWarp {
    HopperProduct products[HOPPER_PRODUCTS_MAX];
    HopperResult results[HOPPER_RESULTS_MAX];
    uint64_t done_count, issued_count[WARP_LANES]; /* products, since the block began */
    uint32_t group_count[WARP_LANES];              /* groups committed */
    uint32_t fenced_mask;                          /* lanes whose registers are given to products */
    uint32_t register_count;
} HopperWarp;

/* What the first warp of a warpgroup issued, for the other three to agree with. */
typedef struct HopperHistory {
    uint64_t index[HOPPER_HISTORY], descriptor_b[HOPPER_HISTORY];
} HopperHistory;

typedef struct Hopper {
    bool is_used; /* anything below is set */
    HopperBarrier barriers[HOPPER_BARRIERS_MAX];
    int barrier_count;
    HopperCopy copies[HOPPER_COPIES_MAX];
    int copy_count;
    HopperNamed named[HOPPER_NAMED_MAX];
    HopperWarp warps[HOPPER_WARPS_MAX];
    HopperHistory histories[HOPPER_WARPS_MAX / 4];
    uint32_t pool_registers; /* that no warp holds, times lanes */
} Hopper;

struct Twin;
/* A block begins: nothing is under way. */
void hopper_begin(struct Twin *twin);
/* No thread can go on: lands a copy that one of them waits for. False: there is none. */
bool hopper_land(struct Twin *twin);
/* A block has ended. False: it left something under way (twin_fail said what). */
bool hopper_end(struct Twin *twin);

/* For the files that make up hopper.h: ends the launch with this sentence; does not return. */
void hopper_fail(struct Twin *twin, uint64_t code_address, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
void hopper_begin_products(Hopper *hopper);
bool hopper_end_products(struct Twin *twin);
#endif
