/* SDL events -> ours. Pure. */
#ifndef VIZ_WINDOW_TRANSLATE_H
#define VIZ_WINDOW_TRANSLATE_H
#include <SDL.h>

#include "viz/state/view_state.h"

/* False where the event means nothing to the view. Characters come as text, so that '?' is '?' on every keyboard. */
bool translate_event(const SDL_Event *sdl, SDL_Keymod modifiers, Event *event);
#endif
