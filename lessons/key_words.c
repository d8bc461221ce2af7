/* Key words in prose: see key_words.h. */
#include "lessons/key_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { SHORT_WORD_CHARS = 2 };

/* The next word at or after p, before end; false where there is none. */
static bool next_word(const char **p, const char *end, const char **word, int *length) {
    while (*p < end && !isalnum((unsigned char)**p)) (*p)++;
    *word = *p;
    while (*p < end && isalnum((unsigned char)**p)) (*p)++;
    *length = (int)(*p - *word);
    return *length > 0;
}

static bool is_met(const char *want, int want_length, const char *got, int got_length) {
    bool is_plural = got_length == want_length + 1 && tolower((unsigned char)got[want_length]) == 's';
    if (want_length <= SHORT_WORD_CHARS && want_length != got_length && !is_plural) return false;
    return got_length >= want_length && strncasecmp(want, got, (size_t)want_length) == 0;
}

/* Whether the phrase's words from `phrase` on follow in the answer from `at` on, the first within `reach` words. */
static bool follows(const char *at, const char *answer_end, const char *phrase, const char *phrase_end, int reach) {
    const char *want, *got;
    int want_length, got_length;
    if (!next_word(&phrase, phrase_end, &want, &want_length)) return true;
    for (; reach > 0 && next_word(&at, answer_end, &got, &got_length); reach--)
        if (is_met(want, want_length, got, got_length) &&
            follows(at, answer_end, phrase, phrase_end, KEY_WORDS_GAP + 1))
            return true;
    return false;
}

bool key_words_are_in(const char *answer, const char *phrases) {
    const char *answer_end = answer + strlen(answer);
    for (const char *p = phrases; *p;) {
        const char *end = p + strcspn(p, "/"), *at = p, *word;
        int length;
        bool is_phrase = next_word(&at, end, &word, &length);
        if (is_phrase && follows(answer, answer_end, p, end, (int)(answer_end - answer) + 1)) return true;
        p = end + (*end == '/');
    }
    return false;
}
