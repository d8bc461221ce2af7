/* The profile of a program that ran on the twin: the report (report.h) read back, with source lines.
 *
 * Pure data in an arena, but for profile_resolve_lines, which runs addr2line.
 */
#ifndef GPU_TWIN_PROFILE_H
#define GPU_TWIN_PROFILE_H
#include <stdint.h>
#include <stdio.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

enum { PROFILE_KERNELS_MAX = 256, PROFILE_ARRAYS_MAX = 65536, PROFILE_SITES_MAX = 65536, PROFILE_FINDINGS_MAX = 64 };

typedef struct ProfileArray {
    const char *name;
    int is_shared;
    uint64_t size_bytes;
} ProfileArray;

/* One kind of access at one place in the code, to one array. */
typedef struct ProfileSite {
    int kernel, array;
    unsigned kind; /* ACCESS_LOAD, ACCESS_STORE, ACCESS_ATOMIC */
    uint32_t lane_bytes;
    uint64_t access_count, request_count, sector_count, wavefront_count, conflict_count;
    uint64_t first_address, end_address, code_address;
    const char *file; /* "" where unknown */
    int line;
} ProfileSite;

typedef struct ProfileKernel {
    const char *name;
    uint64_t launch_count, block_count, threads_per_block, dynamic_shared_bytes;
} ProfileKernel;

typedef struct ProfileFinding {
    const char *kernel, *text, *file;
    int line;
    uint64_t code_address;
} ProfileFinding;

typedef struct Profile {
    ProfileKernel *kernels;
    ProfileArray *arrays;
    ProfileSite *sites;
    ProfileFinding *findings;
    int kernel_count, array_count, site_count, finding_count;
} Profile;

/* Sums of sites: of a kernel, or of one array in a kernel. Global and shared memory apart. */
typedef struct ProfileSums {
    uint64_t request_count[3], sector_count[3], bytes[3]; /* global, by kind */
    uint64_t shared_request_count[3], shared_wavefront_count[3], shared_conflict_count[3], shared_bytes[3];
    uint64_t touched_bytes; /* from the first byte touched to the last; of one array only */
    uint64_t access_count;
} ProfileSums;

bool profile_read(const char *path, Profile *profile, Arena *arena, Err *err);
/* Fills file and line of sites and findings. Without addr2line they stay unknown. own_folder: where the stand-in
 * headers lie, whose lines are not the user's. */
void profile_resolve_lines(Profile *profile, const char *program, const char *own_folder, Arena *arena);
/* array -1: all of the kernel. */
ProfileSums profile_sum(const Profile *profile, int kernel, int array);

/* What is worth a look in a kernel, most costly first. */
typedef enum AdviceKind { ADVICE_UNCOALESCED, ADVICE_CONFLICT, ADVICE_REREAD } AdviceKind;
typedef struct Advice {
    AdviceKind kind;
    const char *array, *file, *text;
    int line;        /* 0: about the array as a whole */
    uint64_t excess; /* sectors or wavefronts that a better pattern would save */
} Advice;
enum { ADVICE_MAX = 16 };
int profile_advise(const Profile *profile, int kernel, Advice *advice, Arena *arena);

void profile_print_text(const Profile *profile, FILE *out, Arena *arena);
/* Format hbmscope.kernel/1. */
void profile_print_json(const Profile *profile, const char *source, int exit_status, FILE *out, Arena *arena);
#endif
