/* hbmscope capture: our CUDA kernels under a GPU's counters. The program hbmscope-capture does it, as a child, so that
 * this one never links CUDA. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viz/cli/child.h"
#include "viz/cli/verbs.h"

enum { ARGUMENTS_MAX = 24 };

static bool is_option(const char *word, const char *name) {
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && (word[length] == 0 || word[length] == '=');
}

/* The kernels are fp32 (flash2 has fp16 too), so that is the default here; a scenario file keeps its own. */
static bool wants_default_dtype(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (is_option(argv[i], "--dtype") || (argv[i][0] != '-' && argv[i - 1][0] != '-')) return false;
    return true;
}

static bool parse(int argc, char **argv, const VerbOption *own, int own_count, Scenario *scenario, OutputFormat *format,
                  Err *err) {
    static char dtype[] = "--dtype=fp32";
    char **words = malloc(sizeof *words * (size_t)(argc + 2));
    if (!words) return err_no_memory(err, "the options");
    int count = 0;
    words[count++] = argv[0];
    if (wants_default_dtype(argc, argv)) words[count++] = dtype;
    for (int i = 1; i < argc; i++) words[count++] = argv[i];
    words[count] = NULL;
    bool is_ok = verb_parse(count, words, own, own_count, scenario, format, err);
    free(words);
    return is_ok;
}

bool verb_capture(int argc, char **argv, Err *err) {
    static const char *const passed[] = {"o", "l2-state", "repeat", "device", "version", "kernels", "cupti"};
    enum { PASSED_COUNT = sizeof passed / sizeof *passed };
    const char *values[PASSED_COUNT] = {NULL};
    VerbOption own[PASSED_COUNT];
    for (int i = 0; i < PASSED_COUNT; i++) own[i] = (VerbOption){.name = passed[i], .value = &values[i]};
    Scenario scenario;
    OutputFormat format = OUTPUT_TEXT;
    if (!parse(argc, argv, own, PASSED_COUNT, &scenario, &format, err)) return false;
    if (!values[0]) return err_set(err, ERR_USAGE, "capture needs -o FILE, where the counters go");
    if (format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "capture writes its own format; --json and --csv are for `hbmscope compare`");

    char *text = NULL, option[PASSED_COUNT][16];
    size_t text_bytes = 0;
    FILE *memory = open_memstream(&text, &text_bytes);
    if (!memory) return err_no_memory(err, "the scenario");
    scenario_write(&scenario, memory);
    fclose(memory);
    const char *words[ARGUMENTS_MAX] = {"hbmscope-capture", "capture", "--scenario", text};
    int count = 4;
    for (int i = 0; i < PASSED_COUNT; i++) {
        if (!values[i]) continue;
        snprintf(option[i], sizeof option[i], "%s%s", i ? "--" : "-", passed[i]);
        words[count++] = option[i];
        words[count++] = values[i];
    }
    child_become("hbmscope-capture", words, ERR_HARDWARE,
                 "it was not built, for want of the CUDA toolkit; counters are read where a GPU and CUDA are", err);
    free(text);
    return false;
}
