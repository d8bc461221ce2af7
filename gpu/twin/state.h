/* The twin's state: shared by twin.c (launch, memory), block.c (scheduler), race.c and tsan.c (the compiler's calls).
 */
#ifndef GPU_TWIN_STATE_H
#define GPU_TWIN_STATE_H
#include <setjmp.h>

#include "gpu/twin/fiber.h"
#include "gpu/twin/hopper_state.h"
#include "gpu/twin/tally.h"
#include "gpu/twin/twin.h"

/* What the compiler's calls read and write: one cache line. window_bytes is 0 outside of kernels. */
typedef struct TwinHot {
    uint64_t window_base, window_bytes;
    uint64_t stacks_base;         /* of the fibers: local variables, which a GPU keeps in registers */
    uint64_t *log_next, *log_end; /* of the running lane */
} TwinHot;

typedef enum LaneState {
    LANE_READY,
    LANE_PAUSED,
    LANE_AT_WARP,
    LANE_AT_BLOCK,
    LANE_AT_CONDITION, /* looked at between the turns of warps */
    LANE_DONE
} LaneState;

struct Twin;
struct TwinThread;
typedef bool TwinCondition(const struct Twin *twin, const struct TwinThread *thread);

/* What a lane brings to a product of its warp (mma.c), and its sum afterwards. */
typedef struct MmaPieces {
    uint32_t a[4], b[2];
    float sum[4];
} MmaPieces;

typedef struct TwinThread {
    Fiber fiber;
    LaneState state;
    uint32_t wait_mask;     /* LANE_AT_WARP: the lanes it waits for */
    uint32_t partner_mask;  /* the lanes that waited with it; a partner may have ended since */
    uint32_t exchange_turn; /* which of the two slots the next shuffle uses */
    uint64_t exchange[2];   /* two, so that a fast lane does not overwrite what a slow one still reads */
    MmaPieces mma;
    uint64_t wait_code;     /* where it waits */
    uint32_t wait_place;    /* LANE_AT_BLOCK: which barrier */
    uint64_t index;         /* packed as twin_thread_index */
    bool has_true;          /* what it brought to __syncthreads_count */
    TwinCondition *is_over; /* LANE_AT_CONDITION: whether it may go on */
    const char *wait_for;   /* and what that is, for a message */
    uint32_t wait_values[2];
} TwinThread;

/* Who touched two bytes of shared memory last; see race.c. */
typedef struct RaceWord {
    uint32_t write_tag, read_tag; /* the warp and its interval; 0: never */
} RaceWord;
enum { RACE_WARPS_MAX = FIBER_COUNT_MAX / WARP_LANES };
/* Of each warp, an interval: what it did up to there is known to whoever waited for it. */
typedef struct RaceClock {
    uint32_t interval[RACE_WARPS_MAX];
} RaceClock;
typedef struct RaceShadow {
    RaceWord *image, *dynamic; /* one for each two bytes of the program's image, of dynamic shared memory */
    uint64_t image_bytes;
    RaceClock now;                  /* the interval that each warp is in */
    RaceClock seen[RACE_WARPS_MAX]; /* by each warp */
    RaceClock fenced;               /* what each warp stored up to there, Hopper's units see */
    uint32_t epoch;                 /* grows at each barrier of the block, and at each block */
    bool is_on;
} RaceShadow;

typedef struct Twin {
    bool is_ready;
    ArrayTable arrays;
    KernelTally kernels[TWIN_KERNELS_MAX];
    int kernel_count;
    TwinFinding findings[TWIN_FINDINGS_MAX];
    int finding_count;
    TallyWindow window;

    /* The launch that runs. */
    KernelTally *kernel;
    void (*body)(void *context);
    void *context;
    TwinDim grid, block;
    uint64_t block_index, block_size, grid_size; /* packed */
    int thread_count, current;
    uint32_t block_true_count;
    TwinThread threads[FIBER_COUNT_MAX];
    Fiber scheduler;
    WarpLog log;
    RaceShadow race;
    Hopper hopper;
    RaceClock named_clocks[HOPPER_NAMED_MAX];
    sigjmp_buf rescue; /* where a crash in a kernel goes on */

    int error; /* cudaError_t that sticks, 0: none */
    char error_text[600];
} Twin;

extern TwinHot twin_hot;
extern Twin twin_now;

/* Runs all threads of one block to their end. False: the kernel failed (twin_fail said why). */
bool block_run(Twin *twin);
/* Stops the running lane until the scheduler lets it go on. */
void block_wait(Twin *twin, LaneState state);
/* Stops the running lane until is_over(twin, thread); other warps run first, whether it is over already or not. */
void block_wait_until(Twin *twin, TwinCondition *is_over, const char *wait_for, uint64_t code_address);
/* Records why the launch cannot go on; later launches are refused. */
void twin_fail(Twin *twin, int error, uint64_t code_address, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The running lane touched what is neither device memory nor its own stack; does not return inside a kernel. */
void twin_touch_outside(const void *address, unsigned kind, uint64_t code_address);
/* Adds a finding unless this kernel already has one for that place. */
void twin_find(Twin *twin, uint64_t code_address, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "block (2, 0, 0), thread (33, 0, 0)" */
void twin_describe_thread(const Twin *twin, int thread, char *out, size_t out_bytes);

/* Looks at one request to shared memory. */
void race_check(Twin *twin, const uint64_t *words, const uint8_t *lanes, int lane_count, int warp);
bool race_init(RaceShadow *race, uint64_t image_bytes, Err *err);
/* All warps have waited for all. */
void race_join_all(RaceShadow *race);
/* A warp comes to a barrier of some warps, whose clock takes in what it knows; it has waited there. */
void race_release(RaceShadow *race, int warp, RaceClock *barrier);
void race_acquire(RaceShadow *race, int warp, const RaceClock *barrier);
/* Hopper's units see shared memory apart from ordinary stores: a warp's are there after its fence. */
void race_fence(RaceShadow *race, int warp);
void race_fence_all(RaceShadow *race);
/* They filled these bytes of dynamic shared memory: whoever stored there before is forgotten. */
void race_forget(RaceShadow *race, uint32_t shared_address, uint32_t size_bytes);
/* Whether a unit that `warp` sets to work reads what was stored there: fenced, and by itself or waited for. */
bool race_is_ready(const RaceShadow *race, uint32_t shared_address, int warp);
#endif
