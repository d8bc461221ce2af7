/* Which model is meant: see model_args.h. */
#include "viz/cli/model_args.h"

#include "sim/base/parse.h"
#include "sim/context/hf_config.h"
#include "sim/context/model_table.h"

bool model_from_args(const char *name, const char *config_path, const char *fallback, Model *model, Err *err) {
    if (name && config_path) return err_set(err, ERR_USAGE, "--model and --config both name a model; give one of them");
    if (config_path) return hf_config_read_file(config_path, model, err);
    if (name || fallback) return model_find(name ? name : fallback, model, err);
    return err_set(err, ERR_USAGE, "a model is needed: --model NAME (such as llama-3-8b) or --config config.json");
}

bool model_cache_from_arg(const char *dtype, Model *model, Err *err) {
    Scenario parsed = scenario_default();
    if (!dtype) return true;
    if (!scenario_set(&parsed, "dtype", dtype, NULL))
        return err_set(err, ERR_USAGE, "--cache is '%s'; it must be one of fp32|fp16|bf16|fp8",
                       parse_quote(dtype).text);
    model->cache_dtype = parsed.dtype;
    return true;
}
