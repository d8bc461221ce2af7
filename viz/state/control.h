/* Controls: what of a scene can be pressed, dragged or reached by Tab. They are hit regions of the scene that was drawn
 * last, with kinds of their own beside those of the views. Pure.
 */
#ifndef VIZ_STATE_CONTROL_H
#define VIZ_STATE_CONTROL_H
#include "viz/scene.h"

typedef enum ControlKind {
    CONTROL_NONE = 0,
    CONTROL_COMMAND = 1000, /* index[0]: Command */
    CONTROL_SLIDER,         /* index[0]: SliderId */
    CONTROL_TIMELINE,
    CONTROL_MARK,        /* index[0]: of the lead's marks */
    CONTROL_CLOCK,       /* index[0]: RaceClock */
    CONTROL_PLOT,        /* index[0]: 0 none, else 1 + number in the table of plots */
    CONTROL_RUNNER,      /* index[0]: runner; makes it the lead */
    CONTROL_MATRIX,      /* index[0]: runner */
    CONTROL_COUNTER,     /* index[0]: CounterId, index[1]: runner; opens its formula */
    CONTROL_FORMULA_ROW, /* index[0]: row of the formula, index[1]: runner; marks the steps that it sums */
    CONTROL_LESSON,      /* index[0]: of the shelf; the shelf's count: close the one that is open */
    CONTROL_END
} ControlKind;

typedef struct Control {
    int kind, index, runner;
    uint64_t value;
} Control;
static inline bool control_equal(Control a, Control b) {
    return a.kind == b.kind && a.index == b.index && a.runner == b.runner && a.value == b.value;
}
/* The region that shows it, with the text of its hint. */
SceneHit control_hit(Control control, const char *text);
/* The control of a region; of kind CONTROL_NONE where the region is none or NULL. */
Control control_of(const SceneHit *hit);
/* The topmost region of the scene that shows the control; NULL where none does or scene is NULL. */
const SceneCommand *control_find(const Scene *scene, Control control);
/* The control after the focused one in drawing order (direction 1) or before it (-1), around the end: Tab's order. */
Control control_next(const Scene *scene, Control focus, int direction);
#endif
