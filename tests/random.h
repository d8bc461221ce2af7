/* Numbers that look random and are the same in every run: a linear congruential generator of 64 bits, the upper ones
 * given out. Source of its two constants: Knuth's MMIX (The Art of Computer Programming, vol. 2, 3.3.4).
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H
#include <stdint.h>
#include <string.h>

/* 0 .. 2^31 - 1. */
static inline uint64_t random_next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static inline uint64_t random_below(uint64_t *state, uint64_t bound) { return random_next(state) % bound; }

/* What a slip of the editor does to a text: one byte becomes one of `bytes`, or a few are copied over others. */
static inline void random_damage(uint64_t *state, char *text, const char *bytes) {
    size_t length = strlen(text), to = random_below(state, length), from = random_below(state, length);
    size_t count = random_below(state, 40);
    if (random_below(state, 2))
        text[to] = bytes[random_below(state, strlen(bytes))];
    else if (from + count < length && to + count < length)
        memmove(text + to, text + from, count);
}
#endif
