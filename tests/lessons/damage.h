/* What a slip of the editor does to a text: for parsers, which must refuse it with a sentence or take it. */
#ifndef TESTS_LESSONS_DAMAGE_H
#define TESTS_LESSONS_DAMAGE_H
#include <string.h>

#include "sim/base/random.h"

/* One byte becomes one of `bytes`, or a few are copied over others. */
static inline void damage_text(uint64_t *random_state, char *text, const char *bytes) {
    size_t length = strlen(text), to = random_below(random_state, length), from = random_below(random_state, length);
    size_t count = random_below(random_state, 40);
    if (random_below(random_state, 2))
        text[to] = bytes[random_below(random_state, strlen(bytes))];
    else if (from + count < length && to + count < length)
        memmove(text + to, text + from, count);
}
#endif
