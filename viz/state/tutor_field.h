/* The field below a lesson's text: tutor->text and its caret, one line for a guess, many for a program.
 *
 * Pure, on these two members alone; the text is ASCII, never longer than TUTOR_TEXT_BYTES - 1: what is too much is not
 * taken. Handing it in is the tutor's (tutor.h), as are Enter, Escape and Tab.
 */
#ifndef VIZ_STATE_TUTOR_FIELD_H
#define VIZ_STATE_TUTOR_FIELD_H
#include "viz/state/tutor.h"

/* Another text, cut where it is too long; the caret behind it. */
void tutor_field_set(Tutor *tutor, const char *text);
/* A character typed, something erased, or the caret moved, as the key says; false where it is no key of a field. */
bool tutor_field_key(Tutor *tutor, const Event *event);
/* A new line at the caret, indented as the one before it. */
void tutor_field_line(Tutor *tutor);
#endif
