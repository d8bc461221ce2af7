/* hbmscope l2curve: DRAM/L2 read fraction of a buffer that all SMs sweep, a line a size (sim/memory/l2_curve.h). */
#include <jansson.h>
#include <string.h>

#include "sim/base/parse.h"
#include "sim/memory/l2_curve.h"
#include "viz/cli/json_out.h"
#include "viz/cli/verbs.h"

enum { SIZES_MAX = 256, SIZE_TEXT_BYTES = 32 };
#define BUFFER_MAX_BYTES ((uint64_t)1 << 40)

/* Default: an eighth of L2 to twice its size. */
static int default_sizes(const L2CurveConfig *config, uint64_t *sizes) {
    uint64_t step_bytes = 32 * config->chunk_bytes;
    int count = 0;
    for (uint64_t eighths = 1; eighths <= 16; eighths++)
        sizes[count++] = (config->l2_bytes * eighths / 8 + step_bytes - 1) / step_bytes * step_bytes;
    return count;
}

static bool parse_sizes(const char *list, uint64_t *sizes, int *size_count, Err *err) {
    for (*size_count = 0; list;) {
        const char *comma = strchr(list, ',');
        size_t length = comma ? (size_t)(comma - list) : strlen(list);
        char text[SIZE_TEXT_BYTES];
        if (*size_count == SIZES_MAX)
            return err_set(err, ERR_USAGE, "--sizes lists more than %d sizes; at most %d are taken", SIZES_MAX,
                           SIZES_MAX);
        if (length >= sizeof text)
            return err_set(err, ERR_USAGE, "--sizes holds '%s'; a size is a number with at most one of K, M, G, T",
                           parse_quote(list).text);
        memcpy(text, list, length);
        text[length] = 0;
        if (!parse_size(text, "a size of --sizes", 1, BUFFER_MAX_BYTES, &sizes[(*size_count)++], err)) return false;
        list = comma ? comma + 1 : NULL;
    }
    return true;
}

static void print_text(Output *output, const L2CurveConfig *config, const char *gpu, const L2CurvePoint *points,
                       int count) {
    output_format(output, "%s: L2 of %llu KiB in %d partition%s, %u SMs, chunks of %llu KiB\n", gpu,
                  (unsigned long long)(config->l2_bytes >> 10), config->partition_count,
                  config->partition_count > 1 ? "s" : "", config->sm_count,
                  (unsigned long long)(config->chunk_bytes >> 10));
    output_format(output, "%12s %8s %18s %18s %12s\n", "buffer KiB", "of L2", "L2 read bytes", "DRAM read bytes",
                  "DRAM / L2");
    for (int i = 0; i < count; i++)
        output_format(output, "%12llu %8.3f %18llu %18llu %12.4f\n", (unsigned long long)(points[i].buffer_bytes >> 10),
                      (double)points[i].buffer_bytes / (double)config->l2_bytes,
                      (unsigned long long)points[i].l2_read_bytes, (unsigned long long)points[i].dram_read_bytes,
                      points[i].dram_fraction);
}

static void print_csv(Output *output, const L2CurveConfig *config, const char *gpu, const L2CurvePoint *points,
                      int count) {
    output_format(output, "gpu,l2_bytes,buffer_bytes,l2_read_bytes,dram_read_bytes,dram_fraction\n");
    for (int i = 0; i < count; i++)
        output_format(output, "%s,%llu,%llu,%llu,%llu,%.6f\n", gpu, (unsigned long long)config->l2_bytes,
                      (unsigned long long)points[i].buffer_bytes, (unsigned long long)points[i].l2_read_bytes,
                      (unsigned long long)points[i].dram_read_bytes, points[i].dram_fraction);
}

static void print_json(Output *output, const L2CurveConfig *config, const char *gpu, const L2CurvePoint *points,
                       int count) {
    json_t *root =
        json_pack("{s:s, s:s, s:o, s:i, s:i, s:o, s:[]}", "format", "hbmscope.l2curve/1", "gpu", gpu, "l2_bytes",
                  json_out_u64(config->l2_bytes), "partition_count", config->partition_count, "sm_count",
                  (int)config->sm_count, "chunk_bytes", json_out_u64(config->chunk_bytes), "points");
    for (int i = 0; i < count; i++)
        json_array_append_new(json_object_get(root, "points"),
                              json_pack("{s:o, s:o, s:o, s:f}", "buffer_bytes", json_out_u64(points[i].buffer_bytes),
                                        "l2_read_bytes", json_out_u64(points[i].l2_read_bytes), "dram_read_bytes",
                                        json_out_u64(points[i].dram_read_bytes), "dram_fraction",
                                        points[i].dram_fraction));
    json_out_document(output, root);
}

static bool run_points(const L2CurveConfig *config, const uint64_t *sizes, int size_count, L2CurvePoint *points,
                       Err *err) {
    for (int i = 0; i < size_count; i++) {
        Arena arena = {0};
        bool is_good = l2_curve_point(*config, sizes[i], &points[i], &arena, err);
        arena_free(&arena);
        if (!is_good) return false;
    }
    return true;
}

bool verb_l2curve(int argc, char **argv, Err *err) {
    const char *gpu = "a100-40", *size_list = NULL, *l2_text = NULL, *chunk_text = NULL;
    const VerbOption own[] = {
        {"gpu", &gpu, NULL}, {"sizes", &size_list, NULL}, {"l2", &l2_text, NULL}, {"chunk", &chunk_text, NULL}};
    OutputFormat format = OUTPUT_TEXT;
    Machine machine;
    if (!verb_parse_list(argc, argv, own, sizeof own / sizeof *own, &format, err)) return false;
    if (!verb_find_gpu(gpu, &machine, err)) return false;
    L2CurveConfig config = l2_curve_config(&machine);
    if (l2_text && !parse_size(l2_text, "--l2", 4096, MACHINE_L2_MAX_BYTES, &config.l2_bytes, err)) return false;
    if (chunk_text && !parse_size(chunk_text, "--chunk", 128, 1 << 20, &config.chunk_bytes, err)) return false;
    if (config.chunk_bytes % 128 != 0)
        return err_set(err, ERR_USAGE, "--chunk is %s; it must be a multiple of 128 bytes, a line",
                       parse_quote(chunk_text).text);
    uint64_t sizes[SIZES_MAX];
    L2CurvePoint points[SIZES_MAX];
    int size_count = 0;
    if (!size_list)
        size_count = default_sizes(&config, sizes);
    else if (!parse_sizes(size_list, sizes, &size_count, err))
        return false;
    if (!run_points(&config, sizes, size_count, points, err)) return false;
    Output output = {0};
    if (format == OUTPUT_JSON)
        print_json(&output, &config, machine.name, points, size_count);
    else if (format == OUTPUT_CSV)
        print_csv(&output, &config, machine.name, points, size_count);
    else
        print_text(&output, &config, machine.name, points, size_count);
    return output_flush(&output, err);
}
