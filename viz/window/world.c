/* Counting a scenario for the window: see world.h. */
#include "viz/window/world.h"

#include "viz/cli/comparison.h"
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

/* The plot `compare`: replay against closed forms and, where a capture is given, hardware. The kernel on the CPU, which
 * takes seconds, is left to the verb. */
static bool add_comparison(World *world, Err *err) {
    Comparison *comparison = ARENA_NEW(&world->arena, Comparison);
    ComparisonOptions options = {
        .capture_path = world->given.capture_path, .is_kernel_skipped = true, .counts = world->input.counts};
    Scenario *scenario = ARENA_NEW(&world->arena, Scenario);
    *scenario = world->scenario;
    if (!comparison_fill(scenario, options, comparison, &world->arena, err)) return false;
    comparison_show(comparison, options, &world->input, &world->arena);
    world->input.capture_path = world->given.capture_path;
    return true;
}

bool world_make(const Scenario *scenario, const WorldGiven *given, bool is_quick, World *world, Err *err) {
    World made = {.scenario = *scenario, .given = given ? *given : (WorldGiven){0}};
    ViewGiven shown = {.program = made.given.program};
    View all = needs_of_all(is_quick);
    if (!scenario_finish(&made.scenario, err) ||
        !view_prepare_given(&all, &made.scenario, VIEW_STEP_DEFAULT, shown, &made.arena, &made.input, err) ||
        (!is_quick && !add_comparison(&made, err))) {
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
