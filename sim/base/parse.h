/* Numbers and names out of text that a person wrote. Pure functions.
 *
 * A failure is one sentence that names the thing, the value and the rule:
 *     seq is '-5'; it must be a whole number from 1 to 16M (K, M, G, T: powers of 1024)
 */
#ifndef SIM_BASE_PARSE_H
#define SIM_BASE_PARSE_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/err.h"

/* Text as it may stand in a message: printable, at most 60 characters. */
typedef struct Quoted {
    char text[64];
} Quoted;
Quoted parse_quote(const char *text);
/* The first character that is no white space. */
const char *parse_skip_space(const char *text);
/* Where text begins and ends without white space; cuts the end off in place. */
char *parse_trim(char *text);

/* "64K" -> 65536. Digits and at most one of K, M, G, T (either case). */
bool parse_size(const char *text, const char *what, uint64_t min, uint64_t max, uint64_t *out, Err *err);
/* "1.555e12". Decimal only: no hexadecimal, infinity or NaN. */
bool parse_real(const char *text, const char *what, double min, double max, double *out, Err *err);
/* "on" or "off", and nothing else. */
bool parse_on_off(const char *text, const char *what, bool *out, Err *err);
/* The shortest decimal text that reads back to the same double; a whole number below 1e18 in plain digits. */
Quoted parse_real_text(double value);
/* 65536 -> "64K", 1000 -> "1000": the inverse of parse_size. */
Quoted parse_size_text(uint64_t value);

/* The known name closest to what was typed, for "did you mean": try every name, then read best.
 * best stays NULL where nothing is near (about a third of the letters may differ). */
typedef struct Nearest {
    const char *word;
    const char *best;
    int best_distance;
} Nearest;
void nearest_try(Nearest *nearest, const char *name);
/* "; did you mean 'seq'?" or "". */
Quoted nearest_hint(const Nearest *nearest);
#endif
