/* Every counter of every capture beside the model: see compare_points.h. */
#include "sim/compare_points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/compare_probe.h"
#include "sim/units.h"

static const double l1_and_l2_limit = 0.005, dram_limit = 0.05, dram_near_limit = 0.10, time_limit = 0.15;

/* What a point is. */

/* |S| of all heads over the L2; 0 where no S is stored. */
static double scores_share(const Scenario *s) {
    if (strcmp(s->algorithms[0], "standard") != 0) return 0;
    return (double)(s->batch_count * s->head_count) * (double)s->query_rows * (double)s->key_rows *
           (double)dtype_elem_bytes(s->dtype) / (double)s->machine.l2_bytes;
}

static double limit_of(int counter, double share) {
    switch (counter) {
    case COUNTER_L1_READ_SECTORS:
    case COUNTER_L1_WRITE_SECTORS:
    case COUNTER_L1_READ_REQUESTS:
    case COUNTER_L1_WRITE_REQUESTS:
    case COUNTER_L2_READ_BYTES:
    case COUNTER_L2_WRITE_BYTES: return l1_and_l2_limit;
    case COUNTER_DRAM_READ_BYTES:
    case COUNTER_DRAM_WRITE_BYTES: return share >= 0.5 && share <= 1.1 ? dram_near_limit : dram_limit;
    case COMPARE_TIME: return time_limit;
    default: return 0;
    }
}

static bool is_write(int counter) {
    return counter == COUNTER_ISSUED_WRITE_BYTES || counter == COUNTER_L1_WRITE_SECTORS ||
           counter == COUNTER_L1_WRITE_REQUESTS || counter == COUNTER_L2_WRITE_BYTES ||
           counter == COUNTER_DRAM_WRITE_BYTES;
}

bool compare_point_is_within(const ComparePoint *p) { return p->limit > 0 && fabs(p->error) <= p->limit; }

static double relative(double model, double hardware) {
    return hardware != 0 ? model / hardware - 1 : model != 0 ? INFINITY : 0;
}

static void add_point(ComparePoints *points, ComparePoint point, Arena *arena) {
    int count = points->point_count;
    if (count == 0 || (count >= 64 && (count & (count - 1)) == 0)) {
        ComparePoint *more = ARENA_ARRAY(arena, ComparePoint, count ? 2 * count : 64);
        if (count) memcpy(more, points->points, sizeof *more * (size_t)count);
        points->points = more;
    }
    point.error = relative(point.model, point.hardware);
    points->points[points->point_count++] = point;
}

static void add_reason(ComparePoints *points, const char *text) {
    int i = 0;
    while (i < points->reason_count && strcmp(points->reasons[i].text, text) != 0) i++;
    if (i == points->reason_count && i == COMPARE_REASONS_MAX) i--; /* the last stands for all others */
    if (i == points->reason_count) points->reasons[points->reason_count++].text = text;
    points->reasons[i].run_count++;
}

/* From a run to points. */

/* Rows of one kernel that hardware has, as points. dirty_bytes: what the model holds dirty when the kernel ends. */
static void add_rows(ComparePoints *points, const Compare *compare, ComparePoint base, uint64_t dirty_bytes,
                     double share, Arena *arena) {
    bool is_drained = base.run->l2 == CAPTURE_L2_DRAINED;
    for (int i = 0; i < compare->row_count; i++) {
        const CompareRow *row = &compare->rows[i];
        if (strcmp(row->kernel, base.kernel) != 0 || !row->has[COMPARE_HARDWARE] || !row->has[COMPARE_REPLAY]) continue;
        if (is_drained && !is_write(row->counter)) continue;
        ComparePoint point = base;
        point.counter = row->counter;
        point.key = row->key;
        point.hardware = row->hardware;
        point.model = (double)row->exact[COMPARE_REPLAY];
        if (is_drained && row->counter == COUNTER_DRAM_WRITE_BYTES) point.model += (double)dirty_bytes;
        point.limit = limit_of(row->counter, share);
        add_point(points, point, arena);
    }
}

/* Counting takes memory of its own, run by run. */
static bool add_counted(ComparePoints *points, const Capture *capture, const CaptureRun *run, const Scenario *scenario,
                        Arena *arena, Err *err) {
    Arena own = {0};
    Count *count = ARENA_NEW(&own, Count);
    Compare compare = {0};
    bool is_ok = count_scenario(scenario, (CountOptions){0}, count, &own, err);
    if (is_ok) compare_add(&compare, &(CompareInput){.count = count, .hardware = run}, &own);
    for (int k = 0; is_ok && k < count->kernel_count; k++) {
        ComparePoint base = {.capture = capture, .run = run, .kernel = arena_copy_text(arena, count->kernels[k].name)};
        add_rows(points, &compare, base, count->kernels[k].totals.value[COUNTER_DRAM_DIRTY_BYTES],
                 scores_share(scenario), arena);
    }
    arena_free(&own);
    return is_ok;
}

static bool add_attention(ComparePoints *points, const Capture *capture, const CaptureRun *run, const Machine *machine,
                          L2Store store, Arena *arena) {
    Scenario scenario;
    Err err = {0};
    if (capture_is_modelled(run)) {
        if (capture_scenario(run, machine, store, &scenario, &err) &&
            add_counted(points, capture, run, &scenario, arena, &err))
            return true;
        add_reason(points, arena_copy_text(arena, err.text));
    } else {
        add_reason(points, arena_format(arena, "%s version %llu is no kernel of the simulator's", run->algorithm,
                                        (unsigned long long)run->version));
    }
    return false;
}

static bool add_probe(ComparePoints *points, const Capture *capture, const CaptureRun *run, const Machine *machine,
                      L2Store store, Arena *arena, Err *err) {
    for (int k = 0; k < run->kernel_count; k++) {
        Totals totals;
        if (!compare_probe_count(run, k, machine, store, &totals, err)) return false;
        Compare compare = {0};
        compare_add_kernel(&compare, &run->kernels[k], &totals, arena);
        ComparePoint base = {.capture = capture, .run = run, .is_probe = true, .kernel = run->kernels[k].name};
        add_rows(points, &compare, base, totals.value[COUNTER_DRAM_DIRTY_BYTES], 0, arena);
    }
    return true;
}

bool compare_points_add(ComparePoints *points, const Capture *capture, CompareModel model, Arena *arena, Err *err) {
    Machine machine;
    if (!capture_machine(capture, model.gpu, &machine, err)) return false;
    for (int i = 0; i < capture->run_count; i++) {
        const CaptureRun *run = &capture->runs[i];
        int before = points->point_count;
        if (!compare_is_probe(run))
            add_attention(points, capture, run, &machine, model.store, arena);
        else if (!add_probe(points, capture, run, &machine, model.store, arena, err))
            return false;
        points->run_count += points->point_count > before;
    }
    return true;
}

const char *compare_run_text(const CaptureRun *run, Arena *arena) {
    const char *state = capture_l2_name(run->l2);
    if (compare_is_probe(run))
        return arena_format(arena, "%s, %s, L2 %s", run->algorithm, units_kib_short(run->probe_bytes).text, state);
    uint64_t heads = run->batch_count * run->head_count;
    char version[32] = "", window[48] = "";
    if (!capture_is_modelled(run)) snprintf(version, sizeof version, " %llu", (unsigned long long)run->version);
    if (run->window_keys) snprintf(window, sizeof window, ", window %llu", (unsigned long long)run->window_keys);
    return arena_format(arena, "%s%s %s, N = %llu, d = %llu, %llu head%s%s%s%s, L2 %s", run->algorithm, version,
                        run->dtype, (unsigned long long)run->query_rows, (unsigned long long)run->head_dim_elems,
                        (unsigned long long)heads, heads == 1 ? "" : "s", run->is_causal ? ", causal" : "", window,
                        run->pass == PASS_BOTH       ? ", both passes"
                        : run->pass == PASS_BACKWARD ? ", backward"
                                                     : "",
                        state);
}

/* Over all points. */

static void summarise(const ComparePoint *p, CompareSummary *row) {
    if (row->point_count == 0) *row = (CompareSummary){.key = p->key, .limit_min = p->limit};
    row->point_count++;
    row->within_count += compare_point_is_within(p);
    row->limit_min = fmin(row->limit_min, p->limit);
    row->limit_max = fmax(row->limit_max, p->limit);
    if (isinf(p->error))
        row->not_zero_count++;
    else
        row->mean_error += fabs(p->error);
    if (!row->worst || fabs(p->error) > fabs(row->worst->error)) row->worst = p;
}

int compare_points_summarise(const ComparePoints *points, CompareSummary *rows) {
    int row_count = 0;
    for (int counter = 0; counter <= COMPARE_TIME; counter++) {
        CompareSummary *row = &rows[row_count];
        *row = (CompareSummary){0};
        for (int i = 0; i < points->point_count; i++)
            if (points->points[i].counter == counter && !points->points[i].is_probe) summarise(&points->points[i], row);
        if (row->point_count > row->not_zero_count) row->mean_error /= row->point_count - row->not_zero_count;
        row_count += row->point_count > 0;
    }
    return row_count;
}

ComparePolicyPoint *compare_policies(const ComparePoints *home, const ComparePoints *near, int *point_count,
                                     Arena *arena) {
    ComparePolicyPoint *found = ARENA_ARRAY(arena, ComparePolicyPoint, home->point_count + 1);
    *point_count = 0;
    for (int i = 0; i < home->point_count; i++) {
        const ComparePoint *h = &home->points[i], *n = &near->points[i];
        bool is_dram = h->counter == COUNTER_DRAM_READ_BYTES || h->counter == COUNTER_DRAM_WRITE_BYTES;
        if (!is_dram || fabs(h->model - n->model) <= dram_limit * h->hardware) continue;
        bool is_home = fabs(h->model - h->hardware) <= fabs(n->model - n->hardware);
        found[(*point_count)++] = (ComparePolicyPoint){{h, n}, is_home ? L2_STORE_HOME : L2_STORE_NEAR};
    }
    return found;
}
