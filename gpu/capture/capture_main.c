/* hbmscope-capture: runs our CUDA kernels under CUPTI and writes what the counters said (sim/capture.h).
 *
 *     capture -o FILE --scenario TEXT [--l2-state cold,warm,drained] [--repeat N] [--device I] [--version V]
 *     capture -o FILE --cases LIST [--seconds S]    many cases in one process (case_list.h, batch.h)
 *     capture --just-run ...                        launch and check only: under ncu, compute-sanitizer
 *     ncu --csv CSV --launches FILE -o FILE         what ncu printed of such a run, as a capture; no GPU
 *     resolve --cases LIST                          cases as the kernels take them, tiles and all (resolve.h); no GPU
 *     counters --chip GH100 [--json]                no GPU: do the counters exist, how do they fit into passes
 *
 * `hbmscope capture` and `hbmscope counters --chip` start it. Exit 3 where there is no GPU that can be read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/capture/batch.h"
#include "gpu/capture/out_file.h"
#include "gpu/capture/plan.h"
#include "gpu/capture/resolve.h"
#include "sim/ncu.h"

/* Counters. */

static void print_plan_text(const Plan *plan) {
    for (int g = 0; g < plan->group_count; g++) {
        const MetricGroup *group = &plan->groups[g];
        printf("pass group %d: %d counters in %zu pass%s\n", g + 1, group->metric_count, group->pass_count,
               group->pass_count == 1 ? "" : "es");
        for (int i = 0; i < group->metric_count; i++) printf("  %-66s %s\n", group->names[i], group->units[i]);
    }
    for (int i = 0; i < plan->absent_count; i++) printf("not on this chip: %s\n", plan->absent[i]);
    printf("%s: %d counters in %d groups; each group is a launch of its own\n", plan->chip,
           metric_table_count - plan->absent_count, plan->group_count);
}

static void print_plan_json(const Plan *plan, uint32_t cupti_version) {
    printf("{\"format\": \"hbmscope.chip_counters/1\", \"chip\": \"%s\", \"cupti\": %u, \"groups\": [", plan->chip,
           cupti_version);
    for (int g = 0; g < plan->group_count; g++) {
        printf("%s\n  {\"passes\": %zu, \"counters\": [", g ? "," : "", plan->groups[g].pass_count);
        for (int i = 0; i < plan->groups[g].metric_count; i++)
            printf("%s\n    {\"name\": \"%s\", \"unit\": \"%s\"}", i ? "," : "", plan->groups[g].names[i],
                   plan->groups[g].units[i]);
        printf("]}");
    }
    printf("], \"absent\": [");
    for (int i = 0; i < plan->absent_count; i++) printf("%s\"%s\"", i ? ", " : "", plan->absent[i]);
    printf("]}\n");
}

static bool run_counters(const CaptureRequest *request, Err *err) {
    static Plan plan; /* large */
    Cupti cupti;
    uint32_t version = 0;
    if (!library_open_cupti(&cupti, request->cupti, err)) return false;
    cupti.cuptiGetVersion(&version);
    if (!plan_build(&cupti, request->chip, NULL, metric_table, metric_table_count, &plan, err)) return false;
    if (request->is_json)
        print_plan_json(&plan, version);
    else
        print_plan_text(&plan);
    plan_free(&plan);
    return fflush(stdout) == 0 || err_cannot_write(err, "the output", errno);
}

/* Ncu. */

static bool write_capture(void *context, FILE *out, Err *err) {
    const Capture *capture = context;
    (void)err; /* what can fail is the file, and that is seen at its end */
    capture_write(out, capture);
    return true;
}

static bool run_ncu(const CaptureRequest *request, Arena *arena, Err *err) {
    Capture *capture = ARENA_NEW(arena, Capture);
    int left_count = 0;
    if (!capture_read_file(request->launches, capture, arena, err) ||
        !ncu_fill_launches(request->csv, capture, &left_count, arena, err) ||
        !out_file_write(request->out, write_capture, capture, err))
        return false;
    printf("%d runs of ncu's%s\n", capture->run_count, left_count ? "" : ", all that were launched");
    if (left_count) printf("left out: %d runs whose launches ncu does not have\n", left_count);
    return true;
}

static bool run(const CaptureRequest *request, Arena *arena, Err *err) {
    if (strcmp(request->command, "counters") == 0) return run_counters(request, err);
    if (strcmp(request->command, "resolve") == 0) return resolve_print(request, err);
    return strcmp(request->command, "ncu") == 0 ? run_ncu(request, arena, err) : batch_run(request, err);
}

int main(int argc, char **argv) {
    CaptureRequest request;
    Arena arena = {0};
    Err err = {0};
    bool is_ok = request_parse(argc, argv, &request, &arena, &err) && run(&request, &arena, &err);
    arena_free(&arena);
    if (is_ok) return 0;
    fprintf(stderr, "hbmscope: %s\n", err.text);
    return (int)err.code;
}
