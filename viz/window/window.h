/* The window: a scenario on the screen until it is closed.
 *
 * The only part of the program that knows SDL2 and the clock. Everything it shows is frame.h's scene, drawn by cairo
 * straight into the window's own pixels; everything it knows is a ViewState.
 */
#ifndef VIZ_WINDOW_WINDOW_H
#define VIZ_WINDOW_WINDOW_H
#include "sim/base/err.h"
#include "sim/scenario.h"

struct StudentText;
struct Tutor;
struct Shelf;

typedef struct WindowOptions {
    int width_px, height_px; /* 0: 1280 x 800 */
    double user_scale;       /* 0: 1 */
    bool is_dark, is_lecture;
    const char *plot;                  /* name of the plot to open, or NULL */
    const char *capture_path;          /* hardware counters for the plot `compare`, or NULL */
    const struct StudentText *program; /* of the student's own, beside the algorithms, or NULL */
    int64_t step_index;                /* of the leading algorithm; below 0: the start */
    struct Tutor *tutor;               /* a lesson beside the replay, or NULL */
    const struct Shelf *shelf;         /* lessons that can be begun from here, or NULL */
    bool (*keep)(void *self, const struct Tutor *tutor, Err *err); /* called when the lesson has moved on */
    /* The shelf's lesson, and its case; NULL where it cannot be opened, and without an error where index is the shelf's
     * count: none is open then. Owned by the caller until the end. */
    struct Tutor *(*open_lesson)(void *self, int index, Scenario *scenario, Err *err);
    void *self;
} WindowOptions;

/* Returns when the user closes it. ERR_HARDWARE where there is no display, no SDL2 or no font; the text names the
 * command that draws the same without one. */
bool window_run(const Scenario *scenario, const WindowOptions *options, Err *err);
/* Whether a window could be opened: the library is there and a display answers. */
bool window_is_possible(void);
#endif
