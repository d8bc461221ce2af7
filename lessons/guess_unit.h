/* Units that a person types and a text shows: "GiB", "ms", "x", "tokens". A table and questions to it; pure. */
#ifndef LESSONS_GUESS_UNIT_H
#define LESSONS_GUESS_UNIT_H

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

/* NULL where there is none; case counts only where two differ by it. "token" finds "tokens". */
const GuessUnit *guess_unit_find(const char *name);
/* How many characters of the unit's name stand after this number: "1 token", "2 tokens". */
int guess_unit_chars(const GuessUnit *unit, double number);

/* What a number of the same quantity is without a prefix: bytes, s, x; the unit itself where the table has none. */
const GuessUnit *guess_unit_plain(const GuessUnit *unit);
#endif
