/* The tally of a kernel: counts by site (an access in the code) and array, fed with whole requests.
 *
 * A site is what one load or store instruction of the source became; its code address leads to a line.
 * Counts of a launch add to those of earlier launches of the same name.
 */
#ifndef GPU_TWIN_TALLY_H
#define GPU_TWIN_TALLY_H
#include <stdbool.h>
#include <stdint.h>

#include "gpu/twin/access.h"
#include "gpu/twin/array.h"

typedef struct SiteCounts {
    uint32_t site;                       /* access.h: code address, kind, size */
    int array;                           /* in ArrayTable.arrays; -1: an empty slot */
    uint64_t access_count;               /* by single threads */
    uint64_t request_count;              /* warp-wide */
    uint64_t sector_count;               /* global memory */
    uint64_t wavefront_count;            /* shared memory */
    uint64_t conflict_count;             /* wavefronts above the least possible */
    uint64_t first_address, end_address; /* touched */
} SiteCounts;

enum { TALLY_NAME_BYTES = 128 };
typedef struct KernelTally {
    char name[TALLY_NAME_BYTES];
    uint64_t launch_count, block_count;
    uint32_t threads_per_block;
    uint64_t dynamic_shared_bytes;
    SiteCounts *sites; /* open addressing, site_max a power of two */
    uint32_t site_max, site_used;
} KernelTally;

/* Why a request cannot be counted: the first lane that is at fault. */
typedef enum TallyFault { TALLY_OK, TALLY_OUTSIDE, TALLY_FREED, TALLY_MISALIGNED } TallyFault;
typedef struct TallyResult {
    TallyFault fault;
    uint64_t address;
    uint32_t lane; /* position in the request's lanes */
} TallyResult;

/* Where the log's offsets start, and where the program's image ends: below that, what is no array is a
 * constant that a GPU would keep elsewhere. */
typedef struct TallyWindow {
    uint64_t base, image_end;
} TallyWindow;

/* Counts one request: words of `lane_count` lanes, all of one site, in lane order. */
TallyResult tally_request(KernelTally *tally, const ArrayTable *arrays, const TallyWindow *window,
                          const uint64_t *words, int lane_count);
#endif
