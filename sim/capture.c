/* Reading captures: see capture.h. Writing is in capture_write.c. */
#include "sim/capture.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/parse.h"
#include "sim/capture_scenario.h"

static const char *const l2_names[] = {"cold", "warm", "drained"};

const char *capture_l2_name(CaptureL2 l2) { return l2_names[l2]; }
bool capture_l2_find(const char *name, CaptureL2 *l2) {
    for (int i = 0; i < 3; i++) {
        if (strcmp(l2_names[i], name) != 0) continue;
        *l2 = (CaptureL2)i;
        return true;
    }
    return false;
}

const char *capture_key(const Capture *capture, const char *key) {
    for (int i = 0; i < capture->key_count; i++)
        if (strcmp(capture->keys[i].key, key) == 0) return capture->keys[i].value;
    return "";
}

static int compare_values(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

CaptureMetric capture_metric_make(const char *name, const char *unit, double *values, int launch_count) {
    qsort(values, (size_t)launch_count, sizeof *values, compare_values);
    double median = values[(launch_count - 1) / 2]; /* the lower one of two: a value that was measured */
    return (CaptureMetric){name, unit, (uint64_t)launch_count, values[0], median, values[launch_count - 1]};
}

const CaptureMetric *capture_metric(const CaptureKernel *kernel, const char *name) {
    for (int i = 0; i < kernel->metric_count; i++)
        if (strcmp(kernel->metrics[i].name, name) == 0) return &kernel->metrics[i];
    return NULL;
}

/* Lists start small and double: a file may hold one run or thousands, and memory follows what was read. */
static void *grown(Arena *arena, void *items, int count, size_t item_bytes) {
    bool is_full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
    if (!is_full) return items;
    void *more = arena_alloc_bytes(arena, item_bytes * (size_t)(count ? 2 * count : 4));
    if (count) memcpy(more, items, item_bytes * (size_t)count);
    return more;
}

typedef struct Reader {
    Capture *capture;
    Arena *arena;
    int line;
    bool has_ended;
    Err *err;
} Reader;

static bool wrong(const Reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(const Reader *r, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return err_set(r->err, ERR_OTHER, "%s:%d: %s", r->capture->name, r->line, text);
}

static CaptureRun *last_run(const Reader *r) {
    return r->capture->run_count ? &r->capture->runs[r->capture->run_count - 1] : NULL;
}
static CaptureKernel *last_kernel(const Reader *r) {
    CaptureRun *run = last_run(r);
    return run && run->kernel_count ? &run->kernels[run->kernel_count - 1] : NULL;
}

static bool begin_run(Reader *r) {
    Capture *c = r->capture;
    if (c->run_count == CAPTURE_RUNS_MAX) return wrong(r, "more than %d runs", CAPTURE_RUNS_MAX);
    c->runs = grown(r->arena, c->runs, c->run_count, sizeof *c->runs);
    c->runs[c->run_count++] = (CaptureRun){.algorithm = "", .dtype = "", .relative_error = -1, .line = r->line};
    return true;
}

static bool begin_kernel(Reader *r, const char *name) {
    CaptureRun *run = last_run(r);
    if (!run) return wrong(r, "a kernel stands before any `run`");
    if (run->kernel_count == CAPTURE_KERNELS_MAX) return wrong(r, "more than %d kernels in a run", CAPTURE_KERNELS_MAX);
    run->kernels = grown(r->arena, run->kernels, run->kernel_count, sizeof *run->kernels);
    run->kernels[run->kernel_count++] = (CaptureKernel){.name = arena_copy_text(r->arena, name)};
    return true;
}

static bool read_value(const Reader *r, const char *what, const char *text, double *out) {
    Err err = {0};
    if (!text) return wrong(r, "a metric line needs a name, a unit, how many launches, min, median and max");
    return parse_real(text, what, 0, 1e300, out, &err) || wrong(r, "%s", err.text);
}

/* metric NAME UNIT LAUNCHES MIN MEDIAN MAX */
static bool read_metric(Reader *r, char *line) {
    CaptureKernel *kernel = last_kernel(r);
    if (!kernel) return wrong(r, "a metric stands before any `kernel`");
    if (kernel->metric_count == CAPTURE_METRICS_MAX)
        return wrong(r, "more than %d metrics of a kernel", CAPTURE_METRICS_MAX);
    char *at = NULL;
    const char *name = strtok_r(line, " \t", &at), *unit = strtok_r(NULL, " \t", &at),
               *launches = strtok_r(NULL, " \t", &at);
    const char *min = strtok_r(NULL, " \t", &at), *median = strtok_r(NULL, " \t", &at),
               *max = strtok_r(NULL, " \t", &at);
    CaptureMetric metric = {0};
    double launch_count = 0;
    if (!read_value(r, "how many launches", launches, &launch_count) || !read_value(r, "min", min, &metric.min) ||
        !read_value(r, "median", median, &metric.median) || !read_value(r, "max", max, &metric.max))
        return false;
    if (strtok_r(NULL, " \t", &at)) return wrong(r, "%s has more than six fields", parse_quote(name).text);
    if (metric.min > metric.median || metric.median > metric.max)
        return wrong(r, "%s has min %g, median %g, max %g; they must rise", parse_quote(name).text, metric.min,
                     metric.median, metric.max);
    if (launch_count < 1 || launch_count > 1e6 || launch_count != floor(launch_count))
        return wrong(r, "launches is %g; it must be a whole number from 1 to 1000000", launch_count);
    if (capture_metric(kernel, name)) return wrong(r, "%s stands twice in one kernel", parse_quote(name).text);
    metric.launch_count = (uint64_t)launch_count;
    metric.name = arena_copy_text(r->arena, name);
    metric.unit = arena_copy_text(r->arena, unit);
    kernel->metrics = grown(r->arena, kernel->metrics, kernel->metric_count, sizeof *kernel->metrics);
    kernel->metrics[kernel->metric_count++] = metric;
    return true;
}

static bool read_count(const Reader *r, const char *key, const char *value, uint64_t *out) {
    Err err = {0};
    return parse_size(value, key, 0, 1ull << 40, out, &err) || wrong(r, "%s", err.text);
}

/* A key of a run. Keys that this version does not know are kept out, for later versions may add some. */
static bool read_run_key(Reader *r, CaptureRun *run, const char *key, const char *value) {
    const struct {
        const char *key;
        uint64_t *count;
    } counts[] = {{"version", &run->version},
                  {"batch", &run->batch_count},
                  {"heads", &run->head_count},
                  {"kv-heads", &run->kv_head_count},
                  {"seq", &run->query_rows},
                  {"kv-seq", &run->key_rows},
                  {"head-dim", &run->head_dim_elems},
                  {"block-q", &run->block_query_rows},
                  {"block-k", &run->block_key_rows},
                  {"window", &run->window_keys},
                  {"backward-block-q", &run->backward_block_query_rows},
                  {"backward-block-k", &run->backward_block_key_rows},
                  {"bytes", &run->probe_bytes}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (strcmp(counts[i].key, key) == 0) return read_count(r, key, value, counts[i].count);
    if (strcmp(key, "algorithm") == 0)
        run->algorithm = arena_copy_text(r->arena, value);
    else if (strcmp(key, "dtype") == 0)
        run->dtype = arena_copy_text(r->arena, value);
    else if (strcmp(key, "causal") == 0) {
        run->is_causal = strcmp(value, "on") == 0;
        if (!run->is_causal && strcmp(value, "off") != 0)
            return wrong(r, "causal is '%s'; it must be on or off", parse_quote(value).text);
    } else if (strcmp(key, "pass") == 0) {
        for (run->pass = PASS_FORWARD; run->pass < PASS_BOTH && strcmp(pass_name(run->pass), value) != 0;) run->pass++;
        if (strcmp(pass_name(run->pass), value) != 0)
            return wrong(r, "pass is '%s'; it must be forward, backward or both", parse_quote(value).text);
    } else if (strcmp(key, "l2") == 0) {
        if (!capture_l2_find(value, &run->l2))
            return wrong(r, "l2 is '%s'; it must be cold, warm or drained", parse_quote(value).text);
    } else if (strcmp(key, "relative_error") == 0) {
        return read_value(r, key, value, &run->relative_error);
    }
    return true;
}

static bool read_key(Reader *r, char *line) {
    char *equals = strchr(line, '=');
    if (!equals)
        return wrong(r, "'%s' is no line of a capture; see the format in sim/capture.h", parse_quote(line).text);
    char *key_end = equals, *value = equals + 1 + strspn(equals + 1, " \t");
    while (key_end > line && (key_end[-1] == ' ' || key_end[-1] == '\t')) key_end--;
    *key_end = 0;
    if (!*line || !*value) return wrong(r, "a key and a value are needed on both sides of '='");
    if (strcmp(line, "kernel") == 0) return begin_kernel(r, value);
    if (last_run(r)) return read_run_key(r, last_run(r), line, value);
    Capture *c = r->capture;
    if (c->key_count == CAPTURE_KEYS_MAX) return wrong(r, "more than %d lines of provenance", CAPTURE_KEYS_MAX);
    c->keys[c->key_count++] = (CaptureKey){arena_copy_text(r->arena, line), arena_copy_text(r->arena, value)};
    return true;
}

static bool read_line(Reader *r, char *line) {
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length && strchr(" \t\r", line[length - 1])) line[--length] = 0;
    if (!length || line[0] == '#') return true;
    if (r->has_ended) return wrong(r, "a line follows `end`");
    if (strcmp(line, "end") == 0) return r->has_ended = true;
    if (strcmp(line, "run") == 0) return begin_run(r);
    if (strncmp(line, "metric ", 7) == 0) return read_metric(r, line + 7);
    return read_key(r, line);
}

static bool check_start(Reader *r, const char *line) {
    static const char format[] = "hbmscope.capture/";
    if (strncmp(line, format, sizeof format - 1) != 0)
        return wrong(r, "this is no capture: the first line must be hbmscope.capture/1");
    if (strcmp(line + sizeof format - 1, "1") != 0)
        return wrong(r, "format is '%s'; this version reads hbmscope.capture/1", parse_quote(line).text);
    return true;
}

bool capture_read_text(const char *name, const char *text, size_t text_bytes, Capture *capture, Arena *arena,
                       Err *err) {
    Capture read = {.name = arena_copy_text(arena, name)};
    Reader r = {&read, arena, 0, false, err};
    if (strlen(text) != text_bytes) return wrong(&r, "the file holds a zero byte: it is no text");
    for (const char *at = text; *at;) {
        char line[CAPTURE_LINE_MAX_BYTES + 1];
        size_t length = strcspn(at, "\n");
        r.line++;
        if (length > CAPTURE_LINE_MAX_BYTES)
            return wrong(&r, "the line has %zu bytes; at most %d are allowed", length, CAPTURE_LINE_MAX_BYTES);
        memcpy(line, at, length);
        line[length] = 0;
        if (length && line[length - 1] == '\r') line[length - 1] = 0;
        if (!(r.line == 1 ? check_start(&r, line) : read_line(&r, line))) return false;
        at += length + (at[length] == '\n');
    }
    if (r.line == 0) return wrong(&r, "the file is empty");
    if (!r.has_ended) return wrong(&r, "the last line must be `end`: the file was cut short");
    *capture = read;
    return true;
}

bool capture_read_bytes(const char *path, const char **out, size_t *out_bytes, Arena *arena, Err *err) {
    FILE *in = fopen(path, "rb");
    if (!in) return err_cannot_read(err, path, errno);
    size_t room_bytes = 65536, used_bytes = 0;
    char *text = arena_alloc_bytes(arena, room_bytes);
    for (size_t got; (got = fread(text + used_bytes, 1, room_bytes - 1 - used_bytes, in)) > 0;) {
        used_bytes += got;
        if (used_bytes < room_bytes - 1) continue;
        if (used_bytes > CAPTURE_FILE_MAX_BYTES) break;
        char *more = arena_alloc_bytes(arena, 2 * room_bytes);
        memcpy(more, text, used_bytes);
        text = more;
        room_bytes *= 2;
    }
    bool is_read = !ferror(in);
    fclose(in);
    if (!is_read) return err_cannot_read(err, path, errno);
    if (used_bytes > CAPTURE_FILE_MAX_BYTES)
        return err_set(err, ERR_OTHER, "%s is longer than %d bytes", path, CAPTURE_FILE_MAX_BYTES);
    text[used_bytes] = 0;
    *out = text;
    *out_bytes = used_bytes;
    return true;
}

bool capture_read_file(const char *path, Capture *capture, Arena *arena, Err *err) {
    const char *text;
    size_t text_bytes;
    return capture_read_bytes(path, &text, &text_bytes, arena, err) &&
           capture_read_text(path, text, text_bytes, capture, arena, err);
}

static bool is_same(uint64_t in_file, uint64_t wanted) { return in_file == 0 || in_file == wanted; }

/* A run of both passes answers one of them: its kernels are found by name. */
static bool has_passes(const CaptureRun *run, const Scenario *s) {
    if (run->pass && (run->pass & s->pass) != s->pass) return false;
    return !(s->pass & PASS_BACKWARD) || (is_same(run->backward_block_query_rows, s->backward_block_query_rows) &&
                                          is_same(run->backward_block_key_rows, s->backward_block_key_rows));
}

static bool answers(const CaptureRun *run, const char *algorithm, const Scenario *s, CaptureL2 l2) {
    return strcmp(run->algorithm, algorithm) == 0 && run->l2 == l2 && run->is_causal == s->is_causal &&
           (!*run->dtype || strcmp(run->dtype, dtype_name(s->dtype)) == 0) &&
           is_same(run->batch_count, s->batch_count) && is_same(run->head_count, s->head_count) &&
           is_same(run->kv_head_count, s->kv_head_count) && is_same(run->query_rows, s->query_rows) &&
           is_same(run->key_rows, s->key_rows) && is_same(run->head_dim_elems, s->head_dim_elems) &&
           is_same(run->block_query_rows, s->block_query_rows) && is_same(run->block_key_rows, s->block_key_rows) &&
           is_same(run->window_keys, s->window_keys) && has_passes(run, s);
}

/* The simulator's own version goes before all others, then the highest, then the one with no more passes. */
static bool is_better(const CaptureRun *run, const CaptureRun *best, const Scenario *s) {
    if (capture_is_modelled(run) != capture_is_modelled(best)) return capture_is_modelled(run);
    if (run->version != best->version) return run->version > best->version;
    return best->pass != s->pass && run->pass == s->pass;
}

const CaptureRun *capture_find_run(const Capture *capture, const char *algorithm, const Scenario *scenario,
                                   CaptureL2 l2) {
    const CaptureRun *best = NULL;
    for (int i = 0; i < capture->run_count; i++) {
        const CaptureRun *run = &capture->runs[i];
        if (answers(run, algorithm, scenario, l2) && (!best || is_better(run, best, scenario))) best = run;
    }
    return best;
}
