/* A guess: what a person types ("1.5 GiB", "64x", "2*1024*64", "128K"), read and judged.
 *
 * Pure. A guess is judged by its ratio to the truth, and the verdict says what kind of mistake the ratio betrays:
 * something forgotten (the question brings those wrong answers along), 1024 for 1000, a factor of two, a unit.
 * Grammar: number [* / ^ number]... [unit]; digits may be grouped by commas or underscores. K M G T after a number
 * are powers of 1024, "million" and "billion" powers of ten.
 */
#ifndef LESSONS_GUESS_H
#define LESSONS_GUESS_H
#include <stdbool.h>

#include "sim/base/err.h"

typedef enum Quantity {
    QUANTITY_BYTES,
    QUANTITY_RATIO,
    QUANTITY_TIME,      /* seconds */
    QUANTITY_FLOPS,     /* floating-point operations */
    QUANTITY_COUNT,     /* things: tokens, steps, blocks, sectors, exponentials */
    QUANTITY_RATE,      /* bytes per second */
    QUANTITY_INTENSITY, /* FLOP per byte */
} Quantity;

/* A unit as typed or printed; value in base units = number x factor. */
typedef struct GuessUnit {
    const char *name;
    Quantity quantity;
    double factor;
} GuessUnit;
extern const GuessUnit guess_units[];
extern const int guess_unit_count;
/* NULL where there is none; case counts only where two differ by it. "token" is found as "tokens". */
const GuessUnit *guess_unit_find(const char *name);
/* How many characters of the unit's name stand after this number: "1 token", "2 tokens". */
int guess_unit_chars(const GuessUnit *unit, double number);

enum { GUESS_TEXT_MAX = 120, GUESS_SLIPS_MAX = 8 };

typedef struct Guess {
    double value;          /* in base units */
    const GuessUnit *unit; /* as typed, or the question's own where none was typed */
    bool has_unit;
} Guess;

/* Reads a guess; a bare number is in `fallback` units (guess_judge tries the plain ones, too). */
bool guess_parse(const char *text, const GuessUnit *fallback, Guess *guess, Err *err);

/* A known wrong answer and the sentence that says what was forgotten. */
typedef struct GuessSlip {
    double value;
    const char *sentence;
} GuessSlip;

typedef struct GuessTruth {
    double value;          /* in base units */
    const GuessUnit *unit; /* the question's */
    double tolerance;      /* relative: 0.05 is five percent */
    const GuessSlip *slips;
    int slip_count;
} GuessTruth;

typedef enum Verdict {
    VERDICT_RIGHT,
    VERDICT_NEAR, /* within a quarter */
    VERDICT_SLIP, /* a known wrong answer */
    VERDICT_1024, /* KiB for KB or the other way round */
    VERDICT_FACTOR_TWO,
    VERDICT_BITS,       /* bits for bytes or the other way round */
    VERDICT_PREFIX,     /* right digits, wrong prefix: MB for GB */
    VERDICT_SAME_ORDER, /* within a factor of about three */
    VERDICT_TOO_LOW,
    VERDICT_TOO_HIGH,
    VERDICT_WRONG_QUANTITY, /* milliseconds where bytes are asked */
} Verdict;

typedef struct Judgement {
    Verdict verdict;
    double ratio;   /* guess / truth */
    double points;  /* 1 right, 0.5 near or in the wrong powers, 0 else */
    char text[420]; /* one or two sentences */
} Judgement;

Judgement guess_judge(const Guess *guess, const GuessTruth *truth);
const char *verdict_name(Verdict verdict);
#endif
