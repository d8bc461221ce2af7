/* A guess: what a person types ("1.5 GiB", "64x", "2*1024*64", "128K"), read and judged.
 *
 * Pure. A guess is judged by its ratio to the truth, and the verdict says what kind of mistake the ratio betrays:
 * something forgotten (the question brings those wrong answers along), 1024 for 1000, a factor of two, a unit. Grammar:
 * [~] number [unit], the number as typed_number.h has it, the unit one of guess_unit.h.
 */
#ifndef LESSONS_GUESS_H
#define LESSONS_GUESS_H
#include <stdbool.h>

#include "lessons/guess_unit.h"
#include "sim/base/err.h"

enum { GUESS_MAX_CHARS = 120 };

typedef struct Guess {
    double value;          /* in base units */
    const GuessUnit *unit; /* as typed, or the question's own where none was typed */
    bool has_unit;
} Guess;

/* Reads a guess; a bare number is in `fallback` units (guess_judge tries the plain ones, too). */
bool guess_parse(const char *text, const GuessUnit *fallback, Guess *guess, Err *err);

/* Which of option_count options an answer names, by its number from 1 or by its letter: its index, or -1. */
int guess_choice(const char *text, int option_count);

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
#endif
