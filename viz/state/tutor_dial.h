/* The dial that a guess is dragged on: powers of ten of the question's unit, from nearly nothing to more than the
 * largest answer of a lesson.
 *
 * Pure. What the dial says is what may be typed: guess_parse reads it (tests go through every question).
 */
#ifndef VIZ_STATE_TUTOR_DIAL_H
#define VIZ_STATE_TUTOR_DIAL_H
#include "viz/state/tutor.h"

/* The unit that a prediction's answer is in, or NULL. */
const GuessUnit *tutor_unit(const LessonPart *part);
/* What the dial at `part` (0 .. 1) means in the question's units: "1.5 GiB". */
void tutor_dial_text(const Tutor *tutor, double part, char *text, int text_bytes);
#endif
