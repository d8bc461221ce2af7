/* Look: how a replay is looked at, as words. What the window shows is saved with them, and `draw` reads them back.
 *
 *     lead = flash2         whose steps the position counts; left out where it is the longest run
 *     zoom = 3@0.25,0.5     level, and the centre as parts of the matrix (row, column); without @ it follows the tile
 *     zoom = warp | lane    the lens, on request number `request` and on lane number `lane`
 *     values = on           the numbers themselves
 *     summed = flops/O = PV/         counter, kernel and tensor of a row of the lead's formula: its steps are marked
 *
 * Pure. Fails with ERR_USAGE where a word is wrong or does not fit the race.
 */
#ifndef VIZ_STATE_LOOK_H
#define VIZ_STATE_LOOK_H
#include <stdio.h>

#include "viz/state/view_state.h"

#define LOOK_LIST(X) X(lead) X(zoom) X(request) X(lane) X(values) X(summed)

/* As given; NULL where not. */
typedef struct LookTexts {
#define X(name) const char *name;
    LOOK_LIST(X)
#undef X
} LookTexts;

/* Changes *state by what is given, at the same place of the clock where the lead changes. */
bool look_read(const LookTexts *texts, const Race *race, ViewState *state, Err *err);
/* Lines of `key = value`, of what differs from a state just made. */
void look_write(const ViewState *state, const Race *race, FILE *out);
#endif
