/* ncu's CSV as a capture: see ncu.h. */
#include "sim/ncu.h"

#include <string.h>

#include "sim/base/parse.h"
#include "sim/compare.h"

enum { FIELDS_MAX = 512, LAUNCHES_MAX = 4096 };

typedef struct Fields {
    const char *text[FIELDS_MAX];
    int count;
} Fields;

/* Every value of one metric of one kernel, launch by launch. */
typedef struct Series {
    const char *kernel, *metric, *unit;
    double *values;
    int count;
} Series;

typedef struct Ncu {
    const char *name;
    Arena *arena;
    Series *series;
    int series_count, line;
    Err *err;
} Ncu;

/* Cuts one record at commas, undoing quotes; returns what follows its newline. Quoted fields may hold newlines. */
static const char *take_record(Ncu *n, const char *at, Fields *fields) {
    fields->count = 0;
    for (bool is_more = true; is_more;) {
        size_t room = strcspn(at, "\n") + 1;
        if (*at == '"') /* as far as the closing quote, which doubled quotes are not */
            for (room = 1; at[room] && !(at[room] == '"' && at[room + 1] != '"'); room++) room += at[room] == '"';
        char *out = arena_alloc_bytes(n->arena, room + 1);
        size_t used = 0;
        if (*at == '"') {
            for (at++; *at && !(*at == '"' && at[1] != '"'); at++) {
                if (*at == '"') at++;
                if (used < room) out[used++] = *at;
            }
            at += *at == '"';
        }
        while (*at && *at != ',' && *at != '\n') {
            if (*at != '\r' && used < room) out[used++] = *at;
            at++;
        }
        if (fields->count < FIELDS_MAX) fields->text[fields->count++] = out;
        is_more = *at == ',';
        at += *at != 0;
        n->line += !is_more;
    }
    return at;
}

static int find_field(const Fields *fields, const char *name) {
    for (int i = 0; i < fields->count; i++)
        if (strcmp(fields->text[i], name) == 0) return i;
    return -1;
}

/* "12,345.6" with commas between thousands. */
static bool take_number(const char *text, double *out) {
    char plain[64];
    size_t used = 0;
    for (; *text && used < sizeof plain - 1; text++)
        if (*text != ',') plain[used++] = *text;
    plain[used] = 0;
    return used && parse_real(plain, "", 0, 1e300, out, NULL);
}

/* ncu's units to ours; false: the metric is no count of ours and is left out. */
static bool take_unit(const char *unit, const char **out, double *factor) {
    static const struct {
        const char *from, *to;
        double factor;
    } units[] = {{"byte", "bytes", 1},       {"Kbyte", "bytes", 1e3},  {"Mbyte", "bytes", 1e6},
                 {"Gbyte", "bytes", 1e9},    {"Tbyte", "bytes", 1e12}, {"sector", "sectors", 1},
                 {"nsecond", "ns", 1},       {"ns", "ns", 1},          {"usecond", "ns", 1e3},
                 {"us", "ns", 1e3},          {"msecond", "ns", 1e6},   {"ms", "ns", 1e6},
                 {"second", "ns", 1e9},      {"s", "ns", 1e9},         {"inst", "requests", 1},
                 {"request", "requests", 1}, {"cycle", "cycles", 1},   {"", "count", 1}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].from, unit) != 0) continue;
        *out = units[i].to;
        *factor = units[i].factor;
        return true;
    }
    return false;
}

static bool wrong(const Ncu *n, const char *what) {
    return err_set(n->err, ERR_OTHER, "%s:%d: %s", n->name, n->line, what);
}

static bool add_value(Ncu *n, const char *kernel, const char *metric, const char *unit_text, const char *value_text) {
    double value, factor;
    const char *unit;
    if (!strstr(metric, "__") || !take_number(value_text, &value) || !take_unit(unit_text, &unit, &factor)) return true;
    int i = 0;
    while (i < n->series_count &&
           (strcmp(n->series[i].kernel, kernel) != 0 || strcmp(n->series[i].metric, metric) != 0))
        i++;
    if (i == n->series_count) {
        if (i == CAPTURE_KERNELS_MAX * CAPTURE_METRICS_MAX)
            return wrong(n, "more kernels and metrics than a run may hold");
        n->series[n->series_count++] = (Series){kernel, metric, unit, ARENA_ARRAY(n->arena, double, 8), 0};
    }
    Series *s = &n->series[i];
    if (s->count == LAUNCHES_MAX) return wrong(n, "more than 4096 launches of one kernel");
    if (s->count >= 8 && (s->count & (s->count - 1)) == 0) {
        double *more = ARENA_ARRAY(n->arena, double, 2 * s->count);
        memcpy(more, s->values, sizeof *more * (size_t)s->count);
        s->values = more;
    }
    s->values[s->count++] = value * factor;
    return true;
}

/* "void flash2_forward<64, 128, 128>(const float *, ...)" is flash2_forward. */
static const char *bare_name(Ncu *n, const char *name) {
    const char *start = strncmp(name, "void ", 5) == 0 ? name + 5 : name;
    return arena_format(n->arena, "%.*s", (int)strcspn(start, "<("), start);
}

typedef struct Header {
    Fields names, units;
    int kernel, metric, unit, value; /* metric -1: a column a metric */
} Header;

static bool take_row(Ncu *n, const Header *h, const Fields *row) {
    if (row->count != h->names.count) return true; /* a program's own output between records */
    const char *kernel = bare_name(n, row->text[h->kernel]);
    if (h->metric >= 0) return add_value(n, kernel, row->text[h->metric], row->text[h->unit], row->text[h->value]);
    for (int i = 0; i < row->count; i++)
        if (!add_value(n, kernel, h->names.text[i], h->units.text[i], row->text[i])) return false;
    return true;
}

static bool find_header(Ncu *n, const char **at, Header *h) {
    while (**at) {
        *at = take_record(n, *at, &h->names);
        h->kernel = find_field(&h->names, "Kernel Name");
        if (h->kernel < 0) continue;
        h->metric = find_field(&h->names, "Metric Name");
        h->unit = find_field(&h->names, "Metric Unit");
        h->value = find_field(&h->names, "Metric Value");
        if (h->metric >= 0)
            return (h->unit >= 0 && h->value >= 0) ||
                   wrong(n, "the header has Metric Name but no Metric Unit or Metric Value");
        *at = take_record(n, *at, &h->units);
        return h->units.count == h->names.count ||
               wrong(n, "the row of units is not as long as the header: is this `ncu --csv --page raw`?");
    }
    return wrong(n, "there is no column \"Kernel Name\": this is no output of `ncu --csv`");
}

static bool add_to_run(Ncu *n, CaptureRun *run, Series *s) {
    int k = 0;
    while (k < run->kernel_count && strcmp(run->kernels[k].name, s->kernel) != 0) k++;
    if (k == run->kernel_count) {
        if (k == CAPTURE_KERNELS_MAX) return wrong(n, "more than 32 kernels; limit ncu with --kernel-name");
        run->kernels[run->kernel_count++] =
            (CaptureKernel){.name = s->kernel, .metrics = ARENA_ARRAY(n->arena, CaptureMetric, CAPTURE_METRICS_MAX)};
    }
    if (run->kernels[k].metric_count == CAPTURE_METRICS_MAX) return wrong(n, "more than 256 metrics of one kernel");
    run->kernels[k].metrics[run->kernels[k].metric_count++] =
        capture_metric_make(s->metric, s->unit, s->values, s->count);
    return true;
}

bool ncu_read_text(const char *name, const char *text, size_t text_bytes, Capture *capture, Arena *arena, Err *err) {
    Ncu n = {.name = name,
             .arena = arena,
             .err = err,
             .series = ARENA_ARRAY(arena, Series, CAPTURE_KERNELS_MAX * CAPTURE_METRICS_MAX)};
    if (strlen(text) != text_bytes) return wrong(&n, "the file holds a zero byte: it is no text");
    Header *header = ARENA_NEW(arena, Header);
    Fields *row = ARENA_NEW(arena, Fields);
    const char *at = text;
    if (!find_header(&n, &at, header)) return false;
    while (*at) {
        at = take_record(&n, at, row);
        if (!take_row(&n, header, row)) return false;
    }
    Capture read = {.name = arena_copy_text(arena, name), .runs = ARENA_NEW(arena, CaptureRun), .run_count = 1};
    read.runs[0] = (CaptureRun){.algorithm = "",
                                .dtype = "",
                                .relative_error = -1,
                                .kernels = ARENA_ARRAY(arena, CaptureKernel, CAPTURE_KERNELS_MAX)};
    for (int i = 0; i < n.series_count; i++)
        if (!add_to_run(&n, &read.runs[0], &n.series[i])) return false;
    if (!read.runs[0].kernel_count) return wrong(&n, "no kernel has a metric of the form unit__name");
    *capture = read;
    return true;
}

bool ncu_read_file(const char *path, Capture *capture, Arena *arena, Err *err) {
    const char *text;
    size_t text_bytes;
    return capture_read_bytes(path, &text, &text_bytes, arena, err) &&
           ncu_read_text(path, text, text_bytes, capture, arena, err);
}

/* Launch by launch. */

typedef struct Launches {
    Ncu ncu;
    Header header;
    Fields row;
    const char *at; /* in the text */
} Launches;

static bool begin_launches(Launches *l, Err *err) {
    if (!find_header(&l->ncu, &l->at, &l->header)) return false;
    return l->header.metric < 0 ||
           err_set(err, ERR_OTHER, "%s has a row a metric; launch by launch `ncu --csv --page raw` is needed",
                   l->ncu.name);
}

static CaptureKernel take_launch(Launches *l) {
    const Header *h = &l->header;
    CaptureKernel kernel = {.metrics = ARENA_ARRAY(l->ncu.arena, CaptureMetric, l->row.count)};
    for (int i = 0; i < l->row.count && kernel.metric_count < CAPTURE_METRICS_MAX; i++) {
        double value, factor;
        const char *unit;
        if (!strstr(h->names.text[i], "__") || !take_number(l->row.text[i], &value) ||
            !take_unit(h->units.text[i], &unit, &factor))
            continue;
        value *= factor;
        kernel.metrics[kernel.metric_count++] = capture_metric_make(h->names.text[i], unit, &value, 1);
    }
    return kernel;
}

/* The next launch into a kernel of that name. *is_end: there is no more. */
static bool fill_kernel(Launches *l, CaptureKernel *kernel, bool *is_end, Err *err) {
    do {
        *is_end = !*l->at;
        if (*is_end) return true;
        l->at = take_record(&l->ncu, l->at, &l->row);
    } while (l->row.count != l->header.names.count); /* a program's own output */
    const char *function = bare_name(&l->ncu, l->row.text[l->header.kernel]);
    if (!compare_may_be_function(function, kernel->name))
        return err_set(err, ERR_OTHER, "%s:%d: the launch is of %s, where %s was launched", l->ncu.name, l->ncu.line,
                       function, kernel->name);
    const char *name = kernel->name;
    *kernel = take_launch(l);
    kernel->name = name;
    return true;
}

static void set_key(Capture *capture, const char *key, const char *value) {
    for (int i = 0; i < capture->key_count; i++)
        if (strcmp(capture->keys[i].key, key) == 0) capture->keys[i].value = value;
}

bool ncu_fill_launches(const char *csv_path, Capture *capture, int *left_count, Arena *arena, Err *err) {
    Launches *l = ARENA_NEW(arena, Launches);
    size_t text_bytes;
    if (!capture_read_bytes(csv_path, &l->at, &text_bytes, arena, err)) return false;
    l->ncu = (Ncu){.name = csv_path, .arena = arena, .err = err};
    if (!begin_launches(l, err)) return false;
    int run_count = 0;
    for (bool is_end = false; run_count < capture->run_count && !is_end; run_count += !is_end)
        for (int k = 0; k < capture->runs[run_count].kernel_count && !is_end; k++)
            if (!fill_kernel(l, &capture->runs[run_count].kernels[k], &is_end, err)) return false;
    if (!run_count) return err_set(err, ERR_OTHER, "%s holds no whole run", csv_path);
    *left_count = capture->run_count - run_count;
    capture->run_count = run_count;
    set_key(capture, "source", "ncu");
    set_key(capture, "program", "ncu, over hbmscope-capture");
    return true;
}
