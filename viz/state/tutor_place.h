/* Where the replay beside a lesson stands: at the bookmark that was met last, or that was chosen.
 *
 * Pure but for AskMemory in the case. In lecture mode, where the text is hidden, bookmarks are all that is left of the
 * lesson: Enter and Backspace go from one to the next, and what it says stands as a note over the replay.
 */
#ifndef VIZ_STATE_TUTOR_PLACE_H
#define VIZ_STATE_TUTOR_PLACE_H
#include "viz/state/tutor.h"

/* The nearest bookmark at or before a part; -1: there is none. */
int tutor_bookmark_before(const Tutor *tutor, int part);
/* The scenario (finished, one algorithm) and step of a bookmark. */
bool tutor_place(const Tutor *tutor, int part, Scenario *scenario, uint64_t *step_index, Err *err);
/* What the window opens at the shown bookmark: the lens, the values, or the whole matrix. */
void tutor_look(const Tutor *tutor, ViewState *state);

/* Lecture mode, where the text is hidden: Enter and Backspace go from bookmark to bookmark. */
TutorEffects tutor_apply_lecture(Tutor *tutor, const Event *event);
/* What the shown bookmark says, as one line; NULL where none is shown. */
const char *tutor_note(const Tutor *tutor, Arena *arena);
/* Which bookmark that is, and the keys that go on: "2 of 4, Enter goes on". */
const char *tutor_note_place(const Tutor *tutor, Arena *arena);
#endif
