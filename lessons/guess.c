/* Reads and judges a guess: see guess.h. */
#include "lessons/guess.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/units.h"

#define KIB 1024.0
const GuessUnit guess_units[] = {
    {"bytes", QUANTITY_BYTES, 1},
    {"B", QUANTITY_BYTES, 1},
    {"byte", QUANTITY_BYTES, 1},
    {"KB", QUANTITY_BYTES, 1e3},
    {"MB", QUANTITY_BYTES, 1e6},
    {"GB", QUANTITY_BYTES, 1e9},
    {"TB", QUANTITY_BYTES, 1e12},
    {"PB", QUANTITY_BYTES, 1e15},
    {"KiB", QUANTITY_BYTES, KIB},
    {"MiB", QUANTITY_BYTES, KIB *KIB},
    {"GiB", QUANTITY_BYTES, KIB *KIB *KIB},
    {"TiB", QUANTITY_BYTES, KIB *KIB *KIB *KIB},
    {"PiB", QUANTITY_BYTES, KIB *KIB *KIB *KIB *KIB},
    {"x", QUANTITY_RATIO, 1},
    {"times", QUANTITY_RATIO, 1},
    {"%", QUANTITY_RATIO, 0.01},
    {"percent", QUANTITY_RATIO, 0.01},
    {"s", QUANTITY_TIME, 1},
    {"ms", QUANTITY_TIME, 1e-3},
    {"us", QUANTITY_TIME, 1e-6},
    {"ns", QUANTITY_TIME, 1e-9},
    {"FLOP", QUANTITY_FLOPS, 1},
    {"FLOPs", QUANTITY_FLOPS, 1},
    {"MFLOP", QUANTITY_FLOPS, 1e6},
    {"GFLOP", QUANTITY_FLOPS, 1e9},
    {"TFLOP", QUANTITY_FLOPS, 1e12},
    {"PFLOP", QUANTITY_FLOPS, 1e15},
    {"FLOP/B", QUANTITY_INTENSITY, 1},
    {"GB/s", QUANTITY_RATE, 1e9},
    {"TB/s", QUANTITY_RATE, 1e12},
    {"count", QUANTITY_COUNT, 1},
    {"tokens", QUANTITY_COUNT, 1},
    {"length", QUANTITY_COUNT, 1},
    {"steps", QUANTITY_COUNT, 1},
    {"blocks", QUANTITY_COUNT, 1},
    {"threads", QUANTITY_COUNT, 1},
    {"warps", QUANTITY_COUNT, 1},
    {"layers", QUANTITY_COUNT, 1},
    {"keys", QUANTITY_COUNT, 1},
    {"rows", QUANTITY_COUNT, 1},
    {"sectors", QUANTITY_COUNT, 1},
    {"requests", QUANTITY_COUNT, 1},
    {"elements", QUANTITY_COUNT, 1},
    {"exponentials", QUANTITY_COUNT, 1},
    {"tiles", QUANTITY_COUNT, 1},
    {"strips", QUANTITY_COUNT, 1},
    {"GPUs", QUANTITY_COUNT, 1},
};
const int guess_unit_count = (int)(sizeof guess_units / sizeof guess_units[0]);

static const struct {
    const char *name;
    double factor;
} scale_words[] = {
    {"K", KIB},        {"M", KIB *KIB},  {"G", KIB *KIB *KIB}, {"T", KIB *KIB *KIB *KIB},
    {"thousand", 1e3}, {"million", 1e6}, {"billion", 1e9},     {"trillion", 1e12},
};

const GuessUnit *guess_unit_find(const char *name) {
    for (int i = 0; i < guess_unit_count; i++)
        if (strcmp(guess_units[i].name, name) == 0) return &guess_units[i];
    for (int i = 0; i < guess_unit_count; i++)
        if (strcasecmp(guess_units[i].name, name) == 0) return &guess_units[i];
    for (int i = 0; i < guess_unit_count; i++) {
        const GuessUnit *unit = &guess_units[i];
        size_t singular_chars = (size_t)guess_unit_chars(unit, 1);
        if (strlen(name) == singular_chars && strncasecmp(unit->name, name, singular_chars) == 0) return unit;
    }
    return NULL;
}

/* Things that are counted are named in the plural in the table. */
int guess_unit_chars(const GuessUnit *unit, double number) {
    int chars = (int)strlen(unit->name);
    bool is_one = unit->quantity == QUANTITY_COUNT && number == 1;
    return is_one && unit->name[chars - 1] == 's' ? chars - 1 : chars;
}

static const char *skip_space(const char *p) {
    while (isspace((unsigned char)*p)) p++;
    return p;
}

/* One number: digits with , or _ between them, a decimal point, an exponent. */
static const char *read_number(const char *p, double *value) {
    char digits[64];
    int length = 0;
    for (p = skip_space(p); *p && length < (int)sizeof digits - 1; p++) {
        bool is_group = (*p == ',' || *p == '_') && isdigit((unsigned char)p[1]) && length > 0;
        bool is_exponent =
            (*p == 'e' || *p == 'E') && length > 0 &&
            (isdigit((unsigned char)p[1]) || ((p[1] == '+' || p[1] == '-') && isdigit((unsigned char)p[2])));
        if (is_group) continue;
        if (is_exponent) {
            digits[length++] = *p++;
            if (*p == '+' || *p == '-') {
                if (length < (int)sizeof digits - 1) digits[length++] = *p++;
            }
            p--;
        } else if (isdigit((unsigned char)*p) || *p == '.') {
            digits[length++] = *p;
        } else {
            break;
        }
    }
    digits[length] = '\0';
    char *end;
    *value = strtod(digits, &end);
    return length > 0 && *end == '\0' && strcmp(digits, ".") != 0 ? p : NULL;
}

/* A word after a number: letters, %, and / inside it ("GB/s"). */
static const char *read_word(const char *p, char word[24]) {
    int length = 0;
    for (; (isalpha((unsigned char)*p) || *p == '%' || (*p == '/' && length > 0 && isalpha((unsigned char)p[1]))) &&
           length < 23;
         p++)
        word[length++] = *p;
    word[length] = '\0';
    return p;
}

static bool find_scale(const char *word, double *factor) {
    for (size_t i = 0; i < sizeof scale_words / sizeof scale_words[0]; i++)
        if (strcasecmp(word, scale_words[i].name) == 0) {
            *factor = scale_words[i].factor;
            return true;
        }
    return false;
}

/* --- arithmetic, as people type it: 2*1024*64, exp(1-2) + 1, (3 + 1) / 4, e^-1 --- */

enum { DEPTH_MAX = 8 };
static const char *read_sum(const char *p, int depth, double *value);

/* "(sum)"; NULL where it is not closed. */
static const char *read_parentheses(const char *p, int depth, double *value) {
    p = skip_space(p);
    if (*p != '(' || depth == DEPTH_MAX) return NULL;
    p = read_sum(p + 1, depth + 1, value);
    if (!p) return NULL;
    p = skip_space(p);
    return *p == ')' ? p + 1 : NULL;
}

/* exp(..), sqrt(..), the constant e, (..), or a number with its K M G T or "million". */
static const char *read_atom(const char *p, int depth, double *value) {
    char word[24];
    const char *end = read_word(p, word);
    bool is_exp = strcmp(word, "exp") == 0;
    if (is_exp || strcmp(word, "sqrt") == 0) {
        end = read_parentheses(end, depth, value);
        *value = is_exp ? exp(*value) : sqrt(*value);
        return end;
    }
    if (strcmp(word, "e") == 0) {
        *value = exp(1);
        return end;
    }
    if (*p == '(') return read_parentheses(p, depth, value);
    p = read_number(p, value);
    if (!p) return NULL;
    end = read_word(skip_space(p), word);
    double scale;
    if (!word[0] || !find_scale(word, &scale)) return p;
    *value *= scale;
    return end;
}

/* -atom, atom ^ factor */
static const char *read_factor(const char *p, int depth, double *value) {
    p = skip_space(p);
    if (depth == DEPTH_MAX) return NULL;
    if (*p == '-') {
        p = read_factor(p + 1, depth + 1, value);
        *value = -*value;
        return p;
    }
    p = read_atom(p, depth, value);
    const char *after = p ? skip_space(p) : NULL;
    if (!p || *after != '^') return p;
    double power;
    p = read_factor(after + 1, depth + 1, &power);
    *value = p ? pow(*value, power) : 0;
    return p;
}

/* Whether an operand follows an operator: "GB/s" divides nothing, "64x" multiplies nothing. */
static bool is_operand(const char *p) {
    p = skip_space(p);
    return isdigit((unsigned char)*p) || *p == '(' || *p == '.' || strncmp(p, "exp", 3) == 0 ||
           strncmp(p, "sqrt", 4) == 0;
}

static const char *read_product(const char *p, int depth, double *value) {
    p = read_factor(p, depth, value);
    for (; p;) {
        const char *sign = skip_space(p);
        if (!(*sign == '*' || ((*sign == 'x' || *sign == '/') && is_operand(sign + 1)))) return p;
        double next;
        p = read_factor(sign + 1, depth, &next);
        if (p) *value = *sign == '/' ? *value / next : *value * next;
    }
    return NULL;
}

static const char *read_sum(const char *p, int depth, double *value) {
    p = read_product(p, depth, value);
    for (; p;) {
        const char *sign = skip_space(p);
        if (*sign != '+' && *sign != '-') return p;
        double next;
        p = read_product(sign + 1, depth, &next);
        if (p) *value += *sign == '-' ? -next : next;
    }
    return NULL;
}

static bool refuse(Err *err, const char *text) {
    return err_set(err, ERR_USAGE,
                   "'%.60s' is not a number with a unit; write it like `1.5 GiB`, `64x`, `12 ms` or `2*1024*64`", text);
}

bool guess_parse(const char *text, const GuessUnit *fallback, Guess *guess, Err *err) {
    if (strlen(text) > GUESS_TEXT_MAX)
        return err_set(err, ERR_USAGE, "a guess of %zu characters is too long; at most %d", strlen(text),
                       GUESS_TEXT_MAX);
    const char *p = skip_space(text);
    if (*p == '~') p++;
    double value = 0;
    p = read_sum(p, 0, &value);
    if (!p) return refuse(err, text);
    p = skip_space(p);
    char word[24];
    p = skip_space(read_word(p, word));
    const GuessUnit *unit = word[0] ? guess_unit_find(word) : fallback;
    if (word[0] && !unit)
        return err_set(err, ERR_USAGE, "'%s' is not a unit known here; bytes are B, KB, KiB, MB, MiB, GB, GiB", word);
    if (*p || !isfinite(value) || value < 0) return refuse(err, text);
    *guess = (Guess){value * unit->factor, unit, word[0] != '\0'};
    return true;
}

static bool is_close(double a, double b, double tolerance) { return fabs(a - b) <= tolerance * fabs(b); }

/* Whether the typed unit, read the other way (GB as GiB, GiB as GB), would be right. */
static bool is_1024_slip(const GuessUnit *unit, double ratio) {
    for (int k = 1; k <= 4; k++) {
        bool is_power_of_1000 = unit->factor == pow(1000, k), is_power_of_1024 = unit->factor == pow(1024, k);
        if (is_power_of_1000 || unit->factor == 1) {
            if (is_close(ratio, pow(1.024, -k), 0.004)) return true;
        }
        if (is_power_of_1024 || unit->factor == 1) {
            if (is_close(ratio, pow(1.024, k), 0.004)) return true;
        }
    }
    return false;
}

/* A power of 1000 or 1024, give or take what 1024/1000 confuses: returns k, or 0. */
static int prefix_steps(double ratio, double tolerance) {
    for (int k = -4; k <= 4; k++)
        if (k != 0 && (is_close(ratio, pow(1000, k), tolerance) || is_close(ratio, pow(1024, k), tolerance))) return k;
    return 0;
}

static Judgement judged(Verdict verdict, double ratio, double points) {
    return (Judgement){.verdict = verdict, .ratio = ratio, .points = points};
}

/* "1,880", not 1.88e+03. */
static UnitText factor_text(double factor) {
    if (factor >= 1000) return units_number(factor);
    UnitText text;
    snprintf(text.text, sizeof text.text, "%.3g", factor);
    return text;
}

static Judgement judge_size(double ratio) {
    Judgement j;
    if (ratio > 0 && fabs(log10(ratio)) <= 0.5) {
        j = judged(VERDICT_SAME_ORDER, ratio, 0);
        snprintf(j.text, sizeof j.text, "The right order of magnitude, but %s by a factor of %.3g.",
                 ratio < 1 ? "low" : "high", ratio < 1 ? 1 / ratio : ratio);
        return j;
    }
    bool is_low = ratio < 1;
    j = judged(is_low ? VERDICT_TOO_LOW : VERDICT_TOO_HIGH, ratio, 0);
    if (ratio <= 0) {
        snprintf(j.text, sizeof j.text, "Too low: the answer is more than nothing.");
        return j;
    }
    double orders = fabs(log10(ratio));
    snprintf(j.text, sizeof j.text, "Too %s by a factor of %s: %.0f order%s of magnitude.", is_low ? "low" : "high",
             factor_text(is_low ? 1 / ratio : ratio).text, fmax(1, round(orders)), round(orders) > 1 ? "s" : "");
    return j;
}

static const char *quantity_words(Quantity quantity) {
    switch (quantity) {
    case QUANTITY_BYTES: return "bytes";
    case QUANTITY_RATIO: return "a ratio";
    case QUANTITY_TIME: return "a time";
    case QUANTITY_FLOPS: return "floating-point operations";
    case QUANTITY_COUNT: return "a number of things";
    case QUANTITY_RATE: return "bytes per second";
    case QUANTITY_INTENSITY: return "FLOP per byte";
    }
    assert(!"a quantity without words");
    return "";
}

/* Mistakes that the ratio alone betrays, most telling first. */
static bool judge_telling_ratio(const GuessUnit *unit, double ratio, const GuessTruth *truth, Judgement *j) {
    bool is_bytes = truth->unit->quantity == QUANTITY_BYTES;
    int steps = prefix_steps(ratio, fmax(truth->tolerance, 0.02));
    if (is_bytes && is_1024_slip(unit, ratio)) {
        *j = judged(VERDICT_1024, ratio, 0.5);
        snprintf(j->text, sizeof j->text,
                 "The right count in the wrong units: KB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024.");
    } else if (is_close(ratio, 2, 0.02) || is_close(ratio, 0.5, 0.02)) {
        *j = judged(VERDICT_FACTOR_TWO, ratio, 0);
        snprintf(j->text, sizeof j->text, "%s.",
                 ratio > 1 && is_bytes
                     ? "Twice too much: something was counted two times (or the elements are half as wide)"
                 : ratio > 1 ? "Twice too much: something was counted two times"
                 : is_bytes  ? "Half of it: something counts twice (a read and a write? two bytes an element? K and V?)"
                             : "Half of it: something counts twice");
    } else if (is_bytes && (is_close(ratio, 8, 0.02) || is_close(ratio, 0.125, 0.02))) {
        *j = judged(VERDICT_BITS, ratio, 0);
        snprintf(j->text, sizeof j->text, "Off by exactly 8: bits for bytes, or the other way round?");
    } else if (steps != 0) {
        *j = judged(VERDICT_PREFIX, ratio, 0);
        snprintf(j->text, sizeof j->text, "The digits are right, the prefix is not: off by %s%d.", "1000^",
                 steps < 0 ? -steps : steps);
    } else {
        return false;
    }
    return true;
}

static Judgement judge_reading(const Guess *guess, const GuessTruth *truth) {
    double ratio = guess->value / truth->value;
    if (guess->unit->quantity != truth->unit->quantity) {
        Judgement j = judged(VERDICT_WRONG_QUANTITY, ratio, 0);
        snprintf(j.text, sizeof j.text, "%s is %s; the question asks for %s.", guess->unit->name,
                 quantity_words(guess->unit->quantity), quantity_words(truth->unit->quantity));
        return j;
    }
    if (is_close(guess->value, truth->value, truth->tolerance)) {
        Judgement j = judged(VERDICT_RIGHT, ratio, 1);
        snprintf(j.text, sizeof j.text, "Right.");
        return j;
    }
    for (int i = 0; i < truth->slip_count; i++) {
        if (!is_close(guess->value, truth->slips[i].value, fmin(truth->tolerance, 0.02))) continue;
        Judgement j = judged(VERDICT_SLIP, ratio, 0);
        snprintf(j.text, sizeof j.text, "%s", truth->slips[i].sentence);
        return j;
    }
    Judgement j;
    if (judge_telling_ratio(guess->unit, ratio, truth, &j)) return j;
    if (is_close(guess->value, truth->value, 0.25)) {
        j = judged(VERDICT_NEAR, ratio, 0.5);
        snprintf(j.text, sizeof j.text, "Near: %.0f %% too %s.", fabs(ratio - 1) * 100, ratio < 1 ? "low" : "high");
        return j;
    }
    return judge_size(ratio);
}

/* Bytes, seconds, x: what a number of this quantity is without a prefix. */
static const GuessUnit *plain_unit(const GuessUnit *unit) {
    for (int i = 0; i < guess_unit_count; i++)
        if (guess_units[i].quantity == unit->quantity && guess_units[i].factor == 1) return &guess_units[i];
    return unit;
}

/* A bare number may be meant in the question's unit (16 KiB) or plainly (16384 bytes): as right as it can be read, and
 * else as it comes nearer. */
Judgement guess_judge(const Guess *guess, const GuessTruth *truth) {
    assert(truth->unit && truth->value > 0 && truth->tolerance >= 0);
    Judgement judgement = judge_reading(guess, truth);
    const GuessUnit *plain = plain_unit(guess->unit);
    if (guess->has_unit || guess->unit->quantity != truth->unit->quantity || plain->factor == guess->unit->factor)
        return judgement;
    Guess plainly = {guess->value / guess->unit->factor, plain, false};
    Judgement other = judge_reading(&plainly, truth);
    bool is_nearer = other.ratio > 0 && fabs(log(other.ratio)) < fabs(log(judgement.ratio));
    return other.verdict == VERDICT_RIGHT || (is_nearer && judgement.verdict != VERDICT_RIGHT) ? other : judgement;
}

const char *verdict_name(Verdict verdict) {
    static const char *const names[] = {"right",         "near",           "known slip",    "1024 for 1000",
                                        "factor of two", "bits for bytes", "wrong prefix",  "same order",
                                        "too low",       "too high",       "wrong quantity"};
    return names[verdict];
}
