/* Reads a report and sums it: see profile.h. */
#include "gpu/twin/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/twin/access.h"

enum { FIELDS_MAX = 16 };

/* Cuts a line at tabs, in place. */
static int split(char *line, char **fields) {
    int count = 0;
    line[strcspn(line, "\n")] = 0;
    for (char *at = line; at && count < FIELDS_MAX; count++) {
        fields[count] = at;
        at = strchr(at, '\t');
        if (at) *at++ = 0;
    }
    return count;
}

static uint64_t number(const char *text) { return strtoull(text, NULL, 10); }

static bool take_line(Profile *p, char **f, int count, Arena *arena) {
    if (count == 6 && strcmp(f[0], "kernel") == 0 && p->kernel_count < PROFILE_KERNELS_MAX) {
        p->kernels[p->kernel_count++] =
            (ProfileKernel){arena_copy_text(arena, f[1]), number(f[2]), number(f[3]), number(f[4]), number(f[5])};
        return true;
    }
    if (count == 4 && strcmp(f[0], "array") == 0 && p->array_count < PROFILE_ARRAYS_MAX) {
        p->arrays[p->array_count++] = (ProfileArray){arena_copy_text(arena, f[1]), number(f[2]) == 1, number(f[3])};
        return true;
    }
    if (count == 13 && strcmp(f[0], "site") == 0 && p->site_count < PROFILE_SITES_MAX) {
        ProfileSite site = {(int)number(f[1]),
                            (int)number(f[2]),
                            (unsigned)number(f[3]),
                            (uint32_t)number(f[4]),
                            number(f[5]),
                            number(f[6]),
                            number(f[7]),
                            number(f[8]),
                            number(f[9]),
                            number(f[10]),
                            number(f[11]),
                            number(f[12]),
                            "",
                            0};
        if (site.kernel >= p->kernel_count || site.array >= p->array_count || site.kind >= ACCESS_KIND_COUNT)
            return false;
        p->sites[p->site_count++] = site;
        return true;
    }
    if (count == 4 && strcmp(f[0], "finding") == 0 && p->finding_count < PROFILE_FINDINGS_MAX) {
        p->findings[p->finding_count++] =
            (ProfileFinding){arena_copy_text(arena, f[1]), arena_copy_text(arena, f[3]), "", 0, number(f[2])};
        return true;
    }
    return false;
}

bool profile_read(const char *path, Profile *profile, Arena *arena, Err *err) {
    FILE *in = fopen(path, "r");
    if (!in) return err_set(err, ERR_OTHER, "the program left no report of its kernels: %s", strerror(errno));
    Profile p = {.kernels = ARENA_ARRAY(arena, ProfileKernel, PROFILE_KERNELS_MAX),
                 .arrays = ARENA_ARRAY(arena, ProfileArray, PROFILE_ARRAYS_MAX),
                 .sites = ARENA_ARRAY(arena, ProfileSite, PROFILE_SITES_MAX),
                 .findings = ARENA_ARRAY(arena, ProfileFinding, PROFILE_FINDINGS_MAX)};
    char line[4096], *fields[FIELDS_MAX];
    int line_number = 0;
    bool is_ok = true;
    while (is_ok && fgets(line, sizeof line, in)) {
        line_number++;
        is_ok = take_line(&p, fields, split(line, fields), arena);
    }
    fclose(in);
    if (!is_ok) return err_set(err, ERR_OTHER, "line %d of the program's report cannot be read", line_number);
    *profile = p;
    return true;
}

ProfileSums profile_sum(const Profile *p, int kernel, int array) {
    ProfileSums sums = {0};
    uint64_t first = UINT64_MAX, end = 0;
    for (int i = 0; i < p->site_count; i++) {
        const ProfileSite *s = &p->sites[i];
        if (s->kernel != kernel || (array >= 0 && s->array != array)) continue;
        sums.access_count += s->access_count;
        if (s->first_address < first) first = s->first_address;
        if (s->end_address > end) end = s->end_address;
        if (p->arrays[s->array].is_shared) {
            sums.shared_request_count[s->kind] += s->request_count;
            sums.shared_wavefront_count[s->kind] += s->wavefront_count;
            sums.shared_conflict_count[s->kind] += s->conflict_count;
            sums.shared_bytes[s->kind] += s->access_count * s->lane_bytes;
        } else {
            sums.request_count[s->kind] += s->request_count;
            sums.sector_count[s->kind] += s->sector_count;
            sums.bytes[s->kind] += s->access_count * s->lane_bytes;
        }
    }
    sums.touched_bytes = end > first ? end - first : 0;
    return sums;
}

/* Source lines. */

/* addr2line -a -i prints the address, then one line a frame, innermost first. */
static void take_frame(char *line, const char *own_folder, const char **file, int *line_number, Arena *arena) {
    line[strcspn(line, "\n")] = 0;
    char *discriminator = strstr(line, " (discriminator");
    if (discriminator) *discriminator = 0;
    char *colon = strrchr(line, ':');
    if (*line_number || !colon || line[0] == '?' || atoi(colon + 1) <= 0) return;
    if (strncmp(line, own_folder, strlen(own_folder)) == 0) return;
    *line_number = atoi(colon + 1);
    *colon = 0;
    *file = arena_copy_text(arena, line);
}

enum { ADDRESSES_PER_CALL = 512 };

typedef struct LineTarget {
    uint64_t address;
    const char **file;
    int *line;
} LineTarget;

static void resolve_some(const LineTarget *targets, int count, const char *program, const char *own_folder,
                         Arena *arena) {
    char command[ADDRESSES_PER_CALL * 20 + 600];
    int length = snprintf(command, sizeof command, "addr2line -a -i -e '%s'", program);
    for (int i = 0; i < count; i++)
        length += snprintf(command + length, sizeof command - (size_t)length, " %#llx",
                           (unsigned long long)targets[i].address - 1);
    FILE *in = popen(command, "r");
    if (!in) return;
    char line[4096];
    int at = -1;
    while (fgets(line, sizeof line, in)) {
        if (strncmp(line, "0x", 2) == 0)
            at++;
        else if (at >= 0 && at < count)
            take_frame(line, own_folder, targets[at].file, targets[at].line, arena);
    }
    pclose(in);
}

void profile_resolve_lines(Profile *p, const char *program, const char *own_folder, Arena *arena) {
    LineTarget *targets = ARENA_ARRAY(arena, LineTarget, p->site_count + p->finding_count + 1);
    int count = 0;
    for (int i = 0; i < p->site_count; i++)
        targets[count++] = (LineTarget){p->sites[i].code_address, &p->sites[i].file, &p->sites[i].line};
    for (int i = 0; i < p->finding_count; i++)
        if (p->findings[i].code_address)
            targets[count++] = (LineTarget){p->findings[i].code_address, &p->findings[i].file, &p->findings[i].line};
    for (int i = 0; i < count; i += ADDRESSES_PER_CALL)
        resolve_some(targets + i, count - i < ADDRESSES_PER_CALL ? count - i : ADDRESSES_PER_CALL, program, own_folder,
                     arena);
}
