/* Opening: a display that answers, and a window on it. */
#include <stdlib.h>

#include "viz/window/window_parts.h"

enum { SIDE_MIN_PX = 480, LESSON_SIDE_MIN_PX = 800 }; /* two columns of type that can be read */

static bool is_set(const char *variable) {
    const char *value = getenv(variable);
    return value && value[0];
}

/* SDL's own "offscreen" driver would take over where no display answers: a window that nobody sees. Only real
 * displays are tried, or what SDL_VIDEODRIVER asks for. */
bool window_open_display(SdlApi *sdl, Err *err) {
    if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") && !is_set("SDL_VIDEODRIVER"))
        return err_set(err, ERR_HARDWARE, "no display: neither DISPLAY nor WAYLAND_DISPLAY is set");
    if (!sdl_api_open(sdl, err)) return false;
    sdl->SetHint(SDL_HINT_VIDEODRIVER, is_set("WAYLAND_DISPLAY") ? "wayland,x11" : "x11");
    sdl->SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0"); /* else the window's pixels go through OpenGL: 25 ms more */
    sdl->SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    if (sdl->Init(SDL_INIT_VIDEO) == 0) return true;
    return err_set(err, ERR_HARDWARE, "no display can be opened (%s)", sdl->GetError());
}

static int smaller(int a, int b) { return a < b ? a : b; }

/* As asked for; else the default, or as much of it as the display has room for: a projector may have 720 lines. */
static void first_size(const Window *w, int *width_px, int *height_px) {
    SDL_Rect room = {.w = WINDOW_WIDTH_PX, .h = WINDOW_HEIGHT_PX};
    w->sdl.GetDisplayUsableBounds(0, &room);
    *width_px = w->options.width_px ? w->options.width_px : smaller(WINDOW_WIDTH_PX, room.w);
    *height_px = w->options.height_px ? w->options.height_px : smaller(WINDOW_HEIGHT_PX, room.h);
}

bool window_open(Window *w, Err *err) {
    int width_px, height_px;
    first_size(w, &width_px, &height_px);
    Uint32 flags = SDL_WINDOW_RESIZABLE | (w->options.is_lecture ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0u);
    w->handle =
        w->sdl.CreateWindow("hbmscope", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, width_px, height_px, flags);
    if (!w->handle) return err_set(err, ERR_HARDWARE, "no window can be opened (%s)", w->sdl.GetError());
    SDL_Surface *surface = w->sdl.GetWindowSurface(w->handle);
    if (!surface) return err_set(err, ERR_HARDWARE, "the window has no pixels to draw to (%s)", w->sdl.GetError());
    if (surface->format->BytesPerPixel != 4 || surface->format->Rmask != 0xFF0000)
        return err_set(err, ERR_HARDWARE, "the display has %d bits a pixel; 24 or 32 are needed",
                       surface->format->BitsPerPixel);
    int side_px = w->options.tutor ? LESSON_SIDE_MIN_PX : SIDE_MIN_PX;
    w->sdl.SetWindowMinimumSize(w->handle, side_px, side_px / 2);
    w->sdl.StartTextInput();
    w->state.width_px = surface->w, w->state.height_px = surface->h;
    return true;
}

bool window_is_possible(void) {
    SdlApi sdl = {0};
    Err err;
    bool is_possible = window_open_display(&sdl, &err);
    if (sdl.library) sdl.Quit();
    return is_possible;
}
