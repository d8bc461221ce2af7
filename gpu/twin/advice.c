/* What is worth a look in a kernel: uncoalesced, conflicting, read again and again.
 *
 * Rules of thumb, each on counts that are shown beside them: a request that touches at least twice the sectors that
 * its bytes need, a shared request that takes at least twice its least wavefronts, an array read at least four times
 * over.
 */
#include <stdlib.h>
#include <string.h>

#include "gpu/twin/access.h"
#include "gpu/twin/profile.h"

enum { SECTOR_BYTES = 32, FACTOR_MIN = 2, REREAD_MIN = 4 };

static int compare_excess(const void *a, const void *b) {
    const Advice *x = a, *y = b;
    return x->excess > y->excess ? -1 : x->excess < y->excess;
}

/* The same line and array may be several sites (an unrolled loop): they are one piece of advice. */
static Advice *find_same(Advice *advice, int count, AdviceKind kind, const char *array, int line) {
    for (int i = 0; i < count; i++)
        if (advice[i].kind == kind && advice[i].line == line && strcmp(advice[i].array, array) == 0) return &advice[i];
    return NULL;
}

typedef struct AdviceList {
    Advice rows[256];
    int count;
} AdviceList;

static void add(AdviceList *list, Advice row) {
    Advice *same = row.line ? find_same(list->rows, list->count, row.kind, row.array, row.line) : NULL;
    if (same) {
        same->excess += row.excess;
        return;
    }
    if (list->count < (int)(sizeof list->rows / sizeof *list->rows)) list->rows[list->count++] = row;
}

static const char *verb_of(unsigned kind) {
    return kind == ACCESS_LOAD ? "load from" : kind == ACCESS_STORE ? "store to" : "atomic on";
}

static void advise_site(const Profile *p, const ProfileSite *s, AdviceList *list, Arena *arena) {
    const ProfileArray *array = &p->arrays[s->array];
    double requests = (double)s->request_count;
    if (array->is_shared) {
        uint64_t least = s->wavefront_count - s->conflict_count;
        if (s->conflict_count < least * (FACTOR_MIN - 1) || !s->conflict_count) return;
        add(list,
            (Advice){
                ADVICE_CONFLICT, array->name, s->file,
                arena_format(
                    arena, "a %s %s takes %.1f wavefronts a request where %.1f would do: lanes meet in the same banks",
                    verb_of(s->kind), array->name, (double)s->wavefront_count / requests, (double)least / requests),
                s->line, s->conflict_count});
        return;
    }
    uint64_t lanes_bytes = s->access_count * s->lane_bytes;
    uint64_t least = (lanes_bytes + SECTOR_BYTES - 1) / SECTOR_BYTES;
    if (least < s->request_count) least = s->request_count;
    if (s->sector_count < FACTOR_MIN * least) return;
    add(list, (Advice){ADVICE_UNCOALESCED, array->name, s->file,
                       arena_format(arena,
                                    "a %s %s touches %.1f sectors a request where %.1f would hold its bytes: "
                                    "neighbouring lanes are far apart",
                                    verb_of(s->kind), array->name, (double)s->sector_count / requests,
                                    (double)least / requests),
                       s->line, s->sector_count - least});
}

/* A launch at a time: a second launch may well read the same array again. */
static void advise_reread(const Profile *p, int kernel, int array, AdviceList *list, Arena *arena) {
    ProfileSums sums = profile_sum(p, kernel, array);
    uint64_t sector_bytes = sums.sector_count[ACCESS_LOAD] * SECTOR_BYTES / p->kernels[kernel].launch_count;
    if (!sums.touched_bytes || sector_bytes < REREAD_MIN * sums.touched_bytes) return;
    add(list, (Advice){ADVICE_REREAD, p->arrays[array].name, "",
                       arena_format(
                           arena,
                           "a launch reads %s %.1f times over (%llu bytes of sectors for %llu bytes): tiles in shared "
                           "memory, or larger ones, save that",
                           p->arrays[array].name, (double)sector_bytes / (double)sums.touched_bytes,
                           (unsigned long long)sector_bytes, (unsigned long long)sums.touched_bytes),
                       0, (sector_bytes - sums.touched_bytes) / SECTOR_BYTES * p->kernels[kernel].launch_count});
}

int profile_advise(const Profile *p, int kernel, Advice *advice, Arena *arena) {
    AdviceList *list = ARENA_NEW(arena, AdviceList);
    for (int i = 0; i < p->site_count; i++)
        if (p->sites[i].kernel == kernel) advise_site(p, &p->sites[i], list, arena);
    for (int a = 0; a < p->array_count; a++)
        if (!p->arrays[a].is_shared) advise_reread(p, kernel, a, list, arena);
    qsort(list->rows, (size_t)list->count, sizeof *list->rows, compare_excess);
    int count = list->count < ADVICE_MAX ? list->count : ADVICE_MAX;
    memcpy(advice, list->rows, (size_t)count * sizeof *advice);
    return count;
}
