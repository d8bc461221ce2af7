/* Numbers as people type them, sums included: "1,024", "128K", "2*1024*64", "exp(1-2) + 1", "(3 + 1) / 4", "e^-1".
 *
 *     sum      product [+ - product]...
 *     product  factor [* x / factor]...         "64x" and "GB/s" end before their sign: no operand follows
 *     factor   -factor | atom [^ factor]
 *     atom     digits[K M G T | thousand million ...] | e | exp(sum) | sqrt(sum) | (sum)
 *
 * Digits may be grouped by commas or underscores. K M G T are powers of 1024, "million" and the like powers of ten.
 * Pure.
 */
#ifndef LESSONS_TYPED_NUMBER_H
#define LESSONS_TYPED_NUMBER_H

/* Where the number ends, or NULL where none stands or parentheses do not close; *value may be infinite or no number. */
const char *typed_number_read(const char *text, double *value);

enum { TYPED_WORD_BYTES = 24 };
/* The word at p (letters, %, and / inside it as in "GB/s"), cut where it is too long; returns where it ends. */
const char *typed_number_word(const char *p, char word[TYPED_WORD_BYTES]);
#endif
