/* Whether an answer in prose says something, by key words: "written once / one store" is said where the words of one of
 * its phrases stand in the answer in their order, with at most KEY_WORDS_GAP others between two of them.
 *
 * A word is letters and digits; it is met by any word that begins with it (rescal: rescale, rescaling), but one of up
 * to two letters only by itself or its plural (m, SMs, L2). Case does not matter. Pure. It knows no negation.
 */
#ifndef LESSONS_KEY_WORDS_H
#define LESSONS_KEY_WORDS_H
#include <stdbool.h>

enum { KEY_WORDS_GAP = 2 };

/* phrases: "PHRASE / PHRASE / ..." */
bool key_words_are_in(const char *answer, const char *phrases);
#endif
