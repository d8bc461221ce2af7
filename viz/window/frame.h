/* Frame: everything the window shows, as one scene. Pure: no SDL, no pixels, no clock.
 *
 *     scenario                          plots | sliders values lecture ? keys
 *     +------------------------------------------+----------------------+
 *     | panels, one an algorithm                 | plot                 |
 *     | counters that race                       | sliders              |
 *     | timeline with bookmarks                  |                      |
 *     +------------------------------------------+----------------------+
 *     |< < tile  <  play  >  tile >  >|   slower 1 step/s faster   clock
 *
 * What the window shows and what P saves are this same scene at two qualities.
 */
#ifndef VIZ_WINDOW_FRAME_H
#define VIZ_WINDOW_FRAME_H
#include "viz/state/view_state.h"
#include "viz/theme.h"
#include "viz/views/views.h"

enum { FRAME_PLOTS_MAX = 8 };

/* The views that can stand beside the replay, in tab order. */
typedef struct FramePlots {
    const View *views[FRAME_PLOTS_MAX];
    int count;
} FramePlots;
FramePlots frame_plots(void);

/* The scale of type and layout for a state: the window's size, --scale and lecture mode. */
Theme frame_theme(const ViewState *state);

/* input: with counts, race and what the plots need. */
void frame_draw(const ViewInput *input, const FramePlots *plots, const ViewState *state, const Theme *theme,
                Scene *scene);
#endif
