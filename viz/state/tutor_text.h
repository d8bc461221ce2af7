/* What the panel shows of a lesson's parts: texts with their numbers filled in, and how they make pages.
 *
 * Numbers are asked once, when the lesson is opened (AskMemory in the case; texts live in the arena); what is drawn
 * later is a pure function of them. A heading is no page of its own: it stands over the part that follows it.
 */
#ifndef VIZ_STATE_TUTOR_TEXT_H
#define VIZ_STATE_TUTOR_TEXT_H
#include "viz/state/tutor.h"

/* Fills tutor->texts[part] and tutor->answers[part]. Fails where a number cannot be asked. */
bool tutor_text_make(Tutor *tutor, int part, Arena *arena, Err *err);
/* A part that is a heading alone is shown together with what it stands over. */
bool tutor_is_heading(const Tutor *tutor, int part);
/* Which of the lesson's pages this is, from 1, and how many there are. */
int tutor_page(const Tutor *tutor, int *page_count);
#endif
