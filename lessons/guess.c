/* Reads and judges a guess: see guess.h. */
#include "lessons/guess.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/typed_number.h"
#include "sim/base/parse.h"
#include "sim/units.h"

static bool refuse(Err *err, const char *text) {
    return err_set(err, ERR_USAGE,
                   "'%.60s' is not a number with a unit; write it like `1.5 GiB`, `64x`, `12 ms` or `2*1024*64`", text);
}

bool guess_parse(const char *text, const GuessUnit *fallback, Guess *guess, Err *err) {
    if (strlen(text) > GUESS_MAX_CHARS)
        return err_set(err, ERR_USAGE, "a guess of %zu characters is too long; at most %d", strlen(text),
                       GUESS_MAX_CHARS);
    const char *p = parse_skip_space(text);
    if (*p == '~') p++;
    double value = 0;
    p = typed_number_read(p, &value);
    if (!p) return refuse(err, text);
    p = parse_skip_space(p);
    char word[TYPED_WORD_BYTES];
    p = parse_skip_space(typed_number_word(p, word));
    const GuessUnit *unit = word[0] ? guess_unit_find(word) : fallback;
    if (word[0] && !unit)
        return err_set(err, ERR_USAGE, "'%s' is not a unit known here; bytes are B, KB, KiB, MB, MiB, GB, GiB", word);
    if (*p || !isfinite(value) || value < 0) return refuse(err, text);
    *guess = (Guess){value * unit->factor, unit, word[0] != '\0'};
    return true;
}

int guess_choice(const char *text, int option_count) {
    text = parse_skip_space(text);
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text && isalpha((unsigned char)*text) && !isalnum((unsigned char)text[1]))
        number = toupper((unsigned char)*text) - 'A' + 1;
    return number >= 1 && number <= option_count ? (int)number - 1 : -1;
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

/* A bare number may be meant in the question's unit (16 KiB) or plainly (16384 bytes): as right as it can be read, and
 * else as it comes nearer. */
Judgement guess_judge(const Guess *guess, const GuessTruth *truth) {
    assert(truth->unit && truth->value > 0 && truth->tolerance >= 0);
    Judgement judgement = judge_reading(guess, truth);
    const GuessUnit *plain = guess_unit_plain(guess->unit);
    if (guess->has_unit || guess->unit->quantity != truth->unit->quantity || plain->factor == guess->unit->factor)
        return judgement;
    Guess plainly = {guess->value / guess->unit->factor, plain, false};
    Judgement other = judge_reading(&plainly, truth);
    bool is_nearer = other.ratio > 0 && fabs(log(other.ratio)) < fabs(log(judgement.ratio));
    return other.verdict == VERDICT_RIGHT || (is_nearer && judgement.verdict != VERDICT_RIGHT) ? other : judgement;
}
