/* Checked fetches from config.json: see hf_keys.h. */
#include "sim/context/hf_keys.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool hf_fail(HfKeys *keys, const char *format, ...) {
    if (keys->has_failed) return false;
    keys->has_failed = true;
    char text[480];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_set(keys->err, ERR_USAGE, "%.100s: %s", keys->name, text);
}

json_t *hf_value(const HfKeys *keys, const char *key) {
    json_t *value = json_object_get(keys->root, key);
    return json_is_null(value) ? NULL : value;
}

bool hf_has(const HfKeys *keys, const char *key) { return hf_value(keys, key) != NULL; }

bool hf_is_null(const HfKeys *keys, const char *key) { return json_is_null(json_object_get(keys->root, key)); }

bool hf_is_nested(const HfKeys *keys) { return keys->root != keys->file; }

const char *hf_spelling(HfKeys *keys, const char *const *names) {
    const char *first = NULL;
    for (; *names; names++) {
        json_t *value = hf_value(keys, *names);
        if (!value) continue;
        if (first && !json_equal(value, hf_value(keys, first)))
            hf_fail(keys, "%s and %s both name one size and differ; which is right cannot be known", first, *names);
        if (!first) first = *names;
    }
    return first;
}

uint64_t hf_take(HfKeys *keys, const char *key, uint64_t value) {
    size_t used_bytes = strlen(keys->taken);
    snprintf(keys->taken + used_bytes, sizeof keys->taken - used_bytes, "%s%s %llu", used_bytes ? ", " : "", key,
             (unsigned long long)value);
    return value;
}

/* The value as the user wrote it, cut to a readable length. */
static void value_text(json_t *value, char *out, size_t out_bytes) {
    char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(out, out_bytes, "%.40s%s", dump ? dump : "?", dump && strlen(dump) > 40 ? "..." : "");
    free(dump);
}

static uint64_t count_in(HfKeys *keys, const char *key, json_t *value, uint64_t min, uint64_t max) {
    /* Some files write whole numbers as 32.0; doubles hold those up to 2^53, far above any maximum here. */
    double number = json_number_value(value);
    if (json_is_number(value) && number == floor(number) && number >= (double)min && number <= (double)max)
        return (uint64_t)number;
    char text[64];
    value_text(value, text, sizeof text);
    hf_fail(keys, "%s is %s; it must be a whole number from %llu to %llu", key, text, (unsigned long long)min,
            (unsigned long long)max);
    return min;
}

uint64_t hf_count(HfKeys *keys, const char *key, uint64_t max) {
    json_t *value = hf_value(keys, key);
    if (value) return count_in(keys, key, value, 1, max);
    hf_fail(keys, "%s is missing; attention cannot be counted without it", key);
    return 1;
}

uint64_t hf_count_or(HfKeys *keys, const char *key, uint64_t min, uint64_t max, uint64_t fallback) {
    json_t *value = hf_value(keys, key);
    return value ? count_in(keys, key, value, min, max) : fallback;
}

bool hf_bool_or(HfKeys *keys, const char *key, bool fallback) {
    json_t *value = hf_value(keys, key);
    if (!value) return fallback;
    if (!json_is_boolean(value)) hf_fail(keys, "%s must be true or false", key);
    return json_is_true(value);
}

double hf_real_or(HfKeys *keys, const char *key, double fallback) {
    json_t *value = hf_value(keys, key);
    if (!value) return fallback;
    double number = json_number_value(value);
    if (!json_is_number(value) || !isfinite(number) || number <= 0) {
        hf_fail(keys, "%s must be a number above 0", key);
        return fallback;
    }
    return number;
}

const char *hf_text(HfKeys *keys, const char *key) {
    json_t *value = hf_value(keys, key);
    if (!value) return NULL;
    if (!json_is_string(value)) hf_fail(keys, "%s must be a string", key);
    return json_string_value(value);
}
