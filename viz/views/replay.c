/* View `replay`: the algorithms at one moment of one clock, panel by panel: see replay.h. */
#include "viz/views/replay.h"

#include <math.h>

#include "sim/units.h"
#include "viz/views/views.h"

/* Below this height, in units of type, the whole picture would leave HBM no room. */
static const double compact_units = 62;

void replay_draw(const ReplayScene *r, Box box) {
    double u = r->theme->unit_px;
    int count = r->race->runner_count;
    bool is_compact = box.h < compact_units * u;
    replay_draw_timeline(r, box_cut_bottom(&box, (is_compact ? 5.6 : 8.6) * u), is_compact);
    if (!is_compact) {
        replay_draw_counters(r, box_cut_bottom(&box, (2.2 + 2.6 * count) * u + u));
        box_cut_bottom(&box, u);
    }
    double gap_px = 3 * u, panel_px = (box.w - (count - 1) * gap_px) / count;
    for (int i = 0; i < count; i++) {
        Box panel = {box.x + i * (panel_px + gap_px), box.y, panel_px, box.h};
        double line_x = panel.x - gap_px / 2;
        replay_draw_panel(r, i, panel, is_compact);
        if (i)
            scene_line(r->scene, (Point){line_x, box.y}, (Point){line_x, panel.y + panel.h}, r->theme->grid,
                       r->theme->hairline_px);
    }
}

/* A telling moment: the shortest run on the clock is a little past its middle. */
ViewState replay_state(const ViewInput *input) {
    if (input->state) return *input->state;
    ViewState state = view_state_make(input->scenario, input->race, 0, 0, 0);
    state.clock = race_usable_clock(input->race, input->clock);
    state.lead = race_longest(input->race, state.clock);
    const Runner *lead = &input->race->runners[state.lead];
    double shortest = INFINITY;
    for (int i = 0; i < input->race->runner_count; i++)
        shortest =
            fmin(shortest, runner_clock(&input->race->runners[i], state.clock, input->race->runners[i].step_count));
    state.step_index = input->step_index == VIEW_STEP_DEFAULT ? runner_seek(lead, state.clock, 0.55 * shortest)
                                                              : (uint64_t)input->step_index;
    if (state.step_index > lead->step_count) state.step_index = lead->step_count;
    return state;
}

/* "standard has moved 4.03 GB, flash1 1.42 GB", at one number of bytes the share of its run that each has done. */
static const char *moved_text(const Race *race, const ViewState *state, Arena *arena) {
    const char *text = "";
    for (int i = 0; i < race->runner_count; i++) {
        const Runner *run = &race->runners[i];
        RunnerAt at = runner_at(run, race_step(race, state->clock, state->lead, state->step_index, i));
        const uint64_t *now = at.done.value, *end = run->count->totals.value;
        uint64_t moved = now[COUNTER_ISSUED_READ_BYTES] + now[COUNTER_ISSUED_WRITE_BYTES];
        double all = (double)(end[COUNTER_ISSUED_READ_BYTES] + end[COUNTER_ISSUED_WRITE_BYTES]);
        const char *much = state->clock != RACE_BYTES ? arena_copy_text(arena, units_gb(moved).text)
                           : at.is_finished           ? "all of it"
                                                      : arena_copy_text(arena, units_percent((double)moved / all).text);
        const char *verb = i ? "" : state->clock == RACE_BYTES ? " has done" : " has moved";
        const Algorithm *algorithm = run->count->algorithm;
        const char *name = race->runner_count > 2 ? algorithm->name : view_name(algorithm, arena); /* one line */
        text = arena_format(arena, "%s%s%s%s %s", text, i ? ", " : "", name, verb, much);
    }
    return text;
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    ViewState state = replay_state(input);
    const Runner *lead = &input->race->runners[state.lead];
    RunnerAt at = runner_at(lead, state.step_index);
    const char *clock = state.clock == RACE_TIME
                            ? arena_format(arena, "After %s", units_time(runner_time_ns(lead, &at)).text)
                        : state.clock == RACE_BYTES
                            ? arena_format(arena, "After %s each",
                                           units_gb((uint64_t)runner_clock(lead, RACE_BYTES, state.step_index)).text)
                            : arena_format(arena, "At step %s", units_exact(state.step_index).text);
    ViewHeadline text = {arena_format(arena, "%s: %s", clock, moved_text(input->race, &state, arena)),
                         "Tinted tiles are done; the solid one is on chip now. A dashed square never exists in HBM."};
    return text;
}

static const char *source(const ViewInput *input, Arena *arena) {
    return arena_format(arena, "Replayed step by step; %s.", view_scenario_line(input->scenario, arena));
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    ViewState state = replay_state(input);
    ReplayScene r = replay_scene(input->race, &state, theme, scene);
    replay_draw(&r, box);
}

const View view_replay = {.name = "replay",
                          .title = "Replay",
                          .help = "algorithms side by side at one step: threads, SRAM, L2, HBM, every tile",
                          .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_DRAM | VIEW_NEEDS_STEP | VIEW_NEEDS_RACE,
                          .least_width_units = 140,
                          .least_height_units = 69,
                          .headline = headline,
                          .draw = draw,
                          .source = source};
