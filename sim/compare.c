/* Four roads to every counter in one row: see compare.h. */
#include "sim/compare.h"

#include <math.h>
#include <string.h>

enum { SECTOR_BYTES = 32 };

/* What hardware counts that the model does not, or the other way round. */
typedef struct Difference {
    int counter;
    const char *metric;   /* where counters.h names none; "" otherwise */
    double factor;        /* hardware's unit to the counter's */
    const char *added[2]; /* hardware's counters of what the model has in this one (atomic adds, cp.async); or NULL */
    const char *leaves_out;
} Difference;

#define ADDED "atomic adds where the capture has no counter of them"
#define BYTES_ADDED "sm__sass_data_bytes_mem_global_op_red.sum"
static const Difference differences[] = {
    {COUNTER_ISSUED_READ_BYTES,
     "sm__sass_data_bytes_mem_global_op_ld.sum",
     1,
     {BYTES_ADDED, "sm__sass_data_bytes_mem_global_op_ldgsts.sum"},
     "TMA copies; " ADDED},
    {COUNTER_ISSUED_WRITE_BYTES, "sm__sass_data_bytes_mem_global_op_st.sum", 1, {BYTES_ADDED}, ADDED},
    {COUNTER_L1_READ_SECTORS, "", 1, {0}, "cp.async and TMA copies are counted elsewhere"},
    {COUNTER_L1_WRITE_SECTORS, "", 1, {"l1tex__t_sectors_pipe_lsu_mem_global_op_red.sum"}, ADDED},
    {COUNTER_L1_READ_REQUESTS,
     "",
     1,
     {"sm__sass_inst_executed_op_ldgsts.sum"},
     "instructions whose lanes are all switched off are counted too; TMA copies are not"},
    {COUNTER_L1_WRITE_REQUESTS,
     "",
     1,
     {"smsp__inst_executed_op_global_red.sum"},
     "instructions whose lanes are all switched off are counted too"},
    {COUNTER_L2_READ_BYTES, "", SECTOR_BYTES, {0}, "hits in L1 of kernels that use it; spilled registers"},
    {COUNTER_L2_WRITE_BYTES, "", SECTOR_BYTES, {"lts__t_sectors_srcunit_tex_op_red.sum"}, "spilled registers; " ADDED},
    {COUNTER_DRAM_READ_BYTES,
     "",
     1,
     {0},
     "how far blocks drift apart, the L2's replacement and hashing, ECC and page tables"},
    {COUNTER_DRAM_WRITE_BYTES,
     "",
     1,
     {0},
     "lines still dirty at the end; whether a store leaves a near copy (--l2-store)"},
    {COMPARE_TIME, "gpu__time_duration.sum", 1, {0}, "clocks under load, latencies that nothing hides, launch order"},
};
enum { DIFFERENCE_COUNT = sizeof differences / sizeof *differences };

/* Finding a kernel in a run. */

/* Functions of gpu/kernels, as ncu shows them, and the simulator's names. */
static const char *const function_names[][2] = {{"_scores", "S = QK^T"},
                                                {"_mask", "mask"},
                                                {"_softmax", "softmax"},
                                                {"_values", "O = PV"},
                                                {"flash1_forward", "flash1 forward"},
                                                {"flash2_forward", "flash2 forward"},
                                                {"flash2_forward", "window forward"},
                                                {"flash1_fp16_forward", "flash1 forward"},
                                                {"flash2_fp16_forward", "flash2 forward"},
                                                {"flash2_fp16_forward", "window forward"},
                                                {"flash3_forward", "flash3 forward"},
                                                {"flash1_backward", "flash1 backward"},
                                                {"flash1_fp16_backward", "flash1 backward"},
                                                {"flash2_dot", "D = rowsum(dO * O)"},
                                                {"flash2_fp16_backward", "flash2 backward"},
                                                {"flash2_fp16_backward", "window backward"},
                                                {"flash2_convert", "convert dQ"},
                                                {"flash2_backward", "flash2 backward"},
                                                {"flash2_backward", "window backward"},
                                                {"sum_heads", "sum dK, dV over heads"}};

static bool is_our_function(const char *function, const char *kernel) {
    for (size_t i = 0; i < sizeof function_names / sizeof *function_names; i++)
        if (strstr(function, function_names[i][0]) && strcmp(function_names[i][1], kernel) == 0) return true;
    return false;
}

bool compare_may_be_function(const char *function, const char *kernel) {
    bool is_known = false;
    for (size_t i = 0; i < sizeof function_names / sizeof *function_names; i++)
        is_known |= strcmp(function_names[i][1], kernel) == 0;
    return !is_known || is_our_function(function, kernel);
}

/* Which kernel of the run is kernel number `index` of the count: by the simulator's name; by our CUDA functions' names
 * (ncu shows those); or, where there are as many, by order. NULL where none fits. */
static const CaptureKernel *find_kernel(const CaptureRun *run, const Count *count, int index) {
    const char *name = count->kernels[index].name;
    for (int i = 0; i < run->kernel_count; i++)
        if (strcmp(run->kernels[i].name, name) == 0) return &run->kernels[i];
    for (int i = 0; i < run->kernel_count; i++)
        if (is_our_function(run->kernels[i].name, name)) return &run->kernels[i];
    return run->kernel_count == count->kernel_count ? &run->kernels[index] : NULL;
}

/* The roads. */

static bool take_formula(const Formula *formula, const char *kernel, int counter, uint64_t *out) {
    if (counter >= COUNTER_COUNT || !formula->has_counter[counter]) return false;
    *out = formula->total[counter];
    if (!*kernel) return true;
    *out = 0;
    for (int i = 0; i < formula->row_count; i++) {
        const FormulaRow *row = &formula->rows[i];
        if ((int)row->counter == counter && strcmp(row->kernel, kernel) == 0) *out += row->value;
    }
    return true;
}

static bool take_replay(const Totals *totals, bool has_dram, int counter, uint64_t *out) {
    if (counter == COMPARE_TIME) {
        *out = (uint64_t)llround(totals->time_ns);
        return totals->time_ns > 0;
    }
    *out = totals->value[counter];
    return has_dram || counter_info[counter].counter_class != COUNTER_CLASS_MODEL;
}

static void add_metric(const CaptureMetric *metric, double factor, double *median, double *min, double *max) {
    *median += factor * metric->median;
    *min += factor * metric->min;
    *max += factor * metric->max;
}

/* A metric by the counter's own key, or by hardware's name with its factor; what is counted beside it is added where
 * the capture has it. */
static bool take_metric(const CaptureKernel *kernel, const Difference *d, double *median, double *min, double *max) {
    if (!kernel) return false;
    const CaptureMetric *own = d->counter < COUNTER_COUNT ? capture_metric(kernel, counter_info[d->counter].key) : NULL;
    if (own) {
        add_metric(own, 1, median, min, max);
        return true;
    }
    const CaptureMetric *metric = capture_metric(kernel, *d->metric ? d->metric : counter_info[d->counter].hardware);
    if (!metric) return false;
    add_metric(metric, d->factor, median, min, max);
    for (int i = 0; i < 2 && d->added[i]; i++) {
        const CaptureMetric *added = capture_metric(kernel, d->added[i]);
        if (added) add_metric(added, d->factor, median, min, max);
    }
    return true;
}

/* Over kernels [first, end) of the count: all must have the metric. */
static bool take_run(const CaptureRun *run, const Count *count, int first, int end, const Difference *d, double *median,
                     double *min, double *max) {
    *median = *min = *max = 0;
    bool is_whole = run != NULL;
    for (int k = first; is_whole && k < end; k++)
        is_whole = take_metric(find_kernel(run, count, k), d, median, min, max);
    return is_whole;
}

static double relative(double value, double reference) {
    return reference != 0 ? value / reference - 1 : value != 0 ? INFINITY : 0;
}

static void set_error(CompareRow *row) {
    if (!row->has[COMPARE_REPLAY]) return;
    double replay = (double)row->exact[COMPARE_REPLAY];
    if (row->has[COMPARE_HARDWARE]) {
        row->has_error = true;
        row->error = relative(replay, row->hardware);
        return;
    }
    for (int road = 0; road < COMPARE_HARDWARE; road++) {
        if (road == COMPARE_REPLAY || !row->has[road]) continue;
        double error = relative(replay, (double)row->exact[road]);
        if (!row->has_error || fabs(error) > fabs(row->error)) row->error = error;
        row->has_error = true;
    }
}

static const char *key_of(const Difference *d) {
    return d->counter == COMPARE_TIME ? "time_ns" : counter_info[d->counter].key;
}
static const char *unit_of(const Difference *d) {
    return d->counter == COMPARE_TIME ? "ns" : counter_info[d->counter].unit;
}

static CompareRow make_row(const CompareInput *in, int first, int end, const char *kernel, const Totals *totals,
                           const Difference *d) {
    CompareRow row = {
        .algorithm = in->count->algorithm->name, .kernel = kernel, .counter = d->counter, .leaves_out = d->leaves_out};
    row.key = key_of(d);
    row.unit = unit_of(d);
    row.has[COMPARE_FORMULA] = take_formula(in->count->formula, kernel, d->counter, &row.exact[COMPARE_FORMULA]);
    row.has[COMPARE_REPLAY] =
        take_replay(totals, in->count->dram_engine[0] != 0, d->counter, &row.exact[COMPARE_REPLAY]);
    double median, min, max;
    if (take_run(in->kernel, in->count, first, end, d, &median, &min, &max)) {
        row.has[COMPARE_KERNEL] = true;
        row.exact[COMPARE_KERNEL] = (uint64_t)median;
    }
    row.has[COMPARE_HARDWARE] =
        take_run(in->hardware, in->count, first, end, d, &row.hardware, &row.hardware_min, &row.hardware_max);
    set_error(&row);
    return row;
}

void compare_add(Compare *compare, const CompareInput *in, Arena *arena) {
    const Count *count = in->count;
    int part_count = count->kernel_count > 1 ? count->kernel_count + 1 : count->kernel_count;
    CompareRow *rows = ARENA_ARRAY(arena, CompareRow, compare->row_count + part_count * DIFFERENCE_COUNT);
    if (compare->row_count) memcpy(rows, compare->rows, sizeof *rows * (size_t)compare->row_count);
    compare->rows = rows;
    for (int part = 0; part < part_count; part++) {
        bool is_all = part == count->kernel_count;
        const Totals *totals = is_all ? &count->totals : &count->kernels[part].totals;
        for (int d = 0; d < DIFFERENCE_COUNT; d++)
            rows[compare->row_count++] = make_row(in, is_all ? 0 : part, is_all ? count->kernel_count : part + 1,
                                                  is_all ? "" : count->kernels[part].name, totals, &differences[d]);
    }
}

void compare_add_kernel(Compare *compare, const CaptureKernel *hardware, const Totals *totals, Arena *arena) {
    CompareRow *rows = ARENA_ARRAY(arena, CompareRow, compare->row_count + DIFFERENCE_COUNT);
    if (compare->row_count) memcpy(rows, compare->rows, sizeof *rows * (size_t)compare->row_count);
    compare->rows = rows;
    for (int i = 0; i < DIFFERENCE_COUNT; i++) {
        const Difference *d = &differences[i];
        CompareRow row = {
            .algorithm = "", .kernel = hardware->name, .counter = d->counter, .leaves_out = d->leaves_out};
        row.key = key_of(d);
        row.unit = unit_of(d);
        row.has[COMPARE_REPLAY] = take_replay(totals, true, d->counter, &row.exact[COMPARE_REPLAY]);
        row.has[COMPARE_HARDWARE] = take_metric(hardware, d, &row.hardware, &row.hardware_min, &row.hardware_max);
        set_error(&row);
        rows[compare->row_count++] = row;
    }
}

const CompareRow *compare_first_miss(const Compare *compare, double limit, int *miss_count) {
    const CompareRow *first = NULL;
    *miss_count = 0;
    for (int i = 0; i < compare->row_count; i++) {
        const CompareRow *row = &compare->rows[i];
        if (!row->has_error || fabs(row->error) <= limit) continue;
        if (!first) first = row;
        ++*miss_count;
    }
    return first;
}
