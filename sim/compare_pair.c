/* Two captures of the same launches: see compare_pair.h. */
#include "sim/compare_pair.h"

#include <math.h>
#include <string.h>

static bool is_same_run(const CaptureRun *a, const CaptureRun *b) {
    return strcmp(a->algorithm, b->algorithm) == 0 && strcmp(a->dtype, b->dtype) == 0 && a->version == b->version &&
           a->batch_count == b->batch_count && a->head_count == b->head_count && a->kv_head_count == b->kv_head_count &&
           a->query_rows == b->query_rows && a->key_rows == b->key_rows && a->head_dim_elems == b->head_dim_elems &&
           a->block_query_rows == b->block_query_rows && a->block_key_rows == b->block_key_rows &&
           a->window_keys == b->window_keys && a->probe_bytes == b->probe_bytes && a->pass == b->pass &&
           a->is_causal == b->is_causal && a->l2 == b->l2;
}

static const CaptureRun *find_same(const Capture *capture, const CaptureRun *run) {
    for (int i = 0; i < capture->run_count; i++)
        if (is_same_run(&capture->runs[i], run)) return &capture->runs[i];
    return NULL;
}

static ComparePairSummary *summary_of(ComparePairs *pairs, const char *metric) {
    for (int i = 0; i < pairs->summary_count; i++)
        if (strcmp(pairs->summaries[i].metric, metric) == 0) return &pairs->summaries[i];
    pairs->summaries[pairs->summary_count] = (ComparePairSummary){.metric = metric};
    return &pairs->summaries[pairs->summary_count++];
}

static void add_pair(ComparePairs *pairs, ComparePair pair) {
    ComparePairSummary *summary = summary_of(pairs, pair.metric);
    pair.error = pair.first != 0 ? pair.second / pair.first - 1 : pair.second != 0 ? INFINITY : 0;
    ComparePair *kept = &pairs->pairs[pairs->pair_count++];
    *kept = pair;
    summary->pair_count++;
    summary->equal_count += pair.error == 0;
    summary->not_zero_count += isinf(pair.error) != 0;
    if (!isinf(pair.error)) summary->mean_error += fabs(pair.error);
    if (!summary->worst || fabs(pair.error) > fabs(summary->worst->error)) summary->worst = kept;
}

static void add_kernel(ComparePairs *pairs, const CaptureRun *run, const CaptureKernel *a, const CaptureKernel *b) {
    for (int m = 0; m < a->metric_count; m++) {
        const CaptureMetric *first = &a->metrics[m], *second = capture_metric(b, first->name);
        if (second)
            add_pair(pairs, (ComparePair){.run = run,
                                          .kernel = a->name,
                                          .metric = first->name,
                                          .unit = first->unit,
                                          .first = first->median,
                                          .second = second->median});
    }
}

static int metric_total(const Capture *capture) {
    int count = 0;
    for (int r = 0; r < capture->run_count; r++)
        for (int k = 0; k < capture->runs[r].kernel_count; k++) count += capture->runs[r].kernels[k].metric_count;
    return count;
}

ComparePairs compare_pairs(const Capture *first, const Capture *second, Arena *arena) {
    int metric_count = metric_total(first);
    ComparePairs pairs = {.pairs = ARENA_ARRAY(arena, ComparePair, metric_count + 1),
                          .summaries = ARENA_ARRAY(arena, ComparePairSummary, metric_count + 1)};
    for (int r = 0; r < first->run_count; r++) {
        const CaptureRun *run = &first->runs[r], *same = find_same(second, run);
        pairs.matched_run_count += same != NULL;
        pairs.unmatched_run_count += same == NULL;
        for (int k = 0; same && k < run->kernel_count && k < same->kernel_count; k++)
            if (strcmp(run->kernels[k].name, same->kernels[k].name) == 0)
                add_kernel(&pairs, run, &run->kernels[k], &same->kernels[k]);
    }
    for (int i = 0; i < pairs.summary_count; i++) {
        ComparePairSummary *s = &pairs.summaries[i];
        if (s->pair_count > s->not_zero_count) s->mean_error /= s->pair_count - s->not_zero_count;
    }
    return pairs;
}
