/* Keys, pointer, wheel and size out of SDL events: see translate.h. */
#include "viz/window/translate.h"

#include "viz/text.h"

static unsigned modifiers_of(SDL_Keymod modifiers) {
    return (modifiers & KMOD_SHIFT ? MODIFIER_SHIFT : 0u) | (modifiers & KMOD_CTRL ? MODIFIER_CONTROL : 0u);
}

static uint32_t special_key(SDL_Keycode code) {
    switch (code) {
    case SDLK_BACKSPACE: return KEY_BACKSPACE;
    case SDLK_TAB: return KEY_TAB;
    case SDLK_RETURN:
    case SDLK_KP_ENTER: return KEY_ENTER;
    case SDLK_ESCAPE: return KEY_ESCAPE;
    case SDLK_LEFT: return KEY_LEFT;
    case SDLK_RIGHT: return KEY_RIGHT;
    case SDLK_UP: return KEY_UP;
    case SDLK_DOWN: return KEY_DOWN;
    case SDLK_HOME: return KEY_HOME;
    case SDLK_END: return KEY_END;
    case SDLK_PAGEUP: return KEY_PAGE_UP;
    case SDLK_PAGEDOWN: return KEY_PAGE_DOWN;
    case SDLK_F11: return KEY_F11;
    case SDLK_DELETE: return KEY_DELETE;
    default: return KEY_NONE;
    }
}

/* Keys without a character, and characters with Ctrl, which send no text. */
static bool translate_key(const SDL_KeyboardEvent *sdl, Event *event) {
    unsigned modifiers = modifiers_of((SDL_Keymod)sdl->keysym.mod);
    uint32_t key = special_key(sdl->keysym.sym);
    bool is_character = sdl->keysym.sym >= ' ' && sdl->keysym.sym < 127;
    if (!key && is_character && modifiers & MODIFIER_CONTROL) key = (uint32_t)sdl->keysym.sym;
    *event = (Event){.kind = EVENT_KEY, .key = key, .modifiers = modifiers};
    return key != KEY_NONE;
}

static bool translate_text(const char *text, SDL_Keymod modifiers, Event *event) {
    uint32_t key = text_next(&text);
    bool is_upper = key >= 'A' && key <= 'Z';
    if (is_upper) key += 'a' - 'A';
    *event =
        (Event){.kind = EVENT_KEY, .key = key, .modifiers = is_upper && modifiers & KMOD_SHIFT ? MODIFIER_SHIFT : 0u};
    return key && !(modifiers & KMOD_CTRL);
}

bool translate_event(const SDL_Event *sdl, SDL_Keymod modifiers, Event *event) {
    switch (sdl->type) {
    case SDL_QUIT: *event = (Event){.kind = EVENT_QUIT}; return true;
    case SDL_KEYDOWN: return translate_key(&sdl->key, event);
    case SDL_TEXTINPUT: return translate_text(sdl->text.text, modifiers, event);
    case SDL_MOUSEMOTION:
        *event = (Event){.kind = EVENT_POINTER_MOVE, .x_px = sdl->motion.x, .y_px = sdl->motion.y};
        return true;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        *event = (Event){.kind = sdl->type == SDL_MOUSEBUTTONDOWN ? EVENT_POINTER_DOWN : EVENT_POINTER_UP,
                         .x_px = sdl->button.x,
                         .y_px = sdl->button.y};
        return sdl->button.button == SDL_BUTTON_LEFT;
    case SDL_MOUSEWHEEL:
        *event = (Event){
            .kind = EVENT_WHEEL, .wheel_steps = sdl->wheel.y, .x_px = sdl->wheel.mouseX, .y_px = sdl->wheel.mouseY};
        return sdl->wheel.y != 0;
    case SDL_WINDOWEVENT:
        *event = (Event){.kind = EVENT_RESIZE, .width_px = sdl->window.data1, .height_px = sdl->window.data2};
        return sdl->window.event == SDL_WINDOWEVENT_SIZE_CHANGED;
    default: return false;
    }
}
