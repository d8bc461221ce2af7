/* Which model is meant: see model_args.h. */
#include "viz/cli/model_args.h"

#include "sim/context/hf_config.h"
#include "sim/context/model_table.h"

bool model_from_args(const char *name, const char *config_path, const char *fallback, Model *model, Err *err) {
    if (name && config_path) return err_set(err, ERR_USAGE, "--model and --config both name a model; give one of them");
    if (config_path) return hf_config_read_file(config_path, model, err);
    if (name || fallback) return model_find(name ? name : fallback, model, err);
    return err_set(err, ERR_USAGE, "a model is needed: --model NAME (such as llama-3-8b) or --config config.json");
}
