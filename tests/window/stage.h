/* A window's inside without a window: a counted scenario, fonts, a state, and the scene drawn last. */
#ifndef TESTS_WINDOW_STAGE_H
#define TESTS_WINDOW_STAGE_H
#include <stdio.h>
#include <stdlib.h>

#include "viz/backends/font.h"
#include "viz/window/frame.h"
#include "viz/window/world.h"

typedef struct Stage {
    Fonts fonts;
    FramePlots plots;
    World world;
    ViewState state;
    Arena arenas[2];
    Scene scenes[2];
    int at;        /* the scene drawn last */
    bool is_quick; /* worlds without DRAM and time */
} Stage;

static inline void stage_stop(const char *text) {
    fprintf(stderr, "%s\n", text);
    abort();
}

static inline const Scene *stage_scene(const Stage *stage) { return &stage->scenes[stage->at]; }

static inline void stage_draw(Stage *stage) {
    int next = 1 - stage->at;
    arena_reset(&stage->arenas[next]);
    Theme theme = frame_theme(&stage->state);
    stage->scenes[next] = scene_make(&stage->arenas[next], &stage->fonts.metrics, stage->state.width_px,
                                     stage->state.height_px, theme.background);
    frame_draw(&stage->world.input, &stage->plots, &stage->state, &theme, &stage->scenes[next]);
    stage->at = next;
}

static inline void stage_open(Stage *stage, const char *scenario_text, bool is_quick) {
    Err err = {0};
    Scenario scenario = scenario_default();
    *stage = (Stage){.plots = frame_plots(), .is_quick = is_quick};
    if (!fonts_open(&stage->fonts, &err) || !scenario_read_text(&scenario, "test", scenario_text, &err) ||
        !scenario_finish(&scenario, &err) || !world_make(&scenario, NULL, is_quick, &stage->world, &err))
        stage_stop(err.text);
    stage->world.input.scenario = &stage->world.scenario;
    stage->state = view_state_make(&scenario, stage->world.input.race, 1280, 800, stage->plots.count);
    stage_draw(stage);
}

/* What window.c does after an event, without files and threads. */
static inline Effects stage_apply(Stage *stage, Event event) {
    Effects effects = view_state_apply(&stage->state, stage->world.input.race, stage_scene(stage), &event);
    if (effects.is_scenario_changed) {
        World world;
        Err err = {0};
        if (world_make(&stage->state.scenario, NULL, stage->is_quick, &world, &err)) {
            view_state_rebase(&stage->state, stage->world.input.race, world.input.race);
            world_free(&stage->world);
            stage->world = world;
            stage->world.input.scenario = &stage->world.scenario;
        } else {
            stage->state.scenario = stage->world.scenario;
            snprintf(stage->state.message, sizeof stage->state.message, "%.230s", err.text);
        }
    }
    stage_draw(stage);
    return effects;
}

static inline Effects stage_key(Stage *stage, uint32_t key, unsigned modifiers) {
    return stage_apply(stage, (Event){.kind = EVENT_KEY, .key = key, .modifiers = modifiers});
}

static inline void stage_close(Stage *stage) {
    world_free(&stage->world);
    arena_free(&stage->arenas[0]);
    arena_free(&stage->arenas[1]);
    fonts_close(&stage->fonts);
}
#endif
