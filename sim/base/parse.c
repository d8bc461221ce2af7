/* Numbers and names out of text: see parse.h. */
#include "sim/base/parse.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SUFFIXES[] = "KMGT";
static const double WHOLE_MAX = 1e18;

Quoted parse_quote(const char *text) {
    Quoted quoted = {{0}};
    size_t i = 0;
    for (; text[i] && i < 60; i++) quoted.text[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
    if (text[i]) memcpy(quoted.text + 57, "...", 3);
    return quoted;
}

const char *parse_skip_space(const char *text) {
    while (isspace((unsigned char)*text)) text++;
    return text;
}

char *parse_trim(char *text) {
    while (isspace((unsigned char)*text)) text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) *--end = '\0';
    return text;
}

Quoted parse_size_text(uint64_t value) {
    Quoted out;
    int suffix = -1;
    while (suffix < 3 && value >= 1024 && value % 1024 == 0) value /= 1024, suffix++;
    if (suffix < 0)
        snprintf(out.text, sizeof out.text, "%llu", (unsigned long long)value);
    else
        snprintf(out.text, sizeof out.text, "%llu%c", (unsigned long long)value, SUFFIXES[suffix]);
    return out;
}

static bool read_size(const char *text, uint64_t *out) {
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    if (at == text) return false;
    if (*at) {
        char upper = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        const char *suffix = strchr(SUFFIXES, upper);
        if (!suffix || at[1]) return false;
        for (long i = 0; i <= suffix - SUFFIXES; i++)
            if (__builtin_mul_overflow(value, 1024, &value)) return false;
    }
    *out = value;
    return true;
}

bool parse_size(const char *text, const char *what, uint64_t min, uint64_t max, uint64_t *out, Err *err) {
    uint64_t value;
    if (!read_size(text, &value) || value < min || value > max)
        return err_set(err, ERR_USAGE,
                       "%s is '%s'; it must be a whole number from %s to %s (K, M, G, T: powers of 1024)", what,
                       parse_quote(text).text, parse_size_text(min).text, parse_size_text(max).text);
    *out = value;
    return true;
}

bool parse_on_off(const char *text, const char *what, bool *out, Err *err) {
    bool is_on = strcmp(text, "on") == 0;
    if (!is_on && strcmp(text, "off") != 0)
        return err_set(err, ERR_USAGE, "%s is '%s'; it must be on or off", what, parse_quote(text).text);
    *out = is_on;
    return true;
}

bool parse_real(const char *text, const char *what, double min, double max, double *out, Err *err) {
    char *end = NULL;
    bool is_decimal = text[0] && text[strspn(text, "0123456789.eE+-")] == 0;
    double value = is_decimal ? strtod(text, &end) : 0;
    if (!is_decimal || *end || !isfinite(value) || value < min || value > max)
        return err_set(err, ERR_USAGE, "%s is '%s'; it must be a number from %g to %g", what, parse_quote(text).text,
                       min, max);
    *out = value;
    return true;
}

Quoted parse_real_text(double value) {
    Quoted out;
    if (value == floor(value) && fabs(value) < WHOLE_MAX) { /* a rate: 900000000000, not 9e+11 */
        snprintf(out.text, sizeof out.text, "%.0f", value);
        return out;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out.text, sizeof out.text, "%.*g", digits, value);
        if (strtod(out.text, NULL) == value) break;
    }
    return out;
}

enum { NEAREST_LETTERS_MAX = 40 };

static int min_int(int a, int b) { return a < b ? a : b; }

/* Letters changed, added, dropped, or swapped with their neighbour (optimal string alignment), row by row. */
static int edit_distance(const char *a, const char *b) {
    int rows[3][NEAREST_LETTERS_MAX + 1];
    int *above_above = rows[0], *above = rows[1], *row = rows[2];
    int length = (int)strlen(b);
    for (int j = 0; j <= length; j++) above[j] = above_above[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (int j = 1; j <= length; j++) {
            row[j] = min_int(above[j - 1] + (a[i - 1] != b[j - 1]), 1 + min_int(above[j], row[j - 1]));
            bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_swapped) row[j] = min_int(row[j], above_above[j - 2] + 1);
        }
        int *oldest = above_above;
        above_above = above;
        above = row;
        row = oldest;
    }
    return above[length];
}

void nearest_try(Nearest *nearest, const char *name) {
    size_t word_letters = strlen(nearest->word), name_letters = strlen(name);
    if (word_letters > NEAREST_LETTERS_MAX || name_letters > NEAREST_LETTERS_MAX) return;
    int distance = edit_distance(nearest->word, name);
    size_t longest = word_letters > name_letters ? word_letters : name_letters;
    int allowed = min_int(3, longest < 5 ? 1 : (int)(longest + 1) / 3);
    bool is_start = word_letters >= 2 && strncmp(nearest->word, name, word_letters) == 0;
    if (distance > allowed && !is_start) return;
    if (nearest->best && distance >= nearest->best_distance) return;
    nearest->best = name;
    nearest->best_distance = distance;
}

Quoted nearest_hint(const Nearest *nearest) {
    Quoted out = {{0}};
    if (nearest->best) snprintf(out.text, sizeof out.text, "; did you mean '%.40s'?", nearest->best);
    return out;
}
