/* The command line of a verb with a scenario: verb_parse of verb.h. */
#include <string.h>

#include "sim/base/parse.h"
#include "sim/context/hf_config.h"
#include "sim/context/layers.h"
#include "viz/cli/args.h"

static const char GPU_PREFIX[] = "gpu.";

/* Whether scenario_set knows the option; whether it may stand without a value is scenario_options' matter. */
static const ScenarioOption *find_option(const char *name) {
    for (int i = 0; i < scenario_option_count; i++)
        if (strcmp(scenario_options[i].key, name) == 0) return &scenario_options[i];
    return NULL;
}

typedef struct ScenarioArgs {
    const VerbOption *own;
    int own_count;
    const char *path;    /* the SCENARIO word */
    bool has_gpu_figure; /* a --gpu.KEY was seen */
} ScenarioArgs;

/* A refusal that starts with the option's own key, not with a GPU file's name. */
static bool is_about(const Err *err, const char *key) {
    size_t length = strlen(key);
    return strncmp(err->text, key, length) == 0 && (err->text[length] == ' ' || !err->text[length]);
}

/* A switch may be followed by on or off; a scenario file of that name is ./on. */
static bool next_is_on_off(const ArgReader *reader) {
    const char *next = reader->index + 1 < reader->argc ? reader->argv[reader->index + 1] : "";
    return strcmp(next, "on") == 0 || strcmp(next, "off") == 0;
}

/* A scenario option; sets it unless scenario is NULL. */
static bool take_scenario_option(ArgReader *reader, Arg *arg, ScenarioArgs *args, Scenario *scenario, Err *err) {
    const ScenarioOption *option = find_option(arg->name);
    bool is_figure = strncmp(arg->name, GPU_PREFIX, strlen(GPU_PREFIX)) == 0;
    if (!option && !is_figure) return arg_unknown(arg, args->own, args->own_count, true, err);
    if (option && option->is_switch && !arg->text && !next_is_on_off(reader)) arg->text = "on";
    if (!arg_take_value(reader, arg, err)) return false;
    args->has_gpu_figure |= is_figure;
    if (args->has_gpu_figure && strcmp(arg->name, "gpu") == 0)
        return err_set(err, ERR_USAGE, "--gpu must come before the --gpu.KEY that change it");
    if (!scenario || scenario_set(scenario, arg->name, arg->text, err)) return true;
    return is_figure || !is_about(err, arg->name) ? false : err_prefix(err, "--");
}

/* One pass over the words: scenario NULL to find the SCENARIO word and set own options, else to set the scenario's. */
static bool read_words(int argc, char **argv, ScenarioArgs *args, Scenario *scenario, OutputFormat *format, Err *err) {
    ArgReader reader = {.argc = argc, .argv = argv};
    args->has_gpu_figure = false;
    for (Arg arg; arg_next(&reader, &arg);) {
        bool is_taken = false;
        if (!arg.name[0]) {
            if (!scenario && args->path)
                return err_set(err, ERR_USAGE, "'%s' is one word too many; the scenario file is '%s'",
                               parse_quote(arg.text).text, parse_quote(args->path).text);
            args->path = arg.text;
            continue;
        }
        if (!arg_take_own(&reader, &arg, args->own, args->own_count, format, &is_taken, err)) return false;
        if (!is_taken && !take_scenario_option(&reader, &arg, args, scenario, err)) return false;
    }
    return true;
}

/* A SCENARIO word that ends in .json is a model's config.json, else a scenario file. */
static bool read_scenario(const char *path, Scenario *scenario, Err *err) {
    static const char ending[] = ".json";
    size_t length = strlen(path);
    bool is_config = length >= strlen(ending) && strcmp(path + length - strlen(ending), ending) == 0;
    if (!is_config) return scenario_read_file(scenario, path, err);
    Model model;
    return hf_config_read_file(path, &model, err) && layers_one_scenario(&model, scenario, err);
}

/* The file is read before any option is set, wherever it stands among them. */
bool verb_parse_upon(int argc, char **argv, const VerbOption *own, int own_count, Scenario *scenario,
                     OutputFormat *format, Err *err) {
    Scenario read = *scenario;
    ScenarioArgs args = {.own = own, .own_count = own_count};
    *format = OUTPUT_TEXT;
    if (!read_words(argc, argv, &args, NULL, format, err)) return false;
    if (args.path && !read_scenario(args.path, &read, err)) return false;
    read.has_default_algorithms = true;
    if (!read_words(argc, argv, &args, &read, format, err)) return false;
    *scenario = read;
    return true;
}

bool verb_parse_unfinished(int argc, char **argv, const VerbOption *own, int own_count, Scenario *scenario,
                           OutputFormat *format, Err *err) {
    *scenario = scenario_default();
    return verb_parse_upon(argc, argv, own, own_count, scenario, format, err);
}

bool verb_parse(int argc, char **argv, const VerbOption *own, int own_count, Scenario *scenario, OutputFormat *format,
                Err *err) {
    return verb_parse_unfinished(argc, argv, own, own_count, scenario, format, err) && scenario_finish(scenario, err);
}
