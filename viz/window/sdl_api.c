/* Opening SDL2 by name: see sdl_api.h. */
#include "viz/window/sdl_api.h"

#include <dlfcn.h>
#include <string.h>

/* ISO C has no conversion from a data pointer to a function pointer; POSIX says that the bytes are the same. */
static bool find(void *library, const char *name, void *function, size_t size_bytes, Err *err) {
    void *symbol = dlsym(library, name);
    if (!symbol)
        return err_set(err, ERR_HARDWARE, "the SDL2 library has no function %s; install the package libsdl2-2.0-0",
                       name);
    memcpy(function, &symbol, size_bytes);
    return true;
}

bool sdl_api_open(SdlApi *sdl, Err *err) {
    SdlApi api = {.library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL)};
    if (!api.library)
        return err_set(err, ERR_HARDWARE,
                       "the library SDL2, which opens windows, is not installed (package libsdl2-2.0-0)");
#define X(name)                                                                                                        \
    if (!find(api.library, "SDL_" #name, &api.name, sizeof api.name, err)) {                                           \
        dlclose(api.library);                                                                                          \
        return false;                                                                                                  \
    }
    SDL_API_LIST(X)
#undef X
    *sdl = api;
    return true;
}
