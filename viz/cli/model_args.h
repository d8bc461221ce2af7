/* --model NAME or --config FILE: the model of verbs and views that speak of one. */
#ifndef VIZ_CLI_MODEL_ARGS_H
#define VIZ_CLI_MODEL_ARGS_H
#include "sim/context/model.h"

/* Exactly one of the two may be given; neither: `fallback`, a built-in name, or an error where that is NULL. */
bool model_from_args(const char *name, const char *config_path, const char *fallback, Model *model, Err *err);
/* --cache DTYPE: keys and values are kept in that type. NULL leaves the model's own. */
bool model_cache_from_arg(const char *dtype, Model *model, Err *err);
#endif
