/* Keys of a parsed config.json, fetched with a check and an error that names the key.
 *
 * The reader is sticky: after the first error every fetch returns its fallback, so a list of keys is
 * read straight down and checked once at its end.
 */
#ifndef SIM_CONTEXT_HF_KEYS_H
#define SIM_CONTEXT_HF_KEYS_H
#include <jansson.h>

#include "sim/context/model.h"

typedef struct HfKeys {
    json_t *root;     /* the object that holds the keys */
    json_t *file;     /* the whole file: a multimodal one keeps the language model's keys one level down */
    const char *name; /* of the file, for messages */
    bool has_failed;
    Err *err;
    char taken[160]; /* "num_attention_heads 8, head_dim 256": what transformers' defaults filled in */
} HfKeys;

/* Records "name: ..." unless an earlier error stands. Returns false. */
bool hf_fail(HfKeys *keys, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The value under key, or NULL where it is absent or null. */
json_t *hf_value(const HfKeys *keys, const char *key);
/* The key is there and its value is null: not the same as a key left out, which has the class's default. */
bool hf_is_null(const HfKeys *keys, const char *key);
/* The keys are those of an object inside the file, which leaves out what equals its class's defaults. */
bool hf_is_nested(const HfKeys *keys);
/* Families spell one size in several ways: the first of these names (NULL ends them) that the file has, or NULL. Two
 * that are there and differ are an error. */
const char *hf_spelling(HfKeys *keys, const char *const *names);
/* Remembers that `value` was taken from the class's defaults. Returns it. */
uint64_t hf_take(HfKeys *keys, const char *key, uint64_t value);
bool hf_has(const HfKeys *keys, const char *key);
/* A whole number in 1..max; the key must be there. */
uint64_t hf_count(HfKeys *keys, const char *key, uint64_t max);
/* The same, or fallback where the key is absent or null. */
uint64_t hf_count_or(HfKeys *keys, const char *key, uint64_t min, uint64_t max, uint64_t fallback);
bool hf_bool_or(HfKeys *keys, const char *key, bool fallback);
double hf_real_or(HfKeys *keys, const char *key, double fallback);
/* A string owned by the JSON tree, or NULL where absent. */
const char *hf_text(HfKeys *keys, const char *key);
#endif
