/* hbmscope counters: what is counted (sim/counters.h), with unit, hardware counter and meaning. */
#include "sim/counters.h"
#include "viz/cli/child.h"
#include "viz/cli/json_out.h"
#include "viz/cli/verbs.h"

static const char *class_name(CounterClass counter_class) {
    static const char *const names[] = {"step", "kernel", "maximum"};
    return names[counter_class];
}

static void print_text(Output *output) {
    output_format(output, "%-21s %-12s %-8s %s\n%-21s %-12s %-8s %s\n\n", "counter", "unit", "summed", "meaning", "",
                  "", "over", "  hardware counter (names of Hopper)");
    for (int i = 0; i < COUNTER_COUNT; i++) {
        const CounterInfo *info = &counter_info[i];
        output_format(output, "%-21s %-12s %-8s %s\n", info->key, info->unit, class_name(info->counter_class),
                      info->meaning);
        if (info->hardware[0]) output_format(output, "%-21s %-12s %-8s   %s\n", "", "", "", info->hardware);
    }
    output_format(output, "%-21s %-12s %-8s %s\n", "time_ns", "ns", "kernel", "cycle-light time, where modelled");
}

static void print_json(Output *output) {
    json_t *root = json_pack("{s:s, s:[]}", "format", "hbmscope.counters/1", "counters");
    for (int i = 0; i < COUNTER_COUNT; i++) {
        const CounterInfo *info = &counter_info[i];
        json_array_append_new(json_object_get(root, "counters"),
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "key", info->key, "unit", info->unit, "class",
                                        class_name(info->counter_class), "hardware", info->hardware, "meaning",
                                        info->meaning));
    }
    json_out_document(output, root);
}

static void print_csv(Output *output) {
    output_format(output, "key,unit,class,hardware,meaning\n");
    for (int i = 0; i < COUNTER_COUNT; i++)
        output_format(output, "%s,%s,%s,%s,\"%s\"\n", counter_info[i].key, counter_info[i].unit,
                      class_name(counter_info[i].counter_class), counter_info[i].hardware, counter_info[i].meaning);
}

/* --chip: CUPTI is asked, on this host and without a GPU, whether the chip has the counters. hbmscope-capture does it.
 */
static bool ask_chip(const char *chip, OutputFormat format, Err *err) {
    if (format == OUTPUT_CSV) return err_set(err, ERR_USAGE, "counters --chip knows --json, not --csv");
    const char *const words[] = {
        "hbmscope-capture", "counters", "--chip", chip, format == OUTPUT_JSON ? "--json" : NULL, NULL};
    return child_become("hbmscope-capture", words, ERR_OTHER, "`make` builds it where the CUDA toolkit is", err);
}

bool verb_counters(int argc, char **argv, Err *err) {
    OutputFormat format = OUTPUT_TEXT;
    const char *chip = NULL;
    const VerbOption own[] = {{.name = "chip", .value = &chip}};
    if (!verb_parse_list(argc, argv, own, 1, &format, err)) return false;
    if (chip) return ask_chip(chip, format, err);
    Output output = {0};
    if (format == OUTPUT_JSON)
        print_json(&output);
    else if (format == OUTPUT_CSV)
        print_csv(&output);
    else
        print_text(&output);
    return output_flush(&output, err);
}
