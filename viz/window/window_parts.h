/* What window.c (the loop), window_open.c (the display) and window_lesson.c (the lesson beside the replay) share. */
#ifndef VIZ_WINDOW_WINDOW_PARTS_H
#define VIZ_WINDOW_WINDOW_PARTS_H
#include <pthread.h>
#include <stdio.h>

#include "lessons/student.h"
#include "viz/backends/font.h"
#include "viz/state/tutor.h"
#include "viz/window/frame.h"
#include "viz/window/sdl_api.h"
#include "viz/window/window.h"
#include "viz/window/world.h"

enum { WINDOW_WIDTH_PX = 1280, WINDOW_HEIGHT_PX = 800 }; /* where nothing else is asked for */

/* A full world in the making, beside the one on the screen. */
typedef struct Maker {
    pthread_t thread;
    bool is_running, is_stale; /* stale: the scenario has changed since; its result is thrown away */
    Scenario scenario;
    WorldGiven given;
    World world;
    bool is_made;
    Err err;
    const SdlApi *sdl;
} Maker;

typedef struct Window {
    SdlApi sdl;
    SDL_Window *handle;
    Fonts fonts;
    FramePlots plots;
    WorldGiven given;
    StudentText program; /* handed in to the lesson: given.program points here */
    World world;
    Maker maker;
    ViewState state;
    WindowOptions options;
    Arena arenas[2]; /* of the scene on the screen and of the next one */
    Scene scenes[2];
    int scene_index;
    bool has_scene, is_exposed; /* exposed: the window's pixels are gone */
    bool has_news;              /* something has happened since the last frame that may be seen */
    uint64_t ticks;             /* of the performance counter, at the last tick */
} Window;

/* The scene on the screen; NULL before the first. */
static inline const Scene *window_shown(const Window *w) { return w->has_scene ? &w->scenes[w->scene_index] : NULL; }
/* The line at the window's foot says what was wrong. */
static inline void window_say(Window *w, const Err *err) {
    snprintf(w->state.message, sizeof w->state.message, "%.230s", err->text);
}

/* window.c: state.scenario is counted at once where that is quick; settled: DRAM bytes and time follow by a thread. A
 * scenario that does not fit is taken back, with the reason. */
void window_change_scenario(Window *w, bool is_settled);

/* window_open.c: a display that answers; then the window on it. ERR_HARDWARE where there is none. */
bool window_open_display(SdlApi *sdl, Err *err);
bool window_open(Window *w, Err *err);

/* window_lesson.c: whether the event was the lesson's, and if so all that it does. */
bool window_take_lesson_event(Window *w, const Event *event);
/* A lesson is begun from the list, or, where index is the shelf's count, the one beside the replay is closed. */
void window_choose_lesson(Window *w, int index);
/* The replay goes to the place that the lesson speaks of. */
void window_show_place(Window *w);
#endif
