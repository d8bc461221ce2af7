/* The report: see report.h. */
#include "gpu/twin/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "gpu/twin/tally.h"
#include "gpu/twin/twin.h"

typedef unsigned long long Wide; /* for printf */

static void write_sites(FILE *out, int kernel_index, const KernelTally *kernel, uint64_t code_base) {
    for (uint32_t i = 0; i < kernel->site_max; i++) {
        const SiteCounts *site = &kernel->sites[i];
        if (!site->request_count) continue;
        fprintf(out, "site\t%d\t%d\t%u\t%u\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\n", kernel_index,
                site->array, access_site_kind(site->site), access_site_bytes(site->site), (Wide)site->access_count,
                (Wide)site->request_count, (Wide)site->sector_count, (Wide)site->wavefront_count,
                (Wide)site->conflict_count, (Wide)site->first_address, (Wide)site->end_address,
                (Wide)(code_base + access_site_code(site->site)));
    }
}

void report_write(void) {
    const char *path = getenv(REPORT_VARIABLE);
    FILE *out = path ? fopen(path, "w") : NULL;
    if (!out) return;
    const ArrayTable *arrays = twin_arrays();
    uint64_t code_base = twin_code_base();
    for (int i = 0; i < twin_kernel_count(); i++) {
        const KernelTally *kernel = twin_kernel(i);
        fprintf(out, "kernel\t%s\t%llu\t%llu\t%u\t%llu\n", kernel->name, (Wide)kernel->launch_count,
                (Wide)kernel->block_count, kernel->threads_per_block, (Wide)kernel->dynamic_shared_bytes);
    }
    for (int i = 0; i < arrays->array_count; i++)
        fprintf(out, "array\t%s\t%d\t%llu\n", arrays->arrays[i].name, arrays->arrays[i].space,
                (Wide)arrays->arrays[i].size_bytes);
    for (int i = 0; i < twin_kernel_count(); i++) write_sites(out, i, twin_kernel(i), code_base);
    for (int i = 0; i < twin_finding_count(); i++) {
        const TwinFinding *finding = twin_finding(i);
        fprintf(out, "finding\t%s\t%llu\t%s\n", finding->kernel,
                (Wide)(finding->code_address ? code_base + finding->code_address : 0), finding->text);
    }
    fclose(out);
}
