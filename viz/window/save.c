/* The window's view as files: see save.h. */
#include "viz/window/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/parse.h"
#include "viz/backends/picture.h"
#include "viz/state/look.h"

enum { NUMBER_MAX = 9999 };

/* What `hbmscope draw --from` reads back. NULL where memory is short. */
static const char *recipe_of(const View *view, const ViewInput *input, const ViewState *state, Arena *arena) {
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&text, &size_bytes);
    if (!out) return NULL;
    fprintf(out, "# draws this picture again: hbmscope draw --from FILE.png\nview = %s\n", view->name);
    if (view->needs & VIEW_NEEDS_RACE) {
        fprintf(out, "step = %llu\nclock = %s\n", (unsigned long long)state->step_index, race_clock_key(state->clock));
        look_write(state, input->race, out);
    }
    if (view->needs & VIEW_NEEDS_COMPARE) fprintf(out, "kernel = off\n");
    if (view->needs & VIEW_NEEDS_COMPARE && input->capture_path) fprintf(out, "capture = %s\n", input->capture_path);
    if (input->program) fprintf(out, "program = %s\n", input->program->name);
    fprintf(out, "theme = %s\nscale = %s\nwidth = %d\nheight = %d\n[scenario]\n", state->is_dark ? "dark" : "light",
            parse_real_text(state->user_scale).text, state->width_px, state->height_px);
    scenario_write(input->scenario, out);
    const char *recipe = fclose(out) == 0 ? arena_copy_text(arena, text) : NULL;
    free(text);
    return recipe;
}

static bool save_one(const View *view, const ViewInput *input, const ViewState *state, const Fonts *fonts,
                     const char *path, Err *err) {
    Arena arena = {0};
    Theme theme = theme_make(state->is_dark, theme_scale_for(state->width_px, state->height_px, state->user_scale));
    Scene scene = scene_make(&arena, &fonts->metrics, state->width_px, state->height_px, theme.background);
    ViewInput shown = *input;
    ViewState still = *state; /* without what the pointer does to it */
    still.hover = still.pressed = still.focus = (Control){0};
    shown.state = &still;
    view_picture(view, &shown, &theme, &scene);
    const char *recipe = recipe_of(view, input, state, &arena);
    bool is_written = recipe ? picture_write(path, &scene, fonts, view->title, recipe, err)
                             : err_no_memory(err, "the picture's recipe");
    arena_free(&arena);
    return is_written;
}

void save_view(const ViewInput *input, const FramePlots *plots, const ViewState *state, const Fonts *fonts, bool is_svg,
               char *message, size_t message_bytes) {
    const View *views[2] = {view_find("replay"), state->plot ? plots->views[state->plot - 1] : NULL};
    const char *ending = is_svg ? "svg" : "png";
    char paths[2][80] = {"", ""};
    int number = 1;
    Err err = {0};
    for (; number < NUMBER_MAX; number++) {
        for (int i = 0; i < 2; i++)
            if (views[i]) snprintf(paths[i], sizeof paths[i], "hbmscope-%s-%d.%s", views[i]->name, number, ending);
        if (access(paths[0], F_OK) != 0 && (!views[1] || access(paths[1], F_OK) != 0)) break;
    }
    for (int i = 0; i < 2; i++)
        if (views[i] && !save_one(views[i], input, state, fonts, paths[i], &err)) {
            snprintf(message, message_bytes, "not saved: %.200s", err.text);
            return;
        }
    snprintf(message, message_bytes, "saved %s%s%s", paths[0], views[1] ? " and " : "", paths[1]);
}
