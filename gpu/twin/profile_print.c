/* A profile as text and as JSON (hbmscope.kernel/1): see profile.h. */
#include <inttypes.h>
#include <string.h>

#include "gpu/twin/access.h"
#include "gpu/twin/profile.h"

static double per(uint64_t a, uint64_t b) { return b ? (double)a / (double)b : 0; }

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_array_text(const Profile *p, int kernel, int array, FILE *out) {
    ProfileSums s = profile_sum(p, kernel, array);
    if (!s.access_count) return;
    static const char *const kinds[] = {"load", "store", "atomic"};
    for (int kind = 0; kind < ACCESS_KIND_COUNT; kind++) {
        if (s.shared_request_count[kind])
            fprintf(out, "  %-20.20s %-6s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " wavefronts %6.2f\n",
                    p->arrays[array].name, kinds[kind], s.shared_bytes[kind], s.shared_request_count[kind],
                    s.shared_wavefront_count[kind], per(s.shared_wavefront_count[kind], s.shared_request_count[kind]));
        if (s.request_count[kind])
            fprintf(out, "  %-20.20s %-6s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " sectors    %6.2f\n",
                    p->arrays[array].name, kinds[kind], s.bytes[kind], s.request_count[kind], s.sector_count[kind],
                    per(s.sector_count[kind], s.request_count[kind]));
    }
}

static void print_advice_text(const Profile *p, int kernel, FILE *out, Arena *arena) {
    Advice advice[ADVICE_MAX];
    int count = profile_advise(p, kernel, advice, arena);
    if (count) fprintf(out, "  worth a look:\n");
    for (int i = 0; i < count; i++) {
        if (advice[i].line)
            fprintf(out, "    %s:%d: %s\n", base_name(advice[i].file), advice[i].line, advice[i].text);
        else
            fprintf(out, "    %s\n", advice[i].text);
    }
}

void profile_print_text(const Profile *p, FILE *out, Arena *arena) {
    for (int k = 0; k < p->kernel_count; k++) {
        const ProfileKernel *kernel = &p->kernels[k];
        fprintf(out, "%s%s: %" PRIu64 " launch%s, %" PRIu64 " blocks of %" PRIu64 " threads\n", k ? "\n" : "",
                kernel->name, kernel->launch_count, kernel->launch_count == 1 ? "" : "es", kernel->block_count,
                kernel->threads_per_block);
        fprintf(out, "  %-20s %-6s %14s %14s %14s            %6s\n", "array", "", "bytes", "requests", "", "each");
        for (int pass = 0; pass < 2; pass++) /* global memory first */
            for (int a = 0; a < p->array_count; a++)
                if (p->arrays[a].is_shared == pass) print_array_text(p, k, a, out);
        print_advice_text(p, k, out, arena);
    }
    for (int i = 0; i < p->finding_count; i++) {
        const ProfileFinding *f = &p->findings[i];
        if (f->line)
            fprintf(out, "\nerror in %s, %s:%d: %s\n", f->kernel, base_name(f->file), f->line, f->text);
        else
            fprintf(out, "\nerror in %s: %s\n", f->kernel, f->text);
    }
}

static void json_text(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 32)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void json_sums(FILE *out, const ProfileSums *s) {
    fprintf(out, "\"load_requests\": %" PRIu64 ", \"store_requests\": %" PRIu64 ", \"atomic_requests\": %" PRIu64,
            s->request_count[ACCESS_LOAD], s->request_count[ACCESS_STORE], s->request_count[ACCESS_ATOMIC]);
    fprintf(out, ", \"load_sectors\": %" PRIu64 ", \"store_sectors\": %" PRIu64 ", \"atomic_sectors\": %" PRIu64,
            s->sector_count[ACCESS_LOAD], s->sector_count[ACCESS_STORE], s->sector_count[ACCESS_ATOMIC]);
    fprintf(out,
            ", \"issued_read_bytes\": %" PRIu64 ", \"issued_write_bytes\": %" PRIu64 ", \"atomic_bytes\": %" PRIu64,
            s->bytes[ACCESS_LOAD], s->bytes[ACCESS_STORE], s->bytes[ACCESS_ATOMIC]);
    fprintf(out, ", \"sectors_per_load_request\": %.4f, \"sectors_per_store_request\": %.4f",
            per(s->sector_count[ACCESS_LOAD], s->request_count[ACCESS_LOAD]),
            per(s->sector_count[ACCESS_STORE], s->request_count[ACCESS_STORE]));
    fprintf(out, ", \"shared_load_requests\": %" PRIu64 ", \"shared_store_requests\": %" PRIu64,
            s->shared_request_count[ACCESS_LOAD], s->shared_request_count[ACCESS_STORE]);
    fprintf(out, ", \"shared_load_wavefronts\": %" PRIu64 ", \"shared_store_wavefronts\": %" PRIu64,
            s->shared_wavefront_count[ACCESS_LOAD], s->shared_wavefront_count[ACCESS_STORE]);
    fprintf(out, ", \"shared_load_conflicts\": %" PRIu64 ", \"shared_store_conflicts\": %" PRIu64,
            s->shared_conflict_count[ACCESS_LOAD], s->shared_conflict_count[ACCESS_STORE]);
}

static void json_arrays(const Profile *p, int kernel, FILE *out) {
    const char *separator = "";
    fprintf(out, ", \"arrays\": [");
    for (int a = 0; a < p->array_count; a++) {
        ProfileSums s = profile_sum(p, kernel, a);
        if (!s.access_count) continue;
        fprintf(out, "%s\n    {\"name\": ", separator);
        json_text(out, p->arrays[a].name);
        fprintf(out, ", \"space\": \"%s\", \"size_bytes\": %" PRIu64 ", \"touched_bytes\": %" PRIu64 ", ",
                p->arrays[a].is_shared ? "shared" : "global", p->arrays[a].size_bytes, s.touched_bytes);
        json_sums(out, &s);
        fprintf(out, "}");
        separator = ",";
    }
    fprintf(out, "]");
}

static void json_advice(const Profile *p, int kernel, FILE *out, Arena *arena) {
    static const char *const kinds[] = {"uncoalesced", "bank_conflict", "read_again"};
    Advice advice[ADVICE_MAX];
    int count = profile_advise(p, kernel, advice, arena);
    fprintf(out, ", \"advice\": [");
    for (int i = 0; i < count; i++) {
        fprintf(out, "%s\n    {\"kind\": \"%s\", \"array\": ", i ? "," : "", kinds[advice[i].kind]);
        json_text(out, advice[i].array);
        fprintf(out, ", \"line\": %d, \"text\": ", advice[i].line);
        json_text(out, advice[i].text);
        fprintf(out, "}");
    }
    fprintf(out, "]");
}

void profile_print_json(const Profile *p, const char *source, int exit_status, FILE *out, Arena *arena) {
    fprintf(out, "{\"format\": \"hbmscope.kernel/1\", \"source\": ");
    json_text(out, source);
    fprintf(out, ", \"exit_status\": %d, \"kernels\": [", exit_status);
    for (int k = 0; k < p->kernel_count; k++) {
        ProfileSums s = profile_sum(p, k, -1);
        fprintf(out, "%s\n  {\"name\": ", k ? "," : "");
        json_text(out, p->kernels[k].name);
        fprintf(out,
                ", \"launch_count\": %" PRIu64 ", \"block_count\": %" PRIu64 ", \"threads_per_block\": %" PRIu64 ", ",
                p->kernels[k].launch_count, p->kernels[k].block_count, p->kernels[k].threads_per_block);
        json_sums(out, &s);
        json_arrays(p, k, out);
        json_advice(p, k, out, arena);
        fprintf(out, "}");
    }
    fprintf(out, "], \"errors\": [");
    for (int i = 0; i < p->finding_count; i++) {
        fprintf(out, "%s\n  {\"kernel\": ", i ? "," : "");
        json_text(out, p->findings[i].kernel);
        fprintf(out, ", \"line\": %d, \"text\": ", p->findings[i].line);
        json_text(out, p->findings[i].text);
        fprintf(out, "}");
    }
    fprintf(out, "]}\n");
}
