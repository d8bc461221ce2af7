/* The loop: SDL events -> Event -> ViewState -> Scene -> the window's pixels: see window.h. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/parse.h"
#include "sim/capture.h"
#include "viz/backends/raster.h"
#include "viz/state/tutor_place.h"
#include "viz/views/tutor_panel.h"
#include "viz/window/damage.h"
#include "viz/window/picture_command.h"
#include "viz/window/save.h"
#include "viz/window/translate.h"
#include "viz/window/window_parts.h"

enum { PLAY_TICK_MS = 16 };

/* The full world, made by a thread. */

static void *make_world(void *argument) {
    Maker *maker = argument;
    maker->is_made = world_make(&maker->scenario, &maker->given, false, &maker->world, &maker->err);
    SDL_Event event = {.type = SDL_USEREVENT};
    maker->sdl->PushEvent(&event);
    return NULL;
}

static void start_maker(Window *w) {
    if (w->maker.is_running) {
        w->maker.is_stale = true;
        return;
    }
    w->maker = (Maker){.scenario = w->world.scenario, .given = w->given, .sdl = &w->sdl};
    w->maker.is_running = pthread_create(&w->maker.thread, NULL, make_world, &w->maker) == 0;
}

static void take_world(Window *w, World *world) {
    view_state_rebase(&w->state, w->world.input.race, world->input.race);
    world_free(&w->world);
    w->world = *world;
    w->world.input.scenario = &w->world.scenario;
}

static void finish_maker(Window *w) {
    if (!w->maker.is_running) return;
    pthread_join(w->maker.thread, NULL);
    w->maker.is_running = false;
    if (w->maker.is_stale) {
        if (w->maker.is_made) world_free(&w->maker.world);
        start_maker(w);
        return;
    }
    if (w->maker.is_made)
        take_world(w, &w->maker.world);
    else
        window_say(w, &w->maker.err);
}

void window_change_scenario(Window *w, bool is_settled) {
    World world;
    Err err = {0};
    if (!world_make(&w->state.scenario, &w->given, true, &world, &err)) {
        w->state.scenario = w->world.scenario;
        window_say(w, &err);
        return;
    }
    take_world(w, &world);
    if (is_settled) start_maker(w);
}

/* Drawing. */

static RasterTarget target_of(const SDL_Surface *surface) {
    return (RasterTarget){surface->pixels, surface->w, surface->h, surface->pitch};
}

static void draw_damage(Window *w, SDL_Surface *surface, const Scene *scene, const Damage *damage) {
    if (damage->is_all) {
        raster_draw(scene, &w->fonts, RASTER_SCREEN, target_of(surface), NULL);
        w->sdl.UpdateWindowSurface(w->handle);
        return;
    }
    SDL_Rect rects[DAMAGE_BOXES_MAX];
    raster_draw_boxes(scene, &w->fonts, RASTER_SCREEN, target_of(surface), damage->boxes, damage->box_count);
    for (int i = 0; i < damage->box_count; i++) {
        const Box *box = &damage->boxes[i];
        rects[i] = (SDL_Rect){(int)box->x, (int)box->y, (int)box->w, (int)box->h};
    }
    if (damage->box_count) w->sdl.UpdateWindowSurfaceRects(w->handle, rects, damage->box_count);
}

static void draw(Window *w) {
    SDL_Surface *surface = w->sdl.GetWindowSurface(w->handle);
    if (!surface || surface->format->BytesPerPixel != 4) return;
    w->state.width_px = surface->w, w->state.height_px = surface->h;
    int next = 1 - w->scene_index;
    arena_reset(&w->arenas[next]);
    Theme theme = frame_theme(&w->state);
    Scene scene = scene_make(&w->arenas[next], &w->fonts.metrics, surface->w, surface->h, theme.background);
    bool has_tutor = w->options.tutor && !w->state.is_lecture;
    w->state.left_px = has_tutor ? tutor_panel_px(&theme, surface->w) : 0;
    w->state.note = w->options.tutor ? tutor_note(w->options.tutor, scene.arena) : NULL;
    w->state.note_place = w->options.tutor ? tutor_note_place(w->options.tutor, scene.arena) : NULL;
    if (has_tutor) tutor_panel_draw(w->options.tutor, &theme, (Box){0, 0, w->state.left_px, surface->h}, &scene);
    frame_draw(&w->world.input, &w->plots, &w->state, &theme, &scene);
    Damage damage = damage_between(w->is_exposed ? NULL : window_shown(w), &scene);
    draw_damage(w, surface, &scene, &damage);
    w->scenes[next] = scene;
    w->scene_index = next;
    w->has_scene = true;
    w->is_exposed = w->has_news = false;
}

/* Events. */

static void do_effects(Window *w, Effects effects) {
    if (effects.is_scenario_changed) window_change_scenario(w, effects.is_scenario_settled);
    if (effects.is_save_png || effects.is_save_svg)
        save_view(&w->world.input, &w->plots, &w->state, &w->fonts, effects.is_save_svg, w->state.message,
                  sizeof w->state.message);
    if (effects.is_lesson_chosen) window_choose_lesson(w, effects.lesson_index);
    if (effects.is_screen_changed)
        w->sdl.SetWindowFullscreen(w->handle, w->state.is_lecture ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
}

/* False where the user has asked to leave. */
static bool take_event(Window *w, const SDL_Event *sdl_event) {
    if (sdl_event->type == SDL_USEREVENT) finish_maker(w);
    if (sdl_event->type == SDL_WINDOWEVENT &&
        (sdl_event->window.event == SDL_WINDOWEVENT_EXPOSED || sdl_event->window.event == SDL_WINDOWEVENT_SIZE_CHANGED))
        w->is_exposed = true;
    Event event;
    w->has_news |= w->is_exposed || sdl_event->type == SDL_USEREVENT;
    if (!translate_event(sdl_event, w->sdl.GetModState(), &event)) return true; /* a key let go, a window moved */
    w->has_news = true;
    if (window_take_lesson_event(w, &event)) return true;
    Effects effects = view_state_apply(&w->state, w->world.input.race, window_shown(w), &event);
    do_effects(w, effects);
    return !effects.is_quit;
}

static void tick(Window *w) {
    uint64_t now = w->sdl.GetPerformanceCounter();
    double elapsed_ns = 1e9 * (double)(now - w->ticks) / (double)w->sdl.GetPerformanceFrequency();
    w->ticks = now;
    Event event = {.kind = EVENT_TICK, .elapsed_ns = (uint64_t)elapsed_ns};
    view_state_apply(&w->state, w->world.input.race, window_shown(w), &event);
}

static void loop(Window *w) {
    bool is_open = true;
    while (is_open) {
        SDL_Event event;
        bool was_playing = view_state_is_running(&w->state);
        bool has_event = was_playing ? w->sdl.WaitEventTimeout(&event, PLAY_TICK_MS) : w->sdl.WaitEvent(&event);
        if (!was_playing) w->ticks = w->sdl.GetPerformanceCounter();
        for (; has_event && is_open; has_event = w->sdl.PollEvent(&event)) is_open = take_event(w, &event);
        if (was_playing) tick(w);
        if (is_open && (w->has_news || was_playing)) draw(w);
    }
}

/* Opening. */

/* A window without a display is a picture: the message says which command draws it. Without fonts neither is drawn. */
static bool say_what_draws(const Scenario *scenario, const WindowOptions *options, bool has_fonts, Err *err) {
    char command[300];
    picture_command(scenario, options, command, sizeof command);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, "; %s: %s",
             has_fonts ? "the same without a window" : "then the same without a window", command);
    err->code = ERR_HARDWARE;
    return false;
}

static int plot_number(const FramePlots *plots, const char *name) {
    for (int i = 0; name && i < plots->count; i++)
        if (strcmp(plots->views[i]->name, name) == 0) return i + 1;
    return 0;
}

static void start_state(Window *w, const Scenario *scenario, const WindowOptions *options) {
    const Race *race = w->world.input.race;
    w->state = view_state_make(scenario, race, WINDOW_WIDTH_PX, WINDOW_HEIGHT_PX, w->plots.count);
    w->state.shelf = options->shelf;
    w->state.is_dark = options->is_dark;
    w->state.is_lecture = options->is_lecture;
    w->state.plot = plot_number(&w->plots, options->plot);
    if (options->user_scale > 0) w->state.user_scale = options->user_scale;
    if (options->step_index > 0) w->state.step_index = (uint64_t)options->step_index;
}

/* What is wrong with the options is said before a display is asked for. */
static bool check_options(const Window *w, const WindowOptions *options, Err *err) {
    if (options->plot && !plot_number(&w->plots, options->plot)) {
        char known[200] = "";
        for (int i = 0; i < w->plots.count; i++)
            snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "",
                     w->plots.views[i]->name);
        return err_set(err, ERR_USAGE, "--plot is '%s'; it must be one of %s", parse_quote(options->plot).text, known);
    }
    uint64_t step_count = w->world.input.race->runners[w->state.lead].step_count;
    if (options->step_index > 0 && (uint64_t)options->step_index > step_count)
        return err_set(err, ERR_USAGE, "--step is %lld; the longest run has %llu steps, so it must be at most that",
                       (long long)options->step_index, (unsigned long long)step_count);
    Arena arena = {0};
    Capture capture;
    bool is_read = !options->capture_path || capture_read_file(options->capture_path, &capture, &arena, err);
    arena_free(&arena);
    return is_read;
}

/* The display is left to the end of the process. SDL 2.26 wakes its own wait by a message to the window on a second
 * connection; where the window is destroyed before the message arrives, the X library ends the program with status 1.
 */
static void close_window(Window *w) {
    if (w->maker.is_running) {
        pthread_join(w->maker.thread, NULL);
        if (w->maker.is_made) world_free(&w->maker.world);
    }
    fonts_close(&w->fonts);
    world_free(&w->world);
    arena_free(&w->arenas[0]);
    arena_free(&w->arenas[1]);
    free(w);
}

bool window_run(const Scenario *scenario, const WindowOptions *options, Err *err) {
    Window *w = calloc(1, sizeof *w);
    if (!w) return err_no_memory(err, "a window");
    w->plots = frame_plots();
    w->given = (WorldGiven){options->capture_path, options->program};
    w->options = *options;
    w->is_exposed = true;
    bool is_counted = world_make(scenario, &w->given, true, &w->world, err);
    if (is_counted) w->world.input.scenario = &w->world.scenario, start_state(w, scenario, options);
    is_counted = is_counted && check_options(w, options, err);
    bool has_fonts = is_counted && fonts_open(&w->fonts, err);
    bool is_open = has_fonts && window_open_display(&w->sdl, err) && window_open(w, err);
    if (is_open) {
        if (options->tutor && options->tutor->bookmark >= 0) window_show_place(w);
        draw(w);
        start_maker(w);
        loop(w);
        if (w->options.keep && w->options.tutor) w->options.keep(w->options.self, w->options.tutor, err); /* what is half typed */
    }
    close_window(w);
    return is_open || (is_counted ? say_what_draws(scenario, options, has_fonts, err) : false);
}
