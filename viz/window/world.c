/* Counting a scenario for the window: see world.h. */
#include "viz/window/world.h"

#include "viz/window/frame.h"

/* A view that needs whatever any plot needs; in a quick world without the models of DRAM and time. */
static View needs_of_all(bool is_quick) {
    View all = {.name = "all", .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_RACE};
    FramePlots plots = frame_plots();
    for (int i = 0; i < plots.count; i++) all.needs |= plots.views[i]->needs;
    if (is_quick)
        all.needs &= ~(unsigned)VIEW_NEEDS_DRAM;
    else
        all.needs |= VIEW_NEEDS_DRAM;
    return all;
}

bool world_make(const Scenario *scenario, bool is_quick, World *world, Err *err) {
    World made = {.scenario = *scenario, .is_quick = is_quick};
    View all = needs_of_all(is_quick);
    if (!scenario_finish(&made.scenario, err) ||
        !view_prepare(&all, &made.scenario, VIEW_STEP_DEFAULT, &made.arena, &made.input, err)) {
        arena_free(&made.arena);
        return false;
    }
    *world = made;
    world->input.scenario = &world->scenario;
    return true;
}

void world_free(World *world) {
    arena_free(&world->arena);
    *world = (World){0};
}
