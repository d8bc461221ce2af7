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
    const char *name; /* of the file, for messages */
    bool has_failed;
    Err *err;
} HfKeys;

/* Records "name: ..." unless an earlier error stands. Returns false. */
bool hf_fail(HfKeys *keys, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The value under key, or NULL where it is absent or null. */
json_t *hf_value(const HfKeys *keys, const char *key);
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
