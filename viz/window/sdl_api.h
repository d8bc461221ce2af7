/* SDL2, loaded when a window is opened and not before.
 *
 * Linked, SDL2 and the thirty libraries behind it cost every run of the program 7 ms (measured: 2.6 ms for an empty
 * program, 9.6 ms for one that only links SDL2), also where nothing is drawn. So the library is opened by name, and
 * its absence is a clear message instead of a program that does not start.
 */
#ifndef VIZ_WINDOW_SDL_API_H
#define VIZ_WINDOW_SDL_API_H
#include <SDL.h>
#include <stdbool.h>

#include "sim/base/err.h"

#define SDL_API_LIST(X)                                                                                                \
    X(Init)                                                                                                            \
    X(Quit)                                                                                                            \
    X(GetError)                                                                                                        \
    X(SetHint)                                                                                                         \
    X(CreateWindow)                                                                                                    \
    X(GetWindowSurface)                                                                                                \
    X(UpdateWindowSurface)                                                                                             \
    X(UpdateWindowSurfaceRects)                                                                                        \
    X(SetWindowFullscreen)                                                                                             \
    X(WaitEvent)                                                                                                       \
    X(WaitEventTimeout)                                                                                                \
    X(PollEvent)                                                                                                       \
    X(PushEvent)                                                                                                       \
    X(GetModState)                                                                                                     \
    X(StartTextInput)                                                                                                  \
    X(GetPerformanceCounter)                                                                                           \
    X(GetPerformanceFrequency)                                                                                         \
    X(SetWindowMinimumSize)                                                                                            \
    X(GetDisplayUsableBounds)

typedef struct SdlApi {
    void *library;
#define X(name) __typeof__(&SDL_##name) name;
    SDL_API_LIST(X)
#undef X
} SdlApi;

/* Fails with ERR_HARDWARE where the library is missing or too old. The library stays loaded to the end: X11 and D-Bus
 * leave handlers behind that must not be unmapped. */
bool sdl_api_open(SdlApi *sdl, Err *err);
#endif
