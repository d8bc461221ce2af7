/* Playing: the position moves by itself as time passes, at one of a few speeds. Part of a view state. Pure: time is an
 * argument.
 *
 * At reading speed the replay waits at every bookmark, so that it never runs away from the viewer.
 */
#ifndef VIZ_STATE_PLAY_H
#define VIZ_STATE_PLAY_H
#include "viz/state/view_state.h"

/* ViewState.speed_index is a row of speed_table. */
typedef struct SpeedInfo {
    const char *text;
    MoveUnit unit;
    double per_s;
    bool is_smooth; /* spread over the unit's steps instead of jumping from one to the next */
} SpeedInfo;
extern const SpeedInfo speed_table[];
enum { SPEED_DEFAULT = 2 };

/* Starts, from the beginning where the end was reached, or stops. */
void play_toggle(ViewState *state, const Race *race);
/* The next speed up (1) or down (-1). */
void play_change_speed(ViewState *state, int direction);
void play_tick(ViewState *state, const Race *race, uint64_t elapsed_ns);
#endif
