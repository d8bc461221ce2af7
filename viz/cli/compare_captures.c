/* `hbmscope compare` over whole captures: see compare_captures.h. */
#include "viz/cli/compare_captures.h"

#include <string.h>

#include "sim/base/parse.h"
#include "viz/cli/args.h"
#include "viz/cli/compare_output.h"

typedef struct Asked {
    const char *points, *probes, *speed, *against, *gpu, *store;
    bool is_summary, has_policies;
    OutputFormat format;
    CompareModel model;
} Asked;

bool compare_captures_is_asked(int argc, char **argv) {
    static const char *const names[] = {"points", "probes", "speed"};
    ArgReader reader = {.argc = argc, .argv = argv};
    for (Arg arg; arg_next(&reader, &arg);)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strcmp(arg.name, names[i]) == 0) return true;
    return false;
}

static bool parse_store(const char *text, L2Store *store, Err *err) {
    if (!text) return true;
    *store = strcmp(text, "near") == 0 ? L2_STORE_NEAR : L2_STORE_HOME;
    return *store == L2_STORE_NEAR || strcmp(text, "home") == 0 ||
           err_set(err, ERR_USAGE, "--l2-store is '%s'; it must be home or near", parse_quote(text).text);
}

static bool check(const Asked *a, Err *err) {
    if ((a->points != NULL) + (a->probes != NULL) + (a->speed != NULL) != 1)
        return err_set(err, ERR_USAGE, "--points, --probes and --speed exclude each other");
    if (!a->points && (a->is_summary || a->has_policies || a->against))
        return err_set(err, ERR_USAGE, "--summary, --policies and --against go with --points");
    if (a->has_policies && (a->against || a->is_summary))
        return err_set(err, ERR_USAGE, "--policies goes with neither --against nor --summary");
    if (a->format == OUTPUT_JSON || (a->format == OUTPUT_CSV && (!a->points || a->has_policies || a->against)))
        return err_set(err, ERR_USAGE, "over whole captures there is --csv, of --points alone");
    return true;
}

/* What is printed. */

static bool add_points(const CaptureFiles *files, CompareModel model, ComparePoints *points, Arena *arena, Err *err) {
    for (int i = 0; i < files->count; i++)
        if (!compare_points_add(points, &files->captures[i], model, arena, err)) return false;
    return true;
}

/* ncu's counters, timed passes and kernels on the CPU are held against other things. */
static CaptureFiles held_against_model(const CaptureFiles *files, Arena *arena) {
    CaptureFiles held = {.captures = ARENA_ARRAY(arena, Capture, files->count + 1)};
    static const char *const others[] = {"ncu", "events", "twin", "launches"};
    for (int i = 0; i < files->count; i++) {
        bool is_other = false;
        for (size_t o = 0; o < sizeof others / sizeof *others; o++)
            is_other |= capture_files_is(&files->captures[i], others[o]);
        if (!is_other) held.captures[held.count++] = files->captures[i];
    }
    return held;
}

static bool print_policies(const CaptureFiles *files, CompareModel model, Arena *arena, Output *output, Err *err) {
    ComparePoints points[2] = {{0}, {0}};
    for (int store = 0; store < 2; store++) {
        model.store = (L2Store)store;
        if (!add_points(files, model, &points[store], arena, err)) return false;
    }
    int count;
    const ComparePolicyPoint *found = compare_policies(&points[0], &points[1], &count, arena);
    compare_print_policies(found, count, arena, output);
    return true;
}

static bool print_points(const Asked *a, const CaptureFiles *files, Arena *arena, Output *output, Err *err) {
    CaptureFiles held = held_against_model(files, arena);
    ComparePoints points = {0};
    if (a->format != OUTPUT_CSV) compare_print_sources(&held, a->is_summary ? "- " : "", arena, output);
    if (!held.count) output_format(output, "No captures: no counter of a GPU has been read yet.\n");
    if (a->has_policies) return print_policies(&held, a->model, arena, output, err);
    if (!add_points(&held, a->model, &points, arena, err)) return false;
    if (a->format == OUTPUT_CSV) {
        compare_print_points_csv(&points, arena, output);
        return true;
    }
    if (held.count)
        output_format(output, "\n%d points of %d run%s\n\n", points.point_count, points.run_count,
                      points.run_count == 1 ? "" : "s");
    if (!a->is_summary && held.count) {
        compare_print_points(&points, false, arena, output);
        output_format(output, "\n");
    }
    compare_print_summary(&points, arena, output);
    return true;
}

static bool print_probes(const Asked *a, const CaptureFiles *files, Arena *arena, Output *output, Err *err) {
    CaptureFiles held = held_against_model(files, arena);
    ComparePoints points = {0};
    compare_print_sources(&held, "", arena, output);
    if (!add_points(&held, a->model, &points, arena, err)) return false;
    compare_print_points(&points, true, arena, output);
    compare_print_fits(&held, output);
    return true;
}

/* The captures of one kind that the path leads to, put together; fails where there is none. */
static bool read_kind(const char *path, const char *source, Capture *all, Arena *arena, Err *err) {
    CaptureFiles files = {0};
    if (!capture_files_read(path, &files, arena, err)) return false;
    Capture found = {0};
    int run_count = 0;
    for (int i = 0; i < files.count; i++)
        if (!*source || capture_files_is(&files.captures[i], source)) run_count += files.captures[i].run_count;
    found.runs = ARENA_ARRAY(arena, CaptureRun, run_count + 1);
    for (int i = 0; i < files.count; i++)
        if (!*source || capture_files_is(&files.captures[i], source))
            for (int r = 0; r < files.captures[i].run_count; r++)
                found.runs[found.run_count++] = files.captures[i].runs[r];
    *all = found;
    return run_count ||
           err_set(err, ERR_OTHER, "%s has no run with source = %s", parse_quote(path).text, *source ? source : "any");
}

static bool print_against(const Asked *a, Arena *arena, Output *output, Err *err) {
    Capture first, second;
    if (!read_kind(a->points, "cupti", &first, arena, err) || !read_kind(a->against, "ncu", &second, arena, err))
        return false;
    ComparePairs pairs = compare_pairs(&first, &second, arena);
    compare_print_pairs(&pairs, a->is_summary, arena, output);
    return true;
}

static bool print(const Asked *a, Arena *arena, Output *output, Err *err) {
    CaptureFiles files = {0};
    Capture timed;
    if (a->speed) {
        if (!read_kind(a->speed, "events", &timed, arena, err)) return false;
        compare_print_speed(&timed, arena, output);
        return true;
    }
    if (a->against) return print_against(a, arena, output, err);
    return capture_files_read(a->points ? a->points : a->probes, &files, arena, err) &&
           (a->points ? print_points(a, &files, arena, output, err) : print_probes(a, &files, arena, output, err));
}

bool compare_captures(int argc, char **argv, Err *err) {
    Asked a = {0};
    const VerbOption own[] = {{.name = "points", .value = &a.points},
                              {.name = "probes", .value = &a.probes},
                              {.name = "speed", .value = &a.speed},
                              {.name = "against", .value = &a.against},
                              {.name = "summary", .is_set = &a.is_summary},
                              {.name = "policies", .is_set = &a.has_policies},
                              {.name = "gpu", .value = &a.gpu},
                              {.name = "l2-store", .value = &a.store}};
    if (!verb_parse_list(argc, argv, own, sizeof own / sizeof *own, &a.format, err) ||
        !parse_store(a.store, &a.model.store, err) || !check(&a, err))
        return false;
    a.model.gpu = a.gpu;
    Arena arena = {0};
    Output output = {0};
    bool is_ok = print(&a, &arena, &output, err) && output_flush(&output, err);
    if (!is_ok) output_free(&output);
    arena_free(&arena);
    return is_ok;
}
