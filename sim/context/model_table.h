/* Built-in models: shortened config.json texts, read by the same reader as a user's own.
 * Pure; a model_find fails only where neither a built-in nor a readable file has the name. */
#ifndef SIM_CONTEXT_MODEL_TABLE_H
#define SIM_CONTEXT_MODEL_TABLE_H
#include "sim/context/model.h"

typedef struct ModelEntry {
    const char *name;   /* as --model takes it */
    const char *source; /* whose config.json */
    const char *config; /* the keys that decide attention and size */
} ModelEntry;
extern const ModelEntry model_table[];
extern const int model_table_count;

/* A built-in model by name. An unknown name's error lists the known ones. */
bool model_find(const char *name, Model *model, Err *err);
#endif
